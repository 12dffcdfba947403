use super::*;
use crate::images::{ImagePlaces, find_images};
use crate::testing::object;
use catalyst_model::ImagePlace;
use serde_json::json;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER: &str = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

/// Images of quay.io come from the mirror; two are known by digest.
fn rename(image: &str) -> Option<NewImage> {
    let below = image.strip_prefix("m.omani.works/").unwrap_or(image);
    below.strip_prefix("quay.io/")?;
    let digest = match below {
        "quay.io/a/b:1" => Some(DIGEST),
        "quay.io/a/b:2" => Some(OTHER),
        _ => None,
    };
    let new = NewImage {
        repository: format!("m.omani.works/{}", repository(below)),
        digest: digest.map(str::to_owned),
    };
    (new.reference(image) != image).then_some(new)
}

fn pod(images: &[&str]) -> Object {
    let containers: Vec<Value> = images.iter().map(|it| json!({ "name": "c", "image": it })).collect();
    object("Pod/a", json!({ "spec": { "containers": containers } }))
}

fn images_of(object: &Object) -> Vec<String> {
    let places = [
        ImagePlace { kind: "Thing".into(), path: "spec.image".into(), prefix: None, not_image: None },
        ImagePlace {
            kind: "Thing".into(),
            path: "args[]".into(),
            prefix: Some("--i=".into()),
            not_image: None,
        },
    ];
    find_images(object, &ImagePlaces::new(places.iter())).known.into_iter().map(|it| it.image).collect()
}

fn of(objects: &[(&Object, bool)]) -> (Rewriting, Vec<Kept>) {
    let places = [
        ImagePlace { kind: "Thing".into(), path: "spec.image".into(), prefix: None, not_image: None },
        ImagePlace {
            kind: "Thing".into(),
            path: "args[]".into(),
            prefix: Some("--i=".into()),
            not_image: None,
        },
    ];
    let places = ImagePlaces::new(places.iter());
    let all: Vec<Seen<'_>> =
        objects.iter().map(|(object, is_hook)| (*object, find_images(object, &places), *is_hook)).collect();
    rewriting(&all, &rename)
}

fn after(rewriting: &Rewriting, object: &Object) -> Vec<String> {
    let mut object = object.clone();
    rewriting.apply(&mut object);
    images_of(&object)
}

fn renderers(rewriting: &Rewriting) -> Value {
    rewriting.post_renderers(|it| it.to_string())[0]["kustomize"].clone()
}

#[test]
fn containers_are_renamed_by_the_name_of_their_image() {
    let pod = pod(&["quay.io/a/b:1", "quay.io/c:3", "own.omani.works/d:1"]);
    let (rewriting, kept) = of(&[(&pod, false)]);
    assert_eq!(kept, []);
    assert_eq!(
        renderers(&rewriting),
        json!({ "images": [
            { "name": "quay.io/a/b", "newName": "m.omani.works/quay.io/a/b", "digest": DIGEST },
            { "name": "quay.io/c", "newName": "m.omani.works/quay.io/c" },
        ] })
    );
    let wanted = [
        format!("m.omani.works/quay.io/a/b@{DIGEST}"),
        "m.omani.works/quay.io/c:3".into(),
        "own.omani.works/d:1".into(),
    ];
    assert_eq!(after(&rewriting, &pod), wanted);
}

#[test]
fn a_name_that_means_two_images_is_patched_place_by_place() {
    // The second is at the mirror already, under the name that the first one gets.
    for images in [["quay.io/a/b:1", "quay.io/a/b:2"], ["quay.io/a/b:1", "m.omani.works/quay.io/a/b:2"]] {
        let pod = pod(&images);
        let (rewriting, _) = of(&[(&pod, false)]);
        let out = renderers(&rewriting);
        assert_eq!(out.get("images"), None);
        let patch: Value = serde_json::from_str(out["patches"][0]["patch"].as_str().unwrap()).unwrap();
        assert_eq!(out["patches"][0]["target"], json!({ "version": "v1", "kind": "Pod", "name": "a" }));
        assert_eq!(
            patch[0],
            json!({ "op": "test", "path": "/spec/containers/0/image", "value": "quay.io/a/b:1" })
        );
        let wanted =
            [format!("m.omani.works/quay.io/a/b@{DIGEST}"), format!("m.omani.works/quay.io/a/b@{OTHER}")];
        assert_eq!(after(&rewriting, &pod), wanted);
    }
    // One that stays must not get the digest of another.
    let pod = pod(&["m.omani.works/quay.io/a/b:1", "m.omani.works/quay.io/a/b:9"]);
    let (rewriting, _) = of(&[(&pod, false)]);
    assert_eq!(renderers(&rewriting).get("images"), None);
    let wanted = [format!("m.omani.works/quay.io/a/b@{DIGEST}"), "m.omani.works/quay.io/a/b:9".into()];
    assert_eq!(after(&rewriting, &pod), wanted);
}

#[test]
fn places_of_custom_resources_are_patched() {
    let whole = object(
        "Thing.omani.works/t",
        json!({ "spec": { "image": "quay.io/c:3" }, "args": ["--i=quay.io/a/b:1", "--x=1"] }),
    );
    let (rewriting, kept) = of(&[(&whole, false)]);
    assert_eq!(kept, []);
    let mut out = whole.clone();
    rewriting.apply(&mut out);
    assert_eq!(out.value["spec"]["image"], "m.omani.works/quay.io/c:3");
    assert_eq!(out.value["args"][0], format!("--i=m.omani.works/quay.io/a/b@{DIGEST}"));
    let parts = json!({ "registry": "quay.io", "repository": "a/b", "tag": "1", "digest": "" });
    let parts = object("Thing.omani.works/t", json!({ "spec": { "image": parts } }));
    let (rewriting, _) = of(&[(&parts, false)]);
    let mut out = parts.clone();
    rewriting.apply(&mut out);
    assert_eq!(
        out.value["spec"]["image"],
        json!({ "registry": "m.omani.works", "repository": "quay.io/a/b", "tag": "1", "digest": DIGEST })
    );
    // A render that has something else there is not changed.
    let mut other = object("Thing.omani.works/t", json!({ "spec": { "image": { "repository": "x" } } }));
    rewriting.apply(&mut other);
    assert_eq!(other.value["spec"]["image"]["repository"], "x");
}

#[test]
fn what_post_renderers_do_not_reach_is_said() {
    let pod = pod(&["quay.io/c:3"]);
    let (rewriting, kept) = of(&[(&pod, true)]);
    assert!(rewriting.is_empty());
    assert!(kept[0].why.starts_with("a hook"), "{kept:?}");
    // Kustomize refuses two objects with one name.
    let (rewriting, kept) = of(&[(&pod, false), (&pod, false)]);
    assert!(rewriting.is_empty());
    assert_eq!(kept.len(), 2);
    let long =
        object("Thing.omani.works/t", json!({ "args": [format!("--i=quay.io/c:3 {}", "x".repeat(20_000))] }));
    let images = Images {
        known: vec![ImageAt {
            path: KeyPath::root().key("args").index(0),
            image: "quay.io/c:3".into(),
            form: ImageForm::Within,
        }],
        ..Images::default()
    };
    let (out, kept) = renamed(&long, &images, &rename);
    assert_eq!(out, long);
    assert!(kept[0].why.contains("a part of a text of 20"), "{kept:?}");
}

#[test]
fn a_release_in_two_regions_has_one_rewriting() {
    let (first, second) = (pod(&["quay.io/a/b:1", "quay.io/c:3"]), pod(&["quay.io/a/b:2", "quay.io/e:1"]));
    let (mut rewriting, _) = of(&[(&first, false)]);
    let conflicts = rewriting.merge(of(&[(&second, false)]).0);
    assert_eq!(conflicts, BTreeSet::from(["quay.io/a/b".to_owned()]));
    // The place is agreed upon, the digest is not.
    assert_eq!(after(&rewriting, &first), ["m.omani.works/quay.io/a/b:1", "m.omani.works/quay.io/c:3"]);
    assert_eq!(after(&rewriting, &second), ["m.omani.works/quay.io/a/b:2", "m.omani.works/quay.io/e:1"]);
    let (mut same, _) = of(&[(&first, false)]);
    assert!(same.merge(of(&[(&first, false)]).0).is_empty());
}
