//! What every operator gives, and its gradient rule.

mod gradients;
#[path = "../../../../tests/operators/mod.rs"]
mod operators;
mod values;
