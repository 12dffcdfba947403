//! Drawing pins: the releases that a build writes are rendered twice, and what differs is kept from the first render.

use super::pinned::{Pinned, pins_of};
use super::seal::{Sops, is_for, secrets_of};
use super::unstable::place_of;
use super::wanted::{Wanted, fleet};
use super::{Engines, RenderOptions, RenderRun, Twice, draw, failed, render_all};
use crate::load::pins_file;
use crate::{Progress, Project, Refusal};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::RenderError;
use catalyst_render::ObjectKey;
use catalyst_render::pins::{Pinning, Pins, ReleasePins, Unpinnable, Why, write_pins};
use catalyst_source::TreePath;
use catalyst_system::{Cancel, Durability, IoError, write_atomic};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

/// What to pin.
#[derive(Debug, Clone, Default)]
pub struct PinOptions {
    /// Releases by name or the end of it, or Blueprints, which stand for all their releases; everything when there is none.
    pub what: Vec<String>,
    /// Draws anew what is pinned already.
    pub renew: bool,
    /// The `sops` program; the first one in `search` when there is none.
    pub sops: Option<PathBuf>,
    /// The value of `PATH`.
    pub search: OsString,
    /// Stops the run.
    pub cancel: Cancel,
}

/// A pin that came, changed or went.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PinChange {
    /// The release.
    pub release: String,
    /// The object.
    pub object: String,
    /// The place in it.
    pub place: String,
    /// `+`, `~` or `-`.
    pub sign: char,
}

/// What pinning gave.
#[derive(Debug, Clone, Default)]
pub struct PinRun {
    /// The text of `catalyst.pins`; `None` when there is nothing to pin and no such file.
    pub text: Option<String>,
    /// What it changes.
    pub changes: Vec<PinChange>,
    /// How many places are pinned now.
    pub pins: usize,
    /// What cannot be pinned, and what else stands against it, before levels.
    pub findings: Vec<Diagnostic>,
    /// Whether it was stopped.
    pub cancelled: bool,
}

impl PinRun {
    /// Whether the file on disk is as it should be.
    pub fn is_fresh(&self) -> bool {
        self.changes.is_empty()
    }

    /// Writes `catalyst.pins`.
    pub fn write(&self, project: &Project) -> Result<(), IoError> {
        let text = self.text.as_deref().unwrap_or_default();
        write_atomic(&project.root, &pins_file(), text.as_bytes(), Durability::default())
    }
}

/// Draws what is not pinned yet, and takes away what nothing draws. `engines` must remember nothing: what is drawn here goes nowhere else.
pub fn pin(
    project: &Project,
    options: &PinOptions,
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> Result<PinRun, Refusal> {
    let mut done = PinRun::default();
    let old = match pins_of(project) {
        Ok(pins) => pins,
        Err(found) => return Ok(PinRun { findings: found, ..done }),
    };
    let render = RenderOptions { cancel: options.cancel.clone(), ..RenderOptions::default() };
    let mut run = RenderRun::default();
    let all = fleet(project, &render, progress, &mut run);
    if !run.findings.is_empty() {
        return Ok(PinRun { findings: run.findings, ..done });
    }
    let names: BTreeSet<String> = all.iter().filter(|it| it.is_written).map(|it| it.name.clone()).collect();
    let wanted = chosen(all, &options.what)?;
    let mut new = old.clone();
    if options.what.is_empty() {
        new.releases.retain(|name, _| names.contains(name));
    }
    for (wanted, drawn) in wanted.iter().zip(draw(project, &render, &wanted, engines, progress)) {
        let (Ok(Twice { chart, first, second }), Some(of)) = (drawn, &wanted.chart) else { continue };
        let first = match first {
            Ok(first) => first,
            Err(RenderError::Cancelled) => continue,
            Err(error) => {
                done.findings.push(failed(project, of, wanted, &error));
                continue;
            }
        };
        let second = second.map_or_else(|| first.objects.clone(), |it| it.objects);
        let before = old.releases.get(&wanted.name);
        let known = before.filter(|_| !options.renew);
        let mut pinning = catalyst_render::pins::pin(known, &first.objects, &second);
        seal(project, options, wanted, &mut pinning);
        let Pinning { objects, against, .. } = pinning;
        if !against.is_empty() {
            let place = |it: &Unpinnable| {
                let object = first.objects.iter().chain(&second).find(|object| object.file == it.file);
                object.map_or_else(|| super::faults::chart_file(of), |object| place_of(project, of, object))
            };
            let found = against.iter().map(|it| unpinnable(wanted, it, place(it)));
            done.findings.extend(found);
            continue;
        }
        if objects.is_empty() {
            new.releases.remove(&wanted.name);
            continue;
        }
        let blueprint = wanted.entry.blueprint.name.to_string();
        let is_same = before.is_some_and(|it| it.objects == objects);
        let chart = if is_same {
            before.map_or_else(String::new, |it| it.chart.clone())
        } else {
            chart.digest().to_owned()
        };
        new.releases.insert(wanted.name.clone(), ReleasePins { blueprint, chart, objects });
    }
    done.cancelled = options.cancel.is_cancelled();
    done.changes = changes(&old, &new);
    done.pins = new
        .releases
        .values()
        .flat_map(|it| it.objects.values())
        .map(|it| it.places.len() + it.sealed.as_ref().map_or(0, |it| it.drawn.len()))
        .sum();
    done.text = (project.pins.is_some() || !new.releases.is_empty()).then(|| write_pins(&new));
    catalyst_diag::arrange(&mut done.findings);
    Ok(done)
}

/// What [`pin`] would mend, before levels: what is drawn without a pin, and pins that are no longer good. Draws nothing that is kept, so `engines`
/// may give what they remember.
pub fn check_pins(
    project: &Project,
    options: &PinOptions,
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> Result<RenderRun, Refusal> {
    let what = (!options.what.is_empty()).then(|| options.what.join(" "));
    let render = RenderOptions { cancel: options.cancel.clone(), what, ..RenderOptions::default() };
    let mut run = RenderRun::default();
    let all = fleet(project, &render, progress, &mut run);
    Pinned::of(project, &render, &mut Vec::new()).finish(&render, &all, &mut run.findings);
    let wanted = chosen(all, &options.what)?;
    // Of all releases together it is said already which pins nothing uses.
    let render = RenderOptions { what: Some(String::new()), ..render };
    Ok(render_all(project, &render, wanted, run, engines, progress))
}

/// Encrypts the Secrets of a release, unless something stands against pinning it anyway.
fn seal(project: &Project, options: &PinOptions, wanted: &Wanted, pinning: &mut Pinning) {
    let secrets = secrets_of(project, wanted.sovereign());
    let against = |file: TreePath, key: &ObjectKey, why: Why| Unpinnable {
        file,
        object: key.to_string(),
        path: None,
        why,
    };
    for (key, object) in &pinning.objects {
        if object.sealed.as_ref().is_some_and(|it| !is_for(it, secrets.as_ref())) {
            let file = TreePath::new("Chart.yaml").unwrap_or_else(|error| unreachable!("{error}"));
            pinning.against.push(against(file, key, Why::Changed));
        }
    }
    if pinning.unsealed.is_empty() || !pinning.against.is_empty() {
        return;
    }
    let sops =
        secrets.is_some().then(|| Sops::find(options.sops.as_deref(), &options.search, &options.cancel));
    for secret in std::mem::take(&mut pinning.unsealed) {
        let (file, key) = (secret.file.clone(), secret.key.clone());
        let sealed = match (&secrets, &sops) {
            (Some(secrets), Some(Ok(sops))) => sops.seal(secret, &secrets.age).map_err(Why::Sops),
            (_, Some(Err(why))) => Err(Why::Sops(why.clone())),
            _ => Err(Why::Recipients),
        };
        match sealed {
            Ok(sealed) => pinning.objects.entry(key).or_default().sealed = Some(sealed),
            Err(why) => pinning.against.push(against(file, &key, why)),
        }
    }
}

/// The releases that were named, or all; only those that a build writes.
fn chosen(all: Vec<Wanted>, what: &[String]) -> Result<Vec<Wanted>, Refusal> {
    let is_it = |it: &Wanted, what: &String| {
        it.name == *what || it.name.ends_with(&format!("/{what}")) || it.entry.blueprint.name.as_str() == what
    };
    for what in what {
        let mut found = all.iter().filter(|it| is_it(it, what)).peekable();
        if found.peek().is_none() {
            let names: Vec<String> = all.iter().map(|it| it.name.clone()).collect();
            return Err(Refusal::unknown("release", what, &names));
        }
        if found.all(|it| !it.is_written) {
            return Err(Refusal {
                text: format!("Flux renders `{what}` in the cluster, where pins have no effect"),
                help: Some("give the value that the chart draws, leave it to the cluster under `manifests.deferred`, or write the Sovereign with `output: rendered`".to_owned()),
            });
        }
    }
    let is_chosen =
        |it: &Wanted| it.is_written && (what.is_empty() || what.iter().any(|what| is_it(it, what)));
    Ok(all.into_iter().filter(is_chosen).collect())
}

/// What cannot be pinned, with the way out.
fn unpinnable(wanted: &Wanted, it: &Unpinnable, place: Place) -> Diagnostic {
    let what =
        it.path.as_ref().filter(|it| !it.is_root()).map(|it| format!("`{it}` of ")).unwrap_or_default();
    let message = format!("{what}`{}` cannot be pinned: {}", it.object, it.why);
    let help = match it.why {
        Why::Changed | Why::Together(_) => {
            format!("`catalystc pin --renew {}` draws anew all that is pinned of the release", wanted.name)
        }
        Why::Recipients => "name recipients of age under `spec.secrets.age` of `catalyst.yaml` or of the Sovereign; or give the value that the chart makes up when it is empty, such as the name of an existing Secret".to_owned(),
        _ => {
            "give the value that the chart makes up when it is empty, such as the name of an existing Secret"
                .to_owned()
        }
    };
    Diagnostic::new(&rule::UNSTABLE_RENDER, place, message)
        .note(format!("made by `{}` in `{}`", it.file, wanted.name))
        .help(help)
}

/// What came, changed and went, by place.
fn changes(old: &Pins, new: &Pins) -> Vec<PinChange> {
    let flat = |pins: &Pins| {
        let mut rows = BTreeMap::new();
        for (release, it) in &pins.releases {
            for (key, object) in &it.objects {
                for (path, value) in &object.places {
                    rows.insert((release.clone(), key.to_string(), path.to_string()), value.clone());
                }
                for path in object.sealed.iter().flat_map(|it| &it.drawn) {
                    let value = object.sealed.as_ref().map(|it| Value::Object(it.parts.clone()));
                    rows.insert(
                        (release.clone(), key.to_string(), path.to_string()),
                        value.unwrap_or_default(),
                    );
                }
            }
        }
        rows
    };
    let (old, new) = (flat(old), flat(new));
    let rows: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
    let change = |row: (String, String, String)| {
        let sign = match (old.get(&row), new.get(&row)) {
            (None, _) => '+',
            (_, None) => '-',
            (before, after) if before != after => '~',
            _ => return None,
        };
        let (release, object, place) = row;
        Some(PinChange { release, object, place, sign })
    };
    rows.into_iter().filter_map(change).collect()
}
