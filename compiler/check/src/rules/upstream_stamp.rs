//! `upstream-stamp`: the third place of an upstream version, `catalystBlueprint.upstream` in the values of a chart, names what `Chart.yaml`
//! depends on (incident class C). The first two, `Chart.yaml` and `manifests.upstream`, are compared by `version-mismatch`.

use super::version_mismatch::same;
use crate::ChartSubject;
use catalyst_diag::{Diagnostic, EditAction, Place, rule};
use catalyst_source::KeyPath;
use serde_json::Value;

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let Some((file, values)) = subject.values else { return };
    let upstream: Vec<_> =
        subject.facts.dependencies.iter().filter(|it| !super::is_library(&it.name)).collect();
    let place = Place::value(file, 0, KeyPath::root().key("catalystBlueprint").key("upstream"));
    let stated = values.get("catalystBlueprint").and_then(|it| it.get("upstream")).filter(|it| !it.is_null());
    let dependencies = subject.facts.place.child("dependencies");
    // Of the three places, those that are there agree.
    let Some(stated) = stated else { return };
    let text = |key: &str| stated.get(key).and_then(Value::as_str).unwrap_or_default();
    let (chart, version) = (text("chart"), text("version"));
    let Some(dependency) = upstream.iter().find(|it| it.name == chart) else {
        match upstream.first() {
            None if chart.is_empty() => {}
            None => {
                let message =
                    format!("the values say that the chart wraps `{chart}`, and it depends on nothing");
                let found = Diagnostic::new(&rule::UPSTREAM_STAMP, place.child("chart"), message);
                out.push(found.help(
                    "leave `chart`, `version` and `repo` empty, or add the dependency to `Chart.yaml`",
                ));
            }
            Some(first) => {
                let at = place.child("chart");
                let message = format!(
                    "the values say that the chart wraps `{chart}`, and it depends on `{}`",
                    first.name
                );
                let found = Diagnostic::new(&rule::UPSTREAM_STAMP, at.clone(), message)
                    .other(dependencies, "its dependencies");
                out.push(found.fix(
                    format!("set `{}`", first.name),
                    at,
                    EditAction::SetValue(first.name.as_str().into()),
                ));
            }
        }
        return;
    };
    let at = subject.facts.dependencies.iter().position(|it| it == *dependency).unwrap_or_default();
    let theirs = dependencies.item(at);
    if !same(version, &dependency.version) {
        let ours = place.child("version");
        let message = format!(
            "upstream `{chart}` is at {version} in the values, and at {} in `Chart.yaml`",
            dependency.version
        );
        out.push(
            Diagnostic::new(&rule::UPSTREAM_STAMP, ours.clone(), message)
                .other(theirs.child("version"), "`Chart.yaml`")
                .fix(
                    format!("set {}", dependency.version),
                    ours,
                    EditAction::SetValue(dependency.version.as_str().into()),
                ),
        );
    }
    let repository = dependency.repository.as_deref().unwrap_or_default();
    if text("repo").trim_end_matches('/') != repository.trim_end_matches('/') {
        let ours = place.child("repo");
        let message = format!("upstream `{chart}` comes from two repositories");
        out.push(
            Diagnostic::new(&rule::UPSTREAM_STAMP, ours.clone(), message)
                .other(theirs.child("repository"), "`Chart.yaml`")
                .fix(format!("set `{repository}`"), ours, EditAction::SetValue(repository.into())),
        );
    }
}
