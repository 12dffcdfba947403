//! The lock file: writing it anew, and saying what would change.

use crate::Project;
use catalyst_db::SovereignId;
use catalyst_model::{BlueprintName, SovereignName, Version};
use catalyst_plan::{Lock, Resolution};
use catalyst_resolve::{Facts, lock_of, write_lock};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A fresh lock and what it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relock {
    /// The text of the lock file.
    pub text: String,
    /// Versions that change: root, Blueprint, before, after. `None` means not there.
    pub changes: Vec<(String, BlueprintName, Option<Version>, Option<Version>)>,
    /// Whether the file on disk has exactly this text.
    pub fresh: bool,
}

/// Chooses versions anew: what the lock holds stays where it fits, unless `upgrade` says that all, or these Blueprints, take the highest
/// version that fits.
pub fn relock(project: &Project, upgrade: Option<&[BlueprintName]>) -> Relock {
    let (db, files) = project.database();
    let old = catalyst_db::lock(db, files).0.clone().unwrap_or_default();
    let names = catalyst_db::sovereigns(db, files).clone();
    let resolutions: BTreeMap<SovereignName, Resolution> = match upgrade {
        None => {
            let jobs: Vec<_> = names.into_iter().map(|name| (name, db.clone())).collect();
            let run = |(name, db): (SovereignName, catalyst_db::Database)| {
                let id = SovereignId::new(&db, name.clone());
                let resolution = catalyst_db::resolved(&db, files, id).0.clone();
                (name, resolution)
            };
            jobs.into_par_iter().map(run).collect()
        }
        Some(only) => {
            let mut kept = old.clone();
            for versions in kept.roots.values_mut() {
                versions.retain(|name, _| !only.is_empty() && !only.contains(name));
            }
            names
                .into_iter()
                .filter_map(|name| Some((name.clone(), resolve(project, &name, &kept)?)))
                .collect()
        }
    };
    let mut lock = lock_of(resolutions.iter().map(|(name, resolution)| (name.as_str(), resolution)));
    // What is elsewhere is the business of `vendor`.
    lock.charts.clone_from(&old.charts);
    lock.images.clone_from(&old.images);
    lock.digests.clone_from(&old.digests);
    let text = write_lock(&lock);
    let fresh = files.lock(db).as_ref().is_some_and(|it| it.as_ref() == text);
    Relock { changes: changes(&old, &lock), text, fresh }
}

fn resolve(project: &Project, name: &SovereignName, lock: &Lock) -> Option<Resolution> {
    let (db, files) = project.database();
    let intent = catalyst_db::index(db, files).0.sovereigns.get(name)?;
    let settings = catalyst_db::project(db, files).as_ref()?;
    let kit = catalyst_db::compiled_kit(db, files).as_ref().map(|(kit, _)| kit);
    let facts = Facts::of(&intent.sovereign, &settings.spec.registry, kit);
    let (resolution, _) = catalyst_resolve::resolve(catalyst_resolve::Input {
        sovereign: intent,
        facts: &facts,
        kit,
        catalogue: &catalyst_db::blueprints(db, files).0,
        lock: Some(lock),
        broken: catalyst_db::broken(db, files),
    });
    Some(resolution)
}

fn changes(old: &Lock, new: &Lock) -> Vec<(String, BlueprintName, Option<Version>, Option<Version>)> {
    let roots: BTreeSet<&String> = old.roots.keys().chain(new.roots.keys()).collect();
    let mut found = Vec::new();
    for root in roots {
        let none = BTreeMap::new();
        let (before, after) = (old.roots.get(root).unwrap_or(&none), new.roots.get(root).unwrap_or(&none));
        let names: BTreeSet<&BlueprintName> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (before, after) = (before.get(name).cloned(), after.get(name).cloned());
            if before != after {
                found.push((root.clone(), name.clone(), before, after));
            }
        }
    }
    found
}
