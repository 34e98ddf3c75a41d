//! Tags burnt into the picture: nothing of the eye, and a trap for classifiers.

use super::eye::{Corner, Tag, TagStyle};

/// 3×5 digits, a row per entry, the left pixel in the highest of three bits.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];
/// Characters in the upper and lower line of a text tag.
const LINES: [usize; 2] = [8, 6];

/// Left, top, width and height of a tag in a picture of `size` pixels.
pub(super) fn rectangle(tag: Tag, size: usize) -> [usize; 4] {
    let edge = (size / 40).max(1);
    let (width, height) = match tag.style {
        TagStyle::Yellow => ((size / 9).max(2), (size / 18).max(2)),
        TagStyle::Text => (LINES[0] * 4 * dot(size), 12 * dot(size)),
    };
    let (width, height) = (width.min(size), height.min(size));
    let left = matches!(tag.corner, Corner::UpperLeft | Corner::LowerLeft);
    let upper = matches!(tag.corner, Corner::UpperLeft | Corner::UpperRight);
    let x = if left { edge.min(size - width) } else { size.saturating_sub(width + edge) };
    let y = if upper { edge.min(size - height) } else { size.saturating_sub(height + edge) };
    [x, y, width, height]
}

fn dot(size: usize) -> usize {
    (size / 220).max(1)
}

/// Draws the tag into an RGB8 picture.
pub(super) fn draw(rgb: &mut [u8], size: usize, tag: Tag, seed: u64) {
    let [left, top, width, height] = rectangle(tag, size);
    let mut paint = |x: usize, y: usize, colour: [u8; 3]| {
        if x < size && y < size {
            rgb[(y * size + x) * 3..][..3].copy_from_slice(&colour);
        }
    };
    match tag.style {
        TagStyle::Yellow => (0..width * height).for_each(|i| paint(left + i % width, top + i / width, [236, 206, 44])),
        TagStyle::Text => {
            let dot = dot(size);
            for (line, &count) in LINES.iter().enumerate() {
                for place in 0..count {
                    let digit =
                        DIGITS[(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (4 * place + 24 * line)) as usize % 10];
                    for i in 0..15 * dot * dot {
                        let (x, y) = (i % (3 * dot), i / (3 * dot));
                        if digit[y / dot] >> (2 - x / dot) & 1 == 1 {
                            paint(left + place * 4 * dot + x, top + line * 7 * dot + y, [222, 222, 196]);
                        }
                    }
                }
            }
        }
    }
}
