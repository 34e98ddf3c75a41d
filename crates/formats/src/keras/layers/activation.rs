//! Activations: layers, settings of other layers, and operations.

use heatlens_graph::ops;
use heatlens_graph::{Op, Tensor, ValueId};
use serde_json::Value;

use super::{Built, Site};
use crate::FormatError;
use crate::keras::config::Config;
use crate::keras::tensor::permuted;

/// The activation that a layer says it ends in.
pub(super) fn own(site: &mut Site<'_, '_, '_, '_>, x: ValueId) -> Built {
    let setting = site.config.get("activation");
    match setting {
        None => Ok(x),
        Some(setting) => {
            let name = name(setting).ok_or_else(|| unknown(site, &setting.to_string()))?;
            named(site, x, name, setting.get("config"))
        }
    }
}

/// `Activation`.
pub(super) fn by_name(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    own(site, x)
}

/// An operation of Keras 3 that is called as the activation is.
pub(super) fn operation(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let class = site.config.class;
    let name = match class {
        "HardSigmoid" => "hard_sigmoid".to_owned(),
        "HardSilu" | "HardSwish" => "hard_silu".to_owned(),
        "HardTanh" => "hard_tanh".to_owned(),
        "LogSoftmax" => "log_softmax".to_owned(),
        "Exp" => "exponential".to_owned(),
        other => other.to_lowercase(),
    };
    let settings = site.config.all().map(|all| Value::Object(all.clone()));
    named(site, x, &name, settings.as_ref())
}

/// The name in `"relu"`, `{"class_name": "ReLU", …}` or `{"class_name": "function", "config": "relu"}`.
fn name(setting: &Value) -> Option<&str> {
    let class = || setting.get("class_name").and_then(Value::as_str);
    setting.as_str().or_else(|| match class()? {
        "function" => setting.get("config")?.as_str(),
        class => Some(class),
    })
}

fn unknown(site: &Site<'_, '_, '_, '_>, name: &str) -> FormatError {
    let name: String = name.chars().take(60).collect();
    site.config
        .unsupported(format!("its activation `{name}` is not read; a function of your own is in your code alone"))
}

/// Appends the activation of this name, with what is set otherwise than usual.
pub(super) fn named(site: &mut Site<'_, '_, '_, '_>, x: ValueId, name: &str, settings: Option<&Value>) -> Built {
    let number = |key: &str, default: f32| {
        settings.and_then(|settings| settings.get(key)?.as_f64()).map_or(default, |value| value as f32)
    };
    let op: Op = match name {
        "linear" | "Linear" | "identity" => return Ok(x),
        "relu" => match settings.filter(|settings| settings.is_object()) {
            Some(_) => {
                let most = settings.and_then(|settings| settings.get("max_value")?.as_f64()).map(|most| most as f32);
                return rectified(site, x, most, number("negative_slope", 0.0), number("threshold", 0.0));
            }
            None => ops::Relu.into(),
        },
        "relu6" => return rectified(site, x, Some(6.0), 0.0, 0.0),
        "leaky_relu" => ops::LeakyRelu { alpha: number("negative_slope", 0.2) }.into(),
        "elu" => ops::Elu { alpha: number("alpha", 1.0) }.into(),
        // The constants of the paper (arXiv 1706.02515) to f32.
        "selu" => ops::Selu { alpha: 1.673_263_2, gamma: 1.050_701 }.into(),
        "sigmoid" => ops::Sigmoid.into(),
        "tanh" => ops::Tanh.into(),
        "softplus" => ops::Softplus.into(),
        "softsign" => ops::Softsign.into(),
        "exponential" => ops::Exp.into(),
        "swish" | "silu" => ops::Silu.into(),
        "mish" => ops::Mish.into(),
        "gelu" => {
            let tanh = settings.and_then(|settings| settings.get("approximate")?.as_bool()).unwrap_or(false);
            ops::Gelu { tanh }.into()
        }
        "hard_sigmoid" => hard_sigmoid(major(site, name)?).into(),
        "hard_silu" | "hard_swish" if major(site, name)? >= 3 => ops::HardSwish.into(),
        "hard_tanh" => {
            let (low, high) = (site.scalar(-1.0), site.scalar(1.0));
            return site.add(ops::Clip, &[x, low, high]);
        }
        "softmax" => ops::Softmax { axis: site.builder.channel_axis(x) as isize }.into(),
        "log_softmax" => ops::LogSoftmax { axis: site.builder.channel_axis(x) as isize }.into(),
        other => return Err(unknown(site, other)),
    };
    site.add(op, &[x])
}

/// The version of Keras, which `name` depends on.
fn major(site: &Site<'_, '_, '_, '_>, name: &str) -> Result<u32, FormatError> {
    site.builder.major.ok_or_else(|| {
        let why = "Keras 2 and 3 compute it differently, and the file does not say which of them wrote it";
        site.config.unsupported(format!("its activation is {name}: {why}"))
    })
}

/// Keras 2 has a slope of 1/5, Keras 3 of 1/6.
fn hard_sigmoid(major: u32) -> ops::HardSigmoid {
    ops::HardSigmoid { alpha: if major < 3 { 0.2 } else { 1.0 / 6.0 }, beta: 0.5 }
}

/// `min(most, x)` from `threshold` on, `slope · (x − threshold)` below.
fn rectified(site: &mut Site<'_, '_, '_, '_>, x: ValueId, most: Option<f32>, slope: f32, threshold: f32) -> Built {
    let y = if threshold != 0.0 {
        let (at, by) = (site.scalar(threshold), site.scalar(slope));
        let above = site.add(ops::GreaterOrEqual, &[x, at])?;
        let below = site.add(ops::Sub, &[x, at])?;
        let below = site.add(ops::Mul, &[below, by])?;
        site.add(ops::Where, &[above, x, below])?
    } else if slope != 0.0 {
        site.add(ops::LeakyRelu { alpha: slope }, &[x])?
    } else if let Some(most) = most {
        let (low, high) = (site.scalar(0.0), site.scalar(most));
        return site.add(ops::Clip, &[x, low, high]);
    } else {
        return site.add(ops::Relu, &[x]);
    };
    match most {
        None => Ok(y),
        Some(most) => {
            let most = site.scalar(most);
            site.add(ops::Min, &[y, most])
        }
    }
}

/// `ReLU` with its three arguments.
pub(super) fn relu(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let most = site.config.optional_float("max_value")?;
    let (slope, threshold) = (site.config.float("negative_slope", 0.0)?, site.config.float("threshold", 0.0)?);
    rectified(site, x, most, slope, threshold)
}

/// `LeakyReLU`; Keras 2 calls the slope `alpha`, and the operation's is 0.2 where nothing is said.
pub(super) fn leaky_relu(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let default = if site.config.class == "LeakyRelu" { 0.2 } else { 0.3 };
    let slope = site.config.optional_float("negative_slope")?;
    let alpha = slope.map_or_else(|| site.config.float("alpha", default), Ok)?;
    site.add(ops::LeakyRelu { alpha }, &[x])
}

pub(super) fn alpha(_: &Config<'_>) -> Vec<&'static str> {
    vec!["alpha"]
}

/// `PReLU`: a slope for each element, or for all along some axes.
pub(super) fn prelu(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let rank = site.builder.rank(x);
    let slope = site.weight("alpha", rank.saturating_sub(1), |_, alpha: Tensor| {
        Ok(if rank == 4 { permuted(&alpha, &[2, 0, 1]) } else { alpha })
    })?;
    site.add(ops::PRelu, &[x, slope])
}

pub(super) fn elu(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let alpha = site.config.float("alpha", 1.0)?;
    site.add(ops::Elu { alpha }, &[x])
}

/// `x` above `theta`, 0 elsewhere.
pub(super) fn thresholded_relu(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let (theta, zero) = (site.config.float("theta", 1.0)?, site.scalar(0.0));
    let theta = site.scalar(theta);
    let above = site.add(ops::Greater, &[x, theta])?;
    site.add(ops::Where, &[above, x, zero])
}

pub(super) fn softmax(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let axes = site.ints(1, &["axis"])?.unwrap_or(vec![-1]);
    let [axis] = axes[..] else { return Err(site.config.unsupported(format!("a softmax over {axes:?}"))) };
    let axis = site.axis(x, axis)? as isize;
    site.add(ops::Softmax { axis }, &[x])
}
