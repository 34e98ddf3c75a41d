//! SMDG-19 (Kiefer et al. 2023): nineteen public sets made alike, 512 × 512.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use heatlens_record::count;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::super::table::{Row, Table};
use super::{Entry, Layout, Listing, table};
use heatlens_anatomy::Side;

use crate::data::{DataError, DataOptions, MaskFiles};

pub(super) const LAYOUT: Layout = Layout {
    name: "smdg",
    about: "`metadata - standardized.csv` (names, types −1 suspect, 0, 1; fundus, fundus_od_seg, fundus_oc_seg) and \
        the folders it names",
    labels: &[("0", Meaning::Class("normal")), ("1", Meaning::Class("glaucoma")), ("-1", Meaning::Suspect)],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let list = Table::read(&table(&LAYOUT, &tree, "metadata - standardized.csv")?.path)?;
    let (names, types) = (list.column("name", &["names"])?, list.column("label", &["types"])?);
    let fundus = list.column("photograph", &["fundus"])?;
    let [disc, cup, eye] = ["fundus_od_seg", "fundus_oc_seg", "eye"].map(|name| list.optional(&[name]));
    let further: Vec<usize> =
        ["age", "gender", "sex", "camera"].iter().filter_map(|name| list.optional(&[name])).collect();
    let places = Places::of(&tree);
    let mut listing = Listing::default();
    let mut without = 0;
    for row in &list.rows {
        let Some(written) = row.get(fundus) else {
            without += 1;
            continue;
        };
        let name = row.get(names).unwrap_or(written);
        let mask = |column: Option<usize>| column.and_then(|c| row.get(c)).map(|written| places.find(written));
        let mut entry = Entry { image: places.find(written), name: name.to_owned(), ..Entry::default() };
        entry.label = row.get(types).map(whole);
        entry.mask = mask(disc).map(|disc| MaskFiles::Pair { disc, cup: mask(cup) });
        entry.eye = eye.and_then(|c| row.get(c)).and_then(Side::from_word);
        entry.subgroups = subgroups(&list, row, &further);
        // `BEH-12` is the twelfth of the set BEH.
        if let Some((source, _)) = name.rsplit_once('-') {
            entry.subgroups.insert("source".into(), source.to_owned());
        }
        listing.entries.push(entry);
    }
    if without > 0 {
        listing.notes.push(format!(
            "left out: {} of the table that {} no fundus photograph",
            count(without, "row"),
            if without == 1 { "names" } else { "name" }
        ));
    }
    Ok(listing)
}

/// `1` for `1.0`.
fn whole(label: &str) -> String {
    label.strip_suffix(".0").unwrap_or(label).to_owned()
}

fn subgroups(table: &Table, row: &Row, columns: &[usize]) -> std::collections::BTreeMap<String, String> {
    columns.iter().filter_map(|&c| Some((table.headers[c].clone(), row.get(c)?.to_owned()))).collect()
}

/// Files by their last folder and name: archives are unpacked into folders of folders of the same
/// name.
struct Places {
    root: PathBuf,
    by_end: HashMap<String, PathBuf>,
}

impl Places {
    fn of(tree: &Tree) -> Places {
        let end = |leaf: &Leaf| (end(&leaf.name), leaf.path.clone());
        Places { root: tree.root.clone(), by_end: tree.leaves.iter().map(end).collect() }
    }

    fn find(&self, written: &str) -> PathBuf {
        self.by_end.get(&end(written)).cloned().unwrap_or_else(|| self.root.join(written.trim_start_matches('/')))
    }
}

/// The last folder and the name.
fn end(path: &str) -> String {
    let mut parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.reverse();
    parts.join("/").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::Reason;

    const TABLE: &str = "names,types,fundus,fundus_od_seg,fundus_oc_seg,age,gender,eye\n\
        BEH-1,0,/full-fundus/BEH-1.png,,,Not Reported,F,OD\n\
        BEH-2,1.0,/full-fundus/BEH-2.png,/optic-disc/BEH-2.png,/optic-cup/BEH-2.png,61,M,OS\n\
        CRFO-v4-3,-1,/full-fundus/CRFO-v4-3.png,,,,,\n\
        OCT-1,1,,,,,,\n";

    #[test]
    fn suspects_are_kept_apart_and_sources_become_subgroups() {
        let example = Example::new()
            .text("metadata - standardized.csv", TABLE)
            .photographs(&[
                "full-fundus/full-fundus/BEH-1.png",
                "full-fundus/full-fundus/BEH-2.png",
                "full-fundus/full-fundus/CRFO-v4-3.png",
            ])
            .mask("optic-disc/optic-disc/BEH-2.png", [0, 1, 1])
            .mask("optic-cup/optic-cup/BEH-2.png", [0, 0, 1]);
        let dataset = example.load("smdg").unwrap();
        assert_eq!(told(&dataset), ["BEH-1 normal - - right -", "BEH-2 glaucoma - - left 16/4"]);
        assert_eq!(dataset.cases[1].subgroups["source"], "BEH");
        assert!(!dataset.cases[0].subgroups.contains_key("age"));
        assert_eq!(dataset.excluded[0].reason, Reason::Suspect { label: "-1".into() });
        assert!(dataset.notes[0].to_string().contains("1 row of the table that names no fundus"));
        let mapped = example.load_with("smdg", "-1=glaucoma").unwrap();
        assert_eq!((mapped.cases.len(), mapped.cases[2].subgroups["source"].as_str()), (3, "CRFO-v4"));
    }
}
