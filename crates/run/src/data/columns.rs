//! What the further columns of a table hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Case;

/// A column with more different values than this is no grouping.
const MOST_GROUPS: usize = 24;

/// A further column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Groups and their cases.
    Groups(BTreeMap<String, usize>),
    /// Numbers of many values.
    Numbers {
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
        /// Cases with a number.
        cases: usize,
    },
    /// Text of many values, such as remarks: used for nothing.
    Text,
}

/// All further columns, by name.
pub(super) fn columns(cases: &[Case]) -> Vec<Column> {
    let names: BTreeSet<&String> = cases.iter().flat_map(|c| c.subgroups.keys()).collect();
    names.into_iter().map(|name| Column { name: name.clone(), kind: kind(cases, name) }).collect()
}

fn kind(cases: &[Case], name: &str) -> ColumnKind {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for value in cases.iter().filter_map(|c| c.subgroups.get(name)) {
        *groups.entry(value.clone()).or_default() += 1;
    }
    if groups.len() <= MOST_GROUPS {
        return ColumnKind::Groups(groups);
    }
    let numbers: Option<Vec<f64>> = groups.keys().map(|v| v.parse().ok().filter(|n: &f64| n.is_finite())).collect();
    match numbers {
        None => ColumnKind::Text,
        Some(numbers) => ColumnKind::Numbers {
            least: numbers.iter().copied().fold(f64::INFINITY, f64::min),
            most: numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            cases: groups.values().sum(),
        },
    }
}
