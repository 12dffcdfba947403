//! `toggle-on`: what needs another component to be there, or scales by itself, is off until somebody turns it on: in a chart's own values and in
//! those that it, or its Blueprint, hands to upstream charts (the toggle contract of observability and autoscaling).

use crate::ChartSubject;
use crate::walk::{Trail, nodes};
use catalyst_diag::{Diagnostic, EditAction, rule};
use serde_json::Value;

/// Blocks that hold such a toggle, whatever their case.
const BLOCKS: [&str; 12] = [
    "servicemonitor",
    "servicemonitors",
    "podmonitor",
    "podmonitors",
    "prometheusrule",
    "prometheusrules",
    "grafanadashboard",
    "hpa",
    "autoscaling",
    "horizontalpodautoscaler",
    "networkpolicy",
    "verticalpodautoscaler",
];
/// Keys of the toggle in the block.
const KEYS: [&str; 2] = ["enabled", "create"];

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (place, values) in subject.trees() {
        nodes(values, &mut |trail, value| {
            if value != &Value::Bool(true) || !is_toggle(trail) {
                return;
            }
            let place = place.below(&trail.path());
            let message = format!("`{}` is on by default", trail.path());
            out.push(
                Diagnostic::new(&rule::TOGGLE_ON, place.clone(), message)
                    .fix("turn it off", place, EditAction::SetValue(Value::Bool(false)))
                    .help("who wants it turns it on, in a cluster that has what it needs"),
            );
        });
    }
}

/// Whether an entry of the values of a chart is such a toggle.
pub(super) fn is_toggle(trail: &Trail<'_>) -> bool {
    let Some(key) = trail.key().filter(|_| trail.is_entry()) else { return false };
    let block = trail.parent().and_then(|it| it.key()).filter(|_| KEYS.contains(&key));
    // A network policy of an upstream chart protects it and needs nothing: only our own is a toggle of the contract.
    let is_deep = trail.parent().and_then(|it| it.parent()).is_some_and(|it| it.key().is_some());
    let name = block.unwrap_or(key).to_ascii_lowercase();
    // `podMonitorEnabled` and `enablePodMonitor` are ways to say the same.
    let bare = name.strip_suffix("enabled").or_else(|| name.strip_prefix("enable")).unwrap_or(&name);
    BLOCKS.contains(&bare) && !(name == "networkpolicy" && is_deep)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::chart_of;
    use serde_json::json;

    #[test]
    fn what_a_blueprint_hands_over_is_off_as_well() {
        let monitor = |on: bool| json!({ "web": { "serviceMonitor": { "enabled": on } } });
        assert_eq!(chart_of(check, monitor(false), monitor(false), &[]).len(), 0);
        assert_eq!(
            chart_of(check, monitor(false), monitor(true), &[]),
            ["blueprint.yaml: `web.serviceMonitor.enabled` is on by default"]
        );
    }
}
