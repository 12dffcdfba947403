//! What can be wrong with a tree of files.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use catalyst_source::TreePath;

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A path that has a name here.
    Tree(TreePath),
    /// A name that no [`TreePath`] can hold, escaped so that it is safe to print.
    Raw(String),
}

impl Place {
    /// The place of an entry, whatever its name is made of. `folder` is `None` at the top.
    pub(crate) fn of(folder: Option<&TreePath>, name: &OsStr) -> Place {
        let text = match name.to_str() {
            Some(text) => {
                let path = folder.map_or_else(|| TreePath::new(text), |folder| folder.join(text));
                match path {
                    Ok(path) => return Place::Tree(path),
                    Err(_) => text.escape_debug().to_string(),
                }
            }
            None => name.as_bytes().escape_ascii().to_string(),
        };
        Place::Raw(folder.map_or(text.clone(), |folder| format!("{folder}/{text}")))
    }

    /// The path, if it has one.
    pub fn path(&self) -> Option<&TreePath> {
        match self {
            Place::Tree(path) => Some(path),
            Place::Raw(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tree(path) => path.fmt(f),
            Place::Raw(text) => f.write_str(text),
        }
    }
}

/// One thing that is wrong with the tree, or that a user may not expect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WalkProblem {
    /// Where.
    pub place: Place,
    /// Which kind.
    pub kind: ProblemKind,
    /// One phrase: lower case, no full stop, names in backticks.
    pub message: String,
}

/// Kinds of [`WalkProblem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A link leads to a folder that it stands in, or to itself.
    SymlinkLoop,
    /// A link leads out of the root.
    LeavesRoot,
    /// A link leads to nothing.
    DanglingLink,
    /// The same file or folder was read under another name. Nothing is lost; the second name is not read.
    SeenTwice,
    /// A link leads into a part of the tree that is not read.
    LeadsToUnread,
    /// A folder cannot be listed.
    UnreadableFolder,
    /// A file cannot be read.
    UnreadableFile,
    /// A name is not UTF-8.
    NotUtf8Name,
    /// A name has a control character or a backslash.
    BadName,
    /// Two names of one folder differ only in case: on many systems only one of them can exist. Unicode normal forms are not compared.
    CaseClash,
    /// A pipe, a socket or a device has the name of a YAML file.
    NotRegular,
    /// A file is over the limit.
    TooLarge,
    /// Folders are nested too deep.
    TooDeep,
    /// There are more files than the limit.
    TooManyFiles,
    /// A folder named `chart` has no `Chart.yaml`: nothing in it was read.
    NotAChart,
    /// A file looks like one of intent by its name, and is not read: a copy such as `site.yaml.bak`.
    Misnamed,
    /// A line of an ignore file, or a pattern of the settings, cannot be understood.
    BadPattern,
}

impl ProblemKind {
    /// Whether something that may be intent was not read, so that the result cannot be trusted.
    pub fn loses_input(self) -> bool {
        !matches!(
            self,
            ProblemKind::SeenTwice
                | ProblemKind::CaseClash
                | ProblemKind::LeadsToUnread
                | ProblemKind::Misnamed
        )
    }
}
