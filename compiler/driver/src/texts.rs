//! Trees as texts: what the project compiles to, what stands in a folder, what a Git revision compiles to; and line differences.

use crate::compile::{CompileOptions, compile};
use crate::diff::Texts;
use crate::plain::{Renderer, chart_paths, rendered_sovereigns};
use crate::{Progress, Project};
use catalyst_diag::Diagnostic;
use catalyst_source::TreePath;
use catalyst_system::{
    Cancel, Discover, Durability, IoError, Root, Run, Scratch, Var, list_tree, read_bytes, run, which,
    write_atomic,
};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// An emitted tree in a folder.
    Folder(PathBuf),
    /// What the intent of a Git revision compiles to.
    Revision(String),
}

impl Against {
    /// A folder when one of that name exists, else a revision; the output folder when nothing is named.
    pub fn parse(text: Option<&str>, project: &Project, current: &Path) -> Against {
        match text {
            None => Against::Folder(project.default_out()),
            Some(text) => {
                let folder = current.join(text);
                if Root::new(&folder).is_ok() {
                    Against::Folder(folder)
                } else {
                    Against::Revision(text.to_owned())
                }
            }
        }
    }
}

/// Everything that the project compiles to, with the findings. What was stopped is incomplete.
pub fn compiled_texts(
    project: &Project,
    options: &CompileOptions,
    progress: &dyn Progress,
) -> (Texts, Vec<Diagnostic>) {
    let done = compile(project, options, progress, |_, output| output.render());
    let texts = done.sovereigns.into_values().flatten().map(|(path, file)| (path, file.text)).collect();
    (texts, done.diagnostics)
}

/// The texts to compare with. A revision with rendered Sovereigns is rendered, from the charts that its lock names.
pub fn texts_of(
    project: &Project,
    against: &Against,
    renderer: &Renderer,
    cancel: &Cancel,
) -> Result<Texts, String> {
    match against {
        Against::Folder(folder) => folder_texts(folder),
        Against::Revision(revision) => revision_texts(project, revision, renderer, cancel),
    }
}

fn folder_texts(folder: &Path) -> Result<Texts, String> {
    let Ok(root) = Root::new(folder) else { return Ok(Texts::new()) };
    let mut texts = Texts::new();
    for (path, _) in list_tree(folder).map_err(|error| error.to_string())? {
        if crate::deliver::is_about(&path) {
            continue;
        }
        let (bytes, _) = read_bytes(&root, &path, 1 << 30).map_err(|error| format!("{path}: {error}"))?;
        texts.insert(path, String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(texts)
}

/// Compiles the sources of a revision, read out of Git into a folder of their own, which goes afterwards.
fn revision_texts(
    project: &Project,
    revision: &str,
    renderer: &Renderer,
    cancel: &Cancel,
) -> Result<Texts, String> {
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    let search = renderer.env.get(Var::Path).unwrap_or_default();
    let program = which("git", search).ok_or("git is not installed, so a revision cannot be read")?;
    let git = Git { program, search, folder: project.root.path(), cancel };
    let scratch = Scratch::new("catalystc-diff").map_err(|error| error.to_string())?;
    let root = Root::new(scratch.path()).map_err(|error| error.to_string())?;
    let mut sources = vec![catalyst_system::PROJECT_FILE, catalyst_system::LOCK_FILE];
    sources.extend(catalyst_system::INTENT_FOLDERS);
    // Links and sub-repositories are no sources of a revision.
    let mut files = git.files(revision, &sources)?;
    files.retain(|(path, _)| catalyst_system::kind_of(path).is_some());
    git.write(revision, &files, &root)?;
    let open = || {
        let old = Project::open(scratch.path(), Discover::default(), true);
        old.map_err(|error| format!("{revision}: {error}"))
    };
    let mut old = open()?;
    if !rendered_sovereigns(&old, &[]).is_empty() {
        // Whatever stands in a chart may show in its objects.
        let charts = chart_paths(&old);
        let mut more = git.files(revision, &[])?;
        more.retain(|(path, _)| charts.iter().any(|it| path.is_within(it.as_str()) || path == it));
        git.write(revision, &more, &root)?;
        old = open()?;
    }
    // What was fetched stands beside the project, whatever revision of it is looked at.
    let store = renderer.store.clone().unwrap_or_else(|| project.root.path().join(crate::vendor::STORE));
    let renderer = Renderer { store: Some(store), ..renderer.clone() };
    let plain = renderer.plain(&old, &[], &crate::NoProgress, cancel);
    let plain = plain.map_err(|refusal| format!("{revision}: {}", refusal.text))?;
    let options = CompileOptions { plain, cancel: cancel.clone(), ..CompileOptions::default() };
    let (texts, findings) = compiled_texts(&old, &options, &crate::NoProgress);
    if let Some(first) = findings.iter().find(|it| it.severity == catalyst_diag::Severity::Error) {
        return Err(format!("the intent of {revision} does not compile: {}", first.message));
    }
    Ok(texts)
}

/// The Git of a project.
struct Git<'a> {
    program: PathBuf,
    /// Where it looks for programs of its own.
    search: &'a OsStr,
    folder: &'a Path,
    cancel: &'a Cancel,
}

impl Git<'_> {
    fn call(&self, args: &[&str], stdin: Option<Vec<u8>>) -> Result<Vec<u8>, String> {
        let command = Run {
            args: args.iter().map(Into::into).collect(),
            env: BTreeMap::from([("PATH".into(), self.search.to_os_string())]),
            timeout: Duration::from_secs(120),
            limit: 1 << 30,
            stdin,
            cancel: self.cancel.clone(),
            ..Run::new(&self.program, self.folder)
        };
        let output = run(&command).map_err(|error| error.to_string())?;
        if output.is_success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// The plain files of a revision at or below these paths, or all, each with the name of its object.
    fn files(&self, revision: &str, below: &[&str]) -> Result<Vec<(TreePath, String)>, String> {
        let mut list = vec!["ls-tree", "-r", "-z", revision, "--"];
        list.extend(below);
        let listed = self.call(&list, None)?;
        let listed = String::from_utf8_lossy(&listed);
        let file = |entry: &str| {
            let (meta, path) = entry.split_once('\t')?;
            let mut words = meta.split(' ');
            let (mode, object) = (words.next()?, words.nth(1)?);
            Some((TreePath::new(path).ok().filter(|_| mode.starts_with("100"))?, object.to_owned()))
        };
        Ok(listed.split('\0').filter_map(file).collect())
    }

    /// Writes files of a revision into a folder.
    fn write(&self, revision: &str, files: &[(TreePath, String)], root: &Root) -> Result<(), String> {
        // One process for all of them.
        let wanted: String = files.iter().map(|(_, object)| format!("{object}\n")).collect();
        let batch = self.call(&["cat-file", "--batch"], Some(wanted.into_bytes()))?;
        let mut rest = batch.as_slice();
        for (path, object) in files {
            let (bytes, after) =
                next_object(rest).ok_or_else(|| format!("git did not give `{object}` of {revision}"))?;
            write_atomic(root, path, bytes, Durability::default()).map_err(|error| error.to_string())?;
            rest = after;
        }
        Ok(())
    }
}

/// The first object in what `git cat-file --batch` prints, `<name> <type> <size>`, a line end, the bytes and another line end; and the rest.
fn next_object(batch: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = batch.iter().position(|byte| *byte == b'\n')?;
    let size: usize = std::str::from_utf8(&batch[..end]).ok()?.rsplit(' ').next()?.parse().ok()?;
    let (bytes, after) = batch.get(end + 1..)?.split_at_checked(size)?;
    Some((bytes, after.strip_prefix(b"\n")?))
}

/// A unified difference of two texts.
pub fn line_diff(path: &str, before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

/// Writes texts of source files, each whole or not at all.
pub fn write_texts(project: &Project, texts: &BTreeMap<TreePath, (String, String)>) -> Result<(), IoError> {
    texts.iter().try_for_each(|(path, (_, after))| {
        write_atomic(&project.root, path, after.as_bytes(), Durability::default())
    })
}

/// Writes the lock file.
pub fn write_lock_file(project: &Project, lock: &crate::Relock) -> Result<(), IoError> {
    let path = TreePath::new(catalyst_system::LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"));
    write_atomic(&project.root, &path, lock.text.as_bytes(), Durability::default())
}
