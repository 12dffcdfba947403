//! Scopes of a UserAccess name what is there: labels of the vocabulary, and Organizations, Environments, Applications and clusters that exist.
//!
//! A scope that matches nothing gives no rights and says nothing; whoever wrote it believes otherwise.

use crate::Facts;
use catalyst_diag::{Diagnostic, EditAction, Place, Rule, rule, suggest};
use catalyst_model::labels;
use std::collections::BTreeSet;

/// Keys beside the vocabulary that objects of the platform carry.
const MORE: &[&str] = &["openova.io/owner", "openova.io/tier"];

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let sovereign = facts.subject.sovereign;
    for access in sovereign.user_accesses.values() {
        for (at, scope) in access.spec.scopes.iter().enumerate() {
            let place = access.place.child("spec").child("scopes").item(at);
            let (key, value) = (scope.label_key.as_str(), scope.label_value.as_str());
            let known_key =
                labels::ALL.contains(&key) || MORE.contains(&key) || !key.starts_with("openova.io/");
            if !known_key {
                let keys = labels::ALL.iter().chain(MORE).copied();
                out.push(unknown(
                    &rule::LABEL_VOCABULARY,
                    format!("no object carries label `{key}`"),
                    key,
                    keys,
                    place.child("labelKey"),
                ));
            } else if value != "*" {
                let place = place.child("labelValue");
                if let Some((rule, what, known)) = values(facts, key)
                    && !known.contains(value)
                    && !facts.subject.index.broken.contains(&(what.to_owned(), value.to_owned()))
                {
                    let message = format!("Sovereign `{}` has no {what} `{value}`", sovereign.sovereign.name);
                    out.push(unknown(rule, message, value, known.iter().map(String::as_str), place));
                }
            }
        }
    }
}

fn unknown<'a>(
    rule: &'static Rule,
    message: String,
    text: &str,
    known: impl Iterator<Item = &'a str>,
    place: Place,
) -> Diagnostic {
    let found = Diagnostic::new(rule, place.clone(), message);
    match suggest::nearest(text, known) {
        Some(near) => found.label(format!("did you mean `{near}`?")).fix(
            format!("replace `{text}` by `{near}`"),
            place,
            EditAction::SetValue(near.into()),
        ),
        None => found.help("a scope that matches nothing gives no rights"),
    }
}

/// The values that a key has in this Sovereign, what they are, and the rule that an unknown one breaks.
fn values(facts: &Facts<'_>, key: &str) -> Option<(&'static Rule, &'static str, BTreeSet<String>)> {
    let (sovereign, plan) = (facts.subject.sovereign, facts.subject.plan);
    let organizations = || sovereign.organizations.values();
    Some(match key {
        labels::SOVEREIGN => (&rule::UNDEFINED_SOVEREIGN, "domain", [plan.facts.domain.clone()].into()),
        labels::ORGANIZATION => (
            &rule::UNDEFINED_ORGANIZATION,
            "Organization",
            sovereign.organizations.keys().map(ToString::to_string).collect(),
        ),
        labels::ENVIRONMENT => (
            &rule::UNDEFINED_ENVIRONMENT,
            "Environment",
            organizations().flat_map(|it| it.environments.values().map(|it| it.name.to_string())).collect(),
        ),
        labels::APPLICATION => (
            &rule::UNDEFINED_APPLICATION,
            "Application",
            organizations()
                .flat_map(|it| it.applications.keys())
                .chain(plan.applications.keys().map(|(_, app)| app))
                .map(ToString::to_string)
                .collect(),
        ),
        labels::HOST_CLUSTER => (
            &rule::UNDEFINED_CLUSTER,
            "host cluster",
            plan.clusters.keys().map(ToString::to_string).collect(),
        ),
        labels::ENV_TYPE => (
            &rule::LABEL_VOCABULARY,
            "env type",
            catalyst_model::EnvType::ALL.iter().map(ToString::to_string).collect(),
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{Scene, lines};
    use serde_json::json;

    fn run(key: &str, value: &str) -> Vec<String> {
        let mut scene = Scene::new();
        scene.document("acme.yaml", "Organization", "acme", json!({}));
        scene.document(
            "access.yaml",
            "UserAccess",
            "who",
            json!({
                "sovereign": "demo", "user": "who@example.org", "tier": "admin",
                "scopes": [{ "labelKey": key, "labelValue": value }],
            }),
        );
        lines(&scene.run(check))
    }

    #[test]
    fn scopes_that_match_pass() {
        for (key, value) in [
            ("*", "*"),
            ("openova.io/organization", "acme"),
            ("openova.io/sovereign", "t38.omani.works"),
            ("openova.io/env-type", "prod"),
            ("team", "shop"),
        ] {
            assert!(run(key, value).is_empty(), "{key}={value}");
        }
    }

    #[test]
    fn scopes_that_match_nothing_are_found() {
        let place = "access.yaml:spec.scopes[0]";
        assert_eq!(
            run("openova.io/organization", "acne"),
            [format!(
                "undefined-organization {place}.labelValue: Sovereign `demo` has no Organization `acne`"
            )]
        );
        assert_eq!(
            run("openova.io/org", "acme"),
            [format!("label-vocabulary {place}.labelKey: no object carries label `openova.io/org`")]
        );
        assert_eq!(run("openova.io/env-type", "dr").len(), 1);
    }
}
