//! Charts from elsewhere: resolved once, fetched once, verified always, and written down in `catalyst.lock`.
//!
//! [`vendor`] reaches the network; see [`crate::network`]. [`charts`] gives what it fetched to whoever renders.

mod archive;
mod carry;
mod check;
mod demand;
mod digests;
mod fetch;
mod images;
mod store;
mod supply;

pub(crate) use carry::Upstream;
pub(crate) use store::FOLDER as STORE;
pub use supply::{Charts, charts};

use crate::network::{ConnectError, Network, NetworkProgress};
use crate::rendering::Engines;
use crate::{Project, Refusal, relock};
use catalyst_diag::{Diagnostic, Severity, arrange, rule};
use catalyst_helm::Engine;
use catalyst_model::{BlueprintName, Version};
use catalyst_plan::{Lock, LockedChart};
use catalyst_resolve::write_lock;
use catalyst_source::TreePath;
use catalyst_system::{Durability, IoError, write_atomic};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use store::{FOLDER, Store};

/// Name, version and source of a chart in the lock.
type Key = (String, Version, String);
/// The charts of a lock.
type Locked = BTreeMap<Key, LockedChart>;

/// What to fetch, and how.
#[derive(Debug, Clone, Default)]
pub struct VendorOptions {
    /// Only what these Blueprints need; all when empty.
    pub only: Vec<BlueprintName>,
    /// The folder of the store; below `.catalystc` in the project unless given.
    pub store: Option<PathBuf>,
    /// Whether to look only: nothing is fetched, nothing written.
    pub check: bool,
    /// Whether the digests of images are asked for; with `check`, whether the lock must have them all.
    pub images: bool,
    /// Charts and images, these by their full reference, whose content may be another than the lock says.
    pub accept: Vec<String>,
    /// How sources are reached. What was fetched before somebody stops it is kept.
    pub network: Network,
}

/// What became of it.
#[derive(Debug, Clone, Default)]
pub struct Vendored {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The charts that are needed, in order.
    pub charts: Vec<VendoredChart>,
    /// How the lock changes: one line for each chart.
    pub changes: Vec<LockChange>,
    /// How many Blueprints have other images in the lock than before.
    pub images: usize,
    /// Images whose digests were asked for, and how many rows of the lock that changes; `None` when nobody asked.
    pub digests: Option<(usize, usize)>,
    /// Why there may be more images than those.
    pub unseen: BTreeSet<String>,
    /// Whether the lock was written.
    pub wrote_lock: bool,
    /// The folder of the store.
    pub store: PathBuf,
}

/// One chart that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendoredChart {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: String,
    /// Its bytes, when they were fetched just now.
    pub fetched: Option<u64>,
}

/// A chart that comes into the lock, or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockChange {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: String,
    /// What happens to it.
    pub kind: LockChangeKind,
}

/// What happens to a chart in the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockChangeKind {
    /// It is new.
    Added,
    /// It has other content, or answers another range.
    Changed,
    /// Nothing needs it any more.
    Removed,
}

impl Vendored {
    /// Whether an error stands.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }
}

/// Why nothing could be done at all.
#[derive(Debug)]
pub enum VendorError {
    /// The store or the lock could not be written, or somebody stopped it.
    Io(IoError),
    /// A setting cannot be used.
    Refused(Refusal),
}

impl From<IoError> for VendorError {
    fn from(error: IoError) -> Self {
        VendorError::Io(error)
    }
}

impl From<ConnectError> for VendorError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Io(error) => VendorError::Io(error),
            ConnectError::Refused(text) => VendorError::Refused(Refusal { text, help: None }),
        }
    }
}

/// What was found of the charts that are needed.
struct Found {
    /// As the lock should have them.
    locked: Locked,
    charts: Vec<VendoredChart>,
    diagnostics: Vec<Diagnostic>,
}

/// Fetches every chart that the project needs from elsewhere and does not have, and writes the lock; with `check`, only says what is missing.
///
/// When a chart cannot be had, the lock is written with those that are there: their content is pinned from now on, whoever renders finds them,
/// and the next run goes on from there. No row goes then, since what the missing chart would need is not known. Any other error leaves the
/// lock as it was.
///
/// With an `engine` the charts are rendered with their own values, and the images in what they give are written down as well; without one,
/// images of charts that have changed leave the lock. Where it is asked for, the digests of these images are locked too, with those of all
/// releases of the fleet.
pub fn vendor(
    project: &Project,
    options: &VendorOptions,
    engine: Option<&dyn Engine>,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Vendored, VendorError> {
    let folder = options.store.clone().unwrap_or_else(|| project.root.path().join(FOLDER));
    let (db, files) = project.database();
    let (old, mut findings) = catalyst_db::lock(db, files).clone();
    let mut done = Vendored { store: folder.clone(), ..Vendored::default() };
    if project.has_lock() && old.is_none() {
        done.diagnostics = findings;
        return Ok(done);
    }
    let again = progress.clone();
    let (demands, refused) = demand::of_project(project, &options.only);
    findings.extend(refused);
    let before = old.as_ref().map(|it| it.charts.clone()).unwrap_or_default();
    let found = if options.check {
        check::check(&project.root, Store::open(&folder).as_ref(), &before, demands)
    } else {
        if options.store.is_none() {
            // The store is of use even where it shows up in Git.
            let _ = crate::cache::keep_out_of_git(&project.root);
        }
        let store = Store::make(&folder)?;
        let _alone = store.lock(&options.network.cancel, || progress.waiting())?;
        done.store = store.folder();
        fetch::fetch(&project.root, options, &store, &before, demands, progress)?
    };
    findings.extend(found.diagnostics);
    let mut after = found.locked;
    let is_partial = findings.iter().any(is_of_a_chart);
    if !options.only.is_empty() || is_partial {
        // What the other Blueprints need is not known now, nor what needs what is missing.
        for (key, chart) in &before {
            after
                .entry(key.clone())
                .or_insert_with(|| chart.clone())
                .ranges
                .extend(chart.ranges.iter().cloned());
        }
    }
    done.charts = found.charts;
    done.changes = changes(&before, &after);
    project.levels().apply(&mut findings);
    arrange(&mut findings);
    done.diagnostics = findings;
    let old_images = old.as_ref().map(|it| it.images.clone()).unwrap_or_default();
    let old_digests = old.as_ref().map(|it| it.digests.clone()).unwrap_or_default();
    let archives = Charts::of(&project.root, &folder, after.clone());
    if options.check {
        check::unneeded(project, &mut done);
        let mut outdated = images::outdated(project, &old_images, &archives);
        // A project that locks images locks all of them.
        if options.images || !old_digests.is_empty() {
            let wanted = digests::wanted(project, &options.only, &old_images, None, options);
            outdated.extend(digests::missing(&wanted.images, &old_digests));
        }
        project.levels().apply(&mut outdated);
        done.diagnostics.extend(outdated);
        arrange(&mut done.diagnostics);
        return Ok(done);
    }
    let images = images::found(project, &options.only, &old_images, &archives, engine);
    done.images = images::changed(&old_images, &images);
    let mut digests = old_digests.clone();
    if options.images {
        let engines = engine.map(|engine| Engines { engine, second: engine, archives: &archives });
        let wanted = digests::wanted(project, &options.only, &images, engines.as_ref(), options);
        let (now, mut findings) = digests::asked(options, &wanted.images, &old_digests, again)?;
        let is_whole = options.only.is_empty() && wanted.unseen.is_empty();
        if is_whole {
            digests.clear();
        }
        digests.extend(now);
        done.digests = Some((wanted.images.len(), digests::changes(&old_digests, &digests)));
        done.unseen = wanted.unseen;
        project.levels().apply(&mut findings);
        done.diagnostics.extend(findings);
        arrange(&mut done.diagnostics);
    }
    let has_changed = !done.changes.is_empty() || done.images > 0 || digests != old_digests;
    let mut errors = done.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    if errors.all(|it| is_of_a_chart(it) || is_of_an_image(it)) && has_changed {
        let base = old.or_else(|| catalyst_resolve::parse_lock(&relock(project, None).text).0);
        // Where there was none, versions of Blueprints are chosen too: half a lock would fit nothing.
        let text = write_lock(&Lock { charts: after, images, digests, ..base.unwrap_or_default() });
        let path = TreePath::new(catalyst_system::LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"));
        write_atomic(&project.root, &path, text.as_bytes(), Durability::default())?;
        done.wrote_lock = true;
    }
    Ok(done)
}

/// Whether a finding is about one chart that cannot be had, or has changed.
fn is_of_a_chart(found: &Diagnostic) -> bool {
    [&rule::CHART_UNAVAILABLE, &rule::CHART_CHANGED].contains(&found.rule)
}

/// Whether a finding is about the digest of one image.
fn is_of_an_image(found: &Diagnostic) -> bool {
    [&rule::IMAGE_UNAVAILABLE, &rule::IMAGE_CHANGED].contains(&found.rule)
}

fn changes(before: &Locked, after: &Locked) -> Vec<LockChange> {
    let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
    let change = |key: &Key| {
        let kind = match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) if before == after => return None,
            (Some(_), Some(_)) => LockChangeKind::Changed,
            (None, _) => LockChangeKind::Added,
            (_, None) => LockChangeKind::Removed,
        };
        let (name, version, source) = key.clone();
        Some(LockChange { name, version, source, kind })
    };
    keys.into_iter().filter_map(change).collect()
}

/// The chart of a lock that answers a request: the one that was chosen for this very range, else the highest that fits it.
fn answer<'a>(
    locked: &'a Locked,
    name: &str,
    wanted: &str,
    source: &str,
) -> Option<(&'a Key, &'a LockedChart)> {
    let of_it =
        locked.iter().filter(|((its_name, _, its_source), _)| its_name == name && its_source == source);
    let chosen = of_it.clone().find(|(_, chart)| chart.ranges.contains(wanted));
    chosen.or_else(|| {
        let version =
            catalyst_registry::choose(wanted, of_it.clone().map(|((_, version, _), _)| version.as_str()))?;
        of_it.clone().find(|((_, its_version, _), _)| its_version.as_str() == version)
    })
}

/// What the lock says of a request that a version answers: nothing when the request is the version itself.
fn range_of(wanted: &str, version: &Version) -> Option<String> {
    let exact: Option<Version> = wanted.parse().ok();
    exact.is_none_or(|it| it.semver() != version.semver()).then(|| wanted.to_owned())
}
