//! What an explanation that has not ended has done: a line an image, written when its files are.

use std::collections::BTreeMap;
use std::path::Path;

use heatlens_files::Kind;
use heatlens_record::RunDirectory;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Answer, Plan, Row};
use crate::inputs::{Content, Source};

/// The journal's name.
pub(super) const JOURNAL: &str = "rows.partial";
/// Hexadecimal digits of a line's seal.
const SEAL: usize = 16;

/// An image that was explained, and all that its row is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Done {
    /// Position in the run.
    pub image: usize,
    /// SHA-256, in hexadecimal, of what was explained.
    sha256: String,
    /// How many bits the samples of a 16-bit file use.
    bits: Option<u8>,
    /// The bits of the outputs: decimal digits have no NaN.
    outputs: Vec<u32>,
    warnings: Vec<String>,
    /// Files written, each with its CRC-32.
    pub files: BTreeMap<String, u32>,
}

impl Done {
    /// Of a row, unless it tells of a failure: what failed is tried again.
    pub fn of(image: usize, row: &Row) -> Option<Done> {
        let answer = row.answer.as_ref().ok()?;
        Some(Done {
            image,
            sha256: hex(&answer.sha256),
            bits: answer.bits,
            outputs: answer.prediction.logits.iter().map(|output| output.to_bits()).collect(),
            warnings: answer.warnings.clone(),
            files: answer.files.iter().cloned().collect(),
        })
    }

    /// Its row, if the image and every file made of it are still what they were.
    pub fn row(&self, plan: &Plan, directory: &RunDirectory) -> Option<Row> {
        let source = plan.sources.get(self.image)?;
        let sha256 = content(source).filter(|sha256| hex(sha256) == self.sha256)?;
        let is_whole = |(name, crc): (&String, &u32)| {
            heatlens_files::read(&directory.location(name), Kind::Tensor)
                .is_ok_and(|bytes| crc32fast::hash(&bytes) == *crc)
        };
        if self.outputs.len() != plan.model.classes().len() || !self.files.iter().all(is_whole) {
            return None;
        }
        let outputs: Vec<f32> = self.outputs.iter().map(|bits| f32::from_bits(*bits)).collect();
        let prediction = plan.model.head().predict(&outputs);
        let truth = plan.truths[self.image].as_ref();
        Some(Row {
            image: source.shown.clone(),
            label: truth.and_then(|truth| plan.reading.written(truth)),
            answer: Ok(Answer {
                finding: plan.reading.of(truth, &prediction),
                prediction,
                sha256,
                bits: self.bits,
                warnings: self.warnings.clone(),
                files: self.files.clone().into_iter().collect(),
            }),
        })
    }
}

/// SHA-256 of what is explained of a source; none where it cannot be read.
fn content(source: &Source) -> Option<[u8; 32]> {
    match &source.content {
        Content::Photograph => {
            let bytes = heatlens_files::read(&source.path, Kind::Photograph).ok()?;
            Some(Sha256::digest(bytes).into())
        }
        tensor => tensor.sha256(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line of the journal of the run with this hash, which the seal depends on.
pub(super) fn line(run: &str, done: &Done) -> String {
    let json = serde_json::to_string(done).expect("plain data");
    format!("{} {json}\n", seal(run, &json))
}

/// The images of a journal of this run. Lines that were cut short or changed are passed over: their
/// images are done again.
pub(super) fn read(path: &Path, run: &str) -> BTreeMap<usize, Done> {
    let bytes = heatlens_files::read(path, Kind::Tensor).unwrap_or_default();
    let line = |line: &[u8]| {
        let (found, json) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let done: Done = (found == seal(run, json)).then(|| serde_json::from_str(json).ok())??;
        Some((done.image, done))
    };
    bytes.split(|byte| *byte == b'\n').filter_map(line).collect()
}

fn seal(run: &str, json: &str) -> String {
    let mut seal = hex(&Sha256::new().chain_update(run).chain_update(json).finalize());
    seal.truncate(SEAL);
    seal
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn done(image: usize) -> Done {
        Done {
            image,
            sha256: "0f".into(),
            bits: Some(12),
            outputs: vec![f32::NAN.to_bits(), (-0.0f32).to_bits()],
            warnings: vec!["empty\nmap".into()],
            files: [("panels/a b.png".to_owned(), 7)].into(),
        }
    }

    #[test]
    fn lines_come_back_and_those_that_are_cut_or_changed_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOURNAL);
        let all: BTreeMap<usize, Done> = [(4, done(4)), (5, done(5))].into();
        let whole: String = all.values().map(|done| line("run", done)).collect();
        fs::write(&path, &whole).unwrap();
        assert_eq!(read(&path, "run"), all);
        assert!(read(&path, "another").is_empty() && read(folder.path(), "run").is_empty());
        for cut in 0..whole.len() {
            fs::write(&path, &whole.as_bytes()[..cut]).unwrap();
            assert!(read(&path, "run").iter().all(|(image, done)| all[image] == *done));
            let mut changed = whole.clone().into_bytes();
            changed[cut] ^= 1;
            fs::write(&path, changed).unwrap();
            let found = read(&path, "run");
            assert!(found.len() < 2 && found.iter().all(|(image, done)| all[image] == *done), "byte {cut}");
        }
    }
}
