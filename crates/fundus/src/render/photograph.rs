//! Taking the photograph: every layer in its order, and the truth beside it.

use heatlens_anatomy::Side;

use super::camera::{Grain, Light, Projection, blur, inside_field, shoulder};
use super::disc::{DiscHead, Outline};
use super::eye::{Eye, FieldShape, RenderError};
use super::math::{absorb, atan2, bell, brighten, step, turn_between};
use super::noise::{Noise, SlowField};
use super::retina::{Ground, Place};
use super::strokes::{StrokeLayer, StrokePoint};
use super::tag;
use super::vessels::{self, Raphe};

/// Sides that can be rendered, pixels.
const SIZES: std::ops::RangeInclusive<usize> = 16..=4096;

/// A rendered photograph, square, with what is true of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Photograph {
    /// Side in pixels.
    pub size: usize,
    /// `size`×`size` pixels of RGB, row by row.
    pub rgb: Vec<u8>,
    /// What is true of it.
    pub truth: Truth,
}

/// The truth of a rendered photograph. Masks are `size`×`size`, row by row, 0 outside and 255
/// inside, and end at the field's edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The optic disc, cup included.
    pub disc: Vec<u8>,
    /// The cup.
    pub cup: Vec<u8>,
    /// The vessels.
    pub vessels: Vec<u8>,
    /// The field of view.
    pub field: Vec<u8>,
    /// Places and measures.
    pub geometry: Geometry,
}

/// Places and measures in a photograph, in pixel coordinates where the upper left pixel's centre is
/// (0.5, 0.5).
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry {
    /// Right or left eye.
    pub laterality: Side,
    /// Centre of the disc (the middle of its extents).
    pub disc_centre: [f32; 2],
    /// Horizontal and vertical diameter of the disc.
    pub disc_diameters: [f32; 2],
    /// Horizontal and vertical diameter of the cup.
    pub cup_diameters: [f32; 2],
    /// Vertical cup-to-disc ratio.
    pub vertical_cup_to_disc: f32,
    /// The fovea; it may lie outside the picture.
    pub fovea: [f32; 2],
    /// Centre of the field of view.
    pub field_centre: [f32; 2],
    /// Radius of the field's circle; none where the field fills the picture.
    pub field_radius: Option<f32>,
    /// Left, top, width and height of the tag.
    pub tag: Option<[usize; 4]>,
}

/// Renders an eye as a square photograph with a side of `size` pixels.
///
/// # Errors
/// [`RenderError::Size`] for a side outside 16…4096, [`RenderError::Parameter`] for a parameter out
/// of its range.
pub fn render(eye: &Eye, size: usize) -> Result<Photograph, RenderError> {
    if !SIZES.contains(&size) {
        return Err(RenderError::Size { size, least: *SIZES.start(), most: *SIZES.end() });
    }
    eye.check()?;
    let projection = Projection::new(eye, size);
    let head = DiscHead::new(eye);
    let [arteries, veins] = draw_vessels(eye, &head, projection, size);
    let mut picture = paint(eye, &head, projection, size, [&arteries, &veins]);
    blur(&mut picture, size, eye.camera.blur * projection.scale);
    let rgb = expose(eye, size, &picture);
    let truth = truth(eye, &head, projection, size, [&arteries, &veins]);
    Ok(Photograph { size, rgb, truth })
}

fn draw_vessels(eye: &Eye, head: &DiscHead<'_>, projection: Projection, size: usize) -> [StrokeLayer; 2] {
    let mut layers = [StrokeLayer::new(size), StrokeLayer::new(size)];
    for vessel in vessels::grow(eye, head) {
        let points: Vec<StrokePoint> = vessel
            .points
            .iter()
            .map(|point| {
                let [x, y] = projection.to_picture(point.at);
                StrokePoint { x, y, half_width: point.half_width * projection.scale, density: point.density }
            })
            .collect();
        layers[usize::from(!vessel.artery)].stroke(&points);
    }
    layers
}

/// Retina, disc, vessels and light, before the lens and the sensor.
fn paint(
    eye: &Eye,
    head: &DiscHead<'_>,
    projection: Projection,
    size: usize,
    [arteries, veins]: [&StrokeLayer; 2],
) -> Vec<f32> {
    let light = Light::new(eye, size);
    let streaks = Noise::new(eye.seed, 60);
    let margin = 3.0 + 3.0 * eye.camera.blur * projection.scale;
    let seen = |x: f32, y: f32| inside_field(&eye.camera, size, x, y) >= -margin;
    let ground = ground(eye, projection, size, |x, y| inside_field(&eye.camera, size, x, y) >= -margin - 4.0);
    let mut picture = vec![0.0; size * size * 3];
    for (pixel, out) in picture.chunks_exact_mut(3).enumerate() {
        let (x, y) = ((pixel % size) as f32 + 0.5, (pixel / size) as f32 + 0.5);
        if !seen(x, y) {
            continue;
        }
        let p = projection.to_eye(x, y);
        let mut colour = ground.at(x, y);
        let mut on_disc = 0.0;
        if p[0].abs().max(p[1].abs()) < head.reach() {
            (colour, on_disc) = head.shade(p, colour);
            colour = haemorrhage(eye, &streaks, p, colour);
        }
        let streak = [arteries.streak[pixel], veins.streak[pixel]];
        colour = bleed(eye, colour, on_disc, [arteries.density[pixel], veins.density[pixel]], streak);
        out.copy_from_slice(&light.shine(x, y, colour));
    }
    picture
}

/// The bare retina. Its textures are wider than a few hundredths of a DD: where that is many
/// pixels, every second is computed.
fn ground(eye: &Eye, projection: Projection, size: usize, seen: impl Fn(f32, f32) -> bool) -> SlowField<[f32; 3]> {
    let ground = Ground::new(eye, size, |x, y| projection.to_eye(x, y));
    let cells = if projection.scale > 50.0 { size.div_ceil(2) } else { size };
    SlowField::new(size, cells, |x, y| {
        if seen(x, y) { ground.colour(Place { x, y, p: projection.to_eye(x, y) }) } else { [0.0; 3] }
    })
}

/// Blood absorbs green and blue; veins are darker than arteries, and both look redder on the pale
/// disc.
fn bleed(
    eye: &Eye,
    colour: [f32; 3],
    on_disc: f32,
    [artery, vein]: [f32; 2],
    [artery_streak, vein_streak]: [f32; 2],
) -> [f32; 3] {
    if artery + vein == 0.0 {
        return colour;
    }
    let contrast = eye.vessels.contrast;
    let artery_absorption = [0.15 - 0.03 * on_disc, 0.42 + 0.20 * on_disc, 0.40 + 0.26 * on_disc];
    let vein_absorption = [0.32 - 0.07 * on_disc, 0.56 + 0.16 * on_disc, 0.48 + 0.24 * on_disc];
    let colour = absorb(colour, vein_absorption, (vein * (1.0 - 0.65 * artery) * contrast).min(1.2));
    let colour = absorb(colour, artery_absorption, (artery * contrast).min(1.2));
    brighten(colour, [0.13, 0.075, 0.05], eye.vessels.reflex * (artery_streak + 0.3 * vein_streak * (1.0 - artery)))
}

/// A flame-shaped haemorrhage across the disc margin, along the nerve fibres.
fn haemorrhage(eye: &Eye, streaks: &Noise, p: [f32; 2], colour: [f32; 3]) -> [f32; 3] {
    let Some(angle) = eye.haemorrhage else { return colour };
    let r = (p[0] * p[0] + p[1] * p[1]).sqrt();
    let off = turn_between(atan2(p[1], p[0]), angle.to_radians());
    let flame = bell(off, 0.055) * step(0.40, 0.50, r) * step(0.74, 0.60, r);
    if flame < 0.01 {
        return colour;
    }
    absorb(colour, [0.28, 0.78, 0.76], (flame * (1.1 + 0.9 * streaks.at(off * 40.0, r * 3.0))).clamp(0.0, 1.0))
}

/// Sensor and field edge: floating point to bytes.
fn expose(eye: &Eye, size: usize, picture: &[f32]) -> Vec<u8> {
    let grain = Grain::new(eye);
    let mut rgb = vec![0u8; size * size * 3];
    for (pixel, (out, seen)) in rgb.chunks_exact_mut(3).zip(picture.chunks_exact(3)).enumerate() {
        let (x, y) = (pixel % size, pixel / size);
        let inside = (inside_field(&eye.camera, size, x as f32 + 0.5, y as f32 + 0.5) + 0.5).clamp(0.0, 1.0);
        let dark = [0.012, 0.010, 0.010];
        let noisy = grain.add(x as u32, y as u32, [shoulder(seen[0]), shoulder(seen[1]), shoulder(seen[2])]);
        for c in 0..3 {
            out[c] = ((dark[c] + (noisy[c] - dark[c]) * inside).clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        }
    }
    if let Some(tag) = eye.camera.tag {
        tag::draw(&mut rgb, size, tag, eye.seed);
    }
    rgb
}

fn truth(eye: &Eye, head: &DiscHead<'_>, projection: Projection, size: usize, layers: [&StrokeLayer; 2]) -> Truth {
    let centre = |pixel: usize| ((pixel % size) as f32 + 0.5, (pixel / size) as f32 + 0.5);
    let field: Vec<u8> = (0..size * size)
        .map(centre)
        .map(|(x, y)| if inside_field(&eye.camera, size, x, y) > 0.0 { 255 } else { 0 })
        .collect();
    let mask = |inside: &dyn Fn(usize) -> bool| -> Vec<u8> {
        field.iter().enumerate().map(|(pixel, &field)| if field != 0 && inside(pixel) { 255 } else { 0 }).collect()
    };
    let within = |outline: &Outline, pixel: usize| {
        let (x, y) = centre(pixel);
        let p = projection.to_eye(x, y);
        p[0].abs().max(p[1].abs()) < 0.8 && outline.depth(p) <= 1.0
    };
    Truth {
        disc: mask(&|pixel| within(&head.disc, pixel)),
        cup: mask(&|pixel| within(&head.cup, pixel)),
        vessels: mask(&|pixel| layers.iter().any(|layer| layer.mask[pixel] != 0)),
        geometry: geometry(eye, head, projection, size),
        field,
    }
}

fn geometry(eye: &Eye, head: &DiscHead<'_>, projection: Projection, size: usize) -> Geometry {
    let middle = head.disc.extents().map(|[low, high]| 0.5 * (low + high));
    let field_radius = (eye.camera.field != FieldShape::Whole).then_some(eye.camera.field_radius * size as f32);
    Geometry {
        laterality: eye.laterality,
        disc_centre: projection.to_picture(middle),
        disc_diameters: head.disc.diameters().map(|d| d * projection.scale),
        cup_diameters: head.cup.diameters().map(|d| d * projection.scale),
        vertical_cup_to_disc: head.vertical_ratio(),
        fovea: projection.to_picture(Raphe::new(eye).fovea()),
        field_centre: [0.5 * size as f32; 2],
        field_radius,
        tag: eye.camera.tag.map(|tag| tag::rectangle(tag, size)),
    }
}
