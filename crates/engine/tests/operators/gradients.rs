//! Every gradient rule against finite differences of what the engine computes.
//!
//! A row names an operator, a shape and where to sample. For a random cotangent u and random
//! directions v of ±1, ⟨gradient of ⟨u, f⟩, v⟩ must equal the derivative of ⟨u, f(x + t·v)⟩ at t =
//! 0; the same for the gradient itself where it is curved.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::{DType, Dim, Graph, GraphError, Rules, ValueId, differentiate};

use super::operators::{ALL, Curvature, Example, Gradient, Net, Operator, Random, Row, Sample};

/// Step of the finite differences. Five points make their truncation error h⁴/30 · f⁽⁵⁾ ≈ 2e-9 ·
/// f⁽⁵⁾; the rounding of f32 results, 6e-8, divided by it is 4e-6. Samples are multiples of 2⁻¹²,
/// so the arguments themselves are exact.
const STEP: f32 = 1.0 / 64.0;

/// The largest error relative to the size of the derivative: four times the largest seen (a tanh
/// that is rounded twice), far below what a wrong factor or a missing term would cost.
const TOLERANCE: f64 = 2e-4;

/// The rows of all operators.
fn rows() -> impl Iterator<Item = Row> {
    ALL.iter().flat_map(|operator| match (operator.gradient)() {
        Gradient::Sampled(rows) => rows,
        Gradient::Nothing(_) => Vec::new(),
    })
}

/// A graph of inputs with values; input 0 is the one differentiated with respect to.
struct Point {
    graph: Graph,
    x: ValueId,
    inputs: Vec<Vec<f32>>,
}

impl Point {
    fn of(row: &Row, random: &mut Random) -> (Point, ValueId) {
        let mut net = Net::new(row.shape);
        let x = net.x;
        let y = (row.build)(&mut net, x);
        let inputs = vec![row.sample.draw(row.shape.iter().product(), random)];
        (Point { graph: net.graph, x, inputs }, y)
    }

    /// Appends the gradient of ⟨u, `of`⟩ for a random u, which becomes another input.
    fn differentiate(&mut self, of: ValueId, random: &mut Random) -> Result<ValueId, GraphError> {
        let gradient = differentiate(&mut self.graph, of, &[self.x], Rules::Standard)?;
        self.inputs.push(Sample::Between(-1.0, 1.0).draw(self.graph.value(of).ty.len(), random));
        Ok(gradient.gradients[0])
    }

    /// Compares the gradient `dx` of ⟨the last input, `of`⟩ with finite differences.
    fn compare(&mut self, of: ValueId, dx: ValueId, random: &mut Random) -> Result<(), String> {
        assert_eq!(self.graph.shape(dx), self.graph.shape(self.x), "a gradient has the shape of its value");
        self.graph.set_outputs(vec![of, dx]);
        let program = Program::compile(&self.graph, &CompileOptions::default()).map_err(|e| e.to_string())?;
        let mut session = Arc::new(program).session();
        for (i, input) in self.inputs.iter().enumerate() {
            session.set_input(i, input);
        }
        session.run();
        let gradient = session.output(1).to_vec();
        for _ in 0..3 {
            let direction: Vec<f32> = gradient.iter().map(|_| if random.next() < 0.5 { -1.0 } else { 1.0 }).collect();
            let expected = self.slope(&mut session, &direction);
            let parts: Vec<f64> = gradient.iter().zip(&direction).map(|(&g, &v)| f64::from(g * v)).collect();
            let found: f64 = parts.iter().sum();
            let size = parts.iter().map(|p| p * p).sum::<f64>().sqrt();
            if size < 1e-2 {
                return Err(format!("a gradient of size {size} tests nothing"));
            }
            // A NaN is not close to anything.
            let close = (found - expected).abs() <= TOLERANCE * size;
            if !close {
                return Err(format!("⟨gradient, v⟩ is {found}, finite differences say {expected} (size {size})"));
            }
        }
        Ok(())
    }

    /// The derivative of ⟨the last input, output 0⟩ along a direction.
    fn slope(&self, session: &mut Session, direction: &[f32]) -> f64 {
        let cotangent = self.inputs.last().expect("differentiating has added one");
        let mut value = |steps: f32| -> f64 {
            let moved: Vec<f32> = self.inputs[0].iter().zip(direction).map(|(x, v)| x + steps * STEP * v).collect();
            session.set_input(0, &moved);
            session.run();
            session.output(0).iter().zip(cotangent).map(|(&y, &u)| f64::from(y) * f64::from(u)).sum()
        };
        (8.0 * (value(1.0) - value(-1.0)) - (value(2.0) - value(-2.0))) / (12.0 * f64::from(STEP))
    }
}

fn check_first(row: &Row) -> Result<(), String> {
    let mut random = Random::new(row.name);
    let (mut point, y) = Point::of(row, &mut random);
    let dx = point.differentiate(y, &mut random).map_err(|e| e.to_string())?;
    point.compare(y, dx, &mut random)
}

fn check_second(row: &Row) -> Result<(), String> {
    let mut random = Random::new(row.name);
    let (mut point, y) = Point::of(row, &mut random);
    let dx = point.differentiate(y, &mut random).map_err(|e| e.to_string())?;
    match (point.differentiate(dx, &mut random), row.curvature) {
        (Ok(second), Curvature::Curved) => point.compare(dx, second, &mut random),
        (Err(GraphError::NoInfluence { .. }), Curvature::Flat) => Ok(()),
        (other, curvature) => Err(format!("expected to be {curvature:?}, found {other:?}")),
    }
}

fn all_pass(check: fn(&Row) -> Result<(), String>) {
    let failures: Vec<String> =
        rows().filter_map(|row| Some(format!("{}: {}", row.name, check(&row).err()?))).collect();
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn gradients_are_those_of_finite_differences() {
    all_pass(check_first);
}

#[test]
fn gradients_of_gradients_are_those_of_finite_differences() {
    all_pass(check_second);
}

/// What is wrong with the file of an operator.
fn check_file(operator: &Operator) -> Result<(), String> {
    match (operator.gradient)() {
        Gradient::Sampled(rows) if rows.is_empty() => Err("it has no row".to_owned()),
        Gradient::Sampled(rows) => rows.iter().try_for_each(|row| {
            let (point, _) = Point::of(row, &mut Random::new(row.name));
            let is_tried = point.graph.nodes().iter().any(|node| node.op.name() == operator.name);
            let is_named = row.name.starts_with(operator.name);
            if is_tried && is_named { Ok(()) } else { Err(format!("the row {} is about another operator", row.name)) }
        }),
        Gradient::Nothing(reason) => (operator.values)().iter().try_for_each(|example| {
            if flows(example) { Err(format!("something flows, though it says that {reason}")) } else { Ok(()) }
        }),
    }
}

/// Whether a float output of an operator has a gradient with respect to a float that it is given.
fn flows(example: &Example) -> bool {
    let mut graph = example
        .graph(|graph, tensor| {
            let dims = tensor.shape().iter().map(|&n| Dim::Fixed(n)).collect();
            graph.input("x", tensor.dtype(), dims, tensor.shape())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let is_float = |graph: &Graph, value: ValueId| graph.value(value).ty.dtype == DType::F32;
    let y = graph.outputs()[0];
    let inputs: Vec<ValueId> = graph.inputs().iter().map(|input| input.value).collect();
    inputs.into_iter().any(|x| {
        let both_are = is_float(&graph, x) && is_float(&graph, y);
        both_are && !matches!(differentiate(&mut graph, y, &[x], Rules::Standard), Err(GraphError::NoInfluence { .. }))
    })
}

#[test]
fn every_operator_has_a_row_or_a_reason() {
    for operator in ALL {
        if let Err(why) = check_file(operator) {
            panic!(
                "`gradient` in {} must say where to sample the rule of {}, or why nothing flows: {why}. \
                 tests/operators/tanh.rs and ceil.rs are good models",
                operator.file, operator.name
            );
        }
    }
}
