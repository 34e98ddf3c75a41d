//! Weights that stay where they lie in a file's bytes.

use bytemuck::{cast_slice, try_cast_slice};
use heatlens_graph::Buffer;
use prost::bytes::Bytes;

/// Some of a file's bytes, which are f32 elements of this machine.
struct Floats(Bytes);

impl AsRef<[f32]> for Floats {
    fn as_ref(&self) -> &[f32] {
        cast_slice(&self.0)
    }
}

/// Little-endian f32 elements that are `part` of `file`, without copying them; `None` where they
/// are no part of it, begin at no multiple of four, or the machine has its bytes the other way
/// round.
pub(crate) fn floats(file: &Bytes, part: &[u8]) -> Option<Buffer<f32>> {
    if cfg!(target_endian = "big") || part.is_empty() || try_cast_slice::<u8, f32>(part).is_err() {
        return None;
    }
    let (file_at, part_at) = (file.as_ptr() as usize, part.as_ptr() as usize);
    let start = part_at.checked_sub(file_at)?;
    let end = start.checked_add(part.len()).filter(|&end| end <= file.len())?;
    Some(Buffer::shared(Floats(file.slice(start..end))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligned_parts_are_shared() {
        let file = Bytes::from(vec![0u8; 64]);
        let skew = file.as_ptr().align_offset(4);
        let part = &file[skew + 8..skew + 24];
        let shared = floats(&file, part).expect("aligned");
        assert_eq!((shared.len(), shared.as_ptr().cast()), (4, part.as_ptr()));
        assert!(floats(&file, &file[skew + 9..skew + 25]).is_none(), "at no multiple of four");
        assert!(floats(&file, [0u8; 16].as_ref()).is_none(), "elsewhere");
        assert!(floats(&file.slice(..skew + 12), part).is_none(), "beyond the end");
    }
}
