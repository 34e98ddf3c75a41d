//! Right eye or left eye, and how that is known.

use super::{Disc, FieldOfView, Side};

/// How the side of an eye is known, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SideSource {
    /// The manifest or the caller says so.
    Given,
    /// The file's name says so.
    FileName,
    /// The disc lies on that side of a macula-centred field.
    DiscPosition,
    /// It is not known: no statement about nasal and temporal is made.
    Unknown,
}

impl SideSource {
    /// As written in tables.
    pub fn name(self) -> &'static str {
        match self {
            SideSource::Given => "given",
            SideSource::FileName => "file_name",
            SideSource::DiscPosition => "disc_position",
            SideSource::Unknown => "unknown",
        }
    }
}

/// The side of an eye, where known, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Laterality {
    /// Right or left; none where unknown.
    pub side: Option<Side>,
    /// How it is known.
    pub source: SideSource,
}

impl Laterality {
    /// Nothing is known.
    pub const UNKNOWN: Laterality = Laterality { side: None, source: SideSource::Unknown };

    /// In this order: what the manifest says, the file's name, the disc's position in a
    /// macula-centred field; else unknown.
    pub fn find(given: Option<Side>, file_name: &str, field: &FieldOfView, disc: Option<&Disc>) -> Laterality {
        let known = |side, source| Laterality { side: Some(side), source };
        given
            .map(|side| known(side, SideSource::Given))
            .or_else(|| from_file_name(file_name).map(|side| known(side, SideSource::FileName)))
            .or_else(|| {
                disc.and_then(|disc| from_position(field, disc)).map(|side| known(side, SideSource::DiscPosition))
            })
            .unwrap_or(Laterality::UNKNOWN)
    }
}

/// From words in a file's name: `OD`/`OS`, `right`/`left`, set apart by anything but letters
/// (`1034_left.jpg`, `RET001OD.jpg`). None where there is no such word, or both sides are named.
pub fn from_file_name(name: &str) -> Option<Side> {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let stem = stem.rsplit_once('.').map_or(stem.as_str(), |(stem, _)| stem);
    let mut found = None;
    for word in stem.split(|c: char| !c.is_ascii_alphabetic()) {
        let side = match word {
            "od" | "right" => Side::Right,
            "os" | "left" => Side::Left,
            _ => continue,
        };
        if found.is_some_and(|f| f != side) {
            return None;
        }
        found = Some(side);
    }
    found
}

/// Whether the field is centred on the macula: the disc lies 1.7 to 3.9 DD beside its centre and at
/// most 1.5 DD above or below.
pub fn is_macula_centred(field: &FieldOfView, disc: &Disc) -> bool {
    let [dx, dy] = [0, 1].map(|i| (disc.outline.centre[i] - field.centre[i]) / disc.diameter());
    (1.7..=3.9).contains(&dx.abs()) && dy.abs() <= 1.5
}

/// The disc lies right of the centre in a right eye, *if* the field is centred on the macula.
pub fn from_position(field: &FieldOfView, disc: &Disc) -> Option<Side> {
    let right = disc.outline.centre[0] > field.centre[0];
    (field.circular && is_macula_centred(field, disc)).then_some(if right { Side::Right } else { Side::Left })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let (right, left) = (Some(Side::Right), Some(Side::Left));
        for (name, side) in [
            ("images/normal/1034_left.jpg", left),
            ("RET001OD.jpg", right),
            ("left/eye-03-OS.png", left),
            ("a_Right.JPEG", right),
            ("righteous.png", None),
            ("left_right.png", None),
            ("drishtiGS_001_ODsegSoftmap.png", None),
            ("right/17.jpg", None),
            ("", None),
        ] {
            assert_eq!(from_file_name(name), side, "{name}");
        }
    }
}
