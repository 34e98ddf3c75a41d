//! The stack machine of the pickle protocols 0 to 5 (`pickletools.py` documents each instruction).

use std::borrow::Cow;
use std::collections::HashMap;

use super::cursor::Cursor;
use super::forbidden;
use super::value::{Id, Object, Pickle, Value};
use crate::FormatError;

/// A checkpoint has thousands of values, a training dictionary with its optimiser hundreds of
/// thousands. At 40 bytes each, and 80 for a call, this is half a gigabyte at most. It bounds the
/// stack and the marks, too.
const MOST_VALUES: usize = 1 << 22;

impl<'a> Pickle<'a> {
    /// Reads the pickle at the beginning of `bytes`; returns it and the number of bytes it takes.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] where the instructions end early or make no sense,
    /// [`FormatError::ForbiddenPickle`] where they mention what no checkpoint needs (see the
    /// module), [`FormatError::Unsupported`] for out-of-band buffers and the extension registry.
    pub fn read(bytes: &'a [u8]) -> Result<(Self, usize), FormatError> {
        let mut machine = Machine { input: Cursor::new(bytes), ..Machine::default() };
        let root = loop {
            if let Some(root) = machine.step()? {
                break root;
            }
        };
        Ok((Pickle { values: machine.values, root }, machine.input.at()))
    }
}

#[derive(Default)]
struct Machine<'a> {
    input: Cursor<'a>,
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    /// `None`, `False`, `True` and `()` exist once.
    shared: [Option<Id>; 4],
}

type Step<T> = Result<T, FormatError>;

impl<'a> Machine<'a> {
    fn damaged<T>(&self, what: &str) -> Step<T> {
        self.input.damaged(what)
    }

    /// Runs one instruction; the value on top of the stack at the last.
    fn step(&mut self) -> Step<Option<Id>> {
        let opcode = self.input.opcode()?;
        match opcode {
            b'.' => return self.pop().map(Some),
            0x80 => drop(self.input.u8()?),
            0x95 => drop(self.input.take(8)?),
            b'(' => self.mark()?,
            b'0' => self.pop_or_mark()?,
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let top = self.top()?;
                self.push_id(top)?;
            }
            b'N' => self.push_shared(0, Value::None)?,
            0x89 => self.push_shared(1, Value::Bool(false))?,
            0x88 => self.push_shared(2, Value::Bool(true))?,
            b')' => self.push_shared(3, Value::Tuple(Vec::new()))?,
            b'I' | b'J' | b'K' | b'M' | b'L' | 0x8a | 0x8b | b'F' | b'G' => self.number(opcode)?,
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => self.text(opcode)?,
            b'g' | b'h' | b'j' | b'p' | b'q' | b'r' | 0x94 => self.memo(opcode)?,
            b']' | b'l' | b'a' | b'e' | b'}' | b'd' | b's' | b'u' | 0x8f | 0x90 | 0x91 | b't' | 0x85..=0x87 => {
                self.container(opcode)?
            }
            b'c' | 0x93 | b'P' | b'Q' => self.reference(opcode)?,
            b'R' | b'i' | b'o' | 0x81 | 0x92 | b'b' => self.call(opcode)?,
            0x82..=0x84 => return self.unsupported("the extension registry of Python's copyreg"),
            0x97 | 0x98 => return self.unsupported("out-of-band buffers of pickle protocol 5"),
            other => return self.damaged(&format!("{other:#04x} is no pickle instruction")),
        }
        Ok(None)
    }

    fn unsupported<T>(&self, what: &str) -> Step<T> {
        Err(FormatError::Unsupported(format!(
            "the pickle uses {what} (byte {}); save the weights with torch.save(model.state_dict(), ...)",
            self.input.start()
        )))
    }

    fn number(&mut self, opcode: u8) -> Step<()> {
        let value = match opcode {
            b'I' => match self.input.line()? {
                b"00" => Value::Bool(false),
                b"01" => Value::Bool(true),
                digits => Value::Int(self.input.parse(digits)?),
            },
            b'J' => Value::Int(i64::from(i32::from_le_bytes(self.input.array()?))),
            b'K' => Value::Int(i64::from(self.input.u8()?)),
            b'M' => Value::Int(i64::from(u16::from_le_bytes(self.input.array()?))),
            b'L' => {
                let digits = self.input.line()?;
                let digits = digits.strip_suffix(b"L").unwrap_or(digits);
                match self.input.parse::<i64>(digits) {
                    Ok(value) => Value::Int(value),
                    // Beyond 64 bits: a hash or a seed, of which no use is made.
                    Err(_) => Value::LongInt(digits),
                }
            }
            0x8a => {
                let n = usize::from(self.input.u8()?);
                long(self.input.take(n)?)
            }
            0x8b => {
                let n = self.input.length_4()?;
                long(self.input.take(n)?)
            }
            b'F' => {
                let digits = self.input.line()?;
                Value::Float(self.input.parse(digits)?)
            }
            _ => Value::Float(f64::from_be_bytes(self.input.array()?)),
        };
        self.push(value)
    }

    fn text(&mut self, opcode: u8) -> Step<()> {
        let value = match opcode {
            b'S' | b'V' => {
                let line = self.input.line()?;
                let quoted = line.len() >= 2 && opcode == b'S';
                text(if quoted { &line[1..line.len() - 1] } else { line })
            }
            b'U' | 0x8c => {
                let n = usize::from(self.input.u8()?);
                text(self.input.take(n)?)
            }
            b'T' | b'X' => {
                let n = self.input.length_4()?;
                text(self.input.take(n)?)
            }
            0x8d => {
                let n = self.input.length_8()?;
                text(self.input.take(n)?)
            }
            b'C' => {
                let n = usize::from(self.input.u8()?);
                Value::Bytes(self.input.take(n)?.into())
            }
            b'B' => {
                let n = self.input.length_4()?;
                Value::Bytes(self.input.take(n)?.into())
            }
            _ => {
                let n = self.input.length_8()?;
                Value::Bytes(self.input.take(n)?.into())
            }
        };
        self.push(value)
    }

    fn memo(&mut self, opcode: u8) -> Step<()> {
        let key = match opcode {
            b'g' | b'p' => {
                let digits = self.input.line()?;
                self.input.parse(digits)?
            }
            b'h' | b'q' => u64::from(self.input.u8()?),
            b'j' | b'r' => u64::from(u32::from_le_bytes(self.input.array()?)),
            _ => self.memo.len() as u64,
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            match self.memo.get(&key) {
                Some(&id) => self.push_id(id)?,
                None => return self.damaged("it refers to a memo entry that does not exist"),
            }
        } else {
            let top = self.top()?;
            self.memo.insert(key, top);
        }
        Ok(())
    }

    fn container(&mut self, opcode: u8) -> Step<()> {
        match opcode {
            b']' => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            0x8f => self.push(Value::Set(Vec::new())),
            b'l' => {
                let items = self.pop_mark()?;
                self.push(Value::List(items))
            }
            b't' => {
                let items = self.pop_mark()?;
                self.push(Value::Tuple(items))
            }
            0x91 => {
                let items = self.pop_mark()?;
                self.push(Value::Set(items))
            }
            0x85..=0x87 => {
                let from =
                    self.stack.len().checked_sub(usize::from(opcode - 0x84)).filter(|&from| from >= self.floor());
                let Some(from) = from else { return self.damaged("the stack is empty") };
                let items = self.stack.split_off(from);
                self.push(Value::Tuple(items))
            }
            b'd' => {
                let flat = self.pop_mark()?;
                let entries = self.pairs(&flat)?;
                self.push(Value::Dict(entries))
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.extend(items)
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(vec![(key, value)])
            }
            _ => {
                let flat = self.pop_mark()?;
                let entries = self.pairs(&flat)?;
                self.set(entries)
            }
        }
    }

    fn pairs(&self, flat: &[Id]) -> Step<Vec<(Id, Id)>> {
        if flat.len() % 2 == 1 {
            return self.damaged("a key without a value");
        }
        Ok(flat.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    }

    fn extend(&mut self, new: Vec<Id>) -> Step<()> {
        let top = self.top()?;
        match &mut self.values[top.0 as usize] {
            Value::List(items) | Value::Set(items) => items.extend(new),
            Value::Object(object) => object.items.extend(new),
            _ => return self.damaged("it appends to something that is no list"),
        }
        Ok(())
    }

    fn set(&mut self, new: Vec<(Id, Id)>) -> Step<()> {
        let top = self.top()?;
        match &mut self.values[top.0 as usize] {
            Value::Dict(entries) => entries.extend(new),
            Value::Object(object) => object.entries.extend(new),
            _ => return self.damaged("it sets entries of something that is no dictionary"),
        }
        Ok(())
    }

    fn reference(&mut self, opcode: u8) -> Step<()> {
        match opcode {
            b'c' => {
                let (module, name) = (self.input.name_line()?, self.input.name_line()?);
                self.global(module, name)
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Str(Cow::Borrowed(module)), Value::Str(Cow::Borrowed(name))) =
                    (&self.values[module.0 as usize], &self.values[name.0 as usize])
                else {
                    return self.damaged("a name that is no text");
                };
                self.global(module, name)
            }
            b'P' => {
                let line = self.input.line()?;
                self.push(text(line))?;
                let key = self.pop()?;
                self.push(Value::Persistent(key))
            }
            _ => {
                let key = self.pop()?;
                self.push(Value::Persistent(key))
            }
        }
    }

    fn global(&mut self, module: &'a str, name: &'a str) -> Step<()> {
        let Some(in_full) = self.push(Value::Global { module, name }).map(|()| self.name_of_top())? else {
            return self.damaged("a name that is too long");
        };
        forbidden::check_name(&in_full)
    }

    fn name_of_top(&self) -> Option<String> {
        self.name_of(*self.stack.last()?)
    }

    /// The name of a value, by the rules of [`Pickle::name`].
    fn name_of(&self, id: Id) -> Option<String> {
        super::value::name(&self.values, id)
    }

    fn call(&mut self, opcode: u8) -> Step<()> {
        let (callable, arguments) = match opcode {
            b'b' => {
                let state = self.pop()?;
                let top = self.top()?;
                if let Value::Object(object) = &mut self.values[top.0 as usize] {
                    object.state = Some(state);
                }
                return Ok(());
            }
            b'i' => {
                let (module, name) = (self.input.name_line()?, self.input.name_line()?);
                let items = self.pop_mark()?;
                self.global(module, name)?;
                let class = self.pop()?;
                (class, self.tuple(items)?)
            }
            b'o' => {
                let mut items = self.pop_mark()?;
                if items.is_empty() {
                    return self.damaged("an object without a class");
                }
                let class = items.remove(0);
                (class, self.tuple(items)?)
            }
            // Keyword arguments of `__new__` say nothing that is needed.
            0x92 => {
                self.pop()?;
                let arguments = self.pop()?;
                (self.pop()?, arguments)
            }
            _ => {
                let arguments = self.pop()?;
                (self.pop()?, arguments)
            }
        };
        self.check_call(callable, arguments)?;
        self.push(Value::Object(Box::new(Object {
            callable,
            arguments,
            state: None,
            items: Vec::new(),
            entries: Vec::new(),
        })))
    }

    fn tuple(&mut self, items: Vec<Id>) -> Step<Id> {
        self.push(Value::Tuple(items))?;
        self.pop()
    }

    /// Refuses calls of what a call returned, unless that was a plain attribute of an imported
    /// name: `getattr(x, "system")("...")`.
    fn check_call(&self, callable: Id, arguments: Id) -> Step<()> {
        let name = self.name_of(callable);
        match (&name, &self.values[callable.0 as usize]) {
            // Imported names were checked when they were imported.
            (Some(name), Value::Global { .. }) if name == "builtins.getattr" => {
                match &self.values[arguments.0 as usize] {
                    Value::Tuple(parts) => match parts.get(1).map(|attribute| &self.values[attribute.0 as usize]) {
                        Some(Value::Str(attribute)) => forbidden::check_attribute(attribute),
                        _ => Err(forbidden::refusal("builtins.getattr")),
                    },
                    _ => Err(forbidden::refusal("builtins.getattr")),
                }
            }
            (Some(_), Value::Global { .. } | Value::Persistent(_)) => Ok(()),
            (Some(name), _) => forbidden::check_name(name),
            (None, Value::Object(inner)) => match self.name_of(inner.callable) {
                Some(inner) if inner == "builtins.getattr" => {
                    Err(forbidden::refusal("a method fetched with builtins.getattr"))
                }
                // fastai's exports carry functions of the user's own, which are called by name alone.
                Some(inner) if inner.starts_with("cloudpickle.") && inner.ends_with("._make_function") => {
                    Err(forbidden::refusal("a function that came with it"))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn push(&mut self, value: Value<'a>) -> Step<()> {
        let id = Id(self.values.len() as u32);
        self.push_id(id)?;
        self.values.push(value);
        Ok(())
    }

    fn push_id(&mut self, id: Id) -> Step<()> {
        if self.values.len().max(self.stack.len()) >= MOST_VALUES {
            return Err(FormatError::Unsupported(format!(
                "the pickle holds more than {MOST_VALUES} values; save the weights alone"
            )));
        }
        self.stack.push(id);
        Ok(())
    }

    fn push_shared(&mut self, which: usize, value: Value<'a>) -> Step<()> {
        match self.shared[which] {
            Some(id) => self.push_id(id),
            None => {
                self.push(value)?;
                self.shared[which] = self.stack.last().copied();
                Ok(())
            }
        }
    }

    fn mark(&mut self) -> Step<()> {
        if self.marks.len() >= MOST_VALUES {
            return self.damaged("too many marks");
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// The height below which the stack belongs to an outer mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Step<Id> {
        match self.stack.last() {
            Some(&id) if self.stack.len() > self.floor() => Ok(id),
            _ => self.damaged("the stack is empty"),
        }
    }

    fn pop(&mut self) -> Step<Id> {
        let id = self.top()?;
        self.stack.pop();
        Ok(id)
    }

    fn pop_or_mark(&mut self) -> Step<()> {
        if self.stack.len() > self.floor() {
            self.stack.pop();
            return Ok(());
        }
        match self.marks.pop() {
            Some(_) => Ok(()),
            None => self.damaged("the stack is empty"),
        }
    }

    fn pop_mark(&mut self) -> Step<Vec<Id>> {
        match self.marks.pop() {
            Some(height) => Ok(self.stack.split_off(height)),
            None => self.damaged("there is no mark"),
        }
    }
}

/// Two's complement, little-endian.
fn long(bytes: &[u8]) -> Value<'_> {
    if bytes.len() > 8 {
        return Value::LongInt(bytes);
    }
    let negative = bytes.last().is_some_and(|&b| b >= 0x80);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(wide))
}

/// Text, or the raw bytes that Python 2 called a string.
fn text(bytes: &[u8]) -> Value<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Str(text.into()),
        Err(_) => Value::Bytes(bytes.into()),
    }
}
