//! Watching a project: which files changed since the last look.
//!
//! Events of the system only say when to look and, for a plain edit, where; what changed is decided by comparing with what was known. So an
//! event too many costs a look, a lost one is found by the next, and reading every file (which the system reports as well) changes nothing.
//! Without events the same comparison runs on a timer.

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use catalyst_source::TreePath;

use crate::cancel::Cancel;
use crate::discover::{Discover, Discovery, discover};
use crate::meta::Meta;
use crate::root::Root;
use events::{Events, Hint};

/// Times of the watcher.
#[derive(Debug, Clone, Copy)]
pub struct WatchTimes {
    /// A burst of changes has ended when nothing happened for so long.
    pub quiet: Duration,
    /// A burst is reported after this time even when it has not ended.
    pub longest: Duration,
    /// How often to look when there are no events.
    pub poll: Duration,
}

impl Default for WatchTimes {
    fn default() -> Self {
        WatchTimes {
            quiet: Duration::from_millis(50),
            longest: Duration::from_millis(500),
            poll: Duration::from_secs(1),
        }
    }
}

/// How a watcher learns of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchMode {
    /// The system reports them.
    Events,
    /// It looks from time to time, for this reason.
    Polling(String),
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Files that were changed, made or removed, sorted.
    pub paths: BTreeSet<TreePath>,
    /// Whether the list of files or of problems differs from before, beyond the files' own meta: see [`Watcher::discovery`].
    pub relisted: bool,
}

/// Watches what [`discover`] lists.
pub struct Watcher {
    root: Root,
    options: Discover,
    times: WatchTimes,
    known: Discovery,
    events: Result<Events, String>,
}

impl Watcher {
    /// Starts watching. The first look is [`Watcher::discovery`]; changes count from it.
    pub fn new(root: &Root, options: Discover, times: WatchTimes) -> Watcher {
        Watcher::over(root, options, times, Events::new(root))
    }

    /// A watcher that does without events.
    pub fn polling(root: &Root, options: Discover, times: WatchTimes) -> Watcher {
        Watcher::over(root, options, times, Err("asked for".to_owned()))
    }

    fn over(root: &Root, options: Discover, times: WatchTimes, events: Result<Events, String>) -> Watcher {
        let mut watcher = Watcher { root: root.clone(), options, times, known: Discovery::default(), events };
        watcher.known = watcher.look();
        watcher
    }

    /// The project as of the last change (or the start).
    pub fn discovery(&self) -> &Discovery {
        &self.known
    }

    /// Pretends that the system reported this.
    #[cfg(test)]
    pub(crate) fn inject(&self, event: notify::Result<notify::Event>) {
        if let Ok(events) = &self.events {
            events.inject.send(event).ok();
        }
    }

    /// The root it watches: another one than at first after the folder itself was replaced.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// How it learns of changes. It may fall back to polling at any time, as when the system allows no more watches.
    pub fn mode(&self) -> WatchMode {
        match &self.events {
            Ok(_) => WatchMode::Events,
            Err(reason) => WatchMode::Polling(reason.clone()),
        }
    }

    /// Waits for the next change; `None` when cancelled.
    pub fn next(&mut self, cancel: &Cancel) -> Option<Change> {
        loop {
            if cancel.is_cancelled() {
                return None;
            }
            let touched = match &self.events {
                Ok(_) => self.wait_for_events(cancel)?,
                Err(_) => {
                    self.wait_for_timer(cancel)?;
                    Touched::Unknown
                }
            };
            let change = match touched {
                Touched::Nothing => continue,
                Touched::Files(paths) => self.touched_only(paths, cancel),
                Touched::Unknown => self.compare(cancel),
            };
            if let Some(change) = change {
                return Some(change);
            }
        }
    }

    /// Collects one burst of events.
    fn wait_for_events(&mut self, cancel: &Cancel) -> Option<Touched> {
        let mut touched = Touched::Nothing;
        let mut begun: Option<Instant> = None;
        loop {
            let wait = match begun {
                None => Duration::from_millis(100),
                Some(begun) => self.times.quiet.min(self.times.longest.saturating_sub(begun.elapsed())),
            };
            let Ok(events) = &mut self.events else { return Some(Touched::Unknown) };
            match events.next(wait) {
                Ok(Some(Hint::Edited(path))) if self.is_listed(&path) => touched.add(path),
                Ok(Some(Hint::Edited(_) | Hint::Look)) => touched = Touched::Unknown,
                Ok(Some(Hint::Nothing)) => continue,
                Ok(None) if begun.is_some() => return Some(touched),
                Ok(None) if cancel.is_cancelled() => return None,
                // The folder above the root is not watched: its own coming back is no event.
                Ok(None) if !self.root.is_current() => return Some(Touched::Unknown),
                Ok(None) => continue,
                Err(reason) => {
                    self.events = Err(reason);
                    return Some(Touched::Unknown);
                }
            }
            let begun = *begun.get_or_insert_with(Instant::now);
            if begun.elapsed() >= self.times.longest {
                return Some(touched);
            }
        }
    }

    fn wait_for_timer(&self, cancel: &Cancel) -> Option<()> {
        let begun = Instant::now();
        while begun.elapsed() < self.times.poll {
            if cancel.is_cancelled() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20).min(self.times.poll));
        }
        Some(())
    }

    fn is_listed(&self, path: &TreePath) -> bool {
        self.position(path).is_some()
    }

    fn position(&self, path: &TreePath) -> Option<usize> {
        self.known.files.binary_search_by(|found| found.path.cmp(path)).ok()
    }

    /// Plain edits of listed files: reported even when their meta is the same, because two edits within one tick of the file system's clock
    /// look alike.
    fn touched_only(&mut self, paths: BTreeSet<TreePath>, cancel: &Cancel) -> Option<Change> {
        for path in &paths {
            let metadata = self.root.join(path).metadata();
            let is_plain = |m: &std::fs::Metadata| m.is_file() && m.len() <= self.options.limits.file_bytes;
            match (self.position(path), metadata) {
                (Some(at), Ok(metadata)) if is_plain(&metadata) => {
                    self.known.files[at].meta = Meta::of(&metadata)
                }
                _ => return self.compare(cancel),
            }
        }
        Some(Change { paths, relisted: false })
    }

    /// Looks at everything; `None` when nothing is different.
    fn compare(&mut self, cancel: &Cancel) -> Option<Change> {
        let begun = Instant::now();
        let before = std::mem::take(&mut self.known);
        self.known = self.look();
        // Without events a burst is over when two looks agree.
        while self.events.is_err()
            && self.known != before
            && begun.elapsed() < self.times.longest
            && !cancel.is_cancelled()
        {
            std::thread::sleep(self.times.quiet);
            let last = {
                let now = self.look();
                std::mem::replace(&mut self.known, now)
            };
            if last == self.known {
                break;
            }
        }
        difference(&before, &self.known)
    }

    /// After the folder of the project was replaced (moved away and cloned anew), the one of that name is meant.
    fn follow_the_root(&mut self) {
        if !self.root.is_current()
            && let Ok(root) = Root::new(self.root.path())
        {
            self.events = self.events.as_ref().map_err(String::clone).and_then(|_| Events::new(&root));
            self.root = root;
        }
    }

    /// Lists the project, and watches its folders before it believes the list: what happens in a folder after it was listed is an event.
    fn look(&mut self) -> Discovery {
        self.follow_the_root();
        loop {
            let found = discover(&self.root, &self.options);
            let Ok(events) = &mut self.events else { return found };
            match events.watch(&found.folders) {
                Ok(false) => return found,
                Ok(true) => {}
                Err(reason) => self.events = Err(reason),
            }
        }
    }
}

/// What a burst of events was about.
enum Touched {
    Nothing,
    /// Only the content of files that are known.
    Files(BTreeSet<TreePath>),
    Unknown,
}

impl Touched {
    fn add(&mut self, path: TreePath) {
        match self {
            Touched::Nothing => *self = Touched::Files(BTreeSet::from([path])),
            Touched::Files(paths) => drop(paths.insert(path)),
            Touched::Unknown => {}
        }
    }
}

fn difference(before: &Discovery, after: &Discovery) -> Option<Change> {
    let index = |discovery: &Discovery| -> BTreeMap<TreePath, Meta> {
        discovery.files.iter().map(|found| (found.path.clone(), found.meta)).collect()
    };
    let (old, new) = (index(before), index(after));
    let gone_or_changed = old.iter().filter(|(path, meta)| new.get(path) != Some(meta)).map(|(path, _)| path);
    let paths: BTreeSet<TreePath> =
        gone_or_changed.chain(new.keys().filter(|path| !old.contains_key(path))).cloned().collect();
    let relisted = before.problems != after.problems || !old.keys().eq(new.keys());
    (relisted || !paths.is_empty()).then_some(Change { paths, relisted })
}
