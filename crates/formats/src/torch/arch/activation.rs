//! Activation functions by PyTorch's names and attributes.

use crate::torch::ModuleTree;

/// An activation function without weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    /// `torch.nn.Identity`, `Dropout`: nothing.
    Identity,
    /// `torch.nn.ReLU`.
    Relu,
    /// `torch.nn.ReLU6`: clipped to 0…6.
    Relu6,
    /// `torch.nn.SiLU`, swish.
    Silu,
    /// `torch.nn.Hardswish`.
    HardSwish,
    /// `torch.nn.Hardsigmoid`.
    HardSigmoid,
    /// `torch.nn.Sigmoid`.
    Sigmoid,
    /// `torch.nn.Tanh`.
    Tanh,
    /// `torch.nn.GELU`, exact or by the tanh approximation.
    Gelu {
        /// Whether to use the approximation.
        tanh: bool,
    },
    /// `torch.nn.Mish`.
    Mish,
    /// `torch.nn.Softplus` with β = 1.
    Softplus,
    /// `torch.nn.LeakyReLU`.
    LeakyRelu {
        /// Slope below zero.
        slope: f32,
    },
    /// `torch.nn.ELU`.
    Elu {
        /// Limit below zero.
        alpha: f32,
    },
    /// `torch.nn.SELU`.
    Selu,
    /// `torch.nn.Softsign`.
    Softsign,
    /// `torch.nn.Hardtanh`: clipped.
    HardTanh {
        /// The least.
        low: f32,
        /// The most.
        high: f32,
    },
}

impl Activation {
    /// The exact Gaussian error linear unit.
    pub const GELU: Activation = Activation::Gelu { tanh: false };

    /// The activation that a pickled module is; `None` if it is something else.
    pub fn of(module: &ModuleTree) -> Option<Self> {
        let number = |attribute: &str, default: f32| module.float(attribute).map_or(default, |v| v as f32);
        Some(match module.known_class() {
            "Flatten" | "Sequential" | "ModuleList" | "ModuleDict" => return None,
            _ if module.computes_nothing() => Activation::Identity,
            "ReLU" => Activation::Relu,
            "ReLU6" => Activation::Relu6,
            "SiLU" | "Swish" | "MemoryEfficientSwish" | "SwishMe" => Activation::Silu,
            "Hardswish" | "HardSwish" | "HardSwishMe" => Activation::HardSwish,
            "Hardsigmoid" | "HardSigmoid" | "HardSigmoidMe" => Activation::HardSigmoid,
            "Sigmoid" => Activation::Sigmoid,
            "Tanh" => Activation::Tanh,
            "GELU" => Activation::Gelu { tanh: module.str("approximate") == Some("tanh") },
            "GELUTanh" => Activation::Gelu { tanh: true },
            "Mish" | "MishMe" => Activation::Mish,
            "Softplus" if number("beta", 1.0) == 1.0 => Activation::Softplus,
            "LeakyReLU" => Activation::LeakyRelu { slope: number("negative_slope", 0.01) },
            "ELU" => Activation::Elu { alpha: number("alpha", 1.0) },
            "SELU" => Activation::Selu,
            "Softsign" => Activation::Softsign,
            "Hardtanh" => Activation::HardTanh { low: number("min_val", -1.0), high: number("max_val", 1.0) },
            // At inference its slope is the mean of those that it draws from in training.
            "RReLU" => Activation::LeakyRelu { slope: (number("lower", 0.125) + number("upper", 1.0 / 3.0)) / 2.0 },
            _ => return None,
        })
    }

    /// The activation of this name, with the number that it takes behind `=`: `leaky-relu=0.2`.
    pub fn named(name: &str) -> Option<Self> {
        let (name, number) = match name.split_once('=') {
            Some((name, number)) => (name, Some(number.parse::<f32>().ok().filter(|n| n.is_finite())?)),
            None => (name, None),
        };
        let activation = match name {
            "leaky-relu" => return Some(Activation::LeakyRelu { slope: number.unwrap_or(0.01) }),
            "elu" => return Some(Activation::Elu { alpha: number.unwrap_or(1.0) }),
            _ => NAMED.iter().find(|(other, _)| *other == name)?.1,
        };
        number.is_none().then_some(activation)
    }
}

/// The names of [`Activation::named`] beside `leaky-relu` and `elu`.
const NAMED: &[(&str, Activation)] = &[
    ("none", Activation::Identity),
    ("relu", Activation::Relu),
    ("relu6", Activation::Relu6),
    ("selu", Activation::Selu),
    ("gelu", Activation::GELU),
    ("silu", Activation::Silu),
    ("hardswish", Activation::HardSwish),
    ("mish", Activation::Mish),
    ("tanh", Activation::Tanh),
    ("sigmoid", Activation::Sigmoid),
    ("softplus", Activation::Softplus),
];
