//! What stands in front of strides, so that they do not alias (arXiv 1904.11486).

use heatlens_graph::{Tensor, ValueId, ops};

use super::builder::Builder;
use super::misfit::Fit;

/// A smoothing in front of each stride.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Smoothing {
    None,
    /// Means of 2×2 cells.
    Means,
    /// A binomial filter of 3×3 cells, the edge mirrored or padded with zeros.
    Blur(ops::PadMode),
}

impl Smoothing {
    /// As the pickled network has it in the module `place`, else as the name says: timm writes `aa`
    /// and `blur` behind the family.
    pub fn of(b: &Builder<'_>, member: &str, place: &str) -> Fit<Self> {
        let Some(module) = b.pickled(place) else {
            let block = place.rsplit_once('.').map_or("", |(block, _)| block);
            return Ok(match member {
                _ if b.has_pickled(block) => Smoothing::None,
                _ if ["netaa", "nextaa"].iter().any(|word| member.contains(word)) => Smoothing::Means,
                _ if member.contains("blur") => Smoothing::Blur(ops::PadMode::Reflect),
                _ => Smoothing::None,
            });
        };
        match module.known_class() {
            "Identity" => Ok(Smoothing::None),
            "AvgPool2d" => Ok(Smoothing::Means),
            "BlurPool2d" if module.int("filt_size").unwrap_or(3) == 3 => match module.str("pad_mode") {
                None | Some("reflect") => Ok(Smoothing::Blur(ops::PadMode::Reflect)),
                Some("constant") => Ok(Smoothing::Blur(ops::PadMode::Constant)),
                Some(_) => Err(b.misplaced(place, module, "it pads by a mode that is not known")),
            },
            _ => Err(b.misplaced(place, module, "means of 2×2 cells or a blur of 3×3 are supported here")),
        }
    }

    /// Halves the extents of `x`.
    pub fn halve(self, b: &mut Builder<'_>, x: ValueId, name: &str) -> Fit<ValueId> {
        b.pickled(name);
        if let Smoothing::Blur(mode) = self {
            return blur(b, x, name, mode);
        }
        let (kernel, padding) = ([2; 2], ops::Padding::NONE);
        let op = ops::AveragePool { kernel, strides: kernel, padding, ceil_mode: false, count_include_pad: true };
        b.add(op, &[x], name)
    }
}

/// A binomial filter of 3×3 cells with a stride of 2, the image padded by this mode: timm's
/// `BlurPool2d`.
pub(super) fn blur(b: &mut Builder<'_>, x: ValueId, name: &str, mode: ops::PadMode) -> Fit<ValueId> {
    let pads = b.constant(Tensor::ints(&[0, 0, 1, 1, 0, 0, 1, 1]));
    let padded = b.add(ops::Pad { mode }, &[x, pads], name)?;
    let channels = b.channels(x);
    let binomial = [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0].map(|w: f32| w / 16.0);
    let filter = b.constant(Tensor::f32([channels, 1, 3, 3], binomial.repeat(channels)));
    let op = ops::Conv { strides: [2; 2], dilations: [1; 2], padding: ops::Padding::NONE, group: channels };
    b.add(op, &[padded, filter], name)
}
