//! What can be wrong with a network or with what is asked of it.

use crate::{Op, Type};

/// Why an operator refuses its inputs, in words; [`GraphError::Operator`] adds where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Reason(pub String);

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Reason(text)
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Reason(text.to_owned())
    }
}

/// An error of this crate.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GraphError {
    /// An operator cannot take these inputs.
    #[error("{op} at node `{node}` cannot take inputs {inputs}: {reason}")]
    Operator {
        /// Operator name.
        op: &'static str,
        /// Node name.
        node: String,
        /// Input types, for reading.
        inputs: String,
        /// Why.
        reason: Reason,
    },
    /// The gradient of a node is asked for and not defined.
    #[error("{op} at node `{node}` is not differentiable here: {reason}")]
    NotDifferentiable {
        /// Operator name.
        op: &'static str,
        /// Node name.
        node: String,
        /// Why, and what to do.
        reason: Reason,
    },
    /// The value asked for does not influence the score.
    #[error("`{value}` does not influence the score: choose a layer that the score is computed from")]
    NoInfluence {
        /// Value name.
        value: String,
    },
    /// A layer expression that names nothing in this network.
    #[error("no layer `{layer}` in this network{}", nearest_hint(nearest))]
    UnknownLayer {
        /// What was asked for.
        layer: String,
        /// The nearest names that exist.
        nearest: Vec<String>,
    },
    /// A layer expression that names something that cannot be explained.
    #[error("layer `{layer}` cannot be used: {reason}")]
    UnusableLayer {
        /// What was asked for.
        layer: String,
        /// Why, and what to do.
        reason: Reason,
    },
    /// A weight that cannot be replaced by what was given.
    #[error("the weight `{value}` cannot be replaced: {reason}")]
    Weight {
        /// Value name.
        value: String,
        /// Why.
        reason: Reason,
    },
    /// An input shape that the network cannot have.
    #[error("input `{input}` cannot have shape {shape:?}: {reason}")]
    InputShape {
        /// Input name.
        input: String,
        /// What was asked for.
        shape: Vec<usize>,
        /// Why.
        reason: Reason,
    },
}

fn nearest_hint(nearest: &[String]) -> String {
    if nearest.is_empty() {
        "; `heatlens layers` lists them".to_owned()
    } else {
        format!("; the nearest are {}", nearest.join(", "))
    }
}

impl GraphError {
    pub(crate) fn operator(op: &Op, node: &str, inputs: &[Option<Type>], reason: Reason) -> Self {
        let list = |t: &Option<Type>| t.as_ref().map_or("-".to_owned(), |t| format!("{:?}{:?}", t.dtype, t.shape));
        GraphError::Operator {
            op: op.name(),
            node: node.to_owned(),
            inputs: inputs.iter().map(list).collect::<Vec<_>>().join(", "),
            reason,
        }
    }
}
