//! Says what a file is that holds no model, or one of a framework that is not read.

use crate::FormatError;

/// What to do with a TensorFlow program; Keras's own files are read.
const SAVED_MODEL: &str = "it is a TensorFlow SavedModel, a program. Export it to ONNX with tf2onnx (pip install tf2onnx):\n    \
    python -m tf2onnx.convert --saved-model FOLDER --output model.onnx\n\
    or, where Keras 2 made it (Keras 3 does not load such folders), in Python with TensorFlow 2.15 or older:\n    \
    keras.models.load_model('FOLDER').save('model.h5')";
/// What to do with weights that TensorFlow's `save_weights` wrote.
const CHECKPOINT: &str = "it belongs to a TensorFlow checkpoint (save_weights), which holds weights and not what is \
    computed with them. In Python, where the model is built:\n    \
    model.load_weights('NAME')    # without .index\n    \
    model.save('model.h5')";
/// The magic number at the end of the table that lists a checkpoint's tensors.
const TABLE_END: &[u8] = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb";

/// The error for a folder with `saved_model.pb` in it, for that file, and for an archive of either.
pub fn saved_model() -> FormatError {
    FormatError::Unsupported(SAVED_MODEL.into())
}

/// The error for bytes that can be told to be something else than a model, `None` for all others.
pub(crate) fn explain(bytes: &[u8]) -> Option<FormatError> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let not = |what: &str| Some(FormatError::NotAModel(what.into()));
    if starts(b"\x08\x01\x12") {
        return Some(saved_model());
    }
    if bytes.get(4..8) == Some(b"TFL3") {
        return Some(FormatError::Unsupported(
            "it is a TensorFlow Lite model, made for phones; export the model it was made from to ONNX with tf2onnx, \
             or try:\n    \
             python -m tf2onnx.convert --tflite model.tflite --output model.onnx"
                .into(),
        ));
    }
    if bytes.ends_with(TABLE_END) {
        return Some(FormatError::Unsupported(CHECKPOINT.into()));
    }
    if is_graph(bytes) {
        return Some(FormatError::Unsupported(
            "it is a frozen TensorFlow graph (.pb). Export it to ONNX with tf2onnx (pip install tf2onnx), with the names \
             of its input and output, which netron.app shows:\n    \
             python -m tf2onnx.convert --graphdef model.pb --inputs INPUT:0 --outputs OUTPUT:0 --output model.onnx"
                .into(),
        ));
    }
    if starts(b"GGUF") {
        return Some(FormatError::Unsupported("it is a GGUF file, a container of language models".into()));
    }
    if starts(b"ORTM") {
        return Some(FormatError::Unsupported(
            "it is in ONNX Runtime's own format (.ort); use the .onnx file that it was made from".into(),
        ));
    }
    if starts(b"\x1f\x8b") {
        return not("it is compressed with gzip; unpack it first (gunzip, or tar -xzf)");
    }
    if starts(b"BZh")
        || starts(b"\xfd7zXZ\x00")
        || starts(b"(\xb5/\xfd")
        || starts(b"7z\xbc\xaf\x27\x1c")
        || starts(b"Rar!")
    {
        return not("it is a compressed archive; unpack it first");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return not(
            "it is a tar archive. If it contains a model, unpack it and load that file; if it is a PyTorch checkpoint \
             from before 2017, load and save it again \
             with a newer PyTorch",
        );
    }
    if starts(b"\x93NUMPY") {
        return not("it is a NumPy array (.npy)");
    }
    let images: [&[u8]; 6] = [b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\x00", b"MM\x00*", b"BM"];
    if images.iter().any(|magic| starts(magic)) && !(starts(b"BM") && text_begin(bytes).is_some()) {
        return not("it is an image; the model comes first, images follow");
    }
    if starts(b"%PDF") {
        return not("it is a PDF document");
    }
    if bytes.iter().all(|&b| b == 0) {
        return not("it holds nothing but zeros, as after an interrupted download; download it again");
    }
    text_begin(bytes).map(explain_text)
}

/// Whether the bytes begin as a `GraphDef`: with a node that has a name and one of the usual first operators.
fn is_graph(bytes: &[u8]) -> bool {
    let begin = &bytes[..bytes.len().min(512)];
    let operators: [&[u8]; 3] = [b"\x12\x0bPlaceholder", b"\x12\x05Const", b"\x12\x0bVarHandleOp"];
    let has = |what: &[u8]| begin.windows(what.len()).any(|window| window == what);
    begin.first() == Some(&b'\n') && operators.into_iter().any(has)
}

fn explain_text(text: &str) -> FormatError {
    if text.starts_with("model_checkpoint_path:") {
        return FormatError::Unsupported(CHECKPOINT.into());
    }
    if text.starts_with("version https://git-lfs") {
        return FormatError::NotAModel(
            "it is a Git LFS pointer, which stands for the model in a repository. Fetch the model itself: git lfs \
             install && git lfs pull"
                .into(),
        );
    }
    let begin = text.trim_start().to_ascii_lowercase();
    if begin.starts_with("<!doctype html") || begin.starts_with("<html") || begin.starts_with("<head") {
        return FormatError::NotAModel(
            "it is a web page. A download link probably led to a page for signing in or confirming; download the \
             model again and look at its size"
                .into(),
        );
    }
    let line: String =
        text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().chars().take(60).collect();
    FormatError::NotAModel(format!(
        "it looks like text, which begins with {line:?}. Models are .onnx, .pth, .pt, .pt2, .ckpt, .bin, .safetensors, .h5 or .keras files"
    ))
}

/// The first bytes as text, if that is what they are.
fn text_begin(bytes: &[u8]) -> Option<&str> {
    let begin = &bytes[..bytes.len().min(512)];
    let text = match std::str::from_utf8(begin) {
        Ok(text) => text,
        // The cut may lie within a character.
        Err(e) if e.error_len().is_none() && e.valid_up_to() + 4 > begin.len() => {
            std::str::from_utf8(&begin[..e.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let printable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c');
    (!text.is_empty() && text.chars().all(printable)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        explain(bytes).map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn says_what_a_file_is() {
        assert!(message(b"epoch,loss\n1,0.5\n").contains("looks like text, which begins with \"epoch,loss\""));
        assert!(message("größer\n".repeat(100).as_bytes()).contains("looks like text"));
        assert!(
            message(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n").contains("git lfs pull")
        );
        assert!(message(b"\n<!DOCTYPE html><html>").contains("web page"));
        assert!(message(b"\x1f\x8b\x08\x00").contains("gzip"));
        assert!(message(b"\x08\x01\x12\x00").contains("load_model('FOLDER').save('model.h5')"));
        assert!(message(b"\x20\x00\x00\x00TFL3").contains("Lite"));
        assert!(message(b"\x08\x01\x12\x00").contains("tf2onnx.convert --saved-model FOLDER"));
        assert!(message(b"\nC\n\x01x\x12\x0bPlaceholder*\x0b\n\x05dtype").contains("--graphdef model.pb"));
        assert!(message(b"\x00\x00\x06\x08\x57\xfb\x80\x8b\x24\x75\x47\xdb").contains("load_weights('NAME')"));
        assert!(message(b"model_checkpoint_path: \"tfckpt\"\n").contains("load_weights('NAME')"));
        assert!(message(&[0; 64]).contains("zeros"));
        let mut tar = vec![b'x', 0];
        tar.resize(257, 0);
        tar.extend(b"ustar\x0000");
        assert!(message(&tar).contains("tar archive"));
    }

    #[test]
    fn leaves_models_alone() {
        for bytes in [
            &b"\x08\x0a\x12\x07pytorch"[..],
            b"PK\x03\x04",
            b"\x80\x02}q\x00.",
            b"\x30\x00\x00\x00\x00\x00\x00\x00{\"a\":",
            b"\x0a\x07\x12",
        ] {
            assert!(explain(bytes).is_none(), "{bytes:?}");
        }
    }
}
