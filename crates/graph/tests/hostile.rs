//! Nonsense from strangers' files: any operator on any inputs must be refused or understood, and
//! never panic or take memory.

use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Op, Rules, Tensor, ValueId, differentiate};

/// Reproducible numbers (SplitMix64); absurd ones among them while `wild`.
struct Random {
    state: u64,
    wild: bool,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A number as attributes hold it: usually sensible.
    fn count(&mut self) -> usize {
        if self.wild && self.below(6) == 0 {
            self.of(&[0, 7, 4097, 1 << 31, 1 << 33, usize::MAX / 2, usize::MAX])
        } else {
            self.of(&[1, 1, 2, 2, 3, 4])
        }
    }

    fn pair(&mut self) -> [usize; 2] {
        if self.flag() { [1, 1] } else { [self.count(), self.count()] }
    }

    fn integer(&mut self) -> i64 {
        if self.wild && self.below(6) == 0 {
            self.of(&[i64::MIN, -(1 << 33), -5, 9, 1 << 31, 1 << 40, i64::MAX])
        } else {
            self.below(8) as i64 - 3
        }
    }

    fn float(&mut self) -> f32 {
        self.of(&[0.0, 1.0, -1.0, 0.5, 2.0, 1e-5, 1e30, f32::NAN, f32::INFINITY, f32::NEG_INFINITY])
    }

    fn padding(&mut self) -> Padding {
        match self.below(6) {
            0 => Padding::SameUpper,
            1 => Padding::SameLower,
            2..=4 => Padding::NONE,
            _ => Padding::Explicit([self.count(), self.count(), self.count(), self.count()]),
        }
    }

    fn dtype(&mut self) -> DType {
        self.of(&[DType::F32, DType::F32, DType::F32, DType::I64, DType::Bool])
    }

    fn shape(&mut self) -> Vec<usize> {
        let rank = self.of(&[4, 4, 4, 3, 2, 1, 0, 5, 6]);
        let wild = self.wild && self.below(6) == 0;
        (0..rank)
            .map(|_| {
                if wild {
                    self.of(&[0, 1, 3, 4097, 1 << 20, 1 << 31, 1 << 40, usize::MAX])
                } else {
                    self.of(&[1, 2, 2, 4, 4, 5])
                }
            })
            .collect()
    }
}

fn any_op(name: &str, r: &mut Random) -> Op {
    let axis = r.integer() as isize;
    let (keep_dims, epsilon) = (r.flag(), r.float());
    let max_pool =
        MaxPool { kernel: r.pair(), strides: r.pair(), dilations: r.pair(), padding: r.padding(), ceil_mode: r.flag() };
    let average_pool = AveragePool {
        kernel: r.pair(),
        strides: r.pair(),
        padding: r.padding(),
        ceil_mode: r.flag(),
        count_include_pad: r.flag(),
    };
    match name {
        "Abs" => Abs.into(),
        "AdaptiveAveragePool" => AdaptiveAveragePool { output: r.pair() }.into(),
        "AdaptiveAveragePoolGrad" => AdaptiveAveragePoolGrad { input: r.pair() }.into(),
        "Add" => Add.into(),
        "And" => And.into(),
        "AveragePool" => average_pool.into(),
        "AveragePoolGrad" => AveragePoolGrad { pool: average_pool, input: r.pair() }.into(),
        "BatchNormalization" => BatchNormalization { epsilon }.into(),
        "Cast" => Cast { to: r.dtype() }.into(),
        "Ceil" => Ceil.into(),
        "Clip" => Clip.into(),
        "Concat" => Concat { axis }.into(),
        "ConstantOfShape" => ConstantOfShape { value: Tensor::scalar(r.float()) }.into(),
        "Conv" => Conv { strides: r.pair(), dilations: r.pair(), padding: r.padding(), group: r.count() }.into(),
        "ConvTranspose" => {
            let (strides, dilations) = (r.pair(), r.pair());
            let output_padding = if r.flag() { [0, 0] } else { r.pair() };
            ConvTranspose { strides, dilations, padding: r.padding(), output_padding, group: r.count() }.into()
        }
        "DepthToSpace" => DepthToSpace { block: r.count(), column_row_depth: r.flag() }.into(),
        "Div" => Div.into(),
        "Dropout" => Dropout.into(),
        "Einsum" => {
            let equation = r.of(&[
                "bij,bjk->bik",
                "ij,jk",
                "ij,kj->ik",
                "bchw,cd->bdhw",
                "ii,ij->j",
                "i...,j->ij",
                "",
                ",",
                "->",
                "ab,bc->é",
                "ij->ji",
                "ij,jk->l",
                "abcd,abed->abce",
                "ab,cb->ac",
            ]);
            Einsum { equation: equation.into() }.into()
        }
        "Elu" => Elu { alpha: r.float() }.into(),
        "Equal" => Equal.into(),
        "Erf" => Erf.into(),
        "Exp" => Exp.into(),
        "Expand" => Expand.into(),
        "Flatten" => Flatten { axis }.into(),
        "Floor" => Floor.into(),
        "Gather" => Gather { axis }.into(),
        "GatherGrad" => GatherGrad { axis: r.count(), extent: r.count() }.into(),
        "Gelu" => Gelu { tanh: r.flag() }.into(),
        "Gemm" => Gemm { alpha: r.float(), beta: r.float(), trans_a: r.flag(), trans_b: r.flag() }.into(),
        "GlobalAveragePool" => GlobalAveragePool.into(),
        "GlobalMaxPool" => GlobalMaxPool.into(),
        "Greater" => Greater.into(),
        "GreaterOrEqual" => GreaterOrEqual.into(),
        "GroupNormalization" => GroupNormalization { groups: r.count(), epsilon }.into(),
        "HardSigmoid" => HardSigmoid { alpha: r.float(), beta: r.float() }.into(),
        "HardSwish" => HardSwish.into(),
        "Identity" => Identity.into(),
        "InstanceNormalization" => InstanceNormalization { epsilon }.into(),
        "LayerNormalization" => LayerNormalization { axis, epsilon }.into(),
        "LeakyRelu" => LeakyRelu { alpha: r.float() }.into(),
        "Less" => Less.into(),
        "LessOrEqual" => LessOrEqual.into(),
        "Log" => Log.into(),
        "LogSoftmax" => LogSoftmax { axis }.into(),
        "Lrn" => Lrn { size: r.count(), alpha: r.float(), beta: r.float(), bias: r.float() }.into(),
        "MatMul" => MatMul.into(),
        "Max" => Max.into(),
        "MaxPool" => max_pool.into(),
        "MaxPoolGrad" => MaxPoolGrad { pool: max_pool }.into(),
        "MaxPoolPick" => MaxPoolPick { pool: max_pool }.into(),
        "Min" => Min.into(),
        "Mish" => Mish.into(),
        "Mod" => Mod.into(),
        "Mul" => Mul.into(),
        "Neg" => Neg.into(),
        "Not" => Not.into(),
        "Or" => Or.into(),
        "PRelu" => PRelu.into(),
        "Pad" => Pad { mode: r.of(&[PadMode::Constant, PadMode::Edge, PadMode::Reflect]) }.into(),
        "Pow" => Pow.into(),
        "Range" => Range.into(),
        "Reciprocal" => Reciprocal.into(),
        "ReduceL2" => ReduceL2 { keep_dims }.into(),
        "ReduceMax" => ReduceMax { keep_dims }.into(),
        "ReduceMean" => ReduceMean { keep_dims }.into(),
        "ReduceMin" => ReduceMin { keep_dims }.into(),
        "ReduceProd" => ReduceProd { keep_dims }.into(),
        "ReduceSum" => ReduceSum { keep_dims }.into(),
        "Relu" => Relu.into(),
        "Reshape" => Reshape { allow_zero: r.flag() }.into(),
        "Resize" => {
            let mode =
                r.of(&[ResizeMode::Nearest, ResizeMode::Linear, ResizeMode::Cubic(-0.75), ResizeMode::Cubic(f32::NAN)]);
            let coordinates = r.of(&[
                Coordinates::HalfPixel,
                Coordinates::PytorchHalfPixel,
                Coordinates::AlignCorners,
                Coordinates::Asymmetric,
            ]);
            Resize {
                mode,
                coordinates,
                nearest: r.of(&[NearestMode::Floor, NearestMode::Ceil, NearestMode::RoundPreferFloor]),
            }
            .into()
        }
        "Round" => Round.into(),
        "Selu" => Selu { alpha: r.float(), gamma: r.float() }.into(),
        "Shape" => Shape { start: axis, end: r.flag().then(|| r.integer() as isize) }.into(),
        "Sigmoid" => Sigmoid.into(),
        "Sign" => Sign.into(),
        "Silu" => Silu.into(),
        "Slice" => Slice.into(),
        "Softmax" => Softmax { axis }.into(),
        "Softplus" => Softplus.into(),
        "Softsign" => Softsign.into(),
        "SpaceToDepth" => SpaceToDepth { block: r.count(), column_row_depth: r.flag() }.into(),
        "Split" => Split { axis, outputs: r.count().min(1 << 12) }.into(),
        "Sqrt" => Sqrt.into(),
        "Squeeze" => Squeeze.into(),
        "Sub" => Sub.into(),
        "Tanh" => Tanh.into(),
        "Tile" => Tile.into(),
        "Transpose" => Transpose { perm: (0..r.below(6)).map(|_| r.below(6)).collect() }.into(),
        "Unsqueeze" => Unsqueeze.into(),
        "Where" => Where.into(),
        other => panic!("{other} is not tried yet: add a line for it to `any_op` in crates/graph/tests/hostile.rs"),
    }
}

/// What the inputs of a round have in common, so that some of them are accepted.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Anything,
    /// All as the first.
    Alike(DType),
    /// Floats, one for each channel.
    PerChannel,
    /// Known numbers.
    Numbers,
}

fn any_input(graph: &mut Graph, first: &[usize], kind: Kind, r: &mut Random) -> Option<ValueId> {
    let free = |graph: &mut Graph, dtype: DType, shape: &[usize]| {
        graph.input("x", dtype, shape.iter().map(|_| Dim::Free(String::new())).collect(), shape)
    };
    Some(match kind {
        Kind::Alike(dtype) => free(graph, dtype, first),
        Kind::PerChannel => free(graph, DType::F32, first.get(1..2).unwrap_or(&[3])),
        Kind::Numbers => {
            let number = r.integer();
            graph.constant("", Tensor::i64([], vec![number]))
        }
        Kind::Anything => match r.below(8) {
            0 | 1 => return None,
            2 => {
                let some = r.below(7);
                let length = r.of(&[some, first.len(), 2 * first.len()]);
                let list: Vec<i64> = (0..length).map(|_| r.integer()).collect();
                graph.constant("", Tensor::ints(&list))
            }
            3 => {
                // Nearly the first input's shape, as a list.
                let mut list: Vec<i64> = first.iter().map(|&n| n as i64).collect();
                if !list.is_empty() {
                    let at = r.below(list.len());
                    list[at] = r.integer();
                }
                graph.constant("", Tensor::ints(&list))
            }
            4 => {
                let elements: Vec<f32> = (0..r.below(5)).map(|_| r.float()).collect();
                graph.constant("", Tensor::f32([elements.len()], elements))
            }
            5 => {
                let (dtype, shape) = (r.dtype(), r.shape());
                free(graph, dtype, &shape)
            }
            _ => {
                let dtype = r.dtype();
                free(graph, dtype, first)
            }
        },
    })
}

#[test]
fn no_operator_panics_on_nonsense() {
    let mut random = Random { state: 1, wild: false };
    let mut understood = vec![0; Op::NAMES.len()];
    for round in 0..1500 * Op::NAMES.len() {
        let r = &mut random;
        r.wild = r.flag();
        let mut graph = Graph::new();
        let shape = r.shape();
        let x = graph.input("x", DType::F32, shape.iter().map(|_| Dim::Free(String::new())).collect(), &shape);
        let alike = Kind::Alike(r.dtype());
        let kind = r.of(&[Kind::Anything, Kind::Anything, alike, Kind::PerChannel, Kind::Numbers]);
        let first = if r.flag() { any_input(&mut graph, &shape, kind, r) } else { Some(x) };
        let others = r.below(5);
        let mut inputs: Vec<_> =
            std::iter::once(first).chain((0..others).map(|_| any_input(&mut graph, &shape, kind, r))).collect();
        let which = round % Op::NAMES.len();
        if Op::NAMES[which] == "Resize" && r.flag() {
            // Chance alone would hardly ever leave out just these.
            inputs = vec![Some(x), None, None, any_input(&mut graph, &shape, Kind::Anything, r)];
        }
        let op = any_op(Op::NAMES[which], r);
        let spec = NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module: ModulePath::root() };
        if let Ok(outputs) = graph.add_node(spec) {
            understood[which] += 1;
            let _ = differentiate(&mut graph, outputs[0], &[x], Rules::Standard);
        }
    }
    let never: Vec<_> = Op::NAMES.iter().zip(&understood).filter(|(_, n)| **n == 0).map(|(name, _)| name).collect();
    assert!(never.is_empty(), "nothing tried with {never:?} was ever accepted: the test says nothing of them");
}
