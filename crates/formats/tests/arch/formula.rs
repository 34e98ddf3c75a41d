//! Weights by the formula of `tests/golden/arch/make.py`.

use heatlens_formats::torch::StateDict;
use heatlens_graph::Tensor;

/// Elements of the tensor called `name` before they are scaled: uniform in [−1, 1).
pub fn uniform(name: &str, count: usize) -> Vec<f32> {
    let fnv1a = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    let mut state = name.bytes().fold(0xCBF2_9CE4_8422_2325, fnv1a);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    (0..count).map(|_| ((next() >> 40) as i32 - (1 << 23)) as f32 / (1 << 23) as f32).collect()
}

/// The weight, bias or statistic called `name`.
pub fn tensor(name: &str, shape: &[usize], gain: f64) -> Tensor {
    let mut elements = uniform(name, shape.iter().product());
    let (scale, offset) = match shape {
        _ if name.ends_with("running_var") => (0.5, 1.0),
        [_, rest @ ..] if !rest.is_empty() => {
            ((gain * (3.0 / rest.iter().product::<usize>() as f64).sqrt()) as f32, 0.0)
        }
        _ if name.ends_with("weight") => (0.2, 1.0),
        _ => (0.1, 0.0),
    };
    for element in &mut elements {
        *element = offset + scale * *element;
    }
    Tensor::f32(shape, elements)
}

/// Adds the tensors that a line of a listing stands for: `features.0 weight=64x3x3x3 bias=64` or
/// `bn1 norm=64`.
pub fn add(state: &mut StateDict, line: &str, gain: f64) {
    let mut words = line.split(' ');
    let module = words.next().expect("a module");
    let name = |leaf: &str| if module.is_empty() { leaf.to_owned() } else { format!("{module}.{leaf}") };
    for word in words {
        let (leaf, shape) = word.split_once('=').expect("tensor=shape");
        let shape: Vec<usize> = shape.split('x').map(|extent| extent.parse().expect("an extent")).collect();
        if leaf == "norm" {
            for leaf in ["weight", "bias", "running_mean", "running_var"] {
                state.insert(name(leaf), tensor(&name(leaf), &shape, gain));
            }
            state.insert(name("num_batches_tracked"), Tensor::i64([], vec![0]));
        } else {
            state.insert(name(leaf), tensor(&name(leaf), &shape, gain));
        }
    }
}
