//! From the file system to the inputs of the database.

use catalyst_diag::{Diagnostic, Place as At, Rule, rule};
use catalyst_source::TreePath;
use catalyst_system::{
    Discover, Discovery, Found, FoundKind, Place, ProblemKind, ReadError, Root, WalkProblem, discover, read,
};
use catalyst_yaml::Dialect;
use rayon::prelude::*;
use std::sync::Arc;

/// Why there is no project to work on.
#[derive(Debug)]
pub enum LoadError {
    /// No root.
    Root(catalyst_system::RootError),
    /// Somebody stopped it.
    Cancelled,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::Root(error) => error.fmt(f),
            LoadError::Cancelled => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for LoadError {}

/// One file as read.
pub(crate) struct Read {
    pub found: Found,
    pub text: Arc<str>,
}

/// All files as read, with what is wrong with the tree.
pub(crate) struct Loaded {
    pub files: Vec<Read>,
    /// The text of `catalyst.pins`.
    pub pins: Option<Arc<str>>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds and reads all files of a project.
pub(crate) fn load(root: &Root, mut options: Discover) -> Result<Loaded, LoadError> {
    let limit = options.limits.file_bytes;
    options.exclude.extend(ignored(root, limit));
    let Discovery { files, problems, cancelled, .. } = discover(root, &options);
    if cancelled {
        return Err(LoadError::Cancelled);
    }
    let mut diagnostics: Vec<Diagnostic> = problems.iter().map(walk_problem).collect();
    let texts: Vec<_> = files.into_par_iter().map(|found| (read(root, &found.path, limit), found)).collect();
    let mut loaded = Vec::with_capacity(texts.len());
    let pins = match read(root, &pins_file(), limit) {
        Ok(file) => Some(file.text),
        Err(ReadError::Missing) => None,
        Err(error) => {
            diagnostics.push(read_error(&pins_file(), &error));
            None
        }
    };
    for (text, found) in texts {
        match text {
            Ok(bytes) => loaded.push(Read { found, text: bytes.text }),
            Err(error) => diagnostics.push(read_error(&found.path, &error)),
        }
    }
    Ok(Loaded { files: loaded, pins, diagnostics })
}

/// Patterns under `spec.ignore` of the project file, which has to be known before anything is looked for.
fn ignored(root: &Root, limit: u64) -> Vec<String> {
    let Ok(path) = TreePath::new(catalyst_system::PROJECT_FILE) else { return Vec::new() };
    let Ok(file) = read(root, &path, limit) else { return Vec::new() };
    let parsed = catalyst_yaml::parse(&file.text);
    let Some(document) = parsed.documents.first() else { return Vec::new() };
    let (value, _) = document.to_value(Dialect::Strict);
    let patterns = value["spec"]["ignore"].as_array().into_iter().flatten();
    patterns.filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

/// What is wrong with the tree, as a diagnostic.
fn walk_problem(problem: &WalkProblem) -> Diagnostic {
    let rule: &'static Rule = match problem.kind {
        ProblemKind::SymlinkLoop
        | ProblemKind::DanglingLink
        | ProblemKind::SeenTwice
        | ProblemKind::LeadsToUnread => &rule::SYMLINK_LOOP,
        ProblemKind::TooLarge | ProblemKind::TooDeep | ProblemKind::TooManyFiles => &rule::INPUT_LIMIT,
        ProblemKind::UnreadableFolder
        | ProblemKind::UnreadableFile
        | ProblemKind::NotAChart
        | ProblemKind::BadPattern => &rule::UNREADABLE_FILE,
        ProblemKind::LeavesRoot
        | ProblemKind::NotUtf8Name
        | ProblemKind::BadName
        | ProblemKind::CaseClash
        | ProblemKind::NotRegular => &rule::HOSTILE_PATH,
        ProblemKind::Misnamed => &rule::MISPLACED_FILE,
    };
    let (place, message) = match &problem.place {
        Place::Tree(path) => (At::file(path), problem.message.clone()),
        other => (At::file(&root_file()), format!("{other}: {}", problem.message)),
    };
    let mut found = Diagnostic::new(rule, place, message);
    if problem.kind == ProblemKind::Misnamed {
        found = found
            .help("give it the right ending, delete it, or name it under `spec.ignore` in `catalyst.yaml`");
    }
    if !problem.kind.loses_input() {
        found.severity = catalyst_diag::Severity::Warning;
    }
    found
}

/// Where pins stand.
pub(crate) fn pins_file() -> TreePath {
    TreePath::new(catalyst_system::PINS_FILE).unwrap_or_else(|error| unreachable!("{error}"))
}

/// Where to point when a name cannot even be written down.
fn root_file() -> TreePath {
    TreePath::new(catalyst_system::PROJECT_FILE).unwrap_or_else(|error| unreachable!("{error}"))
}

/// Why a file has no text, as a diagnostic.
pub(crate) fn read_error(path: &TreePath, error: &ReadError) -> Diagnostic {
    let rule = match error {
        ReadError::NotUtf8 { .. } => &rule::NOT_UTF8,
        ReadError::TooLarge { .. } => &rule::INPUT_LIMIT,
        _ => &rule::UNREADABLE_FILE,
    };
    let found = Diagnostic::new(rule, At::file(path), error.to_string());
    match error {
        ReadError::NotUtf8 { .. } => found.help("save the file as UTF-8"),
        _ => found,
    }
}

/// What a file is to the queries; `None` for the lock, which is an input of its own.
pub(crate) fn file_kind(kind: FoundKind) -> Option<catalyst_db::FileKind> {
    match kind {
        FoundKind::Intent => Some(catalyst_db::FileKind::Intent),
        FoundKind::Chart => Some(catalyst_db::FileKind::Chart),
        FoundKind::ChartValues => Some(catalyst_db::FileKind::Values),
        FoundKind::ChartTemplate => Some(catalyst_db::FileKind::Template),
        FoundKind::ChartTests => Some(catalyst_db::FileKind::Tests),
        FoundKind::Lock => None,
    }
}
