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

/// In what a network differs from its definition.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Variant {
    /// Pooling in front of the classifier.
    pub pool: Option<GlobalPool>,
    /// In the place of ReLU.
    pub activation: Option<Activation>,
    /// The most that the trunk shrinks the image by; dilation replaces the strides beyond.
    pub output_stride: Option<usize>,
}

/// A variant by its suffix, and in what it differs.
pub(crate) struct Named {
    /// What stands behind the colon.
    pub suffix: &'static str,
    /// In what it differs, in words.
    pub differs: &'static str,
    variant: Variant,
}

const PLAIN: Variant = Variant { pool: None, activation: None, output_stride: None };

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

/// Variants of the activation, where it is a ReLU.
pub(crate) const ACTIVATIONS: &[Named] = &[Named {
    suffix: "silu",
    differs: "SiLU as the activation",
    variant: Variant { activation: Some(Activation::Silu), ..PLAIN },
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

impl Named {
    /// Whether it differs in the pooling in front of the classifier.
    pub fn is_pool(&self) -> bool {
        self.variant.pool.is_some()
    }
}

/// The name of an architecture apart from the variants behind it; `None` if there is no variant of
/// one of the names.
pub(crate) fn parse(name: &str) -> Option<(&str, Variant)> {
    let mut parts = name.split(':');
    let base = parts.next().unwrap_or(name);
    let mut variant = Variant::default();
    for suffix in parts {
        let named = [POOLS, ACTIVATIONS, STRIDES].into_iter().flatten().find(|named| named.suffix == suffix)?;
        variant.pool = named.variant.pool.or(variant.pool);
        variant.activation = named.variant.activation.or(variant.activation);
        variant.output_stride = named.variant.output_stride.or(variant.output_stride);
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
    }
}
