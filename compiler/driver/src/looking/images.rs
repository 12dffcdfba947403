//! Where the objects of a chart hold images, and `unclassified-image`: what looks like one at a place that nobody knows.
//!
//! A Blueprint names places for its own chart, and for the kinds that it provides: those count in every chart, since whoever makes a
//! PostgreSQL cluster need not know in which field its image stands.

use crate::Project;
use crate::rendering::{RenderRun, RenderedRelease};
use catalyst_diag::{Diagnostic, Edit, EditAction, Fix, Place, rule};
use catalyst_helm::Object;
use catalyst_model::{Blueprint, BlueprintName, ImagePlace, KindPattern, Manifests};
use catalyst_plan::{CatalogEntry, Sourced};
use catalyst_render::{ImageAt, ImagePlaces};
use catalyst_source::Step;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where objects of the chart of a Blueprint hold images, beside pods.
pub fn image_places(project: &Project, entry: &CatalogEntry) -> ImagePlaces {
    let own = entry.blueprint.spec.manifests.images.iter();
    // What a Blueprint says of its own chart comes last, and counts.
    ImagePlaces::new(provided(project, Some(&entry.blueprint.name)).chain(own))
}

/// Where objects of no chart hold images: in the kinds that Blueprints provide.
pub fn provided_places(project: &Project) -> ImagePlaces {
    ImagePlaces::new(provided(project, None))
}

/// Where objects of any chart hold images, wherever they stand.
pub fn every_place(project: &Project) -> ImagePlaces {
    let (db, files) = project.database();
    let all = catalyst_db::catalogue(db, files).blueprints.values().flatten();
    ImagePlaces::new(all.flat_map(|it| &it.blueprint.spec.manifests.images))
}

/// The places in kinds that Blueprints provide, but for one of them.
fn provided<'p>(
    project: &'p Project,
    except: Option<&BlueprintName>,
) -> impl Iterator<Item = &'p ImagePlace> {
    let (db, files) = project.database();
    let all = catalyst_db::catalogue(db, files).blueprints.values().flatten();
    all.filter(move |it| Some(&it.blueprint.name) != except).flat_map(|it| {
        let spec = &it.blueprint.spec;
        spec.manifests.images.iter().filter(|place| {
            let provided = |kind: &KindPattern| {
                let mut apis = spec.provides.apis.iter();
                apis.any(|api| api.kinds.iter().any(|it| kind.matches(it, &api.group)))
            };
            place.kind.parse().is_ok_and(|kind| provided(&kind))
        })
    })
}

/// One doubtful place: the Blueprint's file, the kind, the way with every item of a list alike, and the prefix of a flag.
type Doubt = (String, String, String, Option<String>);

/// What looks like an image at a place that nobody knows: once a place of a Blueprint. The first finding of a Blueprint carries the fix of all.
pub(super) fn unclassified(run: &RenderRun, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<Doubt, (Diagnostic, &RenderedRelease)> = BTreeMap::new();
    for release in &run.releases {
        for (object, images) in release.images() {
            for image in images.unclassified {
                let (path, prefix) = place_of(object, &image);
                let key = (release.entry.blueprint.place.file.to_string(), kind_of(object), path, prefix);
                let found = doubt(run, release, object, &image, &key);
                seen.entry(key).or_insert((found, release));
            }
        }
    }
    let mut missing: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (file, kind, path, prefix) in seen.keys() {
        let mut item = json!({ "kind": kind, "path": path });
        if let Some(prefix) = prefix {
            item["prefix"] = json!(prefix);
        }
        missing.entry(file.clone()).or_default().push(item);
    }
    for ((file, ..), (mut found, release)) in seen {
        found.fix = missing.remove(&file).map(|items| declare(&release.entry.blueprint, items));
        out.push(found);
    }
}

/// The fix that declares places.
fn declare(blueprint: &Sourced<Blueprint>, items: Vec<Value>) -> Fix {
    let spec = blueprint.place.child("spec");
    let title = format!("name the places of images of `{}`", blueprint.name);
    let add = |place: Place, key: &str, value: Value| Edit {
        place,
        action: EditAction::Insert { key: key.to_owned(), value },
    };
    let manifests = &blueprint.spec.manifests;
    let edits = if *manifests == Manifests::default() {
        vec![add(spec, "manifests", json!({ "images": items }))]
    } else if manifests.images.is_empty() {
        vec![add(spec.child("manifests"), "images", json!(items))]
    } else {
        let list = spec.child("manifests").child("images");
        items.into_iter().map(|item| add(list.clone(), "", item)).collect()
    };
    Fix { title, edits }
}

fn doubt(
    run: &RenderRun,
    release: &RenderedRelease,
    object: &Object,
    image: &ImageAt,
    (_, kind, path, prefix): &Doubt,
) -> Diagnostic {
    let blueprint = &release.entry.blueprint;
    let message = format!(
        "`{}` of `{object}` looks like an image, `{}`, at a place that is not known",
        image.path, image.image
    );
    let mut place = blueprint.place.child("spec");
    if blueprint.spec.manifests != Manifests::default() {
        place = place.child("manifests");
    }
    let prefix = prefix.as_ref().map_or(String::new(), |it| format!(", prefix: \"{it}\""));
    let declared = format!("- {{kind: {kind}, path: {path}{prefix}}}");
    let owner = provider(run, object).filter(|it| *it != &blueprint.name);
    let whose = owner.map_or(String::new(), |it| format!(" of `{it}`, which provides the kind"));
    Diagnostic::new(&rule::UNCLASSIFIED_IMAGE, place, message)
        .note(format!("made by `{}` of chart `{}`", object.file, object.chart))
        .help(format!("name the place under `manifests.images`{whose}: `{declared}`; with `notImage` and a reason when it is none"))
}

/// The Blueprint that provides the kind of an object.
fn provider<'r>(run: &'r RenderRun, object: &Object) -> Option<&'r BlueprintName> {
    let provides = |it: &&RenderedRelease| {
        let apis = &it.entry.blueprint.spec.provides.apis;
        apis.iter()
            .any(|api| api.group == object.group() && api.kinds.iter().any(|kind| kind == object.kind()))
    };
    run.releases.iter().find(provides).map(|it| &it.entry.blueprint.name)
}

/// `Kind`, or `Kind.group`.
fn kind_of(object: &Object) -> String {
    match object.group() {
        "" => object.kind().to_owned(),
        group => format!("{}.{group}", object.kind()),
    }
}

/// The place as a Blueprint would declare it: each item of a list alike, but for items that have a name; with the prefix of a flag.
fn place_of(object: &Object, image: &ImageAt) -> (String, Option<String>) {
    let mut text = String::new();
    let mut node = Some(&object.value);
    for step in image.path.steps() {
        match step {
            Step::Key(key) => {
                node = node.and_then(|it| it.get(key.as_ref()));
                match key.contains(['.', '[', ']', '"']) {
                    true => text.push_str(&format!("[\"{key}\"]")),
                    false if text.is_empty() => text.push_str(key),
                    false => text.push_str(&format!(".{key}")),
                }
            }
            Step::Index(index) => {
                node = node.and_then(|it| it.get(*index as usize));
                let name = node.and_then(|it| it.get("name")?.as_str()).filter(|it| is_plain(it));
                text.push_str(&name.map_or("[]".to_owned(), |name| format!("[name={name}]")));
            }
        }
    }
    let flag = node.and_then(|it| it.as_str()).and_then(|it| it.strip_suffix(&image.image));
    (text, flag.filter(|it| !it.is_empty() && !it.contains(char::is_whitespace)).map(str::to_owned))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}
