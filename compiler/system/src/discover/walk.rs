//! The walk: real folders first, in order of their names; links are kept for later (`links`), so that what has a name of its own in the
//! tree is read under that name.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, FileType, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalyst_source::TreePath;
use ignore::Match;
use ignore::gitignore::Gitignore;

use super::ignores::{self, Rules};
use super::problem::{Place, ProblemKind, WalkProblem};
use super::{Discover, Discovery, Found};
use crate::error::plain;
use crate::layout::{CHART_FILE, CHART_FOLDER, INTENT_FOLDERS, LOCK_FILE, PROJECT_FILE, is_emitted, is_yaml};
use crate::layout::{FoundKind, IGNORE_FILES, kind_of, looks_like_intent};
use crate::layout::{TEMPLATES_FOLDER, TESTS_FOLDER, VALUES_FILE};
use crate::meta::{FileId, Meta};
use crate::root::Root;

/// The folders one is in, outermost first, by their ids.
pub(super) type Chain = Option<Arc<Ancestor>>;

pub(super) struct Ancestor {
    id: FileId,
    above: Chain,
}

/// A link that was met, with what held in its folder.
pub(super) struct Link {
    pub(super) path: TreePath,
    pub(super) rules: Arc<Rules>,
    pub(super) chain: Chain,
}

pub(super) struct Walk<'a> {
    pub(super) root: &'a Root,
    pub(super) options: &'a Discover,
    extra: Gitignore,
    /// Each file with its id, by which links to it are recognised.
    pub(super) files: Vec<(Found, FileId)>,
    pub(super) problems: Vec<WalkProblem>,
    pub(super) links: VecDeque<Link>,
    pub(super) folders: Vec<TreePath>,
    /// Folders that were entered, with the name they were entered by.
    pub(super) entered: BTreeMap<FileId, TreePath>,
    stopped: bool,
    cancelled: bool,
}

/// An entry of a folder that may matter.
struct Entry {
    name: OsString,
    kind: FileType,
    entry: DirEntry,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Root, options: &'a Discover) -> Self {
        let mut problems = Vec::new();
        let extra = ignores::extra(root, &options.exclude, &mut problems);
        Walk {
            root,
            options,
            extra,
            files: Vec::new(),
            problems,
            links: VecDeque::new(),
            folders: Vec::new(),
            entered: BTreeMap::new(),
            stopped: false,
            cancelled: false,
        }
    }

    pub(super) fn run(mut self) -> Discovery {
        self.top();
        self.follow_links();
        let mut files: Vec<Found> = self.files.into_iter().map(|(found, _)| found).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        self.problems.sort();
        let mut folders = self.folders;
        folders.sort();
        folders.dedup();
        Discovery { files, folders, problems: self.problems, cancelled: self.cancelled }
    }

    /// The root is not listed: of everything in it only six names matter.
    fn top(&mut self) {
        let chain = match std::fs::metadata(self.root.path()) {
            Ok(metadata) => Some(Arc::new(Ancestor { id: FileId::of(&metadata), above: None })),
            Err(error) => {
                return self.problem(Place::Raw(".".into()), ProblemKind::UnreadableFolder, plain(&error));
            }
        };
        let rules = Rules::below(&Arc::default(), self.root, None, |_| true, &mut self.problems);
        for name in [PROJECT_FILE, LOCK_FILE].into_iter().chain(INTENT_FOLDERS) {
            let Ok(path) = TreePath::new(name) else { continue };
            let metadata = match self.root.join(&path).symlink_metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    self.problem(Place::Tree(path), ProblemKind::UnreadableFile, plain(&error));
                    continue;
                }
            };
            let is_file = name == PROJECT_FILE || name == LOCK_FILE;
            if metadata.is_symlink() {
                self.links.push_back(Link { path, rules: rules.clone(), chain: chain.clone() });
            } else if is_file {
                self.file(path, &metadata);
            } else if metadata.is_dir() && !self.excluded(&path, true, &rules) {
                self.folder(path, &metadata, &rules, &chain);
            }
        }
    }

    /// Enters a folder unless it was entered before. The caller has checked that it is not excluded.
    pub(super) fn folder(&mut self, path: TreePath, metadata: &Metadata, rules: &Arc<Rules>, chain: &Chain) {
        if self.stop() {
            return;
        }
        if path.file_name() == CHART_FOLDER && path.parent().is_some() {
            return self.chart(&path, rules);
        }
        let id = FileId::of(metadata);
        if std::iter::successors(chain.as_ref(), |at| at.above.as_ref()).any(|at| at.id == id) {
            let message = "the link leads to a folder that it stands in".to_owned();
            return self.problem(Place::Tree(path), ProblemKind::SymlinkLoop, message);
        }
        if let Some(first) = self.entered.get(&id) {
            let message = format!("this is the folder `{first}`, which is read under that name");
            return self.problem(Place::Tree(path), ProblemKind::SeenTwice, message);
        }
        if path.components().count() >= self.options.limits.depth {
            let message = format!("folders are nested deeper than {}", self.options.limits.depth);
            return self.problem(Place::Tree(path), ProblemKind::TooDeep, message);
        }
        self.entered.insert(id, path.clone());
        self.folders.push(path.clone());
        let chain = Some(Arc::new(Ancestor { id, above: chain.clone() }));
        let (entries, ignore_files) = self.entries(&path);
        let present = |name: &str| ignore_files.iter().any(|file| file == name);
        let rules = Rules::below(rules, self.root, Some(&path), present, &mut self.problems);
        self.walk_entries(&path, entries, &rules, &chain);
    }

    fn walk_entries(&mut self, folder: &TreePath, entries: Vec<Entry>, rules: &Arc<Rules>, chain: &Chain) {
        let base = self.root.join(folder);
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for Entry { name, kind, entry } in entries {
            // What a link leads to decides whether a pattern for folders meets it.
            let is_dir = kind.is_dir() || (kind.is_symlink() && !is_yaml(name.as_bytes()));
            if self.excluded_at(&base.join(&name), is_dir, rules) {
                continue;
            }
            let Some(path) = self.path_of(folder, &name) else { continue };
            if kind.is_file() && !is_yaml(name.as_bytes()) {
                let message =
                    "the file looks like intent, and is not read: its name does not end in `.yaml` or `.yml`";
                self.problem(Place::Tree(path), ProblemKind::Misnamed, message.to_owned());
                continue;
            }
            if let Some(other) = names.insert(path.file_name().to_lowercase(), path.file_name().to_owned()) {
                let message = format!(
                    "the name differs from `{other}` only in case: on many systems they are one file"
                );
                self.problem(Place::Tree(path.clone()), ProblemKind::CaseClash, message);
            }
            if kind.is_symlink() {
                self.links.push_back(Link { path, rules: rules.clone(), chain: chain.clone() });
                continue;
            }
            if kind.is_dir() && self.is_unread(&path) {
                continue;
            }
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => self.folder(path, &metadata, rules, chain),
                Ok(metadata) => self.file(path, &metadata),
                // Removed since the folder was listed: then it is not there.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => self.problem(Place::Tree(path), ProblemKind::UnreadableFile, plain(&error)),
            }
            if self.stop() {
                return;
            }
        }
    }

    /// The entries that may matter, sorted by name, and the names of the ignore files.
    fn entries(&mut self, folder: &TreePath) -> (Vec<Entry>, Vec<String>) {
        let mut entries = Vec::new();
        let mut ignore_files = Vec::new();
        let listed = match std::fs::read_dir(self.root.join(folder)) {
            Ok(listed) => listed,
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    let message = format!("can't list the folder: {}", plain(&error));
                    self.problem(Place::Tree(folder.clone()), ProblemKind::UnreadableFolder, message);
                }
                return (entries, ignore_files);
            }
        };
        for entry in listed {
            let (entry, kind) = match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
                Ok(both) => both,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    let message = format!("can't list the folder to its end: {}", plain(&error));
                    self.problem(Place::Tree(folder.clone()), ProblemKind::UnreadableFolder, message);
                    break;
                }
            };
            let name = entry.file_name();
            if name.as_bytes().starts_with(b".") {
                ignore_files
                    .extend(name.to_str().filter(|name| IGNORE_FILES.contains(name)).map(str::to_owned));
            } else if kind.is_dir()
                || kind.is_symlink()
                || is_yaml(name.as_bytes())
                || kind.is_file() && looks_like_intent(folder, name.as_bytes())
            {
                entries.push(Entry { name, kind, entry });
            }
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        (entries, ignore_files)
    }

    /// Of a chart its own files are listed, and not the charts in it: there may be thousands.
    fn chart(&mut self, folder: &TreePath, rules: &Arc<Rules>) {
        let Ok(path) = folder.join(CHART_FILE) else { return };
        if self.excluded(&path, false, rules) {
            return;
        }
        self.folders.push(folder.clone());
        let real = self.root.join(&path).canonicalize();
        match real.and_then(|real| real.metadata().map(|metadata| (real, metadata))) {
            Ok((real, _)) if !real.starts_with(self.root.path()) => self.leaves_root(path),
            Ok((_, metadata)) => {
                self.file(path, &metadata);
                self.chart_file(folder, OsStr::new(VALUES_FILE), rules);
                for name in [TEMPLATES_FOLDER, TESTS_FOLDER] {
                    self.chart_folder(folder, name, rules);
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let message = "a folder named `chart` holds a chart, but there is no `Chart.yaml`: nothing in it is read";
                self.problem(Place::Tree(folder.clone()), ProblemKind::NotAChart, message.to_owned());
            }
            Err(error) => self.problem(Place::Tree(path), ProblemKind::UnreadableFile, plain(&error)),
        }
    }

    /// The files of one folder of a chart, sorted. A link is a file of the chart when it leads to one of the project.
    fn chart_folder(&mut self, above: &TreePath, name: &str, rules: &Arc<Rules>) {
        let Ok(folder) = above.join(name) else { return };
        let full = self.root.join(&folder);
        if !full.symlink_metadata().is_ok_and(|it| it.is_dir()) || self.excluded(&folder, true, rules) {
            return;
        }
        if folder.components().count() >= self.options.limits.depth {
            let message = format!("folders are nested deeper than {}", self.options.limits.depth);
            return self.problem(Place::Tree(folder), ProblemKind::TooDeep, message);
        }
        let listed = std::fs::read_dir(&full).and_then(Iterator::collect::<std::io::Result<Vec<DirEntry>>>);
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("can't list the folder: {}", plain(&error));
                return self.problem(Place::Tree(folder), ProblemKind::UnreadableFolder, message);
            }
        };
        self.folders.push(folder.clone());
        entries.sort_unstable_by_key(DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            if self.stop() || name.as_bytes().starts_with(b".") {
                continue;
            }
            match (entry.file_type(), name.to_str()) {
                (Ok(kind), Some(name)) if kind.is_dir() => self.chart_folder(&folder, name, rules),
                _ => self.chart_file(&folder, &name, rules),
            }
        }
    }

    /// One file of a chart, when it is there and is one that is read.
    fn chart_file(&mut self, folder: &TreePath, name: &OsStr, rules: &Arc<Rules>) {
        let Some(path) = self.path_of(folder, name) else { return };
        if kind_of(&path).is_none() || self.excluded(&path, false, rules) {
            return;
        }
        let real = self.root.join(&path).canonicalize();
        match real.and_then(|real| real.metadata().map(|metadata| (real, metadata))) {
            Ok((real, _)) if !real.starts_with(self.root.path()) => self.leaves_root(path),
            Ok((_, metadata)) => self.file(path, &metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.problem(Place::Tree(path), ProblemKind::UnreadableFile, plain(&error)),
        }
    }

    /// Lists a file, unless it cannot be read.
    pub(super) fn file(&mut self, path: TreePath, metadata: &Metadata) {
        let limits = &self.options.limits;
        if !metadata.is_file() {
            let message = "this is no regular file".to_owned();
            return self.problem(Place::Tree(path), ProblemKind::NotRegular, message);
        }
        if metadata.len() > limits.file_bytes {
            let message =
                format!("the file has {} bytes, the limit is {}", metadata.len(), limits.file_bytes);
            return self.problem(Place::Tree(path), ProblemKind::TooLarge, message);
        }
        // Asking the system costs a call for each file, so ask only about those that somebody has locked away.
        if metadata.mode() & 0o444 != 0o444 {
            let access = rustix::fs::access(self.root.join(&path), rustix::fs::Access::READ_OK);
            if let Err(error) = access {
                return self.problem(Place::Tree(path), ProblemKind::UnreadableFile, plain(&error.into()));
            }
        }
        if self.files.len() >= limits.files {
            let message = format!("there are more than {} files", limits.files);
            self.stopped = true;
            return self.problem(Place::Tree(path), ProblemKind::TooManyFiles, message);
        }
        let kind = match path.file_name() {
            LOCK_FILE if path.parent().is_none() => FoundKind::Lock,
            _ if path.components().skip(1).any(|part| part == CHART_FOLDER) => {
                kind_of(&path).unwrap_or(FoundKind::Intent)
            }
            _ => FoundKind::Intent,
        };
        self.files.push((Found { path, kind, meta: Meta::of(metadata) }, FileId::of(metadata)));
    }

    /// Whether a folder is one of those that are not read although nothing excludes them.
    pub(super) fn is_unread(&self, folder: &TreePath) -> bool {
        is_emitted(folder) || self.options.skip.contains(folder)
    }

    pub(super) fn excluded(&self, path: &TreePath, is_dir: bool, rules: &Rules) -> bool {
        self.excluded_at(&self.root.join(path), is_dir, rules)
    }

    fn excluded_at(&self, path: &Path, is_dir: bool, rules: &Rules) -> bool {
        match self.extra.matched(path, is_dir) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => rules.excludes(path, is_dir),
        }
    }

    fn path_of(&mut self, folder: &TreePath, name: &OsStr) -> Option<TreePath> {
        let (kind, message) = match name.to_str() {
            None => (ProblemKind::NotUtf8Name, "the name is not UTF-8".to_owned()),
            Some(text) => match folder.join(text) {
                Ok(path) => return Some(path),
                Err(error) => (ProblemKind::BadName, error.to_string()),
            },
        };
        self.problem(Place::of(Some(folder), name), kind, message);
        None
    }

    pub(super) fn leaves_root(&mut self, path: TreePath) {
        let target = std::fs::read_link(self.root.join(&path)).unwrap_or_else(|_| PathBuf::from("?"));
        let target = target.as_os_str().as_bytes().escape_ascii().to_string();
        let message = format!("the link leads out of the project, to `{target}`");
        self.problem(Place::Tree(path), ProblemKind::LeavesRoot, message);
    }

    pub(super) fn problem(&mut self, place: Place, kind: ProblemKind, message: String) {
        self.problems.push(WalkProblem { place, kind, message });
    }

    pub(super) fn stop(&mut self) -> bool {
        if self.options.cancel.is_cancelled() {
            self.cancelled = true;
            self.stopped = true;
        }
        self.stopped
    }
}
