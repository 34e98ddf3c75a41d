//! Programs of the tests, taken apart.

use heatlens_formats::archive;

/// The goldens of PyTorch programs.
const PROGRAMS: &[u8] = include_bytes!("../../tests/golden/programs/programs.zip");

/// The entries of a program by name, not compressed.
pub fn program(name: &str) -> Vec<(String, Vec<u8>)> {
    let goldens = archive::entries(PROGRAMS).expect("an archive");
    let file = goldens.iter().find(|entry| entry.name == name).expect(name).read().expect(name).into_owned();
    let entries = archive::entries(&file).expect("an archive");
    entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect()
}

/// The same with other bytes in the entry whose name ends so.
pub fn with<'e>(entries: &'e [(String, Vec<u8>)], end: &str, bytes: &'e [u8]) -> Vec<(&'e str, &'e [u8])> {
    let entry =
        |(name, content): &'e (String, Vec<u8>)| (&**name, if name.ends_with(end) { bytes } else { &content[..] });
    entries.iter().map(entry).collect()
}
