//! Names that no training writes into a checkpoint and whose calling would run code or touch the
//! machine.

use crate::FormatError;

/// Modules of which nothing is allowed, wherever they stand in a dotted name:
/// `torch.serialization.os.system` is `os.system`.
const MODULES_ANYWHERE: &str =
    "os posix subprocess _posixsubprocess ctypes _ctypes runpy importlib _frozen_importlib shutil __builtins__";

/// Modules of which nothing is allowed at the beginning of a name; users have packages of these
/// names inside their own.
const MODULES: &str = "_aix_support _osx_support _pyrepl _socket _thread _winapi aiohttp asyncio bdb cProfile doctest \
    ensurepip fcntl ftplib http httplib \
    httpx idlelib imaplib lib2to3 marshal mmap msvcrt nntplib nt numpy.f2py pdb pip pkgutil poplib popen2 profile pty \
    pydoc requests signal smtplib socket \
    socketserver ssl sys telnetlib timeit urllib urllib2 venv webbrowser winreg xmlrpc zipimport";

/// Single names.
const NAMES: &str = "_io.FileIO _io.open _pickle.load _pickle.loads _pickle.Unpickler builtins.__import__ \
    builtins.breakpoint builtins.compile \
    builtins.delattr builtins.eval builtins.exec builtins.execfile builtins.exit builtins.globals builtins.help \
    builtins.input builtins.locals builtins.open \
    builtins.quit builtins.setattr builtins.vars code.InteractiveConsole code.InteractiveInterpreter code.interact \
    commands.getoutput \
    commands.getstatusoutput dill.load dill.loads io.FileIO io.open joblib.load numpy.load \
    numpy.testing._private.utils.runstring operator.attrgetter \
    operator.methodcaller pandas.read_pickle pickle.load pickle.loads pickle.Unpickler platform.popen \
    torch._inductor.codecache.compile_file torch.hub.load \
    torch.hub.load_state_dict_from_url torch.jit.load torch.load torch.serialization.load \
    torch.utils._config_module.ConfigModule.load_config \
    torch.utils.collect_env.run torch.utils.cpp_extension.load torch.utils.cpp_extension.load_inline types.CodeType \
    types.FunctionType types.LambdaType";

/// Harmless names of forbidden modules that do occur.
const ALLOWED: &str = "os.PathLike os._Environ os.stat_result posix.stat_result nt.stat_result os.terminal_size \
    os.uname_result posix.uname_result \
    sys.float_info sys.version_info";

/// Attributes through which one gets from any object to the interpreter.
const ATTRIBUTES: &str = "__base__ __bases__ __builtins__ __class__ __closure__ __code__ __dict__ __getattribute__ \
    __globals__ __import__ __loader__ __mro__ \
    __reduce__ __reduce_ex__ __self__ __spec__ __subclasses__";

fn listed(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|entry| entry == name)
}

/// Whether `name` is an entry of the list or lies inside of one.
fn inside(list: &str, name: &str) -> bool {
    list.split_whitespace()
        .any(|entry| name.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Refuses a name on the lists.
pub(super) fn check_name(name: &str) -> Result<(), FormatError> {
    let name = &name.replace("__builtin__.", "builtins.");
    let builtin = name.find("builtins.").map_or("", |at| &name[at..]);
    let forbidden = inside(MODULES, name)
        || inside(NAMES, name)
        || inside(NAMES, builtin)
        || name.split('.').any(|segment| listed(MODULES_ANYWHERE, segment) || listed(ATTRIBUTES, segment));
    if forbidden && !listed(ALLOWED, name) { Err(refusal(name)) } else { Ok(()) }
}

/// Refuses an attribute of an object on the list.
pub(super) fn check_attribute(attribute: &str) -> Result<(), FormatError> {
    if attribute.split('.').any(|a| listed(ATTRIBUTES, a)) {
        Err(refusal(&format!("builtins.getattr(…, '{attribute}')")))
    } else {
        Ok(())
    }
}

/// The error that names what the pickle asks for.
pub(super) fn refusal(name: &str) -> FormatError {
    FormatError::ForbiddenPickle {
        name: name.into(),
        hint: "Do not open it with `torch.load`; get the weights again from a source you trust, as a plain state dict \
            or as .safetensors"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_runs_code() {
        for name in [
            "os.system",
            "posix.system",
            "nt.system",
            "subprocess.Popen",
            "builtins.eval",
            "__builtin__.eval",
            "builtins.exec",
            "builtins.__import__",
            "runpy.run_path",
            "socket.socket",
            "shutil.rmtree",
            "torch.serialization.os.system",
            "sys.modules",
            "pathlib.os.remove",
            "types.CodeType",
            "importlib.import_module",
            "webbrowser.open",
            "torch.load",
            "mylib.Net.__globals__",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_attribute("__globals__").is_err());
    }

    #[test]
    fn lets_training_dictionaries_pass() {
        for name in [
            "collections.OrderedDict",
            "torch._utils._rebuild_tensor_v2",
            "builtins.getattr",
            "builtins.set",
            "argparse.Namespace",
            "pathlib.PosixPath",
            "numpy.core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct",
            "code.model.Net",
            "requests_model.Net",
            "http_net.Net",
            "__main__.MyNet",
            "functools.partial",
            "torch.nn.functional.relu",
            "datetime.datetime",
            "_codecs.encode",
            "types.SimpleNamespace",
            "os.PathLike",
            "socketnet.Net",
            "posixpath.join",
            "mylib.signal.Filter",
            "torch.storage._load_from_bytes",
        ] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        assert!(check_attribute("forward").is_ok());
    }
}
