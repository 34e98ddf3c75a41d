//! Grey levels of background, rim and cup.

use super::DiscMask;

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
    pub(super) fn sort(self, grey: &[u8]) -> Result<Vec<u8>, String> {
        let levels = if self == Levels::Auto { recognise(grey) } else { self };
        let value = |v: u8| match levels {
            Levels::DarkCup => third(255 - v),
            Levels::Indexed => v,
            Levels::Disc => u8::from(v >= 128) * DiscMask::RIM,
            Levels::BrightCup | Levels::Auto => third(v),
        };
        match grey.iter().find(|&&v| levels == Levels::Indexed && v > DiscMask::CUP) {
            Some(v) => Err(format!("level {v} is none of 0 (background), 1 (rim), 2 (cup)")),
            None => Ok(grey.iter().map(|&v| value(v)).collect()),
        }
    }
}

/// The nearest of 0, 128 and 255.
fn third(v: u8) -> u8 {
    match v {
        0..64 => DiscMask::BACKGROUND,
        64..192 => DiscMask::RIM,
        _ => DiscMask::CUP,
    }
}

/// The background is what there is most of: no disc fills half of a picture that shows more than
/// itself.
fn recognise(grey: &[u8]) -> Levels {
    let share = |of: fn(u8) -> bool| grey.iter().filter(|&&v| of(v)).count();
    if grey.iter().all(|&v| v <= DiscMask::CUP) {
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
    use super::*;

    /// 20 pixels of background, 4 of rim, 2 of cup.
    fn picture([background, rim, cup]: [u8; 3]) -> Vec<u8> {
        [vec![background; 20], vec![rim; 4], vec![cup; 2]].concat()
    }

    #[test]
    fn each_convention_is_recognised() {
        let sorted = picture([0, 1, 2]);
        for levels in [[0, 128, 255], [255, 128, 0], [0, 1, 2], [3, 120, 250], [252, 130, 9]] {
            assert_eq!(Levels::Auto.sort(&picture(levels)).unwrap(), sorted, "{levels:?}");
        }
        assert_eq!(Levels::Auto.sort(&picture([0, 255, 255])).unwrap(), picture([0, 1, 1]));
        assert_eq!(Levels::Auto.sort(&picture([0, 1, 1])).unwrap(), picture([0, 1, 1]));
    }

    #[test]
    fn what_is_said_is_taken() {
        assert_eq!(Levels::BrightCup.sort(&picture([0, 255, 255])).unwrap(), picture([0, 2, 2]));
        assert!(Levels::Indexed.sort(&picture([0, 128, 255])).unwrap_err().contains("level 128"));
        assert_eq!(Levels::NAMES.iter().filter(|(_, l)| *l == Levels::default()).count(), 1);
    }
}
