//! What a `Chart.yaml` says of its chart.

use crate::from_problem;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::{ChartDependency, ChartFacts};
use catalyst_source::{KeyPath, TreePath};
use catalyst_yaml::{Dialect, Parsed, Problem, ProblemKind};
use serde_json::Value;

/// What keeps a `Chart.yaml` from being read.
pub fn chart_problems(file: &TreePath, parsed: &Parsed) -> Vec<Diagnostic> {
    let unread = |it: &&Problem| matches!(it.kind, ProblemKind::Syntax | ProblemKind::Limit);
    let mut out: Vec<_> = parsed.problems.iter().filter(unread).map(|it| from_problem(file, it)).collect();
    if out.is_empty() {
        let value = parsed.documents.first().map(|it| it.to_value(Dialect::Kubernetes).0);
        for key in ["name", "version"] {
            if value.as_ref().and_then(|it| it.get(key)).and_then(Value::as_str).is_none() {
                let place = Place::value(file, 0, KeyPath::root().key(key));
                out.push(
                    Diagnostic::new(&rule::MISSING_FIELD, place, format!("the chart has no `{key}`"))
                        .help(format!("give `Chart.yaml` a `{key}`, as text")),
                );
            }
        }
    }
    out
}

/// The facts of a `Chart.yaml`; `None` when it is no mapping with a name and a version.
pub fn chart_facts(file: &TreePath, parsed: &Parsed) -> Option<ChartFacts> {
    let (value, _) = parsed.documents.first()?.to_value(Dialect::Kubernetes);
    let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let dependencies = value.get("dependencies").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let annotations = value.get("annotations").and_then(Value::as_object);
    Some(ChartFacts {
        place: Place::value(file, 0, KeyPath::root()),
        name: text(&value, "name")?,
        version: text(&value, "version")?,
        app_version: text(&value, "appVersion"),
        dependencies: dependencies
            .iter()
            .enumerate()
            .filter_map(|(at, it)| {
                Some(ChartDependency {
                    place: Place::value(file, 0, KeyPath::root().key("dependencies").index(at)),
                    name: text(it, "name")?,
                    version: text(it, "version")?,
                    repository: text(it, "repository"),
                })
            })
            .collect(),
        annotations: annotations
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect(),
    })
}
