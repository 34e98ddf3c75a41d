//! Words that several floors say.

/// `1 image`, `2 images`: what is counted, as sentences have it.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `is` or `are`, behind so many.
pub fn are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// `has` or `have`, behind so many.
pub fn have(n: usize) -> &'static str {
    if n == 1 { "has" } else { "have" }
}
