//! The colours, one a line: on light ground and on dark. Blues against vermilions, which every kind
//! of colour vision tells apart.

use std::fmt::Write;

/// Name of the CSS variable, its light value, its dark one.
const COLOURS: [(&str, &str, &str); 32] = [
    ("ground", "#f5f7f8", "#0f1417"),
    ("surface", "#ffffff", "#171d21"),
    ("sunken", "#eef2f4", "#1f272c"),
    ("ink", "#172026", "#e8edf0"),
    ("soft", "#4d5a63", "#aab6be"),
    ("faint", "#6c7982", "#87949d"),
    ("line", "#dde3e7", "#2b353b"),
    ("line-strong", "#b5c0c7", "#49565e"),
    ("accent", "#0d6380", "#6cc4e0"),
    ("good", "#00629b", "#64b5ea"),
    ("good-ground", "#e4f1fa", "#11293a"),
    ("mixed", "#7d5700", "#e8b64c"),
    ("mixed-ground", "#fbf1d9", "#33270d"),
    ("bad", "#ad3a00", "#ff9466"),
    ("bad-ground", "#fdece3", "#3a1d10"),
    ("plain", "#45606f", "#a3bccb"),
    ("plain-ground", "#e9eff2", "#1e2a31"),
    ("unknown", "#5d6468", "#a2a9ad"),
    ("unknown-ground", "#eff0f1", "#23282b"),
    ("series-0", "#2477b3", "#63aee6"),
    ("series-1", "#d4632a", "#f5935e"),
    ("series-2", "#5a8f3d", "#93c572"),
    ("series-3", "#8a5fa8", "#c29de0"),
    ("series-4", "#a88413", "#e0c04f"),
    ("series-5", "#3f8f94", "#74cbd0"),
    ("series-6", "#b0527e", "#e88fb7"),
    ("series-7", "#66727a", "#aab5bc"),
    ("role-target", "#0b7a6b", "#4ec9b5"),
    ("role-plausible", "#5c9a35", "#a0d36f"),
    ("role-elsewhere", "#8a949b", "#8a969e"),
    ("role-edge", "#c8872a", "#e8b25d"),
    ("role-outside", "#b4451f", "#f58a62"),
];

/// Number of colours for series of data.
pub(super) const SERIES: usize = 8;

/// The style sheet that gives the variables their values: after the reader's system, unless one of
/// the two switches is on; on paper light.
pub(super) fn style_sheet() -> String {
    let light = rules(|(_, light, _)| light);
    let dark = rules(|(_, _, dark)| dark);
    format!(
        ":root{{color-scheme:light dark;{light}}}\n\
         @media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n\
         :root:has(#theme-light:checked){{color-scheme:light;{light}}}\n\
         @media screen{{:root:has(#theme-dark:checked){{color-scheme:dark;{dark}}}}}\n\
         @media print{{:root{{color-scheme:light;{light}}}}}\n"
    )
}

fn rules(value: impl Fn((&'static str, &'static str, &'static str)) -> &'static str) -> String {
    COLOURS.iter().fold(String::new(), |mut rules, &row| {
        write!(rules, "--{}:{};", row.0, value(row)).expect("strings take everything");
        rules
    })
}
