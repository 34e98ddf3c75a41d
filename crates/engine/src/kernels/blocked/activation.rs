//! Activations that a kernel applies to what it is about to store.

use heatlens_graph::{Graph, Node, Op};

use crate::simd::{LANES, Simd};

/// What becomes of each element before it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    /// Nothing.
    Identity,
    /// Clipping: ReLU, ReLU6.
    Clamp { min: f32, max: f32 },
    /// `min(max(αx + β, 0), 1)`.
    HardSigmoid { alpha: f32, beta: f32 },
    /// `x · min(max(x + 3, 0), 6) / 6`.
    HardSwish,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// `x / (1 + e⁻ˣ)`.
    Silu,
}

impl Activation {
    /// The activation that a node computes of its input 0, if it is one of these.
    pub(crate) fn of(graph: &Graph, node: &Node) -> Option<Self> {
        let bound = |i: usize, default: f32| match node.inputs.get(i).copied().flatten() {
            None => Some(default),
            Some(v) => graph.value(v).constant.as_ref()?.as_f32()?.first().copied(),
        };
        Some(match &node.op {
            Op::Relu(_) => Activation::Clamp { min: 0.0, max: f32::INFINITY },
            Op::Clip(_) => Activation::Clamp { min: bound(1, f32::NEG_INFINITY)?, max: bound(2, f32::INFINITY)? },
            Op::HardSigmoid(op) => Activation::HardSigmoid { alpha: op.alpha, beta: op.beta },
            Op::HardSwish(_) => Activation::HardSwish,
            Op::Sigmoid(_) => Activation::Sigmoid,
            Op::Silu(_) => Activation::Silu,
            _ => return None,
        })
    }

    /// The bounds that a kernel clips to on the way: infinite ones for all but
    /// [`Activation::Clamp`].
    pub(super) fn bounds(self) -> [f32; 2] {
        match self {
            Activation::Clamp { min, max } => [min, max],
            _ => [f32::NEG_INFINITY, f32::INFINITY],
        }
    }

    /// What is left to do for `len` elements that were clipped to [`Activation::bounds`]. Apart
    /// from the kernels' innermost loops, whose sums would not stay in registers otherwise.
    ///
    /// # Safety
    /// The machine must have the instruction set of `S`; `to` is valid for `len` floats, whole
    /// vectors, and nobody else touches them.
    #[inline(always)]
    pub(super) unsafe fn finish<S: Simd>(self, to: *mut f32, len: usize) {
        if matches!(self, Activation::Identity | Activation::Clamp { .. }) {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            for at in (0..len).step_by(LANES) {
                S::store(to.add(at), self.apply::<S>(S::load(to.add(at))));
            }
        }
    }

    /// The activation of 16 elements; what is no number stays none.
    ///
    /// # Safety
    /// The machine must have the instruction set of `S`.
    #[inline(always)]
    pub(crate) unsafe fn apply<S: Simd>(self, x: S::V) -> S::V {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Activation::Identity => x,
                Activation::Clamp { min, max } => clamp::<S>(x, min, max),
                Activation::HardSigmoid { alpha, beta } => {
                    clamp::<S>(S::fma(S::splat(alpha), x, S::splat(beta)), 0.0, 1.0)
                }
                Activation::HardSwish => {
                    S::div(S::mul(x, clamp::<S>(S::add(x, S::splat(3.0)), 0.0, 6.0)), S::splat(6.0))
                }
                Activation::Sigmoid => S::div(S::splat(1.0), one_and_exp_of_minus::<S>(x)),
                Activation::Silu => S::div(x, one_and_exp_of_minus::<S>(x)),
            }
        }
    }
}

/// Clips to bounds; what is no number stays none.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
pub(super) unsafe fn clamp<S: Simd>(x: S::V, min: f32, max: f32) -> S::V {
    // SAFETY: the caller's promise.
    unsafe { S::min(S::splat(max), S::max(S::splat(min), x)) }
}

/// `1 + e⁻ˣ`, within 2 units in the last place: e⁻ˣ = 2ⁿ · eʳ with |r| ≤ ln 2 / 2 and Cephes'
/// polynomial (expf.c) for eʳ.
///
/// # Safety
/// The machine must have the instruction set of `S`.
#[inline(always)]
unsafe fn one_and_exp_of_minus<S: Simd>(x: S::V) -> S::V {
    const POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    // ln 2 in two parts, the first of few digits, so that n times it is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // SAFETY: the caller's promise.
    unsafe {
        let x = clamp::<S>(S::mul(x, S::splat(-1.0)), -87.0, 88.0);
        let n = S::round(S::mul(x, S::splat(std::f32::consts::LOG2_E)));
        let r = S::fma(n, S::splat(-LN_2[0]), x);
        let r = S::fma(n, S::splat(-LN_2[1]), r);
        let mut p = S::splat(POLYNOMIAL[0]);
        for &c in &POLYNOMIAL[1..] {
            p = S::fma(p, r, S::splat(c));
        }
        let exp = S::add(S::fma(p, S::mul(r, r), r), S::splat(1.0));
        S::fma(exp, S::pow2(n), S::splat(1.0))
    }
}
