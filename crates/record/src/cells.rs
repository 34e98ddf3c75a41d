//! Text in tables that people open with a spreadsheet, which takes some of it for formulas.

use std::borrow::Cow;

/// Text that begins with one of these is computed by spreadsheets.
const SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Text as a table has it: with an apostrophe in front where a spreadsheet would compute it.
/// [`plain_text`] takes it away.
pub fn text_cell(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Text as it was before [`text_cell`].
pub fn plain_text(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// Whether text, behind any apostrophes, begins as a formula and is no number.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    text.starts_with(SIGNS) && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_come_back() {
        for text in ["=1+1", "+x", "-", "@SUM(A1)", "\t=1", "\r", "'=1", "''-x"] {
            let cell = text_cell(text);
            assert!(cell.starts_with('\'') && plain_text(&cell) == text, "{text:?}");
        }
        for text in ["", "a=b", "-1", "+0.5", "'quoted'", "'-1", "1.png"] {
            assert_eq!((text_cell(text), plain_text(text)), (Cow::Borrowed(text), text));
        }
    }
}
