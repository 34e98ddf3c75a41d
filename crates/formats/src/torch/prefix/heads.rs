//! A classifier that lies beside its network: `backbone.conv1.weight`, `head.weight`.

use super::part::{Group, Part};
use super::{Found, inside, segmentation};
use crate::torch::arch::{self, Continuation, Hints, Said};
use crate::torch::{ModuleTree, StateDict};
use crate::{FormatError, LoadOptions};

/// Where architectures have their heads.
const PLACES: &str = "fc classifier head head.fc _fc last_linear";

/// How what lies beside a network continues it.
enum Heads {
    /// One module is the classifier.
    One,
    /// Each module is a classifier of its own.
    Several(Vec<String>),
    /// The modules are the classifier one behind the other.
    Joined,
}

/// The network with what lies beside it as its head, or as several; `None` where it does not fit.
///
/// # Errors
/// [`FormatError::Unsupported`] where it fits in two ways.
pub(super) fn build(
    part: &Part<'_>,
    modules: Option<&ModuleTree>,
    options: &LoadOptions<'_>,
    said: &[Said],
) -> Result<Option<Found>, FormatError> {
    let groups = part.groups();
    if modules.is_none()
        && let Some(found) = segmentation::build(part, &groups, options, said)?
    {
        return Ok(Some(found));
    }
    let is_flat = |group: &Group<'_>| group.tensors.iter().all(|(rest, t)| !rest.is_empty() && t.shape().len() <= 2);
    let has_matrix = |group: &Group<'_>| group.tensors.iter().any(|(_, tensor)| tensor.shape().len() == 2);
    if !groups.iter().all(is_flat) || !groups.iter().any(has_matrix) {
        return Ok(None);
    }
    let of_place = |heads: Heads| {
        let free = |place: &&str| !part.inside.iter().any(|(name, _)| inside(name, place).is_some());
        for place in PLACES.split_whitespace().filter(free) {
            match at(part, &groups, place, &heads, (modules, options, said)) {
                Ok(found) => return Ok(Some(found)),
                // Two readings fit.
                Err(error @ FormatError::Unsupported(_)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(None)
    };
    if groups.len() == 1 {
        if modules.is_none() && is_fastais(part, &groups[0]) {
            return fastai(part, &groups[0], options, said);
        }
        return match of_place(Heads::One)? {
            None if modules.is_none() && part.is_cut() => pooled(part, &groups[0], options, said),
            found => Ok(found),
        };
    }
    if groups.iter().all(has_matrix) {
        let names = groups.iter().map(|group| group.path.clone()).collect();
        if let Some(found) = of_place(Heads::Several(names))? {
            return Ok(Some(found));
        }
    }
    // What own code does between modules of its own is anyone's guess.
    if modules.is_some() { Ok(None) } else { of_place(Heads::Joined) }
}

type Context<'c> = (Option<&'c ModuleTree>, &'c LoadOptions<'c>, &'c [Said]);

/// The network with its head at one place.
fn at(
    part: &Part<'_>,
    groups: &[Group<'_>],
    place: &str,
    heads: &Heads,
    (modules, options, said): Context<'_>,
) -> Result<Found, FormatError> {
    let mut whole: StateDict = part.inside.clone();
    let mut head = ModuleTree::default();
    for group in groups {
        let below = match heads {
            Heads::One => place.to_owned(),
            _ => format!("{place}.{}", segment(&group.path)),
        };
        group.tensors.iter().for_each(|(rest, tensor)| whole.insert(format!("{below}.{rest}"), (*tensor).clone()));
        if let Some(module) = modules.and_then(|tree| tree.get(&group.path)) {
            match heads {
                Heads::One => head = module.clone(),
                _ => head.children.push((segment(&group.path).to_owned(), module.clone())),
            }
        }
    }
    let mut module = part.module.clone();
    if let Some(module) = module.as_mut().filter(|_| !head.class.is_empty() || !head.children.is_empty()) {
        module.children.retain(|(name, _)| name != place);
        module.children.push((place.to_owned(), head));
    }
    let names: Vec<String> = match heads {
        Heads::Several(paths) => paths.iter().map(|path| segment(path).to_owned()).collect(),
        _ => Vec::new(),
    };
    let hints = Hints { said, heads: &names, ..Hints::default() };
    let built = arch::build_as_said(&whole, module.as_ref(), options, &hints)?;
    let mut notes = part.notes();
    let paths: Vec<String> = groups.iter().map(|group| format!("`{}`", group.path)).collect();
    let (each, give) = match heads {
        Heads::One => ("", "takes the pooled features of"),
        Heads::Several(_) => ("each of ", "takes the pooled features of"),
        Heads::Joined => ("", "take one behind the other the pooled features of"),
    };
    let what = if names.is_empty() { "gives the logits" } else { "gives logits of its own" };
    let what = if matches!(heads, Heads::Joined) { "give the logits" } else { what };
    notes.push(format!(
        "assumed that {each}{} {give} `{}` and {what}: a file of weights does not say how they are connected",
        paths.join(", "),
        part.prefix
    ));
    Ok((built, notes))
}

/// Whether a module lies beside a network as fastai's heads do: body and head are numbered 0 and 1, and
/// pooling and flattening, which have no weights, come first in the head.
fn is_fastais(part: &Part<'_>, head: &Group<'_>) -> bool {
    let number = |name: &str| name.split('.').next().and_then(|number| number.parse::<usize>().ok());
    let Some(around) = head.path.strip_suffix('1') else { return false };
    let body = part.prefix.strip_prefix(around);
    body.is_some_and(|body| ["0", "0.0", "0.model"].contains(&body))
        && head.tensors.iter().all(|(name, _)| number(name).is_some_and(|number| number >= 2))
}

/// The network with a head of fastai.
fn fastai(
    part: &Part<'_>,
    head: &Group<'_>,
    options: &LoadOptions<'_>,
    said: &[Said],
) -> Result<Option<Found>, FormatError> {
    let of_timm = segment(part.prefix) == "model";
    continued(part, head, &|head| Continuation::Fastai { head, of_timm }, (options, said))
}

/// What was cut out of a network, with the classifier that takes the means of its feature map.
fn pooled(
    part: &Part<'_>,
    head: &Group<'_>,
    options: &LoadOptions<'_>,
    said: &[Said],
) -> Result<Option<Found>, FormatError> {
    continued(part, head, &|head| Continuation::Pooled { head }, (options, said))
}

/// The network with what takes its feature map, under the latter's own name.
fn continued(
    part: &Part<'_>,
    head: &Group<'_>,
    continuation: &dyn Fn(String) -> Continuation,
    (options, said): (&LoadOptions<'_>, &[Said]),
) -> Result<Option<Found>, FormatError> {
    let mut whole: StateDict = part.inside.clone();
    // XResNet's own modules are numbered, too.
    let own = segment(&head.path);
    let name = if part.inside.iter().any(|(name, _)| inside(name, own).is_some()) { "head" } else { own }.to_owned();
    head.tensors.iter().for_each(|(rest, tensor)| whole.insert(format!("{name}.{rest}"), (*tensor).clone()));
    let continuation = continuation(name);
    let hints = Hints { said, continuation: Some(&continuation), ..Hints::default() };
    match arch::build_as_said(&whole, None, options, &hints) {
        Ok(built) => Ok(Some((built, part.notes()))),
        Err(FormatError::UnknownArchitecture(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last name of a path.
fn segment(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
