//! `widened-slot`: a slot of the management cluster that runs in other clusters too, since something there uses it.
//!
//! For information: the plan has decided it, and this says where and why, once for each slot and Sovereign.

use crate::Facts;
use catalyst_diag::{Diagnostic, rule};
use catalyst_plan::Widening;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let plan = facts.subject.plan;
    let mut slots: BTreeMap<&str, Vec<&Widening>> = BTreeMap::new();
    for widening in &plan.widenings {
        slots.entry(widening.release.as_str()).or_default().push(widening);
    }
    for (name, widenings) in slots {
        let first = widenings[0];
        let clusters: BTreeSet<String> = widenings.iter().map(|it| it.cluster.to_string()).collect();
        let clusters: Vec<String> = clusters.into_iter().collect();
        let release = plan.clusters.get(&first.cluster).and_then(|it| it.releases.get(&first.release));
        let place = release.map_or(&first.place, |it| &it.place).child("layer");
        let causes: BTreeSet<_> =
            widenings.iter().map(|it| (it.because.as_str(), it.uses.as_str(), &it.place)).collect();
        let message =
            format!("Sovereign `{}` also runs `{name}` in {}", plan.facts.name, clusters.join(", "));
        let found =
            Diagnostic::new(&rule::WIDENED_SLOT, place, message).label("beside the management cluster");
        out.push(causes.into_iter().fold(found, |found, (because, uses, place)| {
            found.other(place.clone(), format!("`{because}` uses {uses}"))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{RTZ, Scene, at, lines};
    use catalyst_model::BlueprintName;
    use catalyst_plan::Widening;

    #[test]
    fn a_widening_is_said_once_a_slot() {
        let mut scene = Scene::new();
        assert!(scene.run(check).is_empty());
        scene.release(RTZ, "bp-cnpg", &[], &[], &[]);
        for because in ["bp-harbor", "bp-powerdns"] {
            scene.plan.widenings.push(Widening {
                cluster: RTZ.parse().unwrap(),
                release: BlueprintName::new("bp-cnpg").unwrap(),
                because: BlueprintName::new(because).unwrap(),
                uses: "API `postgresql.cnpg.io/v1` Cluster".into(),
                place: at("x.yaml", because),
            });
        }
        let found = scene.run(check);
        assert_eq!(
            lines(&found),
            [
                "widened-slot kit.yaml:spec.slots[0].layer: Sovereign `demo` also runs `bp-cnpg` in hz-fsn-rtz-prod"
            ]
        );
        assert_eq!(found[0].others.len(), 2);
    }
}
