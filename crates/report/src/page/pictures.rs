//! Pictures inside the file: photographs with their heatmaps, small, as data URIs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::ErrorKind;

use heatlens_files::Kind;
use heatlens_imaging::{
    Affine, DecodeLimits, DrawStyle, Map, Photograph, Picture, Scale, WarpedMap, decode, draw_overlay, draw_seen,
    encode_jpeg, warp,
};
use heatlens_record::{RunDirectory, RunError};
use rayon::prelude::*;

use sha2::{Digest, Sha256};

use crate::analysis::{Evidence, Shown};
use crate::schema::{FigureData, Report};

/// At most so many photographs, so that a report stays a few megabytes.
pub const PICTURES: usize = 120;
/// Maps of other classes than a card's that are shown of a case.
const OTHERS: usize = 2;
/// Photographs of a cluster that are shown.
pub(super) const EXEMPLARS: usize = 5;
/// Their longer side: what opens large is not blurred more than the maps are.
const LONGER: usize = 320;
const QUALITY: u8 = 80;

/// What is shown of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CasePicture {
    /// The photograph, and the same under the heatmap of its card's class, as JPEG files.
    Seen {
        /// The photograph.
        plain: Vec<u8>,
        /// With the heatmap; none where there is no map.
        overlay: Option<Vec<u8>>,
        /// The same of every other class that was explained, by its name.
        others: Vec<(String, Vec<u8>)>,
        /// Its width and height before it was made small.
        size: [usize; 2],
    },
    /// Why there is none, in a few words.
    Missing(String),
}

/// The pictures of a report, by case.
pub type CasePictures = BTreeMap<usize, CasePicture>;

/// Why pictures are missing, and of which cases, the commonest reason first.
pub fn undrawn(pictures: &CasePictures) -> Vec<(&str, Vec<usize>)> {
    let mut reasons = BTreeMap::<&str, Vec<usize>>::new();
    for (case, picture) in pictures {
        if let CasePicture::Missing(why) = picture {
            reasons.entry(why).or_default().push(*case);
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    reasons
}

/// The cases that a report shows, at most [`PICTURES`]: the first of every gallery and cluster,
/// then the second of each, and so on.
pub fn cases_shown(report: &Report) -> Vec<usize> {
    let clusters = report.figures.iter().filter_map(|figure| match &figure.data {
        FigureData::ClusterMap { clusters, .. } => Some(clusters),
        _ => None,
    });
    let exemplars = clusters.flatten().map(|cluster| &cluster.exemplars[..cluster.exemplars.len().min(EXEMPLARS)]);
    let lists: Vec<&[usize]> =
        report.galleries.iter().map(|gallery| gallery.cases.as_slice()).chain(exemplars).collect();
    // What stands beside the answers comes first.
    let mut shown: Vec<usize> = Vec::new();
    for case in report.answers.iter().flat_map(|answer| &answer.examples).map(|example| example.case) {
        if !shown.contains(&case) {
            shown.push(case);
        }
    }
    for rank in 0..lists.iter().map(|list| list.len()).max().unwrap_or(0) {
        for case in lists.iter().filter_map(|list| list.get(rank)) {
            if shown.len() < PICTURES && !shown.contains(case) {
                shown.push(*case);
            }
        }
    }
    shown.sort_unstable();
    shown
}

/// Draws the pictures of a report from what was gathered of its run and from the photographs. What
/// cannot be read, or is another file than the one that was explained, is
/// [`CasePicture::Missing`].
///
/// # Errors
/// [`RunError`] if the run's own rows cannot be read.
pub fn draw_cases(report: &Report, evidence: &Evidence, directory: &RunDirectory) -> Result<CasePictures, RunError> {
    let draw = |&case: &usize| {
        let own = report.case(case).and_then(|card| card.class.as_deref());
        let others = evidence.facts.classes.iter().map(String::as_str).filter(|name| Some(*name) != own).take(OTHERS);
        let classes: Vec<&str> = own.into_iter().chain(others).collect();
        let picture = match evidence.shown(directory, case, &classes)? {
            Some(mut shown) => {
                let maps = std::mem::take(&mut shown.maps).into_iter();
                let mut maps: Vec<_> = classes.iter().copied().zip(maps).collect();
                let map = own.and_then(|_| maps.remove(0).1);
                let others: Vec<_> = maps.into_iter().filter_map(|(name, map)| Some((name, map?))).collect();
                picture(&shown, map, &others, evidence.facts.input)
            }
            None => CasePicture::Missing("not in the run".into()),
        };
        Ok((case, picture))
    };
    cases_shown(report).par_iter().map(draw).collect()
}

fn picture(
    shown: &Shown,
    map: Option<(Map, Scale)>,
    others: &[(&str, (Map, Scale))],
    input: [usize; 2],
) -> CasePicture {
    let missing = |why: &str| CasePicture::Missing(why.to_owned());
    let Some(path) = &shown.photograph else { return missing("photograph not found") };
    let bytes = match heatlens_files::read(path, Kind::Photograph) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return missing("photograph no longer there"),
        Err(_) => return missing("photograph cannot be read"),
    };
    if shown.sha256.is_some_and(|known| known != <[u8; 32]>::from(Sha256::digest(&bytes))) {
        return missing("photograph changed since the audit");
    }
    let Ok(photograph) = decode(&bytes, &DecodeLimits::default()) else { return missing("photograph cannot be read") };
    let map = map.as_ref().map(|(map, scale)| (map, *scale));
    let others: Vec<(&str, (&Map, Scale))> = others.iter().map(|(name, (map, scale))| (*name, (map, *scale))).collect();
    draw_case(&photograph, &shown.to_photograph, map, &others, input)
}

/// The pictures of one case. `input` is `[height, width]` of the network's input, where the way
/// `to_photograph` starts; `map` is a raw map with how it is finished, `others` are those of other
/// classes, by name.
pub fn draw_case(
    photograph: &Photograph,
    to_photograph: &Affine,
    map: Option<(&Map, Scale)>,
    others: &[(&str, (&Map, Scale))],
    input: [usize; 2],
) -> CasePicture {
    let small = photograph.shrunk(LONGER);
    let to_small = to_photograph.then(&Affine::scaling(photograph.size(), small.size()));
    let warped = |(map, scale): (&Map, Scale)| {
        (warp(&map.drawn(scale, input).values, input, &to_small, small.size()), scale == Scale::Signed)
    };
    let overlay = |(map, signed): &(WarpedMap, bool)| {
        jpeg(&draw_overlay(&small, map, &DrawStyle { signed: *signed, ..DrawStyle::default() }))
    };
    let own = map.map(warped);
    CasePicture::Seen {
        plain: own.as_ref().map_or_else(|| jpeg(&small), |(map, _)| jpeg(&draw_seen(&small, map))),
        overlay: own.as_ref().map(overlay),
        others: others.iter().map(|(name, map)| ((*name).to_owned(), overlay(&warped(*map)))).collect(),
        size: [photograph.width, photograph.height],
    }
}

/// A JPEG file of a picture; nothing of one that has more than 65,535 pixels a side.
fn jpeg(picture: &Picture) -> Vec<u8> {
    encode_jpeg(picture, QUALITY).unwrap_or_default()
}

/// A picture as an address that holds it.
pub(super) fn data_uri(picture: &Picture) -> String {
    jpeg_uri(&jpeg(picture))
}

/// A JPEG file as an address that holds it.
pub(super) fn jpeg_uri(file: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut uri = String::with_capacity(32 + file.len() * 4 / 3);
    write!(uri, "data:image/jpeg;base64,").expect("strings take everything");
    for three in file.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            uri.push(if i <= three.len() { char::from(digit) } else { '=' });
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_rfc_4648_has_it() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(jpeg_uri(bytes.as_bytes()), format!("data:image/jpeg;base64,{text}"));
        }
    }

    #[test]
    fn a_case_is_drawn_with_and_without_its_map() {
        let photograph = Picture::filled(64, 48, [60, 110, 150]);
        let way = Affine { scale: [2.0, 1.5], offset: [0.0, 0.0] };
        let map = Map::new(2, 2, vec![0.0, 1.0, 0.0, 0.0]);
        let CasePicture::Seen { plain, overlay, size, others } =
            draw_case(&photograph, &way, Some((&map, Scale::Positive)), &[("other", (&map, Scale::Signed))], [32, 32])
        else {
            panic!("no picture")
        };
        assert_eq!(others.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["other"]);
        let overlay = decode(&overlay.unwrap(), &DecodeLimits::default()).unwrap();
        let plain = decode(&plain, &DecodeLimits::default()).unwrap();
        assert_eq!((size, plain.size()), ([64, 48], [48, 64]));
        let change = |x, y| overlay.at(x, y).iter().zip(plain.at(x, y)).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(change(56, 8) > 40 && change(8, 40) < 8, "{} {}", change(56, 8), change(8, 40));
        let CasePicture::Seen { overlay, .. } = draw_case(&photograph, &way, None, &[], [32, 32]) else {
            panic!("no picture")
        };
        assert_eq!(overlay, None);
    }
}
