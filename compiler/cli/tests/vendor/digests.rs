//! Digests of images: what a real registry answers comes into the lock, and stays there until somebody accepts another one.

use crate::fixture::{Project, Ran};
use crate::registry::helms;
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Manifest, REF_NAME, media};
use catalyst_tests::registry::{Registry, missing, program};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A list of images for two systems under a tag. Gives its digest, and what there is of it as it lies in a layout.
pub(crate) fn push(
    registry: &Registry,
    repository: &str,
    tag: &str,
    content: &str,
) -> (Digest, Vec<Vec<u8>>) {
    let mut all = Vec::new();
    let mut blob = |media_type: &str, bytes: Vec<u8>| {
        registry.put_blob(repository, &bytes);
        let descriptor = Descriptor::of(media_type, &bytes);
        all.push(bytes);
        descriptor
    };
    let layer = blob("application/vnd.oci.image.layer.v1.tar+gzip", content.as_bytes().to_vec());
    let mut manifests = Vec::new();
    let mut documents = Vec::new();
    for system in ["amd64", "arm64"] {
        let config = format!(
            r#"{{"architecture":"{system}","os":"linux","rootfs":{{"type":"layers","diff_ids":[]}}}}"#
        );
        let config = blob(media::IMAGE_CONFIG, config.into_bytes());
        let bytes = Manifest::new(config, layer.clone()).to_bytes();
        let descriptor = Descriptor::of(media::MANIFEST, &bytes);
        registry.put_manifest(repository, &descriptor.digest.to_string(), media::MANIFEST, &bytes);
        let platform = Some(json!({ "os": "linux", "architecture": system }));
        manifests.push(Descriptor { platform, ..descriptor });
        documents.push(bytes);
    }
    let index = Index { manifests, ..Index::default() }.to_bytes();
    registry.put_manifest(repository, tag, media::INDEX, &index);
    let digest = Digest::of(&index);
    all.append(&mut documents);
    all.push(index);
    (digest, all)
}

/// A project whose Blueprint runs these images.
fn project(images: &[&str]) -> Project {
    let project = Project::new(&[]);
    std::fs::remove_dir_all(project.at("platform/hello/chart/templates")).unwrap();
    run_images(&project, images);
    project
}

pub(crate) fn run_images(project: &Project, images: &[&str]) {
    let mut text = "apiVersion: v1\nkind: Pod\nmetadata: {name: hello}\nspec:\n  containers:\n".to_owned();
    for (at, image) in images.iter().enumerate() {
        text.push_str(&format!("    - {{name: c{at}, image: \"{image}\"}}\n"));
    }
    project.write("platform/hello/chart/templates/pod.yaml", text);
}

/// The lines of the lock with digests.
pub(crate) fn digests(project: &Project) -> Vec<String> {
    let text = std::fs::read_to_string(project.at("catalyst.lock")).unwrap();
    let Some((_, rest)) = text.split_once("\ndigests:\n") else { return Vec::new() };
    rest.lines().take_while(|it| it.starts_with("  ")).map(|it| it.trim().to_owned()).collect()
}

fn vendor(project: &Project, helm: &Path, more: &[&str]) -> Ran {
    project.vendor(&[&["--images", "--helm", helm.to_str().unwrap()], more].concat())
}

#[test]
fn a_tag_is_locked_and_refused_when_it_moves() {
    let Some(registry) = Registry::plain() else { return };
    let Some(helm) = helms().into_iter().next() else { return };
    let image = format!("{}/web/app:1.0.0", registry.host);
    let (before, _) = push(&registry, "web/app", "1.0.0", "one");
    let pinned = format!("{}/web/pinned@{before}", registry.host);
    let project = project(&[&image, &pinned]);
    // What is named by its digest needs no row, and nobody asks for it.
    vendor(&project, &helm, &[]).with(0).says(&["digests of 1 image, 1 line of the lock changed"]);
    assert_eq!(digests(&project), [format!("{image}: {before}")]);
    project.check().with(0);
    vendor(&project, &helm, &[]).with(0).says(&["digests of 1 image\n", "catalyst.lock is up to date"]);
    if let Some(skopeo) = program("skopeo") {
        let inspect = ["inspect", "--tls-verify=false", "--format", "{{.Digest}}"];
        let output = Command::new(skopeo).args(inspect).arg(format!("docker://{image}")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), before.to_string());
    } else {
        missing("skopeo");
    }
    // `vendor` without the switch leaves them alone, and so does `lock`.
    project.vendor(&[]).with(0);
    project.run(&["lock"]).with(0);
    assert_eq!(digests(&project), [format!("{image}: {before}")]);

    let (after, _) = push(&registry, "web/app", "1.0.0", "two");
    let (locked, now) = (format!("locked: {before}"), format!("now:    {after}"));
    vendor(&project, &helm, &[]).with(1).says(&["error[image-changed]", &locked, &now, "--accept"]);
    assert_eq!(digests(&project), [format!("{image}: {before}")]);
    vendor(&project, &helm, &["--accept", "web/app"]).with(1);
    vendor(&project, &helm, &["--accept", &image]).with(0).says(&["wrote catalyst.lock"]);
    assert_eq!(digests(&project), [format!("{image}: {after}")]);

    // Another image comes and has no digest yet; one that nobody has is said, and the other is locked all the same.
    let (other, gone) = (format!("{}/web/other:2", registry.host), format!("{}/web/gone:1", registry.host));
    run_images(&project, &[&other, &gone]);
    project.vendor(&["--helm", helm.to_str().unwrap()]).with(0);
    let missing = format!("the lock has no digest of `{other}`");
    project.check().with(1).says(&["error[lock-outdated]", &missing, "vendor --images"]);
    let (second, _) = push(&registry, "web/other", "2", "three");
    vendor(&project, &helm, &[]).with(1).says(&["error[image-unavailable]", &gone, "404"]);
    assert_eq!(digests(&project), [format!("{other}: {second}")]);
    let settings = std::fs::read_to_string(project.at("catalyst.yaml")).unwrap();
    project.write("catalyst.yaml", settings + "  rules: {image-unavailable: warn}\n");
    vendor(&project, &helm, &[]).with(0).says(&["warning[image-unavailable]"]);
}

#[test]
fn a_registry_that_wants_credentials_gets_those_of_docker() {
    let Some(registry) = Registry::guarded() else { return };
    let Some(helm) = helms().into_iter().next() else { return };
    let (digest, _) = push(&registry, "web/app", "1.0.0", "one");
    let image = format!("{}/web/app:1.0.0", registry.host);
    let project = project(&[&image]);
    vendor(&project, &helm, &[]).with(1).says(&["error[image-unavailable]", "docker login"]);
    let auth = format!(r#"{{"auths": {{"{}": {{"auth": "bWU6eA=="}}}}}}"#, registry.host);
    project.write("home/.docker/config.json", auth);
    vendor(&project, &helm, &[]).with(0);
    assert_eq!(digests(&project), [format!("{image}: {digest}")]);
}

#[test]
fn without_a_program_it_is_said_what_is_not_known() {
    let project = project(&["quay.io/a/b:1"]);
    project.vendor(&["--images"]).with(0).says(&["images are not known of releases", "digests of 0 images"]);
    project.run(&["vendor", "--check", "--images"]).with(0);
}

#[test]
fn a_bundle_has_the_digests_of_the_lock_and_no_other_image() {
    let Some(registry) = Registry::plain() else { return };
    let Some(helm) = helms().into_iter().next() else { return };
    let image = format!("{}/web/app:1.0.0", registry.host);
    let (digest, parts) = push(&registry, "web/app", "1.0.0", "one");
    let project = project(&[&image]);
    vendor(&project, &helm, &[]).with(0);
    project.run(&["build"]).with(0);
    let bundle = |more: &[&str]| {
        let make = ["bundle", "--out", "b.tar", "--render", "--helm", helm.to_str().unwrap()];
        project.run(&[&make[..], more].concat())
    };
    bundle(&[]).with(0);
    let run = |args: &str| {
        let mut command = project.command(&args.split(' ').collect::<Vec<_>>());
        let output = command.env("COSIGN_PASSWORD", "a password of the tests").output().unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("keygen --out k");
    run("sign b.tar --key k.key");
    run("unpack b.tar --sovereign demo --key k.pub --out out");
    for file in ["closure.json", "sbom.cdx.json", "provenance.json"] {
        let text = std::fs::read_to_string(project.at(&format!("out/bundle/{file}"))).unwrap();
        assert!(text.contains(&digest.hex()), "{file}: {text}");
    }

    // A layout that has another image under the name, and then the very one.
    let layout = |name: &str, top: &[u8]| {
        let top = Descriptor::of(media::INDEX, top).annotated(REF_NAME, name);
        let index = Index { manifests: vec![top], ..Index::default() };
        project.write("images/index.json", index.to_bytes());
        project.write("images/oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    };
    for part in &parts {
        project.write(&format!("images/blobs/sha256/{}", Digest::of(part).hex()), part);
    }
    let other = Index::default().to_bytes();
    project.write(&format!("images/blobs/sha256/{}", Digest::of(&other).hex()), &other);
    layout(&image, &other);
    let why = format!("{image} (wanted is {digest}, and there is {})", Digest::of(&other));
    bundle(&["--with-images", "images"]).with(2).says(&[&why]);
    // Under whatever name: the digest is the name.
    layout("quay.io/another/name:1", parts.last().unwrap());
    bundle(&["--with-images", "images"]).with(0).says(&["1 of 1 image carried"]);
}
