//! Weights by the formula of `tests/golden/arch/make.py`.

use heatlens_formats::torch::StateDict;
use heatlens_graph::Tensor;

#[path = "../../../../tests/support/uniform.rs"]
mod named;

pub use named::uniform;

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
        let shape: Vec<usize> = shape
            .split('x')
            .filter(|extent| !extent.is_empty())
            .map(|extent| extent.parse().expect("an extent"))
            .collect();
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
