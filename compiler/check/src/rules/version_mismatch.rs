//! `version-mismatch`: places that must name the same version do (incident class C, the version lattice).
//!
//! A Blueprint and its chart share name and version; `manifests.upstream` and the dependencies in `Chart.yaml` are the same list, both ways;
//! and a Blueprint chart inside an umbrella is at a version that the catalogue has. The pin of a slot is compared with the Blueprint when
//! the kit is resolved.

use catalyst_diag::{Diagnostic, EditAction, Place, rule};
use catalyst_model::{BlueprintName, Version};
use catalyst_plan::{CatalogEntry, ChartDependency, ChartFacts, Index};

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    for (name, entries) in &index.catalogue.blueprints {
        for entry in entries {
            if let Some(chart) = &entry.chart {
                same_version(name, entry, chart, out);
                same_name(name, entry, chart, out);
                same_upstream(index, entry, chart, out);
            }
        }
    }
}

/// The lower of two versions follows the higher one: a version that was published is never taken back.
fn same_version(name: &BlueprintName, entry: &CatalogEntry, chart: &ChartFacts, out: &mut Vec<Diagnostic>) {
    let version = &entry.blueprint.spec.version;
    if chart.version == version.as_str() {
        return;
    }
    let (ours, theirs) = (entry.blueprint.place.child("spec").child("version"), chart.place.child("version"));
    let message = format!("`{name}` is at {version}, and its chart at {}", chart.version);
    let newer = chart.version.parse::<Version>().ok().filter(|chart| chart > version);
    out.push(match newer {
        Some(newer) => Diagnostic::new(&rule::VERSION_MISMATCH, ours.clone(), message)
            .other(theirs, "the chart")
            .fix(format!("raise the Blueprint to {newer}"), ours, set(newer.as_str())),
        None => Diagnostic::new(&rule::VERSION_MISMATCH, theirs.clone(), message)
            .other(ours, "the Blueprint")
            .fix(format!("set the chart to {version}"), theirs, set(version.as_str())),
    });
}

fn same_name(name: &BlueprintName, entry: &CatalogEntry, chart: &ChartFacts, out: &mut Vec<Diagnostic>) {
    if chart.name == name.as_str() {
        return;
    }
    let place = chart.place.child("name");
    let message = format!("the chart of `{name}` is named `{}`", chart.name);
    out.push(
        Diagnostic::new(&rule::VERSION_MISMATCH, place.clone(), message)
            .label("a release finds its chart by the name of the Blueprint")
            .other(entry.blueprint.place.child("metadata").child("name"), "the Blueprint")
            .fix(format!("name the chart `{name}`"), place, set(name.as_str())),
    );
}

fn same_upstream(index: &Index, entry: &CatalogEntry, chart: &ChartFacts, out: &mut Vec<Diagnostic>) {
    let upstream = &entry.blueprint.spec.manifests.upstream;
    let list = entry.blueprint.place.child("spec").child("manifests").child("upstream");
    let dependencies = chart.place.child("dependencies");
    for (at, wanted) in upstream.iter().enumerate() {
        let place = list.item(at);
        let known = chart.dependencies.iter().enumerate().find(|(_, it)| it.name == wanted.chart);
        let Some((other, dependency)) = known else {
            let message = format!("`Chart.yaml` does not depend on `{}`", wanted.chart);
            out.push(
                Diagnostic::new(&rule::VERSION_MISMATCH, place.child("chart"), message)
                    .other(dependencies.clone(), "its dependencies")
                    .help(format!(
                        "add it to `Chart.yaml` at {}, or take it out of `upstream`",
                        wanted.version
                    )),
            );
            continue;
        };
        let (ours, theirs) = (place.child("version"), dependencies.item(other).child("version"));
        if !same(wanted.version.as_str(), &dependency.version) {
            let message = format!(
                "upstream `{}` is at {}, and {} in `Chart.yaml`",
                wanted.chart, wanted.version, dependency.version
            );
            // What is built is what `Chart.yaml` says.
            let found =
                Diagnostic::new(&rule::VERSION_MISMATCH, ours.clone(), message).other(theirs, "`Chart.yaml`");
            out.push(match dependency.version.parse::<Version>() {
                Ok(version) => found.fix(format!("set {version}"), ours, set(version.as_str())),
                Err(_) => found.help("`Chart.yaml` names one exact version"),
            });
        }
        if let Some(repository) =
            dependency.repository.as_deref().filter(|it| !same_url(it, &wanted.repository))
        {
            let at = place.child("repository");
            let message = format!("upstream `{}` comes from two repositories", wanted.chart);
            out.push(
                Diagnostic::new(&rule::VERSION_MISMATCH, at.clone(), message)
                    .other(dependencies.item(other).child("repository"), "`Chart.yaml`")
                    .fix(format!("set `{repository}`"), at, set(repository)),
            );
        }
    }
    for (at, dependency) in chart.dependencies.iter().enumerate() {
        let place = dependencies.item(at);
        if let Ok(member) = BlueprintName::new(&dependency.name) {
            umbrella(index, &member, dependency, &place, out);
        } else if dependency.repository.as_deref().is_some_and(|it| it.starts_with("file://")) {
            // A chart of the project is nobody's upstream.
        } else if !upstream.iter().any(|it| it.chart == dependency.name) {
            let message = format!("`manifests.upstream` does not list `{}`", dependency.name);
            let entry = serde_json::json!([{
                "chart": dependency.name, "version": dependency.version, "repository": dependency.repository,
            }]);
            let found = Diagnostic::new(&rule::VERSION_MISMATCH, place.child("name"), message)
                .other(entry_place(&list, upstream.is_empty()), "the Blueprint");
            out.push(if upstream.is_empty() && dependency.repository.is_some() {
                let manifests = list_parent(&list);
                found.fix("list it", manifests, EditAction::Insert { key: "upstream".into(), value: entry })
            } else {
                found.help(format!("add it there at {}", dependency.version))
            });
        }
    }
}

/// A list that is not there is shown by the node that would hold it.
fn entry_place(list: &Place, absent: bool) -> Place {
    if absent { list_parent(list) } else { list.clone() }
}

fn list_parent(list: &Place) -> Place {
    match list.path().parent() {
        Some(parent) => Place::value(&list.file, 0, parent),
        None => list.clone(),
    }
}

/// A chart that gathers Blueprints holds them at versions of the catalogue.
fn umbrella(
    index: &Index,
    member: &BlueprintName,
    dependency: &ChartDependency,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) {
    let entries = index.catalogue.entries(member);
    let Some(latest) = entries.iter().max_by_key(|it| &it.blueprint.spec.version) else { return };
    if entries.iter().any(|it| same(it.blueprint.spec.version.as_str(), &dependency.version)) {
        return;
    }
    let version = &latest.blueprint.spec.version;
    let at = place.child("version");
    let message =
        format!("the chart holds `{member}` {}, and the catalogue has {version}", dependency.version);
    out.push(
        Diagnostic::new(&rule::VERSION_MISMATCH, at.clone(), message)
            .other(latest.blueprint.place.child("spec").child("version"), "the Blueprint")
            .fix(format!("set {version}"), at, set(version.as_str())),
    );
}

/// Whether two texts name one version; a leading `v` makes no difference.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.strip_prefix('v').unwrap_or(a) == b.strip_prefix('v').unwrap_or(b)
}

fn same_url(a: &str, b: &str) -> bool {
    a.trim_end_matches('/') == b.trim_end_matches('/')
}

fn set(text: &str) -> EditAction {
    EditAction::SetValue(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fix, index, lines, place, project};
    use serde_json::json;
    use std::sync::Arc;

    fn with_chart(
        spec: serde_json::Value,
        version: &str,
        name: &str,
        dependencies: &[(&str, &str)],
    ) -> Index {
        let mut index = index(&[("platform/x/blueprint.yaml", "Blueprint", "bp-x", spec)]);
        let catalogue = Arc::make_mut(&mut index.catalogue);
        catalogue.blueprints.values_mut().next().unwrap()[0].chart = Some(ChartFacts {
            place: place("platform/x/chart/Chart.yaml"),
            name: name.into(),
            version: version.into(),
            app_version: None,
            dependencies: dependencies
                .iter()
                .map(|(name, version)| ChartDependency {
                    place: place("platform/x/chart/Chart.yaml"),
                    name: (*name).into(),
                    version: (*version).into(),
                    repository: Some("https://charts.example.org/".into()),
                })
                .collect(),
            annotations: Default::default(),
        });
        index
    }

    fn upstream(version: &str) -> serde_json::Value {
        json!({ "manifests": { "upstream": [
            { "chart": "x", "version": version, "repository": "https://charts.example.org" },
        ] } })
    }

    #[test]
    fn a_chart_of_the_project_is_no_upstream() {
        let mut index = with_chart(json!({}), "1.0.0", "bp-x", &[("own", "^1")]);
        let findings = |index: &Index| lines(&project(check, index)).len();
        assert_eq!(findings(&index), 1);
        let catalogue = Arc::make_mut(&mut index.catalogue);
        let chart = catalogue.blueprints.values_mut().next().unwrap()[0].chart.as_mut().unwrap();
        chart.dependencies[0].repository = Some("file://../own".into());
        assert_eq!(findings(&index), 0);
    }

    #[test]
    fn equal_versions_pass() {
        let index = with_chart(upstream("v2.0.0"), "1.0.0", "bp-x", &[("x", "2.0.0")]);
        assert_eq!(lines(&project(check, &index)), [] as [&str; 0]);
    }

    #[test]
    fn the_lower_version_follows() {
        let found = project(check, &with_chart(json!({}), "1.1.0", "bp-x", &[]));
        assert_eq!(found[0].primary.place.to_owned().file.as_str(), "platform/x/blueprint.yaml");
        assert_eq!(fix(&found), Some(EditAction::SetValue("1.1.0".into())));
        let found = project(check, &with_chart(json!({}), "0.9.0", "bp-x", &[]));
        assert_eq!(found[0].primary.place.file.as_str(), "platform/x/chart/Chart.yaml");
    }

    #[test]
    fn a_chart_has_the_name_of_its_blueprint() {
        let found = project(check, &with_chart(json!({}), "1.0.0", "x", &[]));
        assert_eq!(fix(&found), Some(EditAction::SetValue("bp-x".into())));
    }

    #[test]
    fn upstream_and_dependencies_are_one_list() {
        let found = project(check, &with_chart(upstream("2.0.0"), "1.0.0", "bp-x", &[("x", "2.0.1")]));
        assert_eq!(fix(&found), Some(EditAction::SetValue("2.0.1".into())));
        let found = project(check, &with_chart(upstream("2.0.0"), "1.0.0", "bp-x", &[]));
        assert_eq!(found[0].message, "`Chart.yaml` does not depend on `x`");
        let found = project(check, &with_chart(json!({}), "1.0.0", "bp-x", &[("common", "0.1.3")]));
        assert_eq!(found[0].message, "`manifests.upstream` does not list `common`");
    }

    #[test]
    fn an_umbrella_holds_versions_of_the_catalogue() {
        assert!(project(check, &with_chart(json!({}), "1.0.0", "bp-x", &[("bp-x", "1.0.0")])).is_empty());
        let found = project(check, &with_chart(json!({}), "1.0.0", "bp-x", &[("bp-x", "0.9.0")]));
        assert_eq!(fix(&found), Some(EditAction::SetValue("1.0.0".into())));
    }
}
