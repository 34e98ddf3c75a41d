//! HTML and SVG elements. What comes from data can only be written escaped: there is no way to add
//! a string of markup that is not a constant.

use std::fmt::{self, Display, Write};

/// An element with its attributes and what is in it.
#[derive(Clone)]
pub(super) struct Tag {
    name: &'static str,
    attributes: String,
    inner: String,
}

/// An empty element of this name.
pub(super) fn tag(name: &'static str) -> Tag {
    Tag { name, attributes: String::new(), inner: String::new() }
}

/// An element of a class.
pub(super) fn classed(name: &'static str, class: impl Display) -> Tag {
    tag(name).with("class", class)
}

impl Tag {
    /// With an attribute.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Tag {
        write!(self.attributes, " {name}=\"{}\"", Escaped(value)).expect("strings take everything");
        self
    }

    /// With attributes that are lengths or coordinates.
    pub fn at<const N: usize>(mut self, lengths: [(&'static str, f64); N]) -> Tag {
        for (name, value) in lengths {
            write!(self.attributes, " {name}=\"{}\"", Short(value)).expect("strings take everything");
        }
        self
    }

    /// With text in it.
    pub fn text(mut self, text: impl Display) -> Tag {
        write!(self.inner, "{}", Escaped(text)).expect("strings take everything");
        self
    }

    /// With a sentence in it: numbers keep their units, and what stands between backticks is code.
    pub fn prose(self, sentence: &str) -> Tag {
        let sentence = super::numbers::prose(sentence);
        let pieces: Vec<&str> = sentence.split('`').collect();
        if pieces.len().is_multiple_of(2) {
            return self.text(sentence);
        }
        let piece = |tag: Tag, (i, piece): (usize, &&str)| match i % 2 {
            0 => tag.text(piece),
            _ => tag.add(super::tag::tag("code").text(piece)),
        };
        pieces.iter().enumerate().fold(self, piece)
    }

    /// With another element in it.
    pub fn add(mut self, child: impl Into<Option<Tag>>) -> Tag {
        if let Some(child) = child.into() {
            write!(self.inner, "{child}").expect("strings take everything");
        }
        self
    }

    /// With other elements in it.
    pub fn all(self, children: impl IntoIterator<Item = Tag>) -> Tag {
        children.into_iter().fold(self, |tag, child| tag.add(child))
    }

    /// With a constant in it that is markup or a style sheet already.
    pub fn constant(mut self, markup: &'static str) -> Tag {
        self.inner.push_str(markup);
        self
    }

    /// With rules of style in it that were made from constants and numbers, not from data; they
    /// hold no `<` and no `&`.
    pub fn rules(mut self, rules: &str) -> Tag {
        self.inner.extend(rules.chars().filter(|c| !matches!(c, '<' | '&')));
        self
    }
}

/// Elements that hold nothing, of HTML and of SVG.
const VOID: [&str; 10] = ["br", "circle", "image", "img", "input", "line", "meta", "path", "polygon", "rect"];

impl Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tag { name, attributes, inner } = self;
        if inner.is_empty() && VOID.contains(name) {
            write!(f, "<{name}{attributes}/>")
        } else {
            write!(f, "<{name}{attributes}>{inner}</{name}>")
        }
    }
}

/// Text as markup and quoted attributes have it; what XML forbids becomes the replacement
/// character.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escape(f), "{}", self.0)
    }
}

struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '&' => self.0.write_str("&amp;"),
            '<' => self.0.write_str("&lt;"),
            '>' => self.0.write_str("&gt;"),
            '"' => self.0.write_str("&quot;"),
            '\'' => self.0.write_str("&#39;"),
            '\t' | '\n' => self.0.write_char(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => self.0.write_char('\u{fffd}'),
            c => self.0.write_char(c),
        })
    }
}

/// A length with at most one decimal: finer than a screen shows.
pub(super) struct Short(pub f64);

impl Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = if self.0.is_finite() { (self.0.clamp(-1e6, 1e6) * 10.0).round() as i64 } else { 0 };
        let sign = if tenths < 0 { "-" } else { "" };
        match tenths.unsigned_abs() {
            t if t % 10 == 0 => write!(f, "{sign}{}", t / 10),
            t => write!(f, "{sign}{}.{}", t / 10, t % 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_never_becomes_markup() {
        let hostile = "<script>alert('x')</script> & \" \u{0} \u{1b}";
        let got = tag("p").with("title", hostile).text(hostile).to_string();
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot; \u{fffd} \u{fffd}";
        assert_eq!(got, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }

    #[test]
    fn empty_elements_are_closed_as_their_language_wants() {
        assert_eq!(tag("div").to_string(), "<div></div>");
        assert_eq!(tag("br").to_string(), "<br/>");
        assert_eq!(
            tag("circle").at([("r", 1.25), ("cx", -0.04), ("cy", f64::NAN)]).to_string(),
            "<circle r=\"1.3\" cx=\"0\" cy=\"0\"/>"
        );
        assert_eq!(Short(-12.34).to_string(), "-12.3");
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(tag("p").prose("say `--arch <x>`.").to_string(), "<p>say <code>--arch &lt;x&gt;</code>.</p>");
        assert_eq!(tag("p").prose("a ` alone").to_string(), "<p>a ` alone</p>");
    }
}
