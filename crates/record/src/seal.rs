//! The seal of a file: SHA-256 of all else in it, written into the file itself, so that a byte that
//! changed is noticed before what it says is believed.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What stands before the hash, by which it is found.
const MARK: &[u8] = b"sha256:";
/// Hexadecimal digits of a hash.
const DIGITS: usize = 64;

/// The text that keeps the seal's place in a file until [`close`] writes it.
pub(crate) fn open() -> String {
    format!("sha256:{}", "0".repeat(DIGITS))
}

/// Writes the seal of a file whose last mark keeps its place.
pub(crate) fn close(bytes: &mut [u8]) {
    let place = place(bytes).expect("a file to be sealed keeps a place for its seal");
    let seal = of_bytes(bytes, place);
    bytes[place..place + DIGITS].copy_from_slice(seal.as_bytes());
}

/// Whether a file is as it was sealed; none where it bears no seal.
pub(crate) fn holds(bytes: &[u8]) -> Option<bool> {
    let place = place(bytes)?;
    Some(bytes[place..place + DIGITS] == *of_bytes(bytes, place).as_bytes())
}

/// Where the digits of the last mark begin.
fn place(bytes: &[u8]) -> Option<usize> {
    let mark = bytes.windows(MARK.len()).rposition(|window| window == MARK)?;
    let place = mark + MARK.len();
    (place + DIGITS <= bytes.len()).then_some(place)
}

fn of_bytes(bytes: &[u8], place: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(&bytes[..place]);
    hash.update([b'0'; DIGITS]);
    hash.update(&bytes[place + DIGITS..]);
    format!("{:x}", hash.finalize())
}

/// The seal of a JSON value, however it is laid out, without what stands at `open`.
pub(crate) fn of_json(value: &Value, open: &[&str]) -> String {
    let mut value = value.clone();
    for pointer in open {
        if let Some(value) = value.pointer_mut(pointer) {
            value.take();
        }
    }
    format!("sha256:{:x}", Sha256::digest(value.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_flipped_byte_is_noticed() {
        let mut file = format!("sha256: is no seal; {} end", open()).into_bytes();
        close(&mut file);
        assert_eq!(holds(&file), Some(true));
        for byte in 0..file.len() {
            let mut flipped = file.clone();
            flipped[byte] ^= 1;
            assert_ne!(holds(&flipped), Some(true), "byte {byte}");
        }
        assert_eq!(holds(b"sha256:0000"), None);
    }

    #[test]
    fn json_is_sealed_by_what_it_says() {
        let seal = |value: Value| of_json(&value, &["/data/root"]);
        // Also where another crate asks serde_json to keep the order of fields.
        assert_eq!(json!({ "b": 1, "a": 2 }).to_string(), r#"{"a":2,"b":1}"#);
        let value = json!({ "data": { "root": "/a", "cases": 0.1 } });
        assert_eq!(seal(value.clone()), seal(json!({ "data": { "cases": 0.1, "root": "/b" } })));
        assert_ne!(seal(value), seal(json!({ "data": { "root": "/a", "cases": 0.2 } })));
    }
}
