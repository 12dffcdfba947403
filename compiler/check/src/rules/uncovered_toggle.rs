//! `uncovered-toggle`: each toggle of observability, autoscaling and network policy has its three cases: what comes by default, what comes
//! when it is on, and what comes when it is off in so many words (domain.md 14.2).

use super::toggle_on::is_toggle;
use crate::ChartSubject;
use crate::walk::nodes;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::Values;
use catalyst_source::{KeyPath, Step};
use serde_json::Value;

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let Some((file, values)) = subject.values else { return };
    let upstream: Vec<&str> = subject.facts.dependencies.iter().map(|it| it.name.as_str()).collect();
    nodes(values, &mut |trail, value| {
        // The cases of upstream charts are theirs: whether their toggles are off is asked by `toggle-on`.
        if value != &Value::Bool(false) || !is_toggle(trail) || trail.passes(&upstream) {
            return;
        }
        let path = trail.path();
        let states: Vec<Option<&Value>> =
            subject.cases.iter().map(|it| value_at(&it.values, &path)).collect();
        let missing: Vec<&str> =
            [("by default", None), ("on", Some(&Value::Bool(true))), ("off", Some(&Value::Bool(false)))]
                .into_iter()
                .filter(|(_, state)| !states.contains(state))
                .map(|(name, _)| name)
                .collect();
        if !missing.is_empty() {
            let message = format!("no case of the chart looks at `{path}` {}", missing.join(", and none "));
            out.push(Diagnostic::new(&rule::UNCOVERED_TOGGLE, Place::value(file, 0, path), message).help(
                "write a case for each into `chart/tests`: the default, `true` with the APIs that it needs, and `false`",
            ));
        }
    });
}

fn value_at<'v>(values: &'v Values, path: &KeyPath) -> Option<&'v Value> {
    let mut steps = path.steps().iter();
    let Some(Step::Key(first)) = steps.next() else { return None };
    steps.try_fold(values.get(&**first)?, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        Step::Index(index) => value.get(*index as usize),
    })
}
