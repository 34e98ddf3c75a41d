//! Where in the model's module tree a node was made, as far as its exporter tells.

mod keras;
mod torch_dynamo;
mod torch_script;

use heatlens_graph::ModulePath;

use self::keras::KerasNames;
use self::torch_script::TorchScriptNames;
use super::proto::NodeProto;

/// Names beyond this length or depth come from no exporter.
const LONGEST: usize = 1024;
const DEEPEST: usize = 32;

/// How the exporter of a file names nodes.
pub(super) enum ModuleNames {
    /// PyTorch's exporter since 2.5: metadata on each node.
    TorchDynamo,
    /// PyTorch's older exporter: `/layer4/layer4.1/conv2/Conv`.
    TorchScript(TorchScriptNames),
    /// tf2onnx: `model/conv5_block3_out/Relu`.
    Keras(KerasNames),
    /// Our own writer: as PyTorch's older exporter, and always the whole truth.
    Written,
    /// Names that say nothing of modules.
    Unknown,
}

/// Who our own files say that they were made by.
pub(super) const PRODUCER: &str = "heatlens";

/// What our own files call a node of this module.
pub(super) fn node_name(module: &ModulePath, op_type: &str) -> String {
    torch_script::node_name(module, op_type)
}

impl ModuleNames {
    /// Recognises the exporter, which may have said who it is.
    pub fn new(nodes: &[NodeProto], producer: &str) -> Self {
        if producer == PRODUCER {
            let named = nodes.iter().any(|node| torch_script::written_path(node).is_some_and(|path| !path.is_root()));
            if named { ModuleNames::Written } else { ModuleNames::Unknown }
        } else if nodes.iter().any(torch_dynamo::has_scopes) {
            ModuleNames::TorchDynamo
        } else if nodes.iter().any(|n| n.name.starts_with('/')) {
            ModuleNames::TorchScript(TorchScriptNames::new(nodes))
        } else if nodes.iter().any(|n| n.name.contains('/')) {
            ModuleNames::Keras(KerasNames::new(nodes))
        } else {
            ModuleNames::Unknown
        }
    }

    /// Whether modules can be named at all.
    pub fn are_known(&self) -> bool {
        !matches!(self, ModuleNames::Unknown)
    }

    /// The innermost module that ran a node; none where its name does not tell.
    pub fn path(&self, node: &NodeProto) -> Option<ModulePath> {
        if node.name.len() > LONGEST {
            return None;
        }
        match self {
            ModuleNames::TorchDynamo => torch_dynamo::path(node),
            ModuleNames::TorchScript(names) => names.path(node),
            ModuleNames::Keras(names) => names.path(node),
            ModuleNames::Written => torch_script::written_path(node),
            ModuleNames::Unknown => None,
        }
    }
}
