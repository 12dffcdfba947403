//! `undefined-environment`: EnvironmentPolicies name Environments that exist, and a soak happens in another Environment of the same
//! Organization: a change cannot wait in the place that it waits for, nor with somebody else's Applications.

use crate::Facts;
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{EnvironmentName, PolicyRule};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for policy in facts.subject.sovereign.environment_policies.values() {
        let spec = policy.place.child("spec");
        let applies = &policy.spec.applies_to.environments;
        for (at, name) in applies.iter().enumerate() {
            let place = spec.child("appliesTo").child("environments").item(at);
            exists(facts, name, &place, out);
        }
        for (at, it) in policy.spec.rules.iter().enumerate() {
            let PolicyRule::Soak { source_environment: source, .. } = it else { continue };
            let place = spec.child("rules").item(at).child("sourceEnvironment");
            if !exists(facts, source, &place, out) {
                continue;
            }
            for (number, name) in applies.iter().enumerate() {
                let message = if name == source {
                    format!("changes to `{name}` would soak in `{name}` itself")
                } else if name.org != source.org {
                    format!("changes to `{name}` would soak in an Environment of `{}`", source.org)
                } else {
                    continue;
                };
                let other = spec.child("appliesTo").child("environments").item(number);
                out.push(
                    Diagnostic::new(&rule::UNDEFINED_ENVIRONMENT, place.clone(), message)
                        .other(other, "the policy applies here")
                        .help("name another Environment of the same Organization, through which changes come first"),
                );
            }
        }
    }
}

/// Whether an Environment exists; says so when it does not.
pub(crate) fn exists(
    facts: &Facts<'_>,
    name: &EnvironmentName,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) -> bool {
    let organizations = &facts.subject.sovereign.organizations;
    let known = |name: &EnvironmentName| {
        organizations.get(&name.org).is_some_and(|it| it.environments.contains_key(&name.env))
    };
    let broken = &facts.subject.index.broken;
    if known(name) || broken.contains(&("Environment".to_owned(), name.to_string())) {
        return known(name);
    }
    let all: Vec<String> = organizations
        .values()
        .flat_map(|it| it.environments.values().map(|it| it.name.to_string()))
        .collect();
    let text = name.to_string();
    let found = Diagnostic::new(
        &rule::UNDEFINED_ENVIRONMENT,
        place.clone(),
        format!("no Environment is named `{text}`"),
    );
    let own = all.iter().filter(|it| it.starts_with(&format!("{}-", name.org)));
    out.push(match suggest::nearest(&text, all.iter().map(String::as_str)) {
        Some(near) => found.label(format!("did you mean `{near}`?")).fix(
            format!("replace `{text}` by `{near}`"),
            place.clone(),
            EditAction::SetValue(near.into()),
        ),
        None if organizations.contains_key(&name.org) => {
            let own: Vec<&str> = own.map(String::as_str).collect();
            found.help(format!(
                "`{}` has {}",
                name.org,
                if own.is_empty() { "none".to_owned() } else { own.join(", ") }
            ))
        }
        None => found.help(format!(
            "Sovereign `{}` has no Organization `{}`",
            facts.subject.plan.facts.name, name.org
        )),
    });
    false
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{Scene, lines};
    use serde_json::json;

    fn run(applies: &str, source: &str) -> Vec<String> {
        let mut scene = Scene::new();
        for org in ["acme", "bravo"] {
            scene.document(&format!("{org}.yaml"), "Organization", org, json!({}));
        }
        for environment in ["acme-prod", "acme-stg", "bravo-stg"] {
            scene.document(&format!("{environment}.yaml"), "Environment", environment, json!({}));
        }
        scene.document(
            "policy.yaml",
            "EnvironmentPolicy",
            "acme-prod-policy",
            json!({
                "appliesTo": { "environments": [applies] },
                "rules": [{ "kind": "soak", "sourceEnvironment": source, "duration": "72h" }],
            }),
        );
        lines(&scene.run(check))
    }

    #[test]
    fn a_soak_in_another_environment_passes() {
        assert!(run("acme-prod", "acme-stg").is_empty());
    }

    #[test]
    fn other_soaks_do_not() {
        let source = "undefined-environment policy.yaml:spec.rules[0].sourceEnvironment:";
        assert_eq!(
            run("acme-prod", "acme-prod"),
            [format!("{source} changes to `acme-prod` would soak in `acme-prod` itself")]
        );
        assert_eq!(
            run("acme-prod", "bravo-stg"),
            [format!("{source} changes to `acme-prod` would soak in an Environment of `bravo`")]
        );
        assert_eq!(run("acme-prod", "acme-dev"), [format!("{source} no Environment is named `acme-dev`")]);
        assert_eq!(
            run("acme-uat", "acme-stg"),
            [
                "undefined-environment policy.yaml:spec.appliesTo.environments[0]: no Environment is named `acme-uat`"
            ]
        );
    }
}
