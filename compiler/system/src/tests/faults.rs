//! Every point at which a delivery can be killed or fail, one by one.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::delivery::{content, names};
use super::{Sandbox, tree};
use crate::{
    Delivery, DeliveryOptions, Durability, Fault, Faults, Foreign, IoError, IoErrorKind, write_atomic_with,
};

/// In what circumstances a delivery runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// There is no tree yet.
    First,
    /// There is one, with a foreign file.
    Replace,
    /// The same with everything synced.
    Synced,
    /// The same on a file system that cannot exchange.
    WithoutExchange,
    /// There is one without foreign files, and a spare one.
    Spare,
}

const CASES: [Case; 5] = [Case::First, Case::Replace, Case::Synced, Case::WithoutExchange, Case::Spare];

impl Case {
    fn parse(text: &str) -> Case {
        CASES.into_iter().find(|case| format!("{case:?}") == text).unwrap()
    }

    fn old_tree(self) -> BTreeMap<String, String> {
        if self == Case::First {
            return BTreeMap::new();
        }
        let files = [("index", "1"), ("a/x", "1"), ("a/b/stale", "1"), ("foreign/deep", "mine")];
        let files = files.into_iter().filter(|(path, _)| self != Case::Spare || *path != "foreign/deep");
        files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
    }

    fn new_tree(self) -> BTreeMap<String, String> {
        let mut files: BTreeMap<_, _> =
            [("index", "22"), ("a/y", "22")].map(|(p, t)| (p.to_owned(), t.to_owned())).into();
        if self != Case::First {
            files.insert("a/x".to_owned(), "1".to_owned());
        }
        if !matches!(self, Case::First | Case::Spare) {
            files.insert("foreign/deep".to_owned(), "mine".to_owned());
        }
        files
    }

    fn prepare(self, sandbox: &Sandbox) {
        for (path, text) in self.old_tree() {
            sandbox.file(Path::new("top/out").join(path), text);
        }
        if self == Case::Spare {
            // One file that is shared, one that is older, and things in the way.
            for (path, text) in [("a/y", "0"), ("index/0", "0"), ("gone/deep/z", "0")] {
                sandbox.file(Path::new("spare").join(path), text);
            }
            std::fs::hard_link(sandbox.at("top/out/a/x"), sandbox.at("spare/a/x")).unwrap();
        }
    }

    fn deliver(self, dest: &Path, faults: &Faults) -> Result<Option<IoError>, IoError> {
        let options = DeliveryOptions {
            durability: if self == Case::Synced { Durability::Synced } else { Durability::Rebuildable },
            faults: faults.clone(),
            without_exchange: self == Case::WithoutExchange,
            spare: (self == Case::Spare).then(|| dest.ancestors().nth(2).unwrap().join("spare")),
            ..DeliveryOptions::default()
        };
        let delivery = Delivery::begin_with(dest, options)?;
        delivery.write(&tree("a/y"), b"22")?;
        if self != Case::First {
            delivery.keep(&tree("a/x"), &tree("a/x"))?;
        }
        delivery.write(&tree("index"), b"22")?;
        let known = |path: &catalyst_source::TreePath| !path.is_within("foreign");
        Ok(delivery.commit(Foreign::Keep(&known))?.leftover)
    }

    /// How many operations a delivery without faults takes.
    fn operations(self) -> u64 {
        let sandbox = Sandbox::empty();
        self.prepare(&sandbox);
        let faults = Faults::counting();
        assert_eq!(self.deliver(&sandbox.at("top/out"), &faults), Ok(None));
        assert_eq!(content(&sandbox.at("top/out")), self.new_tree());
        faults.count()
    }
}

fn tree_at(path: &Path) -> BTreeMap<String, String> {
    if path.exists() { content(path) } else { BTreeMap::new() }
}

/// The state after a fault is the old tree or the new one, and the next run cleans up.
fn check_and_clean(case: Case, sandbox: &Sandbox, at: u64) -> bool {
    let dest = sandbox.at("top/out");
    let found = tree_at(&dest);
    let is_between_renames = case == Case::WithoutExchange && found.is_empty();
    let is_new = found == case.new_tree();
    assert!(is_new || found == case.old_tree() || is_between_renames, "{case:?} {at}: {found:?}");
    Delivery::begin_with(&dest, DeliveryOptions::default()).unwrap().abort();
    let after = tree_at(&dest);
    assert_eq!(
        after,
        if is_new { case.new_tree() } else { case.old_tree() },
        "{case:?} {at}: after the next run"
    );
    let beside = names(&sandbox.at("top"));
    assert!(beside.iter().all(|name| name == "out"), "{case:?} {at}: {beside:?}");
    is_new
}

/// What the killed process does. As a test of its own it does nothing.
#[test]
fn victim() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(case) = variable("CATALYST_TEST_CASE") else { return };
    let dir = variable("CATALYST_TEST_DIR").unwrap();
    let faults = Faults::parse(&variable("CATALYST_TEST_FAULT").unwrap()).unwrap();
    if case == "Edit" {
        let root = crate::Root::new(dir.as_ref()).unwrap();
        write_atomic_with(&root, &tree("a/lock"), b"22", Durability::Synced, &faults).unwrap();
    } else {
        Case::parse(&case).deliver(&Path::new(&dir).join("top/out"), &faults).unwrap();
    }
}

/// Runs [`victim`] in a process of its own and says whether it was killed.
fn kill(case: &str, dir: &Path, at: u64) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::faults::victim", "--test-threads=1"])
        .env("CATALYST_TEST_CASE", case)
        .env("CATALYST_TEST_DIR", dir)
        .env("CATALYST_TEST_FAULT", format!("kill:{at}"))
        .output()
        .unwrap()
        .status;
    !status.success()
}

#[test]
fn a_kill_at_any_point_leaves_the_old_tree_or_the_new_one() {
    for case in CASES {
        let operations = case.operations();
        let mut new_trees = 0;
        for at in 1..=operations + 1 {
            let sandbox = Sandbox::empty();
            case.prepare(&sandbox);
            let killed = kill(&format!("{case:?}"), &sandbox.path(), at);
            assert_eq!(killed, at <= operations, "{case:?} {at} of {operations}");
            new_trees += u64::from(check_and_clean(case, &sandbox, at));
        }
        // Both outcomes occur, or the points are not where they should be.
        assert!(new_trees > 1 && new_trees < operations, "{case:?}: {new_trees} of {operations}");
        eprintln!("{case:?}: killed at {operations} points, {new_trees} after the swap");
    }
}

#[test]
fn an_error_at_any_point_leaves_the_old_tree_or_is_reported_beside_the_new_one() {
    for case in CASES {
        let operations = case.operations();
        for fault in [Fault::NoSpace, Fault::Io] {
            for at in 1..=operations {
                for faults in [Faults::once(fault, at), Faults::onwards(fault, at)] {
                    let sandbox = Sandbox::empty();
                    case.prepare(&sandbox);
                    let result = case.deliver(&sandbox.at("top/out"), &faults);
                    let is_new = check_and_clean(case, &sandbox, at);
                    match result {
                        Ok(_) => assert!(is_new, "{case:?} {at}: success without the tree"),
                        Err(error) => {
                            assert!(!is_new, "{case:?} {at}: failure with the new tree");
                            let expected =
                                if fault == Fault::Io { IoErrorKind::Device } else { IoErrorKind::NoSpace };
                            assert_eq!(error.kind, expected, "{case:?} {at}: {error}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn single_files_are_old_or_new_at_any_point() {
    let mut at = 0;
    loop {
        at += 1;
        let sandbox = Sandbox::project();
        sandbox.file("a/lock", "1");
        let killed = kill("Edit", &sandbox.path(), at);
        let text = sandbox.read("a/lock");
        assert!(text == "1" || text == "22", "{at}: {text:?}");
        // The next write removes what is left.
        write_atomic_with(&sandbox.root(), &tree("a/lock"), b"3", Durability::Rebuildable, &Faults::none())
            .unwrap();
        assert_eq!(names(&sandbox.at("a")), ["lock"], "{at}");
        if !killed {
            assert_eq!(text, "22");
            break;
        }
    }
    assert!(at > 5, "{at}");
    for (fault, point) in (1..at).flat_map(|point| [(Fault::NoSpace, point), (Fault::Io, point)]) {
        let sandbox = Sandbox::project();
        sandbox.file("a/lock", "1");
        let faults = Faults::once(fault, point);
        let result = write_atomic_with(&sandbox.root(), &tree("a/lock"), b"22", Durability::Synced, &faults);
        let expected = if sandbox.read("a/lock") == "22" { "22" } else { "1" };
        // Only the sync of the folder comes after the rename: then the new content is there and the error says it may not last.
        assert!(result.is_err(), "{point}");
        assert!(expected == "1" || point == at - 1, "{point}");
        assert_eq!(names(&sandbox.at("a")), ["lock"], "{point}");
    }
}

#[test]
fn faults_are_read_from_text() {
    for good in ["kill:1", "enospc:20", "eio:3+", "interrupt:4"] {
        assert!(Faults::parse(good).is_some(), "{good}");
    }
    for bad in ["", "kill", "kill:", "kill:x", "burn:1", "kill:-1"] {
        assert!(Faults::parse(bad).is_none(), "{bad}");
    }
    assert_eq!(Faults::none().count(), 0);
}
