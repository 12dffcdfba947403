//! Building again whenever something changes.
//!
//! The first round, and every round after something that all Sovereigns share has changed, is a build like any other: a whole new tree,
//! swapped in. A round in which only documents of single Sovereigns changed compiles these alone and patches the files that differ
//! ([`catalyst_system::Patch`]). Newer edits stop a round that is under way; its result is dropped.

use crate::build::{Whole, build_whole};
use crate::cache::Made;
use crate::compile::{Known, compile_unless};
use crate::deliver::{Delivered, IndexFile, index_json, index_path};
use crate::plain::rendered_sovereigns;
use crate::{BuildError, BuildOptions, Built, LoadError, Progress, Project, Stage};
use catalyst_model::SovereignName;
use catalyst_source::TreePath;
use catalyst_system::{
    Cancel, DeliveryOptions, Discover, IoError, Meta, Patch, Root, WatchTimes, Watcher, read_bytes,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

/// What a watch tells its front end.
pub trait Rounds {
    /// A round begins.
    fn begin(&mut self) -> &dyn Progress;
    /// A round is over. Not called for one that newer edits have stopped.
    fn end(&mut self, project: &Project, result: Result<Built, BuildError>);
}

/// Builds, and builds again after each change, until `stop`. Errors of a round are told and do not end the watch.
pub fn watch(
    start: &Path,
    options: &BuildOptions,
    stop: &Cancel,
    rounds: &mut dyn Rounds,
) -> Result<(), LoadError> {
    let root = catalyst_system::find_root(start).map_err(LoadError::Root)?;
    let discover = Discover { cancel: stop.clone(), ..Discover::default() };
    let mut watcher = Watcher::new(&root, discover.clone(), WatchTimes::default());
    // Opened after the watch began: an edit in between is a change.
    let mut project = Project::open(start, discover.clone(), false)?;
    let desk = Desk::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while let Some(change) = watcher.next(stop) {
                desk.put(change.paths, change.relisted);
            }
            desk.close();
        });
        // Whatever ends this loop ends the other thread as well, a fault of this program included.
        let _end = End(stop);
        let mut live = None;
        loop {
            let cancel = desk.begin();
            let options = BuildOptions { cancel, ..options.clone() };
            let result = round(&project, &options, rounds.begin(), &mut live);
            let is_dropped = options.cancel.is_cancelled() && result.is_err();
            if !is_dropped {
                rounds.end(&project, result);
            }
            loop {
                let Some((paths, relisted)) = desk.take() else { return Ok(()) };
                if !project.root.is_current() {
                    // The folder of the project was replaced as a whole; while it is away there is nothing to build.
                    let Ok(fresh) = Project::open(start, discover.clone(), false) else { continue };
                    project = fresh;
                    break;
                }
                if refresh(&mut project, paths, relisted) || is_dropped {
                    break;
                }
            }
        }
    })
}

/// Stops the watch when it goes.
struct End<'a>(&'a Cancel);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Reads what changed; whether anything did.
fn refresh(project: &mut Project, paths: BTreeSet<TreePath>, relisted: bool) -> bool {
    let problems = project.diagnostics.clone();
    let lists = [catalyst_system::PROJECT_FILE, catalyst_system::LOCK_FILE];
    let all = relisted || paths.iter().any(|path| lists.contains(&path.as_str()));
    let paths: Vec<TreePath> = paths.into_iter().collect();
    let edited = if all { project.reload_all() } else { project.reload(&paths) };
    !edited.files.is_empty() || problems != project.diagnostics
}

/// What passes between the thread that watches and the one that builds.
#[derive(Default)]
struct Desk {
    state: Mutex<DeskState>,
    news: Condvar,
}

#[derive(Default)]
struct DeskState {
    paths: BTreeSet<TreePath>,
    relisted: bool,
    is_new: bool,
    closed: bool,
    /// Stops the round that is under way.
    running: Cancel,
}

impl Desk {
    fn put(&self, paths: BTreeSet<TreePath>, relisted: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.paths.extend(paths);
        state.relisted |= relisted;
        state.is_new = true;
        state.running.cancel();
        self.news.notify_one();
    }

    fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        state.running.cancel();
        self.news.notify_one();
    }

    /// The flag of a new round.
    fn begin(&self) -> Cancel {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.running = Cancel::new();
        if state.is_new || state.closed {
            state.running.cancel();
        }
        state.running.clone()
    }

    /// Waits for changes; `None` when there will be no more.
    fn take(&self) -> Option<(BTreeSet<TreePath>, bool)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_new && !state.closed {
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return None;
        }
        state.is_new = false;
        Some((std::mem::take(&mut state.paths), std::mem::take(&mut state.relisted)))
    }
}

/// What the last delivered round has left.
struct Live {
    shared: String,
    keys: BTreeMap<SovereignName, String>,
    made: BTreeMap<SovereignName, Made>,
    index: IndexFile,
    /// What the index looks like: another one is of another build.
    seen: Meta,
    out: Root,
    /// The output folder as it is shown.
    shown: PathBuf,
}

fn round(
    project: &Project,
    options: &BuildOptions,
    progress: &dyn Progress,
    live: &mut Option<Live>,
) -> Result<Built, BuildError> {
    progress.begin(Stage::Parse, project.found.len());
    crate::compile::warm_up(project.database().0, project.database().1);
    let inputs = options.inputs(project);
    let (shared, keys) = inputs.shared_and_keys(project);
    let holds = |live: &Live| {
        options.only.is_empty()
            && live.shared == shared
            && live.keys.keys().eq(keys.keys())
            && live.is_there()
    };
    if let Some(patched) = live.as_mut().filter(|live| holds(live)) {
        let result = patched.patch(project, options, progress, keys);
        // After an error the folder may hold a part of the round: the next one is whole.
        if result.as_ref().is_err_and(|error| !error.is_cancelled()) {
            *live = None;
        }
        return result;
    }
    *live = None;
    let Whole { built, parts } = build_whole(project, options, progress, None)?;
    // Foreign files are named by whole builds only, so while there are some, every round is whole.
    let has_foreign = built.delivered.as_ref().is_some_and(|it| !it.foreign.is_empty());
    if let Some((made, index)) = parts.filter(|_| !has_foreign) {
        *live = Root::new(&built.out).ok().and_then(|out| {
            let seen = read_bytes(&out, &index_path(), u64::MAX).ok()?.1;
            Some(Live { shared, keys, made, index, seen, out, shown: built.out.clone() })
        });
    }
    Ok(built)
}

impl Live {
    /// Whether the output is still the one that was left.
    fn is_there(&self) -> bool {
        self.out.is_current()
            && read_bytes(&self.out, &index_path(), u64::MAX).is_ok_and(|(_, meta)| meta == self.seen)
    }

    /// Compiles the Sovereigns whose part changed, and writes the files that differ.
    fn patch(
        &mut self,
        project: &Project,
        options: &BuildOptions,
        progress: &dyn Progress,
        keys: BTreeMap<SovereignName, String>,
    ) -> Result<Built, BuildError> {
        let known = |name: &SovereignName| {
            let is_same = self.keys.get(name) == keys.get(name);
            let known = self.made.get(name).filter(|_| is_same)?.clone().known();
            Some(Known { value: (known.value, None), externs: known.externs, diagnostics: known.diagnostics })
        };
        let mut rendered = rendered_sovereigns(project, &options.only);
        rendered.retain(|name| known(name).is_none());
        let plain = options.renderer.render(project, &rendered, progress, &options.cancel)?;
        let done = compile_unless(project, &options.compiling(plain), progress, &known, |_, output| {
            let texts = output.render();
            (Made::of(output, None), Some(texts))
        });
        let sovereigns = done.sovereigns.iter().map(|(name, made)| (name.clone(), made.0.counts)).collect();
        let failed = done.has_errors();
        let mut built =
            Built { out: self.shown.clone(), sovereigns, diagnostics: done.diagnostics, delivered: None };
        if done.cancelled {
            return Err(IoError::cancelled("build", &built.out).into());
        }
        if failed {
            return Ok(built);
        }
        progress.begin(Stage::Write, 1);
        let settings = DeliveryOptions { cancel: options.cancel.clone(), ..DeliveryOptions::default() };
        let mut patch = Patch::begin(self.out.path(), settings)?;
        let mut files = self.index.files.clone();
        let mut delivered = Delivered::default();
        for (name, texts) in done.sovereigns.iter().filter_map(|(name, it)| Some((name, it.1.as_ref()?))) {
            for (path, _) in self.index.below(name).filter(|(path, _)| !texts.contains_key(*path)) {
                patch.remove(path);
                files.remove(path);
                delivered.removed += 1;
            }
            for (path, file) in texts {
                if files.get(path) != Some(&file.sha256) {
                    patch.write(path, file.text.as_bytes())?;
                    files.insert(path.clone(), file.sha256.clone());
                    delivered.written += 1;
                }
            }
        }
        if delivered.written + delivered.removed > 0 {
            let index = IndexFile::of(files);
            patch.write(&index_path(), index_json(&index).as_bytes())?;
            self.seen = patch.commit()?.unwrap_or_default();
            self.index = index;
        }
        self.made = done.sovereigns.into_iter().map(|(name, (made, _))| (name, made)).collect();
        self.keys = keys;
        delivered.files = self.index.files.len();
        delivered.digest = self.index.digest.clone();
        built.delivered = Some(delivered);
        Ok(built)
    }
}
