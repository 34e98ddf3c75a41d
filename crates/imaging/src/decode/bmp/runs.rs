//! The run-length codings of BMP: what is skipped is black.

use super::{Reader, corrupt};
use crate::ImageError;

/// Expands run lengths of indices of 4 or 8 bits into rows in the order of the file.
pub(super) fn expand(
    rows: &mut dyn Iterator<Item = &mut [u8]>,
    data: &mut Reader<'_>,
    bits: u8,
    colours: &[[u8; 3]; 256],
) -> Result<(), ImageError> {
    let leaves = || corrupt("a run leaves the picture".into());
    let colour = |byte: u8, odd: usize| match (bits, odd) {
        (8, _) => colours[usize::from(byte)],
        (_, 0) => colours[usize::from(byte >> 4)],
        _ => colours[usize::from(byte & 15)],
    };
    let Some(mut row) = rows.next() else { return Ok(()) };
    let mut x = 0;
    loop {
        match [data.byte()?, data.byte()?] {
            // The end of the row; after the last, files need not say that the picture ends too.
            [0, 0] => match rows.next() {
                Some(next) => (row, x) = (next, 0),
                None => return Ok(()),
            },
            [0, 1] => return Ok(()),
            [0, 2] => {
                let [right, down] = [data.byte()?, data.byte()?].map(usize::from);
                if down > 0 {
                    row = rows.nth(down - 1).ok_or_else(leaves)?;
                }
                x += right;
                if x * 3 > row.len() {
                    return Err(leaves());
                }
            }
            [0, count] => {
                let count = usize::from(count);
                let bytes = if bits == 8 { count } else { count.div_ceil(2) };
                let indices = data.take(bytes.next_multiple_of(2))?;
                let to = row.get_mut(x * 3..(x + count) * 3).ok_or_else(leaves)?.as_chunks_mut().0;
                let index = |i: usize| if bits == 8 { indices[i] } else { indices[i / 2] };
                to.iter_mut().enumerate().for_each(|(i, to)| *to = colour(index(i), i % 2));
                x += count;
            }
            [count, index] => {
                let count = usize::from(count);
                let width = row.len() / 3;
                let left = width.saturating_sub(x);
                // ImageMagick writes runs of eight bits that are longer than the row.
                if count > left && bits == 4 {
                    return Err(leaves());
                }
                let to = row[(width - left) * 3..].as_chunks_mut().0;
                to.iter_mut().take(count).enumerate().for_each(|(i, to)| *to = colour(index, i % 2));
                x += count;
            }
        }
    }
}
