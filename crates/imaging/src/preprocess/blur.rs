//! OpenCV's Gaussian blur of bytes, which computes in fixed point with weights of eight bits.

use crate::simd::wide;

/// Fractional bits of a weight.
const BITS: u32 = 8;

/// `cv2.GaussianBlur(image, (0, 0), sigma)` of interleaved bytes; the picture is mirrored at its
/// edges, which do not repeat.
///
/// # Panics
/// If there are not as many bytes as the size and the channels say, or if sigma is not positive.
pub(super) fn gaussian_blur(bytes: &[u8], [height, width]: [usize; 2], channels: usize, sigma: f64) -> Vec<u8> {
    assert_eq!(bytes.len(), height * width * channels, "the bytes of the picture");
    let weights = weights(sigma);
    let radius = weights.len() / 2;
    let length = width * channels;
    let mut sums = vec![0u16; bytes.len()];
    let mut padded = vec![0u8; (width + 2 * radius) * channels];
    for (row, sums) in bytes.chunks_exact(length).zip(sums.chunks_exact_mut(length)) {
        for (x, pixel) in padded.chunks_exact_mut(channels).enumerate() {
            pixel.copy_from_slice(&row[mirrored(x as isize - radius as isize, width) * channels..][..channels]);
        }
        wide(
            #[inline(always)]
            || along(&padded, &weights, channels, sums),
        );
    }
    let mut blurred = vec![0; bytes.len()];
    let mut total = vec![0u32; length];
    for (y, row) in blurred.chunks_exact_mut(length).enumerate() {
        total.fill(1 << (2 * BITS - 1));
        for (tap, &weight) in weights.iter().enumerate() {
            let from = mirrored((y + tap) as isize - radius as isize, height);
            wide(
                #[inline(always)]
                || add(&mut total, &sums[from * length..][..length], weight),
            );
        }
        row.iter_mut().zip(&total).for_each(|(to, &total)| *to = (total >> (2 * BITS)) as u8);
    }
    blurred
}

/// The weighted sums along a row, with eight fractional bits.
#[inline(always)]
fn along(padded: &[u8], weights: &[u16], channels: usize, sums: &mut [u16]) {
    sums.fill(0);
    for (tap, &weight) in weights.iter().enumerate() {
        sums.iter_mut().zip(&padded[tap * channels..]).for_each(|(sum, &level)| *sum += weight * u16::from(level));
    }
}

#[inline(always)]
fn add(total: &mut [u32], row: &[u16], weight: u16) {
    total.iter_mut().zip(row).for_each(|(total, &sum)| *total += u32::from(weight) * u32::from(sum));
}

/// The weights in 256ths, which add up to one: what rounding leaves is carried on to the next one,
/// and the one in the middle takes the rest.
fn weights(sigma: f64) -> Vec<u16> {
    // Three sigma to each side, an odd number in all.
    let count = (sigma * 6.0 + 1.0).round_ties_even() as usize | 1;
    let half = count / 2;
    let exact = |i: usize| (-0.5 * ((half - i) as f64 / sigma).powi(2)).exp();
    let total = 1.0 + 2.0 * (0..half).map(exact).sum::<f64>();
    let one = f64::from(1 << BITS);
    let mut weights = vec![0; count];
    let (mut left_over, mut used) = (0.0, 0);
    for i in 0..half {
        let wanted = exact(i) / total * one + left_over;
        let weight = wanted.round_ties_even();
        left_over = wanted - weight;
        weights[i] = weight as u16;
        weights[count - 1 - i] = weight as u16;
        used += 2 * weight as u16;
    }
    weights[half] = (1 << BITS) - used;
    weights
}

/// Where the pixel `i` lies in a mirrored line of `length`: `dcb|abcd|cba`.
pub(super) fn mirrored(i: isize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length as isize - 1);
    let i = i.rem_euclid(period);
    i.min(period - i) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_mirrored_and_not_repeated() {
        let line = |length: usize| (-4..6).map(|i| mirrored(i, length)).collect::<Vec<_>>();
        assert_eq!(line(4), [2, 3, 2, 1, 0, 1, 2, 3, 2, 1]);
        assert_eq!(line(2), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
        assert_eq!(line(1), [0; 10]);
    }

    #[test]
    fn weights_add_up_and_a_flat_picture_stays() {
        for sigma in [0.1, 0.5, 1.0, 3.3, 10.0, 100.0] {
            assert_eq!(weights(sigma).iter().sum::<u16>(), 256, "{sigma}");
            assert_eq!(gaussian_blur(&[255; 5 * 7 * 3], [5, 7], 3, sigma), [255; 5 * 7 * 3]);
        }
    }

    #[test]
    fn a_point_is_spread_alike_to_all_sides() {
        let mut bytes = vec![0; 81];
        bytes[40] = 255;
        let blurred = gaussian_blur(&bytes, [9, 9], 1, 1.0);
        assert!(blurred[40] > blurred[41] && blurred[41] > blurred[42]);
        assert!([31, 39, 41, 49].iter().all(|&i| blurred[i] == blurred[31]));
    }
}
