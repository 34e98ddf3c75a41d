//! The error for bytes that are no ONNX.

use crate::FormatError;

/// The error for bytes that do not decode or hold no network; `why` is what the decoder found.
/// Well-known other files are told apart before.
pub(super) fn not_onnx(bytes: &[u8], why: &str) -> FormatError {
    let len = bytes.len();
    if looks_like_onnx(bytes) {
        return FormatError::Damaged(format!(
            "it begins as ONNX and breaks off or is overwritten within its {len} bytes ({why}); copy or download it \
             again"
        ));
    }
    let start: String = String::from_utf8_lossy(&bytes[..len.min(24)]).escape_debug().collect();
    FormatError::NotAModel(format!(
        "it is neither ONNX nor a PyTorch checkpoint nor safetensors nor a Keras model: it has {len} bytes and begins with \"{start}\". \
         Models are .onnx, .pth, .pt, .pt2, .ckpt, \
         .bin, .safetensors, .h5 or .keras files"
    ))
}

/// ONNX files begin with the field `ir_version`, a small number, and one of the model's next
/// fields.
fn looks_like_onnx(bytes: &[u8]) -> bool {
    let &[0x08, version, next, ..] = bytes else { return false };
    (1..64).contains(&version) && matches!(next, 0x12 | 0x1a | 0x22 | 0x2a | 0x32 | 0x3a | 0x42)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_onnx_is_told_from_a_stranger() {
        let broken = not_onnx(b"\x08\x08\x12\x07pyt", "why");
        assert!(matches!(broken, FormatError::Damaged(text) if text.contains("within its 7 bytes (why)")));
        let stranger = not_onnx(b"\x01\x02\"", "why");
        let begins = r#"begins with "\u{1}\u{2}\"""#;
        assert!(matches!(stranger, FormatError::NotAModel(text) if text.contains(begins)));
    }
}
