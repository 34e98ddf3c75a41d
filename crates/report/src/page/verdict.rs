//! Verdicts as colour, word and shape: none alone.

use super::tag::{Tag, classed, tag};
use crate::schema::Verdict;

/// The class that gives the colours.
pub(super) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reassuring => "good",
        Verdict::Mixed => "mixed",
        Verdict::Concerning => "bad",
        Verdict::Described => "plain",
        Verdict::CannotBeSaid => "unknown",
    }
}

/// A tick in a disc, a half-filled disc, a triangle with its mark, lines on a card, a question in a
/// broken ring.
pub(super) fn icon(verdict: Verdict) -> Tag {
    let shape = match verdict {
        Verdict::Reassuring => r#"<circle cx="10" cy="10" r="8.5"/><path class="cut" d="M6 10.3l2.8 2.9L14 7.4"/>"#,
        Verdict::Mixed => r#"<circle class="open" cx="10" cy="10" r="7.6"/><path d="M10 2.4a7.6 7.6 0 0 0 0 15.2z"/>"#,
        Verdict::Concerning => {
            r#"<path d="M10 1.6l9 16.2H1z"/><path class="cut" d="M10 7.2v5"/><circle class="cut-dot" cx="10" cy="14.8" r="1.1"/>"#
        }
        Verdict::Described => {
            r#"<rect x="2.5" y="2.5" width="15" height="15" rx="3"/><path class="cut" d="M6 7.2h8M6 10.2h8M6 13.2h5"/>"#
        }
        Verdict::CannotBeSaid => {
            r#"<circle class="open dashed" cx="10" cy="10" r="7.6"/><path class="stroke" d="M7.9 8a2.1 2.1 0 1 1 3.2 1.8c-.7.5-1.1.9-1.1 1.7"/><circle cx="10" cy="13.9" r="1"/>"#
        }
    };
    let svg = tag("svg")
        .with("class", format!("icon {}", class(verdict)))
        .with("viewBox", "0 0 20 20")
        .with("aria-hidden", "true");
    svg.constant(shape)
}

/// The verdict as a label.
pub(super) fn chip(verdict: Verdict) -> Tag {
    classed("span", format!("chip {}", class(verdict))).add(icon(verdict)).add(tag("span").text(verdict.title()))
}
