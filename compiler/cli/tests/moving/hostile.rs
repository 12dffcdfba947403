//! Registries that serve something else than what was pushed. Nothing of it is written.

use crate::fixture::Site;
use catalyst_bundle::oci::media;
use catalyst_tests::net::{Fault, Request, Response, Server};
use catalyst_tests::registry::Memory;

type Lie = fn(&Request) -> Option<Response>;

#[test]
fn nothing_is_kept_that_does_not_have_its_digest() {
    let memory = Memory::default();
    let site = Site::new();
    {
        let memory = memory.clone();
        let server = Server::start(move |request| memory.answer(request));
        site.push("b7.tar", &server.host(), "").with(0);
    }
    let tag: Lie = |it| it.path.ends_with("/release/manifests/7").then(|| Response::ok("{}"));
    let lies: [(&str, Lie, &str); 8] = [
        ("another blob", |it| it.path.contains("/blobs/").then(|| Response::ok("x")), "was promised"),
        ("no blob", |it| it.path.contains("/blobs/").then(|| Response::status(404, "")), "404"),
        (
            "endless blob",
            |it| it.path.contains("/blobs/").then(|| Response::ok("x").fault(Fault::Endless)),
            "it has more than",
        ),
        (
            "another manifest",
            |it| {
                let is_child = it.path.contains("/release/manifests/sha256:");
                is_child.then(|| Response::ok("{}").header("Content-Type", media::MANIFEST))
            },
            "was promised",
        ),
        ("no index", tag, "[document]"),
        (
            "a manifest of nothing",
            |it| it.path.ends_with("/release/manifests/7").then(|| Response::status(404, "")),
            "there is no",
        ),
        (
            "another release",
            |it| {
                let index = format!(r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[]}}"#, media::INDEX);
                it.path
                    .ends_with("/release/manifests/7")
                    .then(|| Response::ok(index).header("Content-Type", media::INDEX))
            },
            "[no-release]",
        ),
        (
            "endless manifest",
            |it| {
                it.path
                    .ends_with("/release/manifests/7")
                    .then(|| Response::ok("x".repeat(1 << 16)).fault(Fault::Endless))
            },
            "it has more than",
        ),
    ];
    for (what, lie, says) in lies {
        let memory = memory.clone();
        let server = Server::start(move |request| lie(request).unwrap_or_else(|| memory.answer(request)));
        let ran = site.pull(7, &server.host(), "back.tar");
        assert!(ran.code == 2 && ran.text.contains(says), "{what}: {}", ran.text);
        assert!(!site.at("back.tar").exists(), "{what}");
    }
}

#[test]
fn signatures_that_are_withheld_or_exchanged_are_missed_by_verify() {
    let memory = Memory::default();
    let site = Site::new();
    let verify = "verify back.tar --sovereign demo --key release.pub";
    let behind = memory.clone();
    let server = Server::start(move |request| behind.answer(request));
    site.push("b7.tar", &server.host(), "").with(0);
    let releases: Vec<String> = memory.held().keys().cloned().collect();
    for name in releases {
        let mut held = memory.held();
        let tags = &mut held.get_mut(&name).unwrap().tags;
        tags.retain(|tag, _| !tag.ends_with(".sig"));
    }
    site.pull(7, &server.host(), "back.tar").with(0);
    site.run(verify).with(1).says(&["refused [missing-signature]"]);
    // Something of somebody else under the tag is left there.
    let blob = memory.held()["site/demo/release"].tags["7"];
    memory
        .held()
        .get_mut("site/demo/release")
        .unwrap()
        .tags
        .insert(format!("sha256-{}.sig", blob.hex()), blob);
    site.pull(7, &server.host(), "back.tar").with(0);
    site.run(verify).with(1);
}
