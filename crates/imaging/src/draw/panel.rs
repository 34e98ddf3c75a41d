//! The picture one shows: titled tiles, a colour bar, and what it is all about.

use std::borrow::Cow;

use super::canvas::{Canvas, Rgb};
use super::colormap::Palette;
use super::text::Face;
use super::{DrawStyle, WarpedMap, draw_heatmap, draw_overlay, draw_seen};
use crate::resize::{PillowFilter, resize_bytes};
use crate::{Affine, Photograph, Picture};

/// A picture with a title above it.
#[derive(Clone, PartialEq, Debug)]
pub struct Tile {
    /// One line; its middle is left out where the tile is too narrow.
    pub title: String,
    /// Scaled as the panel says. An empty picture keeps its place free.
    pub picture: Picture,
}

/// Whether the prediction is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As the true label says.
    Right,
    /// Not as the true label says.
    Wrong,
    /// There is no true label.
    Unknown,
}

/// What a panel says in words.
#[derive(Clone, PartialEq, Debug)]
pub struct Caption {
    /// The photograph's name.
    pub image: String,
    /// The predicted class, the labels that are present, or the value.
    pub predicted: String,
    /// Its probability, 0 to 1, where it has one.
    pub confidence: Option<f32>,
    /// The true class, if known.
    pub label: Option<String>,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// The class that the map explains.
    pub explained: String,
    /// The target layer.
    pub layer: String,
    /// The method.
    pub method: String,
    /// What else must be said, a sentence each.
    pub notes: Vec<String>,
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
    let tile = |title: &str, picture| Tile { title: title.into(), picture };
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

fn scaled(picture: &Picture, size: [usize; 2]) -> Cow<'_, Picture> {
    if picture.size() == size {
        return Cow::Borrowed(picture);
    }
    Cow::Owned(Picture {
        width: size[1],
        height: size[0],
        rgb: resize_bytes(&picture.rgb, picture.size(), 3, size, PillowFilter::Lanczos),
    })
}

const BACKGROUND: Rgb = [255, 255, 255];
const INK: Rgb = [24, 28, 33];
const QUIET: Rgb = [98, 106, 116];
const HAIRLINE: Rgb = [222, 226, 230];
/// Blue and vermilion: told apart with every kind of colour vision, and the words say it too.
const RIGHT: (Rgb, Rgb) = ([0, 84, 140], [226, 239, 248]);
const WRONG: (Rgb, Rgb) = ([166, 58, 0], [253, 235, 222]);

const MARGIN: f32 = 40.0;
const GAP: f32 = 20.0;
const ROW_GAP: f32 = 30.0;
const HEADER: f32 = 64.0;
const TITLE: f32 = 30.0;
const BAR: f32 = 14.0;
const BAR_AND_LABELS: f32 = 104.0;
const BAR_GAP: f32 = 18.0;
const FIELD_HEIGHT: f32 = 58.0;
const FIELD_GAP: f32 = 44.0;
const NOTE_HEIGHT: f32 = 24.0;

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
        let fields = self.fields(content);
        let notes: Vec<String> =
            self.caption.notes.iter().flat_map(|note| wrapped(&note_face(), note, content)).collect();
        let tiles: f32 =
            heights.iter().map(|h| TITLE + h).sum::<f32>() + ROW_GAP * heights.len().saturating_sub(1) as f32;
        let notes_height = if notes.is_empty() { 0.0 } else { NOTE_HEIGHT * notes.len() as f32 + 4.0 };
        let height = MARGIN + HEADER + tiles + 24.0 + FIELD_HEIGHT * fields.len() as f32 + notes_height + MARGIN - 14.0;
        let mut canvas = Canvas::new((content + 2.0 * MARGIN).ceil() as usize, height.ceil() as usize, BACKGROUND);

        self.header(&mut canvas, content);
        let mut y = MARGIN + HEADER;
        for (row, (sizes, height)) in self.rows.iter().zip(sizes.iter().zip(&heights)) {
            let mut x = MARGIN;
            for ((tile, size), width) in row.iter().zip(sizes).zip(&widths) {
                if tile.picture.rgb.is_empty() {
                    x += width + GAP;
                    continue;
                }
                let face = Face::semi_bold(15.0);
                face.draw(&mut canvas, &face.elided(&tile.title, *width), x, y + 15.0, INK);
                // A hairline, for pictures as white as the page.
                let (left, top) = (x as usize, (y + TITLE) as usize);
                canvas.outline([left - 1, top - 1, size[1] + 2, size[0] + 2], HAIRLINE);
                canvas.place(&scaled(&tile.picture, *size), left, top);
                x += width + GAP;
            }
            let share = height / self.colour_bars.len().max(1) as f32;
            for (i, style) in self.colour_bars.iter().enumerate() {
                let gap = if i + 1 < self.colour_bars.len() { BAR_GAP } else { 0.0 };
                colour_bar(&mut canvas, style.palette(), [x, y + TITLE + i as f32 * share], share - gap);
            }
            y += TITLE + height + ROW_GAP;
        }
        y += 24.0 - ROW_GAP;
        for line in &fields {
            for field in line {
                field.draw(&mut canvas, y);
            }
            y += FIELD_HEIGHT;
        }
        for note in &notes {
            note_face().draw(&mut canvas, note, MARGIN, y + 14.0, QUIET);
            y += NOTE_HEIGHT;
        }
        canvas.picture
    }

    /// The prediction, large, and whether it is right.
    fn header(&self, canvas: &mut Canvas, content: f32) {
        let caption = &self.caption;
        let (large, light) = (Face::semi_bold(28.0), Face::regular(28.0));
        let confidence = caption.confidence.map_or_else(String::new, percent);
        let verdict = match (caption.verdict, &caption.label) {
            (Verdict::Right, _) => Some(("Correct".to_string(), RIGHT)),
            (Verdict::Wrong, Some(label)) => Some((format!("Wrong: labelled {label}"), WRONG)),
            (Verdict::Wrong, None) => Some(("Wrong".to_string(), WRONG)),
            (Verdict::Unknown, _) => None,
        };
        let small = Face::semi_bold(15.0);
        let most = content
            - light.width(&confidence)
            - 12.0
            - verdict.as_ref().map_or(0.0, |(words, _)| (small.width(words) + 70.0).min(content * 0.45));
        let baseline = MARGIN + 26.0;
        let predicted = large.elided(&caption.predicted, most.max(content * 0.3));
        large.draw(canvas, &predicted, MARGIN, baseline, INK);
        let mut x = MARGIN + large.width(&predicted) + 12.0;
        light.draw(canvas, &confidence, x, baseline, QUIET);
        x += light.width(&confidence) + 22.0;
        if let Some((words, (ink, ground))) = verdict {
            let words = small.elided(&words, MARGIN + content - x - 48.0);
            let (top, height) = (baseline - 24.0, 30.0);
            canvas.rounded([x, top, small.width(&words) + 50.0, height], height / 2.0, ground);
            let (cx, cy) = (x + 20.0, top + height / 2.0);
            if caption.verdict == Verdict::Right {
                canvas.stroke([cx - 5.0, cy + 0.5], [cx - 1.5, cy + 4.0], 2.2, ink);
                canvas.stroke([cx - 1.5, cy + 4.0], [cx + 5.5, cy - 4.5], 2.2, ink);
            } else {
                canvas.stroke([cx - 4.0, cy - 4.0], [cx + 4.0, cy + 4.0], 2.2, ink);
                canvas.stroke([cx - 4.0, cy + 4.0], [cx + 4.0, cy - 4.0], 2.2, ink);
            }
            small.draw(canvas, &words, x + 33.0, top + 20.5, ink);
        }
    }

    /// The caption's fields with their places, in as many lines as they need.
    fn fields(&self, content: f32) -> Vec<Vec<Field>> {
        let caption = &self.caption;
        let label = caption.label.as_deref().unwrap_or("not known");
        let all = [
            ("Image", caption.image.as_str()),
            ("True label", label),
            ("Explained", &caption.explained),
            ("Layer", &caption.layer),
            ("Method", &caption.method),
        ];
        let mut lines: Vec<Vec<Field>> = vec![Vec::new()];
        let mut x = 0.0;
        for (name, value) in all {
            let value = Field::value_face().elided(value, (content * 0.42).max(LONGER_SIDE.0 as f32 * 0.8));
            let width = Field::value_face().width(&value).max(Field::name_face().width(name));
            if x > 0.0 && x + width > content {
                lines.push(Vec::new());
                x = 0.0;
            }
            lines.last_mut().expect("never empty").push(Field { name, value, x: MARGIN + x });
            x += width + FIELD_GAP;
        }
        lines
    }
}

/// A value under its name.
struct Field {
    name: &'static str,
    value: String,
    x: f32,
}

impl Field {
    fn name_face() -> Face {
        Face::regular(14.0)
    }

    fn value_face() -> Face {
        Face::regular(17.0)
    }

    fn draw(&self, canvas: &mut Canvas, y: f32) {
        Self::name_face().draw(canvas, self.name, self.x, y + 14.0, QUIET);
        Self::value_face().draw(canvas, &self.value, self.x, y + 37.0, INK);
    }
}

fn note_face() -> Face {
    Face::regular(14.0)
}

/// One decimal, but never 100 % for what is less.
fn percent(share: f32) -> String {
    let shown = if share < 1.0 { (share * 1000.0).floor() / 10.0 } else { 100.0 };
    let near = (share * 1000.0).round() / 10.0;
    format!("{:.1} %", if near >= 100.0 { shown } else { near })
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

/// Lines of whole words, as long as fit.
fn wrapped(face: &Face, text: &str, width: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = face.elided(word, width);
        match lines.last_mut() {
            Some(line) if face.width(&format!("{line} {word}")) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
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
            notes: vec![
                "A note that is long enough to need a second line when it stands under one tile only, as it does in \
                 this panel."
                    .into(),
            ],
        }
    }

    #[test]
    fn shares_below_one_are_not_called_certain() {
        assert_eq!([0.5, 0.9996, 0.98765, 1.0].map(percent), ["50.0 %", "99.9 %", "98.8 %", "100.0 %"]);
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
                let tile = Tile { title: words.into(), picture: Picture::filled(width, height, [1, 2, 3]) };
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
        let tile = Tile { title: "Original".into(), picture: Picture::filled(256, 256, [90, 40, 20]) };
        let panel = Panel { rows: vec![vec![tile]], caption: caption(), colour_bars: Vec::new(), tile: None };
        assert_eq!(panel.draw(), panel.draw());
    }
}
