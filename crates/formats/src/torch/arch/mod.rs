//! The architectures that checkpoints can belong to.
