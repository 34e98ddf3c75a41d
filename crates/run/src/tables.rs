//! Tables as files.

/// Rows of one length as CSV, their heads first.
pub(crate) fn csv<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.into_iter().for_each(|row| writer.write_record(row).expect("rows of one length"));
    writer.into_inner().expect("memory takes all rows")
}
