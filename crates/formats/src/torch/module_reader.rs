//! Reads `torch.save(model)`: instances of module classes, torchvision's or the user's own, from
//! the `__dict__`s that the pickle hands to them.

use super::module_tree::{Attribute, ModuleTree};
use super::pickle::{Id, Pickle, Value};
use super::stored::StoredTensor;
use crate::FormatError;

const DEEPEST_MODULE: usize = 64;
/// A module that is registered in several places is read in each; without a bound, a small file
/// could stand for a tree of any size.
const MOST_MODULES: usize = 50_000;
/// The same bound for what the modules hold: entries, elements of lists, characters of names.
const MOST_WORK: usize = 20_000_000;
/// The `__dict__` of a module has some dozens of entries.
const MOST_ATTRIBUTES: usize = 1024;
const LONGEST_ATTRIBUTE: usize = 1024;

/// Parameters and buffers by their full dotted names, in the order of `state_dict()`.
pub(super) type NamedTensors = Vec<(String, StoredTensor)>;

/// The `__dict__` of a value that is a `torch.nn.Module`.
pub(super) fn module_dict(pickle: &Pickle<'_>, id: Id) -> Option<Id> {
    let Value::Object(object) = pickle.get(id) else { return None };
    // torch.fx hands the `__dict__` to a function instead.
    let dict = pickle.instance_dict(object).or_else(|| pickle.arguments(object).first().copied())?;
    let Value::Dict(entries) = pickle.get(dict) else { return None };
    if entries.len() > MOST_ATTRIBUTES {
        return None;
    }
    (pickle.lookup(dict, "_modules").is_some() && pickle.lookup(dict, "_parameters").is_some()).then_some(dict)
}

/// Reads a module and all below it.
///
/// # Errors
/// [`FormatError::Damaged`] where modules contain themselves or are too many.
pub(super) fn read(pickle: &Pickle<'_>, id: Id) -> Result<(ModuleTree, NamedTensors), FormatError> {
    let mut reader = Reader { pickle, tensors: Vec::new(), count: 0, work: 0 };
    let tree = reader.module(id, "", 0)?;
    Ok((tree, reader.tensors))
}

/// A submodule of a module.
pub(super) fn child(pickle: &Pickle<'_>, module: Id, name: &str) -> Option<Id> {
    pickle.lookup(pickle.lookup(module_dict(pickle, module)?, "_modules")?, name)
}

struct Reader<'p, 'a> {
    pickle: &'p Pickle<'a>,
    tensors: NamedTensors,
    count: usize,
    work: usize,
}

impl<'p> Reader<'p, '_> {
    /// Counts work before it is done.
    fn charge(&mut self, work: usize, path: &str) -> Result<(), FormatError> {
        self.work = self.work.saturating_add(work);
        if self.work > MOST_WORK { Err(endless(path)) } else { Ok(()) }
    }

    fn module(&mut self, id: Id, path: &str, depth: usize) -> Result<ModuleTree, FormatError> {
        self.count += 1;
        self.charge(path.len(), path)?;
        if depth > DEEPEST_MODULE || self.count > MOST_MODULES {
            return Err(endless(path));
        }
        let pickle = self.pickle;
        let (Value::Object(object), Some(dict)) = (pickle.get(id), module_dict(pickle, id)) else {
            return Ok(ModuleTree { class: pickle.describe(id), ..ModuleTree::default() });
        };
        let mut tree = ModuleTree { class: pickle.class(object).unwrap_or_default(), ..ModuleTree::default() };
        self.tensors_of(dict, path)?;
        for (name, value) in pickle.entries(dict).unwrap_or_default() {
            if !name.starts_with('_') && name.len() <= LONGEST_ATTRIBUTE {
                let attribute = attribute(pickle, value);
                self.charge(name.len() + size(&attribute), path)?;
                tree.attributes.insert(name.to_owned(), attribute);
            }
        }
        for (name, value) in self.table(dict, "_modules", path)? {
            if *pickle.get(value) != Value::None {
                tree.children.push((name.to_owned(), self.module(value, &joined(path, name), depth + 1)?));
            }
        }
        Ok(tree)
    }

    /// Parameters and those buffers that `state_dict()` would hold.
    fn tensors_of(&mut self, dict: Id, path: &str) -> Result<(), FormatError> {
        let pickle = self.pickle;
        let transient =
            pickle.lookup(dict, "_non_persistent_buffers_set").map(|id| set(pickle, id)).unwrap_or_default();
        for table in ["_parameters", "_buffers"] {
            for (name, value) in self.table(dict, table, path)? {
                self.charge(path.len() + name.len(), path)?;
                if !(table == "_buffers" && transient.contains(&name))
                    && let Some(tensor) = StoredTensor::read(pickle, value)
                {
                    self.tensors.push((joined(path, name), tensor));
                }
            }
        }
        Ok(())
    }

    /// The entries of one of the dictionaries in a module's `__dict__`.
    fn table(&mut self, dict: Id, name: &str, path: &str) -> Result<Vec<(&'p str, Id)>, FormatError> {
        let pickle = self.pickle;
        let entries = pickle.lookup(dict, name).and_then(|table| pickle.entries(table)).unwrap_or_default();
        self.charge(entries.len(), path)?;
        Ok(entries)
    }
}

fn endless(path: &str) -> FormatError {
    let path: String = path.chars().take(80).collect();
    FormatError::Damaged(format!("its modules contain each other without end (at `{path}`)"))
}

/// What an attribute takes, roughly.
fn size(attribute: &Attribute) -> usize {
    match attribute {
        Attribute::Ints(values) => values.len(),
        Attribute::Str(text) | Attribute::Opaque(text) => text.len(),
        _ => 1,
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The strings of a set; before protocol 4 a set is a call of the class with a list.
fn set<'p>(pickle: &'p Pickle<'_>, id: Id) -> Vec<&'p str> {
    let items = match pickle.get(id) {
        Value::Set(items) => items,
        Value::Object(object) => {
            pickle.arguments(object).first().and_then(|&list| pickle.sequence(list)).unwrap_or_default()
        }
        _ => return Vec::new(),
    };
    items.iter().filter_map(|&item| pickle.str(item)).collect()
}

fn attribute(pickle: &Pickle<'_>, id: Id) -> Attribute {
    if let Some(values) = pickle.sequence(id) {
        let short = values.len() <= LONGEST_ATTRIBUTE;
        if let Some(values) = short.then(|| pickle.integers(id)).flatten() {
            return Attribute::Ints(values);
        }
    }
    match pickle.get(id) {
        Value::None => Attribute::None,
        Value::Bool(v) => Attribute::Bool(*v),
        Value::Int(v) => Attribute::Int(*v),
        Value::Float(v) => Attribute::Float(*v),
        Value::Str(v) if v.len() <= LONGEST_ATTRIBUTE => Attribute::Str(v.to_string()),
        Value::Str(_) => Attribute::Opaque("str".into()),
        Value::Object(object) => {
            // The name of `getattr(module, "function")` is that of the function.
            let name = pickle.name(id).or_else(|| pickle.class(object));
            Attribute::Opaque(name.unwrap_or_else(|| "object".into()))
        }
        Value::Global { .. } => Attribute::Opaque(pickle.name(id).unwrap_or_default()),
        Value::LongInt(_) => Attribute::Opaque("int".into()),
        Value::Bytes(_) => Attribute::Opaque("bytes".into()),
        Value::List(_) => Attribute::Opaque("list".into()),
        Value::Tuple(_) => Attribute::Opaque("tuple".into()),
        Value::Set(_) => Attribute::Opaque("set".into()),
        Value::Dict(_) => Attribute::Opaque("dict".into()),
        Value::Persistent(_) => Attribute::Opaque("storage".into()),
    }
}
