//! Geometry as the attributes of pickled modules have it. They win over the definition's, so that a
//! dilated or otherwise changed network is read as it is.

use heatlens_graph::ops;

use super::builder::Builder;
use super::geometry::{Pooling, PoolingGeometry};
use super::misfit::Fit;
use crate::torch::ModuleTree;

/// Attributes above this are no geometry: they would overflow sums of extents.
const LARGEST: i64 = 1 << 16;

impl Builder<'_> {
    /// The convolution whose module is the scope.
    pub(super) fn pickled_conv(&self, module: &ModuleTree, group: usize) -> Fit<ops::Conv> {
        let wrong = |reason: &str| self.misplaced("", module, reason);
        if module.str("padding_mode").is_some_and(|mode| mode != "zeros") {
            return Err(wrong("only padding with zeros is supported"));
        }
        if module.int("groups").is_some_and(|groups| usize::try_from(groups) != Ok(group)) {
            return Err(wrong("its groups do not fit its weight"));
        }
        let padding = match (module.known_class(), module.str("padding")) {
            // Like TensorFlow's, PyTorch's odd cell goes to the end; it allows no stride here.
            ("Conv2d" | "StdConv2d" | "ScaledStdConv2d", Some("same")) => ops::Padding::SameUpper,
            ("Conv2d" | "StdConv2d" | "ScaledStdConv2d", Some("valid")) => ops::Padding::NONE,
            ("Conv2d" | "StdConv2d" | "ScaledStdConv2d", _) => {
                ops::Padding::symmetric(self.extents("", module, "padding", 0)?)
            }
            ("Conv2dSame" | "Conv2dDynamicSamePadding" | "StdConv2dSame" | "ScaledStdConv2dSame", _) => {
                ops::Padding::SameUpper
            }
            ("CondConv2d", _) if module.bool("dynamic_padding") == Some(true) => ops::Padding::SameUpper,
            ("CondConv2d", _) => ops::Padding::symmetric(self.extents("", module, "padding", 0)?),
            ("Conv2dStaticSamePadding", _) => self.static_padding(module)?,
            _ => return Err(wrong("a convolution is needed here")),
        };
        Ok(ops::Conv {
            strides: self.extents("", module, "stride", 1)?,
            dilations: self.extents("", module, "dilation", 1)?,
            padding,
            group,
        })
    }

    /// What the stand-alone EfficientNet packages computed when the network was made, and keep in a
    /// module of its own.
    fn static_padding(&self, module: &ModuleTree) -> Fit<ops::Padding> {
        let unreadable = || self.misplaced("", module, "its `static_padding` cannot be read");
        let padding = module.child("static_padding").ok_or_else(unreadable)?;
        if padding.known_class() == "Identity" {
            return Ok(ops::Padding::NONE);
        }
        match padding.ints::<4>("padding") {
            Some(sides) if sides.iter().all(|side| (0..=LARGEST).contains(side)) => {
                let [left, right, top, bottom] = sides.map(|side| side as usize);
                Ok(ops::Padding::Explicit([top, left, bottom, right]))
            }
            _ => Err(unreadable()),
        }
    }

    /// The pooling layer that is the module `name`, which must be of this class; `None` where it
    /// was replaced by `Identity`.
    pub(super) fn pooling(&self, name: &str, class: &str, default: Pooling) -> Fit<Option<PoolingGeometry>> {
        let Some(module) = self.pickled(name).filter(|_| !name.is_empty()) else { return Ok(Some(default.into())) };
        match module.known_class() {
            "Identity" => return Ok(None),
            found if found == class => {}
            _ => return Err(self.misplaced(name, module, format!("a `{class}` is needed here"))),
        }
        let is_plain = module.ints::<2>("dilation").is_none_or(|dilation| dilation == [1, 1])
            && module.int("divisor_override").is_none();
        if !is_plain {
            return Err(self.misplaced(name, module, "dilated pooling and divisors of one's own are not supported"));
        }
        Ok(Some(PoolingGeometry {
            kernel: self.extents(name, module, "kernel_size", 1)?,
            strides: self.extents(name, module, "stride", 1)?,
            padding: ops::Padding::symmetric(self.extents(name, module, "padding", 0)?),
            ceil: module.bool("ceil_mode").unwrap_or(default.ceil),
            count_include_pad: module.bool("count_include_pad").unwrap_or(true),
        }))
    }

    /// An attribute of the module `name` as `[height, width]`, each at least `smallest`.
    pub(super) fn extents(&self, name: &str, module: &ModuleTree, attribute: &str, smallest: i64) -> Fit<[usize; 2]> {
        match module.ints::<2>(attribute) {
            Some(extents) if extents.iter().all(|extent| (smallest..=LARGEST).contains(extent)) => {
                Ok(extents.map(|extent| extent as usize))
            }
            _ => Err(self.misplaced(name, module, format!("its `{attribute}` cannot be read"))),
        }
    }
}
