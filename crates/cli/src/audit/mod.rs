//! What `heatlens audit` hands to the audit: eyes, and words about the run.

mod describe;
mod eyes;

pub use describe::{describe, photographs};
pub use eyes::Eyes;
