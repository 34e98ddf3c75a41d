//! What is to be said of the layer that is explained where none is named.

use heatlens::{Layer, Model};

/// Says that the map is made in front of the last pooling, where pooling leaves several cells and
/// others explain behind it.
pub(crate) fn before_pooling(model: &Model, asked: &[String]) -> Option<String> {
    let (layer, pooled) = (model.default_layer().ok()?, model.pooled_layer()?);
    let size = |layer: &Layer| match *model.graph().shape(layer.value) {
        [.., height, width] => format!("{height}×{width}"),
        _ => String::new(),
    };
    asked.is_empty().then(|| {
        format!(
            "`{}` ({} cells) is explained, in front of the last pooling; `--layer {}` explains behind it ({}), as \
             other tools do",
            layer.name,
            size(&layer),
            pooled.name,
            size(&pooled)
        )
    })
}
