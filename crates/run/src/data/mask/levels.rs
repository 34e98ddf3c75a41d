//! Grey levels of background, rim and cup.

use heatlens_anatomy::Tissue;

/// The cup, where masks are written as indices.
const HIGHEST_INDEX: u8 = 2;

/// What the grey levels of a mask mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Levels {
    /// By what is there: mostly bright means [`Levels::DarkCup`], nothing above 2 means
    /// [`Levels::Indexed`], nothing between black and white means [`Levels::Disc`], else
    /// [`Levels::BrightCup`].
    #[default]
    Auto,
    /// 0 background, 128 rim, 255 cup.
    BrightCup,
    /// 0 cup, 128 rim, 255 background, as in REFUGE.
    DarkCup,
    /// 0 background, 1 rim, 2 cup, as in ORIGA.
    Indexed,
    /// Black background, white disc; the cup is not outlined.
    Disc,
}

impl Levels {
    /// Names for options.
    pub const NAMES: [(&'static str, Levels); 5] = [
        ("auto", Levels::Auto),
        ("bright-cup", Levels::BrightCup),
        ("dark-cup", Levels::DarkCup),
        ("indexed", Levels::Indexed),
        ("disc", Levels::Disc),
    ];

    /// Background, rim and cup of each pixel.
    pub(super) fn sort(self, grey: &[u8]) -> Result<Vec<Tissue>, String> {
        let levels = if self == Levels::Auto { recognise(grey) } else { self };
        let value = |v: u8| match levels {
            Levels::DarkCup => third(255 - v),
            Levels::Indexed => [Tissue::Background, Tissue::Rim, Tissue::Cup][usize::from(v)],
            Levels::Disc if v >= 128 => Tissue::Rim,
            Levels::Disc => Tissue::Background,
            Levels::BrightCup | Levels::Auto => third(v),
        };
        match grey.iter().find(|&&v| levels == Levels::Indexed && v > HIGHEST_INDEX) {
            Some(v) => Err(format!("level {v} is none of 0 (background), 1 (rim), 2 (cup)")),
            None => Ok(grey.iter().map(|&v| value(v)).collect()),
        }
    }
}

/// The nearest of 0, 128 and 255.
fn third(v: u8) -> Tissue {
    match v {
        0..64 => Tissue::Background,
        64..192 => Tissue::Rim,
        _ => Tissue::Cup,
    }
}

/// The background is what there is most of: no disc fills half of a picture that shows more than
/// itself.
fn recognise(grey: &[u8]) -> Levels {
    let share = |of: fn(u8) -> bool| grey.iter().filter(|&&v| of(v)).count();
    if grey.iter().all(|&v| v <= HIGHEST_INDEX) {
        Levels::Indexed
    } else if share(|v| v >= 192) > grey.len() / 2 {
        Levels::DarkCup
    } else if share(|v| (64..192).contains(&v)) * 1000 < share(|v| v >= 192) {
        // A few grey pixels are smoothing or compression.
        Levels::Disc
    } else {
        Levels::BrightCup
    }
}

#[cfg(test)]
mod tests {
    use heatlens_anatomy::Tissue::{Background, Cup, Rim};

    use super::*;

    /// 20 pixels of background, 4 of rim, 2 of cup.
    fn picture<T: Clone>([background, rim, cup]: [T; 3]) -> Vec<T> {
        [vec![background; 20], vec![rim; 4], vec![cup; 2]].concat()
    }

    #[test]
    fn each_convention_is_recognised() {
        let sorted = picture([Background, Rim, Cup]);
        for levels in [[0, 128, 255], [255, 128, 0], [0, 1, 2], [3, 120, 250], [252, 130, 9]] {
            assert_eq!(Levels::Auto.sort(&picture(levels)).unwrap(), sorted, "{levels:?}");
        }
        assert_eq!(Levels::Auto.sort(&picture([0, 255, 255])).unwrap(), picture([Background, Rim, Rim]));
        assert_eq!(Levels::Auto.sort(&picture([0, 1, 1])).unwrap(), picture([Background, Rim, Rim]));
    }

    #[test]
    fn what_is_said_is_taken() {
        assert_eq!(Levels::BrightCup.sort(&picture([0, 255, 255])).unwrap(), picture([Background, Cup, Cup]));
        assert!(Levels::Indexed.sort(&picture([0, 128, 255])).unwrap_err().contains("level 128"));
        assert_eq!(Levels::NAMES.iter().filter(|(_, l)| *l == Levels::default()).count(), 1);
    }
}
