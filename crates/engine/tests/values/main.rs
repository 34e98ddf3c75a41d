//! What every operator gives, against values that are written out by hand or computed naively in
//! f64, on inputs of a few elements.
//!
//! An operator without a row fails here by name: its kernel may be fast and differentiable and
//! still compute something else than its page says.

mod elementwise;
mod layout;
mod matrices;
mod row;
mod spatial;

use heatlens_graph::Op;

use row::Row;

fn rows() -> Vec<Row> {
    [elementwise::rows(), layout::rows(), matrices::rows(), spatial::rows()].into_iter().flatten().collect()
}

#[test]
fn operators_give_what_their_pages_say() {
    let failures: Vec<String> = rows().iter().filter_map(|row| row.check().err()).collect();
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn operators_give_the_same_behind_a_convolution() {
    let rows = rows();
    let checked: Vec<Result<(), String>> = rows.iter().filter_map(Row::check_behind_convolution).collect();
    assert!(checked.len() > 50, "only {} rows take an image", checked.len());
    let failures: Vec<String> = checked.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_operator_has_its_values() {
    let rows = rows();
    let missing: Vec<_> = Op::NAMES.iter().filter(|name| rows.iter().all(|row| row.op.name() != **name)).collect();
    assert!(
        missing.is_empty(),
        "operators without forward values: {missing:?}. Add a row for each to crates/engine/tests/values/, with inputs \
         of a few elements and what its ONNX page or PyTorch function gives for them: written out, or computed \
         there in f64 without the operator's own formula",
    );
}
