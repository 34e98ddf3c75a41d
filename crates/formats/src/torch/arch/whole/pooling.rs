//! Pooling layers of PyTorch, timm and fastai.

use heatlens_graph::{Op, ValueId, ops};

use super::super::builder::Builder;
use super::super::misfit::Fit;
use super::super::variant::GlobalPool;
use crate::torch::ModuleTree;

/// Runs the layer `name`; `None` if it is another.
pub(super) fn run(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<Option<ValueId>> {
    let global = |pool| Ok(Some((pool, module.bool("flatten").unwrap_or(false))));
    let global: Fit<Option<(GlobalPool, bool)>> = match module.known_class() {
        "MaxPool2d" | "AvgPool2d" => return window(b, x, name, module).map(Some),
        "AdaptiveAvgPool2d" => return adaptive(b, x, name, module).map(Some),
        "BlurPool2d" => return blur(b, x, name, module).map(Some),
        "AdaptiveMaxPool2d" => to_one_cell(b, name, module, "output_size").map(|()| Some((GlobalPool::Max, false))),
        "AdaptiveAvgMaxPool2d" => {
            to_one_cell(b, name, module, "output_size").map(|()| Some((GlobalPool::AverageMax, false)))
        }
        "AdaptiveCatAvgMaxPool2d" => {
            to_one_cell(b, name, module, "output_size").map(|()| Some((GlobalPool::CatAverageMax, false)))
        }
        "AdaptiveConcatPool2d" => concat_pool(b, name, module).map(|()| Some((GlobalPool::CatMaxAverage, false))),
        "FastAdaptiveAvgPool" | "FastAdaptiveAvgPool2d" => global(GlobalPool::Average),
        "FastAdaptiveMaxPool" => global(GlobalPool::Max),
        "FastAdaptiveAvgMaxPool" => global(GlobalPool::AverageMax),
        "FastAdaptiveCatAvgMaxPool" => global(GlobalPool::CatAverageMax),
        _ => return Ok(None),
    };
    let Some((pool, flatten)) = global? else { return Ok(None) };
    let y = b.pool_globally(x, name, pool)?;
    if flatten { b.flatten(y, name).map(Some) } else { Ok(Some(y)) }
}

/// Maxima or means of windows.
fn window(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    let kernel = b.extents(name, module, "kernel_size", 1)?;
    let strides = b.extents(name, module, "stride", 1)?;
    let padding = ops::Padding::symmetric(b.extents(name, module, "padding", 0)?);
    let ceil_mode = module.bool("ceil_mode").unwrap_or(false);
    let op: Op = if module.known_class() == "MaxPool2d" {
        if module.bool("return_indices") == Some(true) {
            return Err(b.misplaced(name, module, "pooling that returns positions too is not supported"));
        }
        let dilations = module.ints::<2>("dilation").map_or(Ok([1; 2]), |_| b.extents(name, module, "dilation", 1))?;
        ops::MaxPool { kernel, strides, dilations, padding, ceil_mode }.into()
    } else {
        if module.int("divisor_override").is_some() {
            return Err(b.misplaced(name, module, "a divisor of one's own is not supported"));
        }
        let count_include_pad = module.bool("count_include_pad").unwrap_or(true);
        ops::AveragePool { kernel, strides, padding, ceil_mode, count_include_pad }.into()
    };
    b.add(op, &[x], name)
}

fn adaptive(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    match b.extents(name, module, "output_size", 1)? {
        [1, 1] => b.add(ops::GlobalAveragePool, &[x], name),
        output => b.add(ops::AdaptiveAveragePool { output }, &[x], name),
    }
}

/// Checks that pooling is to one cell.
fn to_one_cell(b: &Builder<'_>, name: &str, module: &ModuleTree, size: &str) -> Fit<()> {
    match module.ints::<2>(size) {
        Some([1, 1]) => Ok(()),
        _ => Err(b.misplaced(name, module, "pooling by maxima is supported to one cell only")),
    }
}

/// fastai's pooling: maxima and then means, in two modules whose size they say.
fn concat_pool(b: &Builder<'_>, name: &str, module: &ModuleTree) -> Fit<()> {
    let part = |part: &str, class: &str| {
        b.pickled(&format!("{name}.{part}"))
            .is_some_and(|m| m.known_class() == class && m.ints::<2>("output_size") == Some([1, 1]))
    };
    if part("mp", "AdaptiveMaxPool2d") && part("ap", "AdaptiveAvgPool2d") {
        return Ok(());
    }
    Err(b.misplaced(name, module, "it is not the pooling to one cell that fastai has under this name"))
}

/// timm's blur in front of a stride.
fn blur(b: &mut Builder<'_>, x: ValueId, name: &str, module: &ModuleTree) -> Fit<ValueId> {
    if module.int("filt_size") != Some(3) || module.int("stride") != Some(2) {
        return Err(b.misplaced(name, module, "only a blur of 3×3 cells with a stride of 2 is supported"));
    }
    let mode = match module.str("pad_mode") {
        None | Some("reflect") => ops::PadMode::Reflect,
        Some("constant") => ops::PadMode::Constant,
        Some(_) => return Err(b.misplaced(name, module, "it pads by a mode that is not known")),
    };
    super::super::smoothing::blur(b, x, name, mode)
}
