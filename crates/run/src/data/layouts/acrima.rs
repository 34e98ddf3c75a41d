//! ACRIMA (Diaz-Pinto et al. 2019): 705 crops about the disc, labelled by their names.

use std::path::Path;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::{Entry, Layout, Listing};
use crate::data::{DataError, DataOptions};

pub(super) const LAYOUT: Layout = Layout {
    name: "acrima",
    about: "`Im###_g_ACRIMA.jpg` is glaucoma, `Im###_ACRIMA.jpg` normal",
    labels: &[("normal", Meaning::Class("normal")), ("glaucoma", Meaning::Class("glaucoma"))],
    advice: "",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let entry = |leaf: &Leaf| {
        let name = leaf.stem();
        let rest = name.strip_suffix("_acrima")?;
        let label = if rest.ends_with("_g") { "glaucoma" } else { "normal" };
        Some(Entry { label: Some(label.to_owned()), ..Entry::of(leaf) })
    };
    let entries: Vec<Entry> = tree.images().filter_map(entry).collect();
    if entries.is_empty() {
        return Err(LAYOUT.mismatch(path, "there are no images named such as `Im001_ACRIMA.jpg`"));
    }
    Ok(Listing { entries, notes: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};

    #[test]
    fn the_name_is_the_label() {
        let example =
            Example::new().photographs(&["Database/Images/Im001_ACRIMA.jpg", "Database/Images/Im686_g_ACRIMA.jpg"]);
        let expected =
            ["Database/Images/Im001_ACRIMA.jpg normal - - - -", "Database/Images/Im686_g_ACRIMA.jpg glaucoma - - - -"];
        assert_eq!(told(&example.load("acrima").unwrap()), expected);
        assert!(
            Example::new().photographs(&["a.jpg"]).load("acrima").unwrap_err().to_string().contains("Im001_ACRIMA.jpg")
        );
    }
}
