//! The one door for files that the user, a table or another file names: regular ones of a sensible
//! size, and beside a model only what lies in its folder.
//!
//! A pipe would be waited for, a device never ends, and `/proc` holds the machine's own affairs; a
//! link to one of them is refused as well.

#![forbid(unsafe_code)]

use std::fs::{self, File, Metadata};
use std::io::{self, Error, ErrorKind, Read};
use std::path::Path;

/// What a file is read as, which limits its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A model, or the weights that lie beside it: 32 GiB.
    Model,
    /// Images that are tensors already: 32 GiB.
    Tensor,
    /// A photograph or a mask: 1 GiB.
    Photograph,
    /// A table or an outline: 512 MiB.
    Table,
    /// A description, such as of a preprocessing: 8 MiB.
    Description,
}

impl Kind {
    /// The most bytes of such a file.
    pub const fn most(self) -> u64 {
        match self {
            Kind::Model | Kind::Tensor => 32 << 30,
            Kind::Photograph => 1 << 30,
            Kind::Table => 512 << 20,
            Kind::Description => 8 << 20,
        }
    }
}

/// The bytes of a regular file, or of one that a link leads to.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for a directory, a pipe, a socket, a device or what the system makes
/// up (`/proc`, `/sys`), [`ErrorKind::FileTooLarge`] above the limit of its kind, else what the
/// system says.
pub fn read(path: &Path, kind: Kind) -> io::Result<Vec<u8>> {
    // Before it is opened: a pipe waits for whoever writes.
    regular(&fs::metadata(path)?)?;
    if is_made_up(&path.canonicalize()?) {
        return Err(refused("the system makes it up, as all of /proc and /sys"));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    let too_large = || {
        Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MB, the most of its kind", kind.most() >> 20))
    };
    if metadata.len() > kind.most() {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let expected = usize::try_from(metadata.len()).map_err(|_| too_large())?;
    bytes.try_reserve_exact(expected).map_err(|_| Error::from(ErrorKind::OutOfMemory))?;
    // It may grow meanwhile.
    file.take(kind.most() + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > kind.most() { Err(too_large()) } else { Ok(bytes) }
}

/// The bytes of a file that a model names, such as the weights of ONNX's external data.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if it does not lie in the model's folder or below it, wherever links
/// lead, else as [`read`].
pub fn read_beside(model: &Path, name: &str, kind: Kind) -> io::Result<Vec<u8>> {
    let path = folder(model).join(name);
    let lies = path.canonicalize()?;
    // Hubs keep a model and its weights as links to files of one folder: that is beside it, too.
    let folders = [folder(model).canonicalize()?, folder(&model.canonicalize()?).to_owned()];
    if folders.iter().any(|folder| lies.starts_with(folder)) {
        read(&path, kind)
    } else {
        Err(refused("it lies outside the model's folder, where nothing is read; put the file itself beside the model"))
    }
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false if metadata.is_dir() => Err(refused("it is a folder, not a file")),
        false => Err(refused("it is a pipe, a socket or a device, not a file")),
    }
}

fn is_made_up(path: &Path) -> bool {
    cfg!(unix) && ["/proc", "/sys"].iter().any(|root| path.starts_with(root))
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, why.to_owned())
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    fn said(path: &Path) -> String {
        read(path, Kind::Table).unwrap_err().to_string()
    }

    #[test]
    fn regular_files_are_read_and_nothing_else_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, pipe, endless] = ["file", "link", "pipe", "endless"].map(|name| folder.path().join(name));
        fs::write(&file, b"bytes").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(read(&link, Kind::Table).unwrap(), b"bytes");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink("/dev/zero", &endless).unwrap();
        assert_eq!([said(&pipe), said(&endless)], ["it is a pipe, a socket or a device, not a file"; 2]);
        assert_eq!(said(folder.path()), "it is a folder, not a file");
        assert_eq!(read(&folder.path().join("none"), Kind::Table).unwrap_err().kind(), ErrorKind::NotFound);
        let status = folder.path().join("status");
        symlink("/proc/self/status", &status).unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(said(&status), "the system makes it up, as all of /proc and /sys");
        }
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(Kind::Table.most() + 1).unwrap();
        assert_eq!(said(&path), "it is larger than 512 MB, the most of its kind");
    }

    #[test]
    fn a_model_names_files_of_its_own_folder_alone() {
        let root = tempfile::tempdir().unwrap();
        let (snapshot, blobs) = (root.path().join("snapshot"), root.path().join("blobs"));
        [&snapshot, &blobs].iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let model = snapshot.join("model.onnx");
        for (folder, name) in
            [(&snapshot, "model.onnx"), (&snapshot, "own.data"), (&blobs, "blob"), (&blobs, "weights")]
        {
            fs::write(folder.join(name), name).unwrap();
        }
        let beside = |model: &Path, name: &str| read_beside(model, name, Kind::Model).map_err(|error| error.kind());
        assert_eq!(beside(&model, "own.data").unwrap(), b"own.data");
        symlink(blobs.join("weights"), snapshot.join("model.data")).unwrap();
        for name in ["../blobs/weights", "model.data", blobs.join("weights").to_str().unwrap()] {
            assert_eq!(beside(&model, name), Err(ErrorKind::InvalidInput), "{name}");
        }
        let linked = snapshot.join("linked.onnx");
        symlink(blobs.join("blob"), &linked).unwrap();
        assert_eq!(beside(&linked, "model.data").unwrap(), b"weights", "as a hub's cache has both");
    }
}
