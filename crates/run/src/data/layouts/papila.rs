//! PAPILA (Kovalyk et al. 2022): both eyes of 244 patients, outlined by two experts.

use std::collections::HashMap;
use std::path::Path;

use super::super::files::{Leaf, Tree};
use super::super::labels::Meaning;
use super::super::table::records;
use super::{Entry, Layout, Listing, by_stem};
use heatlens_anatomy::Side;

use crate::data::{DataError, DataOptions, MaskFiles};

pub(super) const LAYOUT: Layout = Layout {
    name: "papila",
    about: "`FundusImages/RET###OD.jpg`, `ExpertsSegmentations/Contours/RET###OD_{disc,cup}_exp{1,2}.txt`, and the \
        two spreadsheets of \
            `ClinicalData` saved as `patient_data_od.csv` and `patient_data_os.csv`",
    // 0 is healthy everywhere; sources disagree on 1 and 2.
    labels: &[("0", Meaning::Class("normal"))],
    advice: "Sources disagree whether 1 or 2 is the suspect: say it, as in `--labels 0=normal,1=glaucoma,2=exclude`",
    list,
};

fn list(path: &Path, _: &DataOptions) -> Result<Listing, DataError> {
    let tree = Tree::read(path)?;
    let diagnoses = [diagnoses(&tree, "od", Side::Right)?, diagnoses(&tree, "os", Side::Left)?];
    let outlines = by_stem(tree.leaves.iter().filter(|leaf| leaf.has_extension(&["txt"])));
    let mut listing = Listing::default();
    for leaf in tree.images() {
        let stem = leaf.stem();
        let Some((patient, eye)) = patient(&stem) else { continue };
        let experts = |part: &str| {
            let names = (1..=2).map(|expert| format!("{stem}_{part}_exp{expert}"));
            names.filter_map(|name| outlines.get(&name).map(|leaf| leaf.path.clone())).collect::<Vec<_>>()
        };
        let (disc, cup) = (experts("disc"), experts("cup"));
        listing.entries.push(Entry {
            label: diagnoses[usize::from(eye == Side::Left)].get(&patient).cloned(),
            mask: (!disc.is_empty()).then_some(MaskFiles::Contours { disc, cup }),
            patient: Some(patient.to_string()),
            eye: Some(eye),
            ..Entry::of(leaf)
        });
    }
    if listing.entries.is_empty() {
        return Err(LAYOUT.mismatch(path, "there are no photographs named such as `RET002OD.jpg`"));
    }
    Ok(listing)
}

/// Patient and eye of `ret002od`.
fn patient(stem: &str) -> Option<(u32, Side)> {
    let rest = stem.strip_prefix("ret")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    Some((rest[..digits].parse().ok()?, Side::from_word(&rest[digits..])?))
}

/// Diagnosis by patient, from a table whose header may lie a row or two below the top, as in the
/// spreadsheets.
fn diagnoses(tree: &Tree, suffix: &str, eye: Side) -> Result<HashMap<u32, String>, DataError> {
    let file = |extension: &str| tree.find(&format!("patient_data_{suffix}.{extension}")).next();
    let leaf: &Leaf = match (file("csv"), file("xlsx")) {
        (Some(csv), _) => csv,
        (None, Some(sheet)) => {
            let what = format!(
                "`{}` is a spreadsheet: open it and save it as `patient_data_{suffix}.csv` beside it",
                sheet.name
            );
            return Err(LAYOUT.mismatch(&tree.root, what));
        }
        (None, None) => {
            return Err(LAYOUT.mismatch(
                &tree.root,
                format!("there is no `patient_data_{suffix}.csv`, the table of {} eyes", eye.name()),
            ));
        }
    };
    let records = records(&leaf.path)?;
    let is_diagnosis = |cell: &String| cell.eq_ignore_ascii_case("diagnosis");
    let column = records.iter().find_map(|(_, cells)| cells.iter().position(is_diagnosis)).ok_or_else(|| {
        DataError::MissingColumn {
            path: leaf.path.clone(),
            what: "label",
            needed: vec!["`Diagnosis`".into()],
            have: records.first().map_or(Vec::new(), |(_, cells)| cells.clone()),
            nearest: None,
        }
    })?;
    let row = |(_, cells): &(u64, Vec<String>)| {
        let patient = cells.first()?.trim_start_matches('#').parse().ok()?;
        let diagnosis = cells.get(column).filter(|c| !c.is_empty())?;
        Some((patient, diagnosis.clone()))
    };
    Ok(records.iter().filter_map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Example, told};
    use crate::data::Reason;

    /// The header in the second row and a row with `ID` alone, as in the spreadsheets.
    const TABLE: &str = ",,,\n,Age,Gender,Diagnosis\nID,,,\n#002,47,0,?\n#004,58,1,1\n";

    fn example() -> Example {
        Example::new()
            .photographs(&["FundusImages/RET002OD.jpg", "FundusImages/RET002OS.jpg", "FundusImages/RET004OD.jpg"])
            .text("ClinicalData/patient_data_od.csv", &TABLE.replace("?", "0"))
            .text("ClinicalData/patient_data_os.csv", &TABLE.replace("?", "2.0"))
            .text("ExpertsSegmentations/Contours/RET002OD_disc_exp1.txt", "2 1\n6 1\n6 5\n2 5\n")
            .text("ExpertsSegmentations/Contours/RET002OD_disc_exp2.txt", "2.1 1.1\n5.9 1.1\n5.9 4.9\n2.1 4.9\n")
            .text("ExpertsSegmentations/Contours/RET002OD_cup_exp1.txt", "3 2\n5 2\n5 4\n3 4\n")
    }

    #[test]
    fn both_eyes_are_one_patient_and_the_map_settles_the_codes() {
        let example = example();
        let dataset = example.load_with("papila", "1=glaucoma,2=exclude").unwrap();
        assert_eq!(
            told(&dataset),
            ["FundusImages/RET002OD.jpg normal - 2 right 16/4", "FundusImages/RET004OD.jpg glaucoma - 4 right -"]
        );
        assert_eq!(dataset.excluded[0].reason, Reason::Mapped { label: "2.0".into() });
        let both = example.load_with("papila", "1=glaucoma,2=suspect").unwrap();
        assert_eq!((both.cases.len(), both.units().count()), (3, 2));
    }

    #[test]
    fn without_a_map_the_conflict_is_told() {
        let error = example().load("papila").unwrap_err().to_string();
        assert!(error.contains("`1` (1), `2.0` (1)") && error.contains("Sources disagree"), "{error}");
    }

    #[test]
    fn a_spreadsheet_is_to_be_saved_as_csv() {
        let example = Example::new()
            .photographs(&["FundusImages/RET002OD.jpg"])
            .bytes("ClinicalData/patient_data_od.xlsx", b"PK\x03\x04");
        let error = example.load("papila").unwrap_err().to_string();
        assert!(error.contains("save it as `patient_data_od.csv`"), "{error}");
        let error = Example::new().load("papila").unwrap_err().to_string();
        assert!(error.contains("the table of right eyes"), "{error}");
    }
}
