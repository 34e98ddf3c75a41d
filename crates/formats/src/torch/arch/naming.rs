//! What is said of an architecture beside its weights.

/// What a file, or what lies beside it, says of its architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// A name that may be one of an architecture.
    pub name: String,
    /// timm's name of the pooling in front of the classifier.
    pub pool: Option<String>,
    /// Who says so: `the file's` + key.
    pub by: String,
    /// Whether it was written for this, as names of files are not.
    pub is_sure: bool,
}

impl Said {
    /// Whether this is the architecture that is said: `timm/resnet18.a1_in1k` is `resnet18`.
    pub(super) fn is(&self, name: &str) -> bool {
        let said = self.name.rsplit('/').next().unwrap_or_default();
        said == name || said.split('.').next() == Some(name)
    }
}

/// The architecture that a file's name tells of: the longest name that stands in it as a word.
pub(in crate::torch) fn named_in(file_name: &str) -> Option<Said> {
    let lower = file_name.to_ascii_lowercase();
    let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    let is_word = |name: &&str| {
        lower.match_indices(*name).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            is_end(before) && is_end(lower[at + name.len()..].chars().next())
        })
    };
    let name = super::names().into_iter().filter(is_word).max_by_key(|name| name.len())?;
    Some(Said { name: name.into(), pool: None, by: "the file's name".into(), is_sure: false })
}
