//! The proof of an air-gapped bundle: every host that a string of its trees or of its rendered objects names, and what it was taken for.

use crate::rendering::RenderedRelease;
use crate::rewriting::Rewritten;
use catalyst_bundle::release::Judged;
use catalyst_check::{Hosts, Verdict};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::{Body, EmittedTree, Plan};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Places of a host that are named.
const MOST_PLACES: usize = 3;

/// What was judged, by host and what it is.
pub(crate) type All = BTreeMap<(String, String), Judged>;

/// Judges the hosts of a release; `None` when its Sovereign is not air-gapped. What rendered objects name outside of it is a finding, as far as
/// it was not rewritten; what the trees name is one of the check.
pub(crate) fn judged(
    plan: &Plan,
    tree: &EmittedTree,
    rendered: &[RenderedRelease],
    rewritten: Option<&Rewritten>,
    findings: &mut Vec<Diagnostic>,
) -> Option<All> {
    let mut hosts = Hosts::of(plan, tree)?;
    let rendered = rewritten.map_or(rendered, |it| &it.releases);
    let objects =
        || rendered.iter().flat_map(|it| it.objects.iter().flatten().map(move |object| (it, object)));
    objects().for_each(|(_, object)| hosts.learn(&object.value));
    let mut all = All::new();
    for (path, file) in &tree.files {
        let mut of = |value: &Value| {
            hosts.visit(value, &mut |at, _, host, verdict| {
                note(&mut all, host, &verdict, || format!("{path}#{at}"))
            });
        };
        match &file.body {
            Body::Objects(objects) => objects.iter().for_each(|it| of(&without_renderers(&it.object))),
            Body::Document(value, _) => of(value),
            Body::Text(text) => {
                for (host, verdict) in hosts.in_text(text) {
                    note(&mut all, &host, &verdict, || path.to_string());
                }
            }
        }
    }
    let mut outside: BTreeMap<(Place, String), Diagnostic> = BTreeMap::new();
    for it in rewritten.iter().flat_map(|it| &it.kept) {
        outside.entry((it.place.clone(), it.host.clone())).or_insert_with(|| it.finding());
    }
    for (release, object) in objects() {
        hosts.visit(&object.value, &mut |at, _, host, verdict| {
            if verdict == Verdict::Outside {
                let place = release.place();
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

/// A HelmRelease without what its post renderers do: that names the images it replaces, and shows in the objects.
fn without_renderers(object: &Value) -> Cow<'_, Value> {
    let spec = object.get("spec").and_then(Value::as_object);
    if object["kind"] != "HelmRelease" || spec.is_none_or(|it| !it.contains_key("postRenderers")) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    object["spec"].as_object_mut().and_then(|it| it.shift_remove("postRenderers"));
    Cow::Owned(object)
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
