//! Contact sheets: pages of thumbnails with their words.

use heatlens::Method;
use heatlens_files::Kind;
use heatlens_imaging::{ContactCard, ContactSheet, DecodeLimits, Picture, Verdict, decode, encode_jpeg, encode_png};
use heatlens_record::{RunRecord, count};

use super::groups::Group;
use super::{Case, Shelf};
use crate::{Error, in_order};

/// How many cards stand on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// Cards side by side; as many as make a page about 1,600 pixels wide where `None`.
    pub columns: Option<usize>,
}

/// Pixels of a page's width, about.
const WIDTH: usize = 1560;
/// Rows of cards on a page.
const ROWS: usize = 6;
/// Of a picture in a thumbnail.
const PICTURE: usize = 240;
/// Of a sheet that is written as JPEG.
const QUALITY: u8 = 90;

/// The pages of a selection.
#[derive(Clone, Debug)]
pub(super) struct Sheets {
    title: String,
    legend: String,
    columns: usize,
    width: usize,
    pages: Vec<Vec<usize>>,
}

impl Sheets {
    /// Of these images, in this order.
    pub fn new(record: &RunRecord, title: String, positions: &[usize], paper: &Paper) -> Sheets {
        let pictures = 1 + record.targets.len().clamp(1, 3);
        let width = pictures * PICTURE;
        let columns = paper.columns.unwrap_or((WIDTH / width).max(1)).max(1);
        let pages = positions.chunks(columns * ROWS).map(<[usize]>::to_vec).collect();
        Sheets { title, legend: legend(record), columns, width, pages }
    }

    /// How many pages there are.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Draws a page with the pictures that are found of these images, one each; the place of the others
    /// says that there is none.
    pub fn draw(
        &self,
        page: usize,
        cases: &[Case],
        pictures: impl FnOnce(&[usize]) -> Vec<Option<Picture>>,
    ) -> Picture {
        let card = |(&i, picture): (&usize, Option<Picture>)| {
            let case = &cases[i];
            ContactCard {
                said: case.said(),
                truth: if picture.is_some() { case.truth() } else { "no picture is left of it".to_owned() },
                picture,
                verdict: match case.is_correct {
                    Some(true) => Verdict::Right,
                    Some(false) => Verdict::Wrong,
                    None => Verdict::Unknown,
                },
                name: case.name.clone(),
            }
        };
        let before: usize = self.pages[..page].iter().map(Vec::len).sum();
        let (all, here) = (self.pages.iter().map(Vec::len).sum::<usize>(), self.pages[page].len());
        let place = match self.pages.len() {
            1 => count(all, "image"),
            _ => format!("{}–{} of {all}", before + 1, before + here),
        };
        let sheet = ContactSheet {
            title: self.title.clone(),
            legend: self.legend.clone(),
            place,
            columns: self.columns,
            width: self.width,
            cards: self.pages[page].iter().zip(pictures(&self.pages[page])).map(card).collect(),
        };
        sheet.draw()
    }
}

/// What the pictures of a card are, and what made them.
pub(super) fn legend(record: &RunRecord) -> String {
    let title =
        |name: &String| Method::named(name).map_or_else(|| name.clone(), |method| method.card().title.to_owned());
    let maps: Vec<String> = record
        .targets
        .iter()
        .take(3)
        .map(|target| if target == "predicted" { "of the predicted class".to_owned() } else { format!("of {target}") })
        .collect();
    let method = record.methods.first().map_or_else(String::new, |name| format!(" by {}", title(name)));
    let layer = record.layers.first().map_or_else(String::new, |layer| format!(" at {}", layer.name));
    format!("Photograph, and the heatmap {}{method}{layer}", maps.join(", then "))
}

pub(super) fn of_group(record: &RunRecord, group: &Group, cases: &[Case], paper: &Paper) -> Sheets {
    debug_assert!(group.cases.iter().all(|&i| i < cases.len()));
    let title = if group.words.is_empty() { group.title.clone() } else { format!("{}. {}", group.title, group.words) };
    Sheets::new(record, title.trim_end_matches('.').to_owned(), &group.cases, paper)
}

/// Writes the pages as `<stem>.png`, `<stem>.2.png` and so on. No more of them are in memory than there
/// are threads, and a few that wait to be written.
///
/// # Errors
/// If they cannot be written.
pub(super) fn write(
    sheets: &Sheets,
    cases: &[Case],
    shelf: &mut Shelf<'_>,
    stem: &str,
    threads: usize,
) -> Result<(), Error> {
    let location = shelf.location;
    let pictures = |of: &[usize]| of.iter().map(|&i| read_picture(&location(&cases[i].thumbnail))).collect();
    in_order(
        sheets.pages(),
        threads,
        || (),
        |(), page| encode_png(&sheets.draw(page, cases, pictures)),
        |page, file| (shelf.write)(&numbered(stem, page, "png"), &file?),
    )
}

/// The name of a page, counted from 0.
pub fn numbered(stem: &str, page: usize, ending: &str) -> String {
    if page == 0 { format!("{stem}.{ending}") } else { format!("{stem}.{}.{ending}", page + 1) }
}

/// A page as a file of this ending.
///
/// # Errors
/// If it is too large for the format.
pub(super) fn encoded(picture: &Picture, ending: &str) -> Result<Vec<u8>, Error> {
    Ok(if ending.eq_ignore_ascii_case("png") { encode_png(picture)? } else { encode_jpeg(picture, QUALITY)? })
}

pub(super) fn read_picture(path: &std::path::Path) -> Option<Picture> {
    let bytes = heatlens_files::read(path, Kind::Photograph).ok()?;
    decode(&bytes, &DecodeLimits::default()).ok()
}

#[cfg(test)]
mod tests {
    use super::super::groups::tests::{case, record};
    use super::*;

    #[test]
    fn many_images_take_several_pages_and_none_is_left_out() {
        let cases: Vec<Case> = (0..40).map(|i| case(&i.to_string(), "true_positive", 0.9)).collect();
        let positions: Vec<usize> = (0..40).collect();
        let sheets = Sheets::new(&record(), "t".into(), &positions, &Paper::default());
        assert_eq!(sheets.pages.iter().map(Vec::len).collect::<Vec<_>>(), [18, 18, 4]);
        assert_eq!(sheets.pages.concat(), positions);
        let narrow = Sheets::new(&record(), "t".into(), &positions, &Paper { columns: Some(1) });
        assert_eq!(narrow.pages(), 7);
        let drawn = sheets.draw(2, &cases, |of| vec![Some(Picture::filled(484, 240, [200, 90, 10])); of.len()]);
        let without = sheets.draw(2, &cases, |of| vec![None; of.len()]);
        assert!(drawn.rgb.chunks_exact(3).any(|pixel| *pixel == [200, 90, 10]));
        assert!(!without.rgb.chunks_exact(3).any(|pixel| *pixel == [200, 90, 10]));
        assert_eq!([numbered("s", 0, "png"), numbered("s", 1, "png")], ["s.png", "s.2.png"]);
        assert_eq!(legend(&record()), "Photograph, and the heatmap of the predicted class by GradCAM");
    }
}
