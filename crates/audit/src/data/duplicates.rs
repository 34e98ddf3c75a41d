//! The same photograph several times: across labels, patients and parts it spoils what a test set says.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::Serialize;

use super::{Case, Fingerprint};

/// Structures that agree more than this are the same photograph. Among 2,081 photographs of mixed cameras (2.2 million pairs) likeness
/// has a gap here: see the test of real photographs.
const SAME: f64 = 0.85;
/// Signs of structures that agree so far differ in fewer cells than this; half of the chance share, and generous: arccos(0.85)/π is 0.18.
const SIGNS_APART: f64 = 0.32;

/// Cases that show the same photograph.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DuplicateGroup {
    /// Positions of the cases, rising.
    pub cases: Vec<usize>,
    /// How alike they are.
    pub kinship: Kinship,
    /// Whether they have different labels.
    pub across_labels: bool,
    /// Whether they have different patients.
    pub across_patients: bool,
    /// Whether they are in different parts of the set.
    pub across_splits: bool,
}

/// How alike the files of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kinship {
    /// The same bytes.
    Identical,
    /// The same structures.
    Alike {
        /// The smallest correlation of the pairs that tie the group together.
        likeness: f64,
    },
}

/// Groups of cases that show the same photograph, by their first case. Cases without a fingerprint, unreadable ones, are in none.
///
/// # Panics
/// If the lengths differ.
pub fn duplicates(cases: &[Case], fingerprints: &[Option<Fingerprint>]) -> Vec<DuplicateGroup> {
    assert_eq!(cases.len(), fingerprints.len(), "one fingerprint a case");
    let mut groups = Groups::new(cases.len());
    let mut by_content: HashMap<&[u8; 32], usize> = HashMap::new();
    let mut distinct = Vec::new();
    for (case, print) in fingerprints.iter().enumerate().filter_map(|(i, f)| Some((i, f.as_ref()?))) {
        match by_content.get(print.sha256()) {
            Some(&first) => groups.join(first, case, 1.0),
            None => {
                by_content.insert(print.sha256(), case);
                distinct.push((case, print));
            }
        }
    }
    let alike: Vec<(usize, usize, f64)> = (0..distinct.len())
        .into_par_iter()
        .flat_map_iter(|i| {
            let (case, print) = distinct[i];
            let later = distinct[i + 1..].iter().filter(move |(_, other)| print.sign_distance(other) < SIGNS_APART);
            later.map(move |(other, theirs)| (case, *other, print.likeness(theirs))).filter(|pair| pair.2 > SAME)
        })
        .collect();
    alike.into_iter().for_each(|(a, b, likeness)| groups.join(a, b, likeness));
    groups.described(cases, fingerprints)
}

/// Disjoint sets with the least likeness that joined each.
struct Groups {
    parent: Vec<usize>,
    likeness: Vec<f64>,
}

impl Groups {
    fn new(cases: usize) -> Groups {
        Groups { parent: (0..cases).collect(), likeness: vec![1.0; cases] }
    }

    fn root(&mut self, mut case: usize) -> usize {
        while self.parent[case] != case {
            self.parent[case] = self.parent[self.parent[case]];
            case = self.parent[case];
        }
        case
    }

    fn join(&mut self, a: usize, b: usize, likeness: f64) {
        let (a, b) = (self.root(a), self.root(b));
        let (first, second) = (a.min(b), a.max(b));
        self.likeness[first] = self.likeness[first].min(self.likeness[second]).min(likeness);
        self.parent[second] = first;
    }

    fn described(mut self, cases: &[Case], fingerprints: &[Option<Fingerprint>]) -> Vec<DuplicateGroup> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for case in 0..cases.len() {
            members.entry(self.root(case)).or_default().push(case);
        }
        let describe = |(root, group): (usize, Vec<usize>)| {
            let differ = |field: fn(&Case) -> &Option<String>| {
                let mut known = group.iter().filter_map(|&c| field(&cases[c]).as_ref());
                known.next().is_some_and(|first| known.any(|other| other != first))
            };
            let content = |c: usize| fingerprints[c].as_ref().map(Fingerprint::sha256);
            let identical = group.iter().all(|&c| content(c) == content(group[0]));
            DuplicateGroup {
                kinship: if identical { Kinship::Identical } else { Kinship::Alike { likeness: self.likeness[root] } },
                across_labels: differ(|c| &c.label),
                across_patients: differ(|c| &c.patient),
                across_splits: differ(|c| &c.split),
                cases: group,
            }
        };
        members.into_iter().filter(|(_, group)| group.len() > 1).map(describe).collect()
    }
}
