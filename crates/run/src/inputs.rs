//! What the user names as inputs, as a list of things to explain.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heatlens_files::Kind;
use heatlens_imaging::Array;
use heatlens_record::are;
use sha2::{Digest, Sha256};

use crate::names::stems;
use crate::spread::Shares;
use crate::{Error, outputs};

/// One thing to explain.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is, as the user named it; tensors of a batch as `file.npy[3]`.
    pub shown: String,
    /// A name for files made from it: unique within the run, the bare file name where that is
    /// unique.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub content: Content,
}

impl Source {
    /// A photograph under a name.
    pub(crate) fn photograph(path: &Path, name: &str) -> Source {
        let (path, name) = (path.to_owned(), name.to_owned());
        Source { shown: path.display().to_string(), name, path, content: Content::Photograph }
    }

    /// What tells tensors of one file apart in their names.
    fn place(&self) -> String {
        match &self.content {
            Content::Tensor { batch, index } if batch.shape[0] > 1 => format!("_{index}"),
            _ => String::new(),
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A photograph.
    Photograph,
    /// A preprocessed tensor: one of a batch.
    Tensor {
        /// The whole batch `(N, …)`.
        batch: Arc<Array>,
        /// Position in the batch.
        index: usize,
    },
}

impl Content {
    /// The preprocessed values of a tensor.
    pub fn values(&self) -> Option<&[f32]> {
        let Content::Tensor { batch, index } = self else { return None };
        let length = batch.values.len() / batch.shape[0];
        Some(&batch.values[index * length..][..length])
    }

    /// SHA-256 of a tensor's values.
    pub(crate) fn sha256(&self) -> Option<[u8; 32]> {
        let mut hash = Sha256::new();
        self.values()?.iter().for_each(|value| hash.update(value.to_le_bytes()));
        Some(hash.finalize().into())
    }
}

/// Lists files, folders (recursively, sorted), globs and `.npy` batches, and what is to be said of
/// files in folders that are no images. Files under `skip`, the output folder, are left out, and so
/// is what earlier runs made.
///
/// # Errors
/// If a name leads to nothing, a folder holds no images, or a file of tensors cannot be used.
pub fn expand(arguments: &[String], skip: &Path) -> Result<(Vec<Source>, Option<String>), Error> {
    let mut walk = Walk { skip, paths: Vec::new(), others: Vec::new(), outputs: Vec::new() };
    for argument in arguments {
        let path = Path::new(argument);
        let before = walk.paths.len();
        if path.is_dir() {
            walk.folder(path).map_err(|error| unlisted(path, &error))?;
            if walk.paths.len() == before {
                let others = walk.said().map_or(String::new(), |others| format!("; {others}"));
                let extensions = heatlens_imaging::EXTENSIONS.join(", ");
                return Err(Error::Request(format!(
                    "the folder `{argument}` holds no images (looked for {extensions}){others}"
                )));
            }
        } else if path.exists() {
            walk.paths.push(path.to_owned());
        } else if argument.contains(['*', '?', '[']) {
            walk.glob(argument)?;
        } else {
            return Err(Error::Request(format!("there is no file or folder `{argument}`")));
        }
    }
    let said = walk.said();
    let (mut paths, mut seen) = (walk.paths, HashSet::new());
    paths.retain(|path| seen.insert(path.clone()));
    let mut sources = Vec::with_capacity(paths.len());
    for path in paths {
        if has_extension(&path, &["npy"]) {
            expand_batch(path, &mut sources)?;
        } else {
            sources.push(Source::photograph(&path, ""));
        }
    }
    let names = stems(&sources.iter().map(|source| (source.path.as_path(), source.place())).collect::<Vec<_>>());
    sources.iter_mut().zip(names).for_each(|(source, name)| source.name = name);
    Ok((sources, said))
}

fn unlisted(folder: &Path, error: &std::io::Error) -> Error {
    Error::Request(format!("cannot list the folder `{}`: {error}", folder.display()))
}

fn unread(shown: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Read { shown: shown.to_owned(), source: Box::new(source) }
}

/// What is found in folders and by patterns.
struct Walk<'a> {
    skip: &'a Path,
    paths: Vec<PathBuf>,
    /// Files that are no images by their names.
    others: Vec<PathBuf>,
    /// Folders that earlier runs made.
    outputs: Vec<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path) -> std::io::Result<()> {
        let mut entries =
            std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        for path in entries {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden || is_same(&path, self.skip) {
                continue;
            }
            if path.is_dir() {
                // A link to a folder could lead back up: it is not followed.
                if outputs::is_output(&path) {
                    self.outputs.push(path);
                } else if !path.is_symlink() {
                    self.folder(&path)?;
                }
            } else if has_extension(&path, heatlens_imaging::EXTENSIONS) {
                self.paths.push(path);
            } else {
                self.others.push(path);
            }
        }
        Ok(())
    }

    fn glob(&mut self, pattern: &str) -> Result<(), Error> {
        let before = self.paths.len();
        let entries =
            glob::glob(pattern).map_err(|error| Error::Request(format!("`{pattern}` is no valid pattern: {error}")))?;
        for entry in entries {
            let path = entry.map_err(|error| Error::Request(format!("cannot list `{pattern}`: {error}")))?;
            if let Some(output) = path.ancestors().find(|path| outputs::is_output(path)) {
                if !self.outputs.iter().any(|known| known == output) {
                    self.outputs.push(output.to_owned());
                }
            } else if path.is_dir() {
                self.folder(&path).map_err(|error| unlisted(&path, &error))?;
            } else {
                self.paths.push(path);
            }
        }
        if self.paths.len() == before {
            let outputs = outputs::said(&self.outputs).map_or(String::new(), |outputs| format!("; {outputs}"));
            return Err(Error::Request(format!("nothing matches `{pattern}`{outputs}")));
        }
        Ok(())
    }

    fn said(&self) -> Option<String> {
        let others = crate::data::left_out(self.others.iter().map(PathBuf::as_path));
        let all: Vec<String> = others.into_iter().chain(outputs::said(&self.outputs)).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|e| extensions.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Keeps at most `most` sources, drawn with a seed, in their order: as many of each folder as of any
/// other, since folders are often the classes. Where others are left out, it says so.
pub fn sample(sources: &mut Vec<Source>, most: usize, seed: u64) -> Option<String> {
    let all = sources.len();
    let folders: Vec<Option<PathBuf>> = sources.iter().map(|s| s.path.parent().map(Path::to_owned)).collect();
    let Shares { of, mut shares, .. } = Shares::of(&folders, most);
    let key = |(i, source): (usize, &Source)| {
        let digest = Sha256::digest(format!("{seed}\t{i}\t{}", source.name));
        (u64::from_be_bytes(digest[..8].try_into().expect("eight bytes")), i)
    };
    let mut keys: Vec<_> = sources.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    let mut is_drawn = |i: &usize| {
        let left = &mut shares[of[*i]];
        let is_drawn = *left > 0;
        *left = left.saturating_sub(1);
        is_drawn
    };
    let kept: HashSet<usize> = keys.into_iter().map(|(_, i)| i).filter(|i| is_drawn(i)).collect();
    let mut position = 0..;
    sources.retain(|_| kept.contains(&position.next().expect("endless")));
    (kept.len() < all).then(|| {
        let (drawn, several) = (kept.len(), folders.windows(2).any(|pair| pair[0] != pair[1]));
        let evenly = if several { ", as many of each folder as of any other" } else { "" };
        format!("{drawn} of {all} images {} used, drawn with seed {seed}{evenly} (--sample changes it)", are(drawn))
    })
}

fn expand_batch(path: PathBuf, sources: &mut Vec<Source>) -> Result<(), Error> {
    let shown = path.display().to_string();
    let bytes = heatlens_files::read(&path, Kind::Tensor).map_err(|error| unread(&shown, error))?;
    let mut array = heatlens_imaging::read_npy(&bytes).map_err(|error| unread(&shown, error))?;
    // One image without a batch, or a plane of one channel as well.
    while (2..4).contains(&array.shape.len()) {
        array.shape.insert(0, 1);
    }
    if array.shape.len() != 4 || array.shape.contains(&0) {
        let shape = &array.shape;
        return Err(Error::Request(format!(
            "`{shown}` has shape {shape:?}; preprocessed images have shape (N, channels, H, W), or (N, H, W, channels) where the network has its \
             channels last"
        )));
    }
    let batch = Arc::new(array);
    let count = batch.shape[0];
    for index in 0..count {
        let shown = if count == 1 { shown.clone() } else { format!("{shown}[{index}]") };
        sources.push(Source {
            shown,
            name: String::new(),
            path: path.clone(),
            content: Content::Tensor { batch: batch.clone(), index },
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_the_output_is_left_out() {
        let root = tempfile::tempdir().unwrap();
        for file in ["b.jpg", "a/c.PNG", "a/notes.txt", ".hidden.jpg", "out/panel.png"] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let (sources, others) = expand(&[root.path().display().to_string()], &root.path().join("out")).unwrap();
        assert_eq!(sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["c", "b"]);
        assert_eq!(others.unwrap(), "left out: 1 file whose extension is that of no image: `.txt` (1)");
    }

    #[test]
    fn a_sample_has_as_many_of_each_folder() {
        let of = |folder: &str, count: usize| {
            (0..count)
                .map(|i| Source::photograph(format!("{folder}/{i}.png").as_ref(), &i.to_string()))
                .collect::<Vec<_>>()
        };
        let all = || [of("normal", 90), of("glaucoma", 10)].concat();
        for seed in 0..3 {
            let (mut drawn, mut again) = (all(), all());
            let note = sample(&mut drawn, 8, seed).unwrap();
            assert!(note.starts_with("8 of 100 images are used") && note.contains("each folder"), "{note}");
            sample(&mut again, 8, seed);
            assert_eq!(sample(&mut again, 8, seed), None);
            let shown = |sources: &[Source]| sources.iter().map(|source| source.shown.clone()).collect::<Vec<_>>();
            assert_eq!(shown(&drawn), shown(&again));
            let [normal, glaucoma] = ["normal/", "glaucoma/"]
                .map(|folder| drawn.iter().filter(|source| source.shown.starts_with(folder)).count());
            assert_eq!([normal, glaucoma], [4, 4]);
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = expand(&["nowhere.jpg".into()], Path::new("out")).unwrap_err();
        assert!(error.to_string().contains("nowhere.jpg"));
        let error = expand(&["nowhere-*.jpg".into()], Path::new("out")).unwrap_err();
        assert!(error.to_string().contains("nothing matches"));
    }
}
