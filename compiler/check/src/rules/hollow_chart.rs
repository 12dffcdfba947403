//! `hollow-chart`: a chart brings something, an upstream chart or workloads of its own. A library chart brings nothing.

use crate::ChartSubject;
use crate::template::{Piece, documents, lines, value_of};
use catalyst_diag::{Diagnostic, rule};
use std::collections::BTreeMap;

/// The annotation of a chart that has no upstream on purpose: it brings objects that are no workloads.
const NO_UPSTREAM: &str = "catalyst.openova.io/no-upstream";

/// What accompanies a workload: a chart of nothing else brings nothing.
const ACCESSORIES: [&str; 22] = [
    "Certificate",
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "ExternalSecret",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "Ingress",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PodMonitor",
    "PrometheusRule",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
];

/// Whether objects of a kind only accompany what runs. A chart of nothing else is hollow.
pub fn is_accessory(kind: &str) -> bool {
    ACCESSORIES.contains(&kind)
}

/// Whether a chart says that it brings no workload on purpose.
pub fn is_without_workload(annotations: &BTreeMap<String, String>) -> bool {
    annotations.get(NO_UPSTREAM).is_some_and(|it| it == "true")
}

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let facts = subject.facts;
    let wraps = facts.dependencies.iter().any(|it| !super::is_library(&it.name));
    // A custom resource is somebody's workload, and a kind that is made of values may be one.
    // A reference inside of an object has a kind too, and stands further to the right.
    let is_own = |line: &Piece<'_>| {
        line.text.starts_with("kind:") && value_of(line, "kind").is_some_and(|it| !is_accessory(it.text))
    };
    let runs = || {
        let documents = subject.templates.iter().flat_map(|(_, text)| documents(text));
        documents.into_iter().any(|it| lines(&it).any(|line| is_own(&line)))
    };
    let is_meant = is_without_workload(&facts.annotations);
    // A chart of which nothing but its `Chart.yaml` is at hand is not judged.
    if wraps || is_meant || subject.templates.is_empty() && subject.values.is_none() || runs() {
        return;
    }
    let (place, message) = match facts.dependencies.first() {
        Some(library) => (
            facts.place.child("dependencies"),
            format!(
                "`{}` depends on the library `{}` only, and has no workload of its own",
                facts.name, library.name
            ),
        ),
        None => (
            facts.place.child("name"),
            format!("`{}` wraps no chart and has no workload of its own", facts.name),
        ),
    };
    out.push(Diagnostic::new(&rule::HOLLOW_CHART, place, message).help(format!(
        "add the upstream chart to `dependencies`, or write its templates; a chart without workloads on purpose says so by the annotation `{NO_UPSTREAM}: \"true\"`"
    )));
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::chart;
    use serde_json::json;

    #[test]
    fn a_kind_inside_of_an_object_is_no_workload() {
        let run = |text: &str| chart(check, json!({}), &[("a.yaml", text)]).len();
        assert_eq!(run("kind: Deployment\n"), 0);
        let scaler = "kind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef:\n    kind: Deployment\n";
        assert_eq!(run(scaler), 1);
    }
}
