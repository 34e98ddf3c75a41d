//! Networks of a few weights, written as ONNX by hand: what they compute is known without running
//! them.

use heatlens::{Model, ModelOptions};

/// Rows and columns of the image.
pub const SIDE: usize = 24;

/// A network that is linear in the image: Conv 1×1 with biases that keep ReLU open, global mean,
/// Gemm. Its logits are `gain · rows · mean colour`, a row a class. An image in −1 … 1 stays in the
/// linear range.
pub fn linear(gain: f32, rows: &[[f32; 3]]) -> Model {
    let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    // Gemm's matrix is (channels, classes); what the open ReLU added is taken away again.
    let classes = rows.len();
    let matrix: Vec<f32> = (0..3 * classes).map(|i| gain * rows[i % classes][i / classes]).collect();
    let bias: Vec<f32> = rows.iter().map(|row| -gain * OPEN * row.iter().sum::<f32>()).collect();
    let nodes = [
        node("Conv", &["image", "colours", "open"], "convolved"),
        node("Relu", &["convolved"], "features"),
        node("GlobalAveragePool", &["features"], "pooled"),
        node("Flatten", &["pooled"], "flat"),
        node("Gemm", &["flat", "matrix", "bias"], "logits"),
    ];
    let weights = [
        tensor("colours", &[3, 3, 1, 1], &identity),
        tensor("open", &[3], &[OPEN; 3]),
        tensor("matrix", &[3, classes], &matrix),
        tensor("bias", &[classes], &bias),
    ];
    let mut graph = Vec::new();
    nodes.iter().for_each(|node| graph.extend(field(1, node)));
    graph.extend(field(2, b"tiny"));
    weights.iter().for_each(|weight| graph.extend(field(5, weight)));
    graph.extend(field(11, &value("image", &[1, 3, SIDE, SIDE])));
    graph.extend(field(12, &value("logits", &[1, classes])));
    let opset = [field(1, b""), number(2, 13)].concat();
    let model = [number(1, 8), field(7, &graph), field(8, &opset)].concat();
    Model::from_bytes(&model, &|_| Err(std::io::ErrorKind::NotFound.into()), &ModelOptions::default()).unwrap()
}

/// What is added to each colour to keep it positive.
const OPEN: f32 = 2.0;

fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    [inputs, field(2, output.as_bytes()), field(3, output.as_bytes()), field(4, operator.as_bytes())].concat()
}

fn tensor(name: &str, shape: &[usize], values: &[f32]) -> Vec<u8> {
    let shape: Vec<u8> = shape.iter().flat_map(|&length| number(1, length as u64)).collect();
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [shape, number(2, 1), field(8, name.as_bytes()), field(9, &bytes)].concat()
}

fn value(name: &str, shape: &[usize]) -> Vec<u8> {
    let shape: Vec<u8> = shape.iter().flat_map(|&length| field(1, &number(1, length as u64))).collect();
    let of_floats = [number(1, 1), field(2, &shape)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &of_floats))].concat()
}

/// A protobuf field of bytes.
fn field(tag: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A protobuf field of a whole number.
fn number(tag: u64, value: u64) -> Vec<u8> {
    [varint(tag << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
