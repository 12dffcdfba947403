//! Which Flux Kustomization applies which file, and which ones come before it.

use crate::facts::{Facts, Realm};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The Kustomizations of one host cluster that read the emitted tree.
pub(crate) struct Units<'a> {
    /// By name: folder of the tree, and those it depends on.
    units: BTreeMap<&'a str, (String, Vec<&'a str>)>,
}

impl<'a> Units<'a> {
    pub(crate) fn of(facts: &Facts<'a>, realm: &Realm<'a>) -> Self {
        let mut units = BTreeMap::new();
        for item in realm.items.iter().filter(|it| it.kind == "Kustomization") {
            let spec = item.spec;
            if let Some(folder) = folder(facts, realm, item.namespace, spec) {
                let depends = spec["dependsOn"].as_array().into_iter().flatten();
                let depends = depends.filter_map(|it| it["name"].as_str()).collect();
                units.insert(item.name, (folder, depends));
            }
        }
        Units { units }
    }

    /// The Kustomization that applies a file: the one whose folder is nearest.
    pub(crate) fn of_file(&self, file: &catalyst_source::TreePath) -> Option<&'a str> {
        let holds = self.units.iter().filter(|(_, (folder, _))| file.is_within(folder));
        holds.max_by_key(|(_, (folder, _))| folder.len()).map(|(name, _)| *name)
    }

    /// Whether one Kustomization waits for another.
    pub(crate) fn is_before(&self, earlier: &str, later: &str) -> bool {
        let mut open = vec![later];
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            for next in self.units.get(at).into_iter().flat_map(|(_, depends)| depends) {
                if *next == earlier {
                    return true;
                }
                if seen.insert(*next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

/// The folder of the tree that a Kustomization applies; `None` when its source is no repository of this tree.
pub(crate) fn folder(facts: &Facts<'_>, realm: &Realm<'_>, namespace: &str, spec: &Value) -> Option<String> {
    let source = &spec["sourceRef"];
    let namespace = source["namespace"].as_str().unwrap_or(namespace);
    let repository = realm.find("GitRepository", namespace, source["name"].as_str()?)?;
    let repository = repository.spec;
    let url = repository["url"].as_str()?;
    let path = crate::facts::relative("", spec["path"].as_str().unwrap_or("./"))?;
    let plan = &facts.subject.plan.facts;
    if url == plan.git.url {
        return path.strip_prefix(&plan.git.folder)?.strip_prefix('/').map(str::to_owned);
    }
    let name =
        url.strip_prefix(plan.gitea.trim_end_matches('/'))?.strip_prefix('/')?.trim_end_matches(".git");
    let root = facts.repository_root(name, repository["ref"]["branch"].as_str()?);
    Some(if path.is_empty() { root } else { format!("{root}/{path}") })
}
