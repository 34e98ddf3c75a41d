//! What run.json says, as far as answers depend on it.

use heatlens_anatomy::{Role, ZoneCard};
use heatlens_record::RunRecord;

/// A run's record, with what answers look up.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// All of it.
    pub run: RunRecord,
    /// The classes, in the network's order.
    pub classes: Vec<String>,
    /// The positive one of two.
    pub positive: Option<usize>,
    /// Height and width of the network's input.
    pub input: [usize; 2],
    /// The zones.
    pub zones: Vec<ZoneCard>,
}

impl Facts {
    /// Of a run.
    pub fn of(run: &RunRecord) -> Facts {
        Facts {
            classes: run.classes.clone(),
            positive: run.positive_class(),
            input: run.model.input.size(),
            zones: run.zones.clone(),
            run: run.clone(),
        }
    }

    /// Whether the outputs are values, of which one is compared with a threshold.
    pub fn is_of_values(&self) -> bool {
        self.run.model.head.as_deref() == Some("regression")
    }

    /// Whether the two classes are the answers to a question about one label or value.
    pub fn asks_outputs(&self) -> bool {
        self.is_of_values() || self.run.model.head.as_deref() == Some("multilabel")
    }

    /// The name of a class.
    pub fn class(&self, class: usize) -> &str {
        self.classes.get(class).map_or("an unknown class", String::as_str)
    }

    /// Positions of the zones of a role.
    pub fn zones_of(&self, role: Role) -> Vec<usize> {
        (0..self.zones.len()).filter(|&zone| self.zones[zone].role == role).collect()
    }

    /// What was noted of the data and of the run.
    pub fn notes(&self) -> Vec<String> {
        self.run.data.notes.iter().chain(&self.run.notes).cloned().collect()
    }
}
