//! The contract of the catalogue on whole charts: what a chart gives with its own values, upstream charts included.
//!
//! Rules over templates see what a Blueprint wrote itself. The same is asked of what is rendered: a chart gives something (`hollow-chart`),
//! switches that cost something are off (`toggle-on`), and images have a version (`mutable-image`).

use crate::rendering::{RenderRun, RenderedRelease};
use catalyst_check::{is_accessory, is_without_workload};
use catalyst_diag::{Diagnostic, rule};
use catalyst_helm::Object;
use std::collections::BTreeSet;

/// What does not hold of charts with their own values, each thing once.
pub(super) fn check(run: &RenderRun, out: &mut Vec<Diagnostic>) {
    for release in run.releases.iter().filter(|it| it.is_smoke()) {
        let Ok(objects) = &release.objects else { continue };
        let Some(chart) = &release.entry.chart else { continue };
        let mut add = |rule, message: String, object: Option<&Object>| {
            let mut found = Diagnostic::new(rule, chart.place.clone(), message);
            if let Some(object) = object {
                found = found.note(format!("made by `{}` of chart `{}`", object.file, object.chart));
            }
            out.push(found);
        };
        let name = &release.entry.blueprint.name;
        if objects.iter().all(|it| is_accessory(it.kind())) && !is_without_workload(&chart.annotations) {
            let message = format!("the chart of `{name}` gives no workload with its own values");
            add(&rule::HOLLOW_CHART, message, None);
        }
        let mut seen = BTreeSet::new();
        for object in objects.iter().filter(|it| is_toggled(release, it)) {
            if seen.insert((object.kind(), object.group())) {
                let message = format!(
                    "the chart of `{name}` makes `{object}` with its own values: the switch behind it is on"
                );
                add(&rule::TOGGLE_ON, message, Some(object));
            }
        }
        let mut seen = BTreeSet::new();
        for (object, images) in release.images() {
            for image in images.known {
                if is_mutable(&image.image) && seen.insert(image.image.clone()) {
                    let message =
                        format!("the chart of `{name}` runs `{}`, which has no version", image.image);
                    add(&rule::MUTABLE_IMAGE, message, Some(object));
                }
            }
        }
    }
}

/// Whether an object stands behind a switch that is off by default: what Prometheus reads, and what scales by load. Who serves an API makes its
/// objects by right.
fn is_toggled(release: &RenderedRelease, object: &Object) -> bool {
    let is_switched = object.group() == "monitoring.coreos.com" || object.kind() == "HorizontalPodAutoscaler";
    is_switched && !release.entry.blueprint.spec.provides.apis.iter().any(|it| it.group == object.group())
}

/// Whether a reference may mean another image tomorrow.
fn is_mutable(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    digest.is_none() && matches!(tag, None | Some("" | "latest"))
}

#[cfg(test)]
mod tests {
    use super::is_mutable;

    #[test]
    fn a_digest_or_a_tag_is_a_version() {
        for image in ["a", "quay.io:5000/a", "a:latest", "a:"] {
            assert!(is_mutable(image), "{image}");
        }
        for image in ["a:1", "quay.io:5000/a:v1", "a@sha256:00", "a:latest@sha256:00"] {
            assert!(!is_mutable(image), "{image}");
        }
    }
}
