//! The repositories of the `system` organization: policies, access, runbooks.

use catalyst_emit::kustomization;
use catalyst_plan::{Body, ConfigFile, EmittedFile, EmittedObject, EmittedTree, Plan, Provenance};
use catalyst_source::TreePath;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Puts the files and, in each folder, a kustomization that lists what is in it.
pub(crate) fn emit(tree: &mut EmittedTree, plan: &Plan, top: &str) {
    let mut folders: BTreeMap<TreePath, (BTreeSet<String>, &ConfigFile)> = BTreeMap::new();
    for config in &plan.config {
        let Ok(root) = TreePath::new(&format!("{top}/system/{}", config.repository)) else { continue };
        let Ok(path) = root.join(&config.path) else { continue };
        list(&mut folders, &root, &path, config);
        let object = EmittedObject {
            object: config.object.clone(),
            provenance: Provenance::new(why(config), &config.place),
        };
        let file = tree.files.entry(path).or_insert_with(|| EmittedFile {
            header: vec![format!("Made from {}.", config.place.file)],
            body: Body::Objects(Vec::new()),
        });
        if let Body::Objects(objects) = &mut file.body {
            objects.push(object);
        }
    }
    for (folder, (members, config)) in folders {
        let Ok(path) = folder.join("kustomization.yaml") else { continue };
        let header = vec!["Lists the files of this folder.".to_owned()];
        let provenance = Provenance::new("lists the files of its folder", &config.place);
        tree.files.entry(path).or_insert_with(|| kustomization(header, members, provenance));
    }
}

/// Enters a file into its folder, and the folder into the one above, up to the root of the repository.
fn list<'a>(
    folders: &mut BTreeMap<TreePath, (BTreeSet<String>, &'a ConfigFile)>,
    root: &TreePath,
    path: &TreePath,
    config: &'a ConfigFile,
) {
    let mut member = path.clone();
    while let Some(folder) = member.parent() {
        let (members, _) = folders.entry(folder.clone()).or_insert_with(|| (BTreeSet::new(), config));
        members.insert(member.file_name().to_owned());
        if folder == *root {
            return;
        }
        member = folder;
    }
}

fn why(config: &ConfigFile) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} `{}`", text(&config.object["kind"]), text(&config.object["metadata"]["name"]))
}
