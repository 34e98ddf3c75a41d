//! Mean heatmaps, side by side on one scale, and the difference of two.

use heatlens_imaging::{Affine, Colormap, DrawStyle, Picture, draw_overlay, upsample, warp};

use super::axes::square;
use super::fundus;
use crate::page::numbers::counted;
use crate::page::pictures::data_uri;
use crate::page::tag::{Tag, classed, tag};
use crate::schema::{Field, FigureData, Frame, MeanMap};

/// Pixels along the side of a drawn map.
const PIXELS: usize = 300;
/// Units along its side.
const SIDE: f64 = 240.0;
/// Cells that were hardly ever seen.
const UNSEEN: [u8; 3] = [176, 180, 184];
/// What speaks for the second group, for neither, for the first: blue, white, red, as ColorBrewer's
/// RdBu.
const DIVERGING: [[f32; 3]; 5] =
    [[5.0, 72.0, 138.0], [94.0, 165.0, 207.0], [246.0, 246.0, 246.0], [239.0, 138.0, 98.0], [165.0, 15.0, 40.0]];

/// Mean heatmaps with a common bar of colours.
pub(super) fn draw(frame: Frame, maps: &[MeanMap], largest: f32) -> Tag {
    let cards = maps.iter().map(|map| {
        let caption = tag("figcaption")
            .add(tag("b").text(&map.name))
            .add(classed("span", "small").text(counted(map.maps, "map")));
        classed("figure", "map").add(mean_map(frame, &map.cells, largest, &map.name)).add(caption)
    });
    let ends = ["0".to_owned(), format!("{largest:.1}")];
    let bar =
        colour_bar(|v| Colormap::default().colour(v), ends, "density of the map; 1 is an even spread over the picture");
    classed("div", "plots").add(classed("div", "maps").all(cards)).add(bar)
}

/// One mean heatmap on its ground.
pub(in crate::page) fn mean_map(frame: Frame, cells: &[Option<f32>], largest: f32, name: &str) -> Tag {
    let scale = if largest > 0.0 { 1.0 / largest } else { 0.0 };
    let values = spread(frame, cells, |cell| (cell * scale).clamp(0.0, 1.0));
    let style = DrawStyle::default();
    let picture = match frame.field {
        Field::Disc { reach, sided } => {
            let ground = fundus::ground(reach, sided, true, PIXELS);
            draw_overlay(&ground, &warp(&values, ground.size(), &Affine::IDENTITY, ground.size()), &style)
        }
        Field::Picture => painted(&values, |value| style.colormap.colour(value)),
    };
    on_frame(frame, veiled(picture, frame, cells), name)
}

/// Where the first group's maps are stronger, and where the second's; a dot where it is
/// significant.
pub(super) fn difference(data: &FigureData) -> Tag {
    let FigureData::MapDifference { frame, first, second, units, cells, significant, overall_p } = data else {
        return classed("div", "plots");
    };
    let largest = cells.iter().flatten().fold(0f32, |largest, cell| largest.max(cell.abs()));
    let scale = if largest > 0.0 { 1.0 / largest } else { 0.0 };
    let values = spread(*frame, cells, |cell| cell * scale);
    let picture = match frame.field {
        Field::Disc { reach, sided } => {
            let mut picture = fundus::ground(reach, sided, true, PIXELS);
            for (pixel, &value) in picture.rgb.chunks_exact_mut(3).zip(&values) {
                let (colour, share) = (diverging(value), (1.6 * value.abs()).min(0.88));
                pixel
                    .iter_mut()
                    .zip(colour)
                    .for_each(|(to, c)| *to = (f32::from(*to) + share * (f32::from(c) - f32::from(*to))) as u8);
            }
            picture
        }
        Field::Picture => painted(&values, diverging),
    };
    let name = format!("{first} less {second}");
    let mut drawn = on_frame(*frame, veiled(picture, *frame, cells), &name);
    let cell = SIDE / frame.side.max(1) as f64;
    for (i, _) in significant.iter().enumerate().filter(|(_, s)| **s) {
        let place = [(i % frame.side) as f64 + 0.5, (i / frame.side) as f64 + 0.5];
        drawn = drawn.add(classed("circle", "significant").at([
            ("cx", place[0] * cell),
            ("cy", place[1] * cell),
            ("r", 1.3),
        ]));
    }
    let test = match overall_p {
        Some(p) if *p < 0.001 => {
            "Any difference at all: p < 0.001. Dots mark cells that are significant at 5 %, corrected for all cells."
                .to_owned()
        }
        Some(p) => {
            format!(
                "Any difference at all: p = {p:.3}. Dots, if any, mark cells that are significant at 5 %, corrected \
                 for all cells."
            )
        }
        None => "Not tested: too few in a group.".to_owned(),
    };
    let caption = tag("figcaption")
        .add(tag("b").text(&name))
        .add(classed("span", "small").text(format!("{} and {} units. {test}", units[0], units[1])));
    let ends = [format!("−{largest:.1} · more for {second}"), format!("more for {first} · +{largest:.1}")];
    let bar = colour_bar(|v| diverging(2.0 * v - 1.0), ends, "difference of the densities");
    classed("div", "plots")
        .add(classed("div", "maps single").add(classed("figure", "map").add(drawn).add(caption)))
        .add(bar)
}

/// Cells as a map of [`PIXELS`] a side; unseen ones count as nothing.
fn spread(frame: Frame, cells: &[Option<f32>], value: impl Fn(f32) -> f32) -> Vec<f32> {
    let side = frame.side;
    if side == 0 || cells.len() != side * side {
        return vec![0.0; PIXELS * PIXELS];
    }
    let values: Vec<f32> = cells.iter().map(|cell| cell.filter(|c| c.is_finite()).map_or(0.0, &value)).collect();
    upsample(&values, [side, side], [PIXELS, PIXELS])
}

fn painted(values: &[f32], colour: impl Fn(f32) -> [u8; 3]) -> Picture {
    Picture { width: PIXELS, height: PIXELS, rgb: values.iter().flat_map(|&value| colour(value)).collect() }
}

/// The picture with cells that were never seen in grey.
fn veiled(mut picture: Picture, frame: Frame, cells: &[Option<f32>]) -> Picture {
    if frame.side == 0 || cells.len() != frame.side * frame.side {
        return picture;
    }
    for y in 0..PIXELS {
        for x in 0..PIXELS {
            if cells[y * frame.side / PIXELS * frame.side + x * frame.side / PIXELS].is_none() {
                picture.rgb[(y * PIXELS + x) * 3..][..3].copy_from_slice(&UNSEEN);
            }
        }
    }
    picture
}

fn on_frame(frame: Frame, picture: Picture, name: &str) -> Tag {
    let image = tag("image").at([("width", SIDE), ("height", SIDE)]).with("href", data_uri(&picture));
    let drawing = square(SIDE, name).add(image);
    let drawing = match frame.field {
        Field::Disc { reach, sided } => drawing.all(fundus::lines(reach, sided, SIDE)),
        Field::Picture => drawing,
    };
    drawing.add(classed("rect", "frame").at([("width", SIDE), ("height", SIDE)]))
}

/// −1 to 1 as a colour.
fn diverging(value: f32) -> [u8; 3] {
    let place = if value.is_nan() { 2.0 } else { (value.clamp(-1.0, 1.0) + 1.0) * 2.0 };
    let i = (place as usize).min(3);
    let t = place - i as f32;
    [0, 1, 2].map(|c| (DIVERGING[i][c] + t * (DIVERGING[i + 1][c] - DIVERGING[i][c])).round() as u8)
}

/// A bar that explains colours, from 0 to 1.
fn colour_bar(colour: impl Fn(f32) -> [u8; 3], ends: [String; 2], words: &str) -> Tag {
    let steps = 48;
    let bars = (0..steps).map(|i| {
        let [r, g, b] = colour((i as f32 + 0.5) / steps as f32);
        tag("rect")
            .at([("x", f64::from(i) * 5.0), ("width", 5.4), ("height", 10.0)])
            .with("fill", format!("#{r:02x}{g:02x}{b:02x}"))
    });
    let bar = tag("svg")
        .with("viewBox", "0 0 240 10")
        .with("preserveAspectRatio", "none")
        .with("aria-hidden", "true")
        .all(bars);
    let numbers = classed("div", "ends").add(tag("span").text(&ends[0])).add(tag("span").text(&ends[1]));
    classed("div", "colour-bar").add(bar).add(numbers).add(classed("p", "small").text(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_blue_white_and_red() {
        let [low, none, high] = [-1.0, 0.0, 1.0].map(diverging);
        assert!(low[2] > 100 && low[0] < 20 && high[0] > 100 && high[2] < 60, "{low:?} {high:?}");
        assert_eq!(none, [246; 3]);
        assert_eq!(diverging(f32::NAN), none);
    }

    #[test]
    fn unseen_cells_are_grey_and_wrong_sizes_harmless() {
        let frame = Frame { side: 2, field: Field::Picture };
        let cells = [Some(1.0), None, Some(0.0), Some(f32::NAN)];
        let picture = veiled(painted(&spread(frame, &cells, |c| c), |v| Colormap::default().colour(v)), frame, &cells);
        assert_eq!(picture.at(PIXELS - 1, 0), UNSEEN);
        assert_ne!(picture.at(0, 0), UNSEEN);
        assert!(mean_map(frame, &[], 0.0, "none").to_string().contains("<svg"));
    }
}
