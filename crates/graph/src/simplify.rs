//! Rewrites that keep the result: constant folding, batch-norm folding, removal of identities and dead nodes.
