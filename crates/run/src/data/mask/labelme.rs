//! LabelMe's JSON: polygons with names.

use std::path::Path;

use serde::Deserialize;

use super::{MaskError, form, polygon};

/// More polygons of one name than this are no outline of a disc.
const MOST_SHAPES: usize = 16;

#[derive(Deserialize)]
struct File {
    shapes: Vec<Shape>,
    #[serde(rename = "imageWidth")]
    width: Option<usize>,
    #[serde(rename = "imageHeight")]
    height: Option<usize>,
}

#[derive(Deserialize)]
struct Shape {
    label: String,
    points: Vec<[f64; 2]>,
}

/// Disc and cup of a picture of the size, height and width.
pub(super) fn read(bytes: &[u8], path: &Path, wanted: [usize; 2]) -> Result<[Vec<bool>; 2], MaskError> {
    let file: File =
        serde_json::from_slice(bytes).map_err(|error| form(path, format!("not a LabelMe file: {error}")))?;
    if let (Some(height), Some(width)) = (file.height, file.width)
        && [height, width] != wanted
    {
        return Err(MaskError::Size { path: path.to_owned(), got: [height, width], wanted });
    }
    let all = |name: &str| {
        let mut inside = vec![false; wanted[0] * wanted[1]];
        let named: Vec<&Shape> =
            file.shapes.iter().filter(|s| s.label.eq_ignore_ascii_case(name) && s.points.len() >= 3).collect();
        if named.len() > MOST_SHAPES {
            return Err(form(path, format!("{} polygons named `{name}`; one is expected", named.len())));
        }
        for shape in named {
            polygon::check(&shape.points).map_err(|what| form(path, what))?;
            polygon::fill(&shape.points, wanted).into_iter().zip(&mut inside).for_each(|(new, inside)| *inside |= new);
        }
        Ok(inside)
    };
    Ok([all("disc")?, all("cup")?])
}
