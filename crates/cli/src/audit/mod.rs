//! What `heatlens audit` hands to the audit: eyes, and words about the run.

mod describe;
mod eyes;
mod masks;

pub use describe::{describe, photographs};
pub use eyes::Eyes;
pub use masks::Masks;
