//! What a panel says in words: the prediction above its pictures, the rest below.

use super::canvas::Canvas;
use super::panel::{INK, QUIET, RIGHT, WRONG};
use super::text::{Face, wrapped};

/// Whether the prediction is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// As the true label says.
    Right,
    /// Not as the true label says.
    Wrong,
    /// There is no true label.
    Unknown,
}

/// What a panel says in words.
#[derive(Clone, PartialEq, Debug)]
pub struct Caption {
    /// The photograph's name.
    pub image: String,
    /// The predicted class, the labels that are present, or the value.
    pub predicted: String,
    /// Its probability, 0 to 1, where it has one.
    pub confidence: Option<f32>,
    /// The true class, if known.
    pub label: Option<String>,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// The class that the map explains.
    pub explained: String,
    /// The target layer.
    pub layer: String,
    /// The method.
    pub method: String,
    /// What full colour stands for; none where there is no map.
    pub scale: Option<String>,
    /// What else must be said, a sentence each.
    pub notes: Vec<String>,
}

/// A share in per cent with one decimal, but never 100 % for what is less.
pub fn percent(share: f32) -> String {
    let shown = if share < 1.0 { (share * 1000.0).floor() / 10.0 } else { 100.0 };
    let near = (share * 1000.0).round() / 10.0;
    format!("{:.1} %", if near >= 100.0 { shown } else { near })
}

const FIELD_NAME: f32 = 36.0;
const FIELD_LINE: f32 = 22.0;
const FIELD_GAP: f32 = 44.0;
const NOTE_LINE: f32 = 24.0;
/// The header of one line.
const HEADER: f32 = 64.0;
/// A line of a prediction that needs several.
const SMALL_LINE: f32 = 28.0;

/// The words of a caption, set in lines of a width.
pub(super) struct Words<'c> {
    caption: &'c Caption,
    width: f32,
    /// The prediction where it does not fit beside its confidence and verdict: smaller, on lines of
    /// its own.
    predicted: Option<Vec<String>>,
    fields: Vec<Vec<Field>>,
    notes: Vec<String>,
}

impl<'c> Words<'c> {
    pub fn of(caption: &'c Caption, width: f32) -> Words<'c> {
        let mut words = Words {
            caption,
            width,
            predicted: None,
            fields: fields(caption, width),
            notes: caption.notes.iter().flat_map(|note| wrapped(&note_face(), note, width)).collect(),
        };
        if large().width(&caption.predicted) + 12.0 + words.rest_width() > width {
            words.predicted = Some(wrapped(&Face::semi_bold(20.0), &caption.predicted, width));
        }
        words
    }

    pub fn header_height(&self) -> f32 {
        HEADER + self.predicted.as_ref().map_or(0.0, |lines| SMALL_LINE * lines.len() as f32)
    }

    pub fn height(&self) -> f32 {
        let notes = if self.notes.is_empty() { 0.0 } else { NOTE_LINE * self.notes.len() as f32 + 4.0 };
        self.fields.iter().map(|line| row_height(line)).sum::<f32>() + notes
    }

    /// The prediction, large, and whether it is right.
    pub fn draw_header(&self, canvas: &mut Canvas, [left, top]: [f32; 2]) {
        let caption = self.caption;
        let mut baseline = top + 26.0;
        let mut x = left;
        match &self.predicted {
            None => {
                large().draw(canvas, &caption.predicted, x, baseline, INK);
                x += large().width(&caption.predicted) + 12.0;
            }
            Some(lines) => {
                for line in lines {
                    Face::semi_bold(20.0).draw(canvas, line, left, baseline - 4.0, INK);
                    baseline += SMALL_LINE;
                }
            }
        }
        let confidence = self.confidence();
        light().draw(canvas, &confidence, x, baseline, QUIET);
        if !confidence.is_empty() {
            x += light().width(&confidence) + 22.0;
        }
        let Some(words) = self.verdict() else { return };
        let (ink, ground) = if caption.verdict == Verdict::Right { RIGHT } else { WRONG };
        let words = pill().elided(&words, left + self.width - x - 50.0);
        let (top, height) = (baseline - 24.0, 30.0);
        canvas.rounded([x, top, pill().width(&words) + 50.0, height], height / 2.0, ground);
        let (cx, cy) = (x + 20.0, top + height / 2.0);
        if caption.verdict == Verdict::Right {
            canvas.stroke([cx - 5.0, cy + 0.5], [cx - 1.5, cy + 4.0], 2.2, ink);
            canvas.stroke([cx - 1.5, cy + 4.0], [cx + 5.5, cy - 4.5], 2.2, ink);
        } else {
            canvas.stroke([cx - 4.0, cy - 4.0], [cx + 4.0, cy + 4.0], 2.2, ink);
            canvas.stroke([cx - 4.0, cy + 4.0], [cx + 4.0, cy - 4.0], 2.2, ink);
        }
        pill().draw(canvas, &words, x + 33.0, top + 20.5, ink);
    }

    /// Fields and notes.
    pub fn draw(&self, canvas: &mut Canvas, [left, mut y]: [f32; 2]) {
        for line in &self.fields {
            line.iter().for_each(|field| field.draw(canvas, [left, y]));
            y += row_height(line);
        }
        for note in &self.notes {
            note_face().draw(canvas, note, left, y + 14.0, QUIET);
            y += NOTE_LINE;
        }
    }

    fn confidence(&self) -> String {
        self.caption.confidence.map_or_else(String::new, percent)
    }

    /// The pill's words. What is true is said in full among the fields.
    fn verdict(&self) -> Option<String> {
        match (self.caption.verdict, &self.caption.label) {
            (Verdict::Right, _) => Some("Correct".to_owned()),
            (Verdict::Wrong, Some(label)) => Some(format!("Wrong: labelled {label}")),
            (Verdict::Wrong, None) => Some("Wrong".to_owned()),
            (Verdict::Unknown, _) => None,
        }
    }

    /// How much room confidence and verdict take.
    fn rest_width(&self) -> f32 {
        let verdict = self.verdict().map_or(0.0, |words| pill().width(&words) + 72.0);
        light().width(&self.confidence()) + verdict.min(self.width * 0.6)
    }
}

/// A value under its name.
struct Field {
    name: &'static str,
    lines: Vec<String>,
    x: f32,
}

impl Field {
    fn draw(&self, canvas: &mut Canvas, [left, mut y]: [f32; 2]) {
        name_face().draw(canvas, self.name, left + self.x, y + 14.0, QUIET);
        y += 37.0;
        for line in &self.lines {
            value_face().draw(canvas, line, left + self.x, y, INK);
            y += FIELD_LINE;
        }
    }
}

fn row_height(line: &[Field]) -> f32 {
    FIELD_NAME + FIELD_LINE * line.iter().map(|field| field.lines.len()).max().unwrap_or(0).max(1) as f32
}

/// The caption's fields with their places, in as many rows as they need.
fn fields(caption: &Caption, width: f32) -> Vec<Vec<Field>> {
    let label = caption.label.as_deref().unwrap_or("not known");
    let all = [
        ("Image", caption.image.as_str()),
        ("True label", label),
        ("Explained", &caption.explained),
        ("Layer", &caption.layer),
        ("Method", &caption.method),
        ("Full colour", caption.scale.as_deref().unwrap_or_default()),
    ];
    let mut rows: Vec<Vec<Field>> = vec![Vec::new()];
    let mut x = 0.0;
    for (name, value) in all.into_iter().filter(|(_, value)| !value.is_empty()) {
        let lines = wrapped(&value_face(), value, width);
        let widest = lines.iter().map(|line| value_face().width(line)).fold(name_face().width(name), f32::max);
        if x > 0.0 && x + widest > width {
            rows.push(Vec::new());
            x = 0.0;
        }
        rows.last_mut().expect("never empty").push(Field { name, lines, x });
        x += widest + FIELD_GAP;
    }
    rows
}

fn large() -> Face {
    Face::semi_bold(28.0)
}

fn light() -> Face {
    Face::regular(28.0)
}

fn pill() -> Face {
    Face::semi_bold(15.0)
}

fn name_face() -> Face {
    Face::regular(14.0)
}

fn value_face() -> Face {
    Face::regular(17.0)
}

fn note_face() -> Face {
    Face::regular(14.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_below_one_are_not_called_certain() {
        assert_eq!([0.5, 0.9996, 0.98765, 1.0].map(percent), ["50.0 %", "99.9 %", "98.8 %", "100.0 %"]);
    }

    #[test]
    fn long_words_make_more_lines_and_lose_nothing() {
        let name = "a_folder_of_a_clinic/a_very_long_name_of_a_photograph_that_somebody_once_gave_it_2661_right.jpg";
        let caption = Caption {
            image: name.into(),
            predicted: "Retinal nerve fibre layer defect; Disc haemorrhage; Peripapillary atrophy".into(),
            confidence: Some(0.5),
            label: Some("normal".into()),
            verdict: Verdict::Wrong,
            explained: "glaucoma".into(),
            layer: "layer4.1".into(),
            method: "Grad-CAM".into(),
            scale: None,
            notes: Vec::new(),
        };
        let words = Words::of(&caption, 400.0);
        let image = words.fields.iter().flatten().find(|field| field.name == "Image").unwrap();
        assert_eq!(image.lines.concat(), name);
        assert_eq!(words.predicted.as_ref().unwrap().join(" "), caption.predicted);
        assert!(words.fields.iter().flatten().all(|field| field.name != "Full colour"));
        let short = Caption { image: "a.png".into(), predicted: "normal".into(), ..caption.clone() };
        let short = Words::of(&short, 1300.0);
        assert!(short.predicted.is_none() && short.fields.len() == 1 && short.header_height() == HEADER);
        assert!(words.height() > short.height());
    }
}
