//! The anatomist of retinal photographs.

use std::collections::BTreeMap;

use heatlens_anatomy::{Anatomist, Known, MASK_LEFT_ASIDE, Place, Role, Structure, Survey, ZoneCard, Zoning};
use heatlens_imaging::{Affine, Photograph};

use crate::anatomy::{Anatomy, Segmenter, Zone, Zones};

/// Knows retinal photographs.
pub struct Eyes {
    zones: Vec<ZoneCard>,
    segmenter: Option<Segmenter>,
}

impl Eyes {
    /// With the segmenter for photographs without a mask; the classical fallback alone where there
    /// is none.
    pub fn new(segmenter: Option<Segmenter>) -> Eyes {
        let card = |zone: Zone| ZoneCard {
            name: zone.name().into(),
            title: zone.title().into(),
            plain: zone.plain().into(),
            role: role(zone),
        };
        Eyes { zones: Zone::ALL.into_iter().map(card).collect(), segmenter }
    }
}

/// What looking at a zone means for a classifier of glaucoma.
fn role(zone: Zone) -> Role {
    match zone {
        Zone::Cup | Zone::Rim => Role::Target,
        Zone::Peripapillary | Zone::ZoneB | Zone::ArcuateSuperior | Zone::ArcuateInferior => Role::Plausible,
        Zone::Macula | Zone::Vessels | Zone::OtherRetina => Role::Elsewhere,
        Zone::FieldEdge => Role::Edge,
        Zone::Outside => Role::Outside,
    }
}

impl Anatomist for Eyes {
    fn zones(&self) -> &[ZoneCard] {
        &self.zones
    }

    fn survey(&self, photograph: &Photograph, known: &Known<'_>) -> Survey {
        let mut survey = Survey::default();
        let anatomy = match Anatomy::of(photograph, known, self.segmenter.as_ref()) {
            // A mask that cannot be used is no reason to know nothing.
            Err(error) if known.mask.is_some() => {
                survey.doubts.push(format!("{MASK_LEFT_ASIDE}: {error}"));
                Anatomy::of(photograph, &Known { mask: None, ..known.clone() }, self.segmenter.as_ref())
            }
            result => result,
        };
        match anatomy {
            Ok(anatomy) => describe(&anatomy, &mut survey),
            Err(error) => survey.doubts.push(error.to_string()),
        }
        survey
    }
}

fn describe(anatomy: &Anatomy, survey: &mut Survey) {
    let mut figures = BTreeMap::new();
    let field = &anatomy.field;
    figures.insert("field_radius".to_owned(), field.radius);
    figures.insert("field_share".to_owned(), field.share);
    survey.doubts.extend(field.doubt());
    if let Some(disc) = &anatomy.disc {
        survey.source = anatomy.source.map(|source| source.name().to_owned());
        survey.confidence = Some(disc.confidence());
        survey.doubts.extend(disc.doubts.iter().filter(|doubt| doubt.is_worth_saying()).map(|doubt| doubt.words()));
        if !disc.is_doubtful() {
            survey.target = Some(Structure { centre: disc.outline.centre, diameter: disc.diameter() });
            figures.insert("disc_vertical".to_owned(), disc.outline.vertical);
            figures.insert("disc_horizontal".to_owned(), disc.outline.horizontal);
            if let Some(ratio) = disc.vertical_cup_to_disc {
                figures.insert("vertical_cup_to_disc".to_owned(), ratio);
            }
        }
    }
    survey.side = anatomy.laterality.side;
    survey.side_source = survey.side.is_some().then(|| anatomy.laterality.source.name().to_owned());
    survey.figures = figures;
    match anatomy.zones() {
        Ok(zones) => survey.zoning = Some(Box::new(Divided { has_disc: anatomy.sure_disc().is_some(), zones })),
        Err(error) => survey.doubts.push(error.to_string()),
    }
}

/// The zones of one photograph.
struct Divided {
    zones: Zones,
    has_disc: bool,
}

impl Zoning for Divided {
    fn has_target(&self) -> bool {
        self.has_disc
    }

    fn labels(&self, grid: [usize; 2], to_photograph: &Affine, shift: [f64; 2]) -> Vec<u8> {
        let labels = if shift == [0.0; 2] {
            self.zones.labels(grid, to_photograph)
        } else {
            self.zones.shifted(shift).labels(grid, to_photograph)
        };
        labels.zones.iter().map(|&zone| zone as u8).collect()
    }

    fn place(&self, point: [f64; 2]) -> Option<Place> {
        let place = self.zones.frame()?.place(point);
        Some(Place { r: place.r, theta: place.theta, sector: place.sector().map(|sector| sector.name()) })
    }

    fn to_photograph(&self, place: [f64; 2]) -> Option<[f64; 2]> {
        Some(self.zones.frame()?.to_photograph(place))
    }

    fn cells_across(&self, grid_to_photograph: &Affine) -> Option<f64> {
        self.zones.resolution(grid_to_photograph).map(|resolution| resolution.cells_per_disc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_keep_their_order() {
        let eyes = Eyes::new(None);
        assert!(eyes.zones().iter().zip(Zone::ALL).all(|(card, zone)| card.name == zone.name()));
        assert_eq!(eyes.zones()[Zone::Rim as usize].role, Role::Target);
    }
}
