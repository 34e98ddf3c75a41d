//! Pictures whose 16-bit samples use fewer bits, counted over a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How many pictures used how many bits of their 16, from any thread.
#[derive(Debug, Default)]
pub struct Depths(Mutex<BTreeMap<u8, (usize, String)>>);

impl Depths {
    /// Takes down a picture; `bits` is what [`decode_with_bits`](heatlens_imaging::decode_with_bits)
    /// says of it.
    pub fn see(&self, bits: Option<u8>, shown: &str) {
        let Some(bits) = bits.filter(|&bits| bits < 16) else { return };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(bits).or_insert_with(|| (0, shown.to_owned())).0 += 1;
    }

    /// What was done to them, where there were any.
    pub fn words(&self) -> Option<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let each: Vec<String> = seen
            .iter()
            .map(|(bits, (count, first))| {
                let plural = if *count == 1 { "picture uses" } else { "pictures use" };
                format!("{count} {plural} {bits} bits of 16 (such as `{first}`)")
            })
            .collect();
        let several = if each.len() > 1 {
            ". Pictures of one camera are stretched by different factors then: save them as 8 bits with one factor for all"
        } else {
            ""
        };
        (!each.is_empty())
            .then(|| format!("{}: read by the range they use, not as all but black pictures{several}", each.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_counted_by_their_bits() {
        let depths = Depths::default();
        [None, Some(16)].into_iter().for_each(|bits| depths.see(bits, "whole.png"));
        assert_eq!(depths.words(), None);
        ["a.png", "b.png"].iter().for_each(|shown| depths.see(Some(12), shown));
        let words = depths.words().unwrap();
        assert!(words.starts_with("2 pictures use 12 bits of 16 (such as `a.png`): read by"), "{words}");
        depths.see(Some(10), "dark.png");
        assert!(depths.words().unwrap().contains("one factor for all"));
    }
}
