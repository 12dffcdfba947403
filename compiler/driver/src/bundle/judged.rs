//! The proof of an air-gapped bundle: every host that a string of its trees or of its rendered objects names, and what it was taken for.

use crate::SovereignOutput;
use crate::rendering::RenderedRelease;
use catalyst_bundle::release::Judged;
use catalyst_check::{Hosts, Verdict};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::{Body, Plan};
use std::collections::BTreeMap;

/// Places of a host that are named.
const MOST_PLACES: usize = 3;

/// What was judged, by host and what it is.
type All = BTreeMap<(String, String), Judged>;

/// Judges the hosts of a release; `None` when its Sovereign is not air-gapped. What rendered objects name outside of it is a finding; what the
/// trees name is one of the check.
pub(super) fn judged(
    plan: &Plan,
    output: &SovereignOutput,
    rendered: &[RenderedRelease],
    findings: &mut Vec<Diagnostic>,
) -> Option<All> {
    let mut hosts = Hosts::of(plan, &output.tree)?;
    let objects =
        || rendered.iter().flat_map(|it| it.objects.iter().flatten().map(move |object| (it, object)));
    objects().for_each(|(_, object)| hosts.learn(&object.value));
    let mut all = All::new();
    for (path, file) in &output.tree.files {
        let mut of = |value| {
            hosts.visit(value, &mut |at, _, host, verdict| {
                note(&mut all, host, &verdict, || format!("{path}#{at}"))
            });
        };
        match &file.body {
            Body::Objects(objects) => objects.iter().for_each(|it| of(&it.object)),
            Body::Document(value, _) => of(value),
            Body::Text(text) => {
                for (host, verdict) in hosts.in_text(text) {
                    note(&mut all, &host, &verdict, || path.to_string());
                }
            }
        }
    }
    let mut outside: BTreeMap<(Place, String), Diagnostic> = BTreeMap::new();
    for (release, object) in objects() {
        hosts.visit(&object.value, &mut |at, _, host, verdict| {
            if verdict == Verdict::Outside {
                let place = place_of(release);
                let message = format!("`{host}` is outside of an air-gapped Sovereign");
                outside.entry((place.clone(), host.to_owned())).or_insert_with(|| {
                    Diagnostic::new(&rule::OUTSIDE_HOST, place, message)
                        .note(format!("in `{object}` of `{}`, at `{at}`, which chart `{}` makes", release.name, object.chart))
                        .help("give the chart a value that names a host below the Sovereign's domain, or allow this one under `spec.airGap.allowed` with a reason")
                });
            }
            note(&mut all, host, &verdict, || format!("{}#{object}.{at}", release.name));
        });
    }
    findings.extend(outside.into_values());
    Some(all)
}

/// The chart of a release, or what stands for it.
fn place_of(release: &RenderedRelease) -> Place {
    match &release.entry.chart {
        Some(chart) => chart.place.clone(),
        None => release.entry.blueprint.place.child("spec").child("manifests"),
    }
}

fn note(all: &mut All, host: &str, verdict: &Verdict, place: impl FnOnce() -> String) {
    let reason = match verdict {
        Verdict::Allowed(reason) => Some(reason.clone()),
        _ => None,
    };
    let judged = all.entry((host.to_owned(), verdict.as_str().to_owned())).or_default();
    judged.reason = reason;
    judged.count += 1;
    if judged.named_in.len() < MOST_PLACES {
        judged.named_in.push(place());
    }
}
