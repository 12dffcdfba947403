//! Things in the folders of a project that are no files, or no files that anybody would want to read.

use crate::support::{Sandbox, run, tree, write};
use std::os::unix::net::UnixListener;
use std::process::Command;

const FOLDER: &str = "sovereigns/tiny/organizations/acme/applications";

/// Pipes, sockets and devices are refused without being opened: a build must not wait for a writer.
#[test]
fn special_files_are_findings() {
    let sandbox = Sandbox::new();
    run(&mut sandbox.build()).expect(0);
    let old = sandbox.built();
    let folder = sandbox.project.join(FOLDER);
    let pipe = folder.join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    hostile(&sandbox, "pipe.yaml");
    std::fs::remove_file(&pipe).unwrap();

    let socket = folder.join("socket.yaml");
    let listener = UnixListener::bind(&socket).unwrap();
    hostile(&sandbox, "socket.yaml");
    drop(listener);
    std::fs::remove_file(&socket).unwrap();

    for device in ["/dev/zero", "/dev/null", "/dev/random", "/proc/self/mem", "/etc/passwd"] {
        let link = folder.join("device.yaml");
        std::os::unix::fs::symlink(device, &link).unwrap();
        hostile(&sandbox, "device.yaml");
        std::fs::remove_file(&link).unwrap();
    }

    let project = sandbox.project.join("catalyst.yaml");
    let text = std::fs::read(&project).unwrap();
    std::fs::remove_file(&project).unwrap();
    assert!(Command::new("mkfifo").arg(&project).status().unwrap().success());
    run(&mut sandbox.build()).expect(2);
    std::fs::remove_file(&project).unwrap();
    write(&project, &text);
    assert!(sandbox.built() == old);
}

fn hostile(sandbox: &Sandbox, name: &str) {
    let ended = run(&mut sandbox.build()).expect(1);
    assert!(ended.out.contains(name), "{name}: {}", ended.out);
    assert!(
        ended.out.contains("hostile-path") || ended.out.contains("unreadable-file"),
        "{name}: {}",
        ended.out
    );
}

/// The lock is read like any other file.
#[test]
fn a_lock_that_is_no_file() {
    let sandbox = Sandbox::new();
    let lock = sandbox.project.join("catalyst.lock");
    assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
    let ended = run(&mut sandbox.build()).expect(1);
    assert!(ended.out.contains("catalyst.lock"), "{}", ended.out);
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let ended = run(&mut sandbox.build());
    assert!(matches!(ended.code(), Some(0..=1)), "{}{}", ended.out, ended.err);
    assert!(tree(&lock).is_empty());
}

/// Bytes that are no text, texts without end, and a link into itself.
#[test]
fn wrong_bytes_are_findings() {
    let sandbox = Sandbox::new();
    let file = sandbox.project.join(FOLDER).join("odd.yaml");
    let big = vec![b'x'; 17 << 20];
    let deep = "[".repeat(1 << 20);
    for (bytes, rule) in [
        (&b"kind: \xff\xfe"[..], "not-utf8"),
        (b"\xff\xfek\0i\0n\0d\0", "not-utf8"),
        (b"kind: a\0b", "yaml-syntax"),
        (&big, "input-limit"),
        (deep.as_bytes(), "input-limit"),
    ] {
        write(&file, bytes);
        let ended = run(&mut sandbox.build()).expect(1);
        assert!(ended.out.contains(rule), "{rule}: {:.2000}", ended.out);
        assert!(!ended.out.contains('\0') && ended.out.len() < 20_000, "{rule}: {:.2000}", ended.out);
    }
    std::fs::remove_file(&file).unwrap();
    let around = sandbox.project.join("sovereigns/tiny/again");
    std::os::unix::fs::symlink(sandbox.project.join("sovereigns"), &around).unwrap();
    let ended = run(&mut sandbox.build()).expect(1);
    assert!(ended.out.contains("symlink-loop"), "{}", ended.out);
}

/// A project file that says nothing does not mean an empty platform.
#[test]
fn a_project_file_without_a_project() {
    let sandbox = Sandbox::new();
    run(&mut sandbox.build()).expect(0);
    let old = sandbox.built();
    let other = "apiVersion: orgs.openova.io/v1\nkind: Organization\nmetadata: {name: other}\nspec: {sovereign: tiny, title: O, kind: customer, contact: a@b.omani.works}\n";
    for text in ["", "# nothing\n", "---\n---\n", "null\n", other, "apiVersion: v1\nkind: ConfigMap\n"] {
        write(&sandbox.project.join("catalyst.yaml"), text.as_bytes());
        let ended = run(&mut sandbox.build()).expect(1);
        assert!(ended.out.contains("catalyst.yaml"), "{text:?}: {}", ended.out);
        assert!(tree(&sandbox.out()) == old.0, "{text:?}");
    }
}
