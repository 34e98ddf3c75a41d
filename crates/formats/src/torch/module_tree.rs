//! A pickled module, read and not executed: classes, attributes and children by name.
//!
//! `torch.save(model)` writes the `__dict__` of every module. [`ModuleTree`] keeps what says how a
//! network computes (kernel sizes, strides, epsilons, the classes of activations); parameters and
//! buffers go into the [`StateDict`](super::StateDict) under their full dotted names.

use std::collections::BTreeMap;

/// Beginnings of the packages whose classes compute what their names say.
const LIBRARIES: [&str; 9] = [
    "torch.nn.",
    "torchvision.",
    "timm.",
    "efficientnet_pytorch.",
    "efficientnet_lite_pytorch.",
    "geffnet.",
    "fastai.layers.",
    "fastai.vision.models.xresnet.",
    "fastai.vision.learner.TimmBody",
];

/// Classes of libraries that hold a network and compute nothing themselves.
const WRAPPERS: [&str; 6] = [
    "torch.nn.parallel.data_parallel.DataParallel",
    "torch.nn.parallel.distributed.DistributedDataParallel",
    "torch.optim.swa_utils.AveragedModel",
    "torch._dynamo.eval_frame.OptimizedModule",
    "torch.nn.DataParallel",
    "torch.nn.parallel.DistributedDataParallel",
];

/// One module of a pickled network and, through its children, all below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModuleTree {
    /// Qualified Python name: `torchvision.models.resnet.ResNet`, `torch.nn.modules.conv.Conv2d`,
    /// `__main__.MyNet`.
    pub class: String,
    /// The plain attributes of the instance (`kernel_size`, `eps`, `transform_input`). Parameters,
    /// buffers, submodules, hooks and what belongs to `torch.nn.Module` itself (other than
    /// `training`) are left out.
    pub attributes: BTreeMap<String, Attribute>,
    /// Submodules in the order of registration, which for torchvision's `Sequential`s is the order
    /// of execution. Those set to `None` are left out.
    pub children: Vec<(String, ModuleTree)>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// Python's `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A string (`padding_mode`, `padding = "same"`).
    Str(String),
    /// A list, tuple or `torch.Size` of integers: `kernel_size = (3, 3)`.
    Ints(Vec<i64>),
    /// Anything else, by the qualified name of the function, the class, or the class of the object:
    /// `torch.nn.functional.relu`, `functools.partial`, `list`.
    Opaque(String),
}

impl ModuleTree {
    /// The module under a dotted path (`layer1.0.conv1`); itself for the empty path.
    pub fn get(&self, path: &str) -> Option<&ModuleTree> {
        if path.is_empty() {
            return Some(self);
        }
        path.split('.').try_fold(self, |module, name| module.child(name))
    }

    /// The direct child of this name.
    pub fn child(&self, name: &str) -> Option<&ModuleTree> {
        self.children.iter().find(|(n, _)| n == name).map(|(_, m)| m)
    }

    /// The class without its Python module: `ResNet`.
    pub fn class_name(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or_default()
    }

    /// Whether the class is one of a library, whose code is known.
    pub fn is_library(&self) -> bool {
        LIBRARIES.iter().any(|package| self.class.starts_with(package)) || WRAPPERS.contains(&self.class.as_str())
    }

    /// The class without its Python module where it is a library's; the whole name of any other,
    /// which may compute something else under the same name.
    pub fn known_class(&self) -> &str {
        if self.is_library() { self.class_name() } else { &self.class }
    }

    /// Classes that are no library's, each with the path of the first module of it.
    pub fn own_classes(&self) -> Vec<(String, &str)> {
        let mut own: Vec<(String, &str)> = Vec::new();
        for (path, module) in self.walk() {
            let is_new = !module.class.is_empty() && own.iter().all(|(_, class)| *class != module.class);
            if is_new && !module.is_library() {
                own.push((path, &module.class));
            }
        }
        own
    }

    /// Whether the module passes on what it gets, at inference.
    pub fn computes_nothing(&self) -> bool {
        matches!(
            self.known_class(),
            "Identity"
                | "Dropout"
                | "Dropout1d"
                | "Dropout2d"
                | "AlphaDropout"
                | "FeatureAlphaDropout"
                | "StochasticDepth"
                | "DropPath"
                | "DropBlock2d"
                | "Flatten"
                | "Sequential"
                | "ModuleList"
                | "ModuleDict"
        )
    }

    /// This module and all below it with their dotted paths, parents first, in the order of
    /// registration.
    pub fn walk(&self) -> Vec<(String, &ModuleTree)> {
        let mut modules = Vec::new();
        let mut stack = vec![(String::new(), self)];
        while let Some((path, module)) = stack.pop() {
            for (name, child) in module.children.iter().rev() {
                stack.push((if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, child));
            }
            modules.push((path, module));
        }
        modules
    }

    /// The attribute as an integer.
    pub fn int(&self, attribute: &str) -> Option<i64> {
        match self.attributes.get(attribute)? {
            Attribute::Int(v) => Some(*v),
            _ => None,
        }
    }

    /// The attribute as a number.
    pub fn float(&self, attribute: &str) -> Option<f64> {
        match self.attributes.get(attribute)? {
            Attribute::Float(v) => Some(*v),
            Attribute::Int(v) => Some(*v as f64),
            _ => None,
        }
    }

    /// The attribute as a truth value.
    pub fn bool(&self, attribute: &str) -> Option<bool> {
        match self.attributes.get(attribute)? {
            Attribute::Bool(v) => Some(*v),
            _ => None,
        }
    }

    /// The attribute as a string.
    pub fn str(&self, attribute: &str) -> Option<&str> {
        match self.attributes.get(attribute)? {
            Attribute::Str(v) => Some(v),
            _ => None,
        }
    }

    /// The attribute as `N` integers; a single integer stands for `N` equal ones, as in
    /// `MaxPool2d(kernel_size=3)`.
    pub fn ints<const N: usize>(&self, attribute: &str) -> Option<[i64; N]> {
        match self.attributes.get(attribute)? {
            Attribute::Int(v) => Some([*v; N]),
            Attribute::Ints(v) => v.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(class: &str) -> ModuleTree {
        ModuleTree { class: class.into(), ..Default::default() }
    }

    #[test]
    fn finds_modules_by_path_and_walks_in_order() {
        let block = ModuleTree {
            class: "Block".into(),
            children: vec![("conv1".into(), leaf("Conv2d"))],
            ..Default::default()
        };
        let layer =
            ModuleTree { class: "Sequential".into(), children: vec![("0".into(), block)], ..Default::default() };
        let net = ModuleTree {
            class: "torchvision.models.resnet.ResNet".into(),
            children: vec![("layer1".into(), layer), ("fc".into(), leaf("Linear"))],
            ..Default::default()
        };
        assert_eq!(net.get("layer1.0.conv1").unwrap().class, "Conv2d");
        assert_eq!(net.get("").unwrap().class_name(), "ResNet");
        assert!(net.get("layer1.1").is_none());
        let paths: Vec<String> = net.walk().into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["", "layer1", "layer1.0", "layer1.0.conv1", "fc"]);
    }

    #[test]
    fn one_integer_stands_for_a_pair() {
        let mut pool = leaf("MaxPool2d");
        pool.attributes.insert("kernel_size".into(), Attribute::Int(3));
        pool.attributes.insert("stride".into(), Attribute::Ints(vec![2, 1]));
        assert_eq!(pool.ints("kernel_size"), Some([3, 3]));
        assert_eq!(pool.ints("stride"), Some([2, 1]));
        assert_eq!(pool.ints::<3>("stride"), None);
    }
}
