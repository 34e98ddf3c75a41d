//! The output folder: what lies where, and how it is written.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::row::Table;

/// What to write for each image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Save {
    /// panels/<outcome>/<confidence>_<name>.png: original, heatmap, overlay, caption
    Panel,
    /// overlays/<name>.<class>.png: the heatmap over the photograph, in its own pixels
    Overlay,
    /// heatmaps/<name>.<class>.png: the heatmap alone, in the photograph's pixels
    Heatmap,
    /// maps/<name>.<class>.npy and .raw.npy: the numbers
    Map,
    /// nothing: predictions.csv and run.json alone
    None,
}

/// An output folder.
pub struct Folder {
    root: PathBuf,
}

/// What a run leaves in its folder. Other files there are the user's.
const OURS: [&str; 7] =
    ["predictions.csv", "predictions.csv.partial", "run.json", "panels", "overlays", "heatmaps", "maps"];

impl Folder {
    /// Creates the folder, or clears what an earlier run left there if `overwrite`.
    ///
    /// # Errors
    /// If an earlier run lies there and may not be overwritten, or the folder cannot be written.
    pub fn create(root: &Path, overwrite: bool) -> Result<Folder> {
        let old: Vec<PathBuf> = OURS.iter().map(|name| root.join(name)).filter(|path| path.exists()).collect();
        if let (Some(found), false) = (old.first(), overwrite) {
            bail!(
                "an earlier run lies in `{}` (`{}`): choose another --out, or say --overwrite",
                root.display(),
                found.display()
            );
        }
        for path in old {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .with_context(|| format!("cannot remove `{}` of the earlier run", path.display()))?;
        }
        fs::create_dir_all(root).with_context(|| format!("cannot create the folder `{}`", root.display()))?;
        Ok(Folder { root: root.to_owned() })
    }

    /// Writes a file whole or not at all: under a temporary name first, then renamed.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(name);
        let partial = self.root.join(format!("{name}.partial"));
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
            fs::write(&partial, bytes)?;
            fs::rename(&partial, &path)
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Opens `predictions.csv`, which bears the name `predictions.csv.partial` until every row is
    /// in it.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn predictions(&self, classes: &[String]) -> Result<Table<File>> {
        let (partial, whole) = (self.root.join("predictions.csv.partial"), self.root.join("predictions.csv"));
        let file = File::create(&partial).with_context(|| format!("cannot write `{}`", partial.display()))?;
        let finish =
            move || fs::rename(&partial, &whole).with_context(|| format!("cannot write `{}`", whole.display()));
        Table::new(file, classes, Box::new(finish))
    }
}
