//! What run.json says, as far as answers depend on it.

use serde_json::Value;

use crate::analysis::report::{LayerFacts, ZoneFacts};
use crate::anatomy::Role;

/// A run's description, read.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// All of it.
    pub run: Value,
    /// The classes, in the network's order.
    pub classes: Vec<String>,
    /// The positive one of two.
    pub positive: Option<usize>,
    /// Height and width of the network's input.
    pub input: [usize; 2],
    /// Target layers.
    pub layers: Vec<LayerFacts>,
    /// The zones.
    pub zones: Vec<ZoneFacts>,
    /// Images that the run was to hold.
    pub cases: usize,
    /// What the data set's reader noted.
    pub notes: Vec<String>,
    /// Images left out of the run before it began: name and reason.
    pub excluded: Vec<(String, String)>,
}

impl Facts {
    /// From run.json; what is absent is empty.
    pub fn read(run: &Value) -> Facts {
        let classes = strings(&run["classes"]);
        let positive = run["positive"].as_str().and_then(|name| classes.iter().position(|class| class == name));
        let layer = |value: &Value| LayerFacts { name: text(&value["name"]), cells: pair(&value["cells"]) };
        let zone = |value: &Value| ZoneFacts {
            name: text(&value["name"]),
            title: text(&value["title"]),
            role: role(&value["role"]),
        };
        let excluded = |value: &Value| (text(&value["image"]), text(&value["reason"]));
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let mut notes = strings(&run["data"]["notes"]);
        notes.extend(strings(&run["notes"]));
        Facts {
            positive,
            input: input_size(&run["model"]["input"]),
            layers: list(&run["layers"]).iter().map(layer).collect(),
            zones: list(&run["zones"]).iter().map(zone).collect(),
            cases: run["data"]["cases"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
            excluded: list(&run["data"]["excluded"]).iter().map(excluded).collect(),
            notes,
            classes,
            run: run.clone(),
        }
    }

    /// The name of a class.
    pub fn class(&self, class: usize) -> &str {
        self.classes.get(class).map_or("an unknown class", String::as_str)
    }

    /// Positions of the zones of a role.
    pub fn zones_of(&self, role: Role) -> Vec<usize> {
        (0..self.zones.len()).filter(|&zone| self.zones[zone].role == role).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn pair(value: &Value) -> Option<[usize; 2]> {
    let number = |i: usize| value[i].as_u64().and_then(|n| usize::try_from(n).ok());
    Some([number(0)?, number(1)?])
}

/// Of a shape with the channels first or last.
fn input_size(shape: &Value) -> [usize; 2] {
    let shape: Vec<usize> =
        shape.as_array().into_iter().flatten().filter_map(Value::as_u64).map(|n| n as usize).collect();
    match shape[..] {
        [_, height, width, channels] if channels <= 4 => [height, width],
        [_, _, height, width] | [height, width] => [height, width],
        _ => [224, 224],
    }
}

fn role(value: &Value) -> Role {
    match value.as_str() {
        Some("target") => Role::Target,
        Some("plausible") => Role::Plausible,
        Some("edge") => Role::Edge,
        Some("outside") => Role::Outside,
        _ => Role::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_is_empty_and_channels_may_be_last() {
        assert!(Facts::read(&json!({})).classes.is_empty());
        assert_eq!(input_size(&json!([1, 3, 200, 100])), [200, 100]);
        assert_eq!(input_size(&json!([1, 200, 100, 3])), [200, 100]);
        let run = json!({ "classes": ["normal", "glaucoma"], "positive": "glaucoma", "zones": [{ "name": "cup", "title": "cup", "role": "target" }] });
        let facts = Facts::read(&run);
        assert_eq!((facts.positive, facts.zones_of(Role::Target)), (Some(1), vec![0]));
    }
}
