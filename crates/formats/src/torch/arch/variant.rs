//! Variants of networks that have the same names and shapes and compute something else: what
//! timm's `create_model` takes beside a name. They are asked for behind the name of the
//! architecture: `resnet18:max-pool`.

use super::activation::Activation;

/// Pooling of the last feature map in front of the classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlobalPool {
    /// Means.
    Average,
    /// Maxima.
    Max,
    /// Half the sum of both.
    AverageMax,
    /// Means and behind them maxima: timm's `catavgmax`.
    CatAverageMax,
    /// Maxima and behind them means: fastai's `AdaptiveConcatPool2d`.
    CatMaxAverage,
}

impl GlobalPool {
    /// The pooling of this name in timm.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "avg" | "fast" | "fastavg" => GlobalPool::Average,
            "max" | "fastmax" => GlobalPool::Max,
            "avgmax" | "fastavgmax" => GlobalPool::AverageMax,
            "catavgmax" | "fastcatavgmax" => GlobalPool::CatAverageMax,
            _ => return None,
        })
    }
}

/// Activations of a classifier that can be named.
const MOST_OF_HEAD: usize = 6;

/// In what a network differs from its definition.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Variant {
    /// Pooling in front of the classifier.
    pub pool: Option<GlobalPool>,
    /// In the place of ReLU.
    pub activation: Option<Activation>,
    /// The most that the trunk shrinks the image by; dilation replaces the strides beyond.
    pub output_stride: Option<usize>,
    /// Whether the activation behind the last normalisation is left out; where `None`, as it is usual.
    pub ends_bare: Option<bool>,
    /// Whether it is an ELU.
    pub ends_in_elu: bool,
    /// Behind the linear layers of the classifier but the last, in order; the last of these behind
    /// all others.
    pub head: [Option<Activation>; MOST_OF_HEAD],
}

/// A variant by its suffix, and in what it differs.
pub(crate) struct Named {
    /// What stands behind the colon.
    pub suffix: &'static str,
    /// In what it differs, in words.
    pub differs: &'static str,
    variant: Variant,
}

const PLAIN: Variant = Variant {
    pool: None,
    activation: None,
    output_stride: None,
    ends_bare: None,
    ends_in_elu: false,
    head: [None; MOST_OF_HEAD],
};

/// Variants of the pooling in front of the classifier.
pub(crate) const POOLS: &[Named] = &[
    Named {
        suffix: "max-pool",
        differs: "maxima instead of means in front of the classifier",
        variant: Variant { pool: Some(GlobalPool::Max), ..PLAIN },
    },
    Named {
        suffix: "avgmax-pool",
        differs: "maxima and means in front of the classifier",
        variant: Variant { pool: Some(GlobalPool::AverageMax), ..PLAIN },
    },
];

/// Variants of the pooling that make two values of each channel, which widths tell of.
const DOUBLE_POOLS: &[Named] = &[
    Named {
        suffix: "catavgmax-pool",
        differs: "means and behind them maxima in front of the classifier, as timm has them",
        variant: Variant { pool: Some(GlobalPool::CatAverageMax), ..PLAIN },
    },
    Named {
        suffix: "catmaxavg-pool",
        differs: "maxima and behind them means in front of the classifier, as fastai has them",
        variant: Variant { pool: Some(GlobalPool::CatMaxAverage), ..PLAIN },
    },
];

const SILU: Named = Named {
    suffix: "silu",
    differs: "SiLU as the activation",
    variant: Variant { activation: Some(Activation::Silu), ..PLAIN },
};

const MISH: Named = Named {
    suffix: "mish",
    differs: "Mish as the activation",
    variant: Variant { activation: Some(Activation::Mish), ..PLAIN },
};

/// Variants of the activation, where it is a ReLU.
pub(crate) const ACTIVATIONS: &[Named] = &[SILU];

/// Those of fastai's networks, which are made with one or the other.
pub(crate) const CHOSEN_ACTIVATIONS: &[Named] = &[MISH, SILU];

/// Variants of DenseNet's end: its last ReLU is no module, and who takes the modules of `features`
/// leaves it behind, as fastai does.
pub(crate) const ENDS: &[Named] = &[Named {
    suffix: "no-last-relu",
    differs: "no ReLU behind the last normalisation, as where modules were taken out of the network",
    variant: Variant { ends_bare: Some(true), ..PLAIN },
}];

/// What may be asked for where the activation is assumed to be left out.
const WHOLE_ENDS: &[Named] = &[Named {
    suffix: "last-relu",
    differs: "a ReLU behind the last normalisation, in front of a head of fastai",
    variant: Variant { ends_bare: Some(false), ..PLAIN },
}];

/// Variants of DPN's end, whose activation has changed in timm.
pub(crate) const ELU_ENDS: &[Named] = &[Named {
    suffix: "elu-end",
    differs: "an ELU behind the last normalisation, as older versions of timm have it",
    variant: Variant { ends_in_elu: true, ..PLAIN },
}];

/// Variants of the last strides.
pub(crate) const STRIDES: &[Named] = &[
    Named {
        suffix: "stride-16",
        differs: "dilation instead of the last stride",
        variant: Variant { output_stride: Some(16), ..PLAIN },
    },
    Named {
        suffix: "stride-8",
        differs: "dilation instead of the last two strides",
        variant: Variant { output_stride: Some(8), ..PLAIN },
    },
];

impl Variant {
    /// The activation asked for behind a linear layer of the classifier, by its place among those
    /// that have one.
    pub fn head(&self, place: usize) -> Option<Activation> {
        let last = self.head.iter().rposition(Option::is_some)?;
        self.head[place.min(last)]
    }
}

impl Named {
    /// Whether it differs in the pooling in front of the classifier.
    pub fn is_pool(&self) -> bool {
        self.variant.pool.is_some()
    }
}

/// What stands in front of the activations of the classifier, joined by `+`: `head-tanh+none`.
const HEAD: &str = "head-";

/// The name of an architecture apart from the variants behind it; `None` if there is no variant of
/// one of the names.
pub(crate) fn parse(name: &str) -> Option<(&str, Variant)> {
    let mut parts = name.split(':');
    let base = parts.next().unwrap_or(name);
    let mut variant = Variant::default();
    for suffix in parts {
        if let Some(activations) = suffix.strip_prefix(HEAD) {
            for (i, name) in activations.split('+').enumerate() {
                *variant.head.get_mut(i)? = Some(Activation::named(name)?);
            }
            continue;
        }
        let mut all =
            [POOLS, DOUBLE_POOLS, CHOSEN_ACTIVATIONS, STRIDES, ENDS, WHOLE_ENDS, ELU_ENDS].into_iter().flatten();
        let named = all.find(|named| named.suffix == suffix)?;
        variant.pool = named.variant.pool.or(variant.pool);
        variant.activation = named.variant.activation.or(variant.activation);
        variant.output_stride = named.variant.output_stride.or(variant.output_stride);
        variant.ends_bare = named.variant.ends_bare.or(variant.ends_bare);
        variant.ends_in_elu |= named.variant.ends_in_elu;
    }
    Some((base, variant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_stand_behind_the_name() {
        assert_eq!(parse("resnet18"), Some(("resnet18", Variant::default())));
        let (base, variant) = parse("resnet18:max-pool:silu").unwrap();
        assert_eq!(
            (base, variant.pool, variant.activation),
            ("resnet18", Some(GlobalPool::Max), Some(Activation::Silu))
        );
        assert_eq!(parse("resnet18:median-pool"), None);
        let head = |name: &str| parse(name).map(|(_, variant)| [0, 1, 2].map(|place| variant.head(place)));
        assert_eq!(
            head("vgg11:head-leaky-relu=0.2+none"),
            Some([Activation::LeakyRelu { slope: 0.2 }, Activation::Identity, Activation::Identity].map(Some))
        );
        assert_eq!(head("vgg11:head-"), None);
    }
}
