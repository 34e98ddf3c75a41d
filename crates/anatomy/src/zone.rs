//! Zones as reports name them, and what looking at one means.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How far a zone is from what a clinician looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The structure itself: disc, cup, rim.
    Target,
    /// Where disease shows too: the surroundings of the disc, the nerve fibre layer.
    Plausible,
    /// Tissue without a known sign.
    Elsewhere,
    /// The edge of what the camera saw.
    Edge,
    /// Nothing of the eye.
    Outside,
}

/// A zone as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneCard {
    /// In tables.
    pub name: Cow<'static, str>,
    /// In sentences and pictures.
    pub title: Cow<'static, str>,
    /// In plain words, with its article; empty in older runs.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub plain: Cow<'static, str>,
    /// What looking there means.
    pub role: Role,
}
