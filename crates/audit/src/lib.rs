//! Audits a trained classifier on a labelled test set: the data, the run, the statistics, the
//! answers.
//!
//! [`data`] reads labelled sets of photographs. [`run`] explains each of them and measures, against
//! the zones that an [`anatomy::Anatomist`] knows, where the network looks; its rows lie in a
//! folder ([`store`]) and survive a crash. In [`statistics`] every answer is a
//! [`statistics::Finding`], which holds back what the number of patients does not allow to say.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod anatomy;
pub mod data;
pub mod report;
pub mod run;
pub mod statistics;
pub mod store;
