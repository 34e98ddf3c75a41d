//! PNG files (<https://www.w3.org/TR/png-3/>), written quickly, as panels are written by the
//! thousand: the filter of each row is chosen without trying all, and the deflate of `fdeflate`,
//! whose fixed code suits filtered photographs.

use fdeflate::Compressor;

use crate::simd::wide;
use crate::{ImageError, Picture};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Eight bits a sample, RGB, deflate, the five filters, not interlaced.
const FORMAT: [u8; 5] = [8, 2, 0, 0, 0];

/// The filters that are used: a row like the one above costs nothing, and for photographs no other
/// filter leaves less.
const UP: u8 = 2;
const PAETH: u8 = 4;

/// A PNG file of the picture. Lossless; compressed for speed.
///
/// # Errors
/// [`ImageError::Encode`] if `rgb` does not have `height * width * 3` bytes.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let fail = |what: String| ImageError::Encode(what);
    if picture.width == 0 || picture.height == 0 || picture.rgb.len() != picture.width * picture.height * 3 {
        return Err(fail(format!(
            "{}×{} pixels do not go with {} bytes",
            picture.width,
            picture.height,
            picture.rgb.len()
        )));
    }
    let narrow = |n: usize| match u32::try_from(n) {
        Ok(n) if n <= i32::MAX as u32 => Ok(n.to_be_bytes()),
        _ => Err(fail(format!("{n} pixels are too many for a PNG"))),
    };
    let header = [&narrow(picture.width)?[..], &narrow(picture.height)?, &FORMAT].concat();
    let data = compressed(picture).map_err(|error| fail(error.to_string()))?;
    let mut file = Vec::with_capacity(data.len() + 64);
    file.extend_from_slice(&SIGNATURE);
    chunk(&mut file, b"IHDR", &header);
    // A chunk's length has 31 bits.
    data.chunks(1 << 30).for_each(|part| chunk(&mut file, b"IDAT", part));
    chunk(&mut file, b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    let checksum = crc32fast::hash(&file[start..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// The zlib stream of the filtered rows.
fn compressed(picture: &Picture) -> std::io::Result<Vec<u8>> {
    let length = picture.width * 3;
    let mut compressor = Compressor::new(Vec::with_capacity(picture.rgb.len() / 4))?;
    let mut filtered = vec![0; 1 + length];
    let mut above = &vec![0; length][..];
    for row in picture.rgb.chunks_exact(length) {
        let (kind, values) = filtered.split_first_mut().expect("a byte for the filter's kind");
        if row == above {
            *kind = UP;
            values.fill(0);
        } else {
            *kind = PAETH;
            wide(
                #[inline(always)]
                || paeth(row, above, values),
            );
        }
        compressor.write_data(&filtered)?;
        above = row;
    }
    compressor.finish()
}

/// What is left of each sample when the neighbour nearest to `left + above - upper left` is taken
/// away, modulo 256.
///
/// All in bytes, so that a vector instruction takes as many samples as it has bytes.
#[inline(always)]
fn paeth(row: &[u8], above: &[u8], values: &mut [u8]) {
    for i in 0..3 {
        values[i] = row[i].wrapping_sub(above[i]);
    }
    let neighbours = row.iter().zip(&above[3..]).zip(above);
    for ((value, &here), ((&left, &up), &corner)) in values[3..].iter_mut().zip(&row[3..]).zip(neighbours) {
        let (to_left, to_up) = (apart(up, corner), apart(left, corner));
        // |left + up - 2 corner|; where it is cut off at 255 it is the largest of the three all the same.
        let same_side = (up >= corner) == (left >= corner);
        let to_corner = if same_side { to_left.saturating_add(to_up) } else { apart(to_left, to_up) };
        let beside = if to_up <= to_corner { up } else { corner };
        let nearest = if to_left <= to_up && to_left <= to_corner { left } else { beside };
        *value = here.wrapping_sub(nearest);
    }
}

/// `u8::abs_diff` computes in 32 bits.
#[inline(always)]
fn apart(a: u8, b: u8) -> u8 {
    a.max(b).wrapping_sub(a.min(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn png_comes_back_unchanged() {
        for (width, height) in [(7, 5), (1, 1), (1, 9), (64, 33)] {
            let rgb =
                (0..width * height * 3).map(|i| if i / 60 % 3 == 0 { 255 } else { (i * i * 37 % 256) as u8 }).collect();
            let picture = Picture { width, height, rgb };
            let bytes = encode_png(&picture).unwrap();
            assert_eq!(crate::decode(&bytes, &crate::DecodeLimits::default()).unwrap(), picture);
        }
    }

    #[test]
    fn sizes_that_do_not_go_together_are_errors() {
        assert!(encode_png(&Picture { width: 2, height: 2, rgb: vec![0; 11] }).is_err());
        assert!(encode_png(&Picture { width: 0, height: 0, rgb: Vec::new() }).is_err());
    }
}
