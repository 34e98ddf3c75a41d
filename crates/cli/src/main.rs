//! The `heatlens` command.

fn main() {}
