//! Every gradient rule against finite differences of what the engine computes.
//!
//! A row names an operator, a shape and where to sample. For a random cotangent u and random
//! directions v of ±1, ⟨gradient of ⟨u, f⟩, v⟩ must equal the derivative of ⟨u, f(x + t·v)⟩ at t =
//! 0; the same for the gradient itself where it is curved.

mod layout;
mod net;
mod pointwise;
mod spatial;

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_graph::{Graph, GraphError, Op, Rules, ValueId, differentiate};
use net::{Net, Random, Sample};

/// Step of the finite differences. Five points make their truncation error h⁴/30 · f⁽⁵⁾ ≈ 2e-9 ·
/// f⁽⁵⁾; the rounding of f32 results, 6e-8, divided by it is 4e-6. Samples are multiples of 2⁻¹²,
/// so the arguments themselves are exact.
const STEP: f32 = 1.0 / 64.0;

/// The largest error relative to the size of the derivative: four times the largest seen (a tanh
/// that is rounded twice), far below what a wrong factor or a missing term would cost.
const TOLERANCE: f64 = 2e-4;

/// What the gradient's own gradient is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Curvature {
    /// Checked as the gradient is.
    Curved,
    /// The function is piecewise linear: asking for it must say that nothing flows.
    Flat,
}

/// One check.
struct Row {
    name: &'static str,
    shape: &'static [usize],
    sample: Sample,
    curvature: Curvature,
    build: fn(&mut Net, ValueId) -> ValueId,
}

fn curved(name: &'static str, shape: &'static [usize], sample: Sample, build: fn(&mut Net, ValueId) -> ValueId) -> Row {
    Row { name, shape, sample, curvature: Curvature::Curved, build }
}

fn flat(name: &'static str, shape: &'static [usize], sample: Sample, build: fn(&mut Net, ValueId) -> ValueId) -> Row {
    Row { name, shape, sample, curvature: Curvature::Flat, build }
}

fn rows() -> Vec<Row> {
    [pointwise::rows(), spatial::rows(), layout::rows()].into_iter().flatten().collect()
}

/// Operators without a row: truth values, integers and steps, through which nothing flows.
const WITHOUT_GRADIENT: &[&str] = &[
    "And",
    "Ceil",
    "ConstantOfShape",
    "Equal",
    "Floor",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "Mod",
    "Not",
    "Or",
    "Range",
    "Round",
    "Shape",
    "Sign",
];

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
        rows().iter().filter_map(|row| Some(format!("{}: {}", row.name, check(row).err()?))).collect();
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

#[test]
fn every_operator_has_a_row_or_a_reason() {
    let mut covered: Vec<&str> = WITHOUT_GRADIENT.to_vec();
    for row in rows() {
        let (point, _) = Point::of(&row, &mut Random::new(row.name));
        covered.extend(point.graph.nodes().iter().map(|node| node.op.name()));
    }
    let missing: Vec<_> = Op::NAMES.iter().filter(|name| !covered.contains(name)).collect();
    assert!(
        missing.is_empty(),
        "operators without a gradient check: {missing:?}. Add a row for each to crates/engine/tests/gradients/, which \
         says where to sample it, or its name to WITHOUT_GRADIENT here if nothing flows through it",
    );
}
