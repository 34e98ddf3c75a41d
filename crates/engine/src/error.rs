//! What can be wrong with a graph that is to be run.

/// An error of this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The engine cannot run an operator as it is used here.
    #[error("the engine cannot run {op} at node `{node}`: {reason}")]
    Unsupported {
        /// Operator name.
        op: &'static str,
        /// Node name.
        node: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A late input that the graph does not have.
    #[error("input {position} cannot come late: the graph has {inputs} inputs")]
    NoSuchInput {
        /// The position asked for.
        position: usize,
        /// How many inputs there are.
        inputs: usize,
    },
    /// The activations do not fit into memory.
    #[error("the activations need {bytes} bytes, more than this machine can address: use a smaller input or batch")]
    TooLarge {
        /// Bytes needed.
        bytes: u128,
    },
}
