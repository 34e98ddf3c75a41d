//! The graph in the making.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use heatlens_graph::{DType, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId, ops};

use super::value::Int;
use crate::FormatError;
use crate::torch::arch;

/// Parts that lie within each other, of which more are not followed.
const DEEPEST_PART: usize = 64;

/// Loops could grow a program beyond all measure; a ViT-H has 2,000 operators, NASNet-Large 6,000.
const MOST_NODES: usize = 100_000;

/// Where in the file a call stands, for messages.
#[derive(Clone, Debug)]
pub(in crate::torch) enum Place {
    /// The name of a node of `torch.export`.
    Node(Rc<str>),
    /// A line of TorchScript's code.
    Line(Rc<str>, usize),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Node(name) => write!(f, "node `{name}`"),
            Place::Line(file, line) => write!(f, "{file}, line {line}"),
        }
    }
}

/// A graph in the making, with what PyTorch knows of tensors and graphs do not: which of them share
/// their elements, so that an operator that works in place changes all of them.
pub(in crate::torch) struct Builder {
    pub graph: Graph,
    /// What the user should know of how the file was read.
    pub notes: Vec<String>,
    /// The module whose `forward` is running.
    pub module: ModulePath,
    pub place: Place,
    /// The number of images that the program was made for, where it is read for one.
    pub batch: Option<usize>,
    /// Whether the image may have another shape.
    pub open: bool,
    /// Sizes that became part of an operator, and so hold for this shape of the image alone.
    pub settled: Vec<ValueId>,
    constants: HashMap<String, ValueId>,
    sizes: HashMap<(ValueId, usize), ValueId>,
    /// What each tensor is since an operator changed it in place.
    overwritten: HashMap<ValueId, ValueId>,
    /// The first tensor that had the elements of each.
    storages: HashMap<ValueId, ValueId>,
    /// All tensors that share the elements of a first one.
    sharing: HashMap<ValueId, Vec<ValueId>>,
    /// Tensors some of whose elements were changed through another one.
    stale: HashSet<ValueId>,
    /// Tensors that are a part of another one.
    parts: HashMap<ValueId, Part>,
}

/// A part of a tensor along an axis, from `start` to `end`.
#[derive(Clone, Copy, Debug)]
pub(in crate::torch) struct Part {
    pub of: ValueId,
    pub axis: usize,
    pub start: i64,
    pub end: i64,
    /// Whether the axis is left out: a part of one.
    pub selected: bool,
}

impl Builder {
    pub fn new(open: bool, batch: Option<usize>) -> Self {
        Builder {
            graph: Graph::new(),
            notes: Vec::new(),
            module: ModulePath::root(),
            place: Place::Node("".into()),
            batch,
            open,
            settled: Vec::new(),
            constants: HashMap::new(),
            sizes: HashMap::new(),
            overwritten: HashMap::new(),
            storages: HashMap::new(),
            sharing: HashMap::new(),
            stale: HashSet::new(),
            parts: HashMap::new(),
        }
    }

    /// Says something, once.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The error of what stands here and is not read, with the way out.
    pub fn unsupported(&self, what: impl std::fmt::Display) -> FormatError {
        FormatError::Unsupported(format!("{}: {what}. {}", self.place, arch::AS_ONNX))
    }

    /// The error of what stands here and contradicts itself.
    pub fn damaged(&self, what: impl std::fmt::Display) -> FormatError {
        FormatError::Damaged(format!("{}: {what}", self.place))
    }

    /// Refuses programs that grow beyond all measure.
    pub fn check_size(&self) -> Result<(), FormatError> {
        if self.graph.nodes().len() >= MOST_NODES || self.graph.values().len() >= 8 * MOST_NODES {
            return Err(FormatError::Unsupported(format!("the program has more than {MOST_NODES} operators")));
        }
        Ok(())
    }

    /// Appends a node of one output.
    pub fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, FormatError> {
        self.node(op.into(), inputs.iter().copied().map(Some).collect())
    }

    /// Appends a node some of whose inputs may be left out; its first output.
    pub fn node(&mut self, op: Op, inputs: Vec<Option<ValueId>>) -> Result<ValueId, FormatError> {
        Ok(self.nodes(op, inputs)?[0])
    }

    /// Appends a node of several outputs.
    pub fn nodes(&mut self, op: Op, inputs: Vec<Option<ValueId>>) -> Result<Vec<ValueId>, FormatError> {
        self.check_size()?;
        let module = self.module.clone();
        Ok(self.graph.add_node(NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module })?)
    }

    /// The constant of this name, made where it is not there yet.
    pub fn named(
        &mut self,
        name: &str,
        make: impl FnOnce() -> Result<Tensor, FormatError>,
    ) -> Result<ValueId, FormatError> {
        if let Some(&value) = self.constants.get(name) {
            return Ok(value);
        }
        let value = self.graph.constant(name, make()?);
        self.constants.insert(name.to_owned(), value);
        Ok(value)
    }

    /// Whether a value follows from the image.
    pub fn depends_on_image(&self, value: ValueId) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match self.graph.value(value).producer {
                Some(node) if seen.insert(node) => open.extend(self.graph.node(node).inputs.iter().flatten()),
                None if self.graph.value(value).constant.is_none() => return true,
                _ => {}
            }
        }
        false
    }

    /// A constant without a name of its own.
    pub fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant("constant", tensor)
    }

    /// A number of this element type.
    pub fn number(&mut self, value: f64, dtype: DType) -> ValueId {
        self.constant(match dtype {
            DType::F32 => Tensor::scalar(value as f32),
            DType::I64 => Tensor::i64([], vec![value as i64]),
            DType::Bool => Tensor::bool([], vec![value != 0.0]),
        })
    }

    /// Integers that an operator takes.
    pub fn ints(&mut self, values: &[i64]) -> ValueId {
        self.constant(Tensor::ints(values))
    }

    pub fn shape(&self, x: ValueId) -> &[usize] {
        self.graph.shape(x)
    }

    pub fn dtype(&self, x: ValueId) -> DType {
        self.graph.value(x).ty.dtype
    }

    /// The elements, where they do not depend on the image.
    pub fn known(&self, x: ValueId) -> Option<&Tensor> {
        self.graph.value(x).constant.as_ref()
    }

    // --- Integers that follow from the shape of the image.

    /// An extent of a tensor.
    pub fn extent(&mut self, x: ValueId, axis: usize) -> Result<Int, FormatError> {
        let now = self.shape(x)[axis] as i64;
        if !self.open || self.graph.value(x).producer.is_none() && self.known(x).is_some() {
            return Ok(Int::of(now));
        }
        if let Some(&source) = self.sizes.get(&(x, axis)) {
            return Ok(Int { now, source: Some(source) });
        }
        let source = self.add(ops::Shape { start: axis as isize, end: Some(axis as isize + 1) }, &[x])?;
        self.sizes.insert((x, axis), source);
        Ok(Int { now, source: Some(source) })
    }

    /// The integer as a part of an operator, which cannot follow the image.
    pub fn settle(&mut self, int: Int) -> i64 {
        self.settled.extend(int.source);
        int.now
    }

    /// Integers as a tensor of one dimension.
    pub fn list(&mut self, list: &[Int]) -> Result<ValueId, FormatError> {
        if list.iter().all(|int| int.source.is_none()) {
            return Ok(self.ints(&list.iter().map(|int| int.now).collect::<Vec<_>>()));
        }
        let parts: Vec<ValueId> = list.iter().map(|int| int.source.unwrap_or_else(|| self.ints(&[int.now]))).collect();
        if let [one] = parts[..] { Ok(one) } else { self.add(ops::Concat { axis: 0 }, &parts) }
    }

    /// An integer that one known by `now` is made of others by an operator.
    pub fn derived(&mut self, now: i64, op: impl Into<Op>, from: &[Int]) -> Result<Int, FormatError> {
        if from.iter().all(|int| int.source.is_none()) {
            return Ok(Int::of(now));
        }
        let inputs: Vec<ValueId> = from.iter().map(|int| int.source.unwrap_or_else(|| self.ints(&[int.now]))).collect();
        let source = self.add(op, &inputs)?;
        Ok(Int { now, source: Some(source) })
    }

    // --- Tensors that share their elements.

    /// What a tensor is by now.
    ///
    /// # Errors
    /// [`FormatError::Unsupported`] where it was changed through another tensor that shares its
    /// elements.
    pub fn current(&self, x: ValueId) -> Result<ValueId, FormatError> {
        let mut x = x;
        while let Some(&next) = self.overwritten.get(&x) {
            x = next;
        }
        if self.stale.contains(&x) {
            return Err(self.unsupported(
                "a tensor is read that was changed in place through another one with the same elements (a view), \
                 which is not followed",
            ));
        }
        Ok(x)
    }

    /// Remembers that `view` shares its elements with `x`.
    pub fn share(&mut self, view: ValueId, x: ValueId) {
        if view == x || self.storages.contains_key(&view) {
            return;
        }
        let first = *self.storages.entry(x).or_insert(x);
        self.storages.insert(view, first);
        let sharing = self.sharing.entry(first).or_insert_with(|| vec![first]);
        sharing.push(view);
    }

    /// Remembers that `view` is a part of another tensor, which may be a part itself. One that is taken out
    /// of itself, or of parts too deep within each other, is not followed: it only shares its elements.
    pub fn part(&mut self, view: ValueId, part: Part) {
        let mut of = part.of;
        for _ in 0..DEEPEST_PART {
            if of == view {
                return;
            }
            match self.parts.get(&of) {
                Some(around) => of = around.of,
                None => {
                    self.parts.insert(view, part);
                    return;
                }
            }
        }
    }

    /// The tensor that `part` is of, with `new` in its place.
    pub fn with_part(&mut self, part: Part, new: ValueId) -> Result<ValueId, FormatError> {
        let axis = self.ints(&[part.axis as i64]);
        let extent = self.shape(part.of)[part.axis] as i64;
        let new = if part.selected { self.add(ops::Unsqueeze, &[new, axis])? } else { new };
        let mut pieces = Vec::new();
        for (start, end) in [(0, part.start), (part.start, part.end), (part.end, extent)] {
            if (start, end) == (part.start, part.end) {
                pieces.push(new);
            } else if start < end {
                let (start, end) = (self.ints(&[start]), self.ints(&[end]));
                pieces.push(self.add(ops::Slice, &[part.of, start, end, axis])?);
            }
        }
        if let [one] = pieces[..] { Ok(one) } else { self.add(ops::Concat { axis: part.axis as isize }, &pieces) }
    }

    /// Puts `new` in the place of `x` wherever it is read from now on; what `x` is a part of changes
    /// with it.
    pub fn overwrite(&mut self, x: ValueId, new: ValueId) -> Result<(), FormatError> {
        if x == new {
            return Ok(());
        }
        if self.graph.value(x).ty != self.graph.value(new).ty {
            return Err(self.damaged("an operator in place changes the shape or the type of its tensor"));
        }
        if let Some(part) = self.parts.get(&x).copied()
            && self.current(part.of).is_ok_and(|current| current == part.of)
        {
            let whole = self.with_part(part, new)?;
            self.overwrite(part.of, whole)?;
            self.stale.remove(&x);
            self.part(new, Part { of: whole, ..part });
            let first = *self.storages.entry(whole).or_insert(whole);
            self.storages.insert(new, first);
            self.sharing.entry(first).or_insert_with(|| vec![whole]).push(new);
            self.overwritten.insert(x, new);
            return Ok(());
        }
        if let Some(&first) = self.storages.get(&x) {
            let others = self.sharing.insert(first, vec![new]).unwrap_or_default();
            self.stale.extend(others.into_iter().filter(|&other| other != x));
            self.storages.insert(new, first);
        }
        self.overwritten.insert(x, new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_the_whole_is_no_part_of_itself() {
        let mut builder = Builder::new(false, None);
        let [x, view, first, second] = [0.0, 1.0, 2.0, 3.0].map(|v| builder.constant(Tensor::f32([2, 2], vec![v; 4])));
        let all = Part { of: x, axis: 0, start: 0, end: 2, selected: false };
        builder.part(view, all);
        // Written once, it is the tensor; written again, it must not be looked for within itself.
        builder.overwrite(view, first).unwrap();
        builder.overwrite(first, second).unwrap();
        assert_eq!(builder.current(x).unwrap(), second);
        // Nor are two tensors parts of each other.
        let [a, b, c] = [4.0, 5.0, 6.0].map(|v| builder.constant(Tensor::f32([2, 2], vec![v; 4])));
        builder.part(a, Part { of: b, ..all });
        builder.part(b, Part { of: a, ..all });
        builder.overwrite(a, c).unwrap();
    }

    #[test]
    fn parts_within_parts_are_followed_so_far() {
        let mut builder = Builder::new(false, None);
        let values: Vec<ValueId> = (0..50_000).map(|v| builder.constant(Tensor::f32([1], vec![v as f32]))).collect();
        for pair in values.windows(2) {
            builder.part(pair[1], Part { of: pair[0], axis: 0, start: 0, end: 1, selected: false });
        }
        let new = builder.constant(Tensor::f32([1], vec![-1.0]));
        builder.overwrite(values[40_000], new).unwrap();
    }
}
