//! What `run.json` says of models, layers and preprocessing.

use heatlens::{Combine, Explainer, InputLayout, Model, ScoreKind, Target};
use heatlens_imaging::Preprocess;
use heatlens_record::{
    ConstantRecord, InputRecord, LayerRecord, ModelRecord, PreprocessingRecord, RunRecord, SCHEMA, SmoothingRecord,
    Task,
};

use crate::SubjectOptions;

/// A record of what every run has; the data and what belongs to one task are left to the caller.
pub(crate) fn record(
    task: Task,
    (model, read_as): (&Model, &SubjectOptions),
    explainer: &Explainer,
    preprocess: &Preprocess,
    targets: &[Target],
    positive: Option<usize>,
) -> RunRecord {
    let classes = model.classes();
    let options = explainer.options();
    RunRecord {
        schema: SCHEMA.into(),
        heatlens: env!("CARGO_PKG_VERSION").into(),
        task,
        model: model_record(model, read_as),
        classes: classes.to_vec(),
        positive: positive.map(|class| classes[class].clone()),
        layers: layers(explainer),
        methods: explainer.methods().iter().map(|method| method.card().name.to_owned()).collect(),
        targets: targets.iter().map(|target| words(target, classes)).collect(),
        score: if options.score == ScoreKind::Logit { "logit" } else { "probability" }.into(),
        combine: options.combine.map(|combine| Combine::name(combine).to_owned()),
        smoothing: SmoothingRecord { aug: options.augment, eigen: options.eigen },
        preprocessing: PreprocessingRecord {
            steps: serde_json::from_str(&preprocess.to_json()).unwrap_or_default(),
            words: preprocess.to_string(),
            sha256: preprocess.hash(),
        },
        seed: options.seed,
        ..RunRecord::default()
    }
}

fn model_record(model: &Model, read_as: &SubjectOptions) -> ModelRecord {
    let input = model.input();
    let [height, width] = input.size();
    ModelRecord {
        file: read_as.model.display().to_string(),
        sha256: model.sha256().to_owned(),
        format: format!("{:?}", model.format()),
        architecture: model.architecture().map(str::to_owned),
        head: Some(model.head().name().to_owned()),
        weights: read_as.weights.clone(),
        output: read_as.output.clone(),
        constants: read_as
            .constants
            .iter()
            .map(|(input, values)| ConstantRecord { input: input.clone(), values: values.clone() })
            .collect(),
        input: InputRecord {
            layout: if input.layout == InputLayout::Nchw { "nchw" } else { "nhwc" }.into(),
            channels: input.channels,
            height,
            width,
        },
    }
}

fn layers(explainer: &Explainer) -> Vec<LayerRecord> {
    let shapes = explainer.layer_shapes();
    let layer = |(layer, [channels, height, width]): (&heatlens::Layer, [usize; 3])| LayerRecord {
        name: layer.name.clone(),
        channels,
        cells: [height, width],
    };
    explainer.layers().iter().zip(shapes).map(layer).collect()
}

fn words(target: &Target, classes: &[String]) -> String {
    match target {
        Target::Predicted => "predicted".to_owned(),
        Target::Class(class) => classes[*class].clone(),
        Target::Contrast(class, against) => format!("{} vs {}", classes[*class], classes[*against]),
    }
}
