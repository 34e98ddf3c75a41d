//! `run.json` of this and older versions.

#![no_main]

use heatlens_record::{Difference, RunRecord, SCHEMA};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = RunRecord::from_json(bytes) else { return };
    // An old one keeps the name of its schema, but not its layout.
    let present = RunRecord { schema: SCHEMA.into(), ..record.clone() };
    let again = RunRecord::from_json(&present.to_json()).expect("what was written is read");
    assert!(Difference::between(&present, &again).is_none());
    record.photograph(0);
    record.positive_class();
});
