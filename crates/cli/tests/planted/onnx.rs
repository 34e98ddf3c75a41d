//! A writer of ONNX files for networks that are made in a test:
//! <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.

/// A message of protocol buffers.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(mut self, field: u64, value: usize) -> Message {
        self.varint(field << 3);
        self.varint(value as u64);
        self
    }

    fn bytes(mut self, field: u64, value: &[u8]) -> Message {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    fn text(self, field: u64, value: &str) -> Message {
        self.bytes(field, value.as_bytes())
    }

    fn with(self, field: u64, value: &Message) -> Message {
        self.bytes(field, &value.0)
    }
}

/// A graph with one input `x` and one output `logits`, node by node.
pub struct Network {
    graph: Message,
}

impl Network {
    /// A network over images of 3 × `side` × `side` values with `classes` logits.
    pub fn new(side: usize, classes: usize) -> Network {
        let value = |name: &str, shape: &[usize]| {
            let dimensions = shape.iter().fold(Message::default(), |m, &d| m.with(1, &Message::default().number(1, d)));
            let tensor = Message::default().number(1, 1).with(2, &dimensions);
            Message::default().text(1, name).with(2, &Message::default().with(1, &tensor))
        };
        let graph = Message::default()
            .text(2, "planted")
            .with(11, &value("x", &[1, 3, side, side]))
            .with(12, &value("logits", &[1, classes]));
        Network { graph }
    }

    /// With weights.
    pub fn weights(mut self, name: &str, shape: &[usize], values: &[f32]) -> Network {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let tensor =
            shape.iter().fold(Message::default(), |m, &d| m.number(1, d)).number(2, 1).text(8, name).bytes(9, &bytes);
        self.graph = self.graph.with(5, &tensor);
        self
    }

    /// With a node, which is called as its output is; `attributes` are lists of integers.
    pub fn node(mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, &[usize])]) -> Network {
        let node = inputs
            .iter()
            .fold(Message::default(), |m, input| m.text(1, input))
            .text(2, output)
            .text(3, output)
            .text(4, operator);
        let node = attributes.iter().fold(node, |node, (name, values)| {
            let attribute = values.iter().fold(Message::default().text(1, name), |m, &v| m.number(8, v));
            node.with(5, &attribute.number(20, 7))
        });
        self.graph = self.graph.with(1, &node);
        self
    }

    /// The file.
    pub fn bytes(self) -> Vec<u8> {
        Message::default().number(1, 8).with(7, &self.graph).with(8, &Message::default().text(1, "").number(2, 17)).0
    }
}
