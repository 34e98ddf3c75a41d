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
    /// The environment variable `HEATLENS_KERNELS` names instructions that the machine does not
    /// have.
    #[error("HEATLENS_KERNELS is `{name}`, but this machine has {available}: set it to one of these or leave it out")]
    NoSuchKernels {
        /// The name asked for.
        name: String,
        /// The names to choose from.
        available: String,
    },
    /// The activations do not fit into memory.
    #[error("the activations need {bytes} bytes, more than this machine can address: use a smaller input or batch")]
    TooLarge {
        /// Bytes needed.
        bytes: u128,
    },
}
