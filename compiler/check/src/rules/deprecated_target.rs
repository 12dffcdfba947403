//! `deprecated-target`: a target names versions whose API tables the compiler has. For others it takes the nearest it knows, so that what it
//! says is available may be wrong there.

use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::Index;
use std::ops::RangeInclusive;

/// Minor versions of Kubernetes 1 that the compiler knows.
pub(crate) const KUBERNETES: RangeInclusive<u32> = 25..=37;
/// Minor versions of Flux 2 that the compiler knows.
pub(crate) const FLUX: RangeInclusive<u32> = 2..=9;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(project) = &index.project else { return };
    for (name, target) in &project.spec.targets {
        let place = project.place.child("spec").child("targets").child(name);
        known("Kubernetes", 1, &target.kubernetes, KUBERNETES, place.child("kubernetes"), out);
        known("Flux", 2, &target.flux, FLUX, place.child("flux"), out);
    }
}

fn known(
    what: &str,
    major: u32,
    text: &str,
    range: RangeInclusive<u32>,
    place: Place,
    out: &mut Vec<Diagnostic>,
) {
    let Some(minor) = minor(text) else { return };
    if range.contains(&minor) {
        return;
    }
    let (low, high) = (range.start(), range.end());
    let (why, nearest) =
        if minor < *low { ("is no longer known", low) } else { ("is newer than this compiler", high) };
    out.push(
        Diagnostic::new(&rule::DEPRECATED_TARGET, place, format!("{what} {text} {why}"))
            .label(format!("known are {major}.{low} to {major}.{high}"))
            .help(format!(
                "it is taken for {what} {major}.{nearest}; choose a known version, or another catalystc"
            )),
    );
}

/// The minor version, `31` of `1.31`.
pub(crate) fn minor(text: &str) -> Option<u32> {
    text.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, lines, project};
    use serde_json::json;

    #[test]
    fn known_versions_pass_and_others_do_not() {
        let run = |kubernetes: &str, flux: &str| {
            let target = json!({ "targets": { "default": { "kubernetes": kubernetes, "flux": flux } } });
            lines(&project(check, &index(&[("catalyst.yaml", "Project", "p", target)])))
        };
        assert!(run("1.33", "2.7").is_empty());
        assert_eq!(
            run("1.21", "2.99"),
            [
                "deprecated-target catalyst.yaml:spec.targets.default.kubernetes: Kubernetes 1.21 is no longer known",
                "deprecated-target catalyst.yaml:spec.targets.default.flux: Flux 2.99 is newer than this compiler",
            ]
        );
    }
}
