//! Whether committed output is what the compiler makes of the intent beside it: the rules `stale-output` and `foreign-file`.

use crate::deliver::{IndexFile, index_json, index_path, is_about, read_index};
use crate::{Project, RenderedFile};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::SovereignName;
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Root, list_tree, read_bytes};
use std::collections::BTreeMap;
use std::path::Path;

/// Largest file that is compared.
const LIMIT: u64 = 1 << 30;

/// How an output folder differs from what would be written into it. `wanted` are SHA-256 by path; with `only`, nothing is said of the
/// files of other Sovereigns.
pub(crate) fn output(
    project: &Project,
    out: &Path,
    wanted: BTreeMap<TreePath, String>,
    only: &[SovereignName],
) -> Vec<Diagnostic> {
    let is_ours = |path: &TreePath| only.is_empty() || only.iter().any(|it| path.is_within(it.as_str()));
    let there = files(out);
    let known = old_index(out);
    let mut expected = wanted;
    if only.is_empty() {
        let index = index_json(&IndexFile::of(expected.clone()));
        expected.insert(index_path(), digest(index.as_bytes()));
    }
    let mut found = differences(project, out, &expected, &there);
    for path in there.keys().filter(|path| is_ours(path) && !expected.contains_key(*path)) {
        found.push(if is_about(path) {
            continue;
        } else if known.files.contains_key(path) {
            stale(project, out, path, "no intent makes this file any more")
        } else {
            foreign_file(project, out, path)
        });
    }
    found
}

/// How the committed kit differs from what `kit.yaml` gives.
pub(crate) fn template(project: &Project, kit: &BTreeMap<TreePath, RenderedFile>) -> Vec<Diagnostic> {
    let Some(folder) = kit.keys().next().and_then(TreePath::parent) else { return Vec::new() };
    let folder = project.root.join(&folder);
    let name = |path: &TreePath| TreePath::new(path.file_name()).unwrap_or_else(|_| path.clone());
    let wanted = kit.iter().map(|(path, file)| (name(path), file.sha256.clone())).collect();
    let there = files(&folder);
    let mut found = differences(project, &folder, &wanted, &there);
    let surplus = there.keys().filter(|path| !wanted.contains_key(*path));
    found.extend(surplus.map(|path| stale(project, &folder, path, "no slot of the kit makes this file")));
    found
}

/// The files of an output folder that no build wrote.
pub(crate) fn foreign(project: &Project, out: &Path) -> Vec<Diagnostic> {
    let known = old_index(out);
    let ours = |path: &TreePath| is_about(path) || known.files.contains_key(path);
    catalyst_system::foreign(out, &ours).iter().map(|path| foreign_file(project, out, path)).collect()
}

/// A file of the output folder that the compiler did not write.
pub(crate) fn foreign_file(project: &Project, out: &Path, path: &TreePath) -> Diagnostic {
    Diagnostic::new(&rule::FOREIGN_FILE, place(project, out, path), "catalystc did not write this file")
        .help("move it out of the output folder, or run `catalystc build --prune`")
}

fn differences(
    project: &Project,
    folder: &Path,
    wanted: &BTreeMap<TreePath, String>,
    there: &BTreeMap<TreePath, String>,
) -> Vec<Diagnostic> {
    if there.is_empty() && !wanted.is_empty() {
        let place = Place::file(&project_file());
        let message = match folder.strip_prefix(project.root.path()) {
            Ok(folder) => format!("nothing is built in `{}`", folder.display()),
            Err(_) => "nothing is built in the output folder".to_owned(),
        };
        return vec![Diagnostic::new(&rule::STALE_OUTPUT, place, message).help(BUILD)];
    }
    wanted
        .iter()
        .filter_map(|(path, sha256)| match there.get(path) {
            None => Some(stale(project, folder, path, "the file is missing")),
            Some(old) if old == sha256 => None,
            Some(_) => Some(stale(project, folder, path, "the file is not what the intent compiles to")),
        })
        .collect()
}

const BUILD: &str = "run `catalystc build` and commit the result";

fn stale(project: &Project, folder: &Path, path: &TreePath, message: &str) -> Diagnostic {
    Diagnostic::new(&rule::STALE_OUTPUT, place(project, folder, path), message).help(BUILD)
}

/// Where a file of a folder stands: its path below the project, or below the folder when that is elsewhere.
pub(crate) fn place(project: &Project, folder: &Path, path: &TreePath) -> Place {
    let below = folder.strip_prefix(project.root.path()).ok().and_then(Path::to_str);
    let joined = below.and_then(|it| TreePath::new(it).ok()).and_then(|it| it.join(path.as_str()).ok());
    Place::file(&joined.unwrap_or_else(|| path.clone()))
}

/// The files of a folder with their SHA-256; none when there is no folder.
fn files(folder: &Path) -> BTreeMap<TreePath, String> {
    let Ok(root) = Root::new(folder) else { return BTreeMap::new() };
    let listed = list_tree(folder).unwrap_or_default();
    let hash = |path: TreePath| {
        let bytes = read_bytes(&root, &path, LIMIT).map(|(bytes, _)| bytes).unwrap_or_default();
        (path, digest(&bytes))
    };
    listed.into_iter().map(|(path, _)| hash(path)).collect()
}

fn old_index(out: &Path) -> IndexFile {
    let root = Root::new(out).ok();
    let old = root.and_then(|root| read_bytes(&root, &index_path(), LIMIT).ok());
    old.and_then(|(bytes, _)| read_index(std::str::from_utf8(&bytes).ok()?)).unwrap_or_default()
}

pub(crate) fn project_file() -> TreePath {
    TreePath::new(catalyst_system::PROJECT_FILE).unwrap_or_else(|error| unreachable!("{error}"))
}
