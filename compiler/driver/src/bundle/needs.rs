//! What a release needs from registries: charts by the sources that name them, images by the objects that hold them. Which strings are
//! images is for [`catalyst_render::find_images`] to say.

use crate::pulled::upstream;
use crate::rendering::{NotRendered, RenderedRelease};
use crate::rewriting::{key_in, key_of};
use catalyst_bundle::Digest;
use catalyst_bundle::release::{Closure, Need};
use catalyst_helm::Object;
use catalyst_plan::{Body, EmittedTree};
use catalyst_render::{ImagePlaces, Images, find_images};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What images are looked for in, beside the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    /// Where objects of the tree hold images, beside pods.
    pub(super) places: &'a ImagePlaces,
    /// The releases of the Sovereign with their objects, where charts were rendered.
    pub(super) rendered: Option<&'a [RenderedRelease]>,
    /// The registry that images were rewritten to, where the Sovereign is air-gapped.
    pub(super) mirror: Option<&'a str>,
}

/// The closure of a tree.
pub(super) fn needs(tree: &EmittedTree, look: Look<'_>) -> Closure {
    let mut closure = Closure::default();
    let repositories: BTreeMap<(&str, Option<&str>, &str), &str> = tree
        .objects()
        .filter(|(_, it)| it.kind() == "HelmRepository")
        .filter_map(|(path, it)| {
            Some(((path.as_str(), it.namespace(), it.name()), it.object["spec"]["url"].as_str()?))
        })
        .collect();
    let rendered: Option<BTreeSet<String>> = look.rendered.map(|it| it.iter().map(key_of).collect());
    for (path, object) in tree.objects() {
        let spec = &object.object["spec"];
        let place = format!("{path}#{}/{}", object.kind(), object.name());
        match object.kind() {
            "OCIRepository" => {
                if let Some(url) = spec["url"].as_str() {
                    add(&mut closure.charts, &with_version(url, &spec["ref"]), &place);
                }
            }
            "HelmRelease" => {
                let chart = &spec["chart"]["spec"];
                let source = chart["sourceRef"]["name"].as_str().unwrap_or_default();
                let namespace = chart["sourceRef"]["namespace"].as_str().or(object.namespace());
                let url = repositories.get(&(path.as_str(), namespace, source));
                if let (Some(url), Some(name), Some(version)) =
                    (url, chart["chart"].as_str(), chart["version"].as_str())
                {
                    let reference = format!("{}/{name}:{version}", url.trim_end_matches('/'));
                    add(&mut closure.charts, &reference, &place);
                }
                // What its values mean shows in its objects.
                if rendered
                    .as_ref()
                    .is_some_and(|it| key_in(path, object).is_some_and(|key| it.contains(&key)))
                {
                    continue;
                }
                if rendered.is_some() {
                    let (chart, version) = (chart["chart"].as_str(), chart["version"].as_str());
                    let chart = chart.map_or_else(
                        || place.clone(),
                        |it| format!("`{it}` {}", version.unwrap_or_default()),
                    );
                    closure.incomplete.insert(format!(
                        "{}: its chart is none of the project's Blueprints, and was not rendered",
                        chart.trim_end()
                    ));
                }
            }
            _ => {}
        }
        let object = Object { chart: String::new(), file: path.clone(), value: object.object.clone() };
        images(find_images(&object, look.places), &place, look.mirror, &mut closure.images);
    }
    if look.rendered.is_none() {
        for (path, file) in &tree.files {
            if let Body::Document(value, _) = &file.body {
                let object = Object { chart: String::new(), file: path.clone(), value: value.clone() };
                images(find_images(&object, look.places), path.as_str(), look.mirror, &mut closure.images);
            }
        }
    }
    match look.rendered {
        Some(releases) => releases.iter().for_each(|it| of_release(it, look.mirror, &mut closure)),
        None if closure.charts.is_empty() => {}
        None => {
            let why = "charts were not rendered: images that only they name are not listed";
            closure.incomplete.insert(why.to_owned());
        }
    }
    closure
}

/// The images of a release's objects, hooks among them.
fn of_release(release: &RenderedRelease, mirror: Option<&str>, closure: &mut Closure) {
    let blueprint = &release.entry.blueprint;
    let unseen = |why: &str| format!("`{}` {}: {why}", blueprint.name, blueprint.spec.version);
    match &release.objects {
        Ok(_) => {
            for (object, found) in release.images() {
                images(found, &format!("{}#{object}", release.name), mirror, &mut closure.images);
            }
        }
        Err(NotRendered::NoChart(why)) => drop(closure.incomplete.insert(unseen(why))),
        Err(NotRendered::Failed) => drop(closure.incomplete.insert(unseen("its chart does not render"))),
    }
}

fn images(found: Images, place: &str, mirror: Option<&str>, needs: &mut BTreeMap<String, Need>) {
    let all: BTreeSet<String> =
        found.known.into_iter().chain(found.unclassified).map(|it| it.image).collect();
    for image in all {
        add(needs, upstream(&image, mirror), place);
    }
}

fn with_version(url: &str, version: &Value) -> String {
    if let Some(digest) = version["digest"].as_str() {
        return format!("{url}@{digest}");
    }
    let tag = version["tag"].as_str().or(version["semver"].as_str());
    tag.map_or_else(|| url.to_owned(), |tag| format!("{url}:{tag}"))
}

fn add(needs: &mut BTreeMap<String, Need>, reference: &str, place: &str) {
    let reference = reference.strip_prefix("oci://").unwrap_or(reference);
    let need = needs.entry(reference.to_owned()).or_default();
    need.digest = reference.rsplit_once('@').and_then(|(_, digest)| Digest::parse(digest).ok());
    need.used_by.insert(place.to_owned());
}
