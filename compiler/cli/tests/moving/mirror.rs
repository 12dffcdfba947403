//! `catalystc mirror`: what is at the destination is what was at the source, with everything attached to it, to the byte.

use crate::faults::check;
use crate::fixture::{Ran, Site};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Manifest, empty_config, media};
use catalyst_tests::net::{Request, Response, Server};
use catalyst_tests::registry::{Held, Memory, Registry};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn serve(memory: &Memory) -> Server {
    let memory = memory.clone();
    Server::start(move |request| memory.answer(request))
}

impl Site {
    fn mirror(&self, from: &str, to: &str, more: &str) -> Ran {
        self.run(&format!("mirror {from} {to}/far --plain-http 127.0.0.1 {more}"))
    }
}

fn release(host: &str) -> String {
    format!("{host}/site/demo/release:7")
}

/// Puts a document into a repository, with its blobs.
fn put(held: &mut Held, media_type: &str, bytes: Vec<u8>, blobs: &[&[u8]]) -> Digest {
    held.blobs.extend(blobs.iter().map(|it| (Digest::of(it), it.to_vec())));
    let digest = Digest::of(&bytes);
    held.documents.insert(digest, (media_type.to_owned(), bytes));
    digest
}

/// A referrer that somebody else has made, not in canonical form.
fn foreign(subject: &Descriptor, text: &str) -> Vec<u8> {
    let mut manifest = Manifest::new(empty_config().0, Descriptor::of("text/plain", text.as_bytes()));
    manifest.artifact_type = Some("application/vnd.omani.note".to_owned());
    manifest.subject = Some(subject.clone());
    let value: serde_json::Value = serde_json::from_slice(&manifest.to_bytes()).unwrap();
    format!("{value:#}\n").into_bytes()
}

#[test]
fn a_release_arrives_as_it_was_whatever_the_registries_can_do() {
    // Two that have no referrers API, and two that have it.
    let real = [Registry::plain(), Registry::plain(), Registry::with_referrers(), Registry::with_referrers()];
    for (from, to) in [(0, 0), (0, 1), (1, 0), (2, 1), (0, 2), (2, 2), (3, 2), (2, 3)] {
        let site = Site::new();
        let make = |kind: usize| if kind == 0 { Memory::with_referrers() } else { Memory::default() };
        let (one, other) = (make(from), make(to));
        let (source, destination) = (serve(&one), serve(&other));
        let host = |kind: usize, at: usize, server: &Server| match kind {
            2 | 3 => real[(kind - 2) * 2 + at].as_ref().map(|it| it.host.clone()),
            _ => Some(server.host()),
        };
        let Some((source, destination)) = host(from, 0, &source).zip(host(to, 1, &destination)) else {
            return;
        };
        site.push("b7.tar", &source, "").with(0);
        let ran = site.mirror(&release(&source), &destination, "").with(0);
        let reference = format!("{destination}/far/demo/release:7@sha256:");
        ran.says(&[&reference]);
        let pull = format!("pull {destination}/far/demo/release:7 --plain-http 127.0.0.1 --out back.tar");
        site.run(&pull).with(0);
        assert!(site.read("back.tar") == site.read("b7.tar"), "{from} {to}");
        let verify = "verify back.tar --sovereign demo --key release.pub --attest-key attest.pub";
        site.run(verify).with(0).says(&["accepted"]);
        if to < 2 {
            check(&other);
        }
        // Again sends nothing.
        let again = site.mirror(&release(&source), &destination, "").with(0);
        again.says(&["sent 0 blobs (0 B), 0 blobs (0 B) mounted", "0 manifests, 0 signatures, 0 tags made"]);
    }
}

#[test]
fn what_others_attached_comes_along_to_the_byte() {
    for (has_api, page) in [(true, 0), (true, 3), (false, 0)] {
        let source = match (has_api, page) {
            (true, 0) => Memory::with_referrers(),
            (true, page) => Memory::with_pages(page),
            (false, _) => Memory::default(),
        };
        let (near, site) = (serve(&source), Site::new());
        site.push("b7.tar", &near.host(), "").with(0);
        let mut notes = Vec::new();
        {
            let mut all = source.held();
            let held = all.get_mut("site/demo/clusters").unwrap();
            let subject = held.tags["7"];
            let about = Descriptor::of(media::MANIFEST, &held.documents[&subject].1);
            let mut index = Index::default();
            for number in 0..7 {
                let text = format!("note {number}");
                let bytes = foreign(&about, &text);
                let mut entry = Descriptor::of(media::MANIFEST, &bytes);
                entry.artifact_type = Some("application/vnd.omani.note".to_owned());
                index.manifests.push(entry);
                notes.push(put(held, media::MANIFEST, bytes, &[b"{}", text.as_bytes()]));
            }
            // Attestations as cosign 1 and 2 made them.
            let old = Manifest::new(empty_config().0, Descriptor::of("text/x-old", b"statement")).to_bytes();
            let old = put(held, media::MANIFEST, old, &[b"{}", b"statement"]);
            held.tags.insert(format!("sha256-{}.att", subject.hex()), old);
            notes.push(old);
            if !has_api {
                let tag = format!("sha256-{}", subject.hex());
                let listed = &held.documents[&held.tags[&tag]].1;
                index.manifests.extend(Index::parse(listed, media::INDEX).unwrap().manifests);
                let digest = put(held, media::INDEX, index.to_bytes(), &[]);
                held.tags.insert(tag, digest);
            }
        }
        let far = Memory::with_referrers();
        let server = serve(&far);
        site.mirror(&release(&near.host()), &server.host(), "").with(0);
        let (source, far) = (source.held(), far.held());
        let (source, far) = (&source["site/demo/clusters"], &far["far/demo/clusters"]);
        for note in notes {
            assert_eq!(far.documents.get(&note), source.documents.get(&note), "{has_api} {page}");
        }
        assert!(far.tags.contains_key(&format!("sha256-{}.att", far.tags["7"].hex())));
        assert!(far.tags.contains_key(&format!("sha256-{}.sig", far.tags["7"].hex())));
    }
}

#[test]
fn what_would_be_done_is_said_in_pairs() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let near = serve(&memory);
    site.push("b7.tar", &near.host(), "").with(0);
    let far = Memory::default();
    let server = serve(&far);
    let (from, to) = (near.host(), server.host());
    let ran = site.mirror(&release(&from), &to, "--dry-run").with(0);
    let last = format!("  {from}/site/demo/release:7  {to}/far/demo/release:7\n");
    assert!(ran.text.ends_with(&last), "{}", ran.text);
    ran.says(&[&format!("  {from}/site/demo/clusters:7  {to}/far/demo/clusters:7\n")]);
    assert!(server.requests().is_empty());
    let json = site.mirror(&release(&from), &to, "--dry-run --format json").with(0);
    let json: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(json["pairs"].as_array().unwrap().len(), 10);
    assert_eq!((&json["attached"], &json["left"]), (&16.into(), &0.into()));
}

#[test]
fn one_artefact_is_mirrored_under_its_name() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let near = serve(&memory);
    site.push("b7.tar", &near.host(), "").with(0);
    let far = Memory::with_referrers();
    let server = serve(&far);
    let from = format!("{}/site/demo/clusters:7", near.host());
    site.mirror(&from, &server.host(), "").with(0).says(&["/far/clusters:7@sha256:"]);
    let digest = far.held()["far/clusters"].tags["7"];
    assert!(far.held()["far/clusters"].tags.contains_key(&format!("sha256-{}.sig", digest.hex())));
    check(&far);
    // By digest, the tag has to be said as well.
    let bare = format!("{}/site/demo/clusters@{digest}", near.host());
    site.mirror(&bare, &server.host(), "").with(2).says(&["names no tag"]);
    site.mirror(&format!("{from}@{digest}"), &server.host(), "").with(0);
    // A release by digest has its number.
    let release = memory.held()["site/demo/release"].tags["7"];
    let by_digest = format!("{}/site/demo/release@{release}", near.host());
    site.mirror(&by_digest, &server.host(), "").with(0).says(&["/far/demo/release:7@"]);
}

#[test]
fn a_tag_with_other_content_stays_and_nothing_is_sent() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let near = serve(&memory);
    site.push("b7.tar", &near.host(), "").with(0);
    site.push("b8.tar", &near.host(), "--base b7.tar").with(0);
    let far = Memory::default();
    let server = serve(&far);
    site.mirror(&release(&near.host()), &server.host(), "").with(0);
    {
        let mut held = far.held();
        let tags = &mut held.get_mut("far/demo/release").unwrap().tags;
        tags.insert("8".to_owned(), tags["7"]);
    }
    let wrote = |server: &Server| {
        server.requests().iter().filter(|it| it.method != "GET" && it.method != "HEAD").count()
    };
    let before = wrote(&server);
    let eight = format!("{}/site/demo/release:8", near.host());
    site.mirror(&eight, &server.host(), "").with(2).says(&["release:8` is there with other content"]);
    assert_eq!(wrote(&server), before);
}

#[test]
fn one_that_is_broken_off_goes_on_at_its_step() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let near = serve(&memory);
    site.push("b7.tar", &near.host(), "").with(0);
    let whole = serve(&Memory::default());
    site.mirror(&release(&near.host()), &whole.host(), "").with(0);
    let is_write = |it: &&Request| matches!(it.method.as_str(), "PUT" | "POST");
    // The last write is the tag of the release: all before it is in the journal.
    let writes = whole.requests().iter().filter(is_write).count();
    for last in (1..writes).step_by(17).chain([writes - 1]) {
        let (far, wrote, is_well) =
            (Memory::default(), AtomicUsize::new(0), Arc::new(AtomicBool::new(false)));
        let (behind, well) = (far.clone(), is_well.clone());
        let server = Server::start(move |request| {
            let is_write = matches!(request.method.as_str(), "PUT" | "POST");
            let is_late = is_write && wrote.fetch_add(1, Ordering::SeqCst) >= last;
            match is_late && !well.load(Ordering::SeqCst) {
                true => Response::status(403, "no more"),
                false => behind.answer(request),
            }
        });
        let journal = "--journal journal.json";
        site.mirror(&release(&near.host()), &server.host(), journal).with(2).says(&["no more"]);
        check(&far);
        assert!(!far.held().get("far/demo/release").is_some_and(|it| it.tags.contains_key("7")), "{last}");
        let asked = server.count("/blobs/");
        is_well.store(true, Ordering::SeqCst);
        site.mirror(&release(&near.host()), &server.host(), journal).with(0);
        check(&far);
        let text = String::from_utf8(site.read("journal.json")).unwrap();
        assert!(text.contains("\"done\": \"applied\""), "{text}");
        if last + 1 == writes {
            assert_eq!(server.count("/blobs/"), asked, "what the journal says is not asked for again");
        }
    }
}

#[test]
fn what_is_there_is_not_fetched() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let near = serve(&memory);
    site.push("b7.tar", &near.host(), "").with(0);
    let far = Memory::with_referrers();
    let server = serve(&far);
    site.mirror(&release(&near.host()), &server.host(), "").with(0);
    let fetched =
        || near.requests().iter().filter(|it| it.method == "GET" && it.path.contains("/blobs/")).count();
    let first = fetched();
    assert!(first > 0);
    far.held().get_mut("far/demo/release").unwrap().tags.clear();
    site.mirror(&release(&near.host()), &server.host(), "").with(0).says(&["1 tag made"]);
    assert_eq!(fetched(), first);
}

#[test]
fn bytes_that_are_not_what_was_promised_are_not_sent_on() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let good = serve(&memory);
    site.push("b7.tar", &good.host(), "").with(0);
    let behind = memory.clone();
    let near =
        Server::start(move |request| match request.method == "GET" && request.path.contains("/blobs/") {
            true => Response::ok("x"),
            false => behind.answer(request),
        });
    let far = Memory::default();
    let server = serve(&far);
    site.mirror(&release(&near.host()), &server.host(), "").with(2).says(&["was promised"]);
    assert!(far.held().values().all(|it| it.tags.is_empty() && it.blobs.is_empty()));
    for (from, says) in [
        (format!("{}/site/demo/release:9", good.host()), "there is no"),
        (format!("{}/site/demo/release", good.host()), "names neither a tag nor a digest"),
        ("127.0.0.1:1/x:1".to_owned(), "127.0.0.1:1"),
    ] {
        site.mirror(&from, &server.host(), "").with(2).says(&[says]);
    }
}

#[test]
fn lists_of_referrers_that_do_not_end_are_refused() {
    let (memory, site) = (Memory::with_referrers(), Site::new());
    let near = serve(&memory);
    site.push("b7.tar", &near.host(), "").with(0);
    let empty = format!(r#"{{"schemaVersion": 2, "mediaType": "{}", "manifests": []}}"#, media::INDEX);
    let entry = format!(
        r#"{{"mediaType": "{}", "digest": "sha256:{}", "size": 2}}"#,
        media::MANIFEST,
        "0".repeat(64)
    );
    let many = empty.replace("[]", &format!("[{}]", vec![entry; 5000].join(",")));
    for (body, link, says) in [
        // A page that leads to itself, and one that has always another one behind it.
        (empty.clone(), Some("?page=1"), "has more than 64 pages"),
        (many, None, "has more than 4096 referrers"),
        (empty, Some("http://localhost:1/v2/x/referrers/y"), "goes on at another server"),
    ] {
        let behind = memory.clone();
        let server = Server::start(move |request| {
            if !request.path.contains("/referrers/") {
                return behind.answer(request);
            }
            let answer = Response::ok(body.clone()).header("Content-Type", media::INDEX);
            match link {
                Some(link) => answer.header("Link", format!("<{link}>; rel=\"next\"")),
                None => answer,
            }
        });
        site.pull(7, &server.host(), "back.tar").with(2).says(&[says]);
        assert!(server.count("/referrers/") < 600);
    }
    // A list in pages is read to its end.
    let paged = Memory::with_pages(1);
    let server = serve(&paged);
    site.push("b7.tar", &server.host(), "").with(0);
    site.pull(7, &server.host(), "back.tar").with(0);
    assert!(site.read("back.tar") == site.read("b7.tar"));
    assert!(server.count("?page=1") > 0);
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let Some(registry) = Registry::private(None) else { return };
    let site = Site::new();
    let (host, authority) = (&registry.host, registry.authority());
    site.run(&format!("push b7.tar {host}/site"))
        .with(2)
        .says(&["its certificate is not trusted", "--ca-file"]);
    site.run(&format!("push b7.tar {host}/site --ca-file {authority}")).with(0);
    site.run(&format!("mirror {host}/site/demo/release:7 {host}/far --ca-file {authority}")).with(0);
    site.run(&format!("pull {host}/far/demo/release:7 --ca-file {authority} --out back.tar")).with(0);
    assert!(site.read("back.tar") == site.read("b7.tar"));
}
