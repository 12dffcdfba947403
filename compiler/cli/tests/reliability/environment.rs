//! Streams, folders, modes and arguments that are not as usual.

use crate::support::{Sandbox, catalystc, chmod, is_root, mode, names, replace, run, shell, tree};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

/// A word that is no text.
fn no_text() -> &'static OsStr {
    OsStr::from_bytes(b"no\xfftext")
}

#[test]
fn closed_streams_change_nothing() {
    let sandbox = Sandbox::new();
    for script in ["exec \"$@\" >&-", "exec \"$@\" 2>&-", "exec \"$@\" <&- >&- 2>&-"] {
        run(&mut shell(script, &sandbox.build())).expect(0);
        assert!(!tree(&sandbox.out()).is_empty());
        assert_eq!(sandbox.rubbish(), [""; 0], "{script}");
    }
}

/// Whoever looks at the first line only does not turn errors into success.
#[test]
fn a_reader_that_goes_away_does_not_hide_errors() {
    let sandbox = Sandbox::new();
    replace(&sandbox.project.join(crate::support::SITE), "bp-web", "bp-wep");
    for verb in ["build", "check"] {
        let mut command = shell("{ \"$@\"; echo \"code $?\" >&2; } | true", &sandbox.run(verb));
        let ended = run(&mut command);
        assert!(ended.err.contains("code 1"), "{verb}: {}", ended.err);
    }
    assert!(!sandbox.out().exists());
}

#[test]
fn a_full_stream_is_told() {
    let sandbox = Sandbox::new();
    if !Path::new("/dev/full").exists() {
        eprintln!("SKIPPED: there is no /dev/full here");
        return;
    }
    let ended = run(&mut shell("exec \"$@\" >/dev/full", sandbox.run("list").arg("sovereigns"))).expect(2);
    assert!(ended.err.contains("no space left") || ended.err.contains("No space left"), "{}", ended.err);
}

#[test]
fn a_current_folder_that_is_gone_is_told() {
    let sandbox = Sandbox::new();
    let mut command = shell("mkdir gone && cd gone && rmdir ../gone && exec \"$@\"", &sandbox.build());
    let ended = run(command.current_dir(sandbox.around())).expect(2);
    assert!(ended.err.starts_with("error: can't find the current folder"), "{}", ended.err);
    assert!(!sandbox.out().exists());
}

#[test]
fn arguments_that_are_no_text() {
    let sandbox = Sandbox::new();
    // A folder may have any name.
    let out = sandbox.around().join(no_text());
    run(sandbox.build().arg("--out").arg(&out)).expect(0);
    assert!(!tree(&out).is_empty());
    run(catalystc().arg("-C").arg(no_text()).arg("build")).expect(2);
    run(catalystc().arg(no_text())).expect(2);
    run(sandbox.build().arg("--sovereign").arg(no_text())).expect(2);
    run(sandbox.run("explain").arg(no_text())).expect(2);
    // The same for a project in such a folder, and for a variable.
    let moved = sandbox.around().join("other").join(no_text());
    std::fs::create_dir(sandbox.around().join("other")).unwrap();
    std::fs::rename(&sandbox.project, &moved).unwrap();
    run(catalystc().arg("-C").arg(&moved).arg("build")).expect(0);
    assert!(!tree(&moved.join("out")).is_empty());
    let mut command = catalystc();
    run(command
        .arg("-C")
        .arg(&moved)
        .arg("build")
        .env("CATALYSTC_OUT", no_text())
        .current_dir(sandbox.around()))
    .expect(0);
}

/// Modes follow the umask as those of any other program do; nothing is ever writable for more people than it says.
#[test]
fn modes_follow_the_umask() {
    for (mask, file, folder) in [("000", 0o666, 0o777), ("022", 0o644, 0o755), ("077", 0o600, 0o700)] {
        let sandbox = Sandbox::new();
        run(&mut shell(&format!("umask {mask}; exec \"$@\""), &sandbox.build())).expect(0);
        assert_eq!(mode(&sandbox.out()), folder, "{mask}");
        assert_eq!(mode(&sandbox.kit()), folder, "{mask}");
        for path in tree(&sandbox.out()).keys() {
            assert_eq!(mode(&sandbox.out().join(path)), file, "{mask}: {}", path.display());
        }
        // The folder keeps its own mode, whoever builds next.
        chmod(&sandbox.out(), 0o750);
        sandbox.edit("Bolt");
        run(&mut shell("umask 077; exec \"$@\"", &sandbox.build())).expect(0);
        assert_eq!(mode(&sandbox.out()), 0o750);
    }
}

/// Without rights: as another user where the tests run as root, who may do anything.
#[test]
fn folders_without_rights() {
    let sandbox = Sandbox::new();
    run(&mut sandbox.build()).expect(0);
    let old = sandbox.built();
    sandbox.edit("Bolt");
    chmod(&sandbox.around(), 0o755);
    chmod(&sandbox.project, 0o555);
    let as_nobody = |mut command: std::process::Command| {
        if is_root() {
            command.uid(65534).gid(65534);
        }
        run(&mut command)
    };
    let ended = as_nobody(sandbox.build()).expect(2);
    assert!(ended.err.contains("permission denied"), "{}", ended.err);
    assert!(ended.err.contains("help: check the owner and the permissions"), "{}", ended.err);
    chmod(&sandbox.project, 0o755);
    assert!(sandbox.built() == old);
    assert_eq!(sandbox.rubbish(), [""; 0]);

    // A file that may not be read is a finding, and the old tree stays.
    chmod(&sandbox.project, 0o777);
    let site = sandbox.project.join(crate::support::SITE);
    chmod(&site, 0o000);
    let ended = as_nobody(sandbox.build());
    chmod(&site, 0o644);
    let ended = ended.expect(1);
    assert!(ended.out.contains("unreadable-file") && ended.out.contains("site.yaml"), "{}", ended.out);
    let folder = site.parent().unwrap();
    chmod(folder, 0o000);
    let ended = as_nobody(sandbox.build());
    chmod(folder, 0o755);
    let ended = ended.expect(1);
    assert!(ended.out.contains("unreadable-file") && ended.out.contains("applications"), "{}", ended.out);
    assert!(sandbox.built() == old);
}

#[test]
fn an_output_folder_that_is_a_link_stays_one() {
    let sandbox = Sandbox::new();
    let real = sandbox.around().join("real");
    std::os::unix::fs::symlink(&real, sandbox.out()).unwrap();
    let ended = run(&mut sandbox.build()).expect(2);
    assert!(ended.err.contains("a link that leads to nothing"), "{}", ended.err);
    std::fs::create_dir(&real).unwrap();
    run(&mut sandbox.build()).expect(0);
    assert!(sandbox.out().is_symlink());
    assert!(!tree(&real).is_empty());
    assert_eq!(names(&sandbox.around()), ["p", "real"]);
}

#[test]
fn folders_that_are_no_output() {
    let sandbox = Sandbox::new();
    let before = tree(&sandbox.project);
    let refused = [
        (sandbox.project.clone(), "it holds `catalyst.yaml`"),
        ("/".into(), "root of the file system"),
        (sandbox.project.join("catalyst.yaml"), "it is no folder"),
        (sandbox.project.join("catalyst.yaml/below"), ""),
        ("/proc/nothing".into(), ""),
        ("/dev/null".into(), "it is no folder"),
    ];
    for (out, says) in refused {
        let ended = run(sandbox.build().arg("--out").arg(&out)).expect(2);
        assert!(ended.err.contains(says), "{}: {}", out.display(), ended.err);
        assert!(tree(&sandbox.project) == before, "{}", out.display());
    }
}

/// An output among the sources would be read as intent by the next build.
#[test]
fn an_output_among_the_sources() {
    let sandbox = Sandbox::new();
    let before = tree(&sandbox.project);
    for folder in ["sovereigns", "sovereigns/tiny", "platform/out", "clusters", "clusters/_template"] {
        let ended = run(sandbox.build().arg("--out").arg(sandbox.project.join(folder)));
        let after = tree(&sandbox.project);
        let lost: Vec<_> = before.iter().filter(|(path, bytes)| after.get(*path) != Some(*bytes)).collect();
        assert!(lost.is_empty(), "{folder}: {lost:?}");
        assert_eq!(ended.code(), Some(2), "{folder}: {}{}", ended.out, ended.err);
        assert!(after == before, "{folder}: something was written");
    }
}

#[test]
fn projects_with_odd_names() {
    let long = "x".repeat(255);
    for name in [" ", "...", "con", "a\nb", "\u{202e}", "*", "--help", long.as_str()] {
        let sandbox = Sandbox::new();
        let moved = sandbox.around().join(name);
        std::fs::rename(&sandbox.project, &moved).unwrap();
        run(catalystc().arg("build").current_dir(&moved)).expect(0);
        assert!(!tree(&moved.join("out")).is_empty());
        run(catalystc().arg("check").arg("-C").arg(Path::new("..").join(name)).current_dir(&moved)).expect(0);
    }
}

/// The name of the file of the lock beside the output is that of the output with a few letters more.
#[test]
fn an_output_with_the_longest_name() {
    let sandbox = Sandbox::new();
    let ended = run(sandbox.build().arg("--out").arg(sandbox.around().join("x".repeat(255))));
    match ended.code() {
        Some(0) => {}
        Some(2) => assert!(ended.err.contains("file name too long"), "{}", ended.err),
        other => panic!("{other:?}: {}", ended.err),
    }
    assert!(names(&sandbox.around()).iter().all(|name| !name.contains("catalystc")));
}
