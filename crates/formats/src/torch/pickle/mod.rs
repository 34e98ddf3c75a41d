//! Pickles, read and never executed.
//!
//! A pickle is a program for a small stack machine whose instructions import names and call them.
//! [`Pickle::read`] runs the stack and the memo and records imports and calls as *values*:
//! `GLOBAL torch._utils _rebuild_tensor_v2` becomes [`Value::Global`], calling it becomes a
//! [`Value::Object`] that holds the callable and its arguments. Nothing is imported, nothing is
//! called; what a recorded call means is decided by whoever looks for weights, from a closed list
//! (tensors, ordered dictionaries, modules). All else stays an opaque value with a name.
//!
//! **Policy.** Training dictionaries hold much that is not weights: optimiser state,
//! `argparse.Namespace`, numpy scalars, paths, user-defined classes. None of it can do harm here,
//! so an unknown name does not stop the load as long as the weights are found without it; if they
//! are not, the error names the class that stands in the way. A pickle that mentions something
//! which exists to run code or to touch the machine (`os.system`, `subprocess.*`, `eval`; the list
//! is in [`forbidden`]) is another matter: no training writes that, and `torch.load` would have run
//! it. Such a file is refused as a whole with
//! [`FormatError::ForbiddenPickle`](crate::FormatError::ForbiddenPickle), so that its owner learns
//! what came with the weights. Mentioning is enough, since `map`, `functools.partial` and their
//! like call what they are handed.
//!
//! **Bounds.** Values lie in one arena and refer to each other by number: memory is a small
//! multiple of the bytes read, cycles through the memo are just numbers, and dropping does not
//! recurse. Whoever walks the values limits depth and count.

mod cursor;
mod forbidden;
mod machine;
mod value;

pub(crate) use value::{Id, Pickle, Value};
