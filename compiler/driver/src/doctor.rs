//! What a bug report needs: version, project, targets, programs, cache and output, and what is wrong with them. Asks nobody outside of
//! this machine.

use crate::deliver::{index_path, is_about};
use crate::{LoadError, Project, read_index};
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{
    Cancel, Discover, EnvVars, PROJECT_FILE, Root, Run, VARIABLES, Var, list_tree, plain_path, read_bytes,
    run, which,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The cache of a project, below its root.
const CACHE: &str = ".catalystc";

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkup {
    /// Version of this form.
    pub version: u32,
    /// Version of catalystc.
    pub catalystc: String,
    /// Operating system and processor.
    pub platform: String,
    /// Variables of the environment that are set and that catalystc reads, but for `PATH` and others that say more about the person.
    pub variables: BTreeMap<&'static str, String>,
    /// The project, where there is one.
    pub project: Option<ProjectFacts>,
    /// Programs that are used, or will be.
    pub programs: Vec<Program>,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
}

/// A project and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectFacts {
    /// Its root.
    pub root: PathBuf,
    /// `metadata.name` of the project file.
    pub name: Option<String>,
    /// Files of intent.
    pub files: usize,
    /// Sovereigns.
    pub sovereigns: usize,
    /// Targets, with what they run.
    pub targets: BTreeMap<String, String>,
    /// Levels of rules that the project sets.
    pub rules: BTreeMap<String, String>,
    /// Whether there is a lock.
    pub lock: bool,
    /// The cache.
    pub cache: Cache,
    /// The output folder.
    pub output: Output,
}

/// The cache of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cache {
    /// Its folder.
    pub folder: PathBuf,
    /// How much is in it; `None` when it is not there.
    pub bytes: Option<u64>,
}

/// The output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The folder.
    pub folder: PathBuf,
    /// Who says so: a flag, a variable, or a field.
    pub from: String,
    /// What is in it.
    pub state: OutputState,
}

/// What an output folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum OutputState {
    /// Nothing yet.
    Missing,
    /// Files, but no index of ours.
    Foreign,
    /// A tree of ours.
    Built {
        /// Files in its index.
        files: usize,
        /// Its digest.
        digest: String,
        /// Files that are gone, or whose bytes are not those that were written.
        changed: Vec<String>,
        /// Files that catalystc did not make.
        foreign: usize,
    },
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// What it is needed for; `None` when nothing calls it yet.
    pub used_for: Option<&'static str>,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// The version that it says.
    pub version: Option<String>,
}

/// Programs: name, arguments that print the version and reach no network, what calls it.
const PROGRAMS: &[(&str, &[&str], Option<&str>)] = &[
    ("git", &["--version"], Some("diff --against REVISION")),
    ("helm", &["version", "--short"], None),
    ("kubectl", &["version", "--client"], None),
    ("cosign", &["version"], None),
];

/// Looks at everything. `out` is the output folder and who named it, when it is not the project file.
pub fn checkup(start: &Path, out: Option<(PathBuf, String)>, env: &EnvVars, cancel: &Cancel) -> Checkup {
    let mut problems = Vec::new();
    let discover = Discover { cancel: cancel.clone(), ..Discover::default() };
    let project = match Project::open(start, discover, true) {
        Ok(project) => Some(facts(&project, out, &mut problems)),
        Err(LoadError::Cancelled) => None,
        Err(error) => {
            problems.push(error.to_string());
            None
        }
    };
    Checkup {
        version: 1,
        catalystc: env!("CARGO_PKG_VERSION").to_owned(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        variables: variables(env),
        project,
        programs: PROGRAMS.iter().map(|it| program(it, start, env, cancel, &mut problems)).collect(),
        problems,
    }
}

/// `PATH` and `HOME` say more about the person than about the run, and the URL of a proxy may hold a password, as another variable does.
fn variables(env: &EnvVars) -> BTreeMap<&'static str, String> {
    let kept = [
        Var::Path,
        Var::Home,
        Var::HttpsProxy,
        Var::HttpsProxyLower,
        Var::HttpProxyLower,
        Var::CosignPassword,
    ];
    let shown = VARIABLES.iter().filter(|it| !kept.contains(&it.var));
    shown.filter_map(|it| Some((it.name, env.get(it.var)?.to_string_lossy().into_owned()))).collect()
}

fn facts(project: &Project, out: Option<(PathBuf, String)>, problems: &mut Vec<String>) -> ProjectFacts {
    let (db, files) = project.database();
    let file = catalyst_db::project(db, files);
    let spec = file.as_ref().map(|it| &it.spec);
    if file.is_none() {
        problems.push(format!("`{PROJECT_FILE}` cannot be read; `catalystc check` says why"));
    }
    if !project.has_lock() {
        problems.push("there is no `catalyst.lock`; run `catalystc lock` and commit it".to_owned());
    }
    let field = || (project.default_out(), format!("`spec.git.folder` in `{PROJECT_FILE}`"));
    let (folder, from) = out.unwrap_or_else(field);
    let state = output_state(&folder);
    if let OutputState::Built { changed, .. } = &state
        && let [first, ..] = changed.as_slice()
    {
        let count = changed.len();
        problems.push(format!(
"files in the output folder that are not as they were built: {count}, such as `{first}`; `catalystc diff` shows how, `catalystc build` makes them anew"
        ));
    }
    let targets = spec.map(|it| &it.targets).into_iter().flatten();
    let folder_of_cache = project.root.path().join(CACHE);
    ProjectFacts {
        root: project.root.path().to_path_buf(),
        name: file.as_ref().map(|it| it.name.to_string()),
        files: project.intent_files(),
        sovereigns: project.sovereigns().len(),
        targets: targets
            .map(|(name, it)| (name.clone(), format!("Kubernetes {}, Flux {}", it.kubernetes, it.flux)))
            .collect(),
        rules: spec
            .map(|it| it.rules.iter().map(|(rule, level)| (rule.clone(), level.to_string())).collect())
            .unwrap_or_default(),
        lock: project.has_lock(),
        cache: Cache { bytes: size(&folder_of_cache), folder: folder_of_cache },
        output: Output { folder, from, state },
    }
}

/// Bytes of all files in a folder; `None` when there is none.
fn size(folder: &Path) -> Option<u64> {
    Root::new(folder).ok()?;
    Some(list_tree(folder).ok()?.iter().map(|(_, meta)| meta.len).sum())
}

fn output_state(folder: &Path) -> OutputState {
    let Ok(root) = Root::new(folder) else { return OutputState::Missing };
    let there = list_tree(folder).unwrap_or_default();
    let read = |path: &TreePath| read_bytes(&root, path, 1 << 30).ok().map(|(bytes, _)| bytes);
    let index = read(&index_path());
    let index = index.and_then(|bytes| read_index(std::str::from_utf8(&bytes).ok()?));
    let Some(index) = index else {
        return if there.is_empty() { OutputState::Missing } else { OutputState::Foreign };
    };
    let changed =
        index.files.iter().filter(|(path, sha256)| read(path).is_none_or(|bytes| digest(&bytes) != **sha256));
    let is_known = |path: &TreePath| is_about(path) || index.files.contains_key(path);
    OutputState::Built {
        files: index.files.len(),
        digest: format!("sha256:{}", index.digest),
        changed: changed.map(|(path, _)| path.to_string()).collect(),
        foreign: there.iter().filter(|(path, _)| !is_known(path)).count(),
    }
}

fn program(
    (name, args, used_for): &(&'static str, &[&str], Option<&'static str>),
    start: &Path,
    env: &EnvVars,
    cancel: &Cancel,
    problems: &mut Vec<String>,
) -> Program {
    let search = env.get(Var::Path).unwrap_or_default();
    let path = which(name, search);
    let said = path.as_ref().and_then(|program| {
        let command = Run {
            args: args.iter().map(Into::into).collect(),
            env: BTreeMap::from([("PATH".into(), search.to_os_string())]),
            timeout: Duration::from_secs(10),
            limit: 1 << 16,
            cancel: cancel.clone(),
            ..Run::new(program, &plain_path(start))
        };
        run(&command).ok().filter(catalyst_system::Output::is_success)
    });
    let version = said.and_then(|it| version_in(&String::from_utf8_lossy(&it.stdout)));
    match (&path, &version, used_for) {
        (None, _, Some(what)) => problems.push(format!("`{name}` is not installed; `{what}` needs it")),
        (Some(_), None, Some(what)) => {
            problems.push(format!("`{name}` does not say its version; `{what}` may not work"));
        }
        _ => {}
    }
    Program { name, used_for: *used_for, path, version }
}

/// The first word of a text that looks like a version.
fn version_in(text: &str) -> Option<String> {
    let words = text.split_whitespace().map(|word| word.trim_start_matches('v').trim_end_matches([',', ';']));
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    words.into_iter().find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        let version = |text| version_in(text).unwrap_or_default();
        assert_eq!(version("git version 2.39.5\n"), "2.39.5");
        assert_eq!(version("v3.18.6+gb76a950\n"), "3.18.6+gb76a950");
        assert_eq!(version("Client Version: v1.33.1\nKustomize Version: v5.6.0\n"), "1.33.1");
        assert_eq!(version("cosign: A tool for signing\n\nGitVersion:    v2.4.1\n"), "2.4.1");
        assert_eq!(version("nothing of the kind"), "");
    }
}
