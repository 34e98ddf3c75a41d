//! What is to be said of the layers that maps are made at.

use heatlens::{Layer, Method, Model, Need};

/// A warning where maps are made at the patch embedding of a transformer, which is the only feature
/// map that many of them have, by methods that read a layer's activations.
pub fn patch_embedding(model: &Model, layers: &[Layer], methods: &[Method]) -> Option<String> {
    let reads = methods.iter().any(|method| method.needs(Need::Activations));
    let layer = layers.iter().find(|layer| model.is_patch_embedding(layer)).filter(|_| reads)?;
    let way = match model.default_layer().ok().filter(|layer| !model.is_patch_embedding(layer)) {
        Some(last) => format!(
            "leave --layer out for `{}`, the last before the classifier, or choose one that `heatlens layers` lists \
             further down",
            last.name
        ),
        None => "the network has no later feature map, and methods that ask the network itself depend on none: \
                 --methods rise or --methods occlusion"
            .to_owned(),
    };
    Some(format!(
        "`{}` is the patch embedding: it makes each cell of one patch of pixels, before the network compares any of \
         them, so a map there says little of what the network finds; {way}",
        layer.name
    ))
}

/// Says that the map is made in front of the last pooling, where pooling leaves several cells and
/// others explain behind it.
pub(crate) fn before_pooling(model: &Model, asked: &[String], methods: &[Method]) -> Option<String> {
    if !asked.is_empty() || !methods.iter().any(|method| method.needs(Need::Activations)) {
        return None;
    }
    let (layer, pooled) = (model.default_layer().ok()?, model.pooled_layer()?);
    let size = |layer: &Layer| match *model.graph().shape(layer.value) {
        [.., height, width] => format!("{height}×{width}"),
        _ => String::new(),
    };
    Some(format!(
        "`{}` ({} cells) is explained, in front of the last pooling; `--layer {}` explains behind it ({}), as other \
         tools do",
        layer.name,
        size(&layer),
        pooled.name,
        size(&pooled)
    ))
}

#[cfg(test)]
mod tests {
    use heatlens::ModelOptions;
    use heatlens::graph::ops::{Conv, Flatten, Gelu, GlobalAveragePool};
    use heatlens::graph::{DType, Dim, Graph, ModulePath, Tensor, ValueId};
    use heatlens_formats::onnx::{WriteOptions, write};

    use super::*;

    /// Patches of 4×4 pixels and a head, perhaps with a convolution over the patches between.
    fn model(mixes: bool) -> Model {
        let (mut graph, root) = (Graph::new(), ModulePath::root());
        let shape = [1, 3, 32, 32];
        let x = graph.input("x", DType::F32, shape.map(Dim::Fixed).to_vec(), &shape);
        let conv = |graph: &mut Graph, x: ValueId, [out, channels, side]: [usize; 3], stride: usize, name: &str| {
            let count = out * channels * side * side;
            let weight = (0..count).map(|i| (i % 5) as f32 / 10.0 - 0.2).collect();
            let weight = graph.constant("w", Tensor::f32([out, channels, side, side], weight));
            let conv = Conv { strides: [stride; 2], ..Conv::default() };
            graph.add(conv, &[x, weight], &root.child(name)).unwrap()
        };
        let mut y = conv(&mut graph, x, [4, 3, 4], 4, "proj");
        if mixes {
            y = graph.add(Gelu { tanh: false }, &[y], &root.child("act")).unwrap();
            y = conv(&mut graph, y, [4, 4, 3], 1, "mixer");
        }
        let y = graph.add(GlobalAveragePool, &[y], &root.child("pool")).unwrap();
        let y = conv(&mut graph, y, [2, 4, 1], 1, "head");
        let y = graph.add(Flatten { axis: 1 }, &[y], &root).unwrap();
        graph.set_outputs(vec![y]);
        let bytes = write(&graph, &WriteOptions::default()).unwrap();
        Model::from_bytes(&bytes, &|_| Err(std::io::ErrorKind::NotFound.into()), &ModelOptions::default()).unwrap()
    }

    #[test]
    fn a_map_at_patches_is_doubted_where_the_method_reads_it() {
        let only = model(false);
        let said = |model: &Model, layer: &Layer, methods: &[Method]| {
            patch_embedding(model, std::slice::from_ref(layer), methods)
        };
        let last = only.default_layer().unwrap();
        let words = said(&only, &last, &[Method::Rise, Method::GradCam]).unwrap();
        assert!(words.starts_with("`proj` is the patch embedding") && words.contains("--methods rise"), "{words}");
        assert_eq!(said(&only, &last, &[Method::Rise]), None);

        let mixing = model(true);
        let words = said(&mixing, &mixing.layer("proj").unwrap(), &[Method::GradCam]).unwrap();
        assert!(words.contains("leave --layer out for `mixer`"), "{words}");
        assert_eq!(said(&mixing, &mixing.default_layer().unwrap(), &[Method::GradCam]), None);
    }
}
