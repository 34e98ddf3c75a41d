//! What code says, before it is carried out.

use std::collections::HashMap;
use std::rc::Rc;

/// All functions and methods by their names: `__torch__.torch.nn.functional.relu`,
/// `__torch__.Net.forward`.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub functions: HashMap<String, Rc<Function>>,
    /// Classes that are tuples with names for their parts.
    pub tuples: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Function {
    /// The file, for messages.
    pub file: Rc<str>,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Statement>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub name: Rc<str>,
    pub default: Option<Expression>,
}

#[derive(Debug)]
pub(super) struct Statement {
    pub line: usize,
    pub action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    /// `a = …`, or `a, b = …` of several parts.
    Assign(Vec<Rc<str>>, bool, Expression),
    Evaluate(Expression),
    Return(Option<Expression>),
    If(Expression, Vec<Statement>, Vec<Statement>),
    For(Rc<str>, Expression, Vec<Statement>),
    Pass,
    /// What is not read, in words.
    Refuse(String),
}

/// An expression: its parts in the order in which they are found, the whole at the last. So a chain of
/// calls, which TorchScript prints within each other, costs no depth.
#[derive(Debug, Default)]
pub(super) struct Expression {
    pub parts: Vec<Part>,
}

/// The number of a part of its expression.
pub(super) type At = usize;

#[derive(Debug)]
pub(super) enum Part {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    /// A name with what stands behind its dots: `self.conv1`, `torch.relu`.
    Path(Rc<str>),
    Attribute(At, Rc<str>),
    Call(At, Vec<At>, Vec<(Rc<str>, At)>),
    List(Vec<At>),
    Tuple(Vec<At>),
    Item(At, At),
    Negative(At),
}
