//! Small networks from bytes: each byte decides something, so that a fuzzer's changes are changes of
//! the network.

use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Tensor, ValueId};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// Nodes at most.
const MOST_NODES: usize = 24;
/// Elements of a value at most.
const MOST_ELEMENTS: usize = 1 << 15;

/// A graph in the making.
struct Net<'a, 'b> {
    graph: Graph,
    values: Vec<ValueId>,
    bytes: &'a mut Unstructured<'b>,
    /// State of the weights' random numbers.
    state: u32,
}

/// A network of one image input whose last values are outputs.
///
/// # Errors
/// If the bytes are used up before there is an input.
pub fn network(bytes: &mut Unstructured<'_>) -> Result<Graph> {
    let mut graph = Graph::new();
    let extents = [1..=2, 1..=40, 1..=17, 1..=17];
    let mut shape = Vec::new();
    for range in extents {
        shape.push(bytes.int_in_range(range)?);
    }
    let dims = shape.iter().map(|&extent| Dim::Fixed(extent)).collect();
    let x = graph.input("x", DType::F32, dims, &shape);
    let mut net = Net { graph, values: vec![x], bytes, state: 1 };
    while net.graph.nodes().len() < MOST_NODES && !net.bytes.is_empty() {
        // What an operator refuses is left out.
        if let Some(value) = net.layer()?
            && net.graph.value(value).ty.len() <= MOST_ELEMENTS
        {
            net.values.push(value);
        }
    }
    let outputs = net.bytes.int_in_range(1..=2)?.min(net.values.len());
    let outputs = net.values[net.values.len() - outputs..].to_vec();
    net.graph.set_outputs(outputs);
    Ok(net.graph)
}

/// Reproducible numbers in [−1, 1).
pub fn noise(state: &mut u32, len: usize) -> Vec<f32> {
    let mut next = || {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

impl Net<'_, '_> {
    fn to(&mut self, most: usize) -> Result<usize> {
        self.bytes.int_in_range(0..=most)
    }

    /// One of the values made last.
    fn value(&mut self) -> Result<ValueId> {
        let back = self.to(self.values.len().min(4) - 1)?;
        Ok(self.values[self.values.len() - 1 - back])
    }

    fn shape(&self, value: ValueId) -> Vec<usize> {
        self.graph.shape(value).to_vec()
    }

    /// Weights whose products with as many inputs as they have in a row stay as large as those.
    fn weight(&mut self, shape: &[usize]) -> ValueId {
        let row = shape.iter().skip(1).product::<usize>().max(1) as f32;
        let mut elements = noise(&mut self.state, shape.iter().product());
        elements.iter_mut().for_each(|w| *w *= (3.0 / row).sqrt());
        self.graph.constant("weight", Tensor::f32(shape, elements))
    }

    fn positive(&mut self, shape: &[usize]) -> ValueId {
        let elements = noise(&mut self.state, shape.iter().product()).iter().map(|x| x.abs() + 0.5).collect();
        self.graph.constant("positive", Tensor::f32(shape, elements))
    }

    fn scalar(&mut self, value: f32) -> ValueId {
        self.graph.constant("number", Tensor::scalar(value))
    }

    fn ints(&mut self, values: &[i64]) -> ValueId {
        self.graph.constant("numbers", Tensor::ints(values))
    }

    fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Option<ValueId> {
        self.graph.add(op, inputs, &ModulePath::root()).ok()
    }

    fn pair(&mut self, most: usize) -> Result<[usize; 2]> {
        Ok([1 + self.to(most - 1)?, 1 + self.to(most - 1)?])
    }

    fn padding(&mut self) -> Result<Padding> {
        Ok(match self.to(9)? {
            0 => Padding::SameUpper,
            1 => Padding::SameLower,
            2..=4 => Padding::NONE,
            5..=7 => Padding::symmetric([1, 1]),
            _ => Padding::Explicit([self.to(3)?, self.to(3)?, self.to(3)?, self.to(3)?]),
        })
    }

    /// Adds a layer, unless its operator refuses.
    fn layer(&mut self) -> Result<Option<ValueId>> {
        let x = self.value()?;
        let shape = self.shape(x);
        let kind = self.to(15)?;
        if let (0..=7, &[_, channels, height, width]) = (kind, &shape[..]) {
            return self.spatial(kind, x, channels, [height, width]);
        }
        let rank = shape.len();
        Ok(match kind {
            0..=9 => {
                let y = self.value()?;
                let op: Op =
                    [Op::Add(Add), Op::Mul(Mul), Op::Sub(Sub), Op::Max(Max), Op::Min(Min)][self.to(4)?].clone();
                self.add(op, &[x, y])
            }
            10 | 11 => self.activation(x)?,
            12 => {
                let axes = self.ints(&[self.graph.shape(x).len() as i64 - 1]);
                let keep_dims = self.to(1)? == 0;
                match self.to(2)? {
                    0 => self.add(ReduceMean { keep_dims }, &[x, axes]),
                    1 => self.add(ReduceSum { keep_dims }, &[x, axes]),
                    _ => self.add(ReduceMax { keep_dims }, &[x, axes]),
                }
            }
            13 if rank > 1 => {
                let y = self.add(Flatten { axis: 1 }, &[x]);
                let Some(y) = y else { return Ok(None) };
                let inputs = self.shape(y)[1];
                let weight = [1 + self.to(20)?, inputs];
                if weight[0] * weight[1] > MOST_ELEMENTS {
                    return Ok(None);
                }
                let (weight, bias) = (self.weight(&weight), self.weight(&[weight[0]]));
                self.add(Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: true }, &[y, weight, bias])
            }
            14 if rank > 1 => {
                let mut perm: Vec<usize> = (0..rank).collect();
                perm.swap(self.to(rank - 1)?, self.to(rank - 1)?);
                self.add(Transpose { perm }, &[x])
            }
            _ => {
                let axis = self.to(rank.max(1) - 1)? as isize;
                match self.to(2)? {
                    0 => self.add(Softmax { axis }, &[x]),
                    1 => {
                        let y = self.value()?;
                        self.add(Concat { axis }, &[x, y])
                    }
                    _ => {
                        let (start, end) = (self.to(16)? as i64, self.to(40)? as i64);
                        let inputs = [x, self.ints(&[start]), self.ints(&[end]), self.ints(&[axis as i64])];
                        self.add(Slice, &inputs)
                    }
                }
            }
        })
    }

    fn activation(&mut self, x: ValueId) -> Result<Option<ValueId>> {
        let simple: [Op; 12] = [
            Relu.into(),
            Sigmoid.into(),
            Tanh.into(),
            HardSwish.into(),
            Silu.into(),
            LeakyRelu { alpha: 0.1 }.into(),
            Elu { alpha: 1.0 }.into(),
            HardSigmoid { alpha: 0.2, beta: 0.5 }.into(),
            Softplus.into(),
            Abs.into(),
            Neg.into(),
            Erf.into(),
        ];
        let which = self.to(simple.len())?;
        Ok(match simple.get(which) {
            Some(op) => self.add(op.clone(), &[x]),
            None => {
                let inputs = [x, self.scalar(-0.5), self.scalar(1.0)];
                self.add(Clip, &inputs)
            }
        })
    }

    /// A layer of feature maps.
    fn spatial(&mut self, kind: usize, x: ValueId, channels: usize, size: [usize; 2]) -> Result<Option<ValueId>> {
        Ok(match kind {
            0..=2 => self.convolution(x, channels)?,
            3 => {
                let inputs = [x, self.weight(&[channels]), self.weight(&[channels]), self.weight(&[channels])];
                let variance = self.positive(&[channels]);
                self.add(BatchNormalization { epsilon: 1e-3 }, &[&inputs[..], &[variance]].concat())
            }
            4 => {
                let (kernel, strides, padding) = (self.pair(3)?, self.pair(3)?, self.padding()?);
                let ceil_mode = self.to(1)? == 1;
                match self.to(1)? {
                    0 => self.add(MaxPool { kernel, strides, dilations: [1, 1], padding, ceil_mode }, &[x]),
                    _ => {
                        let count_include_pad = self.to(1)? == 1;
                        self.add(AveragePool { kernel, strides, padding, ceil_mode, count_include_pad }, &[x])
                    }
                }
            }
            5 => {
                // Squeeze and excite.
                let Some(pooled) = self.add(GlobalAveragePool, &[x]) else { return Ok(None) };
                let Some(gate) = self.add(Sigmoid, &[pooled]) else { return Ok(None) };
                self.add(Mul, &[x, gate])
            }
            6 => {
                let Some(weight) = self.transposed(channels)? else { return Ok(None) };
                let (strides, dilations, padding) = (self.pair(3)?, self.pair(2)?, self.padding()?);
                let op = ConvTranspose { strides, dilations, padding, output_padding: [0, 0], group: 1 };
                self.add(op, &[x, weight])
            }
            _ => {
                let to = self.pair(20)?;
                let sizes = self.shape(x)[..2].iter().chain(&to).map(|&n| n as i64).collect::<Vec<_>>();
                let sizes = self.ints(&sizes);
                let (mode, coordinates) = match self.to(3)? {
                    0 => (ResizeMode::Linear, Coordinates::HalfPixel),
                    1 => (ResizeMode::Linear, Coordinates::AlignCorners),
                    2 => (ResizeMode::Cubic(-0.75), Coordinates::HalfPixel),
                    _ if to.iter().zip(size).all(|(to, from)| to.is_multiple_of(from)) => {
                        (ResizeMode::Nearest, Coordinates::Asymmetric)
                    }
                    _ => return Ok(None),
                };
                let op = Resize { mode, coordinates, nearest: NearestMode::Floor };
                let spec = NodeSpec {
                    op: op.into(),
                    inputs: vec![Some(x), None, None, Some(sizes)],
                    name: String::new(),
                    output_names: Vec::new(),
                    module: ModulePath::root(),
                };
                self.graph.add_node(spec).ok().map(|outputs| outputs[0])
            }
        })
    }

    fn transposed(&mut self, channels: usize) -> Result<Option<ValueId>> {
        let (filters, kernel) = (1 + self.to(20)?, self.pair(3)?);
        Ok(Some(self.weight(&[channels, filters, kernel[0], kernel[1]])))
    }

    fn convolution(&mut self, x: ValueId, channels: usize) -> Result<Option<ValueId>> {
        let group = match self.to(3)? {
            0 => channels.max(1),
            1 if channels.is_multiple_of(2) => 2,
            _ => 1,
        };
        let filters = group * if group == channels { 1 } else { 1 + self.to(39)? };
        let kernel = match self.to(3)? {
            0 => [1, 1],
            1 | 2 => [3, 3],
            _ => self.pair(5)?,
        };
        let (strides, dilations) = if self.to(1)? == 0 { ([1, 1], [1, 1]) } else { (self.pair(3)?, self.pair(2)?) };
        let op = Conv { strides, dilations, padding: self.padding()?, group };
        let mut inputs = vec![x, self.weight(&[filters, channels / group, kernel[0], kernel[1]])];
        if self.to(1)? == 0 {
            inputs.push(self.weight(&[filters]));
        }
        Ok(self.add(op, &inputs))
    }
}
