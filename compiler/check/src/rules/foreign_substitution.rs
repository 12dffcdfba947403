//! `foreign-substitution`: each `${…}` belongs to exactly one layer (domain.md section 10; incident class K).
//!
//! Three mistakes. A variable of the platform in intent: the shared kit is the only text that Flux substitutes, and there the compiler writes
//! the variable, so in intent it is an expression instead. A placeholder of an earlier scheme, `SOME_TOKEN_PLACEHOLDER`, that nothing
//! replaces any more. And text that passes a Kustomization with `postBuild`: unknown variables become empty there, and `$$` shrinks to `$`.
//! Everything else with a `$` belongs to a shell, an application or a chart, and passes untouched.

use crate::facts::{Facts, Realm};
use crate::{Text, origin, units, walk};
use catalyst_diag::{Diagnostic, EditAction, rule};
use std::collections::BTreeSet;

/// The variable of the shared kit.
const DOMAIN: &str = "${SOVEREIGN_FQDN}";
/// Kinds whose config and values hold expressions.
const EXPRESSIVE: &[&str] = &["Blueprint", "Kit"];

/// Variables and placeholders in intent.
pub(crate) fn intent(text: &Text<'_>, out: &mut Vec<Diagnostic>) {
    walk::strings(text.value, &mut |trail, value| {
        if !trail.passes(&["config", "values"]) {
            return;
        }
        if value.contains(DOMAIN) {
            let place = text.place(trail.path());
            let found = Diagnostic::new(
                &rule::FOREIGN_SUBSTITUTION,
                place.clone(),
                format!("nothing substitutes `{DOMAIN}` here"),
            );
            out.push(if EXPRESSIVE.contains(&text.kind) {
                let expression = value.replace(DOMAIN, "{{ sovereign.domain }}");
                found.fix("use the expression `sovereign.domain`", place, EditAction::SetValue(expression.into()))
            } else {
                found.help("write the domain, or let the Blueprint put it in: `{{ sovereign.domain }}` in its `manifests.values`")
            });
        }
        if let Some(word) = placeholder(value) {
            out.push(
                Diagnostic::new(
                    &rule::FOREIGN_SUBSTITUTION,
                    text.place(trail.path()),
                    format!("nothing replaces the placeholder `{word}`"),
                )
                .help("write the value, or an expression that gives it"),
            );
        }
    });
}

/// A word such as `SOVEREIGN_FQDN_PLACEHOLDER`.
fn placeholder(text: &str) -> Option<&str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !inside(c)).find(|word| {
        let stem = word.strip_suffix("_PLACEHOLDER").unwrap_or_default();
        !stem.is_empty() && !stem.contains(|c: char| c.is_ascii_lowercase())
    })
}

/// Text that passes a substitution.
pub(crate) fn emitted(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for realm in &facts.realms {
        for item in realm.items.iter().filter(|it| it.kind == "Kustomization") {
            let spec = item.spec;
            let post_build = &spec["postBuild"];
            // Variables that come from a ConfigMap or Secret are not known here.
            if post_build.is_null() || post_build.get("substituteFrom").is_some() {
                continue;
            }
            let known = post_build["substitute"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, _)| key.as_str())
                .collect();
            if let Some(folder) = units::folder(facts, realm, item.namespace, spec) {
                below(realm, &folder, &known, out);
            }
        }
    }
}

fn below(realm: &Realm<'_>, folder: &str, known: &BTreeSet<&str>, out: &mut Vec<Diagnostic>) {
    for item in realm.items.iter().filter(|it| it.file.is_within(folder)) {
        let metadata = &item.object.object["metadata"];
        let off = |it: &str| metadata[it]["kustomize.toolkit.fluxcd.io/substitute"] == "disabled";
        if off("labels") || off("annotations") {
            continue;
        }
        walk::strings(&item.object.object, &mut |trail, text| {
            let Some((token, what)) = foreign(text, known) else { return };
            let path = trail.path();
            let message = format!("{item} holds `{token}`, {what}");
            out.push(
                Diagnostic::new(&rule::FOREIGN_SUBSTITUTION, origin::of(item.object, &path), message)
                    .note(format!("at `{path}`, in a folder that a Kustomization with `postBuild` applies"))
                    .help(format!("write `{}` if it is meant for what runs there", token.replace('$', "$$"))),
            );
        });
    }
}

/// The first piece of a text that a substitution with these variables would spoil.
fn foreign<'t>(text: &'t str, known: &BTreeSet<&str>) -> Option<(&'t str, &'static str)> {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at..];
        if rest.starts_with("$${") {
            rest = &rest[3..];
        } else if rest.starts_with("$$") {
            return Some((&rest[..2], "which becomes a single `$`"));
        } else if let Some(inner) = rest.strip_prefix("${") {
            let end = inner.find('}').unwrap_or(inner.len());
            let name = inner[..end]
                .split([':', '=', '-', '+', '?', '#', '%', '/', ',', '^'])
                .next()
                .unwrap_or_default();
            if !known.contains(name) {
                return Some((&rest[..(end + 3).min(rest.len())], "which becomes empty"));
            }
            rest = &inner[end..];
        } else {
            rest = &rest[1..];
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{RTZ, Scene, fix, object, text};
    use serde_json::json;

    fn run(kind: &str, value: &str) -> Vec<Diagnostic> {
        text(intent, kind, &json!({ "spec": { "values": { "host": value } } }))
    }

    #[test]
    fn variables_of_others_pass_intent() {
        for value in
            ["{{ sovereign.domain }}", "${API_KEY}", "$$", "DO $$ BEGIN", "a placeholder", "PLACEHOLDER"]
        {
            assert!(run("Kit", value).is_empty(), "{value}");
        }
    }

    #[test]
    fn variables_of_the_platform_and_placeholders_do_not() {
        let found = run("Kit", "console.${SOVEREIGN_FQDN}");
        assert_eq!(fix(&found), Some(EditAction::SetValue("console.{{ sovereign.domain }}".into())));
        assert_eq!(fix(&run("Application", "${SOVEREIGN_FQDN}")), None);
        assert_eq!(
            run("Kit", "SOVEREIGN_FQDN_PLACEHOLDER")[0].message,
            "nothing replaces the placeholder `SOVEREIGN_FQDN_PLACEHOLDER`"
        );
    }

    fn substituted(value: &str, annotation: &str) -> Vec<String> {
        let mut scene = Scene::new();
        let folder = format!("demo/clusters/{RTZ}/bootstrap-kit");
        let sync = json!({ "path": format!("./snapshots/{folder}"), "sourceRef": { "kind": "GitRepository", "name": "openova" },
            "postBuild": { "substitute": { "SOVEREIGN_FQDN": "t38.omani.works" } } });
        scene.emit(
            &format!("demo/clusters/{RTZ}/flux-system/sync.yaml"),
            vec![
                object(
                    "source.toolkit.fluxcd.io/v1",
                    "GitRepository",
                    "flux-system/openova",
                    json!({ "url": "https://g.example.org/x.git" }),
                ),
                object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system/kit", sync),
            ],
        );
        let rest = json!({ "metadata": { "annotations": { "kustomize.toolkit.fluxcd.io/substitute": annotation } }, "data": { "a": value } });
        scene.emit(&format!("{folder}/x.yaml"), vec![object("v1", "ConfigMap", "x/x", rest)]);
        scene.run(emitted).into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn what_passes_a_substitution_is_known_or_escaped() {
        for value in ["${SOVEREIGN_FQDN}", "${SOVEREIGN_FQDN:=x}", "$${API_KEY}", "$x and 100$"] {
            assert!(substituted(value, "enabled").is_empty(), "{value}");
        }
        assert_eq!(
            substituted("key=${API_KEY}", "enabled"),
            ["ConfigMap `x/x` holds `${API_KEY}`, which becomes empty"]
        );
        assert_eq!(
            substituted("DO $$ BEGIN", "enabled"),
            ["ConfigMap `x/x` holds `$$`, which becomes a single `$`"]
        );
        assert!(substituted("${API_KEY}", "disabled").is_empty());
    }
}
