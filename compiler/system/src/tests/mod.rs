//! Tests against a real file system, in a folder of their own each.

mod concurrency;
mod delivery;
mod discover;
mod disk;
mod edit;
mod extra;
mod faults;
mod patch;
mod process;
mod read;
mod watch;

use std::path::{Path, PathBuf};

use catalyst_source::TreePath;

use crate::root::Root;

/// A folder that goes away with the test.
pub(crate) struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    /// An empty project.
    pub(crate) fn project() -> Self {
        let sandbox = Sandbox::empty();
        sandbox.file("catalyst.yaml", "kind: Project\n");
        sandbox
    }

    pub(crate) fn empty() -> Self {
        Sandbox { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn root(&self) -> Root {
        Root::new(self.dir.path()).unwrap()
    }

    pub(crate) fn file(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn folder(&self, path: impl AsRef<Path>) {
        std::fs::create_dir_all(self.at(path)).unwrap();
    }

    pub(crate) fn link(&self, path: impl AsRef<Path>, target: impl AsRef<Path>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    pub(crate) fn fifo(&self, path: impl AsRef<Path>) {
        let mode = rustix::fs::Mode::from_raw_mode(0o644);
        rustix::fs::mknodat(rustix::fs::CWD, self.at(path), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }

    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.at(path)).unwrap()
    }
}

pub(crate) fn tree(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}
