//! What became of the data set's own masks, over a whole run.

use std::collections::BTreeMap;

use heatlens_anatomy::{MASK_LEFT_ASIDE, MaskSource};
use heatlens_record::ImageRow;

/// A cup that reaches so far from the disc's top to its bottom leaves no rim.
const WHOLE: f64 = 0.97;
/// From so many masks on, what nearly all have in common is no finding of the eyes …
const ALL: usize = 5;
/// … if at least this share of them has it.
const MOST: f64 = 0.8;

/// The masks of a run as its rows tell of them.
#[derive(Default)]
pub struct Masks {
    /// Those whose disc is trusted; of these those with a cup, and those whose cup leaves no rim.
    used: usize,
    with_cup: usize,
    without_rim: usize,
    /// Why the others are not: how often, and in the words for the first, by the words without
    /// names and numbers.
    unused: BTreeMap<String, (usize, String)>,
}

impl Masks {
    /// Takes in the row of one image.
    pub fn add(&mut self, row: &ImageRow) {
        let left_aside = row.doubts.split("; ").next().and_then(|doubt| doubt.strip_prefix(MASK_LEFT_ASIDE));
        let is_given = row.mask_source.as_deref() == Some(MaskSource::Given.name());
        let unused = match left_aside {
            Some(reason) => Some(reason.trim_start_matches(": ").to_owned()),
            None => (is_given && row.target_x.is_none()).then(|| format!("of `{}` {}", row.image, row.doubts)),
        };
        if let Some(reason) = unused {
            self.unused.entry(kind(&reason)).or_insert_with(|| (0, reason)).0 += 1;
        } else if is_given {
            let anatomy: serde_json::Value = serde_json::from_str(&row.anatomy).unwrap_or_default();
            let ratio = anatomy["vertical_cup_to_disc"].as_f64();
            self.used += 1;
            self.with_cup += usize::from(ratio.is_some());
            self.without_rim += usize::from(ratio.is_some_and(|ratio| ratio >= WHOLE));
        }
    }

    /// How many cannot be used, and the commonest reason.
    pub fn unused(&self) -> Option<String> {
        let left: usize = self.unused.values().map(|(masks, _)| masks).sum();
        let (most, reason) = self.unused.values().max_by_key(|(masks, _)| *masks)?;
        let count = match self.used {
            0 => format!("none of {left} masks of the data can be used"),
            used => format!("{left} of {} masks of the data cannot be used", left + used),
        };
        Some(if *most == left {
            format!("{count}: {reason}")
        } else {
            format!("{count}; {most} for this reason: {reason}")
        })
    }

    /// What nearly all of them have in common though eyes differ.
    pub fn alike(&self) -> Option<String> {
        let masks = self.used;
        if masks < ALL {
            return None;
        }
        if self.with_cup == 0 {
            return Some(format!(
                "none of {masks} masks outlines a cup: all of the disc counts as rim, and there is no cup-to-disc ratio"
            ));
        }
        (self.without_rim as f64 >= MOST * masks as f64).then(|| {
            let without = self.without_rim;
            format!(
                "in {without} of {masks} masks the cup is as tall as the disc: perhaps rim and cup are exchanged; \
                the cup-to-disc ratio says nothing"
            )
        })
    }
}

/// A reason without what differs from file to file: names in backticks, and numbers.
fn kind(reason: &str) -> String {
    reason.split('`').step_by(2).flat_map(str::chars).filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ratio: Option<f64>) -> ImageRow {
        let anatomy = serde_json::json!({ "vertical_cup_to_disc": ratio }).to_string();
        ImageRow {
            mask_source: Some(MaskSource::Given.name().into()),
            target_x: Some(9.0),
            anatomy,
            ..ImageRow::default()
        }
    }

    fn refused(reason: &str) -> ImageRow {
        ImageRow { doubts: format!("{MASK_LEFT_ASIDE}: {reason}; the disc is cut"), ..ImageRow::default() }
    }

    fn masks(rows: &[ImageRow]) -> Masks {
        let mut masks = Masks::default();
        rows.iter().for_each(|row| masks.add(row));
        masks
    }

    #[test]
    fn refused_masks_are_counted_with_their_commonest_reason() {
        assert_eq!(masks(&[row(Some(0.4))]).unused(), None);
        let rows = [
            refused("the mask `a.png` is empty"),
            refused("the mask `b.png` has 9×9 pixels"),
            refused("the mask `c.png` has 8×8 pixels"),
        ];
        let said = masks(&rows).unused().unwrap();
        assert_eq!(said, "none of 3 masks of the data can be used; 2 for this reason: the mask `b.png` has 9×9 pixels");
        let doubtful =
            ImageRow { target_x: None, image: "a.jpg".into(), doubts: "the disc is cut".into(), ..row(None) };
        assert!(masks(&[doubtful]).unused().unwrap().ends_with("can be used: of `a.jpg` the disc is cut"));
        let said = masks(&[refused("the mask `a.png` is empty"), row(None), row(None)]).unused().unwrap();
        assert_eq!(said, "1 of 3 masks of the data cannot be used: the mask `a.png` is empty");
    }

    #[test]
    fn masks_that_all_lack_rim_or_cup_are_told() {
        let said = |ratios: [Option<f64>; 5]| masks(&ratios.map(row)).alike();
        assert_eq!(said([Some(0.3), Some(0.5), None, Some(1.0), Some(1.0)]), None);
        assert!(said([Some(1.0); 5]).unwrap().contains("in 5 of 5 masks the cup is as tall as the disc"));
        assert!(said([None; 5]).unwrap().contains("none of 5 masks outlines a cup"));
        assert_eq!(masks(&[row(Some(1.0))]).alike(), None, "one eye may have lost its rim");
    }
}
