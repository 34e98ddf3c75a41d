//! The objects in `data.pkl`: modules with their attributes, and the tensors in them.

use std::collections::HashMap;

use heatlens_graph::ValueId;

use super::thing::{Module, Thing};
use crate::FormatError;
use crate::torch::pickle::{Id, Pickle, Value as Pickled};
use crate::torch::program::{Builder, Int, Value};
use crate::torch::stored::{Decoder, StoredTensor};

/// Lists within lists of an attribute.
const DEEPEST: usize = 8;
/// Items of an attribute; lists may hold one another many times over.
const MOST_ITEMS: usize = 10_000;

/// A pickle and the decoder of its tensors.
pub(super) struct Objects<'p, 'a, 's> {
    pub pickle: &'p Pickle<'a>,
    pub decoder: Decoder<'s, 'a>,
}

/// The constants of the graph that tensors have become, so that two names of one tensor are one.
pub(super) type Made = HashMap<Id, ValueId>;

impl Objects<'_, '_, '_> {
    /// The class of a module: `__torch__.torch.nn.modules.conv.Conv2d`.
    pub fn class(&self, id: Id) -> Option<String> {
        match self.pickle.get(id) {
            Pickled::Object(object) => self.pickle.class(object),
            _ => None,
        }
    }

    /// The attribute of a module.
    pub fn attribute(
        &mut self,
        module: &Module,
        name: &str,
        made: &mut Made,
        builder: &mut Builder,
    ) -> Result<Option<Thing>, FormatError> {
        let Pickled::Object(object) = self.pickle.get(module.id) else { return Ok(None) };
        let found = self.pickle.instance_dict(object).and_then(|state| self.pickle.lookup(state, name));
        let Some(found) = found else { return Ok(None) };
        let path = module.path.child(name);
        let mut left = MOST_ITEMS;
        self.thing(found, Module { id: found, path }, made, builder, DEEPEST, &mut left).map(Some)
    }

    /// What a value of the pickle is; `place` says where it was found.
    pub fn thing(
        &mut self,
        id: Id,
        place: Module,
        made: &mut Made,
        builder: &mut Builder,
        depth: usize,
        left: &mut usize,
    ) -> Result<Thing, FormatError> {
        *left = left.checked_sub(1).ok_or_else(|| builder.unsupported(format!("`{}` is too large", place.path)))?;
        if depth == 0 {
            return Err(builder.unsupported(format!("`{}` holds lists within lists, too deep", place.path)));
        }
        let pickle = self.pickle;
        Ok(Thing::Plain(match pickle.get(id) {
            Pickled::None => Value::None,
            Pickled::Bool(flag) => Value::Bool(*flag),
            Pickled::Int(now) => Value::Int(Int::of(*now)),
            Pickled::Float(number) => Value::Float(*number),
            Pickled::Str(text) => Value::Text(text.to_string()),
            Pickled::List(items) | Pickled::Tuple(items) => {
                let mut things = Vec::with_capacity(items.len().min(*left));
                for (at, &item) in items.iter().enumerate() {
                    let place = Module { id: item, path: place.path.child(&at.to_string()) };
                    things.push(self.thing(item, place, made, builder, depth - 1, left)?);
                }
                return Thing::list(things).ok_or_else(|| builder.unsupported("lists within lists, too deep"));
            }
            Pickled::Object(object) => {
                if let Some(&value) = made.get(&id) {
                    return Ok(Thing::Plain(Value::Tensor(value)));
                }
                if let Some(tensor) = StoredTensor::read(pickle, id) {
                    let name = place.path.to_string();
                    let value = builder.named(&name, || self.decoder.decode(&name, tensor))?;
                    made.insert(id, value);
                    return Ok(Thing::Plain(Value::Tensor(value)));
                }
                let class = pickle.class(object).unwrap_or_default();
                // Lists and dictionaries with their types: `restore_type_tag(value, "List[int]")`.
                if let (true, Some(&inner)) =
                    (class.starts_with("torch.jit._pickle."), pickle.arguments(object).first())
                {
                    return self.thing(inner, Module { id: inner, path: place.path }, made, builder, depth - 1, left);
                }
                if class.starts_with("__torch__.") {
                    return Ok(Thing::Module(place));
                }
                let what = if class.contains("quantized") { "is quantised" } else { "is not read" };
                return Err(builder.unsupported(format!("`{}`, {}, {what}", place.path, pickle.describe(id))));
            }
            _ => return Err(builder.unsupported(format!("`{}`, {}, is not read", place.path, pickle.describe(id)))),
        }))
    }
}
