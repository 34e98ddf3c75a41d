//! What an image and its maps look like, whoever made them: an explanation or an audit.

mod arrangement;
mod outline;
mod scale;

use heatlens_imaging::{
    Affine, Caption, DrawStyle, Map, Panel, Photograph, Picture, draw_contours, draw_heatmap, draw_overlay, draw_seen,
    inscribe, tile_sized, warp,
};

pub use outline::{Outline, Part};
pub use scale::ColourScale;

/// An image with its maps.
pub struct Depiction<'a> {
    /// The photograph, or what a tensor looks like.
    pub photograph: &'a Photograph,
    /// From the pixels of the network's input to the photograph's.
    pub to_photograph: Affine,
    /// The maps, in the order of the explanation.
    pub maps: Vec<Drawn>,
    /// What full colour stands for.
    pub scale: ColourScale,
    /// Disc and cup, where they are to be drawn.
    pub outline: Option<&'a Outline>,
    /// Whether lines are drawn where a map takes a quarter, a half and three quarters of full colour.
    pub contours: bool,
    /// Longer side of a panel's pictures, where asked for.
    pub tile: Option<usize>,
}

/// A map as pictures show it.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What it explains: a class, or what sets it apart from another; what is to be said of that.
    pub explained: String,
    /// The method's title.
    pub method: String,
    /// The layer, where it has one.
    pub layer: String,
    /// The concept, where it is one of several of a class.
    pub concept: String,
    /// Colours and their mixture with the photograph.
    pub style: DrawStyle,
    /// Its values at the size of the network's input, 0 to 1 or −1 to 1.
    pub map: Map,
    /// Its largest value before that, in the method's own units.
    pub peak: f32,
    /// What its full colour stands for, in the same units; none where it has none in common with
    /// others.
    pub full: Option<f32>,
    /// What is written over it where it shows nothing.
    pub inscription: Option<&'static str>,
}

/// Written over a map of which nothing speaks for the class.
pub const EMPTY: &str = "empty";
/// Written over a map that holds no numbers.
pub const NOT_FINITE: &str = "not a number";

/// Pixels of a thumbnail's pictures along the longer side, and between them.
const THUMBNAIL: usize = 240;
const THUMBNAIL_GAP: usize = 4;
/// Maps in a thumbnail.
const THUMBNAIL_MAPS: usize = 3;

impl Depiction<'_> {
    /// Photograph, heatmaps and overlays over a caption, which is told the scale of the colours.
    pub fn panel(&self, caption: Caption) -> Panel {
        // Large photographs are drawn at the size of a tile, which is faster and sharper.
        let (photograph, shrink) = tile_sized(self.photograph);
        let board = Board { depiction: self, photograph: &photograph, to_picture: self.to_photograph.then(&shrink) };
        let notes = caption.notes.iter().cloned().chain(self.outline.map(Outline::words)).collect();
        let caption = Caption { scale: scale::words(&self.maps, self.scale), notes, ..caption };
        Panel {
            rows: arrangement::rows(&board, &self.maps, self.scale),
            caption,
            colour_bars: self.colour_bars(),
            tile: self.tile,
        }
    }

    /// The photograph, and beside it the overlay of each class by the first method and layer, small.
    pub fn thumbnail(&self) -> Picture {
        let photograph = self.photograph.shrunk(THUMBNAIL);
        let shrink = Affine::scaling(self.photograph.size(), photograph.size());
        let board = Board { depiction: self, photograph: &photograph, to_picture: self.to_photograph.then(&shrink) };
        let mut pictures = vec![self.maps.first().map_or_else(|| photograph.clone(), |first| board.original(first))];
        pictures.extend(self.leading().map(|map| board.overlay(map)));
        side_by_side(&pictures)
    }

    /// A map of each class, by the first method, layer and concept.
    fn leading(&self) -> impl Iterator<Item = &Drawn> {
        let first = self.maps.first();
        let is_leading = move |map: &&Drawn| {
            first.is_some_and(|of| (&of.method, &of.layer, &of.concept) == (&map.method, &map.layer, &map.concept))
        };
        self.maps.iter().filter(is_leading).take(THUMBNAIL_MAPS)
    }

    fn colour_bars(&self) -> Vec<DrawStyle> {
        let mut bars: Vec<DrawStyle> = Vec::new();
        for map in &self.maps {
            if !bars.contains(&map.style) {
                bars.push(map.style);
            }
        }
        bars
    }
}

/// Pictures of one height in a row, a little white between them.
fn side_by_side(pictures: &[Picture]) -> Picture {
    let height = pictures.iter().map(|picture| picture.height).max().unwrap_or(0);
    let width = pictures.iter().map(|picture| picture.width + THUMBNAIL_GAP).sum::<usize>() - THUMBNAIL_GAP;
    let mut row = Picture::filled(width, height, [255; 3]);
    let mut left = 0;
    for picture in pictures {
        for y in 0..picture.height {
            let from = &picture.rgb[3 * y * picture.width..][..3 * picture.width];
            row.rgb[3 * (y * width + left)..][..from.len()].copy_from_slice(from);
        }
        left += picture.width + THUMBNAIL_GAP;
    }
    row
}

/// The photograph, at the size of a picture, that maps are drawn on.
struct Board<'a> {
    depiction: &'a Depiction<'a>,
    photograph: &'a Photograph,
    to_picture: Affine,
}

/// Levels of a map's contour lines.
const LEVELS: [f32; 3] = [0.25, 0.5, 0.75];

impl Board<'_> {
    fn warped(&self, map: &Map) -> heatlens_imaging::WarpedMap {
        warp(&map.values, [map.height, map.width], &self.to_picture, self.photograph.size())
    }

    /// The photograph with the part marked that the network saw.
    fn original(&self, map: &Drawn) -> Picture {
        self.outlined(draw_seen(self.photograph, &self.warped(&map.map)))
    }

    /// The photograph where there is no map.
    fn plain(&self) -> Picture {
        self.outlined(self.photograph.clone())
    }

    fn heatmap(&self, map: &Drawn) -> Picture {
        self.finished(draw_heatmap(&self.warped(&map.map), &map.style), map)
    }

    fn overlay(&self, map: &Drawn) -> Picture {
        self.finished(draw_overlay(self.photograph, &self.warped(&map.map), &map.style), map)
    }

    fn finished(&self, mut picture: Picture, map: &Drawn) -> Picture {
        if self.depiction.contours && map.inscription.is_none() {
            let width = line_width(&picture) * 0.6;
            draw_contours(&mut picture, &self.warped(&map.map), &LEVELS, [255; 3], width);
        }
        let mut picture = self.outlined(picture);
        map.inscription.iter().for_each(|words| inscribe(&mut picture, words));
        picture
    }

    fn outlined(&self, mut picture: Picture) -> Picture {
        let Some(outline) = self.depiction.outline else { return picture };
        let shrink = Affine::scaling(self.depiction.photograph.size(), picture.size());
        for (mask, to_photograph, colour) in outline.lines() {
            let map = warp(&mask.values, [mask.height, mask.width], &to_photograph.then(&shrink), picture.size());
            let width = line_width(&picture);
            draw_contours(&mut picture, &map, &[0.5], colour, width);
        }
        picture
    }
}

/// A line of this many pixels looks alike on pictures of any size.
fn line_width(picture: &Picture) -> f32 {
    (picture.width.max(picture.height) as f32 / 200.0).max(1.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn drawn(explained: &str, method: &str, layer: &str, peak: f32) -> Drawn {
        Drawn {
            explained: explained.into(),
            method: method.into(),
            layer: layer.into(),
            concept: String::new(),
            style: DrawStyle::default(),
            map: Map::new(4, 4, (0..16).map(|i| i as f32 / 15.0).collect()),
            peak,
            full: Some(peak),
            inscription: None,
        }
    }

    #[test]
    fn a_thumbnail_shows_the_photograph_and_a_map_of_each_class() {
        let photograph = Picture::filled(480, 240, [90, 40, 20]);
        let maps = vec![drawn("a", "m", "l", 1.0), drawn("b", "m", "l", 1.0), drawn("a", "n", "l", 1.0)];
        let depiction = Depiction {
            photograph: &photograph,
            to_photograph: Affine::scaling([4, 4], [240, 480]),
            maps,
            scale: ColourScale::Map,
            outline: None,
            contours: false,
            tile: None,
        };
        let thumbnail = depiction.thumbnail();
        assert_eq!([thumbnail.width, thumbnail.height], [3 * 240 + 2 * THUMBNAIL_GAP, 120]);
        assert_eq!((thumbnail.at(10, 60), thumbnail.at(241, 60)), ([90, 40, 20], [255; 3]));
        assert_ne!(thumbnail.at(470, 110), [90, 40, 20], "the lower right corner of the map is warm");
        let none = Depiction { maps: Vec::new(), ..depiction }.thumbnail();
        assert_eq!([none.width, none.height], [240, 120]);
    }

    #[test]
    fn an_empty_map_says_so_and_contours_are_lines() {
        let photograph = Picture::filled(240, 240, [90, 40, 20]);
        let of = |map: Drawn, contours| {
            let depiction = Depiction {
                photograph: &photograph,
                to_photograph: Affine::scaling([4, 4], [240, 240]),
                maps: vec![map],
                scale: ColourScale::Map,
                outline: None,
                contours,
                tile: None,
            };
            depiction.thumbnail()
        };
        let nothing = Drawn { map: Map::new(4, 4, vec![0.0; 16]), ..drawn("a", "m", "l", 0.0) };
        let plain = of(nothing.clone(), false);
        let marked = of(Drawn { inscription: Some(EMPTY), ..nothing }, false);
        assert!(plain != marked && marked.at(244 + 120, 120 - 18)[0] < 60, "a dark ground in the middle");
        assert_ne!(of(drawn("a", "m", "l", 1.0), false), of(drawn("a", "m", "l", 1.0), true));
    }
}
