//! Outlines as corners.

/// More corners than this are no outline of a disc.
const MOST_CORNERS: usize = 10_000;

/// Reads `x y` a line, separated by spaces, tabs or a comma.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<[f64; 2]>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not a text file".to_owned())?;
    let mut corners = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut numbers =
            line.split(|c: char| c.is_whitespace() || c == ',').filter(|p| !p.is_empty()).map(str::parse::<f64>);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(x)), Some(Ok(y)), None) => corners.push([x, y]),
            _ => return Err(format!("line {} is no corner such as `812.5 604.0`", number + 1)),
        }
        check(&corners)?;
    }
    if corners.len() < 3 { Err(format!("{} corners are no outline", corners.len())) } else { Ok(corners) }
}

/// The last corner must be a number, and there may not be too many.
pub(super) fn check(corners: &[[f64; 2]]) -> Result<(), String> {
    match corners.last() {
        Some(last) if last.iter().any(|v| !v.is_finite()) => Err("a corner is not a number".into()),
        _ if corners.len() > MOST_CORNERS => Err(format!("more than {MOST_CORNERS} corners are no outline of a disc")),
        _ => Ok(()),
    }
}

/// The pixels whose centres lie inside, by the even-odd rule. Pixel (0, 0) has its centre at (0.5,
/// 0.5). `size` is height and width.
pub(super) fn fill(corners: &[[f64; 2]], size: [usize; 2]) -> Vec<bool> {
    let [height, width] = size;
    let mut inside = vec![false; height * width];
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1));
    // Crossings of each line of centres, so that an edge is visited for its own lines only.
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); height];
    for (a, b) in edges() {
        let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        let line = |y: f64| (y - 0.5).ceil().clamp(0.0, height as f64) as usize;
        for (y, crossings) in crossings.iter_mut().enumerate().take(line(high[1])).skip(line(low[1])) {
            let along = (y as f64 + 0.5 - low[1]) / (high[1] - low[1]);
            crossings.push(low[0] + along * (high[0] - low[0]));
        }
    }
    for (y, mut line) in crossings.into_iter().enumerate() {
        line.sort_unstable_by(f64::total_cmp);
        for pair in line.chunks_exact(2) {
            let column = |x: f64| (x - 0.5).ceil().clamp(0.0, width as f64) as usize;
            let (start, end) = (column(pair[0]), column(pair[1]));
            inside[y * width + start..y * width + end.max(start)].fill(true);
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_and_a_circle_have_their_area() {
        let square = fill(&[[2.0, 1.0], [5.0, 1.0], [5.0, 3.0], [2.0, 3.0]], [6, 8]);
        let at = |x: usize, y: usize| square[y * 8 + x];
        assert_eq!(square.iter().filter(|&&v| v).count(), 6);
        assert!(at(2, 1) && at(4, 2) && !at(5, 1) && !at(2, 3) && !at(1, 1));
        let circle: Vec<[f64; 2]> = (0..360)
            .map(|d| f64::from(d).to_radians())
            .map(|a| [50.0 + 30.0 * a.cos(), 50.0 + 30.0 * a.sin()])
            .collect();
        let area = fill(&circle, [100, 100]).iter().filter(|&&v| v).count() as f64;
        assert!((area - 900.0 * std::f64::consts::PI).abs() < 10.0, "{area}");
    }

    #[test]
    fn outlines_beyond_the_picture_are_cut() {
        assert_eq!(fill(&[[-1e9, -1e9], [1e9, -1e9], [1e9, 1e9], [-1e9, 1e9]], [4, 5]), vec![true; 20]);
        assert_eq!(fill(&[[7.0, 0.0], [9.0, 0.0], [8.0, 4.0]], [4, 5]), vec![false; 20]);
    }

    #[test]
    fn what_is_no_outline_is_refused() {
        assert_eq!(read(b"1 2\n3,4\n\n5\t6\n").unwrap(), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        for text in ["", "1 2\n3 4\n", "1 2\n3 x\n", "1 2 3\n", "nan 1\n2 3\n4 5\n"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(read(b"\xff\xfe").is_err());
        assert!(read("1 1\n".repeat(MOST_CORNERS + 1).as_bytes()).is_err());
    }
}
