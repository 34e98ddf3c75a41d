//! One question with two answers, asked of a network of several labels or of values.

use heatlens_graph::ops::{Gather, Sub};
use heatlens_graph::{Graph, GraphError, ModulePath, Tensor, ValueId};

use crate::{Error, Head, Model};

impl Model {
    /// The classifier that says of one label whether it is present: of the classes `no <label>` and
    /// `<label>`, with the label's own logit.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such label.
    pub fn of_label(&self, label: usize) -> Result<Model, Error> {
        let name = self.classes().get(label).cloned().unwrap_or_default();
        self.asked(label, None, [format!("no {name}"), name])
    }

    /// The classifier that says of one value whether it is at least so large: of the classes
    /// `<value> < t` and `<value> >= t`, whose logit is the value less the threshold. Its
    /// probabilities are the sigmoid of that, which grows with the value and is no probability.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such value.
    pub fn at_least(&self, value: usize, threshold: f32) -> Result<Model, Error> {
        let name = self.classes().get(value).cloned().unwrap_or_default();
        self.asked(value, Some(threshold), [format!("{name} < {threshold}"), format!("{name} >= {threshold}")])
    }

    fn asked(&self, output: usize, threshold: Option<f32>, classes: [String; 2]) -> Result<Model, Error> {
        let mut graph = self.graph().clone();
        let logit = one_output(&mut graph, output, threshold)?;
        graph.set_outputs(vec![logit]);
        Ok(self.with_graph(graph, Head::Sigmoid, classes.to_vec()))
    }
}

/// One column of the outputs (N, outputs), less a threshold: (N, 1).
fn one_output(graph: &mut Graph, output: usize, threshold: Option<f32>) -> Result<ValueId, GraphError> {
    let (root, outputs) = (ModulePath::root(), graph.outputs()[0]);
    let place = graph.constant("", Tensor::ints(&[output as i64]));
    let column = graph.add(Gather { axis: 1 }, &[outputs, place], &root)?;
    let Some(threshold) = threshold else { return Ok(column) };
    let threshold = graph.constant("", Tensor::scalar(threshold));
    graph.add(Sub, &[column, threshold], &root)
}
