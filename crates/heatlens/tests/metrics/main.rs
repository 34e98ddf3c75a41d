//! Metrics and sanity checks: against their references, on a small network, and their page of
//! documentation.

mod degenerate;
mod maps;
mod page;
mod road;
mod sanity;
#[path = "../../../../tests/support/shared.rs"]
mod shared;
mod small;
mod support;
mod tiny;
