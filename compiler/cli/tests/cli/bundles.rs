//! Bundles from outside: made, signed, verified, unpacked; and everything that must be refused.

use crate::fixture::Cli;
use catalyst_tests::registry::{missing, program};
use std::path::Path;
use std::process::{Output, Stdio};

const PASSWORD: &str = "a password of the tests";

/// Runs a verb that may need the password.
fn call(cli: &Cli, args: &str) -> Output {
    cli.command(args).env("COSIGN_PASSWORD", PASSWORD).output().unwrap()
}

fn ok(cli: &Cli, args: &str) -> String {
    let output = call(cli, args);
    assert_eq!(output.status.code(), Some(0), "{args}\n{}", cli.show(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Exit code and both streams of a verb that does not work out.
fn fails(cli: &Cli, args: &str) -> (i32, String) {
    let output = call(cli, args);
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A project with two keys.
fn project() -> Cli {
    let cli = Cli::project();
    ok(&cli, "lock");
    ok(&cli, "build");
    ok(&cli, "keygen --out release");
    ok(&cli, "keygen --out attest");
    cli
}

/// A signed bundle of it.
fn bundle(cli: &Cli, sequence: u32) {
    ok(cli, &format!("bundle --sequence {sequence} --out b{sequence}.tar"));
    ok(cli, &format!("sign b{sequence}.tar --key release.key --attest-key attest.key"));
}

fn read(cli: &Cli, path: &str) -> Vec<u8> {
    std::fs::read(cli.join(path)).unwrap()
}

fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    files.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_same_intent_gives_the_same_bundle_whatever_the_machine_looks_like() {
    let cli = project();
    bundle(&cli, 3);
    let first = read(&cli, "b3.tar");
    for (number, variables) in [
        ("1", [("TZ", "Asia/Muscat"), ("LC_ALL", "tr_TR.UTF-8")]),
        ("7", [("HOME", "/nowhere"), ("USER", "somebody")]),
    ] {
        let args = format!("bundle --sequence 3 --out again.tar -j {number}");
        assert!(cli.command(&args).envs(variables).status().unwrap().success());
        ok(&cli, "sign again.tar --key release.key --attest-key attest.key");
        assert!(read(&cli, "again.tar") == first, "-j {number}");
    }
    // As a folder it has the same files, and the same signatures.
    ok(&cli, "bundle --sequence 3 --out folder");
    ok(&cli, "sign folder/demo --key release.key --attest-key attest.key");
    assert_eq!(ok(&cli, "inspect folder/demo --format json"), ok(&cli, "inspect b3.tar --format json"));
    let later =
        cli.command("bundle --sequence 3 --out later.tar").env("SOURCE_DATE_EPOCH", "1763721296").status();
    assert!(later.unwrap().success());
    assert!(ok(&cli, "inspect later.tar").contains("made        2025-11-21T10:34:56Z by catalystc"));
}

#[test]
fn what_is_unpacked_is_what_a_build_writes() {
    let cli = project();
    bundle(&cli, 1);
    ok(&cli, "unpack b1.tar --sovereign demo --key release.pub --out site");
    ok(&cli, "build --out built/tree");
    let tree = files_below(&cli.join("built/tree/demo"));
    let below = files_below(&cli.join("site"));
    let unpacked: Vec<_> = below
        .iter()
        .filter(|(name, _)| !name.starts_with("bundle/"))
        .filter_map(|(name, bytes)| Some((name.split_once("/demo/")?.1.to_owned(), bytes.clone())))
        .collect();
    assert!(!tree.is_empty());
    assert_eq!(unpacked, tree);
    let beside: Vec<&str> =
        below.iter().map(|it| it.0.as_str()).filter(|it| it.starts_with("bundle/")).collect();
    for name in
        ["bundle/closure.json", "bundle/provenance.json", "bundle/release.json", "bundle/sbom.cdx.json"]
    {
        assert!(beside.contains(&name), "{beside:?}");
    }
    assert!(
        beside.iter().any(|it| it.starts_with("bundle/blueprints/bp-") && it.ends_with("/blueprint.yaml"))
    );
}

#[test]
fn nothing_of_a_refused_bundle_is_written() {
    let cli = project();
    bundle(&cli, 2);
    let good = read(&cli, "b2.tar");
    let verify = "--sovereign demo --key release.pub --attest-key attest.pub";
    let refused = |name: &str, args: &str, reason: &str| {
        let (code, text) =
            fails(&cli, &format!("unpack {name} {args} --out site --state new.json --first-use"));
        assert_eq!(code, 1, "{text}");
        assert!(text.contains(&format!("refused [{reason}]")), "{reason}: {text}");
        assert!(!cli.join("site").exists() && !cli.join("new.json").exists(), "{reason}");
    };
    let put = |name: &str, bytes: &[u8]| std::fs::write(cli.join(name), bytes).unwrap();
    put("cut.tar", &good[..good.len() - 1]);
    refused("cut.tar", verify, "truncated");
    put("more.tar", &[good.as_slice(), b"x"].concat());
    refused("more.tar", verify, "trailing-data");
    let mut flipped = good.clone();
    *flipped.iter_mut().rev().find(|it| **it == b'"').unwrap() ^= 1;
    put("flipped.tar", &flipped);
    refused("flipped.tar", verify, "blob-digest");
    put("no.tar", b"not an archive");
    refused("no.tar", verify, "truncated");
    refused("b2.tar", "--sovereign other --key release.pub", "audience");
    refused("b2.tar", "--sovereign demo --key attest.pub", "missing-signature");
    refused("b2.tar", "--sovereign demo --key release.pub --threshold 2", "no-keys");
    ok(&cli, "bundle --sequence 2 --out unsigned.tar");
    refused("unsigned.tar", verify, "missing-signature");
    ok(&cli, "sign unsigned.tar --key release.key");
    refused("unsigned.tar", verify, "missing-signature");
    ok(&cli, "unpack b2.tar --sovereign demo --key release.pub --out site");
    // A folder with something else in it stays as it is.
    cli.write("mine/file", "mine");
    let (code, text) = fails(&cli, "unpack b2.tar --sovereign demo --key release.pub --out mine");
    assert_eq!((code, read(&cli, "mine/file").as_slice()), (2, b"mine".as_slice()), "{text}");
    let (code, _) = fails(&cli, "bundle --out mine/file");
    assert_eq!((code, read(&cli, "mine/file").as_slice()), (2, b"mine".as_slice()));
}

#[test]
fn numbers_only_go_up() {
    let cli = project();
    bundle(&cli, 4);
    bundle(&cli, 5);
    let unpack = |name: &str, more: &str| {
        format!(
            "unpack {name} --sovereign demo --key release.pub --state state/accepted.json {more} --out site"
        )
    };
    let (code, text) = fails(&cli, &unpack("b5.tar", ""));
    assert!(code == 2 && text.contains("--first-use"), "{text}");
    ok(&cli, &unpack("b5.tar", "--first-use"));
    ok(&cli, &unpack("b5.tar", ""));
    let state = read(&cli, "state/accepted.json");
    let (code, text) = fails(&cli, &unpack("b4.tar", ""));
    assert!(code == 1 && text.contains("refused [older]"), "{text}");
    // Another content under the same number.
    cli.edit("sovereigns/demo/sovereign.yaml", "kind: Sovereign", "# another\nkind: Sovereign");
    bundle(&cli, 5);
    let (code, text) = fails(&cli, &unpack("b5.tar", ""));
    assert!(code == 1 && text.contains("refused [other-content]"), "{text}");
    assert_eq!(read(&cli, "state/accepted.json"), state);
    cli.write("state/accepted.json", "{}");
    let (code, text) = fails(&cli, &unpack("b5.tar", ""));
    assert!(code == 2 && text.contains("no record of accepted releases"), "{text}");
}

#[test]
fn another_line_does_not_bring_an_old_release_back() {
    let cli = project();
    bundle(&cli, 5);
    ok(&cli, "bundle --sequence 1 --line canary --out canary.tar");
    ok(&cli, "sign canary.tar --key release.key");
    let unpack = "--sovereign demo --key release.pub --state accepted.json --out site";
    ok(&cli, &format!("unpack b5.tar {unpack} --first-use"));
    let (code, text) = fails(&cli, &format!("unpack canary.tar {unpack}"));
    assert!(code == 1 && text.contains("refused [first-of-line]"), "{text}");
    ok(&cli, &format!("unpack canary.tar {unpack} --first-use"));
    ok(&cli, &format!("unpack b5.tar {unpack}"));
    // A record that the bundle would replace is none.
    let (code, text) = fails(
        &cli,
        "unpack b5.tar --sovereign demo --key release.pub --state site/a.json --first-use --out site",
    );
    assert!(code == 2 && text.contains("stands in the folder that is replaced"), "{text}");
    // Of two at once, both are remembered.
    let path = cli.join("accepted.json");
    std::fs::remove_file(&path).unwrap();
    let each = ["b5.tar", "canary.tar"].map(|name| {
        let args = format!(
            "unpack {name} --sovereign demo --key release.pub --state accepted.json --first-use --out at-{name}"
        );
        cli.command(&args).spawn().unwrap()
    });
    for mut it in each {
        assert!(it.wait().unwrap().success());
    }
    let record = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
    assert!(record.contains("canary") && record.contains("stable"), "{record}");
}

#[test]
fn folders_of_somebody_else_are_not_replaced() {
    use std::os::unix::ffi::OsStrExt as _;
    let cli = project();
    bundle(&cli, 1);
    let odd = std::ffi::OsStr::from_bytes(b"\xff");
    for at in ["home", "site", "out/demo"] {
        cli.write(&format!("{at}/src"), "mine");
    }
    // What looks like an earlier release from afar.
    cli.write("home/bundle/file", "mine");
    cli.write("out/demo/oci-layout", "");
    cli.write("site/bundle/release.json", r#"{"version": 1, "holds": ["bundle"]}"#);
    std::fs::create_dir(cli.join("odd")).unwrap();
    std::fs::write(cli.join("odd").join(odd), "mine").unwrap();
    for at in ["home", "site", "odd"] {
        let before = files_below(&cli.join(at));
        let (code, text) =
            fails(&cli, &format!("unpack b1.tar --sovereign demo --key release.pub --out {at}"));
        assert!(code == 2 && text.contains("something else than an unpacked bundle"), "{text}");
        assert_eq!(files_below(&cli.join(at)), before);
    }
    let (code, text) = fails(&cli, "bundle --out out");
    assert!(code == 2 && text.contains("something else than a bundle"), "{text}");
    assert_eq!(read(&cli, "out/demo/src"), b"mine");
    // A file that no layout has is seen, whatever its name is.
    ok(&cli, "bundle --out folder");
    std::fs::write(cli.join("folder/demo/blobs").join(odd), "x").unwrap();
    let (code, text) = fails(&cli, "inspect folder/demo");
    assert!(code == 2 && text.contains("its name is not accepted"), "{text}");
}

#[test]
fn what_lies_beside_a_blueprint_stays_at_home() {
    let cli = project();
    ok(&cli, "bundle --out a.tar");
    let blueprint = std::fs::read_dir(cli.join("platform")).unwrap().next().unwrap().unwrap().file_name();
    let folder = format!("platform/{}", blueprint.to_str().unwrap());
    for name in [".env", "notes (ü).txt", "chart/.idea/state", "chart/charts/fetched-1.0.0.tgz"] {
        cli.write(&format!("{folder}/{name}"), "TOKEN=secret");
    }
    ok(&cli, "bundle --out b.tar");
    assert!(read(&cli, "a.tar") == read(&cli, "b.tar"));
    cli.write(&format!("{folder}/README.md"), "# Read me\n");
    ok(&cli, "bundle --out c.tar");
    assert!(read(&cli, "a.tar") != read(&cli, "c.tar"));
}

#[test]
fn a_delta_holds_what_changed() {
    let cli = project();
    bundle(&cli, 1);
    ok(&cli, "bundle --delta-from b1.tar --out b2.tar");
    ok(&cli, "sign b2.tar --base b1.tar --key release.key");
    assert!(read(&cli, "b2.tar").len() < read(&cli, "b1.tar").len());
    let (code, text) = fails(&cli, "verify b2.tar --sovereign demo --key release.pub");
    assert!(code == 1 && text.contains("refused [needs-base]"), "{text}");
    ok(&cli, "unpack b2.tar --base b1.tar --sovereign demo --key release.pub --out delta");
    ok(&cli, "unpack b1.tar --sovereign demo --key release.pub --out full");
    let trees = ["delta", "full"].map(|it| {
        let files = files_below(&cli.join(it));
        files.into_iter().filter(|(name, _)| !name.starts_with("bundle/")).collect::<Vec<_>>()
    });
    assert_eq!(trees[0], trees[1]);
    let (code, text) = fails(&cli, "bundle --delta-from b1.tar --sequence 1 --out b3.tar");
    assert!(code == 2 && text.contains("choose a higher one"), "{text}");
    let (code, text) = fails(&cli, "bundle --delta-from b2.tar --out b3.tar");
    assert!(code == 2 && text.contains("needs-base"), "{text}");
}

#[test]
fn digests_of_bundles_stand_beside_the_tree_and_no_build_touches_them() {
    let cli = project();
    let (code, text) = fails(&cli, "bundle --digests --check --format concise");
    assert!(code == 1 && text.contains("snapshots/bundles.json:1:1: error[stale-output]"), "{text}");
    let (code, text) = fails(&cli, "bundle --digests");
    assert!(code == 0 && text.contains("wrote snapshots/bundles.json"), "{text}");
    let digests = || String::from_utf8(read(&cli, "snapshots/bundles.json")).unwrap();
    let first = digests();
    let made = cli.command("bundle --digests").env("SOURCE_DATE_EPOCH", "1000").output().unwrap();
    assert!(cli.show(&made).contains("no change in snapshots/bundles.json"), "{}", cli.show(&made));
    ok(&cli, "bundle --out b.tar");
    let inspected = ok(&cli, "inspect b.tar");
    let release = inspected.lines().find_map(|it| it.strip_prefix("release     ")).unwrap();
    assert!(first.contains(&format!("\"release\": \"{release}\"")), "{release}\n{first}");
    for args in ["build", "build", "build --no-cache --prune", "build --check"] {
        let (code, text) = fails(&cli, &format!("{args} --format concise"));
        assert!(code == 0 && digests() == first && !text.contains("foreign-file"), "{args}: {text}");
    }
    cli.edit("sovereigns/demo/sovereign.yaml", "t01.omani.works", "t02.omani.works");
    ok(&cli, "build");
    assert_eq!(digests(), first, "until somebody asks for them");
    ok(&cli, "diff --against snapshots");
    let (code, text) = fails(&cli, "bundle --digests --check");
    assert!(code == 1 && text.contains("the bundles have other digests"), "{text}");
    ok(&cli, "bundle --digests");
    assert_ne!(digests(), first);
    ok(&cli, "bundle --digests --check");
}

/// Runs a verb on a terminal, and types an answer whenever it asks for a password. Gives all that the terminal shows, and the exit code.
fn typed(cli: &Cli, args: &str, answers: &[&str]) -> Option<(i32, String)> {
    use std::io::{Read as _, Write as _};
    let Some(script) = program("script") else {
        missing("script");
        return None;
    };
    let mut command = std::process::Command::new(script);
    let call = format!("{} {args}", env!("CARGO_BIN_EXE_catalystc"));
    command.args(["-qec", &call, "/dev/null"]).current_dir(cli.path()).env_clear().env("SHELL", "/bin/sh");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = answers.iter();
    let (mut shown, mut byte) = (String::new(), [0]);
    // The end of a terminal is an error to some who read from it.
    while screen.read(&mut byte).is_ok_and(|it| it == 1) {
        shown.push(byte[0].into());
        if shown.ends_with(": ")
            && let Some(answer) = answers.next()
        {
            keys.write_all(answer.as_bytes()).unwrap();
        }
    }
    Some((child.wait().unwrap().code().unwrap(), shown))
}

#[test]
fn passwords_are_asked_for_on_a_terminal_and_not_shown() {
    let cli = Cli::project();
    let Some((code, text)) = typed(&cli, "keygen --out k", &["geheim\n", "geheim\n"]) else { return };
    assert!(code == 0 && text.contains("Once more: ") && !text.contains("geheim"), "{text}");
    ok(&cli, "bundle --out b.tar");
    let sign = "sign b.tar --key k.key";
    let (code, text) = typed(&cli, sign, &["falsch\n"]).unwrap();
    assert!(code == 2 && text.contains("the password is wrong") && !text.contains("falsch"), "{text}");
    // A slip that is rubbed out is none.
    let (code, text) = typed(&cli, sign, &["geheimx\u{7f}\n"]).unwrap();
    assert!(code == 0 && text.contains("signed"), "{text}");
    let (code, text) = typed(&cli, "keygen --out l", &["geheim\n", "anders\n"]).unwrap();
    assert!(code == 2 && text.contains("the two passwords differ") && !cli.join("l.key").exists(), "{text}");
    let (code, text) = typed(&cli, "keygen --out l", &["gehe\u{3}"]).unwrap();
    assert!(code == 130 && text.contains("nothing was written") && !cli.join("l.key").exists(), "{text}");
}

#[test]
fn keys_are_kept_safe() {
    use std::os::unix::fs::PermissionsExt as _;
    let cli = project();
    ok(&cli, "bundle --out b.tar");
    let mode = std::fs::metadata(cli.join("release.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = read(&cli, "release.key");
    let (code, text) = fails(&cli, "keygen --out release");
    assert!(code == 2 && text.contains("is there already"), "{text}");
    assert_eq!(read(&cli, "release.key"), key);
    let output =
        cli.command("sign b.tar --key release.key").env("COSIGN_PASSWORD", "wrong").output().unwrap();
    assert!(cli.show(&output).contains("the password is wrong"), "{}", cli.show(&output));
    let output = cli.command("sign b.tar --key release.key").output().unwrap();
    assert!(cli.show(&output).contains("there is no password, and nobody to ask"), "{}", cli.show(&output));
    cli.write("password", &format!("{PASSWORD}\n"));
    let mut shell = std::process::Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_catalystc");
    let command = format!("{binary} sign b.tar --key release.key --password-fd 3 3< password");
    let output = shell.args(["-c", &command]).current_dir(cli.path()).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", cli.show(&output));
    let (code, text) = fails(&cli, "sign b.tar --key release.key --attest-key release.key");
    assert!(code == 2 && text.contains("a key of their own"), "{text}");
    let (code, text) = fails(&cli, "sign b.tar --key release.pub");
    assert!(code == 2 && text.contains("holds a public key") && text.contains("`release.key`"), "{text}");
    std::fs::set_permissions(cli.join("release.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, text) = fails(&cli, "sign b.tar --key release.key");
    assert!(code == 2 && text.contains("chmod 600"), "{text}");
    let (code, text) = fails(&cli, "verify b.tar --sovereign demo --key release.key");
    assert!(code == 2 && text.contains("no public key"), "{text}");
}

#[test]
fn wrong_calls_say_what_is_wrong() {
    let cli = project();
    cli.write("damaged.tar", "");
    for (args, says) in [
        ("bundle --out b.tar --sovereign dmo", "did you mean `demo`?"),
        ("bundle --out b.tar --sequence 1099511627777", "1099511627777 is not in"),
        ("bundle --out b.tar --line ../x", "is no name of a line"),
        ("bundle --out b.tar --delta-from nothing.tar", "no such file"),
        ("inspect nothing.tar", "no such file"),
        ("inspect damaged.tar", "[truncated]"),
        ("inspect release.pub", "[truncated]"),
        ("verify damaged.tar --key release.pub", "--sovereign"),
        ("sign damaged.tar --key release.key", "[truncated]"),
    ] {
        let (code, text) = fails(&cli, args);
        assert!(code == 2 && text.contains(says), "{args}: {text}");
    }
    let output = cli.command("bundle --out b.tar").env("SOURCE_DATE_EPOCH", "yesterday").output().unwrap();
    assert!(cli.show(&output).contains("SOURCE_DATE_EPOCH"), "{}", cli.show(&output));
    cli.edit("sovereigns/demo/sovereign.yaml", "kind: Sovereign", "kind: Sovereign\nwrong: true");
    let (code, text) = fails(&cli, "bundle --out b.tar");
    assert!(code == 1 && text.contains("nothing was written") && !cli.join("b.tar").exists(), "{text}");
}
