//! Code from tokens: classes with their methods, functions, and the few statements that TorchScript
//! prints.

use std::rc::Rc;

use super::lexer::{Line, Token, lines, unreadable};
use super::syntax::{Action, Code, Function, Parameter, Statement};
use crate::FormatError;

/// Blocks within blocks are not deeper; neither is any network's code.
const DEEPEST: usize = 40;

/// Adds the functions and classes of a file, whose names begin with `module`.
pub(super) fn read(code: &str, file: &str, module: &str, into: &mut Code) -> Result<(), FormatError> {
    let lines = lines(code, file)?;
    let mut reader = Reader { lines: &lines, at: 0, file: file.into() };
    while let Some(line) = reader.lines.get(reader.at) {
        reader.top(line, module, into)?;
    }
    Ok(())
}

struct Reader<'t, 's> {
    lines: &'t [Line<'s>],
    at: usize,
    file: Rc<str>,
}

impl<'t, 's> Reader<'t, 's> {
    /// A function, or a class with its methods; all else outside of functions says nothing that is
    /// needed (types, lists of parameters, versions).
    fn top(&mut self, line: &'t Line<'s>, module: &str, into: &mut Code) -> Result<(), FormatError> {
        match line.tokens[..] {
            [Token::Name("def"), ..] => {
                let (name, function) = self.function(line)?;
                into.functions.insert(format!("{module}.{name}"), Rc::new(function));
            }
            [Token::Name("class"), Token::Name(name), ref base @ ..] => {
                self.at += 1;
                let class = format!("{module}.{name}");
                if base.contains(&Token::Name("NamedTuple")) {
                    into.tuples.push(class.clone());
                }
                while let Some(inner) = self.lines.get(self.at).filter(|inner| inner.indent > line.indent) {
                    if inner.tokens.first() == Some(&Token::Name("def")) {
                        let (name, function) = self.function(inner)?;
                        into.functions.insert(format!("{class}.{name}"), Rc::new(function));
                    } else {
                        self.at += 1;
                    }
                }
            }
            _ => self.at += 1,
        }
        Ok(())
    }

    fn function(&mut self, line: &'t Line<'s>) -> Result<(&'s str, Function), FormatError> {
        let mut tokens = self.cursor(line);
        tokens.skip(1);
        let name = tokens.name()?;
        tokens.expect('(')?;
        let mut parameters = Vec::new();
        while !tokens.take(')') {
            let name = tokens.name()?.into();
            if tokens.take(':') {
                tokens.expression()?;
            }
            let default = if tokens.take('=') { Some(tokens.expression()?) } else { None };
            parameters.push(Parameter { name, default });
            tokens.take(',');
        }
        self.at += 1;
        let body = self.block(line.indent, 0)?;
        Ok((name, Function { file: self.file.clone(), parameters, body }))
    }

    /// The lines that are further in than `indent`.
    fn block(&mut self, indent: usize, depth: usize) -> Result<Vec<Statement>, FormatError> {
        let mut statements = Vec::new();
        while let Some(line) = self.lines.get(self.at).filter(|line| line.indent > indent) {
            if depth > DEEPEST {
                return Err(unreadable(
                    &self.file,
                    line.number,
                    format!("blocks within blocks, more than {DEEPEST} deep"),
                ));
            }
            self.at += 1;
            let action = self.statement(line, depth)?;
            statements.push(Statement { line: line.number, action });
        }
        Ok(statements)
    }

    fn statement(&mut self, line: &'t Line<'s>, depth: usize) -> Result<Action, FormatError> {
        let mut tokens = self.cursor(line);
        match line.tokens[0] {
            Token::Name("pass") => Ok(Action::Pass),
            Token::Name("return") => {
                tokens.skip(1);
                Ok(Action::Return(if tokens.is_done() { None } else { Some(tokens.tuple()?) }))
            }
            Token::Name("if") => {
                tokens.skip(1);
                let condition = tokens.expression()?;
                let then = self.block(line.indent, depth + 1)?;
                let has_else = self.lines.get(self.at).is_some_and(|next| {
                    next.indent == line.indent && next.tokens.first() == Some(&Token::Name("else"))
                });
                if !has_else {
                    return Ok(Action::If(condition, then, Vec::new()));
                }
                self.at += 1;
                Ok(Action::If(condition, then, self.block(line.indent, depth + 1)?))
            }
            Token::Name("for") => {
                tokens.skip(1);
                let name = tokens.name()?.into();
                if tokens.name()? != "in" {
                    return Err(tokens.fail("`in` is missing"));
                }
                let over = tokens.expression()?;
                Ok(Action::For(name, over, self.block(line.indent, depth + 1)?))
            }
            Token::Name(
                word @ ("while" | "with" | "assert" | "del" | "import" | "from" | "try" | "raise" | "exec" | "class"
                | "def" | "lambda" | "global"),
            ) => {
                self.block(line.indent, depth + 1)?;
                Ok(Action::Refuse(format!("`{word}`, which is not read")))
            }
            _ => tokens.assignment(),
        }
    }

    fn cursor(&self, line: &'t Line<'s>) -> super::expression::Cursor<'t, 's> {
        super::expression::Cursor::new(&line.tokens, self.file.clone(), line.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torch::script::expression::Cursor;
    use crate::torch::script::syntax::{Expression, Part};

    fn expression(code: &str) -> Result<Expression, FormatError> {
        let lines = lines(code, "test.py")?;
        Cursor::new(&lines[0].tokens, "test.py".into(), 1).tuple()
    }

    #[test]
    fn functions_and_methods_are_found_by_name() {
        let code = "op_version_set = 1\nclass Net(Module):\n  __parameters__ = []\n  w : Tensor\n  def forward(self: \
                    __torch__.Net,\n    x: Tensor) -> Tensor:\n    if True:\n      y = x\n    else:\n      pass\n    \
                    return y\ndef relu(input: Tensor, inplace: bool=False) -> Tensor:\n  return torch.relu(input)\n\
                    class P(NamedTuple):\n  a : Tensor\n";
        let mut read = Code::default();
        super::read(code, "code/__torch__.py", "__torch__", &mut read).unwrap();
        let forward = &read.functions["__torch__.Net.forward"];
        assert_eq!((forward.parameters.len(), forward.body.len()), (2, 2));
        assert!(matches!(&forward.body[0].action, Action::If(_, then, other) if then.len() == 1 && other.len() == 1));
        assert!(read.functions["__torch__.relu"].parameters[1].default.is_some());
        assert_eq!(read.tuples, ["__torch__.P"]);
    }

    /// `torch.no_grad` is such a class: what it does matters only where it is called.
    #[test]
    fn what_is_not_read_is_refused_where_it_is_carried_out() {
        let code =
            "class no_grad:\n  def __init__(self: no_grad) -> NoneType:\n    self.prev = False\n    return None\n";
        let mut read = Code::default();
        super::read(code, "code/__torch__.py", "__torch__", &mut read).unwrap();
        let body = &read.functions["__torch__.no_grad.__init__"].body;
        assert!(matches!(&body[0].action, Action::Refuse(what) if what.contains("attribute")));
    }

    #[test]
    fn calls_within_calls_are_parts_in_order() {
        let parts = expression("(fc).forward(torch.add(x, -1, alpha=2), [1, 2.], )").unwrap().parts;
        assert!(
            matches!(parts.last(), Some(Part::Call(_, arguments, named)) if arguments.len() == 2 && named.is_empty())
        );
        for wrong in ["f(", "f(a b)", "[1", ")", "a +", "{1: 2}"] {
            assert!(expression(wrong).is_err(), "{wrong}");
        }
        assert!(expression(&"(".repeat(100_000)).is_err());
    }
}
