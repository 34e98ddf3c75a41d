//! Control flow, as far as it is settled before any image is seen.

use super::{Context, Translated};

/// If: the branch that its condition chooses, where that follows from shapes.
pub(super) fn if_(cx: &mut Context<'_, '_>) -> Translated {
    let condition = cx.input(0)?;
    let chosen = cx.known(condition).and_then(|t| t.as_bool()).and_then(|t| t.first().copied());
    let chosen = chosen.ok_or_else(|| {
        cx.unsupported(
            "which branch is taken depends on the image; export the model by tracing, with a fixed input size",
        )
    })?;
    let name = if chosen { "then_branch" } else { "else_branch" };
    let branch = cx.attributes().graph(name)?.ok_or_else(|| cx.damaged(format!("attribute `{name}` is missing")))?;
    cx.branch(branch)
}
