//! Broken and hostile files: each is an error that says what is wrong and where, at once and
//! without taking memory for what is only claimed.

use std::path::Path;
use std::time::{Duration, Instant};

use heatlens_formats::{FormatError, LoadOptions, load};

use super::{golden, report};

/// Files of `tests/bad/onnx` and words of the message.
const FILES: &[(&str, &str)] = &[
    ("add-overflow", "Reshape at node `Reshape_out` cannot take"),
    ("add-unequal", "cannot be broadcast together"),
    ("batch-norm-short", "there are 3 channels"),
    ("branch-by-image", "If at node `If_out`: which branch is taken depends on the image"),
    ("branch-missing", "attribute `then_branch` is missing"),
    ("cast-to-text", "Cast at node `Cast_out` holds text"),
    ("concat-far-axis", "axis 9 does not exist"),
    ("concat-unequal", "does not continue the others"),
    ("conv-huge-dilation", "attribute `dilations`"),
    ("conv-huge-pads", "attribute `pads`"),
    ("conv-huge-stride", "attribute `strides`"),
    ("conv-negative-groups", "it has -3 groups"),
    ("conv-negative-pads", "attribute `pads` is [-1, 0, 0, 0]"),
    ("conv-odd-groups", "2 groups do not divide"),
    ("conv-odd-pads", "attribute `pads` is [1, 1, 1]"),
    ("conv-strange-padding", "`auto_pad` is `SAME`"),
    ("conv-too-large", "larger than the padded activation"),
    ("conv-transpose-shape", "should have the extent 100, and only 10 can be made"),
    ("conv-wrong-channels", "the weight is for 3 input channels"),
    ("conv-wrong-kernel", "`kernel_shape` contradicts its weight"),
    ("conv-wrong-type", "attribute `strides` of Conv at node `Conv_out` holds String, expected Ints"),
    ("conv-zero-groups", "it has 0 groups"),
    ("conv-zero-stride", "a stride or a dilation is 0"),
    ("cycle", "form a cycle"),
    ("dangling", "Add at node `Add_out` takes `nowhere`, which nothing makes"),
    ("dangling-output", "the output `out`, which nothing makes"),
    ("depth-to-space-odd", "not made of blocks"),
    ("depth-to-space-zero", "`blocksize` is 0"),
    ("divide-by-zero", "Reshape at node `Reshape_out` cannot take"),
    ("doubling", "would be larger than"),
    ("duplicate-output", "the name `a` is given to two values"),
    ("duplicate-weight", "the name `w` is given to two values"),
    ("einsum-nonsense", "`ij,->->`"),
    ("empty-concat", "it has no arguments"),
    ("endless-function", "do they call themselves?"),
    ("expand-huge", "would be larger than"),
    ("external-absolute", "only files beside the model"),
    ("external-escape", "only files beside the model"),
    ("external-missing", "`weights.bin`, which must lie beside it"),
    ("fill-huge", "would be larger than"),
    ("fill-negative", "an extent of -1"),
    ("flatten-far", "axis 9 does not exist"),
    ("function-bomb", "more than 100000 nodes"),
    ("function-constants", "functions repeat large constants"),
    ("gather-far-axis", "does not exist"),
    ("gather-outside", "index 3 does not exist"),
    ("gemm-unequal", "do not match"),
    ("group-norm-short", "the scale has shape [1]"),
    ("group-norm-zero", "0 groups do not divide"),
    ("huge-and-empty", "more elements than any memory holds"),
    ("huge-constant", "needs 4398046511104 bytes and 0 are there"),
    ("huge-input", "input `x` would have the shape"),
    ("huge-product", "more elements than any memory holds"),
    ("huge-tensor", "weight `w` of shape [1099511627776] needs 4398046511104 bytes and 4 are there"),
    ("layer-norm-far", "does not exist"),
    ("lrn-zero", "its window has 0 channels"),
    ("matmul-unequal", "do not match"),
    ("mixed-types", "different element types"),
    ("negative-extent", "weight `w` has a negative extent"),
    ("no-arguments", "argument 0 is missing"),
    ("no-graph", "no network in it"),
    ("no-input", "has no input"),
    ("no-nodes", "has no nodes"),
    ("no-opset", "does not say which ONNX operator set"),
    ("no-output", "no output"),
    ("noise", "neither ONNX nor a PyTorch checkpoint"),
    ("old-opset", "convert_version(model, 17)"),
    ("output-over-weight", "the name `w` is given to two values"),
    ("pad-away", "more is cropped than there is"),
    ("pad-huge", "cannot be padded"),
    ("pad-reflect-far", "cannot be padded"),
    ("pool-huge-kernel", "attribute `kernel_shape`"),
    ("pool-no-kernel", "attribute `kernel_shape` is missing"),
    ("pool-wrong-rank", "for an activation with 2 spatial dimensions"),
    ("pool-zero-kernel", "its window, a stride or a dilation is 0"),
    ("pooling-indices", "takes output 1 of MaxPool at node `MaxPool_p`, which is not computed"),
    ("quantised", "QuantizeLinear at node `QuantizeLinear_q` is quantised"),
    ("range-huge", "would be larger than"),
    ("range-still", "a delta of 0"),
    ("reduce-far", "does not exist"),
    ("reshape-by-image", "depends on the image"),
    ("reshape-overflow", "cannot be reshaped"),
    ("reshape-too-many", "cannot be reshaped"),
    ("reshape-two-open", "cannot be reshaped"),
    ("resize-crop", "coordinate_transformation_mode `tf_crop_and_resize`"),
    ("resize-huge", "would be larger than"),
    ("resize-infinite", "a scale of inf"),
    ("resize-nan", "a scale of NaN"),
    ("resize-negative", "a scale of -1"),
    ("resize-sizes-huge", "would be larger than"),
    ("resize-sizes-short", "not one for each dimension"),
    ("resize-zero", "a scale of 0"),
    ("self-cycle", "form a cycle"),
    ("sequence-input", "input `x` is no tensor"),
    ("short-field", "weight `w` of shape [3] needs 3 elements and 1 are there"),
    ("slice-far-axis", "does not exist"),
    ("slice-unequal", "not one for each of axes"),
    ("slice-zero-step", "a step of 0"),
    ("softmax-far", "axis 9 does not exist"),
    ("softmax-far-old", "it has no axis 9"),
    ("sparse-weight", "sparse weights"),
    ("split-negative", "an extent of -1"),
    ("split-overflow", "that make up the axis"),
    ("split-zero", "`num_outputs`"),
    ("squeeze-wide", "dimension 1 has extent 3"),
    ("strange-type", "weight `w` has element type 99"),
    ("ten-bytes", "breaks off or is overwritten within its 10 bytes"),
    ("text", "looks like text"),
    ("text-input", "input `x` holds text"),
    ("text-tensor", "weight `w` holds text"),
    ("tile-huge", "would be larger than"),
    ("training-batch-norm", "model.eval()"),
    ("training-dropout", "model.eval()"),
    ("transpose-short", "no permutation of 4 dimensions"),
    ("transpose-twice", "no permutation of 4 dimensions"),
    ("truncated", "breaks off"),
    ("truncated-raw", "weight `w` of shape [3, 8, 8] needs 768 bytes and 100 are there"),
    ("unknown-domain", "Thing at node `Thing_out` (domain local, opset 1)"),
    ("unknown-operator", "Hardmax at node `Hardmax_out` (domain ai.onnx, opset 17)"),
    ("unsorted", "makes only afterwards"),
    ("unsqueeze-far", "does not exist"),
    ("unsqueeze-twice", "named twice"),
    ("untyped-tensor", "weight `w` has no element type"),
    ("volume-pool", "its activation has 5 dimensions"),
    ("wrong-field", "weight `w` of shape [1] needs 1 elements and 0 are there"),
];

fn read(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/onnx").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn each_broken_file_is_a_clear_error() {
    let mut failures = Vec::new();
    for (name, words) in FILES {
        let bytes = read(&format!("{name}.onnx"));
        let started = Instant::now();
        match load(&bytes, &LoadOptions::default()) {
            Ok(_) => failures.push(format!("{name}: it was loaded")),
            Err(error) if !error.to_string().contains(words) => failures.push(format!("{name}: {error}")),
            // Generous: the machine may be busy. What is refused late takes minutes or all memory.
            Err(_) if started.elapsed() > Duration::from_secs(20) => {
                failures.push(format!("{name}: it took {:?}", started.elapsed()))
            }
            Err(_) => {}
        }
    }
    report(failures);
}

#[test]
fn each_broken_file_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/onnx");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("readable").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    let mut listed: Vec<_> = FILES.iter().map(|(name, _)| format!("{name}.onnx")).collect();
    listed.sort();
    assert_eq!(names, listed);
}

/// A file cut at any place is refused, never half a network.
#[test]
fn truncated_files_are_refused() {
    let whole = std::fs::read(golden("torchscript.onnx")).expect("the goldens are committed");
    assert!(load(&whole, &LoadOptions::default()).is_ok());
    for len in (0..whole.len()).step_by(7) {
        // Fields end where they like: what follows the network in the file may be missing.
        if let Ok(model) = load(&whole[..len], &LoadOptions::default()) {
            let complete = load(&whole, &LoadOptions::default()).expect("it is whole");
            assert_eq!(model.graph.nodes().len(), complete.graph.nodes().len(), "cut at {len}");
        }
    }
}

/// Overwritten bytes may make another network or an error; never a panic.
#[test]
fn overwritten_files_do_not_panic() {
    let whole = std::fs::read(golden("torchscript.onnx")).expect("the goldens are committed");
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let (mut refused, rounds) = (0, 2000);
    for _ in 0..rounds {
        let mut bytes = whole.clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        refused += usize::from(matches!(
            load(&bytes, &LoadOptions::default()),
            Err(FormatError::Damaged(_) | FormatError::NotAModel(_))
        ));
    }
    assert!(refused > 0 && refused < rounds, "{refused} of {rounds} were refused");
}
