//! How strongly a JPEG file was compressed.

/// The luminance table of annex K of ISO 10918-1 at quality 50, whose sum others are compared with;
/// the order of its elements does not matter.
const SUM_AT_50: f64 = 3688.0;

/// The quality on the scale of libjpeg, 1 to 100, whose luminance table has the same mean as the
/// file's; none of a file that is no JPEG or has no such table in front of its first scan. Below 20 it is a
/// little higher, as elements of tables end at 255.
pub fn jpeg_quality(bytes: &[u8]) -> Option<f64> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let &[0xff, marker, high, low] = bytes.get(at..at + 4)? else { return None };
        let segment = bytes.get(at + 4..at + 2 + usize::from(u16::from_be_bytes([high, low])))?;
        match marker {
            0xda => return None,
            0xdb => {
                if let Some(sum) = luminance(segment) {
                    let scale = 100.0 * sum / SUM_AT_50;
                    let quality = if scale <= 100.0 { (200.0 - scale) / 2.0 } else { 5000.0 / scale };
                    return Some(quality.clamp(1.0, 100.0));
                }
            }
            _ => {}
        }
        at += 4 + segment.len();
    }
}

/// The sum of table 0 of a segment of tables, where it is there.
fn luminance(mut segment: &[u8]) -> Option<f64> {
    while let [kind, rest @ ..] = segment {
        let size = 64 << (kind >> 4).min(1);
        let (table, after) = rest.split_at_checked(size)?;
        if kind & 15 == 0 {
            let elements = table.chunks_exact(size / 64);
            return Some(
                elements.map(|bytes| bytes.iter().fold(0.0, |sum, &byte| 256.0 * sum + f64::from(byte))).sum(),
            );
        }
        segment = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Picture, encode_jpeg};

    #[test]
    fn the_quality_is_read_from_the_tables_and_never_past_the_end() {
        let picture = Picture::filled(16, 16, [90, 120, 30]);
        for quality in [25u8, 30, 50, 75, 95] {
            let file = encode_jpeg(&picture, quality).unwrap();
            let found = jpeg_quality(&file).unwrap();
            assert!((found - f64::from(quality)).abs() < 1.5, "{quality}: {found}");
            assert!((0..file.len()).all(|end| jpeg_quality(&file[..end]).is_none_or(|cut| cut == found)));
        }
        assert_eq!(jpeg_quality(b"\x89PNG"), None);
        // A segment that claims no length.
        assert_eq!(jpeg_quality(&[0xff, 0xd8, 0xff, 0xdb, 0, 0, 1, 2]), None);
    }
}
