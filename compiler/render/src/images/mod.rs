//! Every image of an object, with its place: those that pods run, those at places that a Blueprint declares, and what looks like an image
//! at a place that nobody knows.
//!
//! Values are not asked: images have no common shape there. What stands in an object is what is pulled.

mod place;
mod pods;
mod reference;

pub use place::ImagePlaces;
pub use pods::images;

use catalyst_helm::Object;
use catalyst_source::{KeyPath, Step};
use place::Place;
use reference::{in_parts, in_text, looks_like_image};
use serde_json::Value;
use std::collections::BTreeMap;

/// What stands at a place, as an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageAt {
    /// The node.
    pub path: KeyPath,
    /// The image, as a reference.
    pub image: String,
    /// How the node holds it.
    pub form: ImageForm,
}

/// How a node holds an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageForm {
    /// It is the reference.
    Whole,
    /// It is a text that the reference is a part of.
    Within,
    /// It is a mapping with `repository`, `tag` and the like.
    Parts,
}

/// The images of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Images {
    /// Those at known places, by place.
    pub known: Vec<ImageAt>,
    /// What looks like an image at a place that neither pods nor Blueprints know, by place.
    pub unclassified: Vec<ImageAt>,
}

/// Every image of an object. `places` are those of the Blueprint that the object is of.
pub fn find_images(object: &Object, places: &ImagePlaces) -> Images {
    // A CRD describes objects and is none; its texts are examples and defaults of them.
    if object.kind() == "CustomResourceDefinition" {
        return Images::default();
    }
    let mut known: BTreeMap<KeyPath, Vec<ImageAt>> = BTreeMap::new();
    for (path, image) in images(object).into_iter().filter(|(_, image)| !image.is_empty()) {
        let at = ImageAt { path: path.clone(), image: image.to_owned(), form: ImageForm::Whole };
        known.insert(path, vec![at]);
    }
    // What a Blueprint says counts more: what it calls none is none.
    for (place, path, value) in places.of(object) {
        let found = if place.is_image { at_place(&path, value, place) } else { Vec::new() };
        known.insert(path, found);
    }
    let mut unclassified = Vec::new();
    scan(&object.value, &KeyPath::root(), &known, &mut unclassified);
    Images { known: known.into_values().flatten().collect(), unclassified }
}

/// The images of a declared place.
fn at_place(path: &KeyPath, value: &Value, place: &Place) -> Vec<ImageAt> {
    let at = |image: String, form| ImageAt { path: path.clone(), image, form };
    match value {
        Value::String(text) => match place.prefix.as_deref() {
            Some(prefix) => {
                let image = text.strip_prefix(prefix).filter(|it| !it.is_empty());
                image.map(|it| at(it.to_owned(), ImageForm::Within)).into_iter().collect()
            }
            None if text.trim().contains(char::is_whitespace) => {
                in_text(text).into_iter().map(|it| at(it.to_owned(), ImageForm::Within)).collect()
            }
            None if text.trim().is_empty() => Vec::new(),
            // Among all entries of a mapping there are other words than images.
            None if place.is_open && !looks_like_image("image", text.trim()) => Vec::new(),
            None => vec![at(text.trim().to_owned(), ImageForm::Whole)],
        },
        value => in_parts(value).map(|it| at(it, ImageForm::Parts)).into_iter().collect(),
    }
}

/// Adds what looks like an image below a node and is not known.
fn scan(value: &Value, path: &KeyPath, known: &BTreeMap<KeyPath, Vec<ImageAt>>, out: &mut Vec<ImageAt>) {
    if known.contains_key(path) {
        return;
    }
    match value {
        Value::String(text) => {
            let key = match path.steps().iter().rev().find(|it| matches!(it, Step::Key(_))) {
                Some(Step::Key(key)) => key,
                _ => "",
            };
            if looks_like_image(key, text) {
                out.push(ImageAt { path: path.clone(), image: text.clone(), form: ImageForm::Whole });
            } else {
                let within = in_text(text).into_iter();
                out.extend(within.map(|it| ImageAt {
                    path: path.clone(),
                    image: it.to_owned(),
                    form: ImageForm::Within,
                }));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                scan(item, &path.index(index), known, out);
            }
        }
        Value::Object(map) => {
            if let Some(image) = in_parts(value) {
                out.push(ImageAt { path: path.clone(), image, form: ImageForm::Parts });
            }
            map.iter().for_each(|(key, below)| scan(below, &path.key(key), known, out));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;
    use catalyst_model::ImagePlace;
    use serde_json::json;

    fn place(kind: &str, path: &str) -> ImagePlace {
        ImagePlace { kind: kind.into(), path: path.into(), prefix: None, not_image: None }
    }

    /// Known images, then unclassified ones behind a `?`.
    fn found(value: Value, places: &[ImagePlace]) -> Vec<String> {
        let object = object("Cluster.postgresql.cnpg.io/a", value);
        let images = find_images(&object, &ImagePlaces::new(places.iter()));
        let known = images.known.iter().map(|it| format!("{} {}", it.path, it.image));
        let doubtful = images.unclassified.iter().map(|it| format!("? {} {}", it.path, it.image));
        known.chain(doubtful).collect()
    }

    #[test]
    fn a_declared_place_holds_an_image_and_another_one_is_doubted() {
        let value = json!({ "spec": { "imageName": "ghcr.io/cloudnative-pg/postgresql:17.5" } });
        assert_eq!(found(value.clone(), &[]), ["? spec.imageName ghcr.io/cloudnative-pg/postgresql:17.5"]);
        let at = place("Cluster.postgresql.cnpg.io", "spec.imageName");
        let known = ["spec.imageName ghcr.io/cloudnative-pg/postgresql:17.5"];
        assert_eq!(found(value.clone(), &[at]), known);
        assert_eq!(found(value.clone(), &[place("Cluster", "spec.*")]), known);
        for other in [place("Cluster.x.io", "spec.imageName"), place("Cluster", "spec.image")] {
            assert_eq!(found(value.clone(), &[other]).len(), 1);
            // Still doubted.
        }
        let none = ImagePlace { not_image: Some("an example".into()), ..place("Cluster", "spec.imageName") };
        assert_eq!(found(value, &[none]), [""; 0]);
    }

    #[test]
    fn a_declared_place_needs_no_look() {
        assert_eq!(
            found(json!({ "spec": { "image": "postgres" } }), &[place("Cluster", "spec.image")]),
            ["spec.image postgres"]
        );
        assert_eq!(found(json!({ "spec": { "image": "" } }), &[place("Cluster", "spec.image")]), [""; 0]);
    }

    #[test]
    fn pods_of_custom_resources_are_pods() {
        let pod = json!({ "containers": [{ "name": "a", "image": "busybox" }], "initContainers": [{ "image": "" }] });
        assert_eq!(
            found(json!({ "spec": { "podTemplate": { "spec": pod } } }), &[]),
            ["spec.podTemplate.spec.containers[0].image busybox"]
        );
    }

    #[test]
    fn items_are_chosen_by_a_field() {
        let value = json!({ "env": [
            { "name": "RELATED_IMAGE_A", "value": "quay.io/a/a:1" },
            { "name": "OTHER", "value": "quay.io/b/b:1" },
        ] });
        assert_eq!(
            found(value.clone(), &[place("Cluster", "env[name=RELATED_IMAGE_*].value")]),
            ["env[0].value quay.io/a/a:1", "? env[1].value quay.io/b/b:1",]
        );
        assert_eq!(found(value, &[place("Cluster", "env[].value")]).len(), 2);
    }

    #[test]
    fn prefixes_part_images_from_other_texts() {
        let value = json!({ "args": ["--reloader=quay.io/a/reloader:v1", "--reloader-cpu=1", "--other=quay.io/b:v2"] });
        assert_eq!(found(value.clone(), &[]), ["? args[0] quay.io/a/reloader:v1", "? args[2] quay.io/b:v2",]);
        let place = ImagePlace { prefix: Some("--reloader=".into()), ..place("Cluster", "args[]") };
        // A prefix says which texts are images, and leaves the others to their looks.
        assert_eq!(found(value, &[place]), ["args[0] quay.io/a/reloader:v1", "? args[2] quay.io/b:v2"]);
    }

    #[test]
    fn parts_and_texts_hold_images() {
        let value =
            json!({ "spec": { "image": { "registry": "quay.io", "repository": "a/b", "tag": "v1" } } });
        assert_eq!(found(value.clone(), &[]), ["? spec.image quay.io/a/b:v1"]);
        assert_eq!(found(value, &[place("Cluster", "spec.image")]), ["spec.image quay.io/a/b:v1"]);
        let text = "kind: Pod\nspec:\n  containers:\n    - name: a\n      image: \"quay.io/a/b:v1\"\n    - image: c:2\n";
        let value = json!({ "data": { "pod.yaml": text } });
        assert_eq!(
            found(value.clone(), &[]),
            ["? data[\"pod.yaml\"] quay.io/a/b:v1", "? data[\"pod.yaml\"] c:2",]
        );
        assert_eq!(
            found(value, &[place("Cluster", "data[\"pod.yaml\"]")]),
            ["data[\"pod.yaml\"] quay.io/a/b:v1", "data[\"pod.yaml\"] c:2",]
        );
    }

    #[test]
    fn among_all_entries_only_what_looks_like_an_image_is_one() {
        let value = json!({ "data": { "a": "false", "b": "quay.io/a/b:v1", "c": "image: c:1\n" } });
        assert_eq!(found(value, &[place("Cluster", "data.*")]), ["data.b quay.io/a/b:v1", "data.c c:1"]);
    }

    #[test]
    fn a_definition_has_no_images() {
        let crd = object(
            "CustomResourceDefinition.apiextensions.k8s.io/a",
            json!({ "spec": { "image": "quay.io/a:1" } }),
        );
        assert_eq!(find_images(&crd, &ImagePlaces::default()), Images::default());
    }

    /// What is not seen by whoever looks for `image:` in pods: each is an image here, or is reported.
    #[test]
    fn no_blind_spot_is_silent() {
        let (pod, none) = (&[][..], &[][..]);
        let split = [place("Cluster", "spec.image")];
        let operand = [place("Cluster", "env[name=RELATED_IMAGE_*].value")];
        let within = [place("Cluster", "data.*")];
        let package = [place("Cluster", "spec.package")];
        let prefix = [ImagePlace {
            prefix: Some("--prometheus-config-reloader=".into()),
            ..place("Cluster", "args[]")
        }];
        let command = [place("Cluster", "annotations.*")];
        let spots: [(&str, Value, &[ImagePlace], &str); 10] = [
            (
                "a field split into repository, tag and digest",
                json!({ "spec": { "image": { "repository": "quay.io/a/b", "tag": "v1" } } }),
                &split,
                "quay.io/a/b:v1",
            ),
            (
                "the operand of a controller, in its environment",
                json!({ "env": [{ "name": "RELATED_IMAGE_A", "value": "quay.io/a/b:v1" }] }),
                &operand,
                "quay.io/a/b:v1",
            ),
            (
                "a pod's template in a ConfigMap",
                json!({ "data": { "pod.yaml": "spec:\n  containers:\n    - image: quay.io/a/b:v1\n" } }),
                &within,
                "quay.io/a/b:v1",
            ),
            (
                "a flag",
                json!({ "args": ["--prometheus-config-reloader=quay.io/a/b:v1"] }),
                &prefix,
                "quay.io/a/b:v1",
            ),
            (
                "what a webhook injects",
                json!({ "data": { "values": "{\"global\": {\"proxy_init\": {\"image\": \"quay.io/a/b:v1\"}}}" } }),
                &within,
                "quay.io/a/b:v1",
            ),
            (
                "the image of a pause container",
                json!({ "config": { "sandbox_image": "registry.k8s.io/pause:3.10" } }),
                &[place("Cluster", "config.sandbox_image")],
                "registry.k8s.io/pause:3.10",
            ),
            (
                "a hook",
                json!({ "metadata": { "name": "a", "annotations": { "helm.sh/hook": "test" } }, "spec": { "containers": [{ "image": "busybox" }] } }),
                pod,
                "busybox",
            ),
            (
                "a volume that is an image",
                json!({ "spec": { "containers": [], "volumes": [{ "image": { "reference": "quay.io/a/b:v1" } }] } }),
                pod,
                "quay.io/a/b:v1",
            ),
            (
                "a package of Crossplane",
                json!({ "spec": { "package": "xpkg.upbound.io/a/b:v1" } }),
                &package,
                "xpkg.upbound.io/a/b:v1",
            ),
            (
                "an image in an annotation",
                json!({ "annotations": { "sidecar": "quay.io/a/b:v1" } }),
                &command,
                "quay.io/a/b:v1",
            ),
        ];
        for (spot, value, places, image) in spots {
            let known = found(value.clone(), places);
            assert!(known.iter().any(|it| !it.starts_with('?') && it.ends_with(image)), "{spot}: {known:?}");
            // Where nobody has declared the place, it is reported.
            if !places.is_empty() {
                let doubted = found(value, none);
                assert!(
                    doubted.iter().any(|it| it.starts_with('?') && it.ends_with(image)),
                    "{spot}: {doubted:?}"
                );
            }
        }
        // What is split over keys that nobody puts together looks like no image: its host is for `outside-host` to find.
        assert_eq!(
            found(json!({ "spec": { "registryHost": "quay.io", "imagePath": "a/b" } }), none),
            [""; 0]
        );
    }
}
