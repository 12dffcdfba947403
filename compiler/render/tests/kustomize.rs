//! What we say that post renderers do is what Kustomize does, as `kubectl` has it built in.
#![expect(clippy::disallowed_methods, reason = "a referee is a program, and reads files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use catalyst_helm::Object;
use catalyst_model::ImagePlace;
use catalyst_render::{ImagePlaces, NewImage, Seen, find_images, repository, rewriting};
use catalyst_source::TreePath;
use catalyst_yaml::Dialect;
use serde_json::{Value, json};
use std::process::Command;

fn object(value: Value) -> Object {
    Object { chart: "a".into(), file: TreePath::new("templates/a.yaml").unwrap(), value }
}

fn digest(of: &str) -> String {
    format!("sha256:{}", catalyst_plan::digest(of.as_bytes()))
}

/// What is not at the mirror comes from there, by digest unless its tag says `free`.
fn rename(image: &str) -> Option<NewImage> {
    let below = image.strip_prefix("m.omani.works:5000/");
    let is_free = image.contains("free") && !image.contains('@');
    if image.starts_with("own.") || (below.is_some() && is_free) {
        return None;
    }
    let name = repository(image);
    let repository = below.map_or_else(|| format!("m.omani.works:5000/{name}"), |_| name.to_owned());
    let new = NewImage { repository, digest: (!is_free).then(|| digest(below.unwrap_or(image))) };
    (new.reference(image) != image).then_some(new)
}

fn objects() -> Vec<Object> {
    let pod = |images: &[&str]| {
        let containers: Vec<Value> = images
            .iter()
            .enumerate()
            .map(|(at, it)| json!({ "name": format!("c{at}"), "image": it }))
            .collect();
        json!({ "initContainers": [{ "name": "i", "image": "quay.io/init:free" }], "containers": containers })
    };
    let pinned = format!("quay.io/pinned:1@{}", digest("x"));
    vec![
        object(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a", "namespace": "n" },
            "spec": pod(&["quay.io/a/b:1", "nginx", "nginx:1.29", &pinned, "own.omani.works/x:1"]) })),
        object(json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d" },
            "spec": { "template": { "spec": pod(&["localhost:5000/a:free", "quay.io/two:1"]) } } })),
        object(json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "j" },
            "spec": { "jobTemplate": { "spec": { "template": { "spec": pod(&["quay.io/two:2", "m.omani.works:5000/quay.io/a/b:1"]) } } } } })),
        object(json!({ "apiVersion": "omani.works/v1", "kind": "Thing", "metadata": { "name": "t" },
            "spec": { "podTemplate": { "spec": pod(&["quay.io/in/cr:1"]) }, "image": "quay.io/a/b:1",
                "parts": { "registry": "quay.io", "repository": "p/q", "tag": "1", "digest": "" },
                "args": ["--reloader=quay.io/a/reloader:1", "--other"] } })),
        object(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c" },
            "data": { "a/b~c.yaml": "spec:\n  containers:\n    - image: quay.io/text:1\n    - image: \"quay.io/text:1.2\"\n" } })),
        object(
            json!({ "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": "things.omani.works" },
            "spec": { "group": "omani.works", "names": { "kind": "Thing", "plural": "things" }, "scope": "Namespaced",
                "versions": [{ "name": "v1", "schema": { "openAPIV3Schema": { "properties": { "containers": [{ "image": "quay.io/a/b:1" }] } } } }] } }),
        ),
    ]
}

fn read(text: &str) -> Vec<Value> {
    let parsed = catalyst_yaml::parse(text);
    assert!(parsed.problems.is_empty(), "{text}");
    let mut values: Vec<Value> = parsed
        .documents
        .iter()
        .map(|it| it.to_value(Dialect::Kubernetes).0)
        .filter(|it| !it.is_null())
        .collect();
    values.sort_by_key(|it| format!("{}/{}", it["kind"], it["metadata"]["name"]));
    values
}

#[test]
fn kustomize_does_what_we_say() {
    let kubectl = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|it| it.join("kubectl")).find(|it| it.is_file()));
    let Some(kubectl) = kubectl else {
        let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
        assert!(!required, "REFEREE MISSING: kubectl");
        eprintln!("REFEREE MISSING: kubectl: nothing was compared");
        return;
    };
    let place = |kind: &str, path: &str, prefix: Option<&str>| ImagePlace {
        kind: kind.into(),
        path: path.into(),
        prefix: prefix.map(str::to_owned),
        not_image: None,
    };
    let places = [
        place("Thing", "spec.image", None),
        place("Thing", "spec.parts", None),
        place("Thing", "spec.args[]", Some("--reloader=")),
        place("ConfigMap", "data.*", None),
    ];
    let places = ImagePlaces::new(places.iter());
    let objects = objects();
    let seen: Vec<Seen<'_>> = objects.iter().map(|it| (it, find_images(it, &places), false)).collect();
    let (rewriting, kept) = rewriting(&seen, &rename);
    assert_eq!(kept, []);
    let renderers = rewriting.post_renderers(|it| format!("{it:#}\n"));
    // `nginx` without a tag and with one, and `two` with two tags, are two images under one name.
    let text = renderers.to_string();
    assert!(!text.contains("\"name\":\"nginx\"") && !text.contains("\"name\":\"quay.io/two\""), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let mut kustomization = renderers[0]["kustomize"].clone();
    kustomization["resources"] = json!(["all.yaml"]);
    std::fs::write(folder.path().join("kustomization.yaml"), catalyst_yaml::write(&kustomization)).unwrap();
    let all: Vec<Value> = objects.iter().map(|it| it.value.clone()).collect();
    std::fs::write(folder.path().join("all.yaml"), catalyst_yaml::write_documents(&all)).unwrap();
    let output = Command::new(kubectl).arg("kustomize").arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = read(&String::from_utf8(output.stdout).unwrap());
    let mut ours = objects;
    ours.iter_mut().for_each(|it| rewriting.apply(it));
    let ours: Vec<Value> = ours.into_iter().map(|it| it.value).collect();
    let ours = read(&catalyst_yaml::write_documents(&ours));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
    // All that is to be renamed is.
    let is_definition = |it: &&Value| it["kind"] == "CustomResourceDefinition";
    let others: Vec<Value> = ours.iter().filter(|it| !is_definition(it)).cloned().collect();
    let text = catalyst_yaml::write_documents(&others);
    assert!(!text.contains("image: quay.io") && !text.contains("=quay.io"), "{text}");
}
