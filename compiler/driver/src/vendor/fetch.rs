//! Getting what is not there: rounds of charts, each round what the one before was found to need.

use super::archive::{Missing, Opened};
use super::demand::{Demand, From};
use super::store::{Held, Store};
use super::{Found, Key, Locked, VendorError, VendorOptions, VendoredChart, answer, range_of};
use crate::Refusal;
use crate::network::{NetworkProgress, connect};
use catalyst_bundle::archive::{File, Files, Limits, gzip, tar};
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use catalyst_bundle::{Digest, json};
use catalyst_diag::{Diagnostic, rule};
use catalyst_helm::{IGNORE_FILE, Ignore};
use catalyst_model::Version;
use catalyst_plan::LockedChart;
use catalyst_registry::{Client, FetchError, FetchErrorKind, Fetched, FetchedArtifact, Offer, Place};
use catalyst_source::{TreePath, TreePathError};
use catalyst_system::{IoError, ReadError, Root, list_tree, read_bytes};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Charts side by side unless somebody says otherwise: sources answer slowly, whatever the number of processors.
const JOBS: usize = 8;

/// A chart that is in the store.
#[derive(Debug, Clone)]
struct Kept {
    key: Key,
    chart: LockedChart,
    needs: Vec<Missing>,
    fetched: Option<u64>,
}

/// Why a chart is not in the store.
enum Trouble {
    Finding(Box<Diagnostic>),
    Io(IoError),
}

/// What one request was answered with; shared by all who ask for the same.
type Shared<T> = Arc<OnceLock<Result<T, FetchError>>>;

/// Source, name and version of a chart that is downloaded.
type Download = (String, String, String);

struct Work<'a> {
    root: &'a Root,
    options: &'a VendorOptions,
    store: &'a Store,
    locked: &'a Locked,
    client: Client,
    /// Downloads of this run.
    downloads: Mutex<BTreeMap<Download, Shared<Arc<Fetched>>>>,
}

/// Brings every chart that is needed into the store.
pub(super) fn fetch(
    root: &Root,
    options: &VendorOptions,
    store: &Store,
    locked: &Locked,
    demands: Vec<Demand>,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Found, VendorError> {
    let refused = |text: String| VendorError::Refused(Refusal { text, help: None });
    let jobs = if options.network.jobs == 0 { JOBS } else { options.network.jobs };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let threads = threads.map_err(|error| refused(error.to_string()))?;
    let client = connect(&options.network, progress.clone())?;
    let work = Work { root, options, store, locked, client, downloads: Mutex::default() };
    let mut found = Found { locked: Locked::new(), charts: Vec::new(), diagnostics: Vec::new() };
    let mut seen: BTreeMap<Key, Kept> = BTreeMap::new();
    let mut round = demands;
    let mut needed = 0;
    while !round.is_empty() {
        needed += round.len();
        progress.needed(needed);
        let settle = |demand: &Demand| {
            let result = work.settle(demand);
            progress.done(&demand.name);
            result
        };
        let results: Vec<Result<Kept, Trouble>> = threads.install(|| round.par_iter().map(settle).collect());
        let mut next = Vec::new();
        for (demand, result) in round.iter().zip(results) {
            let kept = match result {
                Ok(kept) => kept,
                Err(Trouble::Io(error)) => return Err(error.into()),
                Err(Trouble::Finding(finding)) => {
                    found.diagnostics.push(*finding);
                    continue;
                }
            };
            let row = found.locked.entry(kept.key.clone()).or_insert_with(|| kept.chart.clone());
            row.ranges.extend(range_of(&demand.wanted, &kept.key.1));
            if !seen.contains_key(&kept.key) {
                next.extend(inner(demand, &kept.key, &kept.needs, &mut found.diagnostics));
                seen.insert(kept.key.clone(), kept);
            }
        }
        round = next;
    }
    found.charts = seen
        .into_values()
        .map(|kept| {
            let (name, version, source) = kept.key;
            VendoredChart { name, version, source, fetched: kept.fetched }
        })
        .collect();
    Ok(found)
}

/// What a chart needs in turn, as requests of whoever asked for the chart.
pub(super) fn inner(
    demand: &Demand,
    key: &Key,
    needs: &[Missing],
    findings: &mut Vec<Diagnostic>,
) -> Vec<Demand> {
    let mut demands = Vec::new();
    for it in needs {
        let dependency = catalyst_plan::ChartDependency {
            place: demand.place.clone(),
            name: it.name.clone(),
            version: it.wanted.clone(),
            repository: Some(it.repository.clone()),
        };
        match Demand::of(&dependency, None) {
            Some(Ok(found)) => {
                // The place is that of the project's own line: the chart's file is nobody's intent.
                demands.push(Demand {
                    place: demand.place.clone(),
                    via: Some(format!("{} {}", key.0, key.1)),
                    ..found
                });
            }
            Some(Err(finding)) => {
                let text = format!("{}, which `{} {}` needs", finding.message, key.0, key.1);
                findings.push(Diagnostic::new(&rule::CHART_UNAVAILABLE, demand.place.clone(), text));
            }
            None => {}
        }
    }
    demands
}

impl Work<'_> {
    /// Brings one chart into the store, unless it is there.
    fn settle(&self, demand: &Demand) -> Result<Kept, Trouble> {
        if self.options.network.cancel.is_cancelled() {
            return Err(Trouble::Io(IoError::cancelled("fetch", std::path::Path::new(&demand.name))));
        }
        let source = demand.source();
        let row = answer(self.locked, &demand.name, &demand.wanted, &source);
        let (fetched, version) = match &demand.from {
            From::Project(path) => {
                let archive = archive_of_project(self.root, &demand.name, path)
                    .map_err(|why| Trouble::Finding(demand.unreadable(path, &why)))?;
                let digest = Digest::of(&archive);
                (Arc::new(Fetched { archive, digest, artifact: None, received: 0 }), None)
            }
            _ => {
                if let Some(kept) = row.and_then(|(key, chart)| self.kept(demand, key, chart)) {
                    return Ok(kept);
                }
                // What the lock has chosen is not chosen anew.
                let wanted = row.map_or(demand.wanted.as_str(), |((_, version, _), _)| version.as_str());
                let (offer, fetched) =
                    self.download(demand, &source, wanted).map_err(|error| unavailable(demand, &error))?;
                (fetched, Some(offer.version))
            }
        };
        let chart = self.verified(demand, &source, &fetched, version.as_deref())?;
        self.keep(demand, &chart, &fetched).map_err(Trouble::Io)?;
        Ok(chart)
    }

    /// The chart of a row, when the store has all of it.
    fn kept(&self, demand: &Demand, key: &Key, chart: &LockedChart) -> Option<Kept> {
        let blob = |hex: &str| match self.store.blob(&Digest::from_hex(hex).ok()?) {
            Held::Whole(bytes) => Some(bytes),
            Held::Missing | Held::Damaged => None,
        };
        let archive = blob(&chart.archive)?;
        let manifest = chart.manifest.as_ref().map(|hex| blob(hex));
        if matches!(manifest, Some(None)) {
            return None;
        }
        let (tree, needs) = match &demand.from {
            From::Artifact(_, false) => (Opened::tree_of(&archive).ok()?, Vec::new()),
            _ => Opened::read(&archive).map(|it| (it.tree, it.missing)).ok()?,
        };
        let chart = LockedChart { ranges: BTreeSet::new(), ..chart.clone() };
        (tree == chart.tree).then(|| Kept { key: key.clone(), chart, needs, fetched: None })
    }

    /// The bytes of a chart from its source, asked for once.
    fn download(
        &self,
        demand: &Demand,
        source: &str,
        wanted: &str,
    ) -> Result<(Offer, Arc<Fetched>), FetchError> {
        let offer = match &demand.from {
            From::Source(source) => self.client.offer(source, &demand.name, wanted)?,
            From::Artifact(reference, _) => Offer {
                name: demand.name.clone(),
                version: demand.wanted.clone(),
                place: Place::Artifact(vec![reference.clone()]),
            },
            // Read from the project instead.
            From::Project(_) => {
                return Err(FetchError {
                    kind: FetchErrorKind::NotFound,
                    what: source.into(),
                    text: String::new(),
                });
            }
        };
        let shared = {
            let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (source.to_owned(), offer.name.clone(), offer.version.clone());
            downloads.entry(key).or_default().clone()
        };
        // Another project may have put it into the same store.
        let have = |digest: &Digest| match self.store.blob(digest) {
            Held::Whole(bytes) => Some(bytes),
            Held::Missing | Held::Damaged => None,
        };
        let fetched = shared.get_or_init(|| self.client.fetch(&offer, &have).map(Arc::new)).clone()?;
        Ok((offer, fetched))
    }

    /// Looks into a chart, and compares it with what was asked for and with the lock.
    fn verified(
        &self,
        demand: &Demand,
        source: &str,
        fetched: &Fetched,
        offered: Option<&str>,
    ) -> Result<Kept, Trouble> {
        let unfit = |why: String| {
            let text = format!("{} is refused: {why}", demand.shown());
            finding(
                Diagnostic::new(&rule::CHART_UNAVAILABLE, demand.place.clone(), text)
                    .help("tell whoever publishes the chart"),
            )
        };
        let (version, app_version, tree, needs) = if matches!(demand.from, From::Artifact(_, false)) {
            let version: Version = demand
                .wanted
                .parse()
                .map_err(|_| unfit(format!("its tag `{}` is no version", demand.wanted)))?;
            (version, None, Opened::tree_of(&fetched.archive).map_err(unfit)?, Vec::new())
        } else {
            let opened = Opened::read(&fetched.archive).map_err(unfit)?;
            if opened.name != demand.name {
                return Err(unfit(format!("it calls itself `{}`", opened.name)));
            }
            let stated: Option<Version> = offered.and_then(|it| it.parse().ok());
            if stated.is_some_and(|it| it.semver() != opened.version.semver()) {
                return Err(unfit(format!(
                    "its source calls it {}, and it calls itself {}",
                    offered.unwrap_or_default(),
                    opened.version
                )));
            }
            if offered.is_none()
                && catalyst_registry::choose(&demand.wanted, [opened.version.as_str()]).is_none()
            {
                return Err(unfit(format!("it is version {}", opened.version)));
            }
            (opened.version, opened.app_version, opened.tree, opened.missing)
        };
        let key = (demand.name.clone(), version, source.to_owned());
        let chart = LockedChart {
            app_version,
            archive: fetched.digest.hex(),
            manifest: fetched.artifact.as_ref().map(|it| it.descriptor.digest.hex()),
            tree,
            ranges: BTreeSet::new(),
        };
        if let Some(old) = self.locked.get(&key).filter(|_| !self.options.accept.contains(&demand.name)) {
            let same_tree = old.tree == chart.tree;
            if let (Some(before), Some(after)) = (&old.manifest, &chart.manifest)
                && before != after
            {
                return Err(finding(changed(demand, &key, ("manifest", before, after), same_tree)));
            }
            if old.archive != chart.archive {
                return Err(finding(changed(
                    demand,
                    &key,
                    ("archive", &old.archive, &chart.archive),
                    same_tree,
                )));
            }
        }
        let bytes = Some(fetched.received).filter(|it| *it > 0);
        Ok(Kept { key, chart, needs, fetched: bytes })
    }

    /// Puts a chart into the store, as the artifact that it came in or as one that is made for it.
    fn keep(&self, demand: &Demand, kept: &Kept, fetched: &Fetched) -> Result<(), IoError> {
        let (name, version, source) = &kept.key;
        let place = source.split_once("://").map_or(source.as_str(), |(_, rest)| rest);
        let listed = match &demand.from {
            From::Artifact(..) => format!("{place}:{}", version.as_str().replace('+', "_")),
            _ => format!("{place}/{name}:{}", version.as_str().replace('+', "_")),
        };
        let artifact = fetched.artifact.clone().unwrap_or_else(|| wrap(&fetched.archive));
        let mut blobs: Vec<(Digest, &[u8])> =
            artifact.blobs.iter().map(|(digest, bytes)| (*digest, bytes.as_slice())).collect();
        blobs.push((fetched.digest, &fetched.archive));
        blobs.push((artifact.descriptor.digest, &artifact.manifest));
        self.store.add(&listed, artifact.descriptor.clone(), &blobs)
    }
}

/// An artifact around an archive, of the form in which Helm publishes charts. The same archive gives the same artifact.
pub(super) fn wrap(archive: &[u8]) -> FetchedArtifact {
    let metadata = Opened::read(archive).map(|it| it.metadata).unwrap_or_default();
    let config = json::canonical(&metadata).into_bytes();
    let descriptor = Descriptor::of(media::HELM_CONFIG, &config);
    let digest = descriptor.digest;
    let manifest = Manifest::new(descriptor, Descriptor::of(media::HELM_CHART, archive)).to_bytes();
    let descriptor = Descriptor::of(media::MANIFEST, &manifest);
    FetchedArtifact { manifest, descriptor, blobs: BTreeMap::from([(digest, config)]) }
}

/// The archive of a chart that stands in the project: the file, or the folder packed without what its `.helmignore` leaves out. The error reads after a colon.
pub(super) fn archive_of_project(root: &Root, name: &str, path: &TreePath) -> Result<Vec<u8>, String> {
    let limit = Limits::CHART.unpacked as u64;
    if path.as_str().ends_with(".tgz") {
        return read_bytes(root, path, limit).map(|it| it.0).map_err(|why| why.to_string());
    }
    let listed = list_tree(&root.join(path)).map_err(|why| why.text)?;
    if listed.is_empty() {
        return Err("there is no such folder".to_owned());
    }
    let ignore = ignore_of(root, path)?;
    let mut files = Files::new();
    for (file, _) in listed.into_iter().filter(|(file, _)| !ignore.leaves_out(file)) {
        let below = |folder: Result<TreePath, TreePathError>| {
            folder.and_then(|it| it.join(file.as_str())).map_err(|why| why.to_string())
        };
        // Read by its path from the project, so that no link leads out of it.
        let read = read_bytes(root, &below(Ok(path.clone()))?, Limits::CHART.file as u64);
        let (bytes, _) = read.map_err(|why| format!("`{file}`: {why}"))?;
        files.insert(below(TreePath::new(name))?, File::new(bytes));
    }
    tar(&files).map(|it| gzip(&it)).map_err(|why| why.to_string())
}

/// What is no part of the chart in a folder of the project. The error reads after a colon.
fn ignore_of(root: &Root, folder: &TreePath) -> Result<Ignore, String> {
    let file = folder.join(IGNORE_FILE).map_err(|why| why.to_string())?;
    let text = match read_bytes(root, &file, Limits::CHART.file as u64) {
        Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(ReadError::Missing) => String::new(),
        Err(why) => return Err(format!("`{IGNORE_FILE}`: {why}")),
    };
    Ignore::read(&text).map_err(|why| format!("`{IGNORE_FILE}`: {why}"))
}

/// A chart that has other content than the lock says.
pub(super) fn changed(
    demand: &Demand,
    key: &Key,
    (what, before, after): (&str, &str, &str),
    same_tree: bool,
) -> Diagnostic {
    let text = format!("the content of `{}` {} from {} has changed since it was locked", key.0, key.1, key.2);
    let mut found = Diagnostic::new(&rule::CHART_CHANGED, demand.place.clone(), text)
        .note(format!("locked: {what} sha256:{before}"))
        .note(format!("now:    {what} sha256:{after}"));
    if same_tree {
        found = found.note("the files in it are the same: it was packed or pushed again");
    }
    found.help(format!(
        "find out who changed it and why; if the change is meant, run `catalystc vendor --accept {}`",
        key.0
    ))
}

fn finding(found: Diagnostic) -> Trouble {
    Trouble::Finding(Box::new(found))
}

fn unavailable(demand: &Demand, error: &FetchError) -> Trouble {
    if error.kind == FetchErrorKind::Cancelled {
        return Trouble::Io(IoError::cancelled("fetch", std::path::Path::new(&error.what)));
    }
    let text = format!("{} cannot be fetched: {error}", demand.shown());
    let found = Diagnostic::new(&rule::CHART_UNAVAILABLE, demand.place.clone(), text);
    finding(match error.help() {
        Some(help) => found.help(help),
        None => found,
    })
}
