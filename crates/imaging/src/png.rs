//! PNG files (<https://www.w3.org/TR/png-3/>), written quickly, as panels are written by the
//! thousand: the filter of each row is chosen without trying all, and the deflate of `fdeflate`,
//! whose fixed code suits filtered photographs.

use std::io::{self, Write};

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

/// Bytes of a file that are held before they are written, of which each chunk of pixels has as
/// many: they stay in the processor's cache.
const CHUNK: usize = 1 << 18;

/// A PNG file of the picture. Lossless; compressed for speed.
///
/// # Errors
/// [`ImageError::Encode`] if `rgb` does not have `height * width * 3` bytes.
pub fn encode_png(picture: &Picture) -> Result<Vec<u8>, ImageError> {
    let Picture { width, height, rgb } = picture;
    if rgb.len() != width * height * 3 {
        return Err(ImageError::Encode(format!("{width}×{height} pixels do not go with {} bytes", rgb.len())));
    }
    let mut file = Vec::with_capacity(rgb.len() / 4);
    let encoded = Encoder::new(&mut file, picture.size()).and_then(|mut encoder| {
        let mut above = &vec![0; width * 3][..];
        for row in rgb.chunks_exact(width * 3) {
            encoder.row(row, above)?;
            above = row;
        }
        encoder.finish()
    });
    encoded.map_err(|error| ImageError::Encode(error.to_string())).map(|()| file)
}

/// Writes a PNG file of `[height, width]` as [`encode_png`] does, whose rows are never held
/// together: `row` writes the pixels of row `y`, three bytes each, from the top.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for a picture without pixels or larger than the format allows;
/// what `file` says.
pub fn write_png(file: &mut dyn Write, size: [usize; 2], row: &mut dyn FnMut(usize, &mut [u8])) -> io::Result<()> {
    let mut encoder = Encoder::new(file, size)?;
    let (mut here, mut above) = (vec![0; size[1] * 3], vec![0; size[1] * 3]);
    for y in 0..size[0] {
        row(y, &mut here);
        encoder.row(&here, &above)?;
        std::mem::swap(&mut here, &mut above);
    }
    encoder.finish()
}

/// A file to whose end rows are added.
struct Encoder<'f> {
    compressor: Compressor<Chunks<'f>>,
    filtered: Vec<u8>,
}

impl<'f> Encoder<'f> {
    fn new(file: &'f mut dyn Write, [height, width]: [usize; 2]) -> io::Result<Self> {
        let narrow = |side: usize| match u32::try_from(side) {
            Ok(side) if (1..=i32::MAX as u32).contains(&side) => Ok(side.to_be_bytes()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("no PNG has a side of {side} pixels"))),
        };
        let header = [&narrow(width)?[..], &narrow(height)?, &FORMAT].concat();
        file.write_all(&SIGNATURE)?;
        let mut start = begun(b"IHDR");
        start.extend_from_slice(&header);
        end(&mut start, file)?;
        let compressor = Compressor::new(Chunks { file, pending: begun(b"IDAT"), failed: None })?;
        Ok(Encoder { compressor, filtered: vec![0; 1 + width * 3] })
    }

    fn row(&mut self, row: &[u8], above: &[u8]) -> io::Result<()> {
        let (kind, values) = self.filtered.split_first_mut().expect("a byte for the filter's kind");
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
        self.compressor.write_data(&self.filtered)
    }

    fn finish(self) -> io::Result<()> {
        let Chunks { file, mut pending, failed } = self.compressor.finish()?;
        failed.map_or(Ok(()), Err)?;
        end(&mut pending, file)?;
        end(&mut begun(b"IEND"), file)?;
        file.flush()
    }
}

/// Divides the compressed stream into chunks.
struct Chunks<'f> {
    file: &'f mut dyn Write,
    /// A chunk that is not full yet.
    pending: Vec<u8>,
    /// Kept for the end: the compressor takes some of its writes for infallible.
    failed: Option<io::Error>,
}

impl Chunks<'_> {
    #[cold]
    fn end_one(&mut self) {
        let ended = end(&mut self.pending, self.file);
        self.failed = self.failed.take().or(ended.err());
        self.pending.truncate(HEAD);
    }
}

impl Write for Chunks<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// Eight bytes at a time, millions of times.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= CHUNK {
            self.end_one();
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes in front of a chunk's data: its length and its kind.
const HEAD: usize = 8;

/// A chunk without data, whose length is filled in when it ends.
fn begun(kind: &[u8; 4]) -> Vec<u8> {
    [&[0; 4], &kind[..]].concat()
}

fn end(chunk: &mut Vec<u8>, file: &mut dyn Write) -> io::Result<()> {
    let length = (chunk.len() - HEAD) as u32;
    chunk[..4].copy_from_slice(&length.to_be_bytes());
    let checksum = crc32fast::hash(&chunk[4..]);
    chunk.extend_from_slice(&checksum.to_be_bytes());
    file.write_all(chunk)
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
            let mut rows = picture.rgb.chunks_exact(3 * width);
            let mut written = Vec::new();
            write_png(&mut written, [height, width], &mut |_, row| row.copy_from_slice(rows.next().unwrap())).unwrap();
            assert!(written == bytes, "{width}×{height} row by row");
        }
    }

    #[test]
    fn large_files_are_written_in_chunks_and_a_full_disk_is_an_error() {
        /// Takes so many bytes.
        struct Disk(usize);
        impl Write for Disk {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut noise = |y: usize, row: &mut [u8]| {
            row.iter_mut().enumerate().for_each(|(i, v)| *v = (((y * 7919 + i) * (i + 31)) >> 3) as u8);
        };
        let mut file = Vec::new();
        write_png(&mut file, [700, 600], &mut noise).unwrap();
        assert!(file.len() > 3 * CHUNK && file.windows(4).filter(|w| w == b"IDAT").count() > 3);
        let read = crate::decode(&file, &crate::DecodeLimits::default()).unwrap();
        let mut row = vec![0; 1800];
        noise(699, &mut row);
        assert_eq!(read.rgb[699 * 1800..], row);
        for room in [0, 20, CHUNK, 2 * CHUNK + 99, file.len() - 1] {
            assert_eq!(
                write_png(&mut Disk(room), [700, 600], &mut noise).unwrap_err().kind(),
                io::ErrorKind::StorageFull
            );
        }
        write_png(&mut Disk(file.len()), [700, 600], &mut noise).unwrap();
    }

    #[test]
    fn sizes_that_do_not_go_together_are_errors() {
        assert!(encode_png(&Picture { width: 2, height: 2, rgb: vec![0; 11] }).is_err());
        assert!(encode_png(&Picture { width: 0, height: 0, rgb: Vec::new() }).is_err());
    }
}
