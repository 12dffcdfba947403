//! `provided-too-late`: what a Blueprint requires is provided by something that is installed before it (incident class G).
//!
//! Flux installs in the order of `dependsOn` and in no other. A provider without an edge to it may be there in time today and too late
//! tomorrow; one that itself waits for the release never is.

use crate::facts::Facts;
use crate::requirements::{Gap, ancestors, gaps};
use catalyst_diag::{Diagnostic, EditAction, rule};
use catalyst_model::BlueprintName;

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    gaps(facts, &mut |gap| {
        if let Some(late) = gap.late {
            out.push(too_late(gap, late));
        }
    });
}

fn too_late(gap: &Gap<'_, '_>, late: &BlueprintName) -> Diagnostic {
    let Gap { name, release, wanted, place, .. } = gap;
    let releases = &gap.realm.cluster.releases;
    let message = format!("`{name}` requires {wanted}, and `{late}` may bring it later");
    let mut found = Diagnostic::new(&rule::PROVIDED_TOO_LATE, (*place).clone(), message)
        .label(format!("nothing orders `{name}` after `{late}`"));
    let provider = releases.get(late);
    let given = provider.and_then(|it| it.interface.provides.iter().find(|(given, _)| given == *wanted));
    if let Some((_, place)) = given {
        found = found.other(place.clone(), format!("`{late}` provides it"));
    }
    if ancestors(releases, late).contains(*name) {
        return found.help(format!(
            "`{late}` comes after `{name}` already: one of the two has to do without the other"
        ));
    }
    found = found.help(format!(
        "let `{name}` depend on `{late}`, or order slot {} after it in the kit",
        release.slot.id
    ));
    if release.slot.after.is_empty() {
        let reason = format!("It brings {wanted}.").replace('`', "");
        let after = serde_json::json!([{ "blueprint": late.as_str(), "reason": reason }]);
        let action = EditAction::Insert { key: "after".into(), value: after };
        found = found.fix(
            format!("order slot {} after `{late}`", release.slot.id),
            release.place.clone(),
            action,
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{RTZ, Scene, fix, lines, named};
    use catalyst_diag::EditAction;
    use serde_json::json;

    #[test]
    fn a_provider_that_is_ordered_before_will_do() {
        let mut scene = Scene::new();
        let issuer = named("ClusterIssuer", "internal-ca");
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&issuer), &["bp-b"]);
        scene.release(RTZ, "bp-b", std::slice::from_ref(&issuer), &[], &[]);
        assert!(scene.run(check).is_empty());
    }

    #[test]
    fn a_provider_that_is_not_ordered_before_is_too_late() {
        let mut scene = Scene::new();
        let issuer = named("ClusterIssuer", "internal-ca");
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&issuer), &[]);
        scene.release(RTZ, "bp-b", std::slice::from_ref(&issuer), &[], &[]);
        let found = scene.run(check);
        assert_eq!(
            lines(&found),
            [
                "provided-too-late platform/a/blueprint.yaml:spec.requires[0]: `bp-a` requires ClusterIssuer `internal-ca`, and \
                 `bp-b` may bring it later"
            ]
        );
        let Some(EditAction::Insert { key, value }) = fix(&found) else { panic!("no fix") };
        assert_eq!((key.as_str(), &value[0]["blueprint"]), ("after", &json!("bp-b")));
    }

    #[test]
    fn a_provider_that_comes_after_is_no_fix() {
        let mut scene = Scene::new();
        let issuer = named("ClusterIssuer", "internal-ca");
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&issuer), &[]);
        scene.release(RTZ, "bp-b", std::slice::from_ref(&issuer), &[], &["bp-a"]);
        assert_eq!(fix(&scene.run(check)), None);
    }
}
