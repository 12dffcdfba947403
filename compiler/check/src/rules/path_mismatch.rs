//! `path-mismatch`: a document stands where its identity says (design.md section 4).
//!
//! Identity never comes from the path, so a misplaced file compiles all the same; the convention is for people, who look for a document by
//! its name. A Blueprint may also stand in a folder named by its version, for versions that are kept beside the newest one.

use catalyst_diag::{At, Diagnostic, EditAction, Place, rule};
use catalyst_model::BlueprintName;
use catalyst_plan::{CatalogEntry, Index, OrganizationIntent, Scope, SovereignIntent};
use catalyst_source::TreePath;
use std::collections::BTreeSet;

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let mut found = Documents::default();
    if let Some(project) = &index.project {
        found.add("Project", &project.name, &project.place, "catalyst.yaml".into());
    }
    if let Some(kit) = &index.kit {
        found.add("Kit", &kit.name, &kit.place, "clusters/_template/kit.yaml".into());
    }
    for (name, entries) in &index.catalogue.blueprints {
        for entry in entries {
            found.blueprint(name, entry);
        }
    }
    for sovereign in index.sovereigns.values() {
        found.sovereign(sovereign);
    }
    found.report(out);
}

/// All documents that stand elsewhere, and all files, so that no fix moves one file over another.
#[derive(Default)]
struct Documents<'a> {
    files: BTreeSet<&'a str>,
    misplaced: Vec<Misplaced<'a>>,
}

struct Misplaced<'a> {
    kind: &'static str,
    name: String,
    place: &'a Place,
    wanted: String,
    /// Whether other files belong to the document and would have to move with it.
    folder: bool,
}

impl<'a> Documents<'a> {
    fn add(&mut self, kind: &'static str, name: &impl ToString, place: &'a Place, wanted: String) {
        if self.is_misplaced(place, &[&wanted]) {
            self.misplaced.push(Misplaced { kind, name: name.to_string(), place, wanted, folder: false });
        }
    }

    /// Later documents of a file are reported as such already.
    fn is_misplaced(&mut self, place: &'a Place, accepted: &[&str]) -> bool {
        self.files.insert(place.file.as_str());
        let first = matches!(place.at, At::Node { document: 0, .. });
        first && !accepted.contains(&place.file.as_str())
    }

    fn blueprint(&mut self, name: &BlueprintName, entry: &'a CatalogEntry) {
        let short = name.short();
        let folders = match &entry.scope {
            Scope::Public if name.as_str() == "bp-catalyst-platform" => vec!["products/catalyst".to_owned()],
            Scope::Public => {
                let composite = entry.blueprint.spec.card.category.as_deref() == Some("composite");
                let (platform, product) = (format!("platform/{short}"), format!("products/{short}"));
                if composite { vec![product, platform] } else { vec![platform, product] }
            }
            Scope::Sovereign(sovereign) => vec![format!("sovereigns/{sovereign}/catalog/{short}")],
            Scope::Organization(sovereign, org) => {
                vec![format!("sovereigns/{sovereign}/organizations/{org}/blueprints/{short}")]
            }
        };
        let version = &entry.blueprint.spec.version;
        let accepted: Vec<String> = folders
            .iter()
            .flat_map(|it| [format!("{it}/blueprint.yaml"), format!("{it}/{version}/blueprint.yaml")])
            .collect();
        let place = &entry.blueprint.place;
        if self.is_misplaced(place, &accepted.iter().map(String::as_str).collect::<Vec<_>>()) {
            let stays =
                place.file.parent().is_some_and(|it| folders.iter().any(|folder| it.as_str() == folder));
            self.misplaced.push(Misplaced {
                kind: "Blueprint",
                name: name.to_string(),
                place,
                wanted: accepted[0].clone(),
                folder: entry.has_chart() && !stays,
            });
        }
    }

    fn sovereign(&mut self, intent: &'a SovereignIntent) {
        let it = &intent.sovereign;
        let root = format!("sovereigns/{}", it.name);
        self.add("Sovereign", &it.name, &it.place, format!("{root}/sovereign.yaml"));
        for (name, it) in &intent.environment_policies {
            self.add("EnvironmentPolicy", name, &it.place, format!("{root}/policies/{name}.yaml"));
        }
        for (name, it) in &intent.secret_policies {
            self.add("SecretPolicy", name, &it.place, format!("{root}/policies/{name}.yaml"));
        }
        for (name, it) in &intent.runbooks {
            self.add("Runbook", name, &it.place, format!("{root}/runbooks/{name}.yaml"));
        }
        for (name, it) in &intent.user_accesses {
            self.add("UserAccess", name, &it.place, format!("{root}/access/{name}.yaml"));
        }
        for organization in intent.organizations.values() {
            self.organization(&root, organization);
        }
    }

    fn organization(&mut self, root: &str, intent: &'a OrganizationIntent) {
        let it = &intent.organization;
        let root = format!("{root}/organizations/{}", it.name);
        self.add("Organization", &it.name, &it.place, format!("{root}/organization.yaml"));
        for it in intent.environments.values() {
            self.add("Environment", &it.name, &it.place, format!("{root}/environments/{}.yaml", it.name));
        }
        for (name, it) in &intent.applications {
            self.add("Application", name, &it.place, format!("{root}/applications/{name}.yaml"));
        }
        for (name, it) in &intent.continuums {
            self.add("Continuum", name, &it.place, format!("{root}/continuums/{name}.yaml"));
        }
    }

    fn report(self, out: &mut Vec<Diagnostic>) {
        let mut taken = self.files;
        for it in &self.misplaced {
            let Misplaced { kind, name, place, wanted, folder } = it;
            let found = Diagnostic::new(
                &rule::PATH_MISMATCH,
                place.child("metadata").child("name"),
                format!("{kind} `{name}` stands in `{}`", place.file),
            )
            .label(format!("by convention it stands in `{wanted}`"));
            let free = taken.insert(wanted);
            out.push(match TreePath::new(wanted) {
                _ if *folder => {
                    let to = wanted.trim_end_matches("/blueprint.yaml");
                    found.help(format!("move the whole folder to `{to}`: the chart belongs to it"))
                }
                Ok(_) if free => found.fix(
                    format!("move the file to `{wanted}`"),
                    Place::file(&place.file),
                    EditAction::MoveFile(wanted.clone()),
                ),
                _ => found.help("another file stands there: give one of them another name"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{fix, index, lines, project};
    use catalyst_diag::EditAction;
    use serde_json::json;

    #[test]
    fn conventional_paths_pass() {
        let index = index(&[
            ("catalyst.yaml", "Project", "p", json!({})),
            ("clusters/_template/kit.yaml", "Kit", "kit", json!({})),
            ("platform/x/blueprint.yaml", "Blueprint", "bp-x", json!({})),
            ("platform/x/1.0.0/blueprint.yaml", "Blueprint", "bp-x", json!({})),
            ("products/y/blueprint.yaml", "Blueprint", "bp-y", json!({})),
            ("products/catalyst/blueprint.yaml", "Blueprint", "bp-catalyst-platform", json!({})),
            ("sovereigns/demo/sovereign.yaml", "Sovereign", "demo", json!({})),
            ("sovereigns/demo/organizations/acme/organization.yaml", "Organization", "acme", json!({})),
            (
                "sovereigns/demo/organizations/acme/environments/acme-prod.yaml",
                "Environment",
                "acme-prod",
                json!({}),
            ),
            (
                "sovereigns/demo/organizations/acme/blueprints/z/blueprint.yaml",
                "Blueprint",
                "bp-z",
                json!({ "catalog": { "sovereign": "demo", "organization": "acme" } }),
            ),
        ]);
        assert_eq!(lines(&project(check, &index)), [] as [&str; 0]);
    }

    #[test]
    fn a_misplaced_file_is_moved() {
        let index = index(&[
            ("sovereigns/demo/sovereign.yaml", "Sovereign", "demo", json!({})),
            ("sovereigns/demo/organizations/acne/organization.yaml", "Organization", "acme", json!({})),
        ]);
        let found = project(check, &index);
        assert_eq!(
            lines(&found),
            ["path-mismatch sovereigns/demo/organizations/acne/organization.yaml:metadata.name: \
                 Organization `acme` stands in `sovereigns/demo/organizations/acne/organization.yaml`"]
        );
        let wanted = "sovereigns/demo/organizations/acme/organization.yaml";
        assert_eq!(fix(&found), Some(EditAction::MoveFile(wanted.into())));
    }

    #[test]
    fn nothing_is_moved_over_another_file_and_no_chart_is_left_behind() {
        let found = project(
            check,
            &index(&[
                ("platform/x/blueprint.yaml", "Blueprint", "bp-y", json!({})),
                (
                    "platform/y/blueprint.yaml",
                    "Blueprint",
                    "bp-z",
                    json!({ "manifests": { "chart": "./chart" } }),
                ),
            ]),
        );
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|it| it.fix.is_none()), "{found:?}");
        assert!(found[1].help[0].contains("whole folder"));
    }
}
