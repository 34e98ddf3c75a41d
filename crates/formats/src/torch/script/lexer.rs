//! Tokens of TorchScript's printed code, line by line. It is a small part of Python: names, numbers,
//! texts, brackets and a few signs; what is open in brackets goes on in the next line.

use crate::FormatError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'s> {
    Name(&'s str),
    Number(&'s str),
    Text(String),
    /// `( ) [ ] , : . = - @` and `->`, which is `>` here, and others that the parser refuses.
    Sign(char),
}

/// A line of code, with the lines that its brackets go on in.
#[derive(Debug)]
pub(super) struct Line<'s> {
    pub number: usize,
    pub indent: usize,
    pub tokens: Vec<Token<'s>>,
}

/// Cuts a file into lines of tokens. Empty lines and comments are left out.
pub(super) fn lines<'s>(code: &'s str, file: &str) -> Result<Vec<Line<'s>>, FormatError> {
    let mut lines: Vec<Line<'s>> = Vec::new();
    let mut open = 0usize;
    for (at, text) in code.lines().enumerate() {
        let content = text.trim_start_matches(' ');
        if open == 0 {
            if content.trim().is_empty() || content.starts_with('#') {
                continue;
            }
            lines.push(Line { number: at + 1, indent: text.len() - content.len(), tokens: Vec::new() });
        }
        let Some(line) = lines.last_mut() else { continue };
        let mut rest = content;
        while let Some((token, behind)) = next(rest).map_err(|why| unreadable(file, at + 1, why))? {
            match token {
                Token::Sign('(' | '[' | '{') => open += 1,
                Token::Sign(')' | ']' | '}') => open = open.saturating_sub(1),
                _ => {}
            }
            line.tokens.push(token);
            rest = behind;
        }
    }
    Ok(lines)
}

pub(super) fn unreadable(file: &str, line: usize, why: impl std::fmt::Display) -> FormatError {
    FormatError::Damaged(format!("{file}, line {line}: {why}"))
}

/// The next token of a line, and what stands behind it; `None` at its end.
fn next(text: &str) -> Result<Option<(Token<'_>, &str)>, String> {
    let text = text.trim_start();
    let Some(first) = text.chars().next().filter(|&c| c != '#') else { return Ok(None) };
    let split = |length: usize| text.split_at(length);
    if first.is_ascii_digit() || (first == '.' && text[1..].starts_with(|c: char| c.is_ascii_digit())) {
        let (number, rest) = split(number_length(text));
        return Ok(Some((Token::Number(number), rest)));
    }
    if is_name(first) {
        let (name, rest) = split(text.find(|c| !is_name(c)).unwrap_or(text.len()));
        return Ok(Some((Token::Name(name), rest)));
    }
    if matches!(first, '"' | '\'') {
        let (content, rest) = quoted(&text[1..], first)?;
        return Ok(Some((Token::Text(content), rest)));
    }
    if let Some(rest) = text.strip_prefix("->") {
        return Ok(Some((Token::Sign('>'), rest)));
    }
    Ok(Some((Token::Sign(first), &text[first.len_utf8()..])))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Digits, a point, and an exponent with its sign.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_part = |at: usize| {
        let c = bytes[at];
        c.is_ascii_alphanumeric() || c == b'.' || (matches!(c, b'-' | b'+') && matches!(bytes[at - 1], b'e' | b'E'))
    };
    (1..bytes.len()).find(|&at| !is_part(at)).unwrap_or(bytes.len())
}

/// A text up to its closing quote, with its escapes resolved.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut content = String::new();
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match c {
            '\\' => match rest.next().map(|(_, escaped)| escaped) {
                Some('n') => content.push('\n'),
                Some('t') => content.push('\t'),
                Some('r') => content.push('\r'),
                Some(escaped) => content.push(escaped),
                None => break,
            },
            c if c == quote => return Ok((content, &text[at + c.len_utf8()..])),
            c => content.push(c),
        }
    }
    Err("a text without an end".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_becomes_tokens() {
        let code = "# c\n\ndef f(a: List[int],\n    b=1e-05) -> T:\n  return \"x\\\"y\" # end\n";
        let lines = lines(code, "f.py").unwrap();
        assert_eq!(lines.iter().map(|line| (line.number, line.indent)).collect::<Vec<_>>(), [(3, 0), (5, 2)]);
        assert_eq!(lines[0].tokens[..4], [Token::Name("def"), Token::Name("f"), Token::Sign('('), Token::Name("a")]);
        assert!(lines[0].tokens.contains(&Token::Number("1e-05")) && lines[0].tokens.contains(&Token::Sign('>')));
        assert_eq!(lines[1].tokens, [Token::Name("return"), Token::Text("x\"y".into())]);
        assert!(super::lines("a = \"x", "f.py").unwrap_err().to_string().contains("f.py, line 1"));
    }
}
