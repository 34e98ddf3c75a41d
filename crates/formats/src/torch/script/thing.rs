//! What code computes with: values of the program, and what only code has.

use std::cell::RefCell;
use std::rc::Rc;

use heatlens_graph::ModulePath;

use crate::torch::pickle::Id;
use crate::torch::program::Value;

/// Lists within lists are not deeper.
const DEEPEST: u8 = 6;

/// Anything that a name may stand for.
#[derive(Clone, Debug)]
pub(super) enum Thing {
    Plain(Value),
    List(List),
    Module(Module),
    /// A method of a module.
    Method(Module, Rc<str>),
    /// A name that is no local one: an operator, a function, a type.
    Global(Rc<str>),
}

/// A list or a tuple. Several names may stand for one list, and each see what is appended.
#[derive(Clone, Debug)]
pub(super) struct List {
    items: Rc<RefCell<Vec<Thing>>>,
    /// How many lists lie within each other; what is appended is no list, so none comes to lie in
    /// itself.
    depth: u8,
}

/// A module of the network.
#[derive(Clone, Debug)]
pub(super) struct Module {
    pub id: Id,
    /// The attributes through which it was reached.
    pub path: ModulePath,
}

impl From<Value> for Thing {
    fn from(value: Value) -> Thing {
        match value {
            Value::List(list) => {
                let items: Vec<Thing> = list.into_iter().map(Thing::from).collect();
                Thing::list(items).unwrap_or(Thing::Plain(Value::None))
            }
            other => Thing::Plain(other),
        }
    }
}

impl Thing {
    /// A list of these; `None` where too many lists would lie within each other.
    pub fn list(items: Vec<Thing>) -> Option<Thing> {
        let depth = 1 + items.iter().map(Thing::depth).max().unwrap_or(0);
        (depth <= DEEPEST).then(|| Thing::List(List { items: Rc::new(RefCell::new(items)), depth }))
    }

    fn depth(&self) -> u8 {
        if let Thing::List(list) = self { list.depth } else { 0 }
    }

    /// As an operator takes it; `None` for what operators do not take, or where more than `left` items
    /// would be copied.
    pub fn value(&self, left: &mut usize) -> Option<Value> {
        *left = left.checked_sub(1)?;
        match self {
            Thing::Plain(value) => Some(value.clone()),
            Thing::List(list) => {
                let items = list.items.borrow();
                items.iter().map(|item| item.value(left)).collect::<Option<Vec<_>>>().map(Value::List)
            }
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<Vec<Thing>> {
        if let Thing::List(list) = self { Some(list.items.borrow().clone()) } else { None }
    }

    /// How many items a list has.
    pub fn len(&self) -> Option<usize> {
        if let Thing::List(list) = self { Some(list.items.borrow().len()) } else { None }
    }

    /// The item of a list at a place.
    pub fn item(&self, at: usize) -> Option<Thing> {
        if let Thing::List(list) = self { list.items.borrow().get(at).cloned() } else { None }
    }

    /// Whether both are the same list.
    pub fn is_list(&self, other: &Thing) -> bool {
        matches!((self, other), (Thing::List(a), Thing::List(b)) if Rc::ptr_eq(&a.items, &b.items))
    }

    /// Puts what is no list in the place of an item; whether that went.
    pub fn set(&self, at: usize, item: Thing) -> bool {
        let Thing::List(list) = self else { return false };
        let mut items = list.items.borrow_mut();
        let place = items.get_mut(at).filter(|_| item.depth() == 0);
        place.map(|place| *place = item).is_some()
    }

    /// Appends to a list what is none; whether that went.
    pub fn append(&self, item: Thing, most: usize) -> bool {
        match self {
            Thing::List(list) if item.depth() == 0 && list.items.borrow().len() < most => {
                list.items.borrow_mut().push(item);
                true
            }
            _ => false,
        }
    }
}
