//! Pins in renders: what is pinned is put into objects right after they are rendered, before anything else sees them.
//!
//! Pins are for releases that a build writes as plain manifests. Where Flux renders a release, it draws again, whatever stands in a file here. A
//! chart with its own values takes the pins of the first release of its Blueprint that has some: it draws at the same places.

use super::RenderOptions;
use super::seal::{is_for, secrets_of};
use super::unstable::unstable;
use super::wanted::Wanted;
use crate::Project;
use crate::charts::BlueprintChart;
use crate::load::pins_file;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{Chart, Rendered};
use catalyst_render::draws;
use catalyst_render::pins::{Misfit, Misfits, Pins, ReleasePins, read_pins, replay};
use catalyst_source::KeyPath;
use catalyst_yaml::Dialect;
use std::borrow::Cow;

/// The pins of a project during a run.
pub(super) struct Pinned {
    pins: Pins,
    /// Whether renders are those that the pins were drawn for.
    is_judged: bool,
}

impl Pinned {
    /// Reads the pins of a project. What cannot be read is reported, and then there are none.
    pub(super) fn of(project: &Project, options: &RenderOptions, out: &mut Vec<Diagnostic>) -> Pinned {
        let pins = pins_of(project).unwrap_or_else(|found| {
            out.extend(found);
            Pins::default()
        });
        Pinned { pins, is_judged: options.is_as_said() }
    }

    /// Puts what is pinned into a render, and reports what is drawn without a pin, and pins that are no longer good.
    pub(super) fn settle(
        &self,
        project: &Project,
        wanted: &Wanted,
        of: &BlueprintChart,
        chart: &Chart,
        (first, second): (&mut Rendered, Option<Rendered>),
        out: &mut Vec<Diagnostic>,
    ) {
        let Some(pins) = self.for_release(wanted) else {
            let found = second.and_then(|second| {
                unstable(project, wanted, of, chart, &draws(&first.objects, &second.objects))
            });
            out.extend(found);
            return;
        };
        // A chart that is rendered once draws nothing.
        let mut second = second.unwrap_or_else(|| first.clone());
        let misfits = replay(&pins, &mut first.objects, &mut second.objects);
        if self.is_judged && wanted.is_written {
            out.extend(judged(&wanted.name, &pins, misfits));
            out.extend(foreign_seals(project, wanted, &pins));
        }
        out.extend(unstable(project, wanted, of, chart, &draws(&first.objects, &second.objects)));
    }

    fn for_release(&self, wanted: &Wanted) -> Option<Cow<'_, ReleasePins>> {
        if wanted.is_written {
            return self.pins.releases.get(&wanted.name).map(Cow::Borrowed);
        }
        if !wanted.is_smoke() {
            return None;
        }
        let pins = self.pins.releases.values().find(|it| it.blueprint == wanted.name)?;
        let mut pins = pins.clone();
        let objects = std::mem::take(&mut pins.objects).into_iter().map(|(mut key, places)| {
            if !key.namespace.is_empty() {
                key.namespace.clone_from(&wanted.namespace);
            }
            (key, places)
        });
        pins.objects = objects.collect();
        Some(Cow::Owned(pins))
    }

    /// Reports pins of releases that are gone, or that no build writes.
    pub(super) fn finish(&self, options: &RenderOptions, wanted: &[Wanted], out: &mut Vec<Diagnostic>) {
        for name in self.pins.releases.keys().filter(|_| self.is_judged) {
            let place = Place::key(&pins_file(), 0, KeyPath::root().key("releases").key(name));
            let sovereign = name.split('/').next().unwrap_or_default();
            let is_asked = options.what.is_none()
                && (options.only.is_empty() || options.only.iter().any(|it| it.as_str() == sovereign));
            let message = match wanted.iter().find(|it| it.name == *name) {
                None if is_asked => format!("`{name}` is pinned, and there is no such release"),
                Some(it) if !it.is_written => {
                    format!(
                        "`{name}` is pinned, and Flux renders it in the cluster, where pins have no effect"
                    )
                }
                _ => continue,
            };
            out.push(
                Diagnostic::new(&rule::UNUSED_PIN, place, message)
                    .help("run `catalystc pin`, which takes away what nothing uses"),
            );
        }
    }
}

/// The pins of a project; none when it has no file of them.
pub(super) fn pins_of(project: &Project) -> Result<Pins, Vec<Diagnostic>> {
    let Some(text) = &project.pins else { return Ok(Pins::default()) };
    let file = pins_file();
    let parsed = catalyst_yaml::parse(text);
    let mut found: Vec<Diagnostic> =
        parsed.problems.iter().map(|it| catalyst_lower::from_problem(&file, it)).collect();
    let broken = |place: Place, why: String| {
        let help =
            "take the file from before; or delete it and run `catalystc pin`, which draws everything anew";
        Diagnostic::new(&rule::STALE_PIN, place, why).help(help)
    };
    let Some(document) = parsed.documents.first().filter(|_| found.is_empty()) else {
        if found.is_empty() {
            found.push(broken(Place::file(&file), "the file of pins is empty".to_owned()));
        }
        return Err(found);
    };
    let (value, _) = document.to_value(Dialect::Kubernetes);
    read_pins(&value).map_err(|(path, why)| vec![broken(Place::value(&file, 0, path), why)])
}

/// Pins that are no longer good, each at its line.
fn judged(name: &str, pins: &ReleasePins, misfits: Misfits) -> Vec<Diagnostic> {
    let objects = KeyPath::root().key("releases").key(name).key("objects");
    let found = misfits.into_iter().map(|(key, path, why)| {
        let at = pins.objects.keys().position(|it| *it == key).unwrap_or_default();
        let mut place = objects.index(at);
        if let Some((path, object)) = path.as_ref().zip(pins.objects.get(&key)) {
            let nth = object.places.keys().position(|it| it == path).unwrap_or_default();
            place = place.key("places").index(nth).key("path");
        }
        let what = path.map(|it| format!("`{it}` of ")).unwrap_or_default();
        let (rule, message) = match why {
            Misfit::NoObject => {
                (&rule::UNUSED_PIN, format!("`{key}` is pinned, and `{name}` has no such object"))
            }
            Misfit::NoPlace => (
                &rule::UNUSED_PIN,
                format!("{what}`{key}` is pinned, and there is no such place in `{name}`"),
            ),
            Misfit::NotDrawn => {
                (&rule::UNUSED_PIN, format!("{what}`{key}` is pinned, and `{name}` no longer draws it"))
            }
            Misfit::Changed => (
                &rule::STALE_PIN,
                format!("{what}`{key}` is pinned, and what stands around the drawn value in it has changed"),
            ),
        };
        let help = match why {
            Misfit::Changed => format!(
                "run `catalystc pin --renew {name}`, which draws anew all that is pinned of the release"
            ),
            _ => "run `catalystc pin`, which takes away what nothing uses".to_owned(),
        };
        Diagnostic::new(rule, Place::value(&pins_file(), 0, place), message).help(help)
    });
    found.collect()
}

/// Secrets that are encrypted for others than intent names.
fn foreign_seals(project: &Project, wanted: &Wanted, pins: &ReleasePins) -> Vec<Diagnostic> {
    let secrets = secrets_of(project, wanted.sovereign());
    let objects = KeyPath::root().key("releases").key(&wanted.name).key("objects");
    let rows = pins.objects.iter().enumerate();
    let foreign =
        rows.filter(|(_, (_, it))| it.sealed.as_ref().is_some_and(|it| !is_for(it, secrets.as_ref())));
    let found = foreign.map(|(at, (key, _))| {
        let place = Place::value(&pins_file(), 0, objects.index(at));
        Diagnostic::new(
            &rule::STALE_PIN,
            place,
            format!("`{key}` is encrypted for others than `spec.secrets.age` names"),
        )
        .help(format!(
            "run `catalystc pin --renew {}`, which draws anew all that is pinned of the release",
            wanted.name
        ))
    });
    found.collect()
}
