//! `undefined-blueprint` and `invisible-blueprint` for dependencies: what a Blueprint depends on exists, and whoever may use the one may
//! use the other.
//!
//! Reported once at the dependency, whether or not an Application runs the Blueprint yet. Applications and slots that name a Blueprint are
//! looked at where they are resolved.

use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{BlueprintName, Visibility};
use catalyst_plan::{CatalogEntry, Index};

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    for entry in index.catalogue.blueprints.values().flatten() {
        let depends = entry.blueprint.place.child("spec").child("depends");
        for (at, dependency) in entry.blueprint.spec.depends.iter().flatten().enumerate() {
            let name = &dependency.blueprint;
            let there = index.catalogue.entries(name);
            if there.iter().any(|target| serves(target, entry))
                || index.broken.contains(&("Blueprint".to_owned(), name.to_string()))
            {
                continue;
            }
            let place = depends.item(at).child("blueprint");
            out.push(match there.first() {
                None => undefined(index, name, place),
                Some(hidden) => invisible(entry, hidden, place),
            });
        }
    }
}

/// Whether everybody who may use `user` may use `target`.
fn serves(target: &CatalogEntry, user: &CatalogEntry) -> bool {
    let private = |it: &CatalogEntry| it.blueprint.spec.visibility == Visibility::Private;
    user.scope.sees(&target.scope)
        && (!private(target) || private(user) || user.scope == target.scope && user.scope.is_organization())
}

fn undefined(index: &Index, name: &BlueprintName, place: Place) -> Diagnostic {
    let known = index.catalogue.blueprints.keys().map(BlueprintName::as_str);
    let found =
        Diagnostic::new(&rule::UNDEFINED_BLUEPRINT, place.clone(), format!("no Blueprint is named `{name}`"));
    match suggest::nearest(name.as_str(), known) {
        Some(near) => found.label(format!("did you mean `{near}`?")).fix(
            format!("replace `{name}` by `{near}`"),
            place,
            EditAction::SetValue(near.into()),
        ),
        None => found.help("add it to the catalogue, or take the dependency out"),
    }
}

fn invisible(user: &CatalogEntry, hidden: &CatalogEntry, place: Place) -> Diagnostic {
    let (needs, by) = (&hidden.blueprint.name, &user.blueprint.name);
    let (message, other) = if user.scope.sees(&hidden.scope) {
        let visibility = hidden.blueprint.place.child("spec").child("visibility");
        (
            format!("`{needs}` is private, and `{by}` is not"),
            (visibility, "only the kit may use it".to_owned()),
        )
    } else {
        let name = hidden.blueprint.place.child("metadata").child("name");
        let message = format!("`{needs}` is not visible in {}, where `{by}` stands", user.scope);
        (message, (name, format!("it belongs to {}", hidden.scope)))
    };
    Diagnostic::new(&rule::INVISIBLE_BLUEPRINT, place, message).other(other.0, other.1).help(
        "publish it where the Blueprint that needs it stands, or move that one into the narrower catalogue",
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, lines, project};
    use serde_json::json;

    fn run(of: &str, needs: &str) -> Vec<String> {
        let needs = |by: &str| if by == of { json!([{ "blueprint": needs }]) } else { json!([]) };
        let acme = json!({ "sovereign": "demo", "organization": "acme" });
        let documents = [
            ("sovereign.yaml", "Sovereign", "demo", json!({})),
            ("organization.yaml", "Organization", "acme", json!({})),
            ("web.yaml", "Blueprint", "bp-web", json!({ "depends": needs("web") })),
            ("inner.yaml", "Blueprint", "bp-inner", json!({ "visibility": "private" })),
            ("shop.yaml", "Blueprint", "bp-shop", json!({ "catalog": acme, "depends": needs("shop") })),
        ];
        lines(&project(check, &index(&documents)))
    }

    #[test]
    fn what_everybody_sees_may_be_needed() {
        assert!(run("shop", "bp-web").is_empty());
    }

    #[test]
    fn an_unknown_one_is_undefined() {
        assert_eq!(
            run("shop", "bp-wep"),
            ["undefined-blueprint shop.yaml:spec.depends[0].blueprint: no Blueprint is named `bp-wep`"]
        );
    }

    #[test]
    fn what_only_some_see_is_invisible() {
        assert_eq!(
            run("web", "bp-shop"),
            [
                "invisible-blueprint web.yaml:spec.depends[0].blueprint: `bp-shop` is not visible in the public catalogue, \
              where `bp-web` stands"
            ]
        );
        assert_eq!(
            run("shop", "bp-inner"),
            [
                "invisible-blueprint shop.yaml:spec.depends[0].blueprint: `bp-inner` is private, and `bp-shop` is not"
            ]
        );
    }
}
