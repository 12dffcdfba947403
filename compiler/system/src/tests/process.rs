//! Other programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Sandbox;
use crate::{Cancel, Output, Run, RunError, run, which};

fn sh(script: &str) -> Run {
    let mut command = Run::new(Path::new("/bin/sh"), Path::new("/"));
    command.args = vec!["-c".into(), script.into()];
    command
}

fn text(output: &Output) -> (&str, &str) {
    (std::str::from_utf8(&output.stdout).unwrap(), std::str::from_utf8(&output.stderr).unwrap())
}

#[test]
fn output_and_code_come_back() {
    let output = run(&sh("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!((text(&output), output.code, output.signal), (("out\n", "err\n"), Some(3), None));
    assert!(!output.is_success());
    let output = run(&sh("kill -TERM $$")).unwrap();
    assert_eq!((output.code, output.signal), (None, Some(15)));
    assert!(run(&sh("true")).unwrap().is_success());
}

#[test]
fn nothing_is_inherited() {
    let sandbox = Sandbox::empty();
    let env = which("env", OsStr::new("/usr/bin:/bin")).unwrap();
    let mut command = Run::new(&env, &sandbox.path());
    assert_eq!(text(&run(&command).unwrap()).0, "");
    command.env.insert("A".into(), "1".into());
    assert_eq!(text(&run(&command).unwrap()).0, "A=1\n");
    let mut command = sh("pwd; cat");
    command.cwd = sandbox.path();
    command.env.insert("PATH".into(), "/usr/bin:/bin".into());
    assert_eq!(text(&run(&command).unwrap()).0, format!("{}\n", sandbox.path().display()));
    command.stdin = Some(b"input".to_vec());
    assert!(text(&run(&command).unwrap()).0.ends_with("\ninput"));
}

#[test]
fn large_inputs_and_outputs_do_not_lock_up() {
    let mut command = sh("cat");
    command.env.insert("PATH".into(), "/usr/bin:/bin".into());
    command.stdin = Some(vec![b'x'; 3 << 20]);
    assert_eq!(run(&command).unwrap().stdout.len(), 3 << 20);
    // A program that does not read its input.
    let mut command = sh("exit 0");
    command.stdin = Some(vec![b'x'; 3 << 20]);
    assert!(run(&command).unwrap().is_success());
}

#[test]
fn time_is_bounded_for_the_whole_group() {
    let sandbox = Sandbox::empty();
    let begun = Instant::now();
    let mut command = sh("(sleep 30; echo late > late) & sleep 30");
    command.env.insert("PATH".into(), "/usr/bin:/bin".into());
    command.cwd = sandbox.path();
    command.timeout = Duration::from_millis(200);
    assert_eq!(run(&command), Err(RunError::TimedOut(command.timeout)));
    // What it started in the background goes with it, also when it ends by itself.
    command.args[1] = "sleep 30 & echo $!".into();
    command.timeout = Duration::from_secs(20);
    let output = run(&command).unwrap();
    let pid = text(&output).0.trim().to_owned();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let state = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Dead, or dead and not yet collected by init.
    let is_dead = || state().is_empty() || state().contains(") Z ");
    while !is_dead() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", state());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn output_is_bounded() {
    let begun = Instant::now();
    let mut command = sh("while :; do echo xxxxxxxxxxxxxxxx; done");
    command.limit = 1000;
    assert_eq!(run(&command), Err(RunError::TooMuchOutput(1000)));
    command.args[1] = "while :; do echo xxxxxxxxxxxxxxxx >&2; done".into();
    assert_eq!(run(&command), Err(RunError::TooMuchOutput(1000)));
    command.args[1] = "echo 12345".into();
    command.limit = 6;
    assert_eq!(text(&run(&command).unwrap()).0, "12345\n");
    command.limit = 5;
    assert_eq!(run(&command), Err(RunError::TooMuchOutput(5)));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// The shell waits until it is told to go on, by when the bound is in force.
#[test]
#[cfg(target_os = "linux")]
fn memory_is_bounded() {
    let mut command =
        sh("read go; a=xxxxxxxxxxxxxxxx; while [ ${#a} -lt 10000000 ]; do a=$a$a; done; echo ${#a}");
    command.stdin = Some(b"go\n".to_vec());
    assert_eq!(text(&run(&command).unwrap()).0, "16777216\n");
    command.memory = Some(8 << 20);
    let output = run(&command).unwrap();
    assert!(!output.is_success() && output.stdout.is_empty(), "{output:?}");
}

#[test]
fn a_running_program_can_be_cancelled() {
    let cancel = Cancel::new();
    let mut command = sh("exec sleep 30");
    command.env.insert("PATH".into(), "/usr/bin:/bin".into());
    command.cancel = cancel.clone();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            cancel.cancel();
        });
        assert_eq!(run(&command), Err(RunError::Cancelled));
    });
    assert_eq!(run(&command), Err(RunError::Cancelled));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_cannot_run_is_said() {
    let sandbox = Sandbox::empty();
    sandbox.file("plain", "");
    let at = |program: &Path| run(&Run::new(program, Path::new("/"))).unwrap_err();
    assert_eq!(at(Path::new("sh")), RunError::NotAbsolute);
    assert_eq!(at(&sandbox.at("none")), RunError::NotFound);
    assert_eq!(at(&sandbox.at("plain")), RunError::Denied);
    let mut command = sh("true");
    command.cwd = sandbox.at("nowhere");
    assert_eq!(run(&command), Err(RunError::NotFound));
}

#[test]
fn programs_are_found_in_order() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::empty();
    for (path, mode) in [("a/tool", 0o644), ("b/tool", 0o755), ("c/tool", 0o755), ("a/dir/x", 0o644)] {
        sandbox.file(path, "");
        std::fs::set_permissions(sandbox.at(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let path = std::env::join_paths([
        PathBuf::from("."),
        "".into(),
        sandbox.at("a"),
        sandbox.at("b"),
        sandbox.at("c"),
    ]);
    let path = path.unwrap();
    assert_eq!(which("tool", &path), Some(sandbox.at("b/tool")));
    assert_eq!(which("dir", &path), None);
    assert_eq!(which("none", &path), None);
    assert_eq!(which("", &path), None);
    assert_eq!(which("../b/tool", &path), None);
}
