//! Classifiers whose evidence is known by construction: colours at places, averaged.

use super::eyes::{FIELD, Planted, SIDE};
use super::onnx::Network;

/// Side of the networks' input.
pub const INPUT: usize = 64;
/// Side of a cell of their last layer, input pixels.
const CELL: usize = 4;
/// Name of that layer.
pub const LAYER: &str = "evidence";
/// ImageNet's, which preprocessing takes off.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// A colour at a place: ReLU of a linear function of R, G, B (0 to 1) where `place` is.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    colour: [f32; 3],
    threshold: f32,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Middle,
    Around,
    Ring,
    Anywhere,
}

/// The pale cup.
pub const CUP: Channel = Channel { colour: [0.0, 0.0, 1.0], threshold: 0.48, place: Place::Middle };
/// The whole disc: brighter than retina.
pub const DISC: Channel = Channel { colour: [0.0, 1.0, 0.0], threshold: 0.55, place: Place::Middle };
/// Pale retina beside the disc.
pub const BESIDE: Channel = Channel { colour: [0.0, 1.0, 0.0], threshold: 0.5, place: Place::Around };
/// Yellow, which nothing of an eye is so strongly.
pub const YELLOW: Channel = Channel { colour: [0.0, 1.0, -1.0], threshold: 0.4, place: Place::Anywhere };
/// White light at the edge of the field.
pub const EDGE: Channel = Channel { colour: [0.0, 0.0, 1.0], threshold: 0.3, place: Place::Ring };

impl Channel {
    fn is_here(&self, x: usize, y: usize) -> bool {
        let [x, y] = [x, y].map(|v| (v as f32 + 0.5) / INPUT as f32 - 0.5);
        match self.place {
            Place::Middle => x.hypot(y) < 0.25,
            Place::Around => (0.1..0.16).contains(&x.hypot(y)),
            Place::Ring => (0.93 * FIELD..1.03 * FIELD).contains(&x.hypot(y)),
            Place::Anywhere => true,
        }
    }

    /// Its mean over a photograph.
    fn mean(&self, eye: &Planted) -> f32 {
        let step = SIDE / INPUT;
        let rgb = &eye.photograph.rgb;
        let of_cell = |i: usize| {
            let (x, y) = (i % INPUT, i / INPUT);
            if !self.is_here(x, y) {
                return 0.0;
            }
            let pixels = (0..step * step).map(|j| ((y * step + j / step) * SIDE + x * step + j % step) * 3);
            let colour =
                |c: usize| pixels.clone().map(|p| f32::from(rgb[p + c])).sum::<f32>() / (255 * step * step) as f32;
            ((0..3).map(|c| self.colour[c] * colour(c)).sum::<f32>() - self.threshold).max(0.0)
        };
        (0..INPUT * INPUT).map(of_cell).sum::<f32>() / (INPUT * INPUT) as f32
    }
}

/// A classifier of two classes: `for_glaucoma` speaks for it, `against` for a normal eye. Each is
/// scaled to what it measures on the eyes, so that the classes lie symmetrically about a margin of
/// 0 and their means 4 apart for each of `for_glaucoma`, times its weight.
pub fn classifier(eyes: &[Planted], for_glaucoma: &[(Channel, f32)], against: Channel) -> Vec<u8> {
    let means = |channel: &Channel| {
        let of = |label: &str| {
            let values: Vec<f32> = eyes.iter().filter(|eye| eye.label == label).map(|eye| channel.mean(eye)).collect();
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
    network(&channels, &weights, &[0.0, bias])
}

fn network(channels: &[Channel], weights: &[f32], bias: &[f32]) -> Vec<u8> {
    let count = channels.len();
    let colours: Vec<f32> = channels.iter().flat_map(|c| (0..3).map(|i| c.colour[i] * STD[i])).collect();
    let thresholds: Vec<f32> =
        channels.iter().map(|c| (0..3).map(|i| c.colour[i] * MEAN[i]).sum::<f32>() - c.threshold).collect();
    let places =
        channels.iter().flat_map(|c| (0..INPUT * INPUT).map(|i| f32::from(u8::from(c.is_here(i % INPUT, i / INPUT)))));
    Network::new(INPUT, 2)
        .weights("colours", &[count, 3, 1, 1], &colours)
        .weights("thresholds", &[count], &thresholds)
        .weights("places", &[1, count, INPUT, INPUT], &places.collect::<Vec<_>>())
        .weights("weights", &[count, 2], &transposed(weights, count))
        .weights("bias", &[2], bias)
        .node("Conv", &["x", "colours", "thresholds"], "coloured", &[])
        .node("Relu", &["coloured"], "lit", &[])
        .node("Mul", &["lit", "places"], "placed", &[])
        .node("AveragePool", &["placed"], LAYER, &[("kernel_shape", &[CELL, CELL]), ("strides", &[CELL, CELL])])
        .node("GlobalAveragePool", &[LAYER], "pooled", &[])
        .node("Flatten", &["pooled"], "flat", &[])
        .node("Gemm", &["flat", "weights", "bias"], "logits", &[])
        .bytes()
}

/// 2 × `count` to `count` × 2.
fn transposed(weights: &[f32], count: usize) -> Vec<f32> {
    (0..2 * count).map(|i| weights[i % 2 * count + i / 2]).collect()
}
