//! `catalystc import`: only what verifies, and broken off anywhere it leaves no tag on incomplete content and goes on.

use crate::faults::check;
use crate::fixture::{Ran, Site};
use catalyst_tests::net::{Response, Server};
use catalyst_tests::registry::{Memory, Registry};
use std::sync::atomic::{AtomicUsize, Ordering};

const TRUST: &str = "--sovereign demo --key release.pub --state accepted.json";

fn serve(memory: &Memory) -> Server {
    let memory = memory.clone();
    Server::start(move |request| memory.answer(request))
}

fn args(bundle: &str, host: &str, more: &str) -> String {
    format!("import {bundle} {host}/site --plain-http 127.0.0.1 {TRUST} {more}")
}

fn import(site: &Site, bundle: &str, host: &str, more: &str) -> Ran {
    site.run(&args(bundle, host, more))
}

fn is_tagged(memory: &Memory, number: &str) -> bool {
    memory.held().get("site/demo/release").is_some_and(|it| it.tags.contains_key(number))
}

#[test]
fn what_verifies_is_imported_and_numbers_only_go_up() {
    let memory = Memory::default();
    let server = serve(&memory);
    let site = Site::new();
    import(&site, "b7.tar", &server.host(), "").with(2).says(&["there is no record", "--first-use"]);
    import(&site, "other7.tar", &server.host(), "--first-use").with(1).says(&["refused [missing-signature]"]);
    assert!(memory.held().is_empty() && !site.at("accepted.json").exists());
    import(&site, "b7.tar", &server.host(), "--first-use").with(0).says(&["accepted\n", "10 tags made"]);
    site.pull(7, &server.host(), "back.tar").with(0);
    assert!(site.read("back.tar") == site.read("b7.tar"));
    import(&site, "b7.tar", &server.host(), "").with(0).says(&["0 tags made"]);
    import(&site, "b8.tar", &server.host(), "--base b7.tar").with(0);
    import(&site, "b7.tar", &server.host(), "").with(1).says(&["refused [older]"]);
    let ran = site.run(&format!("import b7.tar {}/site --sovereign demo --key release.pub", server.host()));
    ran.with(2).says(&["--state"]);
}

#[test]
fn real_registries_take_an_import() {
    for registry in [Registry::plain(), Registry::with_referrers()].into_iter().flatten() {
        let site = Site::new();
        import(&site, "b7.tar", &registry.host, "--first-use").with(0).says(&["accepted\n", "10 tags made"]);
        import(&site, "b8.tar", &registry.host, "--base b7.tar").with(0);
        site.pull(7, &registry.host, "back.tar").with(0);
        assert!(site.read("back.tar") == site.read("b7.tar"));
    }
}

#[test]
fn an_import_that_is_killed_anywhere_leaves_no_tag_on_incomplete_content_and_goes_on() {
    let mut was_whole = false;
    for at in 1..200 {
        let memory = Memory::default();
        let server = serve(&memory);
        let site = Site::new();
        let fault = format!("kill:{at}");
        let killed = site
            .command(&args("b7.tar", &server.host(), "--first-use"))
            .env("CATALYST_FAULT", fault)
            .output();
        was_whole = killed.unwrap().status.success();
        check(&memory);
        // The record is there or not, and either way it goes on.
        let again = if site.at("accepted.json").exists() { "" } else { "--first-use" };
        import(&site, "b7.tar", &server.host(), again).with(0);
        assert!(is_tagged(&memory, "7"), "{at}");
        check(&memory);
        site.pull(7, &server.host(), "back.tar").with(0);
        assert!(site.read("back.tar") == site.read("b7.tar"), "{at}");
        if was_whole {
            break;
        }
    }
    assert!(was_whole, "each operation was met");
}

#[test]
fn an_import_goes_on_in_a_registry_that_has_lost_what_it_had() {
    // After each step that the journal knows, and after the last.
    let mut steps = std::collections::BTreeSet::new();
    for at in 1..200 {
        let memory = Memory::default();
        let server = serve(&memory);
        let site = Site::new();
        let mut command = site.command(&args("b7.tar", &server.host(), "--first-use"));
        let was_whole =
            command.env("CATALYST_FAULT", format!("kill:{at}")).output().unwrap().status.success();
        if site.at("accepted.json.journal").exists() {
            let journal = String::from_utf8(site.read("accepted.json.journal")).unwrap();
            steps.insert(journal.lines().find(|it| it.contains("done")).unwrap().to_owned());
            memory.held().clear();
            import(&site, "b7.tar", &server.host(), "").with(0);
            site.pull(7, &server.host(), "back.tar").with(0);
            assert!(site.read("back.tar") == site.read("b7.tar"), "{at}");
        }
        if was_whole {
            break;
        }
    }
    assert_eq!(steps.len(), 5, "{steps:?}");
}

#[test]
fn an_import_that_the_registry_breaks_off_is_accepted_and_goes_on() {
    let site = Site::new();
    let (memory, wrote) = (Memory::default(), AtomicUsize::new(0));
    let behind = memory.clone();
    let server = Server::start(move |request| {
        let is_write = matches!(request.method.as_str(), "PUT" | "POST");
        match is_write && (30..31).contains(&wrote.fetch_add(usize::from(is_write), Ordering::SeqCst)) {
            true => Response::status(403, "no more"),
            false => behind.answer(request),
        }
    });
    import(&site, "b7.tar", &server.host(), "--first-use").with(2).says(&["no more"]);
    assert!(!is_tagged(&memory, "7") && site.at("accepted.json").exists());
    check(&memory);
    import(&site, "b7.tar", &server.host(), "").with(0);
    assert!(is_tagged(&memory, "7"));
    let journal = String::from_utf8(site.read("accepted.json.journal")).unwrap();
    assert!(journal.contains("\"done\": \"applied\""), "{journal}");
    // What was applied is looked at again all the same: a registry may have lost it.
    memory.held().clear();
    import(&site, "b7.tar", &server.host(), "").with(0).says(&["10 tags made"]);
    check(&memory);
}
