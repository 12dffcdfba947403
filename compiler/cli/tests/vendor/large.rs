//! Blobs that are too large to be held, from one place to another: piece by piece, and each only once.

use crate::carried::{IMAGE, bundle, image_layout_of, with_image};
use crate::fixture::Project;
use catalyst_bundle::Digest;
use catalyst_tests::net::{Fault, Response, Server};
use catalyst_tests::registry::Memory;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A project with a signed bundle that carries an image with a layer of 9.6 MB, and its layer.
fn carrying() -> (Project, Digest) {
    let project = with_image();
    let (_, _, layer) = image_layout_of(&project, IMAGE, 2_400_000);
    bundle(&project, &["--with-images", "images"]);
    (project, layer)
}

fn pull(project: &Project, host: &str) -> crate::fixture::Ran {
    let from = format!("{host}/site/demo/release:1");
    project.run(&["pull", &from, "--plain-http", "127.0.0.1", "--out", "back.tar"])
}

fn push(project: &Project, host: &str) {
    project.run(&["push", "b.tar", &format!("{host}/site"), "--plain-http", "127.0.0.1"]).with(0);
}

fn serve(memory: &Memory) -> Server {
    let memory = memory.clone();
    Server::start(move |request| memory.answer(request))
}

#[test]
fn a_pull_that_broke_off_does_not_fetch_again_what_is_whole() {
    let (project, layer) = carrying();
    let memory = Memory::with_referrers();
    push(&project, &serve(&memory).host());
    // Signatures are read when all blobs are there.
    let behind = memory.clone();
    let server = Server::start(move |request| match request.path.contains("/referrers/") {
        true => Response::status(403, "no more"),
        false => behind.answer(request),
    });
    pull(&project, &server.host()).with(2).says(&["no more"]);
    assert!(!project.at("back.tar").exists());
    let kept = project.at("back.tar.part").join(layer.hex());
    assert_eq!(std::fs::metadata(&kept).unwrap().len(), 9_600_000);
    let server = serve(&memory);
    pull(&project, &server.host()).with(0);
    assert_eq!(server.count(&format!("/blobs/{layer}")), 0, "it is here");
    assert!(std::fs::read(project.at("back.tar")).unwrap() == std::fs::read(project.at("b.tar")).unwrap());
    assert!(!project.at("back.tar.part").exists());
    // What is damaged where it is kept is fetched again.
    std::fs::create_dir(project.at("back.tar.part")).unwrap();
    std::fs::write(&kept, vec![0; 9_600_000]).unwrap();
    pull(&project, &server.host()).with(0);
    assert_eq!(server.count(&format!("/blobs/{layer}")), 1);
    assert!(std::fs::read(project.at("back.tar")).unwrap() == std::fs::read(project.at("b.tar")).unwrap());
}

#[test]
fn lines_that_break_within_a_blob_are_outlived() {
    let (project, layer) = carrying();
    let (memory, met) = (Memory::with_referrers(), AtomicUsize::new(0));
    let behind = memory.clone();
    let path = format!("/blobs/{layer}");
    let server = Server::start(move |request| {
        let answer = behind.answer(request);
        let is_hit = match request.method.as_str() {
            // What it took of a piece it has, and nobody hears of it.
            "PATCH" => true,
            "GET" => request.path.ends_with(&path),
            _ => false,
        };
        match is_hit && met.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            true if request.method == "GET" => answer.fault(Fault::Cut(5_000_000)),
            true => Response::status(502, ""),
            false => answer,
        }
    });
    push(&project, &server.host());
    pull(&project, &server.host()).with(0);
    assert!(std::fs::read(project.at("back.tar")).unwrap() == std::fs::read(project.at("b.tar")).unwrap());
    let sent: usize =
        server.requests().iter().filter(|it| it.method == "PATCH").map(|it| it.body.len()).sum();
    assert!(sent < 9_600_000, "no piece is sent twice: {sent}");
}

#[test]
fn a_mirror_takes_them_from_registry_to_registry() {
    let (project, layer) = carrying();
    let (from, to) = (Memory::with_referrers(), Memory::default());
    let (source, server) = (serve(&from), serve(&to));
    push(&project, &source.host());
    let release = format!("{}/site/demo/release:1", source.host());
    let mirror = ["mirror", &release, &format!("{}/site", server.host()), "--plain-http", "127.0.0.1"];
    project.run(&mirror).with(0);
    assert_eq!(
        source
            .requests()
            .iter()
            .filter(|it| it.method == "GET" && it.path.ends_with(&layer.to_string()))
            .count(),
        1
    );
    pull(&project, &server.host()).with(0);
    assert!(std::fs::read(project.at("back.tar")).unwrap() == std::fs::read(project.at("b.tar")).unwrap());
}
