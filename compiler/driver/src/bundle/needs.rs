//! What the emitted objects need from registries: charts by their sources, images by the places that hold them.
//!
//! A pod's `image` is one whatever it looks like. In values and custom resources, an `image` is one when it has a registry or a tag, and a map
//! with `repository` and `tag` is one split up. What only a chart knows is not seen here, and the closure says so.

use catalyst_bundle::Digest;
use catalyst_bundle::release::{Closure, Need};
use catalyst_plan::{EmittedObject, EmittedTree};
use serde_json::Value;
use std::collections::BTreeMap;

/// The closure of a tree.
pub(super) fn needs(tree: &EmittedTree) -> Closure {
    let mut closure = Closure::default();
    let repositories: BTreeMap<(&str, Option<&str>, &str), &str> = tree
        .objects()
        .filter(|(_, it)| it.kind() == "HelmRepository")
        .filter_map(|(path, it)| {
            Some(((path.as_str(), it.namespace(), it.name()), it.object["spec"]["url"].as_str()?))
        })
        .collect();
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
            }
            _ => {}
        }
        images(object, &place, &mut closure.images);
    }
    if !closure.charts.is_empty() {
        let why = "charts were not rendered: images that only they name are not listed";
        closure.incomplete.insert(why.to_owned());
    }
    closure
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

fn images(object: &EmittedObject, place: &str, found: &mut BTreeMap<String, Need>) {
    walk(&object.object, false, &mut |reference| add(found, reference, place));
}

/// Calls `found` with every image below a value. `in_pod` says whether the value is a container of a pod.
fn walk(value: &Value, in_pod: bool, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, in_pod, found)),
        Value::Object(map) => {
            if let Some(image) = map.get("image").and_then(Value::as_str)
                && (if in_pod { !image.is_empty() } else { is_image(image) })
            {
                found(image);
            }
            if let Some(image) = split_up(value) {
                found(&image);
            }
            for (key, item) in map {
                walk(
                    item,
                    matches!(key.as_str(), "containers" | "initContainers" | "ephemeralContainers"),
                    found,
                );
            }
        }
        _ => {}
    }
}

/// An image in parts, as charts take them.
fn split_up(value: &Value) -> Option<String> {
    let text = |name: &str| value[name].as_str().filter(|it| !it.is_empty());
    let (repository, tag) = (text("repository")?, text("tag"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    if repository.contains("://") || !repository.chars().all(plain) || (tag, text("digest")) == (None, None) {
        return None;
    }
    let registry = text("registry").map_or(String::new(), |it| format!("{it}/"));
    let tag = tag.map_or(String::new(), |it| format!(":{it}"));
    let digest = text("digest").map_or(String::new(), |it| format!("@{it}"));
    Some(format!("{registry}{repository}{tag}{digest}"))
}

/// Whether a text names a registry or a tag, as nothing but an image does.
fn is_image(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let (name, has_digest) = text.split_once("@sha256:").map_or((text, false), |(name, _)| (name, true));
    let last = name.rsplit('/').next().unwrap_or(name);
    let has_tag = last.split_once(':').is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty());
    let host = name.split_once('/').map_or("", |(host, _)| host);
    text.chars().all(plain) && !last.is_empty() && (has_tag || has_digest || host.contains(['.', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(value: Value) -> Vec<String> {
        let mut images = Vec::new();
        walk(&value, false, &mut |it| images.push(it.to_owned()));
        images
    }

    #[test]
    fn pods_name_images_whatever_they_look_like() {
        let pod = json!({ "spec": { "initContainers": [{ "image": "busybox" }], "containers": [{ "image": "a/b" }] } });
        // Whether a JSON object keeps its order is for the dependencies to say.
        let mut found = found(pod);
        found.sort();
        assert_eq!(found, ["a/b", "busybox"]);
    }

    #[test]
    fn elsewhere_an_image_has_a_registry_or_a_tag() {
        let value = |image: &str| found(json!({ "values": { "image": image } }));
        for image in
            ["nginx:1.29", "quay.io/a/b", "localhost:5000/a", "a@sha256:00", "docker.io/a/b:v1@sha256:00"]
        {
            assert_eq!(value(image), [image]);
        }
        for no in ["ubuntu-24.04", "", "a b:c", "nginx", "group/name", "x:", ":x"] {
            assert!(value(no).is_empty(), "{no}");
        }
    }

    #[test]
    fn images_in_parts_are_put_together() {
        let image = json!({ "image": { "registry": "quay.io", "repository": "a/b", "tag": "v1" } });
        assert_eq!(found(image), ["quay.io/a/b:v1"]);
        assert_eq!(found(json!({ "x": { "repository": "a/b", "digest": "sha256:00" } })), ["a/b@sha256:00"]);
        assert!(found(json!({ "git": { "repository": "https://x/y", "tag": "v1" } })).is_empty());
        assert!(found(json!({ "x": { "repository": "a/b" } })).is_empty());
    }
}
