//! Elementary functions from basic arithmetic, so that every platform renders the same bytes.

use std::f32::consts::{FRAC_PI_2, PI};

/// Full turn in radians.
pub(super) const TURN: f32 = 2.0 * PI;

/// The largest whole number not above `x`, for |x| below 2³¹: the standard library's calls a C
/// function on plain x86-64.
pub(super) fn floor(x: f32) -> f32 {
    floor_index(x) as f32
}

/// [`floor`] as an integer; saturates.
pub(super) fn floor_index(x: f32) -> i32 {
    let whole = x as i32;
    whole.saturating_sub(i32::from(whole as f32 > x))
}

/// e^x, relative error below 1e-5, for the range where the result is a normal f32; clamped outside.
pub(super) fn exp(x: f32) -> f32 {
    let scaled = (x * std::f32::consts::LOG2_E).clamp(-125.0, 125.0);
    let whole = floor(scaled + 0.5);
    let t = (scaled - whole) * std::f32::consts::LN_2;
    let fraction = 1.0 + t * (1.0 + t * (0.5 + t * (1.0 / 6.0 + t * (1.0 / 24.0 + t * (1.0 / 120.0)))));
    fraction * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

/// Gaussian bell exp(−(x/width)²).
pub(super) fn bell(x: f32, width: f32) -> f32 {
    let t = x / width;
    if t * t > 20.0 { 0.0 } else { exp(-t * t) }
}

/// Sine, absolute error below 1e-5 for moderate angles.
pub(super) fn sin(x: f32) -> f32 {
    let mut t = x - floor(x / TURN + 0.5) * TURN;
    if t > FRAC_PI_2 {
        t = PI - t;
    } else if t < -FRAC_PI_2 {
        t = -PI - t;
    }
    let q = t * t;
    t * (1.0 - q * (1.0 / 6.0 - q * (1.0 / 120.0 - q * (1.0 / 5040.0 - q * (1.0 / 362_880.0)))))
}

/// Cosine, absolute error below 1e-5 for moderate angles.
pub(super) fn cos(x: f32) -> f32 {
    sin(x + FRAC_PI_2)
}

/// Angle of (x, y) in (−π, π], absolute error below 2e-5; 0 at the origin.
pub(super) fn atan2(y: f32, x: f32) -> f32 {
    let (small, large) = if x.abs() < y.abs() { (x.abs(), y.abs()) } else { (y.abs(), x.abs()) };
    if large == 0.0 {
        return 0.0;
    }
    let z = small / large;
    let q = z * z;
    let mut angle = z * (0.999_866 - q * (0.330_299_5 - q * (0.180_141 - q * (0.085_133 - q * 0.020_835_1))));
    if x.abs() < y.abs() {
        angle = FRAC_PI_2 - angle;
    }
    if x < 0.0 {
        angle = PI - angle;
    }
    if y < 0.0 { -angle } else { angle }
}

/// The difference `a − b` of two angles, wrapped to (−π, π].
pub(super) fn turn_between(a: f32, b: f32) -> f32 {
    let t = a - b;
    t - floor(t / TURN + 0.5) * TURN
}

/// 0 below `low`, 1 above `high`, smooth between; `low > high` gives the falling step.
pub(super) fn step(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Linear mix of two colours.
pub(super) fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// Multiplies a colour by 1 − amount·absorption, channel by channel.
pub(super) fn absorb(colour: [f32; 3], absorption: [f32; 3], amount: f32) -> [f32; 3] {
    std::array::from_fn(|c| colour[c] * (1.0 - amount * absorption[c]).max(0.0))
}

/// Adds amount·light to a colour, channel by channel.
pub(super) fn brighten(colour: [f32; 3], light: [f32; 3], amount: f32) -> [f32; 3] {
    std::array::from_fn(|c| colour[c] + amount * light[c])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_platform() {
        for i in -400..=400 {
            let x = i as f32 * 0.05;
            assert!((sin(x) - x.sin()).abs() < 1e-5, "sin {x}");
            assert!((cos(x) - x.cos()).abs() < 1e-5, "cos {x}");
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-5, "exp {x}");
            for j in -20..=20 {
                let y = j as f32 * 0.37;
                assert!((atan2(y, x) - y.atan2(x)).abs() < 2e-5, "atan2 {y} {x}");
            }
        }
        assert_eq!(atan2(0.0, 0.0), 0.0);
        assert!(exp(-1e9) < 1e-30 && exp(1e9).is_finite());
    }

    #[test]
    fn floors() {
        for x in [-2.0, -1.5, -0.0, 0.0, 0.3, 1.0, 7.99, -1e6 - 0.5] {
            assert_eq!(floor(x), x.floor());
        }
    }

    #[test]
    fn angles_wrap() {
        assert!((turn_between(3.0, -3.0) - (6.0 - TURN)).abs() < 1e-5);
        assert!((turn_between(0.3, 0.1) - 0.2).abs() < 1e-6);
    }
}
