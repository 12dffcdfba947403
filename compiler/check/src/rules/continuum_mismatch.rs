//! `continuum-mismatch`: a Continuum fits the placement of its Application (domain.md 13.10).
//!
//! It belongs to an Application that runs active-hotstandby in its Environment, with the same primary region and the same standbys; its
//! lease outlives its renewal, and its witnesses can reach their quorum.

use crate::Facts;
use crate::rules::undefined_environment::exists;
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{Continuum, PlacementMode, RegionKey};
use catalyst_plan::{EnvironmentPlan, Role, Sourced};
use std::collections::BTreeSet;

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for organization in facts.subject.sovereign.organizations.values() {
        for continuum in organization.continuums.values() {
            terms(continuum, out);
            let before = out.len();
            one(facts, continuum, out);
            if out.len() == before {
                apart(continuum, out);
            }
        }
    }
}

/// What a Continuum says of itself.
fn terms(continuum: &Sourced<Continuum>, out: &mut Vec<Diagnostic>) {
    let (spec, place) = (&continuum.spec, continuum.place.child("spec"));
    let mut mismatch = |place: Place, message: String, help: &str| {
        out.push(Diagnostic::new(&rule::CONTINUUM_MISMATCH, place, message).help(help.to_owned()));
    };
    if spec.lease.ttl_seconds <= spec.lease.renew_seconds {
        mismatch(
            place.child("lease").child("ttlSeconds"),
            format!(
                "the lease holds {} s and is renewed every {} s",
                spec.lease.ttl_seconds, spec.lease.renew_seconds
            ),
            "let it hold for several renewals: 30 s and 10 s are the rule",
        );
    }
    if spec.witness.quorum as usize > spec.witness.resolvers.len() {
        mismatch(
            place.child("witness").child("quorum"),
            format!(
                "{} resolvers cannot make a quorum of {}",
                spec.witness.resolvers.len(),
                spec.witness.quorum
            ),
            "name more resolvers, or ask for fewer",
        );
    }
}

/// No region is primary and standby.
fn apart(continuum: &Sourced<Continuum>, out: &mut Vec<Diagnostic>) {
    let (spec, place) = (&continuum.spec, continuum.place.child("spec"));
    for (at, region) in spec.standby.iter().enumerate().filter(|(_, it)| **it == spec.primary) {
        let message = format!("`{region}` is primary and standby");
        out.push(
            Diagnostic::new(&rule::CONTINUUM_MISMATCH, place.child("standby").item(at), message)
                .help("name another region"),
        );
    }
}

fn one(facts: &Facts<'_>, continuum: &Sourced<Continuum>, out: &mut Vec<Diagnostic>) {
    let (spec, place) = (&continuum.spec, continuum.place.child("spec"));
    let at = place.child("environment");
    if spec.environment.org != spec.organization {
        let message = format!("`{}` is no Environment of `{}`", spec.environment, spec.organization);
        out.push(
            Diagnostic::new(&rule::UNDEFINED_ENVIRONMENT, at, message)
                .other(place.child("organization"), "the Organization"),
        );
        return;
    }
    if !exists(facts, &spec.environment, &at, out) {
        return;
    }
    let Some(planned) = planned(facts, continuum, out) else { return };
    if planned.mode != PlacementMode::ActiveHotstandby {
        let name = &continuum.name;
        let message = format!(
            "`{name}` runs {} in `{}`, so there is nothing to fail over",
            planned.mode, spec.environment
        );
        out.push(
            Diagnostic::new(
                &rule::CONTINUUM_MISMATCH,
                continuum.place.child("metadata").child("name"),
                message,
            )
            .other(planned.place.clone(), "the Application")
            .help("place it active-hotstandby, or take the Continuum out"),
        );
        return;
    }
    let of = |role: Role| -> BTreeSet<&RegionKey> {
        planned.placements.iter().filter(|it| it.role == role).map(|it| &it.region).collect()
    };
    let (active, standby) = (of(Role::Active), of(Role::Standby));
    if planned.placements.is_empty() {
        return;
    }
    if !active.contains(&spec.primary) {
        let serves = list(&active);
        let message = format!("`{}` is no serving region of `{}`", spec.primary, continuum.name);
        let at = place.child("primary");
        let found = Diagnostic::new(&rule::CONTINUUM_MISMATCH, at.clone(), message)
            .label(format!("{serves} serves"))
            .other(planned.place.clone(), "the Application");
        out.push(match active.iter().next() {
            Some(region) => {
                found.fix(format!("set `{region}`"), at, EditAction::SetValue(region.as_str().into()))
            }
            None => found,
        });
    }
    let wanted: BTreeSet<&RegionKey> = spec.standby.iter().collect();
    if wanted != standby {
        let message = format!(
            "the standbys of `{}` are {}, and here {}",
            continuum.name,
            list(&standby),
            list(&wanted)
        );
        let regions: Vec<&str> = standby.iter().map(|it| it.as_str()).collect();
        let at = place.child("standby");
        out.push(
            Diagnostic::new(&rule::CONTINUUM_MISMATCH, at.clone(), message)
                .other(planned.place.clone(), "the Application")
                .fix("take over the regions of the placement", at, EditAction::SetValue(regions.into())),
        );
    }
}

fn list(regions: &BTreeSet<&RegionKey>) -> String {
    let names: Vec<String> = regions.iter().map(|it| format!("`{it}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The Application of a Continuum in its Environment; says so when there is none.
fn planned<'a>(
    facts: &Facts<'a>,
    continuum: &Sourced<Continuum>,
    out: &mut Vec<Diagnostic>,
) -> Option<&'a EnvironmentPlan> {
    let (spec, name) = (&continuum.spec, &continuum.name);
    let applications = &facts.subject.plan.applications;
    let application = applications.get(&(spec.organization.clone(), name.clone()));
    if let Some(planned) = application.and_then(|it| it.environments.get(&spec.environment.env)) {
        return Some(planned);
    }
    let organization = facts.subject.sovereign.organizations.get(&spec.organization)?;
    let place = continuum.place.child("metadata").child("name");
    let broken = facts.subject.index.broken.contains(&("Application".to_owned(), name.to_string()));
    match organization.applications.get(name) {
        // It was reported why it is not planned.
        Some(it) if it.spec.environments.contains_key(&spec.environment.env) => {}
        Some(it) => out.push(
            Diagnostic::new(
                &rule::UNDEFINED_APPLICATION,
                place,
                format!("`{name}` does not run in `{}`", spec.environment),
            )
            .other(it.place.child("spec").child("environments"), "where it runs")
            .help("name an Environment that it runs in"),
        ),
        None if application.is_some() || broken => {}
        None => {
            let known =
                applications.keys().filter(|(org, _)| *org == spec.organization).map(|(_, app)| app.as_str());
            let message = format!("`{}` has no Application `{name}`", spec.organization);
            let found = Diagnostic::new(&rule::UNDEFINED_APPLICATION, place.clone(), message);
            out.push(match suggest::nearest(name.as_str(), known) {
                Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                    format!("replace `{name}` by `{near}`"),
                    place,
                    EditAction::SetValue(near.into()),
                ),
                None => found.help("a Continuum has the name of its Application"),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{lines, standby_scene};
    use catalyst_model::PlacementMode;
    use serde_json::{Value, json};

    fn run(mode: PlacementMode, continuum: Option<(&str, Value)>) -> Vec<String> {
        lines(&standby_scene(mode, continuum).run(check))
    }

    #[test]
    fn a_continuum_that_fits_passes() {
        assert!(run(PlacementMode::ActiveHotstandby, Some(("shop", json!({})))).is_empty());
    }

    #[test]
    fn others_do_not_fit() {
        let found = run(PlacementMode::SingleRegion, Some(("shop", json!({}))));
        assert!(
            found[0]
                .starts_with("continuum-mismatch continuum.yaml:metadata.name: `shop` runs single-region"),
            "{found:?}"
        );
        let found = run(
            PlacementMode::ActiveHotstandby,
            Some(("shop", json!({ "primary": "hel", "standby": ["fsn"] }))),
        );
        assert_eq!(
            found,
            [
                "continuum-mismatch continuum.yaml:spec.primary: `hel` is no serving region of `shop`",
                "continuum-mismatch continuum.yaml:spec.standby: the standbys of `shop` are `hel`, and here `fsn`",
            ]
        );
        let found = run(PlacementMode::SingleRegion, Some(("shopp", json!({}))));
        assert_eq!(
            found,
            ["undefined-application continuum.yaml:metadata.name: `acme` has no Application `shopp`"]
        );
        let found = run(PlacementMode::SingleRegion, Some(("shop", json!({ "environment": "acme-stg" }))));
        assert_eq!(
            found,
            ["undefined-environment continuum.yaml:spec.environment: no Environment is named `acme-stg`"]
        );
    }

    #[test]
    fn its_terms_can_hold() {
        let terms = json!({
            "lease": { "renewSeconds": 30, "ttlSeconds": 30 },
            "witness": { "kind": "dns-quorum", "resolvers": ["1.1.1.1"], "quorum": 2 },
        });
        assert_eq!(run(PlacementMode::ActiveHotstandby, Some(("shop", terms))).len(), 2);
    }
}
