//! The committed catalogue, and the committed probes against a program that answers like kubectl.

use crate::support::{fleet, repository};
use catalyst_catalogue::MARK;
use catalyst_driver::{CompileOptions, NoProgress, catalogue, stale_generated, write_generated};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn probes() -> PathBuf {
    repository().join("tests/e2e/bootstrap-kit")
}

#[test]
fn the_committed_catalogue_and_probes_are_fresh() {
    let project = fleet();
    let (made, done) = catalogue::catalogue(&project, &CompileOptions::default(), &NoProgress);
    let made = made.unwrap_or_else(|| panic!("{:#?}", done.diagnostics));
    let stale = |folder: &Path, files| stale_generated(&project, folder, files, "cargo xtask golden");
    let (pages, scripts) = (catalogue::files(&made), catalogue::probes(&made));
    assert!(pages.len() > made.blueprints.len() && made.blueprints.len() > 70, "{} files", pages.len());
    let found = [stale(&repository().join("docs/catalogue"), &pages), stale(&probes(), &scripts)].concat();
    let found: Vec<_> = found.iter().map(|it| (&it.primary.place.file, &it.message)).collect();
    assert!(found.is_empty(), "run `cargo xtask golden`: {found:#?}");
    let slots = made.blueprints.iter().filter(|it| it.slot.is_some()).count();
    assert_eq!(scripts.len(), slots + 2, "a probe a slot, and two files that they share");
}

#[test]
fn files_of_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let texts = [("index.md", format!("<!-- {MARK} -->\n")), ("catalogue.json", "{}\n".to_owned())];
    let files = texts.map(|(name, text)| (name.to_owned(), text)).into();
    let write = || write_generated(folder.path(), &files);
    // JSON has no place for a mark, and nothing beside it has one.
    std::fs::write(folder.path().join("catalogue.json"), "{\"theirs\": 1}").unwrap();
    assert_eq!(write().unwrap_err().text, "catalystc did not make it");
    assert_eq!(catalyst_system::names(folder.path()).unwrap(), ["catalogue.json"]);
    std::fs::remove_file(folder.path().join("catalogue.json")).unwrap();
    assert_eq!(write().unwrap().written, 2);
    std::fs::write(folder.path().join("catalogue.json"), "{\"older\": 1}").unwrap();
    assert_eq!(write().unwrap().written, 1);
    std::fs::write(folder.path().join("index.md"), "theirs").unwrap();
    assert_eq!(write().unwrap_err().text, "catalystc did not make it");
}

#[test]
fn probes_are_scripts_that_a_shell_reads() {
    for name in catalyst_system::names(&probes()).unwrap() {
        let read = Command::new("sh").arg("-n").arg(probes().join(&name)).output().unwrap();
        assert!(read.status.success(), "{name}: {}", String::from_utf8_lossy(&read.stderr));
    }
}

/// Runs a script with a kubectl that gives `answers`, cases of a shell over all arguments.
fn run(script: &str, arguments: &[&str], answers: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let stub = folder.path().join("kubectl");
    std::fs::write(
        &stub,
        format!("#!/bin/sh\ncd '{}'\ncase $* in\n{answers}\n*) exit 1 ;;\nesac\n", folder.path().display()),
    )
    .unwrap();
    std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
    let Output { status, stdout, stderr } = Command::new("sh")
        .arg(probes().join(script))
        .args(arguments)
        .env_remove("SOVEREIGN_FQDN")
        .envs([("KUBECTL", stub.to_str().unwrap()), ("PROBE_PAUSE", "0")])
        .env("PROBE_TIMEOUT", if answers.contains("turns") { "600" } else { "0" })
        .output()
        .unwrap();
    (status.code(), [stdout, stderr].map(|it| String::from_utf8(it).unwrap()).concat())
}

const SOV: &str = "t38.omani.works";
const OURS: &str = "*labels.openova*) echo t38.omani.works ;;";

#[test]
fn a_probe_passes_when_the_object_of_this_sovereign_is_ready() {
    let answers = format!("{OURS}\n*'get statefulset openbao --namespace openbao'*) echo '2/2 3/3' ;;");
    assert_eq!(run("08-bp-openbao.sh", &[SOV], &answers), (Some(0), "pass  bp-openbao\n".to_owned()));
    let answers = format!(
        "{OURS}\n*'get deployment cert-manager-webhook --namespace cert-manager'*Available*) echo True ;;"
    );
    assert_eq!(
        run("02-bp-cert-manager.sh", &[SOV], &answers),
        (Some(0), "pass  bp-cert-manager\n".to_owned())
    );
}

#[test]
fn a_probe_fails_when_its_time_is_over() {
    let fails = |answers: &str, why: &str| {
        let text = format!("fail  bp-openbao: {why}\n");
        assert_eq!(run("08-bp-openbao.sh", &[SOV], answers), (Some(1), text), "{answers}");
    };
    let object = |fields: &str| format!("{OURS}\n*statefulset*) echo '{fields}' ;;");
    let not_ready = "statefulset openbao in namespace openbao is not Ready";
    fails(&object("2/2 3/1"), &format!("{not_ready} (2/2 3/1)"));
    fails(&object("2/2 3/"), &format!("{not_ready} (2/2 3/)"));
    // Ready, but the controller has not looked at the latest change.
    fails(&object("3/2 3/3"), &format!("{not_ready} (3/2 3/3)"));
    fails(OURS, not_ready);
    fails("", "no release bp-openbao of t38.omani.works in this cluster");
    let other = "*labels.openova*) echo t99.omani.works ;;\n*statefulset*) echo '2/2 3/3' ;;";
    fails(other, "no release bp-openbao of t38.omani.works in this cluster, but one of t99.omani.works");
}

/// The object becomes ready at the third question.
#[test]
fn a_probe_asks_again_until_the_object_is_ready() {
    let answers = format!(
        "{OURS}\n*statefulset*) echo x >> turns; [ $(wc -l < turns) -ge 3 ] && echo '2/2 3/3' || echo '2/2 3/1' ;;"
    );
    assert_eq!(run("08-bp-openbao.sh", &[SOV], &answers), (Some(0), "pass  bp-openbao\n".to_owned()));
}

#[test]
fn the_runner_asks_every_slot_and_counts() {
    let ready = format!("{OURS}\n*statefulset*|*daemonset*) echo '1/1 3/3' ;;\n*conditions*) echo True ;;");
    let (code, text) = run("run.sh", &[SOV], &ready);
    let is_asked = |name: &&String| {
        let text = std::fs::read_to_string(probes().join(name)).unwrap();
        name.starts_with(|it: char| it.is_ascii_digit()) && !text.contains("\n# Opt-in")
    };
    let slots = catalyst_system::names(&probes()).unwrap().iter().filter(is_asked).count();
    assert_eq!(slots, 48);
    assert_eq!(text.lines().filter(|line| line.starts_with("pass  ")).count(), slots, "{text}");
    assert!(code == Some(0) && text.ends_with(&format!("\n{slots} passed, 0 failed\n")), "{text}");
    assert_eq!(run("run.sh", &[SOV, "49"], &ready).1, "pass  bp-keda\n1 passed, 0 failed\n");
    let (code, text) = run("run.sh", &[SOV, "08", "02"], &format!("{OURS}\n*conditions*) echo True ;;"));
    assert_eq!(code, Some(1));
    assert_eq!(
        text,
        "fail  bp-openbao: statefulset openbao in namespace openbao is not Ready\npass  bp-cert-manager\n1 passed, 1 failed\n"
    );
    assert_eq!(run("run.sh", &[SOV, "99"], ""), (Some(2), "there is no probe of slot 99\n".to_owned()));
    assert_eq!(run("run.sh", &[], "").0, Some(2));
    assert_eq!(run("08-bp-openbao.sh", &[], "").0, Some(2));
}
