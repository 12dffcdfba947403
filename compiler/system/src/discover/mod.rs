//! Listing the files that the compiler reads, and everything about the tree that would make them read differently elsewhere.
//!
//! The list is a function of the tree alone: no user settings, no ignore files above the root, no order of the file system. What cannot be
//! listed is a [`WalkProblem`], never silence.

mod ignores;
mod links;
mod problem;
mod walk;

use catalyst_source::TreePath;

pub use problem::{Place, ProblemKind, WalkProblem};

use crate::cancel::Cancel;
use crate::layout::FoundKind;
use crate::meta::Meta;
use crate::root::Root;

/// How to look.
#[derive(Debug, Clone, Default)]
pub struct Discover {
    /// Patterns in the language of `.gitignore`, relative to the root. They win over every ignore file.
    pub exclude: Vec<String>,
    /// Folders that are not entered, such as the output folder when it stands below an intent folder.
    pub skip: Vec<TreePath>,
    /// Bounds.
    pub limits: Limits,
    /// Stops the walk.
    pub cancel: Cancel,
}

/// Bounds that keep a hostile tree from exhausting the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Components of a path.
    pub depth: usize,
    /// Listed files.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { file_bytes: 16 << 20, depth: 32, files: 1_000_000 }
    }
}

/// One file that the compiler reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands; for a link, where the link stands.
    pub path: TreePath,
    /// What it is to the compiler.
    pub kind: FoundKind,
    /// What is known without reading it; for a link, of the file it leads to.
    pub meta: Meta,
}

/// The result of [`discover`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The files, sorted by path.
    pub files: Vec<Found>,
    /// Every folder below the root whose entries had a say in the result, sorted: what to watch, together with the root.
    pub folders: Vec<TreePath>,
    /// What is wrong with the tree, sorted by place.
    pub problems: Vec<WalkProblem>,
    /// Whether the walk was stopped: the lists are incomplete then.
    pub cancelled: bool,
}

/// Lists `catalyst.yaml`, `catalyst.lock`, the YAML files below the intent folders, and the charts there: `Chart.yaml`, `values.yaml`,
/// templates and cases.
///
/// Left out: hidden files and folders, what ignore files and `options.exclude` exclude (`catalyst.yaml` and `catalyst.lock` never are),
/// folders the compiler writes itself, and the charts inside of charts. A link is followed when it stays below the root; each folder
/// is entered once, under its own name if it has one in the tree.
pub fn discover(root: &Root, options: &Discover) -> Discovery {
    walk::Walk::new(root, options).run()
}
