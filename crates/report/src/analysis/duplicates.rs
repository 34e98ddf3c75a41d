//! The same photograph several times: across labels, patients and parts it spoils what a test set
//! says.

use std::collections::{BTreeMap, HashMap};

use heatlens_record::Fingerprint;
use rayon::prelude::*;

use super::evidence::Image;

/// Structures that agree more than this show the same eye, mostly the same photograph. Measured on
/// 2,081 photographs of mixed cameras: of 2.2 million pairs 136 lie in 0.70 to 0.75, 27 in 0.75 to
/// 0.80, 11 in 0.80 to 0.85, and 233 above. Those looked at above 0.8 were copies with other
/// compression, noise, crop or aspect, or a second photograph of the eye.
const SAME: f64 = 0.8;
/// Structures that agree so far have signs that differ in about arccos(0.8)/π = 0.21 of the cells;
/// unrelated eyes in 0.4 and more.
const SIGNS_APART: f64 = 0.32;

/// Images that show the same photograph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DuplicateGroup {
    /// Their positions, rising.
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kinship {
    /// The same bytes.
    Identical,
    /// The same structures.
    Alike {
        /// The smallest correlation of the pairs that tie the group together.
        likeness: f64,
    },
}

/// Groups of images that show the same photograph, by their first. Images without a fingerprint are
/// in none.
///
/// # Panics
/// If the lengths differ.
pub(super) fn duplicates(images: &[Image], fingerprints: &[Option<Fingerprint>]) -> Vec<DuplicateGroup> {
    assert_eq!(images.len(), fingerprints.len(), "one fingerprint an image");
    let mut groups = Groups::new(images.len());
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
    groups.described(images, fingerprints)
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

    fn described(mut self, images: &[Image], fingerprints: &[Option<Fingerprint>]) -> Vec<DuplicateGroup> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for case in 0..images.len() {
            members.entry(self.root(case)).or_default().push(case);
        }
        let describe = |(root, group): (usize, Vec<usize>)| {
            let differ = |field: &dyn Fn(&Image) -> Option<String>| {
                let mut known = group.iter().filter_map(|&c| field(&images[c]));
                known.next().is_some_and(|first| known.any(|other| other != first))
            };
            let content = |c: usize| fingerprints[c].as_ref().map(Fingerprint::sha256);
            let identical = group.iter().all(|&c| content(c) == content(group[0]));
            DuplicateGroup {
                kinship: if identical { Kinship::Identical } else { Kinship::Alike { likeness: self.likeness[root] } },
                across_labels: differ(&|image| image.label.map(|label| label.to_string())),
                across_patients: differ(&|image| image.patient.clone()),
                across_splits: differ(&|image| image.split.clone()),
                cases: group,
            }
        };
        members.into_iter().filter(|(_, group)| group.len() > 1).map(describe).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use heatlens_imaging::{DecodeLimits, Photograph, decode};

    use super::*;
    use crate::shared::shared;
    use heatlens_statistics::Random;

    /// Soft blobs in random places on grey, inside a black margin.
    fn photograph(seed: u64, [height, width]: [usize; 2], margin: f64, gain: f64) -> Photograph {
        let mut random = Random::new(seed, 0);
        let blobs: Vec<[f64; 4]> =
            (0..40).map(|_| [random.unit(), random.unit(), 0.02 + 0.06 * random.unit(), random.unit() - 0.5]).collect();
        let mut rgb = Vec::with_capacity(height * width * 3);
        for y in 0..height {
            for x in 0..width {
                let place =
                    |p: usize, length: usize| ((p as f64 + 0.5) / length as f64 - margin) / (1.0 - 2.0 * margin);
                let (u, v) = (place(x, width), place(y, height));
                let lit = (0.0..1.0).contains(&u) && (0.0..1.0).contains(&v);
                let shade = |[a, b, r, h]: &[f64; 4]| h * (-((u - a).powi(2) + (v - b).powi(2)) / (2.0 * r * r)).exp();
                let level = 110.0 + 90.0 * blobs.iter().map(shade).sum::<f64>();
                rgb.extend([if lit { (gain * level).clamp(30.0, 255.0) as u8 } else { 0 }; 3]);
            }
        }
        Photograph { width, height, rgb }
    }

    fn image(label: usize, patient: &str) -> Image {
        let text = |text: &str| Some(text.to_owned());
        Image { label: Some(label), split: text("test"), patient: text(patient), ..Image::default() }
    }

    #[test]
    fn copies_are_found_whatever_their_size_margin_and_brightness() {
        let original = photograph(1, [200, 240], 0.0, 1.0);
        let print = |name: &str, photograph: &Photograph| Some(Fingerprint::of(name.as_bytes(), photograph));
        let prints = [
            print("a", &original),
            print("b", &photograph(2, [200, 240], 0.0, 1.0)),
            print("c", &photograph(1, [90, 90], 0.1, 0.8)),
            None,
            print("b", &photograph(2, [200, 240], 0.0, 1.0)),
            print("d", &photograph(3, [200, 240], 0.0, 1.0)),
        ];
        let labels = [(0, "1"), (0, "2"), (1, "3"), (0, "4"), (0, "2"), (0, "5")];
        let images: Vec<Image> = labels.iter().map(|&(label, patient)| image(label, patient)).collect();
        let groups = duplicates(&images, &prints);
        assert_eq!(groups.iter().map(|g| g.cases.clone()).collect::<Vec<_>>(), [vec![0, 2], vec![1, 4]]);
        assert!(matches!(groups[0].kinship, Kinship::Alike { likeness } if likeness > 0.9), "{groups:?}");
        assert!(groups[0].across_labels && groups[0].across_patients && !groups[0].across_splits);
        assert_eq!(
            (groups[1].kinship, groups[1].across_labels, groups[1].across_patients),
            (Kinship::Identical, false, false)
        );
    }

    #[test]
    fn pictures_without_structure_are_alike_only_byte_by_byte() {
        let flat = |level: u8| Photograph { width: 20, height: 10, rgb: vec![level; 600] };
        let prints = [
            Some(Fingerprint::of(b"1", &flat(80))),
            Some(Fingerprint::of(b"2", &flat(80))),
            Some(Fingerprint::of(b"1", &flat(80))),
        ];
        let images: Vec<Image> = (0..3).map(|_| image(0, "1")).collect();
        assert_eq!(duplicates(&images, &prints).iter().map(|g| g.cases.clone()).collect::<Vec<_>>(), [vec![0, 2]]);
        // One pixel is a picture too.
        Fingerprint::of(b"", &Photograph { width: 1, height: 1, rgb: vec![200; 3] });
    }

    /// The photographs of a folder of class folders, in order, with their file names.
    fn photographs(folder: &Path) -> Vec<(String, Option<Fingerprint>)> {
        let list = |folder: &Path| {
            let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            paths
        };
        let files: Vec<_> = list(folder).iter().filter(|path| path.is_dir()).flat_map(|class| list(class)).collect();
        let print = |path: &std::path::PathBuf| {
            let bytes = std::fs::read(path).unwrap();
            let photograph = decode(&bytes, &DecodeLimits::default()).ok();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, photograph.map(|photograph| Fingerprint::of(&bytes, &photograph)))
        };
        files.par_iter().map(print).collect()
    }

    #[test]
    #[ignore = "needs the material beside the checkout"]
    fn copies_of_photographs_are_found() {
        let (names, prints): (Vec<_>, Vec<_>) =
            photographs(&shared("data/fundus-two-class/images")).into_iter().unzip();
        let images = vec![Image::default(); names.len()];
        let groups = duplicates(&images, &prints);
        let together = |a: &str, b: &str| {
            groups.iter().any(|group| [a, b].iter().all(|wanted| group.cases.iter().any(|&i| names[i] == *wanted)))
        };
        // Two that were looked at: a copy with added noise, and one that was compressed again.
        assert!(together("1229_left.jpg", "_32_6299808.jpg") && together("1967_left.jpg", "_270_6223143.jpg"));
        // And eyes that merely resemble each other, taken by the same camera.
        assert!(!together("3029_left.jpg", "3029_right.jpg") && !together("Glaucoma_066.png", "Glaucoma_095.png"));
    }
}
