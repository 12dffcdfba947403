//! The folder of a project: the one absolute path that the compiler knows, and that no other crate needs.

use std::fmt;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalyst_source::TreePath;
use rustix::fs::{Mode, OFlags};

use crate::layout::PROJECT_FILE;

/// A project's folder (or another folder that is read by tree paths, such as an output tree). Everything else is named relative to it.
///
/// It holds the folder open: what is read stays below it, whatever happens to the names above. After the folder itself was replaced
/// ([`Root::is_current`]), make a new one.
#[derive(Debug, Clone)]
pub struct Root {
    /// Absolute and free of links, so that "below the root" is a comparison of prefixes.
    path: PathBuf,
    handle: Arc<OwnedFd>,
}

/// Why there is no project to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootError {
    /// No folder from the starting one upwards holds a project file.
    NotFound {
        /// The folders that were looked at, the innermost first.
        looked: Vec<PathBuf>,
    },
    /// The folder cannot be used at all.
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        text: String,
    },
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RootError::NotFound { looked } => {
                f.write_str("no `catalyst.yaml` here or in a folder above; looked in")?;
                for (at, folder) in looked.iter().enumerate() {
                    write!(f, "{} `{}`", if at == 0 { "" } else { "," }, folder.display())?;
                }
                f.write_str("; `catalystc init` makes one")
            }
            RootError::Unusable { path, text } => {
                write!(f, "can't use the folder `{}`: {text}", path.display())
            }
        }
    }
}

impl std::error::Error for RootError {}

impl Root {
    /// Uses this folder, whether or not it holds a project file.
    pub fn new(path: &Path) -> Result<Root, RootError> {
        let unusable = |error: std::io::Error| RootError::Unusable {
            path: path.to_path_buf(),
            text: crate::error::plain(&error),
        };
        let path = path.canonicalize().map_err(unusable)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(&path, flags, Mode::empty()).map_err(|e| unusable(e.into()))?;
        Ok(Root { path, handle: Arc::new(handle) })
    }

    /// The absolute path, without links. For messages and for programs that are run; never for output.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path still leads to the folder that is held open. Costs two system calls.
    pub fn is_current(&self) -> bool {
        let there = rustix::fs::stat(&self.path).map(|stat| (stat.st_dev, stat.st_ino));
        let held = rustix::fs::fstat(&self.handle).map(|stat| (stat.st_dev, stat.st_ino));
        there.is_ok() && there == held
    }

    /// The absolute path of a file below.
    pub fn join(&self, path: &TreePath) -> PathBuf {
        self.path.join(path.as_str())
    }

    /// The tree path of what the user named, relative to `current`; `None` when it is the root itself, lies outside, or has a name that
    /// no [`TreePath`] can hold. The file need not exist.
    pub fn locate(&self, named: &Path, current: &Path) -> Option<TreePath> {
        let absolute = current.join(named);
        let real = absolute.canonicalize().or_else(|_| {
            // A file that is yet to be made: its folder must exist.
            let parent = absolute.parent().unwrap_or(Path::new("/")).canonicalize()?;
            Ok::<_, std::io::Error>(absolute.file_name().map_or(parent.clone(), |name| parent.join(name)))
        });
        // A link inside of the project keeps its own name; one that is reached from outside is followed.
        let below = absolute.strip_prefix(&self.path).ok().map(Path::to_path_buf);
        let below = below.filter(|p| !p.components().any(|c| c.as_os_str() == "..")).or_else(|| {
            let real = real.ok()?;
            real.strip_prefix(&self.path).ok().map(Path::to_path_buf)
        })?;
        let below: PathBuf = below.components().filter(|c| c.as_os_str() != ".").collect();
        TreePath::new(below.to_str()?).ok()
    }

    pub(crate) fn handle(&self) -> &OwnedFd {
        &self.handle
    }
}

/// The nearest folder that holds a `catalyst.yaml`, from `start` (a file or a folder) upwards.
pub fn find_root(start: &Path) -> Result<Root, RootError> {
    let real = start.canonicalize().map_err(|error| RootError::Unusable {
        path: start.to_path_buf(),
        text: crate::error::plain(&error),
    })?;
    let mut looked = Vec::new();
    let first = if real.is_dir() { Some(real.as_path()) } else { real.parent() };
    for folder in first.into_iter().flat_map(Path::ancestors) {
        if folder.join(PROJECT_FILE).is_file() {
            return Root::new(folder);
        }
        looked.push(folder.to_path_buf());
    }
    Err(RootError::NotFound { looked })
}
