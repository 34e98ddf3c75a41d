//! Exit codes.

/// How a command that ran to its end ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything was done.
    Done,
    /// Everything was done but for some images.
    SomeFailed,
    /// It was asked to stop before everything was done.
    Stopped,
    /// Everything was done, and what was tested did not pass.
    NotPassed,
    /// Everything was done, and what was asked cannot be told.
    Untold,
}

/// The request or the model cannot be used.
pub const REQUEST: u8 = 2;
/// What was tested did not pass.
const NOT_PASSED: u8 = 4;
/// What was asked cannot be told.
const UNTOLD: u8 = 5;
/// It was asked to stop, as shells count a process that Ctrl-C ended.
pub const STOPPED: u8 = 130;
/// An internal error.
pub const INTERNAL: u8 = 3;

impl From<Status> for u8 {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => 0,
            Status::SomeFailed => 1,
            Status::Stopped => STOPPED,
            Status::NotPassed => NOT_PASSED,
            Status::Untold => UNTOLD,
        }
    }
}
