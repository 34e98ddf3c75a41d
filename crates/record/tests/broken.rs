//! Tables that were found by fuzzing: each is an error in words.

use heatlens_record::Table;

#[test]
fn a_column_that_begins_before_the_file_is_refused() {
    let error = Table::from_parquet(include_bytes!("bad/negative-offset.parquet").to_vec().into()).unwrap_err();
    assert!(error.to_string().contains("no readable Parquet file"), "{error}");
}
