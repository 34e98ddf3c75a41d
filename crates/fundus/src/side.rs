//! What a side means for an eye.

use heatlens_anatomy::Side;

/// +1 for a left eye, −1 for a right eye: the sign of the temporal direction along x. The disc of
/// a right eye lies to the right of its fovea.
pub(crate) fn temporal_sign(side: Side) -> f32 {
    match side {
        Side::Right => -1.0,
        Side::Left => 1.0,
    }
}

/// `OD` or `OS`: oculus dexter, oculus sinister.
pub fn code(side: Side) -> &'static str {
    match side {
        Side::Right => "OD",
        Side::Left => "OS",
    }
}
