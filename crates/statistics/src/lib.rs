//! Estimates with intervals, tests with effect sizes, calibration.
//!
//! The statistical unit is the patient where patients are known ([`Units`]). Everything that is
//! concluded is a [`Finding`]: below 20 units in a group it holds no p-value, below five no figure
//! at all. The tests themselves are private to this crate, so no caller can obtain a p-value past
//! that rule. A p-value and the interval beside it come from one procedure and cannot contradict.

#![forbid(unsafe_code)]

mod association;
mod bootstrap;
mod calibration;
mod composition;
mod correlation;
mod eigen;
mod equivalence;
mod finding;
mod gamma;
mod groups;
mod interval;
mod kappa;
mod logistic;
mod maps;
mod multiplicity;
mod operating;
mod paired;
mod paired_maps;
mod precision;
mod random;
mod rank;
mod roc;
mod settings;
mod sign_flips;
mod special;
mod summary;
mod superiority;
mod units;

#[cfg(test)]
mod golden;

pub use association::association;
pub use calibration::{Bin, CALIBRATION_BINS, Calibration, calibration};
pub use composition::{ZERO_SHARE, centred_log_ratio};
pub use correlation::rank_correlation;
pub use eigen::{dot, orthonormalise, symmetric_eigen};
pub use equivalence::{equivalence, paired_equivalence};
pub use finding::{Adjusted, CASES_BELOW, Effect, Finding, INTERVAL_BELOW, PValue, Silence, Test};
pub use groups::compare_groups;
pub use interval::{Interval, IntervalMethod};
pub use kappa::agreement;
pub use logistic::{Separation, separation};
pub use maps::{MapDifference, compare_maps};
pub use multiplicity::{Correction, adjust};
pub use operating::{OperatingPoint, ThresholdOrigin, youden};
pub use paired::{against, compare_pairs};
pub use paired_maps::compare_paired_maps;
pub use precision::average_precision;
pub use random::Random;
pub use roc::{RocPoint, auc, compare_auc, roc};
pub use settings::Settings;
pub use summary::{mean, proportion};
pub use units::Units;
