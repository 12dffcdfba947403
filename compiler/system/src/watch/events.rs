//! The system's events, reduced to hints. Each folder that was listed is watched, and nothing else: not the output, not the charts
//! inside of charts, nothing that is ignored.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use catalyst_source::TreePath;
use notify::event::{EventKind, ModifyKind};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::layout::{IGNORE_FILES, INTENT_FOLDERS, LOCK_FILE, PROJECT_FILE, is_yaml};
use crate::root::Root;

/// What an event means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// Nothing that the compiler reads.
    Nothing,
    /// The content of this file.
    Edited(TreePath),
    /// Something else: only a look can tell.
    Look,
}

pub(super) struct Events {
    root: Root,
    watcher: RecommendedWatcher,
    receiver: Receiver<notify::Result<Event>>,
    /// Folders that are watched.
    watched: BTreeSet<TreePath>,
    #[cfg(test)]
    pub(super) inject: Sender<notify::Result<Event>>,
}

impl Events {
    /// Watches the root itself; the folders come with [`Events::watch`].
    pub(super) fn new(root: &Root) -> Result<Events, String> {
        let (send, receiver) = channel();
        #[cfg(test)]
        let inject = send.clone();
        let mut watcher = notify::recommended_watcher(handler(send)).map_err(|error| reason(&error))?;
        watcher.watch(root.path(), RecursiveMode::NonRecursive).map_err(|error| reason(&error))?;
        Ok(Events {
            root: root.clone(),
            watcher,
            receiver,
            watched: BTreeSet::new(),
            #[cfg(test)]
            inject,
        })
    }

    /// Watches exactly these folders. `Ok(true)` when a new one is among them: what happened in it so far was not seen.
    pub(super) fn watch(&mut self, folders: &[TreePath]) -> Result<bool, String> {
        let wanted: BTreeSet<&TreePath> = folders.iter().collect();
        let gone: Vec<TreePath> =
            self.watched.iter().filter(|path| !wanted.contains(path)).cloned().collect();
        for path in gone {
            // A folder that was removed is no longer watched anyway.
            let _ = self.watcher.unwatch(&self.root.join(&path));
            self.watched.remove(&path);
        }
        let mut is_new = false;
        for path in wanted {
            if self.watched.contains(path) {
                continue;
            }
            match self.watcher.watch(&self.root.join(path), RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(path.clone())),
                // Removed since it was listed: the next look will not list it.
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(reason(&error)),
            }
            is_new = true;
        }
        Ok(is_new)
    }

    /// The next hint; `None` when there was none for so long. An error ends the use of events.
    pub(super) fn next(&mut self, wait: Duration) -> Result<Option<Hint>, String> {
        let event = match self.receiver.recv_timeout(wait) {
            Ok(Ok(event)) => event,
            Ok(Err(error)) if is_missing(&error) => return Ok(Some(Hint::Look)),
            Ok(Err(error)) => return Err(reason(&error)),
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Err("the system's watcher ended".to_owned()),
        };
        if event.need_rescan() {
            // Events were lost, perhaps of folders that were replaced: watch all of them again.
            self.watched.clear();
            return Ok(Some(Hint::Look));
        }
        if matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))) {
            for path in &event.paths {
                self.forget(path);
            }
        }
        let hints = event.paths.iter().map(|path| self.hint(&event.kind, path));
        Ok(Some(hints.reduce(join).unwrap_or(Hint::Nothing)))
    }

    /// A folder of this name that comes again is another one, and so is everything below it.
    fn forget(&mut self, path: &Path) {
        let Some(gone) = self.tree_path(path) else { return };
        self.watched.retain(|folder| !folder.is_within(gone.as_str()));
    }

    fn hint(&self, kind: &EventKind, full: &Path) -> Hint {
        let Ok(below) = full.strip_prefix(self.root.path()) else { return Hint::Look };
        let Some(name) = below.file_name().map(|name| name.as_encoded_bytes()) else {
            // The root itself.
            return Hint::Look;
        };
        // A file at the top may be what a link leads to.
        let matters_at_top = || {
            let known = [PROJECT_FILE, LOCK_FILE].into_iter().chain(INTENT_FOLDERS);
            is_yaml(name) || known.into_iter().any(|known| known.as_bytes() == name)
        };
        if IGNORE_FILES.iter().any(|file| file.as_bytes() == name) {
            return Hint::Look;
        }
        if name.starts_with(b".") || (below.parent() == Some(Path::new("")) && !matters_at_top()) {
            return Hint::Nothing;
        }
        // Permissions and folders are not plain edits.
        match (kind, self.tree_path(full)) {
            (EventKind::Modify(ModifyKind::Data(_)), Some(path)) => Hint::Edited(path),
            _ => Hint::Look,
        }
    }

    fn tree_path(&self, full: &Path) -> Option<TreePath> {
        TreePath::new(full.strip_prefix(self.root.path()).ok()?.to_str()?).ok()
    }
}

/// Runs on the watcher's thread. Opening and reading are events too, thousands of them when the compiler itself reads: they end here.
fn handler(send: Sender<notify::Result<Event>>) -> impl FnMut(notify::Result<Event>) {
    move |event| {
        let is_noise = event.as_ref().is_ok_and(|event| matches!(event.kind, EventKind::Access(_)));
        if !is_noise {
            // Nobody listens any more: then nobody misses it.
            let _ = send.send(event);
        }
    }
}

fn join(a: Hint, b: Hint) -> Hint {
    match (a, b) {
        (Hint::Nothing, other) | (other, Hint::Nothing) => other,
        (a, b) if a == b => a,
        _ => Hint::Look,
    }
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn reason(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system allows no more watches (see `fs.inotify.max_user_watches`)".to_owned()
        }
        ErrorKind::Io(error) => crate::error::plain(error),
        _ => error.to_string(),
    }
}
