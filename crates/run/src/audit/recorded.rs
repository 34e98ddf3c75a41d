//! What `run.json` says of an audit: all that its results depend on.

use std::path::Path;

use heatlens_record::{DataRecord, ExclusionRecord, ExperimentsRecord, ModelRecord, RunRecord, Task, today};

use super::Plan;
use crate::Twins;
use crate::check::Check;
use crate::data::Case;
use crate::recorded::record;

impl Plan {
    /// All that the results depend on, and words about it, which alone may differ between starts of
    /// one run.
    pub fn record(&self) -> RunRecord {
        let model = (&self.model, &self.read_as);
        let of = record(Task::Audit, model, &self.explainer, &self.preprocess, &self.targets, self.positive);
        RunRecord {
            model: ModelRecord { head: Some(self.head.name().to_owned()), ..of.model },
            date: Some(today()),
            data: self.data_record(),
            zones: self.anatomist.zones().to_vec(),
            experiments: ExperimentsRecord {
                regions: self.experiments.regions,
                remainders: self.experiments.remainders,
            },
            segmenter: Some(self.segmenter.clone()),
            seed: self.seed,
            check: self.check.as_ref().map(Check::record),
            twins: self.twins.as_ref().map(Twins::record),
            notes: self.warnings.iter().chain(&self.notes).cloned().collect(),
            ..of
        }
    }

    fn data_record(&self) -> DataRecord {
        let dataset = &self.dataset;
        // One spelling, so that a run goes on, and its photographs are found, from any folder.
        let root = dataset.root.as_path();
        let below_root = |case: &Case| case.image.strip_prefix(root).unwrap_or(&case.image).display().to_string();
        let absolute = Path::new(".").join(root).canonicalize().unwrap_or_else(|_| root.to_owned());
        DataRecord {
            path: dataset.path.display().to_string(),
            root: absolute.display().to_string(),
            layout: dataset.layout.to_owned(),
            sha256: dataset.hash(),
            cases: self.cases(),
            excluded: dataset
                .excluded
                .iter()
                .map(|excluded| ExclusionRecord { image: excluded.name.clone(), reason: excluded.reason.to_string() })
                .collect(),
            notes: dataset.notes.iter().map(ToString::to_string).collect(),
            images: dataset.cases.iter().map(below_root).collect(),
        }
    }
}
