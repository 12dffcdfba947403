//! Ignore files, without anything that is not in the tree: no settings of git, no files of the user, none above the root.

use std::path::Path;
use std::sync::Arc;

use catalyst_source::TreePath;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::discover::problem::{Place, ProblemKind, WalkProblem};
use crate::layout::IGNORE_FILES;
use crate::read::{self, ReadError};
use crate::root::Root;

/// An ignore file of more bytes is a mistake.
const LIMIT: u64 = 1 << 20;

/// What holds in one folder: its own files first, then those of the folders above. Folders without ignore files share their parent's.
#[derive(Default)]
pub(super) struct Rules {
    above: Option<Arc<Rules>>,
    /// The strongest first.
    own: Vec<Gitignore>,
}

impl Rules {
    /// The rules below `folder` (`None` is the root), of which `present` says whether it holds an entry of that name.
    pub(super) fn below(
        above: &Arc<Rules>,
        root: &Root,
        folder: Option<&TreePath>,
        present: impl Fn(&str) -> bool,
        problems: &mut Vec<WalkProblem>,
    ) -> Arc<Rules> {
        let own: Vec<Gitignore> = IGNORE_FILES
            .iter()
            .filter(|name| present(name))
            .filter_map(|name| {
                let path = folder.map_or_else(|| TreePath::new(name), |folder| folder.join(name)).ok()?;
                load(root, folder, &path, problems)
            })
            .collect();
        if own.is_empty() {
            return above.clone();
        }
        Arc::new(Rules { above: Some(above.clone()), own })
    }

    /// Whether the entry is excluded. Its folder is not: nobody asks below an excluded one.
    pub(super) fn excludes(&self, path: &Path, is_dir: bool) -> bool {
        let mut level = Some(self);
        while let Some(rules) = level {
            for file in &rules.own {
                match file.matched(path, is_dir) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            level = rules.above.as_deref();
        }
        false
    }
}

/// Patterns given by the caller, relative to the root.
pub(super) fn extra(root: &Root, patterns: &[String], problems: &mut Vec<WalkProblem>) -> Gitignore {
    let mut builder = GitignoreBuilder::new(root.path());
    for pattern in patterns {
        if let Err(error) = builder.add_line(None, pattern) {
            let message =
                format!("can't understand the pattern `{}`: {}", pattern.escape_debug(), phrase(&error));
            problems.push(WalkProblem {
                place: Place::Raw(pattern.escape_debug().to_string()),
                kind: ProblemKind::BadPattern,
                message,
            });
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn load(
    root: &Root,
    folder: Option<&TreePath>,
    path: &TreePath,
    problems: &mut Vec<WalkProblem>,
) -> Option<Gitignore> {
    let mut problem =
        |kind, message| problems.push(WalkProblem { place: Place::Tree(path.clone()), kind, message });
    // Read through the same bounded door as everything else: an ignore file may be a pipe, or a link that leaves the root.
    let text = match read::read(root, path, LIMIT) {
        Ok(file) => file.text,
        Err(ReadError::Missing) => return None,
        Err(error) => {
            problem(ProblemKind::UnreadableFile, format!("can't read the ignore file: {error}"));
            return None;
        }
    };
    let base = folder.map_or_else(|| root.path().to_path_buf(), |folder| root.join(folder));
    let mut builder = GitignoreBuilder::new(base);
    for (at, line) in text.lines().enumerate() {
        if let Err(error) = builder.add_line(None, line) {
            problem(ProblemKind::BadPattern, format!("can't understand line {}: {}", at + 1, phrase(&error)));
        }
    }
    builder.build().ok()
}

fn phrase(error: &ignore::Error) -> String {
    error.to_string().escape_debug().to_string()
}
