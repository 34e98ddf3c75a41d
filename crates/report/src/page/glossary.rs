//! The words of the page, each explained once.

use super::tag::{Tag, classed, tag};

const WORDS: [(&str, &str); 17] = [
    (
        "map, heatmap",
        "For one class, how much each place of the photograph speaks for it. What speaks against is left out.",
    ),
    (
        "share of the map",
        "All values of a map are scaled to the sum 1. The share on the disc is the part of that sum that lies on it.",
    ),
    (
        "chance",
        "What would come out if nothing were behind it: for shares, what the same maps reach when they are moved around \
         the picture; for an AUC, 0.5.",
    ),
    (
        "shortcut",
        "Something that goes with the class in these photographs and is no sign of disease: a mark, a camera, the way \
         the picture was saved.",
    ),
    (
        "false positive, false negative",
        "A photograph labelled normal that the network calls ill; one labelled ill that it calls normal. True positives \
         and true negatives are called as they are labelled.",
    ),
    ("confidence", "The probability that the network gives the class it says."),
    (
        "field",
        "The round part of a photograph in which the eye is seen. Its edge is where it ends; outside it is the black \
         surround.",
    ),
    ("framing", "How large the field is in the picture and where it lies: how wide the black surround is."),
    ("flip", "An answer flips when the network says another class after something in the photograph was changed."),
    (
        "removed, hidden",
        "Filled from the surroundings (inpainted) or blurred. “As much elsewhere” is the control: a piece of the same \
         size at another place.",
    ),
    ("interval", "Where the true figure lies in 95 of 100 such studies. A wide one means: too few images to know."),
    ("p, corrected", "How often chance alone would give as much. Corrected: with all the tests of the report in mind."),
    (
        "AUC",
        "How often the network ranks a photograph of the class above one of the others: 1 is always, 0.5 is chance.",
    ),
    (
        "Cliff's δ",
        "From −1 to +1: how much more often a value is higher in one group than in the other; 0 is no difference.",
    ),
    ("Spearman's ρ", "From −1 to +1: whether two values rise together; 0.1 is weak, 0.3 moderate, 0.5 strong."),
    ("cell", "Maps are coarse: a cell is the smallest piece they can tell apart."),
    (
        "DD, zones",
        "DD: diameters of the optic disc. Peripapillary: the ring 0.5 to 1.0 DD from its centre; zone B: 1.0 to 1.5 DD; \
         the nerve fibre bundles arch from the disc above and below the macula.",
    ),
];

/// The section.
pub(super) fn section() -> Tag {
    let words = WORDS.iter().flat_map(|(word, meaning)| [tag("dt").text(word), tag("dd").text(meaning)]);
    tag("section")
        .with("id", "glossary")
        .add(tag("h2").text("What the words mean"))
        .add(classed("dl", "glossary").all(words))
}
