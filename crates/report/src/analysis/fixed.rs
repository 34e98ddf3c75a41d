//! What every report carries.

use std::borrow::Cow::Borrowed;

use crate::schema::Reference;

/// Holds for every audit.
pub const CAVEATS: &[&str] = &[
    "A heatmap shows what a score reacts to by one method's rule. It is no proof of cause; the experiments that \
     remove regions come nearer to one.",
    "Maps are coarse: a cell of the usual layer covers a seventh of the picture's width, and what it shows is spread over \
     the neighbours of what caused it.",
    "Each map is scaled to its own maximum, and to the same sum. Strong and weak evidence look alike; the probability tells \
     them apart.",
    "Attention off the disc may be the nerve fibre layer, which carries signs of glaucoma; it is not by itself a \
     shortcut.",
    "No statement is made about one person's disease. The figures are about this model on this set of images.",
    "This is an audit aid and no medical device; it is not for diagnosis.",
];

/// Published figures to put beside ours.
pub const REFERENCES: &[Reference] = &[
    Reference {
        source: Borrowed("Hemelings 2021"),
        figure: Borrowed(
            "glaucoma on whole photographs AUC 0.94; with 60 % of the image size around the disc cropped away 0.88",
        ),
    },
    Reference { source: Borrowed("Diaz-Pinto 2019"), figure: Borrowed("Xception, five public sets, AUC 0.9605") },
    Reference { source: Borrowed("Li 2019 (AG-CNN, LAG)"), figure: Borrowed("accuracy 95.3 %") },
    Reference {
        source: Borrowed("Cup-to-disc ratio alone"),
        figure: Borrowed("AUC 0.946 on REFUGE, 0.810 on RIM-ONE r3"),
    },
    Reference {
        source: Borrowed("Saporta 2022"),
        figure: Borrowed(
            "chest X-rays: Grad-CAM best of seven methods and still below radiologists; confidence goes with \
            localisation",
        ),
    },
    Reference {
        source: Borrowed("Arun 2021"),
        figure: Borrowed("chest X-rays: AUPRC of saliency maps 0.024 to 0.224, of a U-Net 0.404"),
    },
];
