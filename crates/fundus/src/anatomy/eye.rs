//! All that is known of one photograph's anatomy.

use std::sync::Arc;

use heatlens_anatomy::Known;
use heatlens_imaging::Photograph;

use super::{AnatomyError, Disc, FieldOfView, Laterality, MaskSource, Segmentation, Segmenter, Zones, classical};

/// The anatomy of one photograph.
#[derive(Clone, Debug)]
pub struct Anatomy {
    /// The field of view.
    pub field: Arc<FieldOfView>,
    /// The disc; none where none was found. It may be doubtful.
    pub disc: Option<Disc>,
    /// Where the disc's mask came from; none without a disc.
    pub source: Option<MaskSource>,
    /// Right or left, and how that is known.
    pub laterality: Laterality,
}

impl Anatomy {
    /// Field, disc and side. The mask is the one that is known; else the segmenter's; else, where
    /// that finds no disc, the classical fallback's.
    ///
    /// # Errors
    /// [`AnatomyError::NoField`] for a black photograph, [`AnatomyError::MaskSize`] and
    /// [`AnatomyError::EmptyMask`] for a mask that is not the photograph's or marks nothing. That
    /// no disc is found is no error.
    pub fn of(
        photograph: &Photograph,
        known: &Known<'_>,
        segmenter: Option<&Segmenter>,
    ) -> Result<Anatomy, AnatomyError> {
        let field = FieldOfView::find(photograph)?;
        let (disc, source) = match &known.mask {
            Some(mask) => {
                mask.check_size(field.size)?;
                (Some(Disc::measure(mask)?.judged_in(&field)), Some(MaskSource::Given))
            }
            None => match made(photograph, &field, segmenter)? {
                Some(found) => (
                    Some(Disc::measure(&found.mask)?.judged_in(&field).judged_by(found.confidence)),
                    Some(found.source),
                ),
                None => (None, None),
            },
        };
        let sure = disc.as_ref().filter(|disc| !disc.is_doubtful());
        let laterality = Laterality::find(known.side, known.file_name, &field, sure);
        Ok(Anatomy { field: Arc::new(field), disc, source, laterality })
    }

    /// The disc, unless it is doubtful.
    pub fn sure_disc(&self) -> Option<&Disc> {
        self.disc.as_ref().filter(|disc| !disc.is_doubtful())
    }

    /// The zones; a doubtful disc is left out.
    ///
    /// # Errors
    /// [`AnatomyError::MaskSize`], never for an anatomy that [`Anatomy::of`] made.
    pub fn zones(&self) -> Result<Zones, AnatomyError> {
        Zones::new(self.field.clone(), self.sure_disc(), self.laterality.side)
    }
}

fn made(
    photograph: &Photograph,
    field: &FieldOfView,
    segmenter: Option<&Segmenter>,
) -> Result<Option<Segmentation>, AnatomyError> {
    let found = match segmenter.map(|segmenter| segmenter.segment(photograph, field)) {
        None | Some(Err(AnatomyError::NoDisc)) => classical(photograph, field),
        Some(result) => result,
    };
    match found {
        Ok(found) => Ok(Some(found)),
        Err(AnatomyError::NoDisc) => Ok(None),
        Err(error) => Err(error),
    }
}
