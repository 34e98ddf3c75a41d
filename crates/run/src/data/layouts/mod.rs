//! How data sets lie on disk: one file a layout, one line in the table.

mod acrima;
mod airogs;
mod drishti;
mod folders;
mod g1020;
mod hygd;
mod manifest;
mod origa;
mod papila;
mod refuge;
mod rim_one;
mod smdg;
#[cfg(test)]
pub(super) mod testing;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use super::error::nearest;
use super::files::{Leaf, Tree};
use super::labels::Meaning;
use heatlens_anatomy::Side;

use super::{Case, DataError, DataOptions, MaskFiles};

/// One way for a data set to lie on disk.
pub struct Layout {
    /// Its name for options.
    pub name: &'static str,
    /// What is looked for.
    pub about: &'static str,
    /// What the set's own labels mean; any label is a class if empty.
    pub labels: &'static [(&'static str, Meaning)],
    /// What to do about labels of unknown meaning, where the usual advice does not do.
    pub(super) advice: &'static str,
    pub(super) list: fn(&Path, &DataOptions) -> Result<Listing, DataError>,
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Layout({})", self.name)
    }
}

/// Every layout.
pub static LAYOUTS: &[Layout] = &[
    manifest::LAYOUT,
    folders::LAYOUT,
    refuge::LAYOUT,
    origa::LAYOUT,
    rim_one::BY_HOSPITAL,
    rim_one::RANDOMLY,
    drishti::LAYOUT,
    g1020::LAYOUT,
    papila::LAYOUT,
    acrima::LAYOUT,
    hygd::LAYOUT,
    airogs::LAYOUT,
    smdg::LAYOUT,
];

impl Layout {
    /// The layout of a name.
    ///
    /// # Errors
    /// If there is none; the message lists them.
    pub fn named(name: &str) -> Result<&'static Layout, DataError> {
        let names = || LAYOUTS.iter().map(|l| l.name);
        LAYOUTS.iter().find(|l| l.name.eq_ignore_ascii_case(name)).ok_or_else(|| DataError::UnknownLayout {
            asked: name.to_owned(),
            nearest: nearest(name, names()),
            known: names().collect(),
        })
    }

    /// A complaint that a folder is not of this layout.
    fn mismatch(&self, path: &Path, what: impl Into<String>) -> DataError {
        DataError::Layout { path: path.to_owned(), layout: self.name, what: what.into() }
    }
}

/// The layout of a path for which none was named: a table, a folder with `manifest.csv`, or folders
/// named as classes.
pub(super) fn find(path: &Path) -> Result<&'static Layout, DataError> {
    std::fs::metadata(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    let table = !path.is_dir() || path.join(manifest::FILE).is_file();
    Ok(if table { &LAYOUTS[0] } else { rim_one::recognised(path).unwrap_or(&LAYOUTS[1]) })
}

/// What a layout finds.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    /// Remarks for the reader of the results.
    pub(super) notes: Vec<String>,
}

/// A case whose label is not settled yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) image: PathBuf,
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) split: Option<String>,
    pub(super) mask: Option<MaskFiles>,
    pub(super) patient: Option<String>,
    pub(super) eye: Option<Side>,
    pub(super) subgroups: BTreeMap<String, String>,
}

impl Entry {
    fn of(leaf: &Leaf) -> Entry {
        Entry { image: leaf.path.clone(), name: leaf.name.clone(), ..Entry::default() }
    }

    pub(super) fn case(self, label: Option<String>) -> Case {
        let Entry { image, name, split, mask, patient, eye, subgroups, .. } = self;
        Case { image, name, label, split, mask, patient, eye, subgroups }
    }
}

/// Files by their stem, the first of several.
fn by_stem<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> HashMap<String, &'a Leaf> {
    let mut map = HashMap::new();
    leaves.for_each(|leaf| {
        map.entry(leaf.stem()).or_insert(leaf);
    });
    map
}

/// The photograph that a table names: the file of its stem, or where it should lie.
fn named(photographs: &HashMap<String, &Leaf>, folder: &Path, name: &str) -> Entry {
    let absent = || Entry { image: folder.join(name), name: name.to_owned(), ..Entry::default() };
    photographs.get(&stem(name)).map_or_else(absent, |leaf| Entry::of(leaf))
}

/// As [`Leaf::stem`], of a name in a table.
fn stem(name: &str) -> String {
    Path::new(name).file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// The first table of a name below a folder, or a complaint.
fn table<'a>(layout: &Layout, tree: &'a Tree, name: &str) -> Result<&'a Leaf, DataError> {
    tree.find(name).next().ok_or_else(|| layout.mismatch(&tree.root, format!("there is no `{name}` in it or below")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_found_by_name_and_names_are_unique() {
        assert_eq!(Layout::named("REFUGE").unwrap().name, "refuge");
        let error = Layout::named("reffuge").unwrap_err().to_string();
        assert!(error.contains("perhaps `refuge`") && error.contains("smdg"), "{error}");
        for layout in LAYOUTS {
            assert!(std::ptr::eq(Layout::named(layout.name).unwrap(), layout), "{}", layout.name);
        }
        assert_eq!((LAYOUTS[0].name, LAYOUTS[1].name), ("manifest", "folders"));
    }
}
