//! Every method against other programs, and against what must hold whatever the network.

mod equalities;
mod graph;
mod page;
mod reference;
#[path = "../../../../tests/support/shared.rs"]
mod shared;
mod small;
mod support;
mod trials;
