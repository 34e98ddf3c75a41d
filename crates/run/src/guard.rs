//! Defects that one image brings to light.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does work on one image; a panic becomes its answer, so that it does not cost the others theirs.
///
/// # Errors
/// In words, after a panic.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| "an internal error of heatlens; please report it with this image".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_becomes_the_answer_of_its_image() {
        assert!(guarded(|| -> u8 { panic!("while drawing") }).unwrap_err().contains("internal error"));
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
