//! Git repositories of a Sovereign: one for each Application, a branch a folder, and those of the `system` organization.
//!
//! An Application's repository has the layout of domain.md section 7. Its kustomizations are flat: each overlay names the release, the
//! secrets and all layers of values itself. Kustomize refuses a base that contains the overlay, so an overlay cannot build upon the root
//! of the repository, but it may name single files of it where the loader is not confined to one folder. Flux builds that way
//! (`LoadRestrictionsNone` inside the artifact); with kubectl it is `--load-restrictor LoadRestrictionsNone`. The root needs no flag.

mod branch;
mod kustomization;
mod labels;
mod pages;
mod release;
mod secrets;
mod system;
mod values;

use catalyst_emit::Emitter;
use catalyst_plan::{ApplicationPlan, Body, EmittedFile, EmittedTree, EnvironmentPlan, Plan, Provenance};
use catalyst_source::TreePath;
use std::collections::BTreeMap;

/// Emits the repositories.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gitea;

impl Emitter for Gitea {
    fn name(&self) -> &'static str {
        "gitea"
    }

    /// The tree `<sovereign>/repositories/`.
    fn emit(&self, plan: &Plan) -> EmittedTree {
        let mut tree = EmittedTree::default();
        let top = format!("{}/repositories", plan.facts.name);
        for app in plan.applications.values() {
            for (name, environments) in branches(app) {
                let mut folder = Folder::new(&mut tree, format!("{top}/{}/{}/{name}", app.org, app.name));
                branch::emit(&mut folder, plan, app, &environments);
            }
        }
        system::emit(&mut tree, plan, &top);
        tree
    }
}

/// The Environments of an Application by branch. Usually one each; a branch that intent names twice serves several.
fn branches(app: &ApplicationPlan) -> BTreeMap<&str, Vec<&EnvironmentPlan>> {
    let mut found: BTreeMap<&str, Vec<&EnvironmentPlan>> = BTreeMap::new();
    for environment in app.environments.values() {
        found.entry(environment.branch.as_str()).or_default().push(environment);
    }
    found
}

/// A folder of the tree that files are put into.
struct Folder<'a> {
    tree: &'a mut EmittedTree,
    path: String,
}

impl<'a> Folder<'a> {
    fn new(tree: &'a mut EmittedTree, path: String) -> Self {
        Folder { tree, path }
    }

    /// Puts a file. All parts of a path are checked names; one that intent should not have got past the schema has no place in a tree.
    fn put(&mut self, name: &str, header: Vec<String>, body: Body) {
        if let Ok(path) = TreePath::new(&format!("{}/{name}", self.path)) {
            self.tree.files.insert(path, EmittedFile { header, body });
        }
    }
}

/// Why a file of an Application is there.
fn because(app: &ApplicationPlan, environment: &EnvironmentPlan) -> Provenance {
    let why = format!("Application `{}` in Environment `{}`", app.name, environment.environment);
    Provenance::new(why, &environment.place)
}

#[cfg(test)]
mod tests;
