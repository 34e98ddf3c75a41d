//! Audits a trained classifier on a labelled test set: the data, the statistics.
//!
//! [`data`] reads labelled sets. In [`statistics`] every answer to a question of the audit is a [`statistics::Finding`], which holds back
//! what the number of patients does not allow to say.

#![forbid(unsafe_code)]

pub mod data;
pub mod statistics;
