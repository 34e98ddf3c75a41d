//! Where in the model's module tree a value was made.

use std::fmt;
use std::sync::Arc;

/// A dotted module path as PyTorch writes it: `layer4.1.conv2`. Empty for the root.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(Arc<str>);

impl ModulePath {
    /// The root module: what a model's own `forward` computes outside its children.
    pub fn root() -> Self {
        ModulePath("".into())
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names from the root down.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.').filter(|c| !c.is_empty())
    }

    /// The child `name` of this module; `name` may itself be dotted.
    pub fn child(&self, name: &str) -> Self {
        match (self.is_root(), name.is_empty()) {
            (_, true) => self.clone(),
            (true, _) => name.into(),
            _ => format!("{}.{name}", self.0).into(),
        }
    }

    /// The module that holds this one; none for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(self.0.rfind('.').map_or_else(ModulePath::root, |dot| self.0[..dot].into()))
    }

    /// Whether this path is `module` or lies below it.
    pub fn is_within(&self, module: &ModulePath) -> bool {
        module.is_root() || self.0.strip_prefix(&*module.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl From<&str> for ModulePath {
    fn from(path: &str) -> Self {
        ModulePath(path.into())
    }
}

impl From<String> for ModulePath {
    fn from(path: String) -> Self {
        ModulePath(path.into())
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModulePath({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_respects_component_boundaries() {
        let layer: ModulePath = "layer4.1".into();
        assert!(ModulePath::from("layer4.1.conv2").is_within(&layer));
        assert!(layer.is_within(&layer));
        assert!(!ModulePath::from("layer4.10").is_within(&layer));
        assert!(layer.is_within(&ModulePath::root()));
    }

    #[test]
    fn parent_and_child_are_inverse() {
        let path = ModulePath::root().child("features").child("0.conv");
        assert_eq!(path.as_str(), "features.0.conv");
        assert_eq!(path.parent().unwrap().as_str(), "features.0");
        assert_eq!(ModulePath::from("features").parent(), Some(ModulePath::root()));
        assert_eq!(ModulePath::root().parent(), None);
    }
}
