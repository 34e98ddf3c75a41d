//! What a network does to its logits: the walk from an output back through what squashes, moves and
//! bounds.

use heatlens_graph::{Graph, GraphError, ModulePath, Node, Op, ValueId};

use super::Squashing;
use super::bounds::{constant, one};
use super::shape::moved;

/// Endings are short; a longer chain is no ending.
const LONGEST: usize = 32;

/// Numbers up to this are added to probabilities against logarithms of 0.
const LARGEST_EPSILON: f32 = 1e-3;

/// The end of a network, from a value before the innermost squashing on.
pub(super) struct Ending {
    /// What goes into the innermost squashing; the output itself where there is none.
    value: ValueId,
    /// The innermost squashing.
    pub squashing: Option<Squashing>,
    /// Whether the output is the probability of the opposite: 1 − p.
    pub negated: bool,
    /// Operators from the innermost squashing to the output, in order.
    operators: Vec<&'static str>,
    /// Nodes behind the squashing that pick columns, and those around them, in order.
    picks: Vec<usize>,
}

/// One step back.
enum Step {
    /// Through something that moves, bounds or scales.
    Through(ValueId),
    /// Through something that keeps some columns only.
    Columns(ValueId),
    /// Through a squashing.
    Squashing(Squashing, ValueId),
    /// Through 1 − p.
    Opposite(ValueId),
    /// To the logit of the second column of [1 − p, p], and whether it has the other sign.
    Pair(ValueId, bool),
}

impl Ending {
    /// No ending: the output itself.
    pub fn at(output: ValueId) -> Self {
        Ending { value: output, squashing: None, negated: false, operators: vec![], picks: vec![] }
    }

    /// The ending that leads to this output.
    pub fn of(graph: &Graph, output: ValueId) -> Self {
        let (mut found, mut at, mut negated) = (Ending::at(output), output, false);
        let (mut operators, mut picks, mut has_columns) = (Vec::new(), Vec::new(), false);
        for _ in 0..LONGEST {
            let Some(id) = graph.value(at).producer else { break };
            let node = graph.node(id);
            let Some(step) = step(graph, node) else { break };
            if !matches!(node.op, Op::Identity(_) | Op::Dropout(_) | Op::Cast(_)) {
                operators.push(node.op.name());
            }
            let squashing = match step {
                Step::Through(input) => {
                    picks.push(id.index());
                    at = input;
                    None
                }
                Step::Columns(input) => {
                    (has_columns, at) = (true, input);
                    picks.push(id.index());
                    None
                }
                Step::Opposite(input) => {
                    (negated, at) = (!negated, input);
                    None
                }
                Step::Squashing(squashing, input) => {
                    at = input;
                    Some(squashing)
                }
                Step::Pair(input, opposite) => {
                    (negated, at) = (negated != opposite, input);
                    Some(Squashing::Sigmoid)
                }
            };
            let Some(squashing) = squashing else { continue };
            // A softmax of the opposite is none; one of which columns are kept is read whole, unless they
            // are all there in another order.
            if squashing == Squashing::Softmax && negated {
                break;
            }
            let are_all = graph.value(output).ty.len() == graph.value(at).ty.len();
            let kept = has_columns && (squashing == Squashing::Sigmoid || are_all);
            let picks = if kept { picks.iter().rev().copied().collect() } else { Vec::new() };
            let operators = operators.iter().rev().copied().collect();
            found = Ending { value: at, squashing: Some(squashing), negated, operators, picks };
        }
        found
    }

    /// The logits; columns that are kept behind a sigmoid are kept of them.
    pub fn logits(&self, graph: &mut Graph) -> Result<ValueId, GraphError> {
        let mut value = self.value;
        for &index in &self.picks {
            let node = graph.nodes()[index].clone();
            if matches!(node.op, Op::Clip(_) | Op::Mul(_) | Op::Div(_) | Op::Add(_) | Op::Cast(_) | Op::Log(_)) {
                continue;
            }
            let mut inputs = node.inputs.clone();
            inputs[0] = Some(value);
            let spec = heatlens_graph::NodeSpec {
                op: node.op,
                inputs,
                name: String::new(),
                output_names: Vec::new(),
                module: ModulePath::root(),
            };
            value = graph.add_node(spec)?[0];
        }
        Ok(value)
    }

    /// What goes into the innermost squashing: the same for outputs that differ in squashing alone.
    pub fn origin(&self) -> ValueId {
        self.value
    }

    /// What the network ends in, in words.
    pub fn squashed_by(&self) -> String {
        match self.operators.as_slice() {
            [single] => format!("a {single}"),
            several => several.join(", "),
        }
    }
}

/// The step from what a node makes to what it makes it from, if the node may belong to an ending.
fn step(graph: &Graph, node: &Node) -> Option<Step> {
    let input = |i: usize| node.inputs.get(i).copied().flatten();
    match &node.op {
        Op::Softmax(_) | Op::LogSoftmax(_) => Some(Step::Squashing(Squashing::Softmax, input(0)?)),
        Op::Sigmoid(_) => Some(Step::Squashing(Squashing::Sigmoid, input(0)?)),
        Op::Exp(_) => {
            let inner = producer(graph, input(0)?)?;
            matches!(inner.op, Op::LogSoftmax(_)).then_some(Step::Through(input(0)?))
        }
        Op::Log(_) | Op::Clip(_) => Some(Step::Through(input(0)?)),
        Op::Add(_) => {
            let (value, number) = with_constant(graph, node)?;
            if let Some(opposite) = producer(graph, value).filter(|n| matches!(n.op, Op::Neg(_)) && number == 1.0) {
                return Some(Step::Opposite(opposite.inputs[0]?));
            }
            (number.abs() <= LARGEST_EPSILON).then_some(Step::Through(value))
        }
        Op::Mul(_) => with_constant(graph, node).filter(|(_, n)| *n > 0.0).map(|(value, _)| Step::Through(value)),
        Op::Div(_) => match constant(graph, input(1)) {
            Some(number) => (number > 0.0).then_some(Step::Through(input(0)?)),
            None => written_out_softmax(graph, node).map(|v| Step::Squashing(Squashing::Softmax, v)),
        },
        Op::Sub(_) => one(graph, input(0)).then_some(Step::Opposite(input(1)?)),
        Op::Slice(_) | Op::Gather(_) if graph.value(input(0)?).ty.len() == 1 => Some(Step::Through(input(0)?)),
        Op::Slice(_) | Op::Gather(_) => Some(Step::Columns(input(0)?)),
        Op::Concat(_) => pair(graph, node),
        _ => moved(graph, node).map(Step::Through),
    }
}

fn producer(graph: &Graph, value: ValueId) -> Option<&Node> {
    graph.value(value).producer.map(|id| graph.node(id))
}

/// The variable operand and the constant one.
fn with_constant(graph: &Graph, node: &Node) -> Option<(ValueId, f32)> {
    let (a, b) = (node.inputs[0], node.inputs[1]);
    match (constant(graph, a), constant(graph, b)) {
        (None, Some(number)) => Some((a?, number)),
        (Some(number), None) => Some((b?, number)),
        _ => None,
    }
}

/// The logits of `e^(z − max z) / Σ e^(z − max z)`.
fn written_out_softmax(graph: &Graph, node: &Node) -> Option<ValueId> {
    let exponentials = node.inputs[0]?;
    let sum = producer(graph, node.inputs[1]?)?;
    let exp = producer(graph, exponentials)?;
    if !matches!(sum.op, Op::ReduceSum(_)) || sum.inputs[0] != Some(exponentials) || !matches!(exp.op, Op::Exp(_)) {
        return None;
    }
    let exponent = exp.inputs[0]?;
    let shifted = producer(graph, exponent).filter(|n| matches!(n.op, Op::Sub(_)));
    let logits = shifted.and_then(|n| {
        let largest = producer(graph, n.inputs[1]?)?;
        (matches!(largest.op, Op::ReduceMax(_)) && largest.inputs[0] == n.inputs[0]).then_some(n.inputs[0]?)
    });
    Some(logits.unwrap_or(exponent))
}

/// The logit of the second of two probabilities that are each other's opposites.
fn pair(graph: &Graph, node: &Node) -> Option<Step> {
    let &[Some(first), Some(second)] = node.inputs.as_slice() else { return None };
    let [first, second] = [first, second].map(|value| Ending::of(graph, value));
    let is_sigmoid = |ending: &Ending| ending.squashing == Some(Squashing::Sigmoid) && ending.picks.is_empty();
    let opposite = first.value == second.value && first.negated != second.negated;
    let single = graph.value(first.value).ty.len() == 1;
    (is_sigmoid(&first) && is_sigmoid(&second) && opposite && single)
        .then_some(Step::Pair(second.value, second.negated))
}
