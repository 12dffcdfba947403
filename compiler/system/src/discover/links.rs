//! Links: followed when they stay below the root, each target once.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use catalyst_source::TreePath;

use super::problem::{Place, ProblemKind};
use super::walk::{Link, Walk};
use crate::error::plain;
use crate::layout::{CHART_FOLDER, LOCK_FILE, is_yaml};
use crate::meta::FileId;

impl Walk<'_> {
    /// Follows the links in the order in which they were met; folders behind them may hold more.
    pub(super) fn follow_links(&mut self) {
        if self.links.is_empty() {
            return;
        }
        let mut listed: BTreeMap<FileId, TreePath> = BTreeMap::new();
        let mut indexed = 0;
        while let Some(link) = self.links.pop_front() {
            if self.stop() {
                return;
            }
            for (found, id) in &self.files[indexed..] {
                listed.entry(*id).or_insert_with(|| found.path.clone());
            }
            indexed = self.files.len();
            self.follow(link, &listed);
        }
    }

    fn follow(&mut self, link: Link, listed: &BTreeMap<FileId, TreePath>) {
        let Link { path, rules, chain } = link;
        let full = self.root.join(&path);
        let real = match full.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.broken(path, &error),
        };
        let metadata = match real.metadata() {
            Ok(metadata) => metadata,
            Err(error) => return self.broken(path, &error),
        };
        let may_matter =
            metadata.is_dir() || is_yaml(path.file_name().as_bytes()) || path.as_str() == LOCK_FILE;
        if !may_matter {
            return;
        }
        let Ok(below) = real.strip_prefix(self.root.path()) else { return self.leaves_root(path) };
        if metadata.is_dir() {
            if self.excluded(&path, true, &rules) || self.is_unread(&path) {
                return;
            }
            if self.leads_to_unread(&path, below) {
                let message = format!("the link leads to `{}`, which is not read", below.display());
                return self.problem(Place::Tree(path), ProblemKind::LeadsToUnread, message);
            }
            return self.folder(path, &metadata, &rules, &chain);
        }
        // An edit of the target is an event in its own folder.
        self.folders.extend(below.parent().and_then(|folder| TreePath::new(folder.to_str()?).ok()));
        if let Some(first) = listed.get(&FileId::of(&metadata)) {
            let message = format!("this is the file `{first}`, which is read under that name");
            return self.problem(Place::Tree(path), ProblemKind::SeenTwice, message);
        }
        self.file(path, &metadata);
    }

    /// A link must not be a way into what the compiler wrote itself, or into the templates of a chart. A link named `chart` to a chart is
    /// how two Blueprints share one.
    fn leads_to_unread(&self, path: &TreePath, below: &std::path::Path) -> bool {
        let Some(target) = below.to_str().and_then(|text| TreePath::new(text).ok()) else { return false };
        let mut at = Some(target.clone());
        while let Some(folder) = at {
            if self.is_unread(&folder) {
                return true;
            }
            at = folder.parent();
        }
        path.file_name() != CHART_FOLDER && target.components().skip(1).any(|part| part == CHART_FOLDER)
    }

    fn broken(&mut self, path: TreePath, error: &std::io::Error) {
        let itself = self.root.join(&path).symlink_metadata();
        let (kind, message) = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory if itself.is_err() => return,
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                (ProblemKind::DanglingLink, "the link leads to nothing".to_owned())
            }
            _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                (ProblemKind::SymlinkLoop, "the link leads to itself".to_owned())
            }
            _ => (ProblemKind::UnreadableFile, plain(error)),
        };
        self.problem(Place::Tree(path), kind, message);
    }
}
