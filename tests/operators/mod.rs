//! What tests know of each operator, in one file of its name: what it gives on a few elements, where
//! to sample its gradient, and how to make it from nonsense.
//!
//! `crates/engine/tests/operators/`, `crates/graph/tests/hostile.rs` and
//! `crates/formats/tests/onnx/written.rs` go through all of them.

#![allow(dead_code, unused_imports, reason = "each of them uses a part")]

mod support;

pub use support::*;

/// What the file of an operator says.
pub struct Operator {
    /// As [`Op::name`] has it.
    pub name: &'static str,
    /// Where the file lies.
    pub file: &'static str,
    /// What the operator must give, from its ONNX page or PyTorch function: written out, or computed
    /// in f64 without the operator's own formula.
    pub values: fn() -> Vec<Example>,
    /// Where to sample its gradient rule, or why it has none.
    pub gradient: fn() -> Gradient,
    /// The operator with any attributes, absurd ones among them.
    pub any: fn(&mut Any) -> Op,
}

/// Declares the files and lists what they hold.
macro_rules! files {
    ($($module:ident :: $op:ident),*) => {
        $(mod $module;)* // Not there yet? `tanh.rs` and `reshape.rs` are good models.

        /// Every operator.
        pub const ALL: &[Operator] = &[$(Operator {
            name: stringify!($op),
            file: concat!("tests/operators/", stringify!($module), ".rs"),
            values: $module::values,
            gradient: $module::gradient,
            any: $module::any,
        }),*];
    };
}

heatlens_graph::for_each_operator!(files);
