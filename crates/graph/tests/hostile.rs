//! Nonsense from strangers' files: any operator on any inputs must be refused or understood, and
//! never panic or take memory.

#[path = "../../../tests/operators/mod.rs"]
mod operators;

use heatlens_graph::{DType, Dim, Graph, ModulePath, NodeSpec, Rules, Tensor, ValueId, differentiate};
use operators::{ALL, Any};

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

fn any_input(graph: &mut Graph, first: &[usize], kind: Kind, any: &mut Any) -> Option<ValueId> {
    let free = |graph: &mut Graph, dtype: DType, shape: &[usize]| {
        graph.input("x", dtype, shape.iter().map(|_| Dim::Free(String::new())).collect(), shape)
    };
    Some(match kind {
        Kind::Alike(dtype) => free(graph, dtype, first),
        Kind::PerChannel => free(graph, DType::F32, first.get(1..2).unwrap_or(&[3])),
        Kind::Numbers => {
            let number = any.integer();
            graph.constant("", Tensor::i64([], vec![number]))
        }
        Kind::Anything => match any.below(8) {
            0 | 1 => return None,
            2 => {
                let some = any.below(7);
                let length = any.of(&[some, first.len(), 2 * first.len()]);
                let list: Vec<i64> = (0..length).map(|_| any.integer()).collect();
                graph.constant("", Tensor::ints(&list))
            }
            3 => {
                // Nearly the first input's shape, as a list.
                let mut list: Vec<i64> = first.iter().map(|&n| n as i64).collect();
                if !list.is_empty() {
                    let at = any.below(list.len());
                    list[at] = any.integer();
                }
                graph.constant("", Tensor::ints(&list))
            }
            4 => {
                let elements: Vec<f32> = (0..any.below(5)).map(|_| any.float()).collect();
                graph.constant("", Tensor::f32([elements.len()], elements))
            }
            5 => {
                let (dtype, shape) = (any.dtype(), any.shape());
                free(graph, dtype, &shape)
            }
            _ => {
                let dtype = any.dtype();
                free(graph, dtype, first)
            }
        },
    })
}

#[test]
fn no_operator_panics_on_nonsense() {
    let any = &mut Any::new();
    let mut understood = vec![0; ALL.len()];
    for round in 0..1500 * ALL.len() {
        any.wild = any.flag();
        let mut graph = Graph::new();
        let shape = any.shape();
        let x = graph.input("x", DType::F32, shape.iter().map(|_| Dim::Free(String::new())).collect(), &shape);
        let alike = Kind::Alike(any.dtype());
        let kind = any.of(&[Kind::Anything, Kind::Anything, alike, Kind::PerChannel, Kind::Numbers]);
        let first = if any.flag() { any_input(&mut graph, &shape, kind, any) } else { Some(x) };
        let others = any.below(5);
        let mut inputs: Vec<_> =
            std::iter::once(first).chain((0..others).map(|_| any_input(&mut graph, &shape, kind, any))).collect();
        let which = round % ALL.len();
        let operator = &ALL[which];
        if operator.name == "Resize" && any.flag() {
            // Chance alone would hardly ever leave out just these.
            inputs = vec![Some(x), None, None, any_input(&mut graph, &shape, Kind::Anything, any)];
        }
        let op = (operator.any)(any);
        assert_eq!(op.name(), operator.name, "`any` in {} makes another operator", operator.file);
        let spec = NodeSpec { op, inputs, name: String::new(), output_names: Vec::new(), module: ModulePath::root() };
        if let Ok(outputs) = graph.add_node(spec) {
            understood[which] += 1;
            let _ = differentiate(&mut graph, outputs[0], &[x], Rules::Standard);
        }
    }
    let never: Vec<_> =
        ALL.iter().zip(&understood).filter(|(_, n)| **n == 0).map(|(operator, _)| operator.name).collect();
    assert!(never.is_empty(), "nothing tried with {never:?} was ever accepted: the test says nothing of them");
}
