//! Which output of a network holds the class scores, and what they are before the last squashing.
//!
//! Files end in logits, in a softmax or sigmoid, or in probabilities that were converted, cut or
//! put together afterwards. What is explained is the value before the squashing: [`scores`] walks
//! back to it ([`ending`]), or says that it could not.

mod bounds;
mod ending;
mod output;
mod shape;

use heatlens_graph::{Graph, ops};

use self::ending::Ending;

/// What makes probabilities of the logits, as far as the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Squashing {
    /// A softmax over all classes.
    Softmax,
    /// A sigmoid of each output.
    Sigmoid,
}

/// What a caller may say about a network's outputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScoreOptions<'a> {
    /// Name of the output that holds the class scores.
    pub output: Option<&'a str>,
    /// How many classes there are, where the caller has names for them.
    pub classes: Option<usize>,
    /// Whether outputs are values: what squashes them belongs to them.
    pub values: bool,
}

/// A network as a classifier.
#[derive(Clone, Debug)]
pub struct Scores {
    /// The network; its only output is the logits, (batch, classes).
    pub graph: Graph,
    /// What the file applies to the logits; `None` where it ends in them.
    pub squashing: Option<Squashing>,
    /// What was chosen and left out, in words the user should see.
    pub notes: Vec<String>,
}

/// Why a network is no classifier, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoScores(pub String);

/// Finds the class scores of a network for one image.
///
/// # Errors
/// [`NoScores`] if no output holds one number a class, or several do and nothing tells which.
pub fn scores(graph: &Graph, options: &ScoreOptions<'_>) -> Result<Scores, NoScores> {
    let (output, mut notes) = output::choose(graph, options)?;
    let ending = if options.values { Ending::at(output) } else { Ending::of(graph, output) };
    let mut graph = graph.clone();
    let value = ending.logits(&mut graph).map_err(|e| NoScores(e.to_string()))?;
    let mut logits = shape::two_dimensional(&mut graph, value).map_err(|e| NoScores(e.to_string()))?;
    if ending.negated {
        let negative = graph.add(ops::Neg, &[logits], &heatlens_graph::ModulePath::root());
        logits = negative.map_err(|e| NoScores(e.to_string()))?;
    }
    graph.set_outputs(vec![logits]);
    match ending.squashing {
        Some(squashing) => {
            let what = ending.squashed_by();
            notes.push(format!("the model ends in {what}: what goes into it is explained, as the logits"));
            if squashing == Squashing::Sigmoid && graph.shape(logits)[1] > 1 {
                notes.push(format!(
                    "each of the {} outputs has a sigmoid of its own: several classes may be present at once",
                    graph.shape(logits)[1]
                ));
            }
        }
        None if !options.values && bounds::is_unit(&graph, output) => notes.push(
            "all outputs lie between 0 and 1, as probabilities do, but what they are made from could not be told \
             apart: they are read as logits, so that maps and probabilities may be wrong. Export the model without \
             what follows its last linear layer"
                .into(),
        ),
        None => {}
    }
    Ok(Scores { graph, squashing: ending.squashing, notes })
}
