//! Readers during a swap, and builds at the same time.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::delivery::{content, names};
use super::{Sandbox, tree};
use crate::{Delivery, Foreign, IoErrorKind, ReadError, Root, read};

const FILES: [&str; 4] = ["index", "a/one", "a/b/two", "z"];

fn deliver(dest: &Path, text: &str) -> Result<(), IoErrorKind> {
    let delivery = Delivery::begin(dest).map_err(|error| error.kind)?;
    for path in FILES {
        delivery.write(&tree(path), text.as_bytes()).map_err(|error| error.kind)?;
    }
    delivery.commit(Foreign::Keep(&|_| true)).map(|_| ()).map_err(|error| error.kind)
}

#[test]
fn a_reader_sees_one_tree_or_the_other() {
    let sandbox = Sandbox::empty();
    let dest = sandbox.at("out");
    deliver(&dest, "0").unwrap();
    let done = AtomicBool::new(false);
    let (whole, cut) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    // The name is there at every moment.
                    let root = Root::new(&dest).unwrap();
                    assert!(dest.join("index").exists());
                    // Who holds the folder sees one tree: all of it, or what its removal has left.
                    let texts: Vec<_> = FILES.iter().map(|path| read(&root, &tree(path), 9)).collect();
                    let mut seen: Vec<_> = texts.iter().flatten().map(|file| file.text.clone()).collect();
                    assert!(
                        texts.iter().all(|text| text.is_ok() || matches!(text, Err(ReadError::Missing))),
                        "{texts:?}"
                    );
                    let count = if seen.len() == FILES.len() { &whole } else { &cut };
                    count.fetch_add(1, Ordering::SeqCst);
                    seen.dedup();
                    assert!(seen.len() <= 1, "{seen:?}");
                }
            });
        }
        for round in 1..=300 {
            deliver(&dest, &round.to_string()).unwrap();
        }
        done.store(true, Ordering::SeqCst);
    });
    eprintln!("{} whole trees read, {} while they were removed", whole.into_inner(), cut.into_inner());
}

/// One of several builds. As a test of its own it does nothing.
#[test]
fn rival() {
    let Ok(dir) = std::env::var("CATALYST_TEST_RIVAL") else { return };
    let mut delivered = 0;
    while delivered < 10 {
        match deliver(&Path::new(&dir).join("out"), &std::process::id().to_string()) {
            Ok(()) => delivered += 1,
            Err(IoErrorKind::Locked { .. }) => std::thread::sleep(std::time::Duration::from_millis(1)),
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn builds_at_the_same_time_never_mix() {
    let sandbox = Sandbox::empty();
    let program = std::env::current_exe().unwrap();
    let start = || {
        Command::new(&program)
            .args(["--exact", "tests::concurrency::rival", "--test-threads=1"])
            .env("CATALYST_TEST_RIVAL", sandbox.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut rivals: Vec<_> = (0..8).map(|_| start()).collect();
    let mut looks = 0;
    let mut failed = 0;
    while !rivals.is_empty() {
        if sandbox.at("out").exists() {
            let root = Root::new(&sandbox.at("out")).unwrap();
            let mut seen: Vec<_> = FILES
                .iter()
                .filter_map(|path| read(&root, &tree(path), 99).ok())
                .map(|file| file.text)
                .collect();
            seen.dedup();
            assert!(seen.len() <= 1, "{seen:?}");
            looks += 1;
        }
        rivals.retain_mut(|rival| match rival.try_wait().unwrap() {
            Some(status) => {
                failed += usize::from(!status.success());
                false
            }
            None => true,
        });
    }
    assert_eq!(failed, 0);
    assert!(looks > 0);
    let mut texts: Vec<_> = content(&sandbox.at("out")).into_values().collect();
    assert_eq!(texts.len(), FILES.len());
    texts.dedup();
    assert_eq!(texts.len(), 1);
    assert_eq!(names(&sandbox.path()), ["out"]);
}
