//! Bundles whose images come from a real registry: the same bytes as from a layout that skopeo made, and nothing that was fetched is fetched
//! twice.

use crate::digests::{digests, push, run_images};
use crate::fixture::{Project, Ran, names};
use crate::registry::helms;
use catalyst_bundle::Digest;
use catalyst_tests::net::{Request, Response, Server};
use catalyst_tests::registry::{Registry, missing, program};
use std::path::Path;
use std::process::Command;

const IMAGE: &str = "quay.io/thing/app:1.0.0";

/// A layer that does not fit into what is held.
fn large(seed: u32) -> String {
    (0..700_000_u32).map(|it| format!("{:08x}", it.wrapping_mul(2_654_435_761).wrapping_add(seed))).collect()
}

fn project(image: &str) -> Project {
    let project = Project::new(&[]);
    std::fs::remove_dir_all(project.at("platform/hello/chart/templates")).unwrap();
    run_images(&project, &[image]);
    project.run(&["lock"]).with(0);
    project
}

fn bundle(project: &Project, helm: &Path, out: &str, from: &str, more: &[&str]) -> Ran {
    let make = ["bundle", "--out", out, "--render", "--helm", helm.to_str().unwrap(), "--with-images", from];
    project.run(&[&make[..], &["--plain-http", "127.0.0.1"], more].concat())
}

#[test]
fn a_registry_gives_what_a_layout_gives() {
    let Some(registry) = Registry::plain() else { return };
    let Some(helm) = helms().into_iter().next() else { return };
    let (digest, _) = push(&registry, "mirror/quay.io/thing/app", "1.0.0", &large(1));
    let project = project(IMAGE);
    let mirror = format!("{}/mirror", registry.host);
    bundle(&project, &helm, "a.tar", &mirror, &[]).with(0).says(&["1 of 1 image carried"]);
    assert!(!project.at("a.tar.part").exists(), "what was fetched is gone");
    match program("skopeo") {
        Some(skopeo) => {
            let from = format!("docker://{mirror}/{IMAGE}");
            let copy = ["copy", "--quiet", "--all", "--preserve-digests", "--src-tls-verify=false", &from];
            let to = format!("oci:{}:{IMAGE}", project.at("images").display());
            let output = Command::new(skopeo).args(copy).arg(to).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            bundle(&project, &helm, "b.tar", "images", &[]).with(0);
            bundle(&project, &helm, "a.tar", &mirror, &[]).with(0);
            let read = |name: &str| std::fs::read(project.at(name)).unwrap();
            assert!(read("a.tar") == read("b.tar"), "the same bundle, wherever the images come from");
        }
        None => missing("skopeo"),
    }
    // One platform is a manifest of its own; a digest of the lock is the only one that is taken.
    let one = ["--platform", "linux/arm64"];
    bundle(&project, &helm, "c.tar", &mirror, &one).with(0).says(&["1 of 1 image carried"]);
    let none = ["--platform", "linux/s390x"];
    bundle(&project, &helm, "d.tar", &mirror, &none).with(2).says(&[&format!("{IMAGE} (linux/s390x)")]);
    let lock = std::fs::read_to_string(project.at("catalyst.lock")).unwrap();
    let other = Digest::of(b"other");
    project.write("catalyst.lock", format!("{lock}digests:\n  {IMAGE}: {other}\n"));
    let why = format!("{IMAGE} (wanted is {other}, and there is {digest})");
    bundle(&project, &helm, "d.tar", &mirror, &[]).with(2).says(&[&why]);
    project.write("catalyst.lock", format!("{lock}digests:\n  {IMAGE}: {digest}\n"));
    assert_eq!(digests(&project).len(), 1);
    // The tag means another image by now, and the one of the lock is still there.
    push(&registry, "mirror/quay.io/thing/app", "1.0.0", "moved");
    bundle(&project, &helm, "e.tar", &mirror, &[]).with(0).says(&["1 of 1 image carried"]);
    let empty = format!("{}/empty", registry.host);
    bundle(&project, &helm, "f.tar", &empty, &[]).with(2).says(&["needs 1 image that is not there", IMAGE]);
    bundle(&project, &helm, "f.tar", &empty, &["--allow-missing-images"]).with(0);
    for wrong in ["imagse", "docker://", "registry.omani.works/../x"] {
        bundle(&project, &helm, "g.tar", wrong, &[]).with(2);
    }
    assert!(!project.at("g.tar").exists());
}

#[test]
fn images_come_from_where_they_are_published_and_a_run_goes_on() {
    let Some(registry) = Registry::plain() else { return };
    let Some(helm) = helms().into_iter().next() else { return };
    // The first of two layers comes, and the second does not.
    let (first, second) = (large(2), large(3));
    let broken = Digest::of(second.as_bytes()).to_string();
    let part = format!("/blobs/{broken}");
    let is_down = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let down = is_down.clone();
    let server = Server::before(registry.host.clone(), move |request: &Request| {
        let is_hit = request.path.ends_with(&part) && down.load(std::sync::atomic::Ordering::SeqCst);
        is_hit.then(|| Response::status(403, "not today"))
    });
    push(&registry, "web/one", "1", &first);
    push(&registry, "web/two", "1", &second);
    let project = Project::new(&[]);
    std::fs::remove_dir_all(project.at("platform/hello/chart/templates")).unwrap();
    let images = ["one", "two"].map(|it| format!("{}/web/{it}:1", server.host()));
    run_images(&project, &[&images[0], &images[1]]);
    bundle(&project, &helm, "a.tar", "published", &[]).with(2).says(&["403"]);
    assert!(!project.at("a.tar").exists());
    let kept = names(&project.at("a.tar.part"));
    assert!(kept.contains(&Digest::of(first.as_bytes()).hex()), "{kept:?}");
    is_down.store(false, std::sync::atomic::Ordering::SeqCst);
    bundle(&project, &helm, "a.tar", "published", &[]).with(0).says(&["2 of 2 images carried"]);
    assert!(!project.at("a.tar.part").exists());
}
