//! Tables of a run. Rows that are read are written and read again.

#![no_main]

use heatlens_record::{CauseRow, ImageRow, MapRow, RemainderRow, Row, Table};
use libfuzzer_sys::fuzz_target;

fn rows<R: Row>(bytes: &[u8]) {
    if let Ok(rows) = R::from_parquet(bytes.to_vec().into()) {
        let written = R::to_parquet(&rows, &[]).expect("rows are written");
        assert_eq!(R::from_parquet(written.into()).expect("what was written is read").len(), rows.len());
    }
}

fuzz_target!(
    // A panic of the crate that reads Parquet is caught by `from_parquet`: no finding.
    init: std::panic::set_hook(Box::new(|_| ())),
    |bytes: &[u8]| {
        if Table::from_parquet(bytes.to_vec().into()).is_ok() {
            rows::<ImageRow>(bytes);
            rows::<MapRow>(bytes);
            rows::<CauseRow>(bytes);
            rows::<RemainderRow>(bytes);
        }
    }
);
