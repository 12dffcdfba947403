//! Whether lock, store and intent fit together. Nothing here reaches the network or writes.

use super::archive::{Missing, Opened};
use super::demand::{Demand, From};
use super::fetch::{archive_of_project, changed, inner};
use super::store::{Held, Store};
use super::{Found, Key, LockChangeKind, Locked, VendoredChart, answer, range_of};
use crate::Project;
use catalyst_bundle::Digest;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::LockedChart;
use catalyst_source::{KeyPath, TreePath};
use catalyst_system::Root;
use std::collections::{BTreeMap, VecDeque};

/// What to do about all of it.
const VENDOR: &str = "run `catalystc vendor`";

/// Looks at every chart that is needed, and at what those need in turn.
pub(super) fn check(root: &Root, store: Option<&Store>, locked: &Locked, demands: Vec<Demand>) -> Found {
    let mut found = Found { locked: Locked::new(), charts: Vec::new(), diagnostics: Vec::new() };
    let mut opened: BTreeMap<Key, Vec<Missing>> = BTreeMap::new();
    let mut queue = VecDeque::from(demands);
    while let Some(demand) = queue.pop_front() {
        let source = demand.source();
        let Some((key, chart)) = answer(locked, &demand.name, &demand.wanted, &source) else {
            let text = format!("{} from {source} is not in `catalyst.lock`", demand.shown());
            found.diagnostics.push(*missing(&demand, text));
            continue;
        };
        let row = found
            .locked
            .entry(key.clone())
            .or_insert_with(|| LockedChart { ranges: Default::default(), ..chart.clone() });
        row.ranges.extend(range_of(&demand.wanted, &key.1));
        if opened.contains_key(key) {
            continue;
        }
        match look(root, store, &demand, key, chart) {
            Ok(needs) => {
                queue.extend(inner(&demand, key, &needs, &mut found.diagnostics));
                opened.insert(key.clone(), needs);
                let (name, version, source) = key.clone();
                found.charts.push(VendoredChart { name, version, source, fetched: None });
            }
            Err(diagnostic) => found.diagnostics.push(*diagnostic),
        }
    }
    found.charts.sort_by(|a, b| (&a.name, &a.version, &a.source).cmp(&(&b.name, &b.version, &b.source)));
    found
}

/// Opens one chart and gives what it needs in turn.
fn look(
    root: &Root,
    store: Option<&Store>,
    demand: &Demand,
    key: &Key,
    chart: &LockedChart,
) -> Result<Vec<Missing>, Box<Diagnostic>> {
    let shown = format!("`{}` {}", key.0, key.1);
    let damaged = |why: &str| {
        let text = format!("the lock is damaged at chart {shown}: {why}");
        let found = Diagnostic::new(&rule::LOCK_OUTDATED, row(key), text)
            .help("restore `catalyst.lock` from version control, or run `catalystc vendor --accept NAME`");
        Box::new(found)
    };
    let archive = match &demand.from {
        From::Project(path) => {
            archive_of_project(root, &demand.name, path).map_err(|why| demand.unreadable(path, &why))?
        }
        _ => {
            let digest = Digest::from_hex(&chart.archive).map_err(|why| damaged(&why.to_string()))?;
            match store.map_or(Held::Missing, |it| it.blob(&digest)) {
                Held::Whole(bytes) => bytes,
                Held::Missing => {
                    let text = format!(
                        "{shown} is in `catalyst.lock`, and its archive {digest} is not in the store"
                    );
                    return Err(missing(demand, text));
                }
                Held::Damaged => {
                    return Err(missing(
                        demand,
                        format!("{shown} is damaged in the store: its archive is not {digest}"),
                    ));
                }
            }
        }
    };
    let is_chart = !matches!(demand.from, From::Artifact(_, false));
    let (tree, needs) = if is_chart {
        let opened = Opened::read(&archive).map_err(|why| damaged(&why))?;
        (opened.tree, opened.missing)
    } else {
        (Opened::tree_of(&archive).map_err(|why| damaged(&why))?, Vec::new())
    };
    let now = Digest::of(&archive).hex();
    match (now == chart.archive, tree == chart.tree) {
        (true, true) => Ok(needs),
        (true, false) => Err(damaged("the files of its archive have another digest")),
        (false, _) => {
            Err(Box::new(changed(demand, key, ("archive", &chart.archive, &now), tree == chart.tree)))
        }
    }
}

fn missing(demand: &Demand, text: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(&rule::CHART_NOT_VENDORED, demand.place.clone(), text).help(VENDOR))
}

/// The rows of the lock that would go, or change: findings of a check, since it writes nothing.
pub(super) fn unneeded(project: &Project, done: &mut super::Vendored) {
    let changes = std::mem::take(&mut done.changes);
    // As long as charts are missing, what they need in turn is not known.
    if done.has_errors() {
        return;
    }
    let mut findings: Vec<Diagnostic> = changes
        .into_iter()
        .map(|it| {
            let what = match it.kind {
                LockChangeKind::Removed => "nothing needs",
                LockChangeKind::Added | LockChangeKind::Changed => "the lock does not have every range of",
            };
            let key = (it.name, it.version, it.source);
            let text = format!("{what} chart `{}` {} from {}", key.0, key.1, key.2);
            Diagnostic::new(&rule::LOCK_OUTDATED, row(&key), text).help(VENDOR)
        })
        .collect();
    project.levels().apply(&mut findings);
    done.diagnostics.extend(findings);
}

/// The charts of the lock; a row has no name of its own there.
fn row(_: &Key) -> Place {
    let file = TreePath::new(catalyst_system::LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"));
    Place::value(&file, 0, KeyPath::root().key("charts"))
}
