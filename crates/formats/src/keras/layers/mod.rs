//! The layers. A layer is one row: its class, its weights in the order in which Keras keeps them, and
//! what it appends to the graph. The table at the bottom is the only list of them.

mod activation;
mod arithmetic;
mod conv;
mod dense;
mod merge;
mod norm;
mod operation;
mod pool;
mod preprocessing;
mod shape;

use heatlens_graph::{ModulePath, Op, Tensor, ValueId};
use serde_json::Value;

use super::builder::Builder;
use super::config::{self, Config};
use super::store::Variable;
use crate::FormatError;

/// What a layer is given in one place.
#[derive(Clone)]
pub(super) enum Given<'c> {
    Tensor(ValueId),
    List(Vec<Given<'c>>),
    Value(&'c Value),
}

impl Given<'_> {
    /// All tensors in it, in order.
    pub fn tensors(&self, into: &mut Vec<ValueId>) {
        match self {
            Given::Tensor(value) => into.push(*value),
            Given::List(list) => list.iter().for_each(|given| given.tensors(into)),
            Given::Value(_) => {}
        }
    }
}

/// One call of a layer, where it is to be built.
pub(super) struct Site<'s, 'c, 'f, 'a> {
    pub config: Config<'c>,
    pub given: Vec<Given<'c>>,
    pub named: Vec<(&'c str, Given<'c>)>,
    pub variables: &'s [Variable<'f, 'a>],
    pub builder: &'s mut Builder,
    pub module: ModulePath,
}

/// What a layer makes.
type Built = Result<ValueId, FormatError>;

/// A class of layers.
struct Row {
    class: &'static str,
    /// Its weights, in the order in which Keras keeps them.
    variables: fn(&Config<'_>) -> Vec<&'static str>,
    build: fn(&mut Site<'_, '_, '_, '_>) -> Built,
}

/// The names of a layer's weights, in the order in which Keras keeps them; none for classes that have
/// none, or that are not known.
pub(super) fn variables(config: &Config<'_>) -> Vec<&'static str> {
    row(config.class).map_or_else(Vec::new, |row| (row.variables)(config))
}

/// Appends what a layer computes.
///
/// # Errors
/// [`FormatError::Unsupported`] for classes that are not known and settings that are not read;
/// [`FormatError::Damaged`] for weights that do not fit.
pub(super) fn build(mut site: Site<'_, '_, '_, '_>) -> Built {
    let row = row(site.config.class).ok_or_else(|| super::refuse::unknown(site.config.class, site.config.name))?;
    site.config.expect_channels_last()?;
    site.note_precision();
    let built = (row.build)(&mut site)?;
    Ok(built)
}

fn row(class: &str) -> Option<&'static Row> {
    // Classes that were registered have the package in front: `Custom>LayerScale`.
    let class = class.rsplit_once('>').map_or(class, |(_, class)| class);
    ROWS.iter().find(|row| row.class == class)
}

impl<'c> Site<'_, 'c, '_, '_> {
    /// The tensor that the layer takes, the first of several.
    fn input(&self) -> Built {
        self.inputs()?.first().copied().ok_or_else(|| self.config.unsupported("it takes no tensor"))
    }

    /// All tensors that it takes by place, or by name where there are none.
    fn inputs(&self) -> Result<Vec<ValueId>, FormatError> {
        let mut found = Vec::new();
        self.given.iter().for_each(|given| given.tensors(&mut found));
        if found.is_empty() {
            self.named.iter().for_each(|(_, given)| given.tensors(&mut found));
        }
        if found.is_empty() {
            return Err(self.config.unsupported("it takes no tensor"));
        }
        Ok(found)
    }

    /// What is given in this place, or by one of these names.
    fn argument(&self, place: usize, names: &[&str]) -> Option<&Given<'c>> {
        let named = || self.named.iter().find(|(name, _)| names.contains(name)).map(|(_, given)| given);
        self.given.get(place).or_else(named)
    }

    /// A setting, or what is given by this name.
    fn setting(&self, name: &str) -> Option<&'c Value> {
        let named = self.named.iter().find(|(key, _)| *key == name);
        self.config.get(name).or(match named {
            Some((_, Given::Value(value))) if !value.is_null() => Some(value),
            _ => None,
        })
    }

    /// Integers by the first of these names that is there, or in this place.
    fn ints(&self, place: usize, names: &[&str]) -> Result<Option<Vec<i64>>, FormatError> {
        let placed = match self.given.get(place) {
            Some(Given::Value(value)) if !value.is_null() => Some(*value),
            _ => None,
        };
        match names.iter().find_map(|name| self.setting(name)).or(placed) {
            None => Ok(None),
            Some(value) => {
                let ints = config::ints(value);
                ints.map(Some).ok_or_else(|| self.config.unsupported(format!("{} = {value}", names[0])))
            }
        }
    }

    /// Where Keras's axis lies here.
    fn axis(&self, x: ValueId, axis: i64) -> Result<usize, FormatError> {
        let found = self.builder.axis(x, axis);
        found.ok_or_else(|| self.config.unsupported(format!("axis {axis} of {} axes", self.builder.rank(x))))
    }

    /// Appends a node.
    fn add(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Built {
        self.builder.add(op, inputs, &self.module)
    }

    /// A number to combine with tensors.
    fn scalar(&mut self, value: f32) -> ValueId {
        self.builder.anonymous(Tensor::scalar(value))
    }

    /// Integers that an operator takes.
    fn integers(&mut self, values: &[i64]) -> ValueId {
        self.builder.anonymous(Tensor::ints(values))
    }

    /// The weight of this name as the file has it, of this many axes.
    fn variable(&self, name: &str, rank: usize) -> Result<Tensor, FormatError> {
        let wanted = variables(&self.config);
        let fail = |what: String| {
            FormatError::Damaged(format!("layer `{}` ({}): {what}", self.config.name, self.config.class))
        };
        if self.variables.len() < wanted.len() {
            return Err(fail(format!("the file has {} of its weights {}", self.variables.len(), wanted.join(", "))));
        }
        // Names where the file has them, for it may keep another order.
        let named = self.variables.iter().find(|variable| stem(&variable.name) == name);
        let all_named = wanted.iter().all(|name| self.variables.iter().any(|variable| stem(&variable.name) == *name));
        let place = wanted.iter().position(|wanted| *wanted == name);
        let found = named.filter(|_| all_named).or_else(|| self.variables.get(place?));
        let data = &found.ok_or_else(|| fail(format!("no weight {name}")))?.data;
        if data.shape().len() != rank || data.shape().contains(&0) {
            return Err(fail(format!("{name} has shape {:?}, and {rank} axes are needed", data.shape())));
        }
        data.read()
    }

    /// The constant that `make` makes of the weight `name`; the same one each time that the layer is
    /// called.
    fn weight(
        &mut self,
        name: &str,
        rank: usize,
        make: impl FnOnce(&Self, Tensor) -> Result<Tensor, FormatError>,
    ) -> Built {
        let path = self.module.child(name).to_string();
        if let Some(value) = self.builder.made(&path) {
            return Ok(value);
        }
        let tensor = make(self, self.variable(name, rank)?)?;
        self.builder.constant(path, || Ok(tensor))
    }

    /// The weight `name` of one number for each of `count` channels.
    fn vector(&mut self, name: &str, count: usize) -> Built {
        self.weight(name, 1, |site, tensor| site.expect(name, tensor, &[count]))
    }

    /// A weight that must have this shape.
    fn expect(&self, name: &str, tensor: Tensor, shape: &[usize]) -> Result<Tensor, FormatError> {
        if tensor.shape() == shape {
            return Ok(tensor);
        }
        Err(FormatError::Damaged(format!(
            "layer `{}` ({}): {name} has shape {:?}, and {shape:?} is needed",
            self.config.name,
            self.config.class,
            tensor.shape()
        )))
    }

    /// Says where training computed in half precision.
    fn note_precision(&mut self) {
        let policy = self.config.get("dtype");
        let named = policy.and_then(|policy| {
            policy.as_str().or_else(|| policy.get("config")?.get("name").or(policy.get("config"))?.as_str())
        });
        if let Some(policy) = named.filter(|policy| policy.contains("float16")) {
            self.builder.note(format!("the model computes in half precision ({policy}) in Keras, and in single here"));
        }
    }
}

/// `kernel` of `kernel_1`, which TensorFlow 1 made of names that were taken.
fn stem(name: &str) -> &str {
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    match name.rsplit_once('_') {
        Some((stem, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => name,
    }
}

/// A layer without weights.
fn none(_: &Config<'_>) -> Vec<&'static str> {
    Vec::new()
}

/// What does nothing to an image once training is over.
fn identity(site: &mut Site<'_, '_, '_, '_>) -> Built {
    site.input()
}

macro_rules! rows {
    ($($($class:literal)|+ => $variables:path, $build:path;)*) => {
        const ROWS: &[Row] = &[$($(Row { class: $class, variables: $variables, build: $build },)+)*];
    };
}

rows! {
    "Conv2D" | "Convolution2D" => conv::kernel_and_bias, conv::conv;
    "DepthwiseConv2D" => conv::depthwise_and_bias, conv::depthwise;
    "SeparableConv2D" | "SeparableConvolution2D" => conv::separable_weights, conv::separable;
    "Conv2DTranspose" | "Convolution2DTranspose" => conv::kernel_and_bias, conv::transposed;
    "Dense" => conv::kernel_and_bias, dense::dense;

    "BatchNormalization" | "BatchNormalizationV1" | "SyncBatchNormalization" => norm::batch_weights, norm::batch;
    "LayerNormalization" => norm::layer_weights, norm::layer;
    "GroupNormalization" => norm::group_weights, norm::group;
    "UnitNormalization" => none, norm::unit;
    "LayerScale" => norm::scale_weights, norm::scale;

    "Activation" => none, activation::by_name;
    "ReLU" => none, activation::relu;
    "LeakyReLU" | "LeakyRelu" => none, activation::leaky_relu;
    "PReLU" => activation::alpha, activation::prelu;
    "ELU" => none, activation::elu;
    "ThresholdedReLU" => none, activation::thresholded_relu;
    "Softmax" => none, activation::softmax;
    "Relu" | "Relu6" | "Sigmoid" | "Silu" | "Tanh" | "Softplus" | "Softsign" | "Selu" | "Elu" | "Gelu" | "HardSigmoid"
    | "HardSilu" | "HardSwish" | "Mish" | "LogSoftmax" | "HardTanh" | "Exp" => none, activation::operation;

    "MaxPooling2D" | "MaxPool2D" => none, pool::max;
    "AveragePooling2D" | "AvgPool2D" => none, pool::average;
    "GlobalAveragePooling2D" | "GlobalAvgPool2D" => none, pool::global_average;
    "GlobalMaxPooling2D" | "GlobalMaxPool2D" => none, pool::global_max;
    "GlobalAveragePooling1D" | "GlobalAvgPool1D" => none, pool::global_average_of_steps;
    "GlobalMaxPooling1D" | "GlobalMaxPool1D" => none, pool::global_max_of_steps;

    "Add" => none, merge::add;
    "Subtract" => none, merge::subtract;
    "Multiply" => none, merge::multiply;
    "Average" => none, merge::average;
    "Maximum" => none, merge::maximum;
    "Minimum" => none, merge::minimum;
    "Concatenate" => none, merge::concatenate;
    "CustomScaleLayer" => none, merge::scaled_sum;

    "Flatten" => none, shape::flatten;
    "Reshape" => none, shape::reshape;
    "Permute" => none, shape::permute;
    "ZeroPadding2D" => none, shape::zero_padding;
    "Cropping2D" => none, shape::cropping;
    "UpSampling2D" => none, shape::up_sampling;
    "Resizing" => none, shape::resizing;
    "CenterCrop" => none, shape::center_crop;

    "Rescaling" => none, preprocessing::rescaling;
    "Normalization" => preprocessing::moments, preprocessing::normalization;
    "Dropout" | "SpatialDropout2D" | "AlphaDropout" | "GaussianDropout" | "GaussianNoise" | "ActivityRegularization"
    | "StochasticDepth" | "InputLayer" | "Identity" | "RandomFlip" | "RandomRotation" | "RandomZoom" | "RandomContrast"
    | "RandomBrightness" | "RandomTranslation" | "RandomHeight" | "RandomWidth" | "RandomShear" | "RandomHue"
    | "RandomSaturation" | "RandomColorJitter" | "RandomColorDegeneration" | "RandomSharpness" | "RandomGrayscale"
    | "RandomErasing" | "RandomGaussianBlur" | "RandomInvert" | "RandomPosterization" | "RandomPerspective"
    | "RandomElasticTransform" | "AutoContrast" | "MixUp" | "CutMix" | "RandAugment" | "AugMix" => none, identity;

    "TFOpLambda" | "SlicingOpLambda" => none, operation::lambda;
    "TrueDivide" | "Divide" => none, merge::divide;
    "Negative" => none, arithmetic::negative;
    "Absolute" | "Abs" => none, arithmetic::absolute;
    "Square" => none, arithmetic::square;
    "Sqrt" => none, arithmetic::square_root;
    "Log" => none, arithmetic::logarithm;
    "Power" => none, merge::power;
    "Clip" => none, arithmetic::clip;
    "Cast" => none, identity;
    "Mean" => none, arithmetic::mean;
    "Sum" => none, arithmetic::sum;
    "Max" | "Amax" => none, arithmetic::largest;
    "Min" | "Amin" => none, arithmetic::smallest;
    "GetItem" => none, operation::get_item;
    "Stack" => none, shape::stack;
    "ExpandDims" => none, shape::expand_dims;
    "Squeeze" => none, shape::squeeze;
    "Transpose" => none, shape::transpose;
    "Matmul" => none, arithmetic::matmul;
}
