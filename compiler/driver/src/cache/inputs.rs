//! What a result depends on, as digests.
//!
//! | Goes into | the inputs of a build | the key of a Sovereign |
//! |---|---|---|
//! | path, kind and text of every file | yes | of its own files, and of those that all share |
//! | `catalyst.lock`, and what is wrong with the tree itself | yes | yes |
//! | whether the lock must fit | yes | yes |
//! | where a Sovereign is rendered: the program that renders, and every file of charts | yes | yes |
//! | the program that runs | in the head of the cache file | in the head of the cache file |
//!
//! A file is a Sovereign's own when every document in it belongs to that one Sovereign, as the index says; all others are shared. So a
//! document that moves to another owner changes the keys of both, and one that belongs to nobody changes those of all.

use super::findings;
use crate::Project;
use crate::plain::Renderer;
use catalyst_db::FileKind;
use catalyst_model::SovereignName;
use catalyst_plan::{Hasher, OrganizationIntent, SovereignIntent, digest};
use catalyst_source::TreePath;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Digests of what a project was read from.
#[derive(Debug)]
pub(crate) struct Inputs {
    files: BTreeMap<TreePath, String>,
    /// The lock, what is wrong with the tree, the options, and what renders.
    rest: String,
    /// Charts of the project that rendered output is made from.
    charts: Vec<TreePath>,
}

impl Inputs {
    pub(crate) fn of(project: &Project, locked: bool) -> Inputs {
        let (db, list) = project.database();
        let files: Vec<_> =
            project.source_files().map(|(path, file)| (path, file.kind(db), file.text(db))).collect();
        let files = files.into_par_iter().map(|(path, kind, text)| {
            let mut file = Hasher::default();
            file.update([match kind {
                FileKind::Intent => 0,
                FileKind::Chart => 1,
                FileKind::Values => 2,
                FileKind::Template => 3,
                FileKind::Tests => 4,
            }]);
            file.update(text.as_bytes());
            (path.clone(), file.finish())
        });
        let problems: Vec<_> = project.diagnostics.iter().map(findings::write).collect();
        let rest = serde_json::json!([locked, list.lock(db).as_deref(), problems]);
        Inputs { files: files.collect(), rest: digest(rest.to_string().as_bytes()), charts: Vec::new() }
    }

    /// The same where output is rendered from these charts.
    pub(crate) fn with_charts(
        mut self,
        project: &Project,
        charts: Vec<TreePath>,
        renderer: &Renderer,
    ) -> Inputs {
        let stamp = renderer.stamp(project, &charts);
        self.rest = digest(format!("{} {stamp}", self.rest).as_bytes());
        self.charts = charts;
        self
    }

    /// The charts of the project that rendered output is made from.
    pub(crate) fn charts(&self) -> &[TreePath] {
        &self.charts
    }

    /// Of all of them.
    pub(crate) fn digest(&self) -> String {
        self.over(self.files.iter())
    }

    /// Of what each Sovereign depends on. Reads the index.
    pub(crate) fn keys(&self, project: &Project) -> BTreeMap<SovereignName, String> {
        self.shared_and_keys(project).1
    }

    /// Of what all Sovereigns share, and of what each depends on.
    pub(crate) fn shared_and_keys(&self, project: &Project) -> (String, BTreeMap<SovereignName, String>) {
        let (db, list) = project.database();
        let sovereigns = &catalyst_db::index(db, list).0.sovereigns;
        let mut own: BTreeMap<&TreePath, &SovereignName> = BTreeMap::new();
        for (name, intent) in sovereigns {
            for (path, count) in documents(intent) {
                let is_whole = project
                    .file(path)
                    .is_some_and(|file| catalyst_db::lowered(db, file).items.len() == count);
                if is_whole {
                    own.insert(path, name);
                }
            }
        }
        let shared = self.over(self.files.iter().filter(|(path, _)| !own.contains_key(path)));
        let mut files: BTreeMap<&SovereignName, Vec<_>> =
            sovereigns.keys().map(|name| (name, vec![])).collect();
        for entry in &self.files {
            if let Some(name) = own.get(entry.0) {
                files.entry(name).or_default().push(entry);
            }
        }
        let key = |(name, files): (&SovereignName, Vec<_>)| {
            let own = self.over(files.into_iter());
            (name.clone(), digest(format!("{name} {shared} {own}").as_bytes()))
        };
        let keys = files.into_iter().map(key).collect();
        (shared, keys)
    }

    fn over<'a>(&self, files: impl Iterator<Item = (&'a TreePath, &'a String)>) -> String {
        let mut all = Hasher::default();
        all.update(&self.rest);
        for (path, digest) in files {
            all.update((path.as_str().len() as u64).to_le_bytes());
            all.update(path.as_str());
            all.update(digest);
        }
        all.finish()
    }
}

/// How many documents of each file belong to a Sovereign.
fn documents(intent: &SovereignIntent) -> BTreeMap<&TreePath, usize> {
    // Named one by one, so that a new kind of member is not forgotten here.
    let SovereignIntent {
        sovereign,
        organizations,
        environment_policies,
        secret_policies,
        runbooks,
        user_accesses,
    } = intent;
    let mut files = BTreeMap::new();
    let mut places = vec![&sovereign.place];
    places.extend(environment_policies.values().map(|it| &it.place));
    places.extend(secret_policies.values().map(|it| &it.place));
    places.extend(runbooks.values().map(|it| &it.place));
    places.extend(user_accesses.values().map(|it| &it.place));
    for OrganizationIntent { organization, environments, applications, continuums } in organizations.values()
    {
        places.push(&organization.place);
        places.extend(environments.values().map(|it| &it.place));
        places.extend(applications.values().map(|it| &it.place));
        places.extend(continuums.values().map(|it| &it.place));
    }
    for place in places {
        *files.entry(&place.file).or_insert(0) += 1;
    }
    files
}
