//! The part of a photograph that a look is at.

use heatlens_imaging::{Photograph, Picture};

/// A square of whole pixels; it may reach beyond the photograph.
pub struct Square {
    pub left: i64,
    pub top: i64,
    pub side: usize,
}

impl Square {
    pub fn around(centre: [f64; 2], side: f64) -> Square {
        let side = side.round().clamp(8.0, 65536.0);
        let corner = centre.map(|c| (c - side / 2.0).round() as i64);
        Square { left: corner[0], top: corner[1], side: side as usize }
    }

    pub fn centre(&self) -> [f64; 2] {
        [self.left as f64 + self.side as f64 / 2.0, self.top as f64 + self.side as f64 / 2.0]
    }

    /// What the photograph shows there; black beyond it.
    pub fn cut(&self, photograph: &Photograph) -> Picture {
        let mut rgb = vec![0; self.side * self.side * 3];
        let columns = self.left.max(0)..(self.left + self.side as i64).min(photograph.width as i64);
        let rows = self.top.max(0)..(self.top + self.side as i64).min(photograph.height as i64);
        if !columns.is_empty() {
            for y in rows {
                let from = (y as usize * photograph.width + columns.start as usize) * 3;
                let to = ((y - self.top) as usize * self.side + (columns.start - self.left) as usize) * 3;
                let n = (columns.end - columns.start) as usize * 3;
                rgb[to..to + n].copy_from_slice(&photograph.rgb[from..from + n]);
            }
        }
        Picture { width: self.side, height: self.side, rgb }
    }
}


#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_reach_beyond_the_photograph() {
        let photograph = Photograph { width: 4, height: 3, rgb: (0..36).collect() };
        let square = Square { left: -5, top: 1, side: 8 };
        let cut = square.cut(&photograph);
        assert_eq!(&cut.rgb[5 * 3..8 * 3], &photograph.rgb[12..21]);
        assert_eq!(cut.rgb.iter().filter(|&&v| v > 0).count(), 18);
        assert!(Square { left: 40, top: 40, side: 8 }.cut(&photograph).rgb.iter().all(|&v| v == 0));
        assert_eq!(Square::around([10.0, 20.0], 6.0).side, 8, "never too small to look at");
    }
}
