//! What is pulled is what was pushed, whatever the registry can do, and whoever else pushes.

use crate::fixture::Site;
use catalyst_bundle::oci::media;
use catalyst_tests::net::{Request, Server};
use catalyst_tests::registry::{Memory, Registry};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

fn serve(memory: &Memory) -> Server {
    let memory = memory.clone();
    Server::start(move |request| memory.answer(request))
}

#[test]
fn what_is_pulled_is_what_was_pushed() {
    let (with, without) = (serve(&Memory::with_referrers()), serve(&Memory::default()));
    let mut hosts = vec![with.host(), without.host()];
    let real = [Registry::plain(), Registry::with_referrers(), Registry::zot()];
    hosts.extend(real.iter().flatten().map(|it| it.host.clone()));
    for host in hosts {
        let site = Site::new();
        let reference = format!("{host}/site/demo/release:7@sha256:");
        site.push("b7.tar", &host, "").with(0).says(&[&reference, "10 tags made"]);
        site.pull(7, &host, "back.tar")
            .with(0)
            .says(&["wrote release 7 of Sovereign `demo`", "16 signatures"]);
        assert!(site.read("back.tar") == site.read("b7.tar"), "{host}");
        // Again sends nothing.
        let again = site.push("b7.tar", &host, "").with(0);
        again.says(&["sent 0 blobs (0 B), 0 blobs (0 B) mounted", "0 manifests, 0 signatures, 0 tags made"]);
        // A folder is the same bundle.
        site.pull(7, &host, "folder").with(0);
        let json = |what: &str| site.run(&format!("inspect {what} --format json")).with(0).text;
        assert_eq!(json("folder"), json("b7.tar"));
        let verify = "verify folder --sovereign demo --key release.pub --attest-key attest.pub";
        site.run(verify).with(0).says(&["accepted", "0 by other keys"]);
        // A delta is whole again in the registry.
        site.push("b8.tar", &host, "").with(2).says(&["[needs-base]", "--base"]);
        site.push("b8.tar", &host, "--base b7.tar").with(0);
        site.pull(8, &host, "back8.tar").with(0);
        site.run("verify back8.tar --sovereign demo --key release.pub").with(0).says(&["accepted"]);
        site.push("back8.tar", &host, "").with(0).says(&["0 manifests, 0 signatures, 0 tags made"]);
    }
}

#[test]
fn the_referrers_api_is_used_where_there_is_one() {
    for has_it in [true, false] {
        let memory = if has_it { Memory::with_referrers() } else { Memory::default() };
        let server = serve(&memory);
        Site::new().push("b7.tar", &server.host(), "").with(0);
        let held = memory.held();
        let release = &held["site/demo/release"];
        let subject = release.tags["7"].hex();
        assert_eq!(release.tags.contains_key(&format!("sha256-{subject}")), !has_it);
        assert!(release.tags.contains_key(&format!("sha256-{subject}.sig")));
        // The repository of the release has all that the index names.
        assert_eq!(release.documents[&release.tags["7"]].0, media::INDEX);
    }
}

/// Requests that change something, in order.
fn writes(server: &Server) -> Vec<Request> {
    server
        .requests()
        .into_iter()
        .filter(|it| matches!(it.method.as_str(), "PUT" | "POST" | "PATCH"))
        .collect()
}

#[test]
fn tags_come_last_and_blobs_are_sent_once() {
    let server = serve(&Memory::with_referrers());
    Site::new().push("b7.tar", &server.host(), "").with(0);
    let writes = writes(&server);
    let is_tag = |it: &&Request| {
        let tag = it.path.rsplit_once("/manifests/").map(|(_, it)| it);
        tag.is_some_and(|it| !it.starts_with("sha256"))
    };
    let tags: Vec<&Request> = writes.iter().filter(is_tag).collect();
    assert_eq!(tags.len(), 10);
    assert!(writes[writes.len() - 10..].iter().all(|it| is_tag(&it)), "tags are the last that is written");
    assert!(tags[9].path.ends_with("/release/manifests/7"), "{}", tags[9].path);
    let mut sent: Vec<&str> =
        writes.iter().filter_map(|it| it.path.split_once("?digest=")).map(|it| it.1).collect();
    let all = sent.len();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), all, "each blob is sent once, and mounted elsewhere");
}

#[test]
fn a_registry_is_asked_no_more_at_once_than_was_said() {
    for jobs in [1, 3] {
        let memory = Memory::with_referrers();
        let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let (behind, counted) = (memory.clone(), counts.clone());
        let server = Server::start(move |request| {
            let (now, most) = &*counted;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let answer = behind.answer(request);
            now.fetch_sub(1, Ordering::SeqCst);
            answer
        });
        let site = Site::new();
        let host = server.host();
        site.push("b7.tar", &host, &format!("-j {jobs}")).with(0);
        site.run(&format!(
            "mirror {host}/site/demo/release:7 {host}/elsewhere -j {jobs} --plain-http {host}"
        ))
        .with(0);
        let most = counts.1.load(Ordering::SeqCst);
        assert!((1..=jobs).contains(&most), "{most} requests at once with -j {jobs}");
    }
}

#[test]
fn signatures_of_two_pushes_at_once_are_all_kept() {
    // The first two that read a list of referrers wait for each other, so that neither sees what the other writes.
    let memory = Memory::default();
    let (met, both) = (AtomicUsize::new(0), Arc::new(Barrier::new(2)));
    let behind = memory.clone();
    let server = Server::start(move |request| {
        let tag = request.path.rsplit_once("/release/manifests/sha256-").map(|(_, it)| it);
        let reads_list = request.method == "GET" && tag.is_some_and(|it| !it.ends_with(".sig"));
        let answer = behind.answer(request);
        if reads_list && answer.status == 404 && met.fetch_add(1, Ordering::SeqCst) < 2 {
            both.wait();
        }
        answer
    });
    let mut hosts = vec![server.host()];
    let real = Registry::plain();
    hosts.extend(real.as_ref().map(|it| it.host.clone()));
    for host in hosts {
        let site = Site::new();
        std::thread::scope(|scope| {
            let runs = ["b7.tar", "other7.tar"].map(|it| scope.spawn(|| site.push(it, &host, "")));
            for run in runs {
                run.join().unwrap().with(0);
            }
        });
        site.pull(7, &host, "both.tar").with(0);
        for key in ["release.pub", "other.pub"] {
            let verify = format!("verify both.tar --sovereign demo --key {key}");
            site.run(&verify).with(0).says(&["accepted"]);
        }
        let two = "verify both.tar --sovereign demo --key release.pub --index-key release.pub --index-key other.pub --threshold 2";
        site.run(two).with(0).says(&["accepted"]);
    }
}

#[test]
fn a_tag_with_other_content_stays_and_nothing_is_sent() {
    let memory = Memory::with_referrers();
    let server = serve(&memory);
    let site = Site::new();
    site.push("b7.tar", &server.host(), "").with(0);
    let before = memory.held()["site/demo/release"].documents.len();
    // Another release under the number 7: the tag is moved to what release 8 will be.
    site.push("b8.tar", &server.host(), "--base b7.tar").with(0);
    {
        let mut held = memory.held();
        let tags = &mut held.get_mut("site/demo/release").unwrap().tags;
        let seven = tags["7"];
        tags.insert("8".to_owned(), seven);
    }
    let wrote = writes(&server).len();
    let ran = site.push("b8.tar", &server.host(), "--base b7.tar").with(2);
    ran.says(&["release:8` is there with other content", "give the release a higher number"]);
    assert_eq!(writes(&server).len(), wrote);
    assert!(memory.held()["site/demo/release"].documents.len() > before);
}

#[test]
fn what_would_be_done_is_said_without_a_network() {
    let site = Site::new();
    let ran = site.run("push b7.tar registry.t40.omani.works/site --dry-run").with(0);
    ran.says(&[
        "  registry.t40.omani.works/site/demo/release:7\n",
        "  registry.t40.omani.works/site/demo/clusters:7\n",
    ]);
}

#[test]
fn wrong_calls_say_what_is_wrong() {
    let site = Site::new();
    site.run("bundle --help").with(0);
    for (args, says) in [
        ("push nothing.tar registry.t40.omani.works/site", "no such file"),
        ("push release.pub registry.t40.omani.works/site", "[truncated]"),
        ("push b7.tar registry.t40.omani.works/UPPER", "is no name of a repository"),
        ("push b7.tar https://registry.t40.omani.works/site", "is no host"),
        ("pull registry.t40.omani.works/site/demo/release --out x", "it names neither a tag nor a digest"),
        ("pull registry.t40.omani.works --out x", "it names no repository"),
        ("pull registry.t40.omani.works/site/demo/release:7", "--out"),
        ("push b7.tar 127.0.0.1:1/site --ca-file nothing.pem", "no such file"),
    ] {
        site.run(args).with(2).says(&[says]);
    }
}
