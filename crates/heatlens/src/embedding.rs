//! Layers that have seen nothing but single patches of pixels.

use heatlens_graph::{Graph, Op, ValueId};

/// Pixels a side from which on windows without overlap are patches, as a vision transformer cuts
/// them.
const PATCH: usize = 4;

/// Whether each cell of a value is made of one patch of pixels by one convolution, as a vision
/// transformer's embedding makes it: a map there says which patches are of a colour that counts,
/// not what the network saw in them.
pub(crate) fn is_patch_embedding(graph: &Graph, mut value: ValueId) -> bool {
    let is_image = |value: ValueId| graph.inputs().iter().any(|input| input.value == value);
    let mut cuts = false;
    while !is_image(value) {
        let Some(node) = graph.value(value).producer.map(|node| graph.node(node)) else { return false };
        match &node.op {
            Op::Conv(conv) => {
                let kernel = node.inputs[1].map_or(&[][..], |weight| graph.shape(weight));
                let fits = kernel.iter().skip(2).zip(conv.strides).all(|(&side, step)| side <= step && step >= PATCH);
                if cuts || !fits {
                    return false;
                }
                cuts = true;
            }
            Op::Cast(_)
            | Op::Transpose(_)
            | Op::Identity(_)
            | Op::Reshape(_)
            | Op::Resize(_)
            | Op::Add(_)
            | Op::Sub(_)
            | Op::Mul(_)
            | Op::Div(_)
            | Op::LayerNormalization(_) => {}
            _ => return false,
        }
        let mut images = node.inputs.iter().flatten().filter(|&&input| graph.value(input).constant.is_none());
        let (Some(&input), None) = (images.next(), images.next()) else { return false };
        value = input;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use heatlens_graph::ops::{Conv, Div, LayerNormalization, Relu, Transpose};
    use heatlens_graph::{DType, Dim, ModulePath, Tensor};

    use super::*;

    #[test]
    fn patches_of_pixels_are_told_from_features() {
        let (mut graph, root) = (Graph::new(), ModulePath::root());
        let shape = [1, 3, 32, 32];
        let x = graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape);
        let by = graph.constant("by", Tensor::scalar(255.0));
        let scaled = graph.add(Div, &[x, by], &root).unwrap();
        let conv = |graph: &mut Graph, x: ValueId, channels: usize, kernel: usize, stride: usize| {
            let weights = vec![0.1; 4 * channels * kernel * kernel];
            let weight = graph.constant("w", Tensor::f32([4, channels, kernel, kernel], weights));
            graph.add(Conv { strides: [stride; 2], ..Conv::default() }, &[x, weight], &root).unwrap()
        };
        let patches = conv(&mut graph, scaled, 3, 8, 8);
        let last = graph.add(Transpose { perm: vec![0, 2, 3, 1] }, &[patches], &root).unwrap();
        let scale = graph.constant("scale", Tensor::f32([4], vec![1.0; 4]));
        let normalised = graph.add(LayerNormalization { axis: -1, epsilon: 1e-5 }, &[last, scale], &root).unwrap();
        assert!([patches, last, normalised].iter().all(|&value| is_patch_embedding(&graph, value)));

        let small = conv(&mut graph, scaled, 3, 2, 2);
        let overlapping = conv(&mut graph, scaled, 3, 11, 4);
        let features = graph.add(Relu, &[patches], &root).unwrap();
        let merged = conv(&mut graph, patches, 4, 4, 4);
        let later = conv(&mut graph, features, 4, 1, 1);
        for value in [x, scaled, small, overlapping, features, merged, later] {
            assert!(!is_patch_embedding(&graph, value), "{}", graph.value(value).name);
        }
    }
}
