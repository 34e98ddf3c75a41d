//! Programs that are not read, and what is said of them.

use super::{Goldens, open};

#[test]
fn what_cannot_be_read_is_refused_by_name_with_the_way_out() {
    let goldens = Goldens::read();
    let cases: [(&str, &[&str]); 9] = [
        ("cond.pt2", &["node `cond", "`higher_order.cond`", "control flow"]),
        ("sorted.pt2", &["node `sort", "`aten::sort` is an operator that is not read"]),
        ("sorted.script.pt", &["code/__torch__", ", line ", "`aten::sort` is an operator that is not read"]),
        ("branch.script.pt", &["code/__torch__", ", line ", "a choice that depends on the image"]),
        ("viewed.pt2", &["changed in place through another one"]),
        ("viewed.script.pt", &[", line ", "changed in place through another one"]),
        ("training.pt2", &["node `batch_norm`", "saved in training mode", "model.eval()"]),
        ("training.trace.pt", &[", line ", "saved in training mode", "model.eval()"]),
        ("encoder.fixed.pt2", &["made for 2 images at a time", "free batch"]),
    ];
    for (file, words) in cases {
        let error = open(&goldens.files[&format!("refused/{file}")]).expect_err(file).to_string();
        for words in words {
            assert!(error.contains(words), "{file}: {words}: {error}");
        }
        if file != "encoder.fixed.pt2" {
            assert!(error.contains("torch.onnx.export(model"), "{file}: {error}");
        }
    }
}
