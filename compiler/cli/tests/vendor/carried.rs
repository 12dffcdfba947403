//! What was fetched goes into bundles as it was published, and what was not is said to be missing.

use crate::fixture::{Project, Repository, chart};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Manifest, REF_NAME, media};
use catalyst_tests::net::{Request, ask};
use catalyst_tests::registry::Registry;
use serde_json::Value;

/// A project with a chart that its Blueprint does not list again.
fn project(chart: (&str, &str, &str)) -> Project {
    let project = Project::new(&[chart]);
    let text = std::fs::read_to_string(project.at("catalyst.yaml")).unwrap();
    project.write("catalyst.yaml", text + "  rules: {version-mismatch: allow}\n");
    project
}

/// Bundles the project, and gives what was printed and the closure.
pub(crate) fn bundle(project: &Project, more: &[&str]) -> (String, Value) {
    let ran = project.run(&[&["bundle", "--out", "b.tar"], more].concat()).with(0);
    let run = |args: &str| {
        let mut command = project.command(&args.split(' ').collect::<Vec<_>>());
        let output = command.env("COSIGN_PASSWORD", "a password of the tests").output().unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    if !project.at("k.key").exists() {
        run("keygen --out k");
    }
    run("sign b.tar --key k.key");
    run("unpack b.tar --sovereign demo --key k.pub --out out");
    let closure = std::fs::read(project.at("out/bundle/closure.json")).unwrap();
    (ran.text, serde_json::from_slice(&closure).unwrap())
}

/// The entry of a chart in the closure.
fn entry<'a>(closure: &'a Value, reference: &str) -> &'a Value {
    let found = closure["charts"].as_array().unwrap().iter().find(|it| it["reference"] == reference);
    found.unwrap_or_else(|| panic!("{reference} is not in {closure:#}"))
}

#[test]
fn charts_of_a_repository_are_carried_with_what_they_need() {
    let repository = Repository::default();
    let server = repository.start();
    let web = chart(
        "web",
        "1.2.0",
        "1",
        &format!("dependencies: [{{name: lib, version: ^1, repository: \"{}\"}}]\n", server.url("")),
    );
    let lib = chart("lib", "1.0.0+b.1", "1", "");
    repository.put("web", "1.2.0", web.clone());
    repository.put("lib", "1.0.0+b.1", lib.clone());
    let project = project(("web", "~1.2", &server.url("")));
    project.vendor(&[]).with(0);
    project.run(&["build"]).with(0);
    let (text, closure) = bundle(&project, &[]);
    assert!(text.contains("4 of 6 charts carried"), "{text}");
    let host = server.host();
    let place = host.replace(':', "-");
    for (name, tag, archive) in [("web", "1.2.0", &web), ("lib", "1.0.0_b.1", &lib)] {
        let found = entry(&closure, &format!("{host}/{name}:{tag}"));
        assert_eq!(found["carried"], true, "{found}");
        assert_eq!(found["target"], format!("{place}/{name}:{tag}"));
        assert!(found["usedBy"][0].as_str().unwrap().starts_with("platform/hello/chart/Chart.yaml#"));
        let carried = std::fs::read(project.at(&format!("out/bundle/charts/{place}/{name}/{tag}.tgz")));
        assert!(carried.unwrap() == *archive, "{name} has the bytes that were published");
    }
    let blueprint = entry(&closure, "registry.t01.omani.works/demo/bp-hello:0.1.0");
    assert_eq!((&blueprint["carried"], &blueprint["target"]), (&true.into(), &"demo/bp-hello:0.1.0".into()));
    let published =
        project.run(&["publish", "registry.t01.omani.works/demo", "bp-hello", "--dry-run"]).with(0);
    assert!(published.text.contains(blueprint["digest"].as_str().unwrap()), "{}", published.text);
    assert!(project.at("out/bundle/charts/demo/bp-hello/0.1.0.tgz").is_file());
    let first = std::fs::read(project.at("b.tar")).unwrap();
    bundle(&project, &[]);
    assert!(std::fs::read(project.at("b.tar")).unwrap() == first, "the same charts give the same bundle");

    std::fs::remove_dir_all(project.at(".catalystc/store")).unwrap();
    let (text, closure) = bundle(&project, &[]);
    assert!(
        text.contains("1 of 5 charts carried, 0 of 0 images carried; the site must have the others"),
        "{text}"
    );
    let web = entry(&closure, &format!("{host}/web:1.2.0"));
    assert_eq!((&web["carried"], &web["digest"]), (&Value::Bool(false), &Value::Null));
}

#[test]
fn charts_of_a_registry_keep_their_manifest() {
    let Some(registry) = Registry::plain() else { return };
    let digest = registry.push("charts/web", "1.0.0", &chart("web", "1.0.0", "1", ""));
    let project = project(("web", "1.0.0", &registry.url()));
    project.vendor(&[]).with(0);
    project.run(&["build"]).with(0);
    let (_, closure) = bundle(&project, &[]);
    let found = entry(&closure, &format!("{}/charts/web:1.0.0", registry.host));
    assert_eq!(found["digest"], digest.to_string());
    assert_eq!(found["carried"], true);
    // Into another registry: the manifest is the very same there.
    let Some(site) = Registry::plain() else { return };
    project.run(&["push", "b.tar", &format!("{}/platform", site.host), "--plain-http", "127.0.0.1"]).with(0);
    let target = found["target"].as_str().unwrap();
    let (repository, tag) = target.rsplit_once(':').unwrap();
    let path = format!("/v2/platform/{repository}/manifests/{tag}");
    let request = Request::new("GET", &path, &[("host", &site.host), ("accept", media::MANIFEST)], b"");
    assert_eq!(Digest::of(&ask(&site.host, &request).unwrap().body), digest);
}

/// Adds a blob to a layout.
fn put(project: &Project, bytes: &[u8]) -> Descriptor {
    let descriptor = Descriptor::of("", bytes);
    project.write(&format!("images/blobs/sha256/{}", descriptor.digest.hex()), bytes);
    descriptor
}

/// An image layout with one image for two systems, which share a layer that is too large to be held. Gives the index, the manifest for the first
/// system, and the layer.
fn image_layout(project: &Project, name: &str) -> (Digest, Digest, Digest) {
    image_layout_of(project, name, 300_000)
}

/// The same with a layer of so many words of four bytes.
pub(crate) fn image_layout_of(project: &Project, name: &str, words: u32) -> (Digest, Digest, Digest) {
    let layer: Vec<u8> = (0..words).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let of = |media_type: &str, bytes: &[u8]| Descriptor {
        media_type: media_type.to_owned(),
        ..put(project, bytes)
    };
    let layer = of("application/vnd.oci.image.layer.v1.tar+gzip", &layer);
    let manifest = |system: &str| {
        let config = format!(
            r#"{{"architecture":"{system}","os":"linux","rootfs":{{"type":"layers","diff_ids":[]}}}}"#
        );
        let config = of(media::IMAGE_CONFIG, config.as_bytes());
        let manifest = of(media::MANIFEST, &Manifest::new(config, layer.clone()).to_bytes());
        let platform = Some(serde_json::json!({ "os": "linux", "architecture": system }));
        Descriptor { platform, ..manifest }
    };
    let manifests = vec![manifest("amd64"), manifest("arm64")];
    let first = manifests[0].digest;
    // As another program writes it: not in our form.
    let index = String::from_utf8(Index { manifests, ..Index::default() }.to_bytes()).unwrap();
    let index = of(media::INDEX, index.replace(',', ",\n  ").as_bytes());
    let top = Index { manifests: vec![index.clone().annotated(REF_NAME, name)], ..Index::default() };
    project.write("images/index.json", top.to_bytes());
    project.write("images/oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    (index.digest, first, layer.digest)
}

pub(crate) const IMAGE: &str = "quay.io/jetstack/cert-manager-controller:v1.16.2";

/// A project whose kit names one image.
pub(crate) fn with_image() -> Project {
    let project = Project::new(&[]);
    let path = "sovereigns/demo/sovereign.yaml";
    let text = std::fs::read_to_string(project.at(path)).unwrap();
    let (repository, tag) = IMAGE.rsplit_once(':').unwrap();
    let kit = format!(
        "  kit:\n    blueprints:\n      bp-cert-manager:\n        values:\n          image: {{repository: {repository}, tag: {tag}}}\n"
    );
    project.write(path, text + &kit);
    project.run(&["build"]).with(0);
    project
}

fn image(closure: &Value) -> &Value {
    assert_eq!(closure["images"].as_array().unwrap().len(), 1, "{closure:#}");
    assert_eq!(closure["images"][0]["reference"], IMAGE);
    &closure["images"][0]
}

fn manifest_at(site: &Registry, path: &str) -> Digest {
    let accept = format!("{}, {}", media::MANIFEST, media::INDEX);
    let request = Request::new("GET", path, &[("host", &site.host), ("accept", &accept)], b"");
    Digest::of(&ask(&site.host, &request).unwrap().body)
}

#[test]
fn images_of_a_layout_are_carried_and_come_to_the_registry_of_the_site() {
    let project = with_image();
    let (index, first, layer) = image_layout(&project, IMAGE);
    let (text, closure) = bundle(&project, &[]);
    assert!(text.contains("0 of 1 image carried"), "{text}");
    assert_eq!(image(&closure)["carried"], false);
    let (text, closure) = bundle(&project, &["--with-images", "images"]);
    assert!(text.contains("1 of 1 image carried"), "{text}");
    let found = image(&closure);
    assert_eq!(found["digest"], index.to_string());
    assert_eq!(found["target"], IMAGE);
    assert_eq!(found["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(closure["platforms"], "all");
    project.run(&["verify", "b.tar", "--sovereign", "demo", "--key", "k.pub"]).with(0);
    // The same as a folder, and again.
    let tar = std::fs::read(project.at("b.tar")).unwrap();
    bundle(&project, &["--with-images", "images"]);
    assert!(std::fs::read(project.at("b.tar")).unwrap() == tar, "the same images give the same bundle");
    let Some(site) = Registry::plain() else { return };
    let import = ["import", "b.tar", &site.host, "--plain-http", "127.0.0.1", "--sovereign", "demo", "--key"];
    let state = ["k.pub", "--state", "accepted.json", "--first-use"];
    project.run(&[&import[..], &state].concat()).with(0);
    let name = "/v2/quay.io/jetstack/cert-manager-controller";
    assert_eq!(manifest_at(&site, &format!("{name}/manifests/v1.16.2")), index);
    assert_eq!(manifest_at(&site, &format!("{name}/manifests/{first}")), first);
    let blob = site.send("GET", &format!("{name}/blobs/{layer}"), "", b"");
    assert_eq!(Digest::of(&blob.body), layer);
}

#[test]
fn one_platform_is_a_manifest_of_its_own() {
    let project = with_image();
    let (_, first, _) = image_layout(&project, IMAGE);
    let (_, closure) = bundle(&project, &["--with-images", "images", "--platform", "linux/amd64"]);
    assert_eq!(image(&closure)["digest"], first.to_string());
    assert_eq!(closure["platforms"], "linux/amd64");
    let other = ["bundle", "--out", "c.tar", "--with-images", "images", "--platform", "linux/s390x"];
    project.run(&other).with(2).says(&[&format!("{IMAGE} (linux/s390x)")]);
}

#[test]
fn what_is_missing_or_damaged_is_said_and_nothing_is_written() {
    let project = with_image();
    let (_, _, layer) = image_layout(&project, "quay.io/jetstack/another:v1.16.2");
    let make = ["bundle", "--out", "c.tar", "--with-images", "images"];
    project.run(&make).with(2).says(&["needs 1 image that is not there", IMAGE, "--allow-missing-images"]);
    assert!(!project.at("c.tar").exists());
    project.run(&[&make[..], &["--allow-missing-images"]].concat()).with(0).says(&["0 of 1 image carried"]);
    std::fs::remove_file(project.at("c.tar")).unwrap();
    image_layout(&project, IMAGE);
    let file = project.at(&format!("images/blobs/sha256/{}", layer.hex()));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[777_777] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    project.run(&make).with(2).says(&["blob-digest"]);
    bytes.pop();
    std::fs::write(&file, &bytes).unwrap();
    project.run(&make).with(2).says(&["blob-size"]);
    std::fs::remove_file(&file).unwrap();
    project.run(&make).with(2).says(&["blob-missing"]);
    project
        .run(&["bundle", "--out", "c.tar", "--with-images", "sovereigns"])
        .with(2)
        .says(&["no OCI image layout"]);
    assert!(!project.at("c.tar").exists());
}
