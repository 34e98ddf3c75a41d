use super::axes::{ints, pick, positions, resolve_axes, strides};
use super::{GatherGrad, Operands, Operator};
use crate::backward::Backward;
use crate::{Data, GraphError, Reason, Tensor, Type, ValueId};

/// Inputs data, pads (all begins, then all ends; negative ones crop), optional constant, optional
/// axes. ONNX Pad-19.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pad {
    /// What the new cells hold.
    pub mode: PadMode,
}

/// What [`Pad`] fills new cells with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadMode {
    /// One value, 0 unless input 2 says otherwise.
    Constant,
    /// The nearest cell.
    Edge,
    /// The mirror image, the edge cell not repeated.
    Reflect,
}

/// No activation is padded by more; below it no sum overflows.
const LARGEST: i64 = 1 << 31;

impl Pad {
    /// Cells added before and after along each axis of a tensor of `shape`; negative ones are
    /// cropped.
    ///
    /// # Errors
    /// If the pads are not two for each axis, an axis does not exist, more is cropped than there
    /// is, or the mode cannot fill that many cells.
    pub fn pads(&self, shape: &[usize], pads: &[i64], axes: Option<&[i64]>) -> Result<Vec<[i64; 2]>, Reason> {
        let axes = axes.map_or_else(|| Ok((0..shape.len()).collect()), |axes| resolve_axes(axes, shape.len()))?;
        if pads.len() != 2 * axes.len() {
            return Err(Reason(format!("pads {pads:?} are not two for each of axes {axes:?}")));
        }
        let mut resolved = vec![[0; 2]; shape.len()];
        for (i, &axis) in axes.iter().enumerate() {
            resolved[axis] = self.check(shape[axis], [pads[i], pads[i + axes.len()]])?;
        }
        Ok(resolved)
    }

    fn check(&self, extent: usize, pads: [i64; 2]) -> Result<[i64; 2], Reason> {
        let fail = |why: &str| Err(Reason(format!("an axis of {extent} cannot be padded by {pads:?}: {why}")));
        let Ok(n) = i64::try_from(extent) else { return fail("it is too long") };
        let [before, after] = pads;
        let most = match self.mode {
            PadMode::Constant => LARGEST,
            PadMode::Edge if n == 0 && pads != [0, 0] => return fail("it has no edge"),
            PadMode::Edge => LARGEST,
            PadMode::Reflect => (n - 1).max(0),
        };
        if before > most || after > most || before < -LARGEST || after < -LARGEST || n > LARGEST {
            return fail("that is more than there can be");
        }
        if self.mode != PadMode::Constant && before.min(after) < 0 {
            return fail("only constant padding can crop");
        }
        if n + before + after < 0 { fail("more is cropped than there is") } else { Ok(pads) }
    }

    fn of(&self, inputs: &Operands<'_>) -> Result<Vec<[i64; 2]>, Reason> {
        self.pads(inputs.required(0)?.shape(), inputs.ints(1)?.ok_or("the pads are missing")?, inputs.ints(3)?)
    }

    /// For each cell of the padded axis the cell of the original one, of `extent`, that it repeats;
    /// `None` for the constant.
    pub fn sources(&self, extent: usize, [before, after]: [i64; 2]) -> impl Iterator<Item = Option<usize>> + use<> {
        let (mode, n) = (self.mode, extent as i64);
        (-before..n + after).map(move |i| {
            let inside = match mode {
                PadMode::Constant => i,
                PadMode::Edge => i.clamp(0, n - 1),
                PadMode::Reflect if i < 0 => -i,
                PadMode::Reflect if i >= n => 2 * (n - 1) - i,
                PadMode::Reflect => i,
            };
            (0..n).contains(&inside).then_some(inside as usize)
        })
    }
}

impl Operator for Pad {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let x = inputs.required(0)?;
        if let Some(constant) = inputs.optional(2)
            && (constant.ty.dtype != x.ty.dtype || constant.ty.len() != 1)
        {
            return Err("the constant must be one element of the data's type".into());
        }
        let extent = |(&n, [before, after]): (&usize, [i64; 2])| (n as i64 + before + after) as usize;
        let shape: Vec<usize> = x.shape().iter().zip(self.of(inputs)?).map(extent).collect();
        Ok(vec![Type::new(x.ty.dtype, shape)])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        if backward.wanted(2) {
            return Err(backward.refuse("the value that it pads with depends on the layer"));
        }
        let shape = backward.shape(backward.input(0));
        let pads = self.of(&backward.operands()).map_err(|reason| backward.refuse(reason))?;
        let mut dx = backward.dy();
        if self.mode == PadMode::Constant {
            // What was added is cropped, and what was cropped gets zeros.
            let negated: Vec<i64> = pads.iter().map(|p| -p[0]).chain(pads.iter().map(|p| -p[1])).collect();
            let negated = backward.ints(&negated);
            dx = backward.add(*self, &[dx, negated])?;
        } else {
            for (axis, &pads) in pads.iter().enumerate().filter(|(_, pads)| **pads != [0, 0]) {
                let sources: Vec<usize> = self.sources(shape[axis], pads).flatten().collect();
                let sources = backward.ints(&ints(&sources));
                dx = backward.add(GatherGrad { axis, extent: shape[axis] }, &[dx, sources])?;
            }
        }
        let mut cotangents = vec![None; backward.inputs()];
        cotangents[0] = Some(dx);
        Ok(cotangents)
    }

    /// The data with the constant behind it: each new cell is one of these elements.
    fn fold(&self, inputs: &Operands<'_>, outputs: &[Type]) -> Option<Vec<Tensor>> {
        let x = inputs.optional(0)?.constant?;
        let filling = match inputs.optional(2) {
            Some(constant) => Some(constant.constant?),
            None => None,
        };
        let data = match x.data() {
            Data::F32(d) => {
                Data::F32([&d[..], &[filling.map_or(Some(0.0), |t| t.as_f32().map(|d| d[0]))?]].concat().into())
            }
            Data::I64(d) => {
                Data::I64([&d[..], &[filling.map_or(Some(0), |t| t.as_i64().map(|d| d[0]))?]].concat().into())
            }
            Data::Bool(d) => {
                Data::Bool([&d[..], &[filling.map_or(Some(false), |t| t.as_bool().map(|d| d[0]))?]].concat().into())
            }
        };
        // One cell outside is enough to be the constant: such offsets stay at or above the number
        // of elements.
        let outside = x.len();
        let extended = Tensor::new([x.len() + 1], data);
        let table: Vec<Vec<usize>> = (x.shape().iter().zip(strides(x.shape())).zip(self.of(inputs).ok()?))
            .map(|((&n, stride), pads)| self.sources(n, pads).map(|s| s.map_or(outside, |s| s * stride)).collect())
            .collect();
        let shape = &outputs[0].shape;
        Some(vec![pick(&extended, positions(shape, &table).map(|p| p.min(outside)), shape)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_cells_are_mirrored_without_the_edge() {
        let sources = |mode, pads| Pad { mode }.sources(3, pads).collect::<Vec<_>>();
        assert_eq!(sources(PadMode::Reflect, [2, 1]), [2, 1, 0, 1, 2, 1].map(Some));
        assert_eq!(sources(PadMode::Edge, [2, 1]), [0, 0, 0, 1, 2, 2].map(Some));
        assert_eq!(sources(PadMode::Constant, [1, -1]), [None, Some(0), Some(1)]);
    }

    #[test]
    fn absurd_pads_are_refused() {
        let pads = |mode, extent, pads: [i64; 2]| Pad { mode }.pads(&[extent], &pads, None);
        assert!(pads(PadMode::Constant, 3, [i64::MAX, i64::MAX]).is_err());
        assert!(pads(PadMode::Constant, 3, [i64::MIN, 0]).is_err());
        assert!(pads(PadMode::Constant, 3, [-2, -2]).is_err());
        assert!(pads(PadMode::Reflect, 3, [3, 0]).is_err());
        assert!(pads(PadMode::Edge, 0, [1, 0]).is_err());
        assert!(Pad { mode: PadMode::Constant }.pads(&[3], &[1], None).is_err());
    }
}
