//! Finds values by the module that makes them.
