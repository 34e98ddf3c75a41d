//! Small graphs and numbers to check them at.

use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId};

/// Reproducible numbers (SplitMix64), a sequence for each name.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(name: &str) -> Self {
        Random(
            name.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    /// Uniform in [0, 1).
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
    }
}

/// Where a row takes its input from. All numbers are multiples of 2⁻¹².
#[derive(Clone, Copy)]
pub(crate) enum Sample {
    /// Uniform between two bounds.
    Between(f32, f32),
    /// Uniform in −4 … 4, at least 0.1 away from these kinks.
    Away(&'static [f32]),
    /// In random order, 0.1 apart: no step changes which of two is larger.
    Ranked,
}

impl Sample {
    pub(crate) fn draw(self, len: usize, random: &mut Random) -> Vec<f32> {
        let grid = |x: f32| (x * 4096.0).round() / 4096.0;
        match self {
            Sample::Between(low, high) => (0..len).map(|_| grid(low + (high - low) * random.next())).collect(),
            Sample::Away(kinks) => {
                let near = |x: f32| kinks.iter().any(|kink| (x - kink).abs() < 0.1);
                let mut draws = std::iter::repeat_with(|| grid(8.0 * random.next() - 4.0)).filter(|&x| !near(x));
                draws.by_ref().take(len).collect()
            }
            Sample::Ranked => {
                let mut ranks: Vec<usize> = (0..len).collect();
                for i in (1..len).rev() {
                    ranks.swap(i, (random.next() * (i + 1) as f32) as usize);
                }
                ranks.into_iter().map(|rank| grid(0.1 * (rank as f32 - len as f32 / 2.0))).collect()
            }
        }
    }
}

/// A graph with one input, x.
pub(crate) struct Net {
    pub(crate) graph: Graph,
    pub(crate) x: ValueId,
    random: Random,
}

impl Net {
    pub(crate) fn new(shape: &[usize]) -> Self {
        let mut graph = Graph::new();
        let x = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), shape);
        Net { graph, x, random: Random::new("weights") }
    }

    /// A node of one output.
    pub(crate) fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> ValueId {
        self.graph.add(op, inputs, &ModulePath::root()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A node with left-out inputs or several outputs.
    pub(crate) fn add_node(&mut self, op: impl Into<Op>, inputs: &[Option<ValueId>]) -> Vec<ValueId> {
        let spec = NodeSpec {
            op: op.into(),
            inputs: inputs.to_vec(),
            name: String::new(),
            output_names: Vec::new(),
            module: ModulePath::root(),
        };
        self.graph.add_node(spec).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A constant.
    pub(crate) fn constant(&mut self, tensor: Tensor) -> ValueId {
        self.graph.constant("", tensor)
    }

    /// Constant integers.
    pub(crate) fn ints(&mut self, values: &[i64]) -> ValueId {
        self.constant(Tensor::ints(values))
    }

    /// A constant number.
    pub(crate) fn scalar(&mut self, value: f32) -> ValueId {
        self.constant(Tensor::scalar(value))
    }

    /// Random constants.
    pub(crate) fn drawn(&mut self, sample: Sample, shape: &[usize]) -> ValueId {
        let elements = sample.draw(shape.iter().product(), &mut self.random);
        self.constant(Tensor::f32(shape, elements))
    }

    /// Random constants between −1 and 1.
    pub(crate) fn weights(&mut self, shape: &[usize]) -> ValueId {
        self.drawn(Sample::Between(-1.0, 1.0), shape)
    }

    /// Random constants between ½ and 1½.
    pub(crate) fn positive(&mut self, shape: &[usize]) -> ValueId {
        self.drawn(Sample::Between(0.5, 1.5), shape)
    }
}
