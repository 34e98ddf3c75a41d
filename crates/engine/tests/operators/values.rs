//! What every operator gives, against values that are written out by hand or computed naively in
//! f64, on inputs of a few elements.
//!
//! An operator without values fails here by name: its kernel may be fast and differentiable and
//! still compute something else than its page says.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::Conv;
use heatlens_graph::{DType, Dim, Graph, ModulePath, Tensor, ValueId};

use super::operators::{ALL, Example};

/// Relative to the larger of 1 and the value: results are rounded to f32, a few times inside an
/// operator, and two operators approximate the error function to 1e-6.
const TOLERANCE: f64 = 4e-6;

fn examples() -> impl Iterator<Item = Example> {
    ALL.iter().flat_map(|operator| (operator.values)())
}

fn input(graph: &mut Graph, tensor: &Tensor) -> ValueId {
    let dims = tensor.shape().iter().map(|&n| Dim::Fixed(n)).collect();
    graph.input("x", tensor.dtype(), dims, tensor.shape())
}

fn is_image(tensor: &Tensor) -> bool {
    tensor.dtype() == DType::F32 && tensor.shape().len() == 4
}

/// What a convolution gives that changes nothing.
fn behind_convolution(graph: &mut Graph, tensor: &Tensor) -> ValueId {
    let value = input(graph, tensor);
    if !is_image(tensor) {
        return value;
    }
    let channels = tensor.shape()[1];
    let unit = (0..channels * channels).map(|i| f32::from(i % (channels + 1) == 0)).collect();
    let weight = graph.constant("unit", Tensor::f32([channels, channels, 1, 1], unit));
    graph.add(Conv::default(), &[value, weight], &ModulePath::root()).unwrap()
}

/// Runs the operator on the inputs that `input` makes.
fn check(example: &Example, input: impl Fn(&mut Graph, &Tensor) -> ValueId) -> Result<(), String> {
    let name = example.op.name();
    let graph = example.graph(input).map_err(|error| format!("{name}: {error}"))?;
    let program = Program::compile(&graph, &CompileOptions::default()).map_err(|e| format!("{name}: {e}"))?;
    let mut session = Arc::new(program).session();
    example.inputs().iter().enumerate().for_each(|(i, x)| session.set_input(i, x));
    session.run();
    assert_eq!(graph.outputs().len(), example.outputs.len(), "{name}");
    for (i, (shape, want)) in example.outputs.iter().enumerate() {
        let (found, found_shape) = (session.output(i), graph.shape(graph.outputs()[i]));
        let is_near = |(&f, &w): (&f32, &f64)| (f64::from(f) - w).abs() <= TOLERANCE * w.abs().max(1.0);
        let same = found.len() == want.len() && found.iter().zip(want).all(is_near);
        if !same || found_shape != shape {
            let op = &example.op;
            return Err(format!("{op:?}: output {i} is {found_shape:?} {found:?}, expected {shape:?} {want:?}"));
        }
    }
    Ok(())
}

#[test]
fn operators_give_what_their_pages_say() {
    let failures: Vec<String> = examples().filter_map(|example| check(&example, input).err()).collect();
    assert!(failures.is_empty(), "{} examples fail:\n{}", failures.len(), failures.join("\n"));
}

/// Images are then laid out as convolutions leave them.
#[test]
fn operators_give_the_same_behind_a_convolution() {
    let of_images = examples().filter(|example| example.given().any(is_image));
    let checked: Vec<Result<(), String>> = of_images.map(|example| check(&example, behind_convolution)).collect();
    assert!(checked.len() > 50, "only {} examples take an image", checked.len());
    let failures: Vec<String> = checked.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} examples fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_operator_has_its_values() {
    for operator in ALL {
        let (values, file) = ((operator.values)(), operator.file);
        assert!(
            !values.is_empty() && values.iter().all(|example| example.op.name() == operator.name),
            "`values` in {file} must say what {} gives on a few elements; tests/operators/tanh.rs and reshape.rs are \
             good models",
            operator.name
        );
    }
}
