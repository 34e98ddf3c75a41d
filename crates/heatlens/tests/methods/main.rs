//! Every method against other programs, and against what must hold whatever the network.

mod equalities;
mod graph;
mod page;
mod reference;
mod small;
mod support;
mod trials;
