//! Registries on bad days: what passes is outlived, what stays is said, and what is broken off leaves no tag on incomplete content.

use crate::fixture::Site;
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Index, Manifest, media};
use catalyst_tests::net::{Fault, Request, Response, Server};
use catalyst_tests::registry::{Memory, Registry};
use std::sync::atomic::{AtomicUsize, Ordering};

fn is_write(request: &Request) -> bool {
    matches!(request.method.as_str(), "PUT" | "POST" | "PATCH")
}

#[test]
fn faults_that_pass_are_outlived() {
    let now = |status| Response::status(status, "").header("Retry-After", "0");
    for (method, part, answer) in [
        ("HEAD", "/blobs/", now(503)),
        ("POST", "/uploads/", now(429)),
        ("PUT", "/uploads/", now(500)),
        // It has forgotten the upload: that blob begins anew.
        ("PUT", "/uploads/", Response::status(404, "")),
        ("PUT", "/manifests/", now(502)),
        ("GET", "/manifests/", Response::ok(vec![b' '; 400]).fault(Fault::Cut(100))),
    ] {
        let (memory, met) = (Memory::default(), AtomicUsize::new(0));
        let behind = memory.clone();
        let server = Server::start(move |request| {
            let is_hit = request.method == method && request.path.contains(part);
            match is_hit && met.fetch_add(1, Ordering::SeqCst) == 0 {
                true => answer.clone(),
                false => behind.answer(request),
            }
        });
        let site = Site::new();
        site.push("b7.tar", &server.host(), "-v").with(0).says(&["again in"]);
        site.pull(7, &server.host(), "back.tar").with(0);
        assert!(site.read("back.tar") == site.read("b7.tar"), "{method} {part}");
    }
}

#[test]
fn faults_that_stay_are_said() {
    for (part, answer, says) in [
        ("/uploads/", Response::status(413, ""), "a proxy before the registry may bound the size"),
        ("/uploads/", Response::status(403, r#"{"errors": [{"message": "not yours"}]}"#), "not yours"),
        ("/uploads/", Response::status(401, ""), "it wants credentials"),
        ("/uploads/", Response::status(202, ""), "does not say where the upload goes on"),
        (
            "/manifests/",
            Response::status(400, r#"{"errors": [{"message": "digest invalid"}]}"#),
            "digest invalid",
        ),
    ] {
        let memory = Memory::default();
        let server = Server::start(move |request| match is_write(request) && request.path.contains(part) {
            true => answer.clone(),
            false => memory.answer(request),
        });
        Site::new().push("b7.tar", &server.host(), "").with(2).says(&[says]);
    }
}

/// Whether every tag leads to something whole.
pub(crate) fn check(memory: &Memory) {
    for (name, held) in memory.held().iter() {
        for (tag, digest) in &held.tags {
            whole(held, digest, &format!("{name}:{tag}"));
        }
    }
}

fn whole(held: &catalyst_tests::registry::Held, digest: &Digest, at: &str) {
    let (media_type, bytes) = held.documents.get(digest).unwrap_or_else(|| panic!("{at}: {digest}"));
    if media_type == media::INDEX {
        let index = Index::parse(bytes, media_type).unwrap();
        index.manifests.iter().for_each(|it| whole(held, &it.digest, at));
    } else {
        let manifest = Manifest::parse(bytes, media_type).unwrap();
        manifest.blobs().for_each(|it| assert!(held.blobs.contains_key(&it.digest), "{at}: {}", it.digest));
    }
}

#[test]
fn a_push_that_is_broken_off_anywhere_leaves_no_tag_on_incomplete_content_and_goes_on() {
    let site = Site::new();
    for last in (1..150).step_by(7) {
        let (memory, wrote) = (Memory::default(), AtomicUsize::new(0));
        let behind = memory.clone();
        let server = Server::start(move |request| {
            match is_write(request) && wrote.fetch_add(1, Ordering::SeqCst) >= last {
                true => Response::status(403, "no more"),
                false => behind.answer(request),
            }
        });
        let ran = site.push("b7.tar", &server.host(), "");
        check(&memory);
        let is_tagged = memory.held().get("site/demo/release").is_some_and(|it| it.tags.contains_key("7"));
        assert_eq!(ran.code == 0, is_tagged, "{last}: {}", ran.text);
        let behind = memory.clone();
        let server = Server::start(move |request| behind.answer(request));
        site.push("b7.tar", &server.host(), "").with(0);
        check(&memory);
        site.pull(7, &server.host(), "back.tar").with(0);
        assert!(site.read("back.tar") == site.read("b7.tar"), "{last}");
    }
}

#[test]
fn credentials_are_those_that_docker_keeps() {
    let Some(registry) = Registry::guarded() else { return };
    let site = Site::new();
    site.push("b7.tar", &registry.host, "").with(2).says(&["it wants credentials, and none are known for"]);
    let auth = format!(r#"{{"auths": {{"{}": {{"auth": "bWU6eA=="}}}}}}"#, registry.host);
    std::fs::create_dir_all(site.at("home/.docker")).unwrap();
    std::fs::write(site.at("home/.docker/config.json"), auth).unwrap();
    site.push("b7.tar", &registry.host, "").with(0);
    site.pull(7, &registry.host, "back.tar").with(0);
    assert!(site.read("back.tar") == site.read("b7.tar"));
}

#[test]
fn tokens_are_asked_for_with_the_rights_to_push() {
    let memory = Memory::with_referrers();
    let server = Server::start(move |request| {
        if request.path.starts_with("/token") {
            return Response::ok(r#"{"token": "t"}"#);
        }
        if request.header("authorization") != "Bearer t" {
            let challenge = format!(r#"Bearer realm="http://{}/token",service="s""#, request.header("host"));
            return Response::status(401, "").header("WWW-Authenticate", challenge);
        }
        memory.answer(request)
    });
    let site = Site::new();
    site.push("b7.tar", &server.host(), "").with(0);
    assert!(
        server.count("scope=repository%3Asite%2Fdemo%2Frelease%3Apull%2Cpush") > 0,
        "{:?}",
        server.requests()
    );
    site.pull(7, &server.host(), "back.tar").with(0);
    assert!(server.requests().iter().any(|it| it.path.ends_with("release%3Apull")));
}
