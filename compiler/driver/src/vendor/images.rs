//! The images of charts, in the lock: what each pulls when it is rendered with its own values.
//!
//! A row names what was rendered by a digest, so that whether it still fits is known without a network and without a program.

use crate::Project;
use crate::looking::image_places;
use crate::rendering::bare_requests;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{Archives, Engine, Request};
use catalyst_model::BlueprintName;
use catalyst_plan::{CatalogEntry, LockedImages, digest};
use catalyst_render::{ImagePlaces, find_images};
use catalyst_source::{KeyPath, TreePath};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows by Blueprint and source file.
pub(super) type Images = BTreeMap<(BlueprintName, String), LockedImages>;

fn key(entry: &CatalogEntry) -> (BlueprintName, String) {
    (entry.blueprint.name.clone(), entry.blueprint.place.file.to_string())
}

/// Digest of what images depend on: what is rendered, and where they stand in it.
fn inputs(request: &Request, places: &ImagePlaces) -> String {
    digest(format!("{} {}", request.key(), places.key()).as_bytes())
}

/// The rows as they should be: those that still fit, and with an engine those of all other charts that are at hand and render. Rows of
/// Blueprints that nobody asked for stay.
pub(super) fn found(
    project: &Project,
    only: &[BlueprintName],
    old: &Images,
    archives: &(dyn Archives + Sync),
    engine: Option<&dyn Engine>,
) -> Images {
    let requests = bare_requests(project, only, archives);
    let places: Vec<_> = requests.iter().map(|(entry, _)| image_places(project, entry)).collect();
    let row = |((entry, request), places): (&(Arc<CatalogEntry>, Request), &ImagePlaces)| {
        let (key, inputs) = (key(entry), inputs(request, places));
        if let Some(row) = old.get(&key).filter(|it| it.inputs == inputs) {
            return Some((key, row.clone()));
        }
        let rendered = engine?.render(request).ok()?;
        let images = rendered.objects.iter().flat_map(|it| find_images(it, places).known);
        Some((key, LockedImages { inputs, images: images.map(|it| it.image).collect() }))
    };
    let mut rows: Images = requests.par_iter().zip(&places).filter_map(row).collect();
    let is_other = |name: &BlueprintName| !only.is_empty() && !only.contains(name);
    rows.extend(
        old.iter().filter(|((name, _), _)| is_other(name)).map(|(key, row)| (key.clone(), row.clone())),
    );
    rows
}

/// How many rows differ.
pub(super) fn changed(old: &Images, new: &Images) -> usize {
    let gone = old.keys().filter(|key| !new.contains_key(*key)).count();
    gone + new.iter().filter(|(key, row)| old.get(*key) != Some(*row)).count()
}

/// Rows that do not fit what stands there now, and those of Blueprints that are gone. A chart that is not at hand says so itself.
pub(super) fn outdated(
    project: &Project,
    rows: &Images,
    archives: &(dyn Archives + Sync),
) -> Vec<Diagnostic> {
    if rows.is_empty() {
        return Vec::new();
    }
    let requests = bare_requests(project, &[], archives);
    let (db, files) = project.database();
    let catalogue = catalyst_db::catalogue(db, files);
    let inputs = |(entry, request): &(Arc<CatalogEntry>, Request)| {
        (key(entry), inputs(request, &image_places(project, entry)))
    };
    let now: BTreeMap<_, _> = requests.iter().map(inputs).collect();
    let mut out = Vec::new();
    for (at, (key, row)) in rows.iter().enumerate() {
        let is_there = catalogue.entries(&key.0).iter().any(|it| it.blueprint.place.file.as_str() == key.1);
        let text = match now.get(key) {
            _ if !is_there => format!("the lock has images of `{}`, which is not in `{}`", key.0, key.1),
            Some(inputs) if *inputs != row.inputs => {
                format!(
                    "the chart of `{}`, or where it holds images, has changed since they were found",
                    key.0
                )
            }
            _ => continue,
        };
        let file = TreePath::new(catalyst_system::LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"));
        let place = Place::value(&file, 0, KeyPath::root().key("images").index(at));
        out.push(Diagnostic::new(&rule::LOCK_OUTDATED, place, text).help("run `catalystc vendor`"));
    }
    out
}
