//! Contact sheets: many photographs on one page, each over its name and what was said of it.

use super::canvas::{Canvas, Rgb};
use super::caption::Verdict;
use super::panel::{BACKGROUND, HAIRLINE, INK, QUIET, RIGHT, WRONG, scaled};
use super::text::{Face, wrapped};
use crate::Picture;

/// A picture with its words.
#[derive(Clone, PartialEq, Debug)]
pub struct ContactCard {
    /// Scaled to the width of a column; none where it cannot be shown.
    pub picture: Option<Picture>,
    /// What was predicted, and how surely.
    pub said: String,
    /// What is true, or why there is no picture.
    pub truth: String,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// The photograph's name.
    pub name: String,
}

/// One page.
#[derive(Clone, PartialEq, Debug)]
pub struct ContactSheet {
    /// What the photographs have in common.
    pub title: String,
    /// What the pictures of a card show, and what made them.
    pub legend: String,
    /// Where in the whole this page stands.
    pub place: String,
    /// Cards side by side.
    pub columns: usize,
    /// Pixels of a card's width.
    pub width: usize,
    /// The cards, row by row.
    pub cards: Vec<ContactCard>,
}

const MARGIN: usize = 40;
const GAP: usize = 28;
const ROW_GAP: usize = 26;
const WORDS: usize = 68;
const LEGEND_LINE: usize = 22;

impl ContactSheet {
    /// Draws the page.
    pub fn draw(&self) -> Picture {
        let columns = self.columns.clamp(1, self.cards.len().max(1));
        let content = (columns * self.width + (columns - 1) * GAP).max(480);
        let legend = wrapped(&Face::regular(15.0), &self.legend, content as f32);
        let title = wrapped(&Face::semi_bold(26.0), &self.title, content as f32 - 170.0);
        let head = 34 * title.len() + LEGEND_LINE * legend.len() + 22;
        let rows: Vec<&[ContactCard]> = self.cards.chunks(columns).collect();
        let heights: Vec<usize> =
            rows.iter().map(|row| row.iter().map(|card| self.size(card)[0]).max().unwrap_or(0)).collect();
        let body: usize = heights.iter().map(|height| height + WORDS).sum::<usize>() + ROW_GAP * rows.len();
        let mut canvas = Canvas::new(content + 2 * MARGIN, MARGIN + head + body + MARGIN / 2, BACKGROUND);
        self.head(&mut canvas, &title, &legend, content);
        let mut top = MARGIN + head;
        for (row, height) in rows.into_iter().zip(heights) {
            for (column, card) in row.iter().enumerate() {
                self.card(&mut canvas, card, MARGIN + column * (self.width + GAP), top, height);
            }
            top += height + WORDS + ROW_GAP;
        }
        canvas.picture
    }

    fn head(&self, canvas: &mut Canvas, title: &[String], legend: &[String], content: usize) {
        let (left, mut y) = (MARGIN as f32, MARGIN as f32 + 24.0);
        for line in title {
            Face::semi_bold(26.0).draw(canvas, line, left, y, INK);
            y += 34.0;
        }
        let face = Face::regular(15.0);
        face.draw(canvas, &self.place, left + content as f32 - face.width(&self.place), MARGIN as f32 + 22.0, QUIET);
        for line in legend {
            face.draw(canvas, line, left, y - 6.0, QUIET);
            y += LEGEND_LINE as f32;
        }
    }

    /// Height and width of a card's picture.
    fn size(&self, card: &ContactCard) -> [usize; 2] {
        let Some(picture) = &card.picture else { return [self.width / 2, self.width] };
        let height = (picture.height * self.width).div_ceil(picture.width.max(1));
        [height.clamp(1, 2 * self.width), self.width]
    }

    /// The picture stands on the line that its row has in common, the words under it.
    fn card(&self, canvas: &mut Canvas, card: &ContactCard, left: usize, top: usize, height: usize) {
        let size = self.size(card);
        let picture_top = top + height - size[0];
        match &card.picture {
            Some(picture) => canvas.place(&scaled(picture, size), left, picture_top),
            None => canvas.outline([left, picture_top, size[1], size[0]], HAIRLINE),
        }
        let (x, mut y, width) = (left as f32, (top + height) as f32 + 21.0, self.width as f32);
        let (ink, _) = match card.verdict {
            Verdict::Right => RIGHT,
            Verdict::Wrong => WRONG,
            Verdict::Unknown => (INK, BACKGROUND),
        };
        let (bold, plain) = (Face::semi_bold(17.0), Face::regular(15.0));
        let said = bold.elided(&card.said, width - 20.0);
        let begins = mark(canvas, card.verdict, [x, y], ink);
        bold.draw(canvas, &said, x + begins, y, ink);
        let behind = x + begins + bold.width(&said) + 10.0;
        let truth = plain.elided(&card.truth, (x + width - behind).max(0.0));
        plain.draw(canvas, &truth, behind, y, QUIET);
        y += 24.0;
        plain.draw(canvas, &plain.elided(&card.name, width), x, y, QUIET);
    }
}

/// A tick or a cross, and how much room it takes.
fn mark(canvas: &mut Canvas, verdict: Verdict, [x, baseline]: [f32; 2], ink: Rgb) -> f32 {
    let y = baseline - 6.0;
    match verdict {
        Verdict::Right => {
            canvas.stroke([x + 1.0, y + 0.5], [x + 4.5, y + 4.0], 2.2, ink);
            canvas.stroke([x + 4.5, y + 4.0], [x + 11.5, y - 4.5], 2.2, ink);
        }
        Verdict::Wrong => {
            canvas.stroke([x + 2.0, y - 4.0], [x + 10.0, y + 4.0], 2.2, ink);
            canvas.stroke([x + 2.0, y + 4.0], [x + 10.0, y - 4.0], 2.2, ink);
        }
        Verdict::Unknown => return 0.0,
    }
    19.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(width: usize, height: usize, words: &str) -> ContactCard {
        ContactCard {
            picture: (width > 0).then(|| Picture::filled(width, height, [200, 90, 10])),
            said: words.into(),
            truth: words.into(),
            verdict: Verdict::Wrong,
            name: words.into(),
        }
    }

    #[test]
    fn cards_stand_in_rows_and_each_picture_is_there() {
        let cards = vec![card(100, 50, "a"), card(100, 50, "b"), card(40, 40, "c")];
        let sheet = ContactSheet {
            title: "t".into(),
            legend: "l".into(),
            place: "1 of 1".into(),
            columns: 2,
            width: 300,
            cards,
        };
        let drawn = sheet.draw();
        assert_eq!(drawn.width, 2 * 300 + GAP + 2 * MARGIN);
        let orange = drawn.rgb.chunks_exact(3).filter(|pixel| **pixel == [200, 90, 10]).count();
        assert_eq!(orange, 2 * 300 * 150 + 300 * 300);
        let one = ContactSheet { cards: sheet.cards[..1].to_vec(), ..sheet.clone() }.draw();
        assert!(one.width < drawn.width && one.height < drawn.height, "no room is left for what is not there");
    }

    #[test]
    fn any_words_and_shapes_make_a_sheet() {
        let long = "x".repeat(3000);
        for (width, height) in [(0, 0), (1, 1), (3000, 2), (2, 3000)] {
            for words in ["", "漢字 \u{0}\n\u{202e}", &long] {
                let sheet = ContactSheet {
                    title: words.into(),
                    legend: words.into(),
                    place: words.into(),
                    columns: 0,
                    width: 200,
                    cards: vec![card(width, height, words)],
                };
                assert!(sheet.draw().height > 60);
            }
        }
    }
}
