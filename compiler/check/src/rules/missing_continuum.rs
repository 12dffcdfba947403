//! `missing-continuum`: an active-hotstandby Application has a Continuum. Without one, nobody wakes its standby.

use crate::Facts;
use catalyst_diag::{Diagnostic, rule};
use catalyst_model::PlacementMode;

/// Every written Application that stands by somewhere has a Continuum there.
pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for ((org, app), application) in &facts.subject.plan.applications {
        let Some(organization) = facts.subject.sovereign.organizations.get(org) else { continue };
        let Some(written) = organization.applications.get(app) else { continue };
        for (env, planned) in &application.environments {
            let covered = organization.continuums.get(app).is_some_and(|it| {
                let meant = it.spec.environment == planned.environment;
                // One for an Environment that is not there is reported itself.
                meant
                    || !organization.environments.contains_key(&it.spec.environment.env)
                    || it.spec.environment.org != *org
            });
            let broken = facts.subject.index.broken.contains(&("Continuum".to_owned(), app.to_string()));
            if covered || broken || planned.mode != PlacementMode::ActiveHotstandby {
                continue;
            }
            let section = written.place.child("spec").child("environments").child(env.as_str());
            let placed = written.spec.environments.get(env).is_some_and(|it| it.placement.is_some());
            let place = if placed { section.child("placement").child("mode") } else { section };
            let message =
                format!("`{app}` stands by in `{}`, and nothing fails it over", planned.environment);
            let (sovereign, regions) = (&facts.subject.plan.facts.name, &planned.placements);
            let regions: Vec<&str> = regions.iter().map(|it| it.region.as_str()).collect();
            let shape = match regions.split_first() {
                Some((primary, standby)) => {
                    format!(" with `primary: {primary}` and `standby: [{}]`", standby.join(", "))
                }
                None => String::new(),
            };
            out.push(Diagnostic::new(&rule::MISSING_CONTINUUM, place, message).help(format!(
                "write a Continuum `{app}`{shape} into `sovereigns/{sovereign}/organizations/{org}/continuums/{app}.yaml`"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{lines, standby_scene};
    use catalyst_model::PlacementMode;
    use serde_json::json;

    #[test]
    fn only_a_standby_needs_one() {
        let covered = standby_scene(PlacementMode::ActiveHotstandby, Some(("shop", json!({}))));
        assert!(covered.run(check).is_empty());
        assert!(standby_scene(PlacementMode::ActiveActive, None).run(check).is_empty());
        let found = standby_scene(PlacementMode::ActiveHotstandby, None).run(check);
        assert_eq!(
            lines(&found),
            [
                "missing-continuum application.yaml:spec.environments.prod: `shop` stands by in `acme-prod`, and nothing \
                 fails it over"
            ]
        );
        assert!(found[0].help[0].contains("`primary: fsn` and `standby: [hel]`"));
    }
}
