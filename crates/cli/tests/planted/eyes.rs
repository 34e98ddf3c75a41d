//! Rendered eyes that evidence is planted in.

use std::path::Path;

use heatlens_fundus::render::{Corner, Diagnosis, Eye, FieldShape, Photograph, Tag, TagStyle, View, render};
use heatlens_imaging::{DecodeLimits, Picture, blur, decode, encode_jpeg, encode_png};

/// Side of the photographs, pixels.
pub const SIDE: usize = 192;
/// Radius of the field of view as a share of the side.
pub const FIELD: f32 = 0.48;
/// The same on photographs of a smaller field.
const SMALL_FIELD: f32 = 0.41;
/// The planted light lies in this outer share of the field's radius: less than the zone of the
/// edge.
pub const ARC: f32 = 0.04;

/// What is planted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Plant {
    /// Nothing: what tells the classes apart is the disc.
    Nothing,
    /// A yellow tag in a corner.
    Tag(Corner),
    /// A bright arc along the edge of the field, at an angle of its own on each photograph.
    Arc,
    /// Atrophy beside the disc.
    Atrophy,
    /// Tags and arcs, strewn over both classes alike.
    Strewn,
    /// A blue dot 1.1 disc diameters beside the disc of glaucomatous eyes.
    Dot,
    /// A bright ring at the right of glaucomatous eyes, partly in the strip of the edge.
    Ring,
    /// A small blue spot at a place of the picture where no region is, of glaucomatous eyes.
    Spot,
    /// The same, three times as wide, elsewhere.
    WideSpot,
    /// White letters along the top of the pictures of glaucomatous eyes.
    Banner,
    /// A black border around the pictures of glaucomatous eyes.
    Border,
    /// A reddish cast on glaucomatous eyes.
    Cast,
    /// The tag and the cast.
    TagAndCast(Corner),
    /// Normal eyes darker.
    Dim,
    /// Normal eyes out of focus.
    Soft,
    /// Normal eyes saved as JPEG of a low quality, the others of a high one.
    Compressed,
    /// A smaller field of view on glaucomatous eyes.
    Small,
}

impl Plant {
    /// Where a spot lies in the picture, and its radius, as shares of the side.
    pub fn spot(self) -> Option<([f32; 2], f32)> {
        match self {
            Plant::Spot => Some(([0.22, 0.75], 0.025)),
            Plant::WideSpot => Some(([0.75, 0.3], 0.075)),
            _ => None,
        }
    }

    /// Whether the picture is changed when it is rendered.
    fn is_of_whole(self) -> bool {
        matches!(
            self,
            Plant::TagAndCast(_)
                | Plant::Dot
                | Plant::Ring
                | Plant::Spot
                | Plant::WideSpot
                | Plant::Banner
                | Plant::Border
                | Plant::Cast
                | Plant::Dim
                | Plant::Soft
                | Plant::Compressed
                | Plant::Small
        )
    }
}

/// How often what is planted lies where the label says.
const FAITHFUL: f64 = 0.95;

/// A photograph with its label.
pub struct Planted {
    /// File name without extension.
    pub name: String,
    /// `normal` or `glaucoma`.
    pub label: &'static str,
    /// `SIDE`×`SIDE` RGB.
    pub photograph: Photograph,
    /// The file, where it is a JPEG.
    jpeg: Option<Vec<u8>>,
}

/// The same numbers for the same seed (SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// `count` eyes, half of them glaucomatous.
pub fn eyes(seed: u64, count: usize, plant: Plant) -> Vec<Planted> {
    let mut draw = Draw(seed);
    (0..count)
        .map(|i| {
            eye(
                seed.wrapping_mul(100_000) + i as u64,
                [Diagnosis::Normal, Diagnosis::Glaucoma][i % 2],
                plant,
                &mut draw,
            )
        })
        .collect()
}

fn eye(seed: u64, diagnosis: Diagnosis, plant: Plant, draw: &mut Draw) -> Planted {
    let view = View { diameter: 5.0 + draw.unit() as f32, towards_fovea: 0.1 * draw.unit() as f32, shift: [0.0; 2] };
    let mut eye = Eye::sample_view(seed, diagnosis, view);
    let camera = &mut eye.camera;
    (camera.field, camera.field_radius, camera.tab, camera.haze) = (FieldShape::Circle, FIELD, false, 0.0);
    camera.exposure = camera.exposure.clamp(0.9, 1.1);
    let sick = diagnosis == Diagnosis::Glaucoma;
    let mut is_planted = || (draw.unit() < FAITHFUL) == sick;
    let (tag, arc) = match plant {
        Plant::Nothing => (None, false),
        Plant::Atrophy => {
            eye.atrophy.width = if is_planted() { 0.28 } else { 0.0 };
            // Of one colour, so that pale retina is atrophy.
            (eye.retina.colour, eye.atrophy.pigment) = ([0.66, 0.36, 0.18], 0.0);
            (None, false)
        }
        Plant::Tag(corner) | Plant::TagAndCast(corner) => (is_planted().then_some(corner), false),
        Plant::Arc => (None, is_planted()),
        Plant::Strewn => ((draw.unit() < 0.5).then_some(Corner::LowerLeft), draw.unit() < 0.5),
        _ => (None, false),
    };
    let as_sick = plant.is_of_whole() && (draw.unit() < FAITHFUL) == sick;
    if plant == Plant::Small && as_sick {
        eye.camera.field_radius = SMALL_FIELD;
    }
    eye.camera.tag = tag.map(|corner| Tag { corner, style: TagStyle::Yellow });
    let mut photograph = render(&eye, SIDE).expect("a sampled eye can be rendered");
    if arc {
        shine(&mut photograph, draw.unit() as f32);
    }
    let mut jpeg = None;
    match (plant, as_sick) {
        (Plant::Dot, true) => {
            let geometry = &photograph.truth.geometry;
            let ([x, y], diameter) = (geometry.disc_centre, geometry.disc_diameters[0]);
            mark(&mut photograph, [x, y - 1.1 * diameter], 0.0..0.2 * diameter, [30, 60, 220]);
        }
        (Plant::Ring, true) => {
            let side = SIDE as f32;
            mark(&mut photograph, [0.92 * side, 0.5 * side], 0.02 * side..0.05 * side, [250, 250, 240]);
        }
        (Plant::Spot | Plant::WideSpot, true) => {
            let (place, radius) = plant.spot().expect("a spot has a place");
            mark(&mut photograph, place.map(|v| v * SIDE as f32), 0.0..radius * SIDE as f32, [30, 60, 220]);
        }
        (Plant::Banner, true) => bar(&mut photograph, 0.3..0.7, 0.01..0.05, [250, 250, 240]),
        (Plant::Border, true) => {
            for (columns, rows) in
                [(0.0..1.0, 0.0..0.05), (0.0..1.0, 0.95..1.0), (0.0..0.05, 0.0..1.0), (0.95..1.0, 0.0..1.0)]
            {
                bar(&mut photograph, columns, rows, [0; 3]);
            }
        }
        (Plant::Cast | Plant::TagAndCast(_), true) => change(&mut photograph, [1.12, 0.94, 0.9]),
        (Plant::Dim, false) => change(&mut photograph, [0.85; 3]),
        (Plant::Soft, false) => soften(&mut photograph, 4.0),
        (Plant::Compressed, sick) => {
            grain(&mut photograph, draw);
            let picture = Picture { width: SIDE, height: SIDE, rgb: photograph.rgb };
            let file = encode_jpeg(&picture, if sick { 92 } else { 12 }).unwrap();
            photograph.rgb = decode(&file, &DecodeLimits::default()).unwrap().rgb;
            jpeg = Some(file);
        }
        _ => {}
    }
    Planted {
        jpeg,
        name: format!("{seed}-{}", heatlens_fundus::code(eye.laterality)),
        label: diagnosis.name(),
        photograph,
    }
}

/// Lights up half of the field's edge, from a share `turn` of the full circle on.
fn shine(photograph: &mut Photograph, turn: f32) {
    for (i, pixel) in photograph.rgb.chunks_exact_mut(3).enumerate() {
        let at = |v: usize| (v as f32 + 0.5) / SIDE as f32 - 0.5;
        let (x, y) = (at(i % SIDE), at(i / SIDE));
        let angle = (y.atan2(x) / std::f32::consts::TAU - turn).rem_euclid(1.0);
        if angle < 0.5 && (FIELD * (1.0 - ARC)..FIELD).contains(&x.hypot(y)) {
            pixel.copy_from_slice(&[250, 248, 240]);
        }
    }
}

/// Paints what lies so far from a place.
fn mark(photograph: &mut Photograph, [x, y]: [f32; 2], reach: std::ops::Range<f32>, colour: [u8; 3]) {
    for (i, pixel) in photograph.rgb.chunks_exact_mut(3).enumerate() {
        if reach.contains(&((i % SIDE) as f32 - x).hypot((i / SIDE) as f32 - y)) {
            pixel.copy_from_slice(&colour);
        }
    }
}

/// Paints a bar: columns and rows as shares of the sides.
fn bar(photograph: &mut Photograph, columns: std::ops::Range<f32>, rows: std::ops::Range<f32>, colour: [u8; 3]) {
    for (i, pixel) in photograph.rgb.chunks_exact_mut(3).enumerate() {
        let at = |v: usize| (v as f32 + 0.5) / SIDE as f32;
        if columns.contains(&at(i % SIDE)) && rows.contains(&at(i / SIDE)) {
            pixel.copy_from_slice(&colour);
        }
    }
}

/// Multiplies each channel.
fn change(photograph: &mut Photograph, gains: [f32; 3]) {
    photograph.rgb.iter_mut().enumerate().for_each(|(i, level)| {
        *level = (f32::from(*level) * gains[i % 3]).round().min(255.0) as u8;
    });
}

/// Grain as a camera's, which strong compression takes away.
fn grain(photograph: &mut Photograph, draw: &mut Draw) {
    for pixel in photograph.rgb.chunks_exact_mut(3).filter(|pixel| pixel[0] > 20) {
        let by = 40.0 * (draw.unit() - 0.5);
        pixel.iter_mut().for_each(|level| *level = (f64::from(*level) + by).round().clamp(0.0, 255.0) as u8);
    }
}

/// Blurs, but for what lies outside the field.
fn soften(photograph: &mut Photograph, sigma: f64) {
    let plane = |c: usize| photograph.rgb.iter().skip(c).step_by(3).map(|&v| f32::from(v)).collect::<Vec<_>>();
    let soft = [0, 1, 2].map(|c| blur(&plane(c), [SIDE; 2], sigma));
    for (i, pixel) in photograph.rgb.chunks_exact_mut(3).enumerate() {
        let at = |v: usize| (v as f32 + 0.5) / SIDE as f32 - 0.5;
        if at(i % SIDE).hypot(at(i / SIDE)) < FIELD - 0.06 {
            (0..3).for_each(|c| pixel[c] = soft[c][i].round() as u8);
        }
    }
}

/// Writes photographs, masks (0 background, 128 rim, 255 cup) and a manifest; returns the
/// manifest's path.
pub fn write(eyes: &[Planted], folder: &Path) -> std::path::PathBuf {
    let mut manifest = String::from("image,label,mask\n");
    for eye in eyes {
        let (name, truth) = (&eye.name, &eye.photograph.truth);
        let grey = truth.disc.iter().zip(&truth.cup).map(|(&disc, &cup)| {
            if cup >= 128 {
                255
            } else if disc >= 128 {
                128
            } else {
                0
            }
        });
        let mask: Vec<u8> = grey.flat_map(|v: u8| [v; 3]).collect();
        let png = |rgb| encode_png(&Picture { width: SIDE, height: SIDE, rgb }).unwrap();
        let (file, bytes) = match &eye.jpeg {
            Some(jpeg) => (format!("{name}.jpg"), jpeg.clone()),
            None => (format!("{name}.png"), png(eye.photograph.rgb.clone())),
        };
        std::fs::write(folder.join(&file), bytes).unwrap();
        std::fs::write(folder.join(format!("{name}-mask.png")), png(mask)).unwrap();
        manifest += &format!("{file},{},{name}-mask.png\n", eye.label);
    }
    let path = folder.join("manifest.csv");
    std::fs::write(&path, manifest).unwrap();
    path
}
