//! Folders of generated files that stand among the sources, such as the catalogue. They are written one by one, compared, and removed when
//! nothing makes them any more. A file that does not say it is generated is somebody else's and is never touched; one of a kind that cannot
//! say it, such as JSON, only where another file of the folder does.

use crate::Project;
use crate::fresh::place;
use catalyst_catalogue::MARK;
use catalyst_diag::{Diagnostic, rule};
use catalyst_source::TreePath;
use catalyst_system::{
    Durability, IoError, IoErrorKind, Root, make_root, names, read_bytes, remove, write_atomic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Largest file that is compared.
const LIMIT: u64 = 1 << 30;

/// What writing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Generated {
    /// Files in the folder that are generated.
    pub files: usize,
    /// Files whose text is new.
    pub written: usize,
    /// Files that went.
    pub removed: usize,
}

/// How a file differs from what is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Differs {
    Missing,
    Changed,
    /// Somebody else's file has the name.
    Taken,
    Surplus,
}

/// Writes generated files, text by path, to a folder, and takes away those that an earlier run made and this one does not. Refuses to
/// replace a file that is not generated; then nothing is written.
pub fn write_generated(folder: &Path, files: &BTreeMap<String, String>) -> Result<Generated, IoError> {
    let root = make_root(folder)?;
    let differences = differences(&root, files);
    if let Some((path, _)) = differences.iter().find(|(_, it)| *it == Differs::Taken) {
        return Err(IoError {
            action: "replace",
            path: root.join(path),
            kind: IoErrorKind::Refused,
            text: "catalystc did not make it".to_owned(),
        });
    }
    let mut done = Generated { files: files.len(), ..Generated::default() };
    for (path, difference) in &differences {
        match files.get(path.as_str()) {
            Some(text) => {
                write_atomic(&root, path, text.as_bytes(), Durability::Rebuildable)?;
                done.written += 1;
            }
            None if *difference == Differs::Surplus => {
                remove(&root, path)?;
                done.removed += 1;
            }
            None => {}
        }
    }
    Ok(done)
}

/// How a folder differs from what would be written into it: the rule `stale-output`. `command` is what to run.
pub fn stale_generated(
    project: &Project,
    folder: &Path,
    files: &BTreeMap<String, String>,
    command: &str,
) -> Vec<Diagnostic> {
    let all =
        || files.keys().filter_map(|it| TreePath::new(it).ok()).map(|it| (it, Differs::Missing)).collect();
    let differences = Root::new(folder).map_or_else(|_| all(), |root| differences(&root, files));
    let mut found: Vec<Diagnostic> = differences
        .into_iter()
        .map(|(path, difference)| {
            let message = match difference {
                Differs::Missing => "the file is missing",
                Differs::Changed => "the file is not what the Blueprints give",
                Differs::Taken => "catalystc did not make this file",
                Differs::Surplus => "no Blueprint makes this file any more",
            };
            let help = format!("run `{command}` and commit the result");
            Diagnostic::new(&rule::STALE_OUTPUT, place(project, folder, &path), message).help(help)
        })
        .collect();
    project.levels().apply(&mut found);
    found
}

fn differences(root: &Root, files: &BTreeMap<String, String>) -> Vec<(TreePath, Differs)> {
    let mut out = Vec::new();
    let mut folders = BTreeSet::new();
    // Some kinds of files have no place for a mark. They are ours where a file with a mark stands among them.
    let is_known = files.keys().filter_map(|it| TreePath::new(it).ok()).any(|path| is_ours(root, &path));
    for (name, text) in files {
        let Ok(path) = TreePath::new(name) else { continue };
        folders.insert(path.parent());
        match read_bytes(root, &path, LIMIT) {
            Ok((old, _)) if old == text.as_bytes() => {}
            Ok((old, _)) if !is_marked(&old) && (is_marked(text.as_bytes()) || !is_known) => {
                out.push((path, Differs::Taken))
            }
            Ok(_) => out.push((path, Differs::Changed)),
            Err(_) => out.push((path, Differs::Missing)),
        }
    }
    for folder in folders {
        let below = folder.as_ref().map_or_else(|| root.path().to_path_buf(), |it| root.join(it));
        for name in names(&below).unwrap_or_default() {
            let path = folder.as_ref().map_or_else(|| TreePath::new(&name), |it| it.join(&name));
            let Ok(path) = path else { continue };
            if !files.contains_key(path.as_str()) && is_ours(root, &path) {
                out.push((path, Differs::Surplus));
            }
        }
    }
    out
}

fn is_ours(root: &Root, path: &TreePath) -> bool {
    read_bytes(root, path, LIMIT).is_ok_and(|(bytes, _)| is_marked(&bytes))
}

/// Whether a text says near its top that it is generated.
fn is_marked(bytes: &[u8]) -> bool {
    let top = &bytes[..bytes.len().min(1024)];
    top.windows(MARK.len()).any(|window| window == MARK.as_bytes())
}
