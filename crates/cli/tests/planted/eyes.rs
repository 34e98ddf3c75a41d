//! Rendered eyes that evidence is planted in.

use std::path::Path;

use heatlens_fundus::render::{Corner, Diagnosis, Eye, FieldShape, Photograph, Tag, TagStyle, View, render};
use heatlens_imaging::{Picture, encode_png};

/// Side of the photographs, pixels.
pub const SIDE: usize = 192;
/// Radius of the field of view as a share of the side.
pub const FIELD: f32 = 0.48;
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
        Plant::Tag(corner) => (is_planted().then_some(corner), false),
        Plant::Arc => (None, is_planted()),
        Plant::Strewn => ((draw.unit() < 0.5).then_some(Corner::LowerLeft), draw.unit() < 0.5),
    };
    eye.camera.tag = tag.map(|corner| Tag { corner, style: TagStyle::Yellow });
    let mut photograph = render(&eye, SIDE).expect("a sampled eye can be rendered");
    if arc {
        shine(&mut photograph, draw.unit() as f32);
    }
    Planted { name: format!("{seed}-{}", heatlens_fundus::code(eye.laterality)), label: diagnosis.name(), photograph }
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
        for (file, rgb) in [(format!("{name}.png"), eye.photograph.rgb.clone()), (format!("{name}-mask.png"), mask)] {
            let picture = Picture { width: SIDE, height: SIDE, rgb };
            std::fs::write(folder.join(file), encode_png(&picture).unwrap()).unwrap();
        }
        manifest += &format!("{name}.png,{},{name}-mask.png\n", eye.label);
    }
    let path = folder.join("manifest.csv");
    std::fs::write(&path, manifest).unwrap();
    path
}
