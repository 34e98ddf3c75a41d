//! How `run.json` is written and read.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::upgrade::{self, SCHEMA};
use crate::{RunRecord, count, difference, seal};

/// Where a `run.json` may be changed by hand: data that were moved are found in their new place.
const FREE: [&str; 2] = ["/data/root", "/seal"];

/// As `run.json` has it.
#[derive(Serialize)]
struct Sealed<'a> {
    #[serde(flatten)]
    record: &'a RunRecord,
    /// What the parts name their run by.
    run: String,
    seal: &'a str,
}

/// Longest side of an input that a record may claim; pictures of that size are drawn from it.
const LONGEST_SIDE: usize = 1 << 14;

impl RunRecord {
    /// Reads a `run.json` of this or an older version.
    ///
    /// # Errors
    /// In words: what is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<RunRecord, String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if value["schema"] == SCHEMA && value["seal"] != seal::of_json(&value, &FREE) {
            return Err("it is not as heatlens wrote it, and only `data.root` may be changed".into());
        }
        let record: RunRecord = serde_json::from_value(upgrade::run(value)?).map_err(|error| error.to_string())?;
        record.checked()
    }

    /// As `run.json` has it.
    pub fn to_json(&self) -> Vec<u8> {
        let json = |seal: &str| {
            let sealed = Sealed { record: self, run: self.hash(), seal };
            serde_json::to_string_pretty(&sealed).expect("a record is plain data")
        };
        // Numbers are sealed as they are read.
        let value = serde_json::from_str(&json("")).expect("what was just written");
        (json(&seal::of_json(&value, &FREE)) + "\n").into_bytes()
    }

    /// SHA-256, in hexadecimal, of all that the results depend on, by which parts name their run.
    pub fn hash(&self) -> String {
        difference::hash(self)
    }

    /// Whether it bears a seal, its parts say which run they belong to, and its files are listed; those
    /// of older versions are not.
    pub fn is_sealed(&self) -> bool {
        self.schema == SCHEMA
    }

    /// Where the photograph of a case lies; none where the record does not list it.
    pub fn photograph(&self, case: usize) -> Option<PathBuf> {
        Some(Path::new(&self.data.root).join(self.data.images.get(case)?))
    }

    /// Position of the positive class.
    pub fn positive_class(&self) -> Option<usize> {
        self.positive.as_ref().and_then(|name| self.classes.iter().position(|class| class == name))
    }

    /// What pictures are drawn and memory is taken by must make sense.
    fn checked(self) -> Result<RunRecord, String> {
        let [height, width] = self.model.input.size();
        if [height, width].iter().any(|side| !(1..=LONGEST_SIDE).contains(side)) {
            return Err(format!("`model.input` is {height}×{width}; sides are 1 to {LONGEST_SIDE} pixels"));
        }
        if self.classes.is_empty() {
            return Err("`classes` is empty".into());
        }
        if !self.data.images.is_empty() && self.data.images.len() != self.data.cases {
            let (images, cases) = (self.data.images.len(), self.data.cases);
            return Err(format!("`data.images` lists {}, `data.cases` says {cases}", count(images, "image")));
        }
        Ok(self)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::*;
    use serde_json::json;

    pub(crate) fn record() -> RunRecord {
        RunRecord {
            schema: SCHEMA.into(),
            heatlens: "0.1.0".into(),
            task: Task::Audit,
            date: Some("2025-01-01".into()),
            model: ModelRecord {
                file: "a.pth".into(),
                sha256: "aa".into(),
                format: "PyTorch".into(),
                architecture: Some("resnet18".into()),
                input: InputRecord { layout: "nchw".into(), channels: 3, height: 224, width: 192 },
                ..ModelRecord::default()
            },
            classes: vec!["normal".into(), "glaucoma".into()],
            positive: Some("glaucoma".into()),
            layers: vec![LayerRecord { name: "layer4.1".into(), channels: 512, cells: [7, 6] }],
            methods: vec!["gradcam".into()],
            targets: vec!["normal".into(), "glaucoma".into()],
            score: "logit".into(),
            combine: None,
            smoothing: SmoothingRecord::default(),
            preprocessing: PreprocessingRecord { steps: json!({}), words: "as it is".into(), sha256: "0a".into() },
            data: DataRecord {
                path: "data".into(),
                root: "/data".into(),
                layout: "folders".into(),
                sha256: "0f".into(),
                cases: 1,
                excluded: Vec::new(),
                notes: Vec::new(),
                images: vec!["a.jpg".into()],
            },
            zones: Vec::new(),
            experiments: ExperimentsRecord::default(),
            segmenter: Some("shipped".into()),
            seed: 0,
            thresholds: Vec::new(),
            pictures: None,
            check: Some(CheckRecord { verdict: "fits".into(), words: "It fits.".into(), images: 16 }),
            twins: None,
            notes: Vec::new(),
            summary: None,
            files: Vec::new(),
        }
    }

    #[test]
    fn a_record_comes_back_as_it_went() {
        assert_eq!(RunRecord::from_json(&record().to_json()).unwrap(), record());
        assert_eq!(record().positive_class(), Some(1));
    }

    #[test]
    fn runs_from_before_a_field_are_read() {
        let unsealed = RunRecord { schema: "heatlens.run 2".into(), ..record() };
        let mut value = serde_json::to_value(&unsealed).unwrap();
        value.as_object_mut().unwrap().remove("twins").unwrap();
        assert_eq!(RunRecord::from_json(value.to_string().as_bytes()).unwrap(), unsealed);
        assert!(!unsealed.is_sealed() && record().is_sealed());
    }

    #[test]
    fn what_was_changed_by_hand_is_refused_but_for_the_place_of_the_data() {
        let threshold = LabelRecord { threshold: 0.3, ..LabelRecord::default() };
        let summary = SummaryRecord { labels: vec![threshold], ..SummaryRecord::default() };
        let record = RunRecord { summary: Some(summary), seed: u64::MAX, ..record() };
        let text = String::from_utf8(record.to_json()).unwrap();
        assert_eq!(RunRecord::from_json(text.as_bytes()).unwrap(), record);
        let moved = text.replace("\"/data\"", "\"/elsewhere\"").replace("  ", "\t");
        let moved = RunRecord::from_json(moved.as_bytes()).unwrap();
        assert_eq!((moved.data.root.as_str(), moved.hash()), ("/elsewhere", record.hash()));
        for (from, to) in [("2025-01-01", "2025-01-02"), ("It fits", "It fit"), ("\"seal\"", "\"sea1\"")] {
            assert!(RunRecord::from_json(text.replace(from, to).as_bytes()).unwrap_err().contains("not as heatlens"));
        }
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        let refused = |change: fn(&mut RunRecord)| {
            let mut record = record();
            change(&mut record);
            RunRecord::from_json(&record.to_json()).unwrap_err()
        };
        assert!(refused(|record| record.model.input.height = 0).contains("0×192"));
        assert!(refused(|record| record.model.input.width = 1_000_000_000).contains("224×1000000000"));
        assert!(refused(|record| record.data.cases = 7).contains("lists 1 image, `data.cases` says 7"));
        assert!(refused(|record| record.classes.clear()).contains("`classes` is empty"));
        assert!(RunRecord::from_json(b"{}").is_err() && RunRecord::from_json(b"").is_err());
    }
}
