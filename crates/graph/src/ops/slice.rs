use super::axes::{ints, pick, positions, resolve_axes, strides};
use super::{GatherGrad, Operands, Operator, Pad, PadMode};
use crate::backward::Backward;
use crate::{GraphError, Reason, Tensor, Type, ValueId};

/// Inputs data, starts, ends, optional axes, optional steps. ONNX Slice-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice;

/// The coordinates that a [`Slice`] takes along one axis: `start`, `start + step`, …, `len` of
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisRange {
    /// The first coordinate.
    pub start: usize,
    /// The distance between coordinates, not 0.
    pub step: isize,
    /// How many coordinates.
    pub len: usize,
}

impl AxisRange {
    /// The coordinates in order.
    pub fn coordinates(self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.len).map(move |i| self.start.wrapping_add_signed(self.step.wrapping_mul(i as isize)))
    }
}

impl Slice {
    /// What is taken along each axis of a tensor of `shape`.
    ///
    /// # Errors
    /// If the lists differ in length, an axis does not exist or is named twice, or a step is 0.
    /// Starts and ends beyond the edges are moved there.
    pub fn ranges(
        shape: &[usize],
        starts: &[i64],
        ends: &[i64],
        axes: Option<&[i64]>,
        steps: Option<&[i64]>,
    ) -> Result<Vec<AxisRange>, Reason> {
        let axes = match axes {
            Some(axes) => resolve_axes(axes, shape.len())?,
            None => (0..starts.len().min(shape.len())).collect(),
        };
        let lengths = [starts.len(), ends.len(), steps.map_or(axes.len(), <[i64]>::len)];
        if lengths.iter().any(|&n| n != axes.len()) {
            return Err(Reason(format!(
                "starts {starts:?}, ends {ends:?} and steps {steps:?} are not one for each of \
                axes {axes:?}"
            )));
        }
        let mut ranges: Vec<_> = shape.iter().map(|&len| AxisRange { start: 0, step: 1, len }).collect();
        for (i, &axis) in axes.iter().enumerate() {
            ranges[axis] = range(shape[axis], starts[i], ends[i], steps.map_or(1, |s| s[i]))?;
        }
        Ok(ranges)
    }

    fn of(inputs: &Operands<'_>) -> Result<Vec<AxisRange>, Reason> {
        let starts = inputs.ints(1)?.ok_or("the starts are missing")?;
        let ends = inputs.ints(2)?.ok_or("the ends are missing")?;
        Slice::ranges(inputs.required(0)?.shape(), starts, ends, inputs.ints(3)?, inputs.ints(4)?)
    }
}

/// What `[start:end:step]` takes of an axis of `extent`, as in Python.
fn range(extent: usize, start: i64, end: i64, step: i64) -> Result<AxisRange, Reason> {
    if step == 0 {
        return Err("a step of 0 goes nowhere".into());
    }
    // In 128 bits nothing overflows, whatever the file says.
    let (n, step) = (extent as i128, i128::from(step));
    let (lowest, highest) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let clamp = |at: i64| (if at < 0 { i128::from(at) + n } else { i128::from(at) }).clamp(lowest, highest);
    let (start, end) = (clamp(start), clamp(end));
    let way = if step > 0 { end - start } else { start - end };
    let len = if way <= 0 { 0 } else { (way + step.abs() - 1) / step.abs() };
    // A step beyond the axis takes one cell only: any step does.
    let step = step.clamp(-n.max(1), n.max(1));
    Ok(AxisRange { start: if len == 0 { 0 } else { start as usize }, step: step as isize, len: len as usize })
}

/// The part of `x` that these ranges take.
pub(super) fn cut(x: &Tensor, ranges: &[AxisRange]) -> Tensor {
    let shape: Vec<usize> = ranges.iter().map(|r| r.len).collect();
    let table: Vec<Vec<usize>> = ranges
        .iter()
        .zip(strides(x.shape()))
        .map(|(r, stride)| r.coordinates().map(|c| c * stride).collect())
        .collect();
    pick(x, positions(&shape, &table), &shape)
}

impl Operator for Slice {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        let shape: Vec<usize> = Slice::of(inputs)?.iter().map(|r| r.len).collect();
        Ok(vec![Type::new(inputs.required(0)?.ty.dtype, shape)])
    }

    /// Step 1 is padded back; the cells of other steps are put back where they came from.
    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let shape = backward.shape(backward.input(0));
        let ranges = Slice::of(&backward.operands()).map_err(|reason| backward.refuse(reason))?;
        let mut dx = backward.dy();
        let (mut before, mut after) = (vec![0; shape.len()], vec![0; shape.len()]);
        for (axis, range) in ranges.iter().enumerate() {
            if range.step == 1 || range.len <= 1 {
                before[axis] = range.start;
                after[axis] = shape[axis] - range.start - range.len;
            } else {
                let coordinates: Vec<usize> = range.coordinates().collect();
                let indices = backward.ints(&ints(&coordinates));
                dx = backward.add(GatherGrad { axis, extent: shape[axis] }, &[dx, indices])?;
            }
        }
        if before.iter().chain(&after).any(|&pad| pad > 0) {
            before.extend(after);
            let pads = backward.ints(&ints(&before));
            dx = backward.add(Pad { mode: PadMode::Constant }, &[dx, pads])?;
        }
        let mut cotangents = vec![None; backward.inputs()];
        cotangents[0] = Some(dx);
        Ok(cotangents)
    }

    fn fold(&self, inputs: &Operands<'_>, _outputs: &[Type]) -> Option<Vec<Tensor>> {
        Some(vec![cut(inputs.optional(0)?.constant?, &Slice::of(inputs).ok()?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(extent: usize, start: i64, end: i64, step: i64) -> Vec<usize> {
        range(extent, start, end, step).unwrap().coordinates().collect()
    }

    #[test]
    fn ranges_are_those_of_python() {
        assert_eq!(taken(5, 1, 3, 1), [1, 2]);
        assert_eq!(taken(5, -2, i64::MAX, 1), [3, 4]);
        assert_eq!(taken(5, 0, 5, 2), [0, 2, 4]);
        assert_eq!(taken(5, -1, i64::MIN, -1), [4, 3, 2, 1, 0]);
        assert_eq!(taken(5, 4, 0, -3), [4, 1]);
        assert_eq!(taken(5, 3, 1, 1), []);
        assert_eq!(taken(5, 9, -9, i64::MIN), [4]);
        assert_eq!(taken(0, 0, i64::MAX, i64::MAX), []);
        assert_eq!(taken(0, -1, i64::MIN, -1), []);
        assert!(range(5, 0, 5, 0).is_err());
    }

    #[test]
    fn a_cut_keeps_row_major_order() {
        let x = Tensor::ints(&[0, 1, 2, 3, 4, 5]).reshaped([2, 3]);
        let ranges = Slice::ranges(&[2, 3], &[-1], &[i64::MIN], Some(&[1]), Some(&[-2])).unwrap();
        assert_eq!(cut(&x, &ranges), Tensor::i64([2, 2], vec![2, 0, 5, 3]));
    }
}
