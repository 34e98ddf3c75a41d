//! Gradient rules written as formulas: arithmetic on terms appends nodes to the graph.

use std::cell::{Cell, RefCell};
use std::ops;

use super::{
    Add, Cast, Div, Equal, Expand, Greater, GreaterOrEqual, Less, Mul, Neg, Op, ReduceMean, ReduceProd, ReduceSum,
    Reshape, Sub, Transpose, Where,
};
use crate::backward::Backward;
use crate::{DType, Graph, GraphError, ModulePath, Tensor, ValueId};

/// Where the terms of one formula are written: the graph, and the first error, which
/// [`Backward::write`] returns.
pub(crate) struct Sheet<'s> {
    graph: RefCell<&'s mut Graph>,
    failure: Cell<Option<GraphError>>,
}

/// A value of the graph inside a formula.
#[derive(Clone, Copy)]
pub(crate) struct Term<'s> {
    sheet: &'s Sheet<'s>,
    value: ValueId,
}

/// What stands in a formula: a term or a number.
pub(crate) trait Symbol<'s> {
    /// The term itself, or the number as a constant.
    fn on(self, sheet: &'s Sheet<'s>) -> Term<'s>;
}

impl Backward<'_> {
    /// Appends the nodes of a formula and returns its value.
    pub(crate) fn write(
        &mut self,
        formula: impl for<'s> FnOnce(&'s Sheet<'s>) -> Term<'s>,
    ) -> Result<ValueId, GraphError> {
        let sheet = Sheet { graph: RefCell::new(self.graph_mut()), failure: Cell::new(None) };
        let value = formula(&sheet).value;
        match sheet.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(value),
        }
    }
}

impl<'s> Sheet<'s> {
    /// A value of the graph as a term.
    pub(crate) fn term(&'s self, value: ValueId) -> Term<'s> {
        Term { sheet: self, value }
    }

    /// A constant.
    pub(crate) fn constant(&'s self, tensor: Tensor) -> Term<'s> {
        self.term(self.graph.borrow_mut().constant("gradient:constant", tensor))
    }

    /// A 1-dimensional constant of extents or axes.
    fn extents(&'s self, extents: &[usize]) -> Term<'s> {
        self.constant(Tensor::ints(&extents.iter().map(|&n| n as i64).collect::<Vec<_>>()))
    }
}

impl<'s> Symbol<'s> for Term<'s> {
    fn on(self, _sheet: &'s Sheet<'s>) -> Term<'s> {
        self
    }
}

impl<'s> Symbol<'s> for f32 {
    fn on(self, sheet: &'s Sheet<'s>) -> Term<'s> {
        sheet.constant(Tensor::scalar(self))
    }
}

impl<'s> Term<'s> {
    /// `op(self)`.
    pub(crate) fn apply(self, op: impl Into<Op>) -> Term<'s> {
        self.append(op.into(), &[self])
    }

    /// `op(self, other)`.
    pub(crate) fn with(self, op: impl Into<Op>, other: impl Symbol<'s>) -> Term<'s> {
        let other = other.on(self.sheet);
        self.append(op.into(), &[self, other])
    }

    fn append(self, op: Op, operands: &[Term<'s>]) -> Term<'s> {
        let operands: Vec<ValueId> = operands.iter().map(|t| t.value).collect();
        let result = self.sheet.graph.borrow_mut().add(op, &operands, &ModulePath::root());
        let value = result.unwrap_or_else(|error| {
            // The first failure is the cause; later ones follow from the stand-in value returned
            // here.
            let first = self.sheet.failure.take().unwrap_or(error);
            self.sheet.failure.set(Some(first));
            self.value
        });
        Term { value, ..self }
    }

    /// The term's extents.
    pub(crate) fn shape(self) -> Vec<usize> {
        self.sheet.graph.borrow().shape(self.value).to_vec()
    }

    /// The term's elements, where they are known.
    pub(crate) fn known(self) -> Option<Tensor> {
        self.sheet.graph.borrow().value(self.value).constant.clone()
    }

    /// Where `self > other`.
    pub(crate) fn above(self, other: impl Symbol<'s>) -> Term<'s> {
        self.with(Greater, other)
    }

    /// Where `self ≥ other`.
    pub(crate) fn at_least(self, other: impl Symbol<'s>) -> Term<'s> {
        self.with(GreaterOrEqual, other)
    }

    /// Where `self = other`.
    pub(crate) fn equals(self, other: impl Symbol<'s>) -> Term<'s> {
        self.with(Equal, other)
    }

    /// `yes` where this condition holds, `no` elsewhere.
    pub(crate) fn pick(self, yes: impl Symbol<'s>, no: impl Symbol<'s>) -> Term<'s> {
        let (yes, no) = (yes.on(self.sheet), no.on(self.sheet));
        self.append(Where.into(), &[self, yes, no])
    }

    /// Truth values as 0 and 1.
    pub(crate) fn to_f32(self) -> Term<'s> {
        self.apply(Cast { to: DType::F32 })
    }

    /// Where `self < other`.
    pub(crate) fn below(self, other: impl Symbol<'s>) -> Term<'s> {
        self.with(Less, other)
    }

    /// Product over these dimensions, which stay as 1.
    pub(crate) fn product(self, axes: &[usize]) -> Term<'s> {
        self.reduce(ReduceProd { keep_dims: true }, axes)
    }

    /// To the operators, no axes would mean all of them.
    fn reduce(self, op: impl Into<Op>, axes: &[usize]) -> Term<'s> {
        if axes.is_empty() { self } else { self.with(op, self.sheet.extents(axes)) }
    }

    /// Sum over these dimensions, which stay as 1.
    pub(crate) fn sum(self, axes: &[usize]) -> Term<'s> {
        self.reduce(ReduceSum { keep_dims: true }, axes)
    }

    /// Mean over these dimensions, which stay as 1.
    pub(crate) fn mean(self, axes: &[usize]) -> Term<'s> {
        self.reduce(ReduceMean { keep_dims: true }, axes)
    }

    /// The same elements under another shape.
    pub(crate) fn reshape(self, shape: &[usize]) -> Term<'s> {
        if self.shape() == shape {
            return self;
        }
        let shape = self.sheet.extents(shape);
        self.with(Reshape { allow_zero: true }, shape)
    }

    /// The elements repeated up to this shape.
    pub(crate) fn expand(self, shape: &[usize]) -> Term<'s> {
        if self.shape() == shape {
            return self;
        }
        let shape = self.sheet.extents(shape);
        self.with(Expand, shape)
    }

    /// The last two dimensions exchanged.
    pub(crate) fn transpose(self) -> Term<'s> {
        let mut perm: Vec<usize> = (0..self.shape().len()).collect();
        let last = perm.len().saturating_sub(2);
        perm[last..].reverse();
        self.apply(Transpose { perm })
    }
}

macro_rules! arithmetic {
    ($($op:ident :: $method:ident),*) => {$(
        impl<'s, S: Symbol<'s>> ops::$op<S> for Term<'s> {
            type Output = Term<'s>;
            fn $method(self, other: S) -> Term<'s> {
                self.with($op, other)
            }
        }

        impl<'s> ops::$op<Term<'s>> for f32 {
            type Output = Term<'s>;
            fn $method(self, other: Term<'s>) -> Term<'s> {
                self.on(other.sheet).with($op, other)
            }
        }
    )*};
}
arithmetic!(Add::add, Sub::sub, Mul::mul, Div::div);

impl<'s> ops::Neg for Term<'s> {
    type Output = Term<'s>;
    fn neg(self) -> Term<'s> {
        self.apply(Neg)
    }
}
