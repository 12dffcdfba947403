//! `outside-host`: what is compiled for an air-gapped Sovereign names no host outside of it (domain.md 13.11).

use crate::hosts::{Hosts, Verdict};
use crate::{Facts, origin};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::{Body, Provenance};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let subject = facts.subject;
    let Some(hosts) = Hosts::of(subject.plan, subject.tree) else { return };
    let air_gap = subject.plan.sovereign.place.child("spec").child("airGap");
    // One cause is one finding, in however many clusters it shows.
    let mut found: BTreeMap<(Place, String), Diagnostic> = BTreeMap::new();
    for (file, emitted) in &subject.tree.files {
        let mut look = |value: &Value, provenance: &Provenance| {
            hosts.visit(value, &mut |path, text, host, verdict| {
                if verdict == Verdict::Outside {
                    let stated = stated_at(facts, host);
                    let place = stated.unwrap_or_else(|| origin::of_provenance(provenance, &path));
                    let key = (place.clone(), host.to_owned());
                    found.entry(key).or_insert_with(|| {
                        finding(place, host).note(format!("in `{file}`, at `{path}`: `{}`", short(text)))
                    });
                }
            });
        };
        match &emitted.body {
            Body::Objects(objects) => objects.iter().for_each(|it| look(&it.object, &it.provenance)),
            Body::Document(value, provenance) => look(value, provenance),
            Body::Text(text) => {
                for (host, _) in hosts.in_text(text).into_iter().filter(|(_, it)| *it == Verdict::Outside) {
                    let key = (air_gap.clone(), host.clone());
                    found
                        .entry(key)
                        .or_insert_with(|| finding(air_gap.clone(), &host).note(format!("in `{file}`")));
                }
            }
        }
    }
    out.extend(found.into_values());
}

/// Where the Sovereign names the host as that of its repository or registry: every object that has it has it from there.
fn stated_at(facts: &Facts<'_>, host: &str) -> Option<Place> {
    let sovereign = &facts.subject.plan.sovereign;
    let spec = sovereign.place.child("spec");
    let names = |text: &str| text.split(['/', ':', '@']).any(|it| it == host);
    if sovereign.spec.git.as_ref().is_some_and(|it| names(&it.url)) {
        return Some(spec.child("git").child("url"));
    }
    sovereign
        .spec
        .registry
        .as_ref()
        .is_some_and(|it| names(&it.host))
        .then(|| spec.child("registry").child("host"))
}

fn finding(place: Place, host: &str) -> Diagnostic {
    Diagnostic::new(&rule::OUTSIDE_HOST, place, format!("`{host}` is outside of an air-gapped Sovereign"))
        .help("name a host below the Sovereign's domain, or allow this one under `spec.airGap.allowed` with a reason")
}

/// The beginning of a text, in one line.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(80).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scene, object};
    use catalyst_model::AirGap;
    use serde_json::json;
    use std::sync::Arc;

    fn run(air_gap: Option<Value>, url: &str) -> Vec<String> {
        let mut scene = Scene::new();
        let air_gap = air_gap.map(|it| serde_json::from_value::<AirGap>(it).unwrap());
        Arc::make_mut(&mut scene.plan.sovereign.value).spec.air_gap = air_gap;
        let source =
            object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system/a", json!({ "url": url }));
        scene.emit("demo/clusters/hz-fsn-mgt-prod/a.yaml", vec![source]);
        scene.run(check).iter().map(|it| it.message.clone()).collect()
    }

    #[test]
    fn only_what_is_air_gapped_is_asked_and_only_what_is_allowed_passes() {
        let url = "https://git.example.org/a.git";
        assert_eq!(run(None, url), [""; 0]);
        assert_eq!(run(Some(json!({})), url), ["`git.example.org` is outside of an air-gapped Sovereign"]);
        assert_eq!(run(Some(json!({})), "https://git.t38.omani.works/a.git"), [""; 0]);
        let allowed = json!({ "allowed": [{ "host": "git.example.org", "reason": "a line of its own" }] });
        assert_eq!(run(Some(allowed), url), [""; 0]);
    }
}
