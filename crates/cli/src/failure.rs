//! Exit codes.

use std::process::ExitCode;

/// How a command that ran to its end ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything was done.
    Done,
    /// Everything was done but for some images.
    SomeFailed,
}

/// The request or the model cannot be used.
pub const REQUEST: u8 = 2;
/// An internal error.
pub const INTERNAL: u8 = 3;

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => ExitCode::SUCCESS,
            Status::SomeFailed => ExitCode::from(1),
        }
    }
}
