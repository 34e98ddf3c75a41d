//! Expressions from the tokens of a line.

use std::rc::Rc;

use super::lexer::{Token, unreadable};
use super::syntax::{Action, At, Expression, Part};
use crate::FormatError;

/// Brackets within brackets. TorchScript prints chains of calls within each other: a `Sequential` of
/// 50 layers is 50 deep.
const DEEPEST: usize = 250;

/// Where a line is being read.
pub(super) struct Cursor<'t, 's> {
    tokens: &'t [Token<'s>],
    file: Rc<str>,
    line: usize,
    depth: usize,
}

impl<'t, 's> Cursor<'t, 's> {
    pub fn new(tokens: &'t [Token<'s>], file: Rc<str>, line: usize) -> Self {
        Cursor { tokens, file, line, depth: 0 }
    }

    pub fn fail(&self, why: impl std::fmt::Display) -> FormatError {
        unreadable(&self.file, self.line, format!("{why}, and that is no code of TorchScript"))
    }

    pub fn is_done(&self) -> bool {
        self.tokens.is_empty()
    }

    pub fn skip(&mut self, count: usize) {
        self.tokens = self.tokens.get(count..).unwrap_or_default();
    }

    /// Passes over a sign, where it stands here.
    pub fn take(&mut self, sign: char) -> bool {
        let stands = self.tokens.first() == Some(&Token::Sign(sign));
        self.skip(usize::from(stands));
        stands
    }

    pub fn expect(&mut self, sign: char) -> Result<(), FormatError> {
        if self.take(sign) { Ok(()) } else { Err(self.fail(format!("`{sign}` is missing"))) }
    }

    pub fn name(&mut self) -> Result<&'s str, FormatError> {
        match self.tokens.first() {
            Some(Token::Name(name)) => {
                self.skip(1);
                Ok(name)
            }
            _ => Err(self.fail("a name is missing")),
        }
    }

    /// `a = …`, `a: T = …`, `a, b, = …`, or an expression alone.
    pub fn assignment(&mut self) -> Result<Action, FormatError> {
        if let [Token::Name(_), Token::Sign(':'), ..] = self.tokens {
            let name = self.name()?.into();
            self.skip(1);
            self.expression()?;
            self.expect('=')?;
            return Ok(Action::Assign(vec![name], false, self.tuple()?));
        }
        let Some(equals) = self.tokens.iter().position(|token| matches!(token, Token::Sign('=' | '(' | '['))) else {
            return self.whole().map(Action::Evaluate);
        };
        if self.tokens[equals] != Token::Sign('=') {
            return self.whole().map(Action::Evaluate);
        }
        if let [Token::Name(_), Token::Sign('.'), ..] = self.tokens {
            return Ok(Action::Refuse("an assignment to an attribute, which is not read".into()));
        }
        let mut names: Vec<Rc<str>> = Vec::new();
        let mut several = false;
        while !self.take('=') {
            names.push(self.name()?.into());
            several |= self.take(',');
        }
        if names.is_empty() {
            return Err(self.fail("a name is missing"));
        }
        Ok(Action::Assign(names, several, self.tuple()?))
    }

    fn whole(&mut self) -> Result<Expression, FormatError> {
        let expression = self.expression()?;
        if self.is_done() { Ok(expression) } else { Err(self.fail("more stands behind the statement")) }
    }

    /// An expression, or several with commas between them as a tuple.
    pub fn tuple(&mut self) -> Result<Expression, FormatError> {
        let mut expression = Expression::default();
        let mut parts = vec![self.part(&mut expression)?];
        let mut several = false;
        while self.take(',') {
            several = true;
            if !self.is_done() {
                parts.push(self.part(&mut expression)?);
            }
        }
        if several {
            expression.parts.push(Part::Tuple(parts));
        }
        if self.is_done() { Ok(expression) } else { Err(self.fail("more stands behind the statement")) }
    }

    /// One expression.
    pub fn expression(&mut self) -> Result<Expression, FormatError> {
        let mut expression = Expression::default();
        self.part(&mut expression)?;
        Ok(expression)
    }

    fn part(&mut self, into: &mut Expression) -> Result<At, FormatError> {
        if self.depth >= DEEPEST {
            return Err(self.fail(format!("brackets within brackets, more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let mut at = self.primary(into)?;
        loop {
            if self.take('.') {
                let name = self.name()?;
                // A dotted name is one part.
                at = match into.parts.get_mut(at..) {
                    Some([Part::Path(path)]) => {
                        *path = format!("{path}.{name}").into();
                        at
                    }
                    _ => push(into, Part::Attribute(at, name.into())),
                };
            } else if self.take('(') {
                at = self.call(at, into)?;
            } else if self.take('[') {
                let mut items = self.items(']', into)?;
                let index =
                    if let [one] = items[..] { one } else { push(into, Part::Tuple(std::mem::take(&mut items))) };
                at = push(into, Part::Item(at, index));
            } else {
                self.depth -= 1;
                return Ok(at);
            }
        }
    }

    fn call(&mut self, callee: At, into: &mut Expression) -> Result<At, FormatError> {
        let (mut placed, mut named) = (Vec::new(), Vec::new());
        while !self.take(')') {
            match self.tokens {
                [Token::Name(name), Token::Sign('='), ..] => {
                    self.skip(2);
                    named.push(((*name).into(), self.part(into)?));
                }
                _ => placed.push(self.part(into)?),
            }
            if !self.take(',') && self.tokens.first() != Some(&Token::Sign(')')) {
                return Err(self.fail("`)` is missing"));
            }
        }
        Ok(push(into, Part::Call(callee, placed, named)))
    }

    /// Expressions with commas between them up to a closing bracket.
    fn items(&mut self, close: char, into: &mut Expression) -> Result<Vec<At>, FormatError> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.part(into)?);
            if !self.take(',') && self.tokens.first() != Some(&Token::Sign(close)) {
                return Err(self.fail(format!("`{close}` is missing")));
            }
        }
        Ok(items)
    }

    fn primary(&mut self, into: &mut Expression) -> Result<At, FormatError> {
        let Some(token) = self.tokens.first() else { return Err(self.fail("the line ends early")) };
        self.skip(1);
        let part = match token {
            Token::Name("None") => Part::None,
            Token::Name("True") => Part::Bool(true),
            Token::Name("False") => Part::Bool(false),
            Token::Name("inf") => Part::Float(f64::INFINITY),
            Token::Name("nan") => Part::Float(f64::NAN),
            Token::Name(name) => Part::Path((*name).into()),
            Token::Text(text) => Part::Text(text.as_str().into()),
            Token::Number(digits) => self.number(digits)?,
            Token::Sign('-') => {
                let of = self.part(into)?;
                Part::Negative(of)
            }
            Token::Sign('[') => Part::List(self.items(']', into)?),
            Token::Sign('(') => {
                let before = self.tokens;
                let items = self.items(')', into)?;
                // `(x)` is x, `(x,)` a tuple.
                let consumed = &before[..before.len() - self.tokens.len()];
                let comma = matches!(consumed, [.., Token::Sign(','), Token::Sign(')')]);
                match items[..] {
                    [one] if !comma => return Ok(one),
                    _ => Part::Tuple(items),
                }
            }
            Token::Sign(other) => return Err(self.fail(format!("`{other}`"))),
        };
        Ok(push(into, part))
    }

    fn number(&self, digits: &str) -> Result<Part, FormatError> {
        let int = digits.parse().map(Part::Int);
        int.or_else(|_| digits.parse().map(Part::Float)).map_err(|_| self.fail(format!("`{digits}`")))
    }
}

fn push(into: &mut Expression, part: Part) -> At {
    into.parts.push(part);
    into.parts.len() - 1
}
