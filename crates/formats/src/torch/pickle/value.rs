//! What a pickle describes.

use std::borrow::Cow;

/// Names longer than this are no Python names.
const LONGEST_NAME: usize = 2000;
/// Attributes of attributes: `getattr(getattr(Outer, "Inner"), "method")`.
const DEEPEST_NAME: usize = 8;

/// The number of a value in its pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(pub(super) u32);

/// A value in a pickle. Containers hold the numbers of their parts, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits: two's complement, little-endian.
    LongInt(&'a [u8]),
    Float(f64),
    Str(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A name that Python would import.
    Global {
        module: &'a str,
        name: &'a str,
    },
    /// A reference to something outside the pickle; PyTorch refers to storages this way.
    Persistent(Id),
    /// A recorded call.
    Object(Box<Object>),
}

/// A call that Python would make, and what it would put into the result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    /// The class or function.
    pub callable: Id,
    /// Its arguments, a tuple.
    pub arguments: Id,
    /// What `__setstate__` would get, usually the instance's `__dict__`.
    pub state: Option<Id>,
    /// What would be appended.
    pub items: Vec<Id>,
    /// What would be set by key.
    pub entries: Vec<(Id, Id)>,
}

/// A pickle that was read: its values, the last of the machine's stack on top.
#[derive(Debug)]
pub(crate) struct Pickle<'a> {
    pub(super) values: Vec<Value<'a>>,
    pub(super) root: Id,
}

impl<'a> Pickle<'a> {
    /// The value that loading would return.
    pub fn root(&self) -> Id {
        self.root
    }

    /// The value of this number.
    pub fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id.0 as usize]
    }

    /// All values in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Value<'a>> {
        self.values.iter()
    }

    /// The numbers of all values, in the same order.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.values.len() as u32).map(Id)
    }

    /// The value as a string.
    pub fn str(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The value as an integer.
    pub fn int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Value::Int(v) => Some(*v),
            _ => None,
        }
    }

    /// The parts of a tuple, a list or a `torch.Size`.
    pub fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            Value::Object(object) if self.name(object.callable).as_deref() == Some("torch.Size") => {
                let [inner] = sequence(&self.values, object.arguments)? else { return None };
                sequence(&self.values, *inner)
            }
            _ => None,
        }
    }

    /// The value as sizes, strides or the like.
    pub fn integers(&self, id: Id) -> Option<Vec<i64>> {
        self.sequence(id)?.iter().map(|&i| self.int(i)).collect()
    }

    /// The arguments of a call.
    pub fn arguments(&self, object: &Object) -> &[Id] {
        sequence(&self.values, object.arguments).unwrap_or_default()
    }

    /// The name of a class or function, see [`name`].
    pub fn name(&self, id: Id) -> Option<String> {
        name(&self.values, id)
    }

    /// The class of an instance; of a call of a function, the function's name.
    pub fn class(&self, object: &Object) -> Option<String> {
        let name = self.name(object.callable)?;
        match name.as_str() {
            "copyreg._reconstructor" | "copyreg.__newobj__" | "copyreg.__newobj_ex__" => {
                self.arguments(object).first().and_then(|&class| self.name(class)).or(Some(name))
            }
            _ => Some(name),
        }
    }

    /// What a value is, for messages: `a str`, `an instance of mylib.Net`.
    pub fn describe(&self, id: Id) -> String {
        match self.get(id) {
            Value::None => "None".into(),
            Value::Bool(_) => "a bool".into(),
            Value::Int(_) | Value::LongInt(_) => "an int".into(),
            Value::Float(_) => "a float".into(),
            Value::Str(_) => "a str".into(),
            Value::Bytes(_) => "bytes".into(),
            Value::List(_) => "a list".into(),
            Value::Tuple(_) => "a tuple".into(),
            Value::Set(_) => "a set".into(),
            Value::Dict(_) => "a dict".into(),
            Value::Global { .. } => format!("the name `{}`", self.name(id).unwrap_or_default()),
            Value::Persistent(_) => "a storage".into(),
            Value::Object(object) => match self.class(object) {
                Some(class) => format!("a `{class}`"),
                None => "an object of unknown class".into(),
            },
        }
    }

    /// The entries with string keys of a dictionary or of an object that was filled like one
    /// (`OrderedDict`, `defaultdict`, any subclass). A later entry does not replace an earlier one
    /// here: readers let the later win.
    pub fn entries(&self, id: Id) -> Option<Vec<(&str, Id)>> {
        let from_arguments;
        let pairs = match self.get(id) {
            Value::Dict(entries) => entries,
            Value::Object(object) if !object.entries.is_empty() => &object.entries,
            Value::Object(object) if self.is_dictionary(object) => {
                from_arguments = self.pairs_from_arguments(object);
                &from_arguments
            }
            _ => return None,
        };
        Some(pairs.iter().filter_map(|&(key, value)| Some((self.str(key)?, value))).collect())
    }

    fn is_dictionary(&self, object: &Object) -> bool {
        let class = self.class(object);
        matches!(class.as_deref(), Some("collections.OrderedDict" | "collections.defaultdict" | "builtins.dict"))
    }

    /// Python 2 writes `OrderedDict([[key, value], …])`.
    fn pairs_from_arguments(&self, object: &Object) -> Vec<(Id, Id)> {
        let list = self.arguments(object).first().and_then(|&list| sequence(&self.values, list)).unwrap_or_default();
        list.iter()
            .filter_map(|&pair| match sequence(&self.values, pair) {
                Some(&[key, value]) => Some((key, value)),
                _ => None,
            })
            .collect()
    }

    /// The last value under `key` in a dictionary.
    pub fn lookup(&self, dictionary: Id, key: &str) -> Option<Id> {
        let pairs = match self.get(dictionary) {
            Value::Dict(entries) => entries,
            Value::Object(object) => &object.entries,
            _ => return None,
        };
        pairs.iter().rev().find(|(k, _)| self.str(*k) == Some(key)).map(|&(_, value)| value)
    }

    /// The `__dict__` of an instance.
    pub fn instance_dict(&self, object: &Object) -> Option<Id> {
        let state = object.state?;
        match self.get(state) {
            Value::Dict(_) => Some(state),
            // A class with `__slots__` gives (dict, slots).
            Value::Tuple(parts) => parts.first().copied().filter(|&first| matches!(self.get(first), Value::Dict(_))),
            _ => None,
        }
    }
}

fn sequence<'v>(values: &'v [Value<'_>], id: Id) -> Option<&'v [Id]> {
    match &values[id.0 as usize] {
        Value::Tuple(items) | Value::List(items) => Some(items),
        _ => None,
    }
}

/// The name of a class or function: imported, an attribute of such a one
/// (`getattr(Outer, "Inner")`), or a class in a checkpoint of the old format, which comes with its
/// source code. Python 2's names for the built-in modules are replaced by today's.
pub(super) fn name(values: &[Value<'_>], id: Id) -> Option<String> {
    name_within(values, id, DEEPEST_NAME)
}

fn name_within(values: &[Value<'_>], id: Id, depth: usize) -> Option<String> {
    let joined = |of: &str, name: &str| (of.len() + name.len() < LONGEST_NAME).then(|| format!("{of}.{name}"));
    match &values[id.0 as usize] {
        Value::Global { module: "__builtin__", name } => joined("builtins", name),
        Value::Global { module: "copy_reg", name } => joined("copyreg", name),
        Value::Global { module, name } => joined(module, name),
        Value::Object(call) if depth > 0 => match sequence(values, call.arguments)? {
            &[of, attribute] if name_within(values, call.callable, 0)? == "builtins.getattr" => {
                match &values[attribute.0 as usize] {
                    Value::Str(attribute) => joined(&name_within(values, of, depth - 1)?, attribute),
                    _ => None,
                }
            }
            _ => None,
        },
        Value::Persistent(key) if depth > 0 => match sequence(values, *key)? {
            &[tag, class, ..] if values[tag.0 as usize] == Value::Str("module".into()) => {
                name_within(values, class, depth - 1)
            }
            _ => None,
        },
        _ => None,
    }
}
