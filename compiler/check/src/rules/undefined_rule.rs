//! `undefined-rule`: `spec.rules` of the project names rules that exist and whose level a project may set.

use catalyst_diag::{Diagnostic, EditAction, RULES, find_rule, rule, suggest};
use catalyst_plan::Index;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(project) = &index.project else { return };
    for name in project.spec.rules.keys() {
        let place = project.place.child("spec").child("rules").child(name);
        match find_rule(name) {
            None => {
                let near = suggest::nearest(name, RULES.iter().map(|rule| rule.name));
                let found = Diagnostic::new(
                    &rule::UNDEFINED_RULE,
                    place.on_key(),
                    format!("no rule is named `{name}`"),
                );
                out.push(match near {
                    Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                        format!("rename `{name}` to `{near}`"),
                        place.on_key(),
                        EditAction::RenameKey(near.into()),
                    ),
                    None => found.fix("take the line out", place, EditAction::Remove),
                });
            }
            Some(known) if known.fixed => out.push(
                Diagnostic::new(
                    &rule::UNDEFINED_RULE,
                    place.on_key(),
                    format!("the level of `{name}` is fixed"),
                )
                .label("what breaks this rule has no defined output")
                .fix("take the line out", place, EditAction::Remove),
            ),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{fix, index, project};
    use catalyst_diag::EditAction;
    use serde_json::json;

    fn run(rule: &str) -> Vec<catalyst_diag::Diagnostic> {
        project(check, &index(&[("catalyst.yaml", "Project", "p", json!({ "rules": { rule: "allow" } }))]))
    }

    #[test]
    fn rules_of_the_registry_pass_and_others_do_not() {
        assert!(run("slot-inversion").is_empty());
        assert_eq!(fix(&run("slot-inversions")), Some(EditAction::RenameKey("slot-inversion".into())));
        assert_eq!(fix(&run("yaml-syntax")), Some(EditAction::Remove));
    }
}
