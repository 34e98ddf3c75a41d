//! The picture one shows: titled tiles, a colour bar, and what it is all about.

use std::borrow::Cow;

use super::canvas::{Canvas, Rgb};
use super::caption::{Caption, Words};
use super::colormap::Palette;
use super::text::{Face, wrapped};
use super::{DrawStyle, WarpedMap, draw_heatmap, draw_overlay, draw_seen};
use crate::resize::{PillowFilter, resize_bytes};
use crate::{Affine, Photograph, Picture};

/// A picture with a title above it.
#[derive(Clone, PartialEq, Debug)]
pub struct Tile {
    /// In as many lines as it needs.
    pub title: String,
    /// What full colour stands for, in a few words below it; may be empty.
    pub value: String,
    /// Scaled as the panel says. An empty picture keeps its place free.
    pub picture: Picture,
}

/// Rows of tiles over a caption.
#[derive(Clone, PartialEq, Debug)]
pub struct Panel {
    /// The tiles, row by row.
    pub rows: Vec<Vec<Tile>>,
    /// The words.
    pub caption: Caption,
    /// The colours to explain beside every row: those of each style, one above the other.
    pub colour_bars: Vec<DrawStyle>,
    /// The longer side of every picture; 400 to 560 pixels, near its own, where `None`.
    pub tile: Option<usize>,
}

/// The usual panel: original · heatmap · overlay.
pub fn panel(photograph: &Photograph, map: &WarpedMap, style: &DrawStyle, caption: Caption) -> Panel {
    let tile = |title: &str, picture| Tile { title: title.into(), value: String::new(), picture };
    let tiles = vec![
        tile("Original", draw_seen(photograph, map)),
        tile("Heatmap", draw_heatmap(map, style)),
        tile("Overlay", draw_overlay(photograph, map, style)),
    ];
    Panel { rows: vec![tiles], caption, colour_bars: vec![*style], tile: None }
}

/// The photograph at the size of a panel's tile, and the way from it to there: drawing on that is
/// faster and sharper than drawing on a large photograph and scaling the result.
pub fn tile_sized(photograph: &Photograph) -> (Photograph, Affine) {
    let size = tile_size(photograph, None);
    (scaled(photograph, size).into_owned(), Affine::scaling(photograph.size(), size))
}

const LONGER_SIDE: (usize, usize) = (400, 560);

fn tile_size(picture: &Picture, wanted: Option<usize>) -> [usize; 2] {
    let longer = picture.width.max(picture.height).max(1);
    let wanted = wanted.unwrap_or(longer.clamp(LONGER_SIDE.0, LONGER_SIDE.1)) as f64 / longer as f64;
    picture.size().map(|side| ((side as f64 * wanted).round() as usize).max(1))
}

pub(super) fn scaled(picture: &Picture, size: [usize; 2]) -> Cow<'_, Picture> {
    if picture.size() == size {
        return Cow::Borrowed(picture);
    }
    Cow::Owned(Picture {
        width: size[1],
        height: size[0],
        rgb: resize_bytes(&picture.rgb, picture.size(), 3, size, PillowFilter::Lanczos),
    })
}

pub(super) const BACKGROUND: Rgb = [255, 255, 255];
pub(super) const INK: Rgb = [24, 28, 33];
pub(super) const QUIET: Rgb = [98, 106, 116];
pub(super) const HAIRLINE: Rgb = [222, 226, 230];
/// Blue and vermilion: told apart with every kind of colour vision, and the words say it too.
pub(super) const RIGHT: (Rgb, Rgb) = ([0, 84, 140], [226, 239, 248]);
pub(super) const WRONG: (Rgb, Rgb) = ([166, 58, 0], [253, 235, 222]);

const MARGIN: f32 = 40.0;
const GAP: f32 = 20.0;
const ROW_GAP: f32 = 30.0;
const TITLE: f32 = 30.0;
const BAR: f32 = 14.0;
const BAR_AND_LABELS: f32 = 104.0;
const BAR_GAP: f32 = 18.0;

impl Panel {
    /// Draws the panel.
    pub fn draw(&self) -> Picture {
        let sizes: Vec<Vec<[usize; 2]>> =
            self.rows.iter().map(|row| row.iter().map(|tile| tile_size(&tile.picture, self.tile)).collect()).collect();
        let columns = sizes.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<f32> = (0..columns)
            .map(|c| sizes.iter().filter_map(|row| row.get(c)).map(|s| s[1]).max().unwrap_or(0) as f32)
            .collect();
        // A bar below this height has no room for its labels.
        let least = 64 * self.colour_bars.len();
        let heights: Vec<f32> =
            sizes.iter().map(|row| row.iter().map(|s| s[0]).max().unwrap_or(0).max(least) as f32).collect();
        let bar = if self.colour_bars.is_empty() { 0.0 } else { BAR_AND_LABELS };
        let content =
            (widths.iter().sum::<f32>() + GAP * columns.saturating_sub(1) as f32 + bar).max(LONGER_SIDE.0 as f32);
        let titles: Vec<Vec<Title>> = self
            .rows
            .iter()
            .map(|row| row.iter().zip(&widths).map(|(tile, width)| Title::of(tile, *width)).collect())
            .collect();
        let title_heights: Vec<f32> =
            titles.iter().map(|row| row.iter().map(Title::height).fold(TITLE, f32::max)).collect();
        let words = Words::of(&self.caption, content);
        let tiles: f32 =
            heights.iter().chain(&title_heights).sum::<f32>() + ROW_GAP * heights.len().saturating_sub(1) as f32;
        let height = MARGIN + words.header_height() + tiles + 24.0 + words.height() + MARGIN - 14.0;
        let mut canvas = Canvas::new((content + 2.0 * MARGIN).ceil() as usize, height.ceil() as usize, BACKGROUND);

        words.draw_header(&mut canvas, [MARGIN, MARGIN]);
        let mut y = MARGIN + words.header_height();
        for (i, row) in self.rows.iter().enumerate() {
            let (sizes, top) = (&sizes[i], y + title_heights[i]);
            let mut x = MARGIN;
            for (((tile, title), size), width) in row.iter().zip(&titles[i]).zip(sizes).zip(&widths) {
                if !tile.picture.rgb.is_empty() {
                    title.draw(&mut canvas, x, y);
                    // A hairline, for pictures as white as the page.
                    let (left, top) = (x as usize, top as usize);
                    canvas.outline([left - 1, top - 1, size[1] + 2, size[0] + 2], HAIRLINE);
                    canvas.place(&scaled(&tile.picture, *size), left, top);
                }
                x += width + GAP;
            }
            let share = heights[i] / self.colour_bars.len().max(1) as f32;
            for (bar, style) in self.colour_bars.iter().enumerate() {
                let gap = if bar + 1 < self.colour_bars.len() { BAR_GAP } else { 0.0 };
                colour_bar(&mut canvas, style.palette(), [x, top + bar as f32 * share], share - gap);
            }
            y = top + heights[i] + ROW_GAP;
        }
        words.draw(&mut canvas, [MARGIN, y + 24.0 - ROW_GAP]);
        canvas.picture
    }
}

/// What stands above a tile.
struct Title {
    lines: Vec<String>,
    values: Vec<String>,
}

impl Title {
    const LINE: f32 = 20.0;

    fn of(tile: &Tile, width: f32) -> Title {
        let width = width.max(60.0);
        Title {
            lines: wrapped(&Face::semi_bold(15.0), &tile.title, width),
            values: wrapped(&Face::regular(14.0), &tile.value, width),
        }
    }

    fn height(&self) -> f32 {
        Self::LINE * (self.lines.len() + self.values.len()) as f32 + TITLE - Self::LINE
    }

    fn draw(&self, canvas: &mut Canvas, x: f32, mut y: f32) {
        y += 15.0;
        for line in &self.lines {
            Face::semi_bold(15.0).draw(canvas, line, x, y, INK);
            y += Self::LINE;
        }
        for line in &self.values {
            Face::regular(14.0).draw(canvas, line, x, y, QUIET);
            y += Self::LINE;
        }
    }
}

/// From low at the bottom to high at the top.
fn colour_bar(canvas: &mut Canvas, palette: Palette, [x, top]: [f32; 2], height: f32) {
    let rows = height as usize;
    let mut bar = Picture::filled(BAR as usize, rows, BACKGROUND);
    for (row, pixels) in bar.rgb.chunks_exact_mut(BAR as usize * 3).enumerate() {
        let colour = palette.at_height(1.0 - row as f32 / (rows.max(2) - 1) as f32);
        pixels.chunks_exact_mut(3).for_each(|p| p.copy_from_slice(&colour));
    }
    canvas.place(&bar, x as usize, top as usize);
    let face = Face::regular(14.0);
    for (share, words) in [0.0, 0.5, 1.0].into_iter().zip(palette.labels()) {
        let y = top + share * (height - 1.0);
        canvas.stroke([x + BAR + 2.0, y + 0.5], [x + BAR + 6.0, y + 0.5], 1.0, QUIET);
        // Figures are about ten pixels high: the middle of them on the tick, but within the bar.
        let baseline = (y + 5.0).max(top + 10.5).min(top + height);
        face.draw(canvas, words, x + BAR + 12.0, baseline, QUIET);
    }
}

#[cfg(test)]
mod tests {
    use super::super::caption::Verdict;
    use super::*;

    fn caption() -> Caption {
        Caption {
            image: "a.jpg".into(),
            predicted: "glaucoma".into(),
            confidence: Some(0.9996),
            label: Some("normal".into()),
            verdict: Verdict::Wrong,
            explained: "glaucoma".into(),
            layer: "layer4.1".into(),
            method: "Grad-CAM".into(),
            scale: Some("1.00 = this map's maximum, 0.42".into()),
            notes: vec![
                "A note that is long enough to need a second line when it stands under one tile only, as it does in \
                 this panel."
                    .into(),
            ],
        }
    }

    #[test]
    fn small_pictures_grow_and_large_ones_shrink() {
        let size = |width, height| tile_size(&Picture::filled(width, height, [0; 3]), None);
        assert_eq!(size(256, 256), [400, 400]);
        assert_eq!(size(1024, 512), [280, 560]);
        assert_eq!(size(500, 450), [450, 500]);
        assert_eq!(size(10_000, 1), [1, 560]);
    }

    #[test]
    fn any_words_and_shapes_make_a_panel() {
        let long = "x".repeat(5000);
        for (width, height) in [(1, 1), (256, 256), (900, 3)] {
            for words in ["", "漢字 \u{0}\n\u{202e}", &long] {
                let [image, predicted, explained, layer, method] = std::array::from_fn(|_| words.to_string());
                let caption = Caption {
                    image,
                    predicted,
                    explained,
                    layer,
                    method,
                    label: Some(words.into()),
                    notes: vec![words.into(); 2],
                    ..caption()
                };
                let tile = Tile {
                    title: words.into(),
                    value: words.into(),
                    picture: Picture::filled(width, height, [1, 2, 3]),
                };
                for rows in [vec![], vec![vec![]], vec![vec![tile.clone()], vec![tile.clone(), tile]]] {
                    let drawn =
                        Panel { rows, caption: caption.clone(), colour_bars: vec![DrawStyle::default()], tile: None }
                            .draw();
                    assert_eq!(drawn.rgb.len(), drawn.width * drawn.height * 3);
                    assert!(drawn.width <= 3000 && drawn.height <= 4000, "{}×{}", drawn.width, drawn.height);
                }
            }
        }
    }

    #[test]
    fn the_same_panel_has_the_same_bytes() {
        let tile =
            Tile { title: "Original".into(), value: String::new(), picture: Picture::filled(256, 256, [90, 40, 20]) };
        let panel = Panel { rows: vec![vec![tile]], caption: caption(), colour_bars: Vec::new(), tile: None };
        assert_eq!(panel.draw(), panel.draw());
    }
}
