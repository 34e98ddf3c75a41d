//! What earlier runs left in folders of photographs, which are never photographs themselves.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folders that explanations write pictures and maps into.
pub(crate) const FOLDERS: [&str; 6] = ["panels", "overlays", "heatmaps", "maps", "sheets", "thumbnails"];
/// The page of all images.
pub(crate) const PAGE: &str = "index.html";
/// Where a run that has not ended lists what it makes, and how the list begins.
pub(crate) const LIST: &str = "files.partial";
pub(crate) const LIST_HEAD: &str = "heatlens explain\n";

/// Whether a run of heatlens wrote into this folder, which its name and what lies beside it tell.
pub(crate) fn is_output(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| FOLDERS.iter().any(|known| name == *known))
        && folder.parent().is_some_and(is_run)
}

/// Whether a run of heatlens lies in this folder.
fn is_run(folder: &Path) -> bool {
    // The schema is the first field.
    let of_record = |text: &str| text.contains("\"schema\": \"heatlens.");
    begins(&folder.join("run.json")).is_some_and(|text| of_record(&text))
        || begins(&folder.join(LIST)).is_some_and(|text| text.starts_with(LIST_HEAD))
}

fn begins(path: &Path) -> Option<String> {
    // Opening what is no file may wait for ever.
    path.is_file().then_some(())?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(64).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is said of such folders.
pub(crate) fn said(folders: &[PathBuf]) -> Option<String> {
    let first = folders.first()?;
    let (count, plural) = (folders.len(), if folders.len() == 1 { "" } else { "s" });
    Some(format!(
        "left out: {count} folder{plural} that an earlier run of heatlens made, such as `{}`",
        first.display()
    ))
}
