//! What a user should hear of a run.

/// A remark about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What was assumed and how it fits.
    Note(String),
    /// That something is wrong, or may be.
    Warning(String),
}
