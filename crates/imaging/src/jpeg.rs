//! Whether a JPEG file is whole. Its decoder fills what is missing with grey and says nothing, and a grey stripe across a retina is a finding.

use crate::ImageError;

/// Walks the markers of ISO 10918-1 to the end of the image.
///
/// # Errors
/// [`ImageError::Truncated`] if the file ends before the end marker (FF D9), [`ImageError::Unsupported`] for the processes nobody writes.
pub(crate) fn check_complete(bytes: &[u8]) -> Result<(), ImageError> {
    let short = |what: &str| ImageError::Truncated { format: "JPEG", what: what.into() };
    let mut at = 2;
    let mut scans = 0;
    loop {
        let Some(skipped) = bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0xff)) else {
            return Err(short(if scans == 0 { "no pixel data follows the header" } else { "the end marker (FF D9) is missing" }));
        };
        at += skipped + 1;
        let Some(&marker) = bytes.get(at) else { return Err(short("the end marker (FF D9) is missing")) };
        match marker {
            // A stuffed FF, fill bytes, restarts, TEM: no length follows.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 1,
            0xff => {}
            0xd9 if scans > 0 => return Ok(()),
            0xd9 => return Err(short("it ends before any pixel data")),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(ImageError::Unsupported { format: "JPEG", what: "lossless, hierarchical or arithmetic coding".into() });
            }
            _ => {
                scans += usize::from(marker == 0xda);
                let Some(length) = bytes.get(at + 1..at + 3) else { return Err(short("it ends inside its header")) };
                at += 1 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_markers_inside_segments_do_not_count() {
        let start = [0xff, 0xd8];
        let thumbnail = [0xff, 0xe1, 0, 6, 0xff, 0xda, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
        let end = [0xff, 0xd9];
        assert!(check_complete(&[&start[..], &thumbnail, &scan, &end].concat()).is_ok());
        for cut in [vec![&start[..], &thumbnail, &scan], vec![&start[..], &thumbnail], vec![&start[..], &end], vec![&start[..], &[0xff]]] {
            assert!(matches!(check_complete(&cut.concat()), Err(ImageError::Truncated { .. })));
        }
    }
}
