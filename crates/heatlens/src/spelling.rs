//! Names as people write them.

/// Whether two names are one but for case, hyphens, spaces, underscores, American spelling and how a
/// plus is written: `GradCAM++`, `Grad-CAM++`, `gradcam_plus_plus` and `GradCAMpp` are.
pub fn is_same_name(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

fn plain(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let spelt = match lower.strip_suffix("pp") {
        Some(before) => format!("{before}++"),
        None => lower,
    };
    spelt.replace('+', "plus").replace('z', "s").chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Method;

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["GradCAM++", "Grad-CAM++", "gradcam_plus_plus", "GradCAMPlusPlus", "grad cam++", "gradcampp"] {
            assert!(is_same_name(name, "gradcam++"), "{name}");
        }
        assert!(!is_same_name("gradcam", "gradcam++") && !is_same_name("gradcam", "xgradcam"));
    }

    #[test]
    fn methods_are_known_by_their_names_and_titles_and_stay_apart() {
        for &method in Method::ALL {
            let card = method.card();
            for name in [card.name.to_uppercase(), card.name.replace('-', "_"), card.title.to_owned()] {
                assert_eq!(Method::named(&name), Some(method), "{name}");
            }
        }
        // As pytorch-grad-cam and captum name their classes.
        let known = ["GradCAMElementWise", "KPCA_CAM", "DeepFeatureFactorization", "IntegratedGradients", "HiResCAM"];
        assert!(known.iter().all(|name| Method::named(name).is_some()));
        assert_eq!(Method::named("gradcma"), None);
    }
}
