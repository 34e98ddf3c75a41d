//! Classifiers whose evidence is known by construction: colours at places, averaged.

use super::eyes::{FIELD, Planted, SIDE};
use super::onnx::Network;
use heatlens_imaging::{Picture, Preprocess};

/// Side of most networks' input.
pub const INPUT: usize = 64;
/// Cells of their last layer along a side.
const CELLS: usize = 16;
/// Name of that layer.
pub const LAYER: &str = "evidence";
/// ImageNet's, which preprocessing takes off.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// A colour at a place: ReLU of a linear function of R, G, B (0 to 1) where `place` is, or of how it
/// differs from what lies around.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    colour: [f32; 3],
    threshold: f32,
    place: Place,
    of: Of,
}

#[derive(Clone, Copy, Debug)]
enum Of {
    Level,
    /// The Laplacian.
    Texture,
}

impl Of {
    /// Weights of a pixel and its neighbours, row by row.
    fn kernel(self) -> [f32; 9] {
        match self {
            Of::Level => [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            Of::Texture => [0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Middle,
    Around,
    Ring,
    /// Where the field ends on some photographs.
    Border,
    /// Beside the right edge of the picture.
    Right,
    /// Beside the upper edge of the picture.
    Top,
    /// Near the edges of the picture.
    Frame,
    /// Within the field of all photographs.
    Inside,
    Anywhere,
}

/// The pale cup.
pub const CUP: Channel = Channel { colour: [0.0, 0.0, 1.0], threshold: 0.48, place: Place::Middle, of: Of::Level };
/// The same whatever the light: nearly as blue as it is red.
pub const PALE: Channel = Channel { colour: [-0.6, 0.0, 1.0], threshold: 0.0, place: Place::Middle, of: Of::Level };
/// The whole disc: brighter than retina.
pub const DISC: Channel = Channel { colour: [0.0, 1.0, 0.0], threshold: 0.55, place: Place::Middle, of: Of::Level };
/// Pale retina beside the disc.
pub const BESIDE: Channel = Channel { colour: [0.0, 1.0, 0.0], threshold: 0.5, place: Place::Around, of: Of::Level };
/// Yellow, which nothing of an eye is so strongly.
pub const YELLOW: Channel = Channel { colour: [0.0, 1.0, -1.0], threshold: 0.4, place: Place::Anywhere, of: Of::Level };
/// White light at the edge of the field.
pub const EDGE: Channel = Channel { colour: [0.0, 0.0, 1.0], threshold: 0.3, place: Place::Ring, of: Of::Level };
/// Blue, which nothing of an eye is.
pub const BLUE: Channel = Channel { colour: [-1.0, 0.0, 1.0], threshold: 0.1, place: Place::Anywhere, of: Of::Level };
/// White at the right.
pub const WHITE: Channel = Channel { colour: [0.0, 0.0, 1.0], threshold: 0.5, place: Place::Right, of: Of::Level };
/// White at the top.
pub const WHITE_TOP: Channel = Channel { colour: [0.0, 0.0, 1.0], threshold: 0.5, place: Place::Top, of: Of::Level };
/// Black in the frame of the picture, where the field of others reaches.
pub const BLACK_FRAME: Channel =
    Channel { colour: [-1.0, 0.0, 0.0], threshold: -0.2, place: Place::Frame, of: Of::Level };
/// More red than green.
pub const RED: Channel = Channel { colour: [1.0, -1.0, 0.0], threshold: 0.1, place: Place::Inside, of: Of::Level };
/// Light.
pub const LIGHT: Channel = Channel { colour: [0.3, 0.7, 0.0], threshold: 0.2, place: Place::Inside, of: Of::Level };
/// Black beside the field.
pub const BLACK: Channel = Channel { colour: [-1.0, 0.0, 0.0], threshold: -0.2, place: Place::Border, of: Of::Level };
/// Fine structure, bright and dark.
pub const BRIGHT_TEXTURE: Channel =
    Channel { colour: [0.0, 1.0, 0.0], threshold: 0.01, place: Place::Inside, of: Of::Texture };
/// See [`BRIGHT_TEXTURE`].
pub const DARK_TEXTURE: Channel =
    Channel { colour: [0.0, -1.0, 0.0], threshold: 0.01, place: Place::Inside, of: Of::Texture };

impl Channel {
    fn is_here(&self, x: usize, y: usize, input: usize) -> bool {
        let [x, y] = [x, y].map(|v| (v as f32 + 0.5) / input as f32 - 0.5);
        match self.place {
            Place::Middle => x.hypot(y) < 0.25,
            Place::Around => (0.1..0.16).contains(&x.hypot(y)),
            Place::Ring => (0.93 * FIELD..1.03 * FIELD).contains(&x.hypot(y)),
            Place::Border => (0.42..0.47).contains(&x.hypot(y)),
            Place::Right => x > 0.33,
            Place::Top => y < -0.43,
            Place::Frame => x.abs().max(y.abs()) > 0.455,
            Place::Inside => x.hypot(y) < 0.38,
            Place::Anywhere => true,
        }
    }

    /// Its mean over a photograph.
    fn mean(&self, eye: &Planted, input: usize) -> f32 {
        let Planted { photograph, .. } = eye;
        let picture = Picture { width: SIDE, height: SIDE, rgb: photograph.rgb.clone() };
        let seen = Preprocess::from_spec("imagenet-exact", |_| unreachable!()).unwrap();
        let values = seen.prepare(&picture, [input; 2]).unwrap().tensor;
        let level = |x: usize, y: usize| -> f32 {
            let of = |c: usize| values[(c * input + y) * input + x] * STD[c] + MEAN[c];
            (0..3).map(|c| self.colour[c] * of(c)).sum()
        };
        let kernel = self.of.kernel();
        let of_cell = |i: usize| {
            let (x, y) = (i % input, i / input);
            if !self.is_here(x, y, input) {
                return 0.0;
            }
            let weighted = (0..9).filter(|&k| kernel[k] != 0.0).map(|k| {
                let at = |v: usize, by: usize| (v + by).saturating_sub(1).min(input - 1);
                kernel[k] * level(at(x, k % 3), at(y, k / 3))
            });
            (weighted.sum::<f32>() - self.threshold).max(0.0)
        };
        (0..input * input).map(of_cell).sum::<f32>() / (input * input) as f32
    }
}

/// A classifier of two classes: `for_glaucoma` speaks for it, `against` for a normal eye. Each is
/// scaled to what it measures on the eyes, so that the classes lie symmetrically about a margin of
/// 0 and their means 4 apart for each of `for_glaucoma`, times its weight.
pub fn classifier(eyes: &[Planted], for_glaucoma: &[(Channel, f32)], against: Channel, input: usize) -> Vec<u8> {
    let means = |channel: &Channel| {
        let of = |label: &str| {
            let values: Vec<f32> =
                eyes.iter().filter(|eye| eye.label == label).map(|eye| channel.mean(eye, input)).collect();
            values.iter().sum::<f32>() / values.len() as f32
        };
        [of("normal"), of("glaucoma")]
    };
    let channels: Vec<Channel> = for_glaucoma.iter().map(|(channel, _)| *channel).chain([against]).collect();
    let count = channels.len();
    let mut weights = vec![0.0; 2 * count];
    let mut bias = 0.0;
    for (i, (channel, weight)) in for_glaucoma.iter().enumerate() {
        let [normal, sick] = means(channel);
        let scale = weight * 4.0 / (sick - normal);
        assert!(scale.is_finite() && scale > 0.0, "{channel:?} tells nothing: {normal} and {sick}");
        weights[count + i] = scale;
        bias -= scale * (normal + sick) / 2.0;
    }
    // What speaks against weighs little: the other evidence stays what decides.
    let [normal, sick] = means(&against);
    let scale = 0.5 / ((normal + sick) / 2.0).max(1e-4);
    weights[count - 1] = scale;
    bias += scale * (normal + sick) / 2.0;
    network(&channels, &weights, &[0.0, bias], input)
}

fn network(channels: &[Channel], weights: &[f32], bias: &[f32], input: usize) -> Vec<u8> {
    let (count, cell) = (channels.len(), input / CELLS);
    let of_colour = |c: &Channel, i: usize| c.of.kernel().map(|weight| weight * c.colour[i] * STD[i]);
    let colours: Vec<f32> = channels.iter().flat_map(|c| (0..3).flat_map(|i| of_colour(c, i))).collect();
    let thresholds: Vec<f32> = channels
        .iter()
        .map(|c| c.of.kernel().iter().sum::<f32>() * (0..3).map(|i| c.colour[i] * MEAN[i]).sum::<f32>() - c.threshold)
        .collect();
    let places = channels
        .iter()
        .flat_map(|c| (0..input * input).map(|i| f32::from(u8::from(c.is_here(i % input, i / input, input)))));
    Network::new(input, 2)
        .weights("colours", &[count, 3, 3, 3], &colours)
        .weights("thresholds", &[count], &thresholds)
        .weights("places", &[1, count, input, input], &places.collect::<Vec<_>>())
        .weights("weights", &[count, 2], &transposed(weights, count))
        .weights("bias", &[2], bias)
        .node("Conv", &["x", "colours", "thresholds"], "coloured", &[("pads", &[1, 1, 1, 1])])
        .node("Relu", &["coloured"], "lit", &[])
        .node("Mul", &["lit", "places"], "placed", &[])
        .node("AveragePool", &["placed"], LAYER, &[("kernel_shape", &[cell, cell]), ("strides", &[cell, cell])])
        .node("GlobalAveragePool", &[LAYER], "pooled", &[])
        .node("Flatten", &["pooled"], "flat", &[])
        .node("Gemm", &["flat", "weights", "bias"], "logits", &[])
        .bytes()
}

/// 2 × `count` to `count` × 2.
fn transposed(weights: &[f32], count: usize) -> Vec<f32> {
    (0..2 * count).map(|i| weights[i % 2 * count + i / 2]).collect()
}
