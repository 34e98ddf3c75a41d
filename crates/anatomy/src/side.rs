//! Right or left.

use serde::{Deserialize, Serialize};

/// The side of the body that a photograph shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Of an eye: oculus dexter.
    Right,
    /// Of an eye: oculus sinister.
    Left,
}

impl Side {
    /// Reads `OD`, `right`, `R`, `RE` or `OS`, `left`, `L`, `LE`, in any case.
    pub fn from_word(word: &str) -> Option<Side> {
        match word.trim().to_ascii_lowercase().as_str() {
            "od" | "right" | "r" | "re" => Some(Side::Right),
            "os" | "left" | "l" | "le" => Some(Side::Left),
            _ => None,
        }
    }

    /// `right` or `left`, as tables have it.
    pub fn name(self) -> &'static str {
        match self {
            Side::Right => "right",
            Side::Left => "left",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case() {
        assert_eq!(Side::from_word(" OS "), Some(Side::Left));
        assert_eq!(Side::from_word("R"), Some(Side::Right));
        assert_eq!(Side::from_word("both"), None);
        assert_eq!(Side::from_word(Side::Left.name()), Some(Side::Left));
    }
}
