//! `config.json` beside a model, as timm and transformers write it.

use serde_json::Value;

use crate::labels;
use crate::torch::arch::Said;

/// What a `config.json` says of the model beside it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Config {
    /// The architecture, where it is named.
    pub said: Option<Said>,
    /// Class names in the order of the outputs.
    pub classes: Option<Vec<String>>,
    /// What the outputs stand for.
    pub problem: Option<Problem>,
}

/// What the outputs of a network stand for, as far as a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Classes of which one is present.
    OneClass,
    /// Labels of which several may be present.
    SeveralLabels,
    /// Values.
    Values,
}

impl Problem {
    /// By the names of transformers.
    fn named(name: &str) -> Option<Problem> {
        match name {
            "single_label_classification" => Some(Problem::OneClass),
            "multi_label_classification" => Some(Problem::SeveralLabels),
            "regression" => Some(Problem::Values),
            _ => None,
        }
    }
}

/// Larger files describe no model.
const LARGEST: usize = 8 << 20;

/// Reads a `config.json`; one that is of something else says nothing.
pub(crate) fn read(bytes: &[u8]) -> Config {
    let Some(Value::Object(config)) = (bytes.len() <= LARGEST).then(|| serde_json::from_slice(bytes).ok()).flatten()
    else {
        return Config::default();
    };
    let pretrained = config.get("pretrained_cfg");
    let text = |key: &str| {
        let found = config.get(key).or_else(|| pretrained?.get(key))?;
        found.as_str().map(str::to_owned)
    };
    let said = text("architecture").map(|name| Said {
        name,
        pool: text("global_pool"),
        by: "`config.json` beside it".into(),
        is_sure: true,
    });
    let label = |key: &str| config.get(key).or_else(|| pretrained?.get(key)).and_then(labels::from_json);
    // transformers writes `LABEL_0`, `LABEL_1` … where nobody named the classes.
    let is_named = |names: &Vec<String>| !names.iter().enumerate().all(|(i, name)| *name == format!("LABEL_{i}"));
    let classes = ["id2label", "label2id", "label_names", "class_to_idx", "classes"];
    let problem = text("problem_type").and_then(|name| Problem::named(&name));
    Config { said, classes: classes.into_iter().filter_map(label).find(is_named), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timm_names_architecture_pooling_and_labels() {
        let config = read(
            br#"{"architecture": "tf_efficientnet_b0", "num_classes": 2, "global_pool": "avgmax",
                 "label_names": ["normal", "glaucoma"], "pretrained_cfg": {"mean": [0.5]}}"#,
        );
        let said = config.said.unwrap();
        assert_eq!((said.name.as_str(), said.pool.as_deref()), ("tf_efficientnet_b0", Some("avgmax")));
        assert_eq!(config.classes.unwrap(), ["normal", "glaucoma"]);
    }

    #[test]
    fn transformers_names_labels_unless_it_made_them_up() {
        let named = read(br#"{"architectures": ["X"], "id2label": {"1": "b", "0": "a"}}"#);
        assert_eq!(named.classes.unwrap(), ["a", "b"]);
        assert_eq!(read(br#"{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}"#), Config::default());
        assert_eq!(read(br#"{"problem_type": "regression"}"#).problem, Some(Problem::Values));
        assert_eq!(read(br#"{"problem_type": null}"#), Config::default());
        assert_eq!(read(b"[1]"), Config::default());
        assert_eq!(read(b"no JSON"), Config::default());
    }
}
