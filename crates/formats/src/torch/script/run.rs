//! Carries out code on the graph in the making. Choices and loops that do not depend on the image are
//! decided here; those that do are refused.

use std::collections::HashMap;
use std::rc::Rc;

use heatlens_graph::{ModulePath, ValueId};

use super::builtin;
use super::object::{Made, Objects};
use super::syntax::{Action, At, Code, Expression, Function, Part, Statement};
use super::thing::{Module, Thing};
use crate::FormatError;
use crate::torch::program::{Builder, Int, Outputs, Place, Value};

/// Calls and blocks within each other are not deeper.
const DEEPEST: usize = 200;
/// Parts of expressions and items of lists that are looked at in all, loops counted out and all sizes of
/// the image that are tried together. A DenseNet-201 takes 30,000.
pub(super) const MOST_STEPS: usize = 1 << 23;

type Locals = HashMap<Rc<str>, Thing>;

/// Code being carried out.
pub(super) struct Run<'r, 'p, 'a, 's> {
    pub code: &'r Code,
    pub data: &'r mut Objects<'p, 'a, 's>,
    pub constants: Option<&'r mut Objects<'p, 'a, 's>>,
    pub builder: &'r mut Builder,
    /// Whether the code itself raised an exception: at the size of this image.
    pub raised: bool,
    data_made: Made,
    constants_made: Made,
    depth: usize,
    steps_left: &'r mut usize,
}

/// What a block ends with.
enum Flow {
    On,
    Return(Thing),
}

impl<'r, 'p, 'a, 's> Run<'r, 'p, 'a, 's> {
    pub fn new(
        code: &'r Code,
        data: &'r mut Objects<'p, 'a, 's>,
        constants: Option<&'r mut Objects<'p, 'a, 's>>,
        builder: &'r mut Builder,
        steps_left: &'r mut usize,
    ) -> Self {
        Run {
            code,
            data,
            constants,
            builder,
            raised: false,
            data_made: Made::new(),
            constants_made: Made::new(),
            depth: 0,
            steps_left,
        }
    }

    /// `network.forward(image)`: all tensors that it returns.
    pub fn forward(&mut self, image: ValueId) -> Result<Outputs, FormatError> {
        let network = Module { id: self.data.pickle.root(), path: ModulePath::root() };
        let image = Thing::Plain(Value::Tensor(image));
        let given = self.method(&network, "forward", vec![image], Vec::new())?;
        let given = given.value(&mut 1000).ok_or_else(|| self.builder.unsupported("the network returns no tensor"))?;
        let mut outputs = Vec::new();
        given.tensors(&mut outputs);
        Ok(outputs.into_iter().enumerate().map(|(at, value)| (format!("output{at}"), value)).collect())
    }

    /// A method of a module.
    pub fn method(
        &mut self,
        module: &Module,
        name: &str,
        arguments: Vec<Thing>,
        named: Vec<(Rc<str>, Thing)>,
    ) -> Result<Thing, FormatError> {
        let class = self.data.class(module.id).unwrap_or_default();
        let function = self.code.functions.get(&format!("{class}.{name}")).cloned();
        let function = function
            .ok_or_else(|| self.builder.unsupported(format!("`{name}` of `{class}`, whose code is not in the file")))?;
        let arguments = std::iter::once(Thing::Module(module.clone())).chain(arguments).collect();
        let outer = std::mem::replace(&mut self.builder.module, module.path.clone());
        let given = self.function(&function, arguments, named);
        self.builder.module = outer;
        given
    }

    /// A function with its arguments.
    pub fn function(
        &mut self,
        function: &Function,
        arguments: Vec<Thing>,
        named: Vec<(Rc<str>, Thing)>,
    ) -> Result<Thing, FormatError> {
        let mut locals = Locals::new();
        let mut arguments = arguments.into_iter();
        for parameter in &function.parameters {
            let by_name = || named.iter().find(|(name, _)| *name == parameter.name).map(|(_, thing)| thing.clone());
            let thing = match (arguments.next().or_else(by_name), &parameter.default) {
                (Some(thing), _) => thing,
                (None, Some(default)) => self.evaluate(default, &Locals::new())?,
                (None, None) => {
                    return Err(self
                        .builder
                        .unsupported(format!("`{}` has to be given, and a network takes one image", parameter.name)));
                }
            };
            locals.insert(parameter.name.clone(), thing);
        }
        if arguments.next().is_some() {
            return Err(self.builder.damaged("more arguments than the function takes"));
        }
        let outer = self.builder.place.clone();
        let flow = self.block(&function.body, &function.file, &mut locals)?;
        self.builder.place = outer;
        Ok(match flow {
            Flow::Return(thing) => thing,
            Flow::On => Thing::Plain(Value::None),
        })
    }

    /// Takes account of work, which loops could multiply.
    pub fn spend(&mut self, steps: usize) -> Result<(), FormatError> {
        let left = self.steps_left.checked_sub(steps);
        *self.steps_left = left.ok_or_else(|| self.builder.unsupported("its loops take too many steps"))?;
        Ok(())
    }

    fn block(&mut self, block: &[Statement], file: &Rc<str>, locals: &mut Locals) -> Result<Flow, FormatError> {
        if self.depth >= DEEPEST {
            return Err(self
                .builder
                .unsupported(format!("calls and blocks within each other, more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let flow = self.statements(block, file, locals);
        self.depth -= 1;
        flow
    }

    fn statements(&mut self, block: &[Statement], file: &Rc<str>, locals: &mut Locals) -> Result<Flow, FormatError> {
        for statement in block {
            self.builder.place = Place::Line(file.clone(), statement.line);
            self.spend(1)?;
            match &statement.action {
                Action::Pass => {}
                Action::Evaluate(expression) => drop(self.evaluate(expression, locals)?),
                Action::Assign(names, several, expression) => {
                    let thing = self.evaluate(expression, locals)?;
                    self.assign(names, *several, thing, locals)?;
                }
                Action::Return(None) => return Ok(Flow::Return(Thing::Plain(Value::None))),
                Action::Return(Some(expression)) => return Ok(Flow::Return(self.evaluate(expression, locals)?)),
                Action::If(condition, then, other) => {
                    let condition = self.evaluate(condition, locals)?;
                    let chosen = if self.holds(&condition)? { then } else { other };
                    if let Flow::Return(thing) = self.block(chosen, file, locals)? {
                        return Ok(Flow::Return(thing));
                    }
                }
                Action::For(name, over, body) => {
                    let over = self.evaluate(over, locals)?;
                    self.spend(over.len().unwrap_or(0))?;
                    let items = over.items().ok_or_else(|| self.builder.unsupported("a loop over no list"))?;
                    for item in items {
                        locals.insert(name.clone(), item);
                        if let Flow::Return(thing) = self.block(body, file, locals)? {
                            return Ok(Flow::Return(thing));
                        }
                    }
                }
                Action::Refuse(what) => return Err(self.builder.unsupported(what)),
            }
        }
        Ok(Flow::On)
    }

    fn assign(&self, names: &[Rc<str>], several: bool, thing: Thing, locals: &mut Locals) -> Result<(), FormatError> {
        if let ([name], false) = (names, several) {
            locals.insert(name.clone(), thing);
            return Ok(());
        }
        let items = thing.items().filter(|items| items.len() == names.len());
        let items = items.ok_or_else(|| self.builder.damaged(format!("{} names for something else", names.len())))?;
        names.iter().zip(items).for_each(|(name, item)| drop(locals.insert(name.clone(), item)));
        Ok(())
    }

    /// Whether a condition holds, which must not depend on what the image shows.
    pub fn holds(&mut self, condition: &Thing) -> Result<bool, FormatError> {
        match condition {
            Thing::Plain(Value::Bool(flag)) => Ok(*flag),
            Thing::Plain(Value::None) => Ok(false),
            Thing::Plain(Value::Float(float)) => Ok(*float != 0.0),
            Thing::Plain(Value::Int(int)) => Ok(self.builder.settle(*int) != 0),
            Thing::Plain(Value::Tensor(tensor)) => {
                let known = self.builder.known(*tensor).filter(|known| known.len() == 1);
                let holds = known.and_then(|known| match (known.as_bool(), known.as_i64()) {
                    (Some(flag), _) => Some(flag[0]),
                    (_, Some(number)) => Some(number[0] != 0),
                    _ => None,
                });
                holds.ok_or_else(|| self.builder.unsupported("a choice that depends on the image"))
            }
            _ => Err(self.builder.unsupported("a choice by what is no truth value")),
        }
    }

    /// The value of an expression: its parts one after the other.
    fn evaluate(&mut self, expression: &Expression, locals: &Locals) -> Result<Thing, FormatError> {
        self.spend(expression.parts.len())?;
        let mut found: Vec<Thing> = Vec::with_capacity(expression.parts.len());
        for part in &expression.parts {
            let get = |at: &At| found[*at].clone();
            let thing = match part {
                Part::None => Thing::Plain(Value::None),
                Part::Bool(flag) => Thing::Plain(Value::Bool(*flag)),
                Part::Int(now) => Thing::Plain(Value::Int(Int::of(*now))),
                Part::Float(number) => Thing::Plain(Value::Float(*number)),
                Part::Text(text) => {
                    self.spend(text.len() / 16)?;
                    Thing::Plain(Value::Text(text.to_string()))
                }
                Part::List(items) | Part::Tuple(items) => self.list(items.iter().map(get).collect())?,
                Part::Path(path) => self.path(path, locals)?,
                Part::Attribute(of, name) => self.attribute(&found[*of], name)?,
                Part::Item(of, index) => builtin::item(self, &found[*of], &found[*index])?,
                Part::Negative(of) => builtin::negative(self, &found[*of])?,
                Part::Call(callee, placed, named) => {
                    let placed = placed.iter().map(get).collect();
                    let named = named.iter().map(|(name, at)| (name.clone(), get(at))).collect();
                    self.call(&found[*callee].clone(), placed, named)?
                }
            };
            found.push(thing);
        }
        found.pop().ok_or_else(|| self.builder.damaged("an empty expression"))
    }

    pub fn list(&self, items: Vec<Thing>) -> Result<Thing, FormatError> {
        Thing::list(items).ok_or_else(|| self.builder.unsupported("lists within lists, too deep"))
    }

    /// A dotted name: a local one with attributes, a constant, or a global one.
    fn path(&mut self, path: &Rc<str>, locals: &Locals) -> Result<Thing, FormatError> {
        let (first, rest) = path.split_once('.').map_or((&**path, ""), |(first, rest)| (first, rest));
        if let Some(local) = locals.get(first) {
            let mut thing = local.clone();
            for name in rest.split('.').filter(|name| !name.is_empty()) {
                thing = self.attribute(&thing, name)?;
            }
            return Ok(thing);
        }
        if first == "CONSTANTS" {
            return self.constant(rest);
        }
        Ok(Thing::Global(path.clone()))
    }

    /// `CONSTANTS.c0`: the first of the tensors in `constants.pkl`.
    fn constant(&mut self, name: &str) -> Result<Thing, FormatError> {
        let missing =
            || FormatError::Damaged(format!("the constant `{name}` is missing; copy or download the file again"));
        let objects = self.constants.as_deref_mut().ok_or_else(missing)?;
        let at: usize = name.strip_prefix('c').and_then(|at| at.parse().ok()).ok_or_else(missing)?;
        let constants = objects.pickle.sequence(objects.pickle.root()).unwrap_or_default();
        let id = *constants.get(at).ok_or_else(missing)?;
        let place = Module { id, path: ModulePath::from(format!("CONSTANTS.{name}")) };
        objects.thing(id, place, &mut self.constants_made, self.builder, 8, &mut 10_000)
    }

    pub fn attribute(&mut self, of: &Thing, name: &str) -> Result<Thing, FormatError> {
        match of {
            Thing::Module(module) => {
                let found = self.data.attribute(module, name, &mut self.data_made, self.builder)?;
                Ok(found.unwrap_or_else(|| Thing::Method(module.clone(), name.into())))
            }
            Thing::Global(path) => Ok(Thing::Global(format!("{path}.{name}").into())),
            Thing::Plain(Value::Tensor(_)) => {
                builtin::call(self, &format!("ops.prim.{name}"), vec![of.clone()], Vec::new())
            }
            _ => Err(self.builder.unsupported(format!("the attribute `{name}` of what is no module"))),
        }
    }

    fn call(&mut self, callee: &Thing, placed: Vec<Thing>, named: Vec<(Rc<str>, Thing)>) -> Result<Thing, FormatError> {
        match callee {
            Thing::Method(module, name) => self.method(module, name, placed, named),
            Thing::Global(name) => {
                if let Some(function) = self.code.functions.get(&**name).cloned() {
                    return self.function(&function, placed, named);
                }
                if self.code.tuples.iter().any(|class| **class == **name) {
                    return self.list(placed);
                }
                builtin::call(self, name, placed, named)
            }
            _ => Err(self.builder.damaged("it calls what is no function")),
        }
    }
}
