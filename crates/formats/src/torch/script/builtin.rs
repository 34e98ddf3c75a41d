//! What code calls that is no operator on tensors: Python's own functions, lists, and what TorchScript
//! adds. All else is an operator of the table that `.pt2` shares.

use std::rc::Rc;

use super::run::Run;
use super::thing::Thing;
use crate::FormatError;
use crate::torch::program::aten::{self, Request};
use crate::torch::program::{Int, Kind, Value};

/// Items of a list.
const LONGEST: usize = 1 << 16;
/// Items of all lists that an operator takes.
const MOST_ITEMS: usize = 1 << 17;
type Given = Result<Thing, FormatError>;

/// Calls a global name.
pub(super) fn call(
    run: &mut Run<'_, '_, '_, '_>,
    name: &str,
    mut placed: Vec<Thing>,
    named: Vec<(Rc<str>, Thing)>,
) -> Given {
    let count = placed.len();
    match (name, count) {
        // Types say nothing here.
        ("annotate" | "unchecked_cast", 2) => Ok(placed.remove(1)),
        ("uninitialized", _) => Ok(Value::None.into()),
        ("getattr", 2) => {
            let [of, Thing::Plain(Value::Text(name))] = &placed[..] else {
                return Err(run.builder.damaged("getattr without a name"));
            };
            let (of, name) = (of.clone(), name.clone());
            run.attribute(&of, &name)
        }
        ("int" | "torch.IntImplicit", 1) => integer(run, &placed[0]),
        ("float" | "torch.FloatImplicit", 1) => float(run, &placed[0]),
        ("bool", 1) => Ok(Value::Bool(run.holds(&placed[0])?).into()),
        ("range", 1..=3) => range(run, &placed),
        ("torch.__range_length", 3) => {
            let steps = range(run, &placed)?;
            length(run, &steps)
        }
        ("torch.__derive_index", 3) => {
            let [at, step] = [placed[0].clone(), placed[2].clone()];
            let way = operator(run, "mul", vec![at, step], Vec::new())?;
            operator(run, "add", vec![placed[1].clone(), way], Vec::new())
        }
        ("torch.len", 1) => length(run, &placed[0]),
        ("torch.append", 2) => append(run, &placed[0], placed[1].clone()),
        ("torch.__is__", 2) => Ok(Value::Bool(same(&placed[0], &placed[1])).into()),
        ("torch.__isnot__", 2) => Ok(Value::Bool(!same(&placed[0], &placed[1])).into()),
        ("torch.__not__", 1) => Ok(Value::Bool(!run.holds(&placed[0])?).into()),
        ("torch.__and__" | "torch.__or__", 2) => {
            let (a, b) = (run.holds(&placed[0])?, run.holds(&placed[1])?);
            Ok(Value::Bool(if name.ends_with("and__") { a && b } else { a || b }).into())
        }
        ("torch.__contains__", 2) => contains(run, &placed[0], &placed[1]),
        ("torch.__getitem__", 2) => item(run, &placed[0], &placed[1]),
        ("torch._set_item", 3) => set_item(run, &placed),
        ("torch.list" | "torch.copy", 1) => {
            run.spend(placed[0].len().unwrap_or(0))?;
            let items = items(run, &placed[0])?;
            run.list(items)
        }
        ("torch.device" | "ops.prim.device", _) => Ok(Value::Place.into()),
        ("torch.warn" | "ops.prim.Print" | "print", _) => Ok(Value::None.into()),
        ("torch.format" | "str", _) => Ok(Value::Text(words(&placed)).into()),
        ("ops.prim.NumToTensor" | "ops.prim.data" | "ops.prim.unchecked_unwrap_optional", 1) => Ok(placed.remove(0)),
        ("ops.prim.type", 1) => Ok(Value::Text("cpu".into()).into()),
        ("torch.sum", 1) if placed[0].len().is_some() => {
            run.spend(placed[0].len().unwrap_or(0))?;
            let mut total = Value::from(0).into();
            for item in items(run, &placed[0])? {
                total = operator(run, "add", vec![total, item], Vec::new())?;
            }
            Ok(total)
        }
        ("ops.prim.dtype", 1) => kind(run, &placed[0]),
        ("ops.prim.is_cuda" | "ops.prim.is_quantized" | "ops.prim.is_nested" | "torch.is_autocast_enabled", _) => {
            Ok(Value::Bool(false).into())
        }
        // Explaining needs gradients; without them PyTorch takes kernels that fuse what is read apart.
        ("ops.prim.requires_grad" | "torch.is_grad_enabled", _) => Ok(Value::Bool(true).into()),
        ("ops.prim.shape", 1) => operator(run, "size", placed, named),
        ("ops.prim.ndim", 1) => operator(run, "dim", placed, named),
        ("ops.prim.min" | "ops.prim.max", 2) => {
            operator(run, if name.ends_with("min") { "minimum" } else { "maximum" }, placed, named)
        }
        ("ops.prim.RaiseException", _) => {
            run.raised = true;
            Err(run.builder.unsupported(format!("the program stops itself ({})", words(&placed[..count.min(1)]))))
        }
        _ => named_operator(run, name, placed, named),
    }
}

/// An operator on tensors by its name in the code: `torch.relu`, `ops.aten.relu`.
fn named_operator(
    run: &mut Run<'_, '_, '_, '_>,
    name: &str,
    placed: Vec<Thing>,
    named: Vec<(Rc<str>, Thing)>,
) -> Given {
    let plain = ["torch._C._nn.", "torch.", "ops.aten."].iter().find_map(|prefix| name.strip_prefix(prefix));
    match plain.filter(|plain| !plain.contains('.')) {
        Some(plain) => operator(run, plain, placed, named),
        None if name.contains("quantized") => Err(run.builder.unsupported(format!(
            "`{name}` is quantised, and a quantised network has no gradient: save the model before quantisation"
        ))),
        None => Err(run.builder.unsupported(format!("`{name}`, which is not read"))),
    }
}

fn operator(run: &mut Run<'_, '_, '_, '_>, name: &str, placed: Vec<Thing>, named: Vec<(Rc<str>, Thing)>) -> Given {
    let mut left = MOST_ITEMS;
    let mut value = |thing: &Thing| {
        thing.value(&mut left).ok_or_else(|| {
            run.builder.unsupported(match left {
                0 => format!("`{name}` of lists of more than {MOST_ITEMS} items"),
                _ => format!("`{name}` of what is no tensor or number"),
            })
        })
    };
    let placed = placed.iter().map(&mut value).collect::<Result<_, _>>()?;
    let named = named.iter().map(|(name, thing)| Ok((&**name, value(thing)?))).collect::<Result<_, FormatError>>()?;
    run.spend(MOST_ITEMS - left)?;
    let made = aten::call(run.builder, Request { name, placed, named })?;
    Ok(made.into())
}

/// One item of a list or a tuple, or of the first axis of a tensor.
pub(super) fn item(run: &mut Run<'_, '_, '_, '_>, of: &Thing, index: &Thing) -> Given {
    if let Thing::Plain(Value::Tensor(_)) = of {
        return operator(run, "select", vec![of.clone(), Value::from(0).into(), index.clone()], Vec::new());
    }
    // `List[int]`: a type.
    if let Thing::Global(_) = of {
        return Ok(of.clone());
    }
    let Thing::Plain(Value::Int(at)) = index else {
        return Err(run.builder.unsupported("an item that is not named by its place"));
    };
    let at = run.builder.settle(*at);
    let length = of.len().ok_or_else(|| run.builder.unsupported("an item of what is no list"))?;
    let from_start = if at < 0 { at.saturating_add(length as i64) } else { at };
    let found = usize::try_from(from_start).ok().and_then(|at| of.item(at));
    found.ok_or_else(|| run.builder.damaged(format!("item {at} of {length}")))
}

fn items(run: &Run<'_, '_, '_, '_>, of: &Thing) -> Result<Vec<Thing>, FormatError> {
    of.items().ok_or_else(|| run.builder.unsupported("items of what is no list"))
}

pub(super) fn negative(run: &mut Run<'_, '_, '_, '_>, of: &Thing) -> Given {
    operator(run, "neg", vec![of.clone()], Vec::new())
}

fn length(run: &mut Run<'_, '_, '_, '_>, of: &Thing) -> Given {
    if let Thing::Plain(Value::Tensor(_)) = of {
        return operator(run, "size", vec![of.clone(), Value::from(0).into()], Vec::new());
    }
    let text = match of {
        Thing::Plain(Value::Text(text)) => Some(text.chars().count()),
        _ => None,
    };
    let length = of.len().or(text).ok_or_else(|| run.builder.unsupported("the length of what is no list"))?;
    Ok(Value::from(length as i64).into())
}

fn append(run: &Run<'_, '_, '_, '_>, list: &Thing, item: Thing) -> Given {
    match list.append(item, LONGEST) {
        true => Ok(list.clone()),
        false => {
            Err(run.builder.unsupported(format!("appending to a list beyond {LONGEST} items, or a list to a list")))
        }
    }
}

/// `list[at] = item`.
fn set_item(run: &mut Run<'_, '_, '_, '_>, placed: &[Thing]) -> Given {
    let Thing::Plain(Value::Int(at)) = integer(run, &placed[1])? else { return Ok(Value::None.into()) };
    let at = run.builder.settle(at);
    let at = if at < 0 { at.saturating_add(placed[0].len().unwrap_or(0) as i64) } else { at };
    match usize::try_from(at).is_ok_and(|at| placed[0].set(at, placed[2].clone())) {
        true => Ok(placed[0].clone()),
        false => Err(run.builder.unsupported(format!("an item {at} set in a list that has none, or to a list"))),
    }
}

/// Whether both are `None`, or the same value.
fn same(a: &Thing, b: &Thing) -> bool {
    match (a, b) {
        (Thing::Plain(a), Thing::Plain(b)) => a == b,
        (Thing::List(_), _) => a.is_list(b),
        (Thing::Module(a), Thing::Module(b)) => a.id == b.id,
        _ => false,
    }
}

fn contains(run: &mut Run<'_, '_, '_, '_>, list: &Thing, wanted: &Thing) -> Given {
    run.spend(list.len().unwrap_or(0))?;
    let items = items(run, list)?;
    Ok(Value::Bool(items.iter().any(|item| same(item, wanted))).into())
}

fn integer(run: &mut Run<'_, '_, '_, '_>, of: &Thing) -> Given {
    let now = match of {
        Thing::Plain(Value::Int(int)) => return Ok(Value::Int(*int).into()),
        Thing::Plain(Value::Bool(flag)) => Some(i64::from(*flag)),
        Thing::Plain(Value::Float(number)) => Some(number.trunc() as i64),
        Thing::Plain(Value::Tensor(tensor)) => run.builder.known(*tensor).and_then(|known| match known.as_i64() {
            Some(&[now]) => Some(now),
            _ => None,
        }),
        _ => None,
    };
    now.map(|now| Value::from(now).into())
        .ok_or_else(|| run.builder.unsupported("a whole number that depends on the image"))
}

fn float(run: &mut Run<'_, '_, '_, '_>, of: &Thing) -> Given {
    let number = match of {
        Thing::Plain(Value::Float(number)) => Some(*number),
        Thing::Plain(Value::Int(int)) => Some(run.builder.settle(*int) as f64),
        Thing::Plain(Value::Bool(flag)) => Some(f64::from(u8::from(*flag))),
        Thing::Plain(Value::Tensor(tensor)) => run.builder.known(*tensor).and_then(|known| match known.as_f32() {
            Some(&[number]) => Some(f64::from(number)),
            _ => None,
        }),
        _ => None,
    };
    number.map(|n| Value::Float(n).into()).ok_or_else(|| run.builder.unsupported("a number that depends on the image"))
}

fn range(run: &mut Run<'_, '_, '_, '_>, bounds: &[Thing]) -> Given {
    let mut ints = Vec::new();
    for bound in bounds {
        let Thing::Plain(Value::Int(int)) = integer(run, bound)? else { continue };
        ints.push(run.builder.settle(int));
    }
    let (start, end, step) = match ints[..] {
        [end] => (0, end, 1),
        [start, end] => (start, end, 1),
        [start, end, step] => (start, end, step),
        _ => return Err(run.builder.damaged("a range without numbers")),
    };
    let count = if step > 0 { end.saturating_sub(start).max(0) / step.max(1) } else { LONGEST as i64 };
    if count >= LONGEST as i64 {
        return Err(run.builder.unsupported("a loop of so many steps"));
    }
    run.spend(usize::try_from(count).unwrap_or(0))?;
    let steps = (start..end).step_by(usize::try_from(step).unwrap_or(1));
    run.list(steps.map(|now| Value::Int(Int::of(now)).into()).collect())
}

fn kind(run: &Run<'_, '_, '_, '_>, of: &Thing) -> Given {
    use heatlens_graph::DType;
    let Thing::Plain(Value::Tensor(tensor)) = of else {
        return Err(run.builder.damaged("the type of what is no tensor"));
    };
    Ok(Value::Kind(match run.builder.dtype(*tensor) {
        DType::F32 => Kind::Float,
        DType::I64 => Kind::Int,
        DType::Bool => Kind::Bool,
    })
    .into())
}

/// The texts among arguments, for messages.
fn words(placed: &[Thing]) -> String {
    let text = |thing: &Thing| match thing {
        Thing::Plain(Value::Text(text)) => text.chars().take(200).collect(),
        Thing::Plain(Value::Int(int)) => int.now.to_string(),
        _ => String::new(),
    };
    let words: Vec<String> = placed.iter().take(4).map(text).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
