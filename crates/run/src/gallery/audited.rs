//! The images of an audit: their pictures are drawn from the maps that it kept, without the network.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use heatlens::Method;
use heatlens_files::Kind;
use heatlens_imaging::{Caption, DecodeLimits, DrawStyle, Map, Scale, Verdict, decode, encode_jpeg, encode_png};
use heatlens_record::{Durability, ImageRow, MapRow, RunDirectory, RunError, RunRecord};

use super::page::GENERATOR;
use super::read::is_correct;
use super::{Case, Gallery, Shelf, thumbnail_name};
use crate::drawing::{ColourScale, Depiction, Drawn, EMPTY, NOT_FINITE, Outline, Part};
use crate::names::{LONGEST_TOKEN, distinct, stems, token};
use crate::outputs::PAGE;
use crate::{Error, in_order};

/// Of a thumbnail, as JPEG.
const QUALITY: u8 = 86;

/// What the files of an audit's images are called.
pub(crate) struct Audited {
    names: Vec<String>,
    positions: HashMap<String, usize>,
    /// Classes with what they are called in folders.
    classes: Vec<(String, String)>,
}

impl Audited {
    pub fn of(record: &RunRecord) -> Audited {
        let images: Vec<(&Path, String)> =
            record.data.images.iter().map(|image| (Path::new(image), String::new())).collect();
        let names = stems(&images);
        let positions = names.iter().cloned().zip(0..).collect();
        let tokens = distinct(record.classes.iter().map(|class| token(class, LONGEST_TOKEN)).collect());
        Audited { names, positions, classes: record.classes.iter().cloned().zip(tokens).collect() }
    }

    /// The position of the image whose files bear a name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// What is shown of a row; of one that could not be explained its name and why.
    pub fn case(&self, row: &ImageRow) -> Result<Case, (String, String)> {
        let known = row.error.is_none().then_some(()).and(row.outcome.as_ref()).zip(row.predicted.as_ref());
        let Some((outcome, predicted)) = known else {
            return Err((row.image.clone(), row.error.clone().unwrap_or_default()));
        };
        let name = self.names.get(row.case).cloned().unwrap_or_else(|| token(&row.image, LONGEST_TOKEN));
        let folder = self.folder(outcome);
        let confidence = row.confidence.map(|confidence| confidence as f32);
        Ok(Case {
            image: row.image.clone(),
            label: row.label.clone(),
            predicted: predicted.clone(),
            confidence,
            outcome: outcome.clone(),
            is_correct: is_correct(outcome),
            panel: Some(format!("panels/{folder}/{:.3}_{name}.png", confidence.unwrap_or(0.0))),
            thumbnail: thumbnail_name(&name),
            notes: if row.doubts.is_empty() { Vec::new() } else { vec![row.doubts.clone()] },
            name,
            folder,
        })
    }

    /// The folder of an outcome's files: names of classes as files bear them.
    fn folder(&self, outcome: &str) -> String {
        let Some((kind, rest)) = outcome.split_once('/') else { return outcome.to_owned() };
        let both = self.classes.iter().flat_map(|label| self.classes.iter().map(move |predicted| (label, predicted)));
        let wrong = both.into_iter().find(|((label, _), (predicted, _))| rest == format!("{label}_as_{predicted}"));
        let one = self.classes.iter().find(|(class, _)| class == rest);
        match (one, wrong) {
            (Some((_, token)), _) => format!("{kind}/{token}"),
            (None, Some(((_, label), (_, predicted)))) => format!("{kind}/{label}_as_{predicted}"),
            (None, None) => format!("{kind}/{}", token(rest, LONGEST_TOKEN)),
        }
    }
}

/// Draws the pictures of an image from its row and its maps among those of its part.
///
/// # Errors
/// In words, if the photograph is not there any more, or is another one.
pub(super) fn depicted<R>(
    record: &RunRecord,
    row: &ImageRow,
    maps: &[MapRow],
    draw: impl FnOnce(&Depiction<'_>, Caption) -> R,
) -> Result<R, String> {
    let name = record.data.images.get(row.case).ok_or("the run does not name its photograph")?;
    let path: PathBuf = Path::new(&record.data.root).join(name);
    let bytes = heatlens_files::read(&path, Kind::Photograph)
        .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    if !row.is_of(&bytes) {
        return Err(format!("`{}` changed since the audit", path.display()));
    }
    let photograph = decode(&bytes, &DecodeLimits::default()).map_err(|error| error.to_string())?;
    let to_photograph = row.to_photograph().ok_or("the run does not say what the network saw of it")?;
    let outline = Outline::find(&photograph, &[Part::Disc, Part::Cup]);
    let depiction = Depiction {
        photograph: &photograph,
        to_photograph,
        maps: maps.iter().filter(|map| map.case == row.case).map(|map| drawn(record, map)).collect(),
        scale: ColourScale::Map,
        outline: Some(&outline),
        contours: false,
        tile: None,
    };
    Ok(draw(&depiction, caption(record, row, &depiction.maps)))
}

fn drawn(record: &RunRecord, row: &MapRow) -> Drawn {
    let map = Map::new(row.rows, row.columns, row.values.clone());
    let scale = Scale::named(&row.scale).unwrap_or(Scale::Positive);
    let size = record.model.input.size();
    let inscription = if !row.finite {
        Some(NOT_FINITE)
    } else if map.says_nothing(scale) {
        Some(EMPTY)
    } else {
        None
    };
    Drawn {
        explained: row.class.clone(),
        method: title(&row.method),
        layer: row.layer.clone().unwrap_or_default(),
        concept: String::new(),
        style: DrawStyle { signed: scale == Scale::Signed, ..DrawStyle::default() },
        peak: map.peak(scale),
        full: None,
        map: map.drawn(scale, size),
        inscription,
    }
}

fn title(method: &str) -> String {
    Method::named(method).map_or_else(|| method.to_owned(), |method| method.card().title.to_owned())
}

fn caption(record: &RunRecord, row: &ImageRow, maps: &[Drawn]) -> Caption {
    let listed = |of: fn(&Drawn) -> &str| {
        let mut all: Vec<&str> = Vec::new();
        for words in maps.iter().map(of).filter(|words| !words.is_empty()) {
            if !all.contains(&words) {
                all.push(words);
            }
        }
        all.join(", ")
    };
    Caption {
        image: row.image.clone(),
        predicted: row.predicted.clone().unwrap_or_default(),
        confidence: row.confidence.map(|confidence| confidence as f32),
        label: row.label.clone(),
        verdict: match row.outcome.as_deref().and_then(is_correct) {
            Some(true) => Verdict::Right,
            Some(false) => Verdict::Wrong,
            None => Verdict::Unknown,
        },
        explained: listed(|map| &map.explained),
        layer: listed(|map| &map.layer),
        method: record.methods.iter().map(|name| title(name)).collect::<Vec<_>>().join(", "),
        scale: None,
        notes: if row.doubts.is_empty() { Vec::new() } else { vec![row.doubts.clone()] },
    }
}

/// A case with its panel and thumbnail, where they are not there already.
type Shown = (Case, Option<[Vec<u8>; 2]>);

/// Writes a panel and a thumbnail of every image of an audit, the contact sheets and the page: what is
/// there already is left as it is. Images whose photograph is gone are returned with the reason.
///
/// # Errors
/// If the run cannot be read or its files cannot be written.
pub fn panels(directory: &RunDirectory, threads: usize, progress: &mut dyn FnMut()) -> Result<Vec<String>, Error> {
    let record = directory.record()?;
    let page = directory.location(PAGE);
    let is_ours = |bytes: Vec<u8>| bytes.windows(GENERATOR.len()).any(|part| part == GENERATOR.as_bytes());
    if page.exists() && !heatlens_files::read(&page, Kind::Table).is_ok_and(is_ours) {
        return Err(RunError::Unlisted { path: page, what: "was not made by heatlens" }.into());
    }
    let audited = Audited::of(&record);
    let mut gallery = Gallery::described(record.clone());
    let mut undrawn = Vec::new();
    for part in directory.done()? {
        let (rows, maps) = (directory.read_images(part)?, directory.read_maps(part)?);
        let of = |row: &ImageRow| -> Result<Shown, (String, String)> {
            let case = audited.case(row)?;
            let files = [case.panel.as_deref().unwrap_or_default(), &case.thumbnail];
            if files.iter().all(|file| directory.location(file).is_file()) {
                return Ok((case, None));
            }
            let both = depicted(&record, row, &maps, |depiction, caption| {
                let (panel, thumbnail) = (depiction.panel(caption).draw(), depiction.thumbnail());
                Ok::<_, Error>([encode_png(&panel)?, encode_jpeg(&thumbnail, QUALITY)?])
            });
            let drawn = both.and_then(|files| files.map_err(|error| error.to_string()));
            drawn.map(|files| (case, Some(files))).map_err(|why| (row.image.clone(), why))
        };
        in_order(
            rows.len(),
            threads,
            || (),
            |(), i| of(&rows[i]),
            |i, drawn| {
                progress();
                if let Ok((case, Some([panel, thumbnail]))) = &drawn {
                    let write = |name: &str, bytes: &[u8]| directory.write_as(name, bytes, Durability::Renamed);
                    write(case.panel.as_deref().unwrap_or_default(), panel)?;
                    write(&case.thumbnail, thumbnail)?;
                }
                if let (Err((image, why)), None) = (&drawn, &rows[i].error) {
                    undrawn.push(format!("`{image}`: {why}"));
                }
                gallery.push(drawn.map(|(case, _)| case));
                Ok::<(), Error>(())
            },
        )?;
    }
    let location = |name: &str| directory.location(name);
    let mut write = |name: &str, bytes: &[u8]| Ok(directory.write_as(name, bytes, Durability::Renamed)?);
    gallery.write_to(&mut Shelf { location: &location, write: &mut write }, threads)?;
    Ok(undrawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_after_images_and_outcomes_and_lead_nowhere_else() {
        let mut record = RunRecord { classes: vec!["a/b".into(), "../c".into()], ..RunRecord::default() };
        record.data.images = ["x/1.png", "y/1.png", "2.png"].map(str::to_owned).into();
        let audited = Audited::of(&record);
        let case = |case: usize, outcome: &str| {
            let row = ImageRow {
                case,
                predicted: Some("a/b".into()),
                outcome: Some(outcome.into()),
                confidence: Some(0.75),
                ..ImageRow::default()
            };
            audited.case(&row).unwrap()
        };
        assert_eq!(case(2, "true_positive").panel.unwrap(), "panels/true_positive/0.750_2.png");
        let wrong = case(1, "wrong/../c_as_a/b");
        assert_eq!((wrong.folder.as_str(), wrong.name.as_str()), ("wrong/___c_as_a_b", "y_1"));
        assert_eq!(case(0, "correct/../c").thumbnail, "thumbnails/x_1.jpg");
        assert_eq!((case(0, "correct/../c").folder.as_str(), audited.position("y_1")), ("correct/___c", Some(1)));
        let failed = ImageRow { image: "d".into(), error: Some("no picture".into()), ..ImageRow::default() };
        assert_eq!(audited.case(&failed), Err(("d".into(), "no picture".into())));
    }
}
