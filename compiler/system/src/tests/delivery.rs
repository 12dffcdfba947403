//! Delivery of whole trees: what stands where afterwards, and what is refused.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::{Sandbox, tree};
use crate::{
    Cancel, Committed, Delivery, DeliveryOptions, Durability, Foreign, IoErrorKind, foreign, list_tree,
};

/// The content of a tree: text of each file, target of each link.
pub(crate) fn content(dir: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.path().strip_prefix(dir).unwrap().to_string_lossy().into_owned();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_symlink() {
                files.insert(name, format!("-> {}", std::fs::read_link(entry.path()).unwrap().display()));
            } else if kind.is_file() {
                files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            } else {
                files.insert(name, "special".to_owned());
            }
        }
    }
    files
}

pub(crate) fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Delivers exactly these files; all files of the old tree were emitted by an earlier build.
fn deliver(dest: &Path, files: &[(&str, &str)]) -> Committed {
    let delivery = Delivery::begin(dest).unwrap();
    for (path, text) in files {
        delivery.write(&tree(path), text.as_bytes()).unwrap();
    }
    delivery.commit(Foreign::Keep(&|_| true)).unwrap()
}

#[test]
fn a_tree_appears_whole_and_replaces_the_old_one() {
    let sandbox = Sandbox::empty();
    let dest = sandbox.at("deep/out");
    let delivery = Delivery::begin(&dest).unwrap();
    delivery.write(&tree("a/b/c.yaml"), b"one").unwrap();
    delivery.write(&tree("index.json"), b"{}").unwrap();
    assert!(!dest.exists());
    let done = delivery.commit(Foreign::Keep(&|_| true)).unwrap();
    assert_eq!((done.written, done.kept, done.replaced, done.leftover), (2, 0, false, None));

    let delivery = Delivery::begin(&dest).unwrap();
    delivery.write(&tree("d.yaml"), b"two").unwrap();
    let ino = dest.join("a/b/c.yaml").metadata().unwrap().ino();
    delivery.keep(&tree("a/kept.yaml"), &tree("a/b/c.yaml")).unwrap();
    assert_eq!(sandbox.read("deep/out/index.json"), "{}");
    let done = delivery.commit(Foreign::Keep(&|_| true)).unwrap();
    assert_eq!((done.written, done.kept, done.replaced, done.leftover), (1, 1, true, None));
    assert_eq!(
        content(&dest),
        [("a/kept.yaml", "one"), ("d.yaml", "two")].map(|(a, b)| (a.into(), b.into())).into()
    );
    assert_eq!(dest.join("a/kept.yaml").metadata().unwrap().ino(), ino);
    assert_eq!(names(&sandbox.at("deep")), ["out"]);
}

#[test]
fn an_abandoned_delivery_leaves_nothing() {
    let sandbox = Sandbox::empty();
    deliver(&sandbox.at("out"), &[("a", "1")]);
    let delivery = Delivery::begin(&sandbox.at("out")).unwrap();
    delivery.write(&tree("b/c"), b"2").unwrap();
    delivery.abort();
    assert_eq!(names(&sandbox.path()), ["out"]);
    assert_eq!(names(&sandbox.at("out")), ["a"]);
}

#[test]
fn many_threads_write_one_tree() {
    let sandbox = Sandbox::empty();
    let delivery = Delivery::begin(&sandbox.at("out")).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let delivery = &delivery;
            scope.spawn(move || {
                for file in 0..100 {
                    let path = tree(&format!("shared/{}/{}/{thread}-{file}", file % 7, file % 3));
                    delivery.write(&path, b"x").unwrap();
                }
            });
        }
    });
    assert_eq!(delivery.commit(Foreign::Drop).unwrap().written, 800);
    assert_eq!(list_tree(&sandbox.at("out")).unwrap().len(), 800);
}

#[test]
fn a_path_is_written_once_and_is_file_or_folder() {
    let sandbox = Sandbox::empty();
    let delivery = Delivery::begin(&sandbox.at("out")).unwrap();
    delivery.write(&tree("a"), b"1").unwrap();
    assert_eq!(delivery.write(&tree("a"), b"2").unwrap_err().kind, IoErrorKind::Exists);
    let error = delivery.write(&tree("a/b"), b"2").unwrap_err();
    assert!(matches!(error.kind, IoErrorKind::Exists | IoErrorKind::WrongType), "{error}");
    delivery.write(&tree("c/d"), b"1").unwrap();
    assert!(delivery.write(&tree("c"), b"1").is_err());
    delivery.commit(Foreign::Drop).unwrap();
    assert_eq!(sandbox.read("out/a"), "1");
}

#[test]
fn foreign_files_are_carried_over() {
    let sandbox = Sandbox::empty();
    let dest = sandbox.at("out");
    deliver(&dest, &[("index.json", "1"), ("stale/a.yaml", "1"), ("b.yaml", "1")]);
    sandbox.file("out/README.md", "mine");
    sandbox.file("out/.git/objects/aa", "blob");
    sandbox.file("out/new/same.yaml", "same");
    sandbox.link("out/link", "/nowhere");
    sandbox.fifo("out/pipe");
    sandbox.folder("out/empty");
    sandbox.file(Path::new("out").join(std::ffi::OsStr::new("a\nb")), "odd");
    let known =
        |path: &catalyst_source::TreePath| ["index.json", "stale/a.yaml", "b.yaml"].contains(&path.as_str());
    let expected = [".git/objects/aa", "README.md", "link", "new/same.yaml", "pipe"].map(tree);
    assert_eq!(foreign(&dest, &known), expected);

    let delivery = Delivery::begin(&dest).unwrap();
    delivery.write(&tree("index.json"), b"2").unwrap();
    delivery.write(&tree("new/same.yaml"), b"same").unwrap();
    let done = delivery.commit(Foreign::Keep(&known)).unwrap();
    assert_eq!(done.foreign, [".git/objects/aa", "README.md", "link", "pipe"].map(tree));
    assert_eq!(done.leftover, None);
    let expected = [
        (".git/objects/aa", "blob"),
        ("README.md", "mine"),
        ("a\nb", "odd"),
        ("index.json", "2"),
        ("link", "-> /nowhere"),
        ("new/same.yaml", "same"),
        ("pipe", "special"),
    ];
    assert_eq!(content(&dest), expected.map(|(a, b)| (a.into(), b.into())).into());

    let delivery = Delivery::begin(&dest).unwrap();
    delivery.write(&tree("only"), b"3").unwrap();
    assert_eq!(delivery.commit(Foreign::Drop).unwrap().foreign, []);
    assert_eq!(names(&dest), ["only"]);
}

#[test]
fn foreign_files_are_never_overwritten() {
    let sandbox = Sandbox::empty();
    let dest = sandbox.at("out");
    sandbox.file("out/a.yaml", "mine");
    sandbox.file("out/b", "mine: the build has a folder here");
    sandbox.file("out/c/d", "mine: the build has a file for my folder");
    let before = content(&dest);
    let attempt = |how: Foreign<'_>| {
        let delivery = Delivery::begin(&dest).unwrap();
        for path in ["a.yaml", "b/x.yaml", "c"] {
            delivery.write(&tree(path), b"built").unwrap();
        }
        delivery.commit(how)
    };
    let error = attempt(Foreign::Keep(&|_| false)).unwrap_err();
    let IoErrorKind::InTheWay(files) = &error.kind else { panic!("{error}") };
    assert_eq!(*files, ["a.yaml", "b", "c/d"]);
    assert!(error.help().is_some() && error.to_string().contains("`a.yaml`, `b`, `c/d`"), "{error}");
    assert_eq!(content(&dest), before);
    assert_eq!(names(&sandbox.path()), ["out"]);
    attempt(Foreign::Drop).unwrap();
    assert_eq!(names(&dest), ["a.yaml", "b", "c"]);
}

#[test]
fn what_arrives_during_the_commit_is_not_lost() {
    let sandbox = Sandbox::empty();
    let dest = sandbox.at("out");
    deliver(&dest, &[("zz", "1")]);
    sandbox.file("out/changed", "before");
    let first = std::sync::atomic::AtomicBool::new(true);
    // Asked about `zz` last of all, when everything else was carried over: the moment just before the swap.
    let known = |path: &catalyst_source::TreePath| {
        if path.as_str() == "zz" && first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            sandbox.file("out/late/file", "late");
            sandbox.file("replacement", "after");
            std::fs::rename(sandbox.at("replacement"), sandbox.at("out/changed")).unwrap();
        }
        path.as_str() == "zz"
    };
    let delivery = Delivery::begin(&dest).unwrap();
    delivery.write(&tree("zz"), b"2").unwrap();
    let done = delivery.commit(Foreign::Keep(&known)).unwrap();
    assert_eq!(done.leftover, None);
    let expected = [("changed", "after"), ("late/file", "late"), ("zz", "2")];
    assert_eq!(content(&dest), expected.map(|(a, b)| (a.into(), b.into())).into());
    assert_eq!(names(&sandbox.path()), ["out"]);
}

#[test]
fn nothing_is_kept_through_a_link() {
    let sandbox = Sandbox::empty();
    sandbox.file("secret/file", "secret");
    deliver(&sandbox.at("out"), &[("a", "1")]);
    sandbox.link("out/way", "../secret");
    sandbox.link("out/link", "../secret/file");
    let delivery = Delivery::begin(&sandbox.at("out")).unwrap();
    assert_eq!(delivery.keep(&tree("x"), &tree("way/file")).unwrap_err().kind, IoErrorKind::LeavesTree);
    assert_eq!(delivery.keep(&tree("x"), &tree("link")).unwrap_err().kind, IoErrorKind::WrongType);
    assert_eq!(delivery.keep(&tree("x"), &tree("none")).unwrap_err().kind, IoErrorKind::Missing);
    assert_eq!(delivery.keep(&tree("x"), &tree("none/none")).unwrap_err().kind, IoErrorKind::Missing);
}

#[test]
fn destinations_that_are_no_output_are_refused() {
    let sandbox = Sandbox::project();
    sandbox.file("file", "");
    sandbox.link("dangling", "nowhere");
    let begin = |path: &Path| Delivery::begin(path).unwrap_err().kind;
    assert_eq!(begin(&sandbox.path()), IoErrorKind::Refused);
    assert_eq!(begin(Path::new("/")), IoErrorKind::Refused);
    assert_eq!(begin(&sandbox.at("file")), IoErrorKind::WrongType);
    assert_eq!(begin(&sandbox.at("file/out")), IoErrorKind::WrongType);
    assert_eq!(begin(&sandbox.at("dangling")), IoErrorKind::WrongType);
    assert_eq!(begin(Path::new("/proc/out")), IoErrorKind::Missing);
    assert_eq!(names(&sandbox.path()), ["catalyst.yaml", "dangling", "file"]);
}

#[test]
fn a_linked_destination_is_replaced_where_it_really_is() {
    let sandbox = Sandbox::empty();
    sandbox.folder("store/tree");
    sandbox.link("out", "store/tree");
    deliver(&sandbox.at("out"), &[("a", "1")]);
    assert_eq!(sandbox.read("store/tree/a"), "1");
    assert!(sandbox.at("out").is_symlink());
    assert_eq!(names(&sandbox.at("store")), ["tree"]);
}

#[test]
fn the_folder_keeps_its_permissions() {
    let sandbox = Sandbox::empty();
    deliver(&sandbox.at("out"), &[("a", "1")]);
    std::fs::set_permissions(sandbox.at("out"), std::fs::Permissions::from_mode(0o2750)).unwrap();
    deliver(&sandbox.at("out"), &[("a", "2")]);
    assert_eq!(sandbox.at("out").metadata().unwrap().mode() & 0o7777, 0o2750);
}

#[test]
fn syncing_changes_nothing_else() {
    let sandbox = Sandbox::empty();
    let options = DeliveryOptions { durability: Durability::Synced, ..DeliveryOptions::default() };
    let delivery = Delivery::begin_with(&sandbox.at("out"), options).unwrap();
    delivery.write(&tree("a/b"), b"1").unwrap();
    delivery.commit(Foreign::Drop).unwrap();
    assert_eq!(sandbox.read("out/a/b"), "1");
}

#[test]
fn without_exchange_two_renames_do() {
    let sandbox = Sandbox::empty();
    for round in ["1", "2"] {
        let options = DeliveryOptions { without_exchange: true, ..DeliveryOptions::default() };
        let delivery = Delivery::begin_with(&sandbox.at("out"), options).unwrap();
        delivery.write(&tree("a"), round.as_bytes()).unwrap();
        delivery.commit(Foreign::Drop).unwrap();
        assert_eq!(sandbox.read("out/a"), round);
        assert_eq!(names(&sandbox.path()), ["out"]);
    }
}

#[test]
fn cancelling_leaves_the_old_tree() {
    let sandbox = Sandbox::empty();
    deliver(&sandbox.at("out"), &[("a", "1")]);
    let cancel = Cancel::new();
    let options = DeliveryOptions { cancel: cancel.clone(), ..DeliveryOptions::default() };
    let delivery = Delivery::begin_with(&sandbox.at("out"), options).unwrap();
    delivery.write(&tree("a"), b"2").unwrap();
    cancel.cancel();
    assert_eq!(delivery.write(&tree("b"), b"2").unwrap_err().kind, IoErrorKind::Cancelled);
    assert_eq!(delivery.commit(Foreign::Drop).unwrap_err().kind, IoErrorKind::Cancelled);
    assert_eq!(sandbox.read("out/a"), "1");
    assert_eq!(names(&sandbox.path()), ["out"]);
}

#[test]
fn a_second_build_is_told_who_works() {
    let sandbox = Sandbox::empty();
    let first = Delivery::begin(&sandbox.at("out")).unwrap();
    let error = Delivery::begin(&sandbox.at("out")).unwrap_err();
    let IoErrorKind::Locked { pid, command } = &error.kind else { panic!("{error:?}") };
    assert_eq!(*pid, Some(std::process::id()));
    let program = std::env::current_exe().unwrap();
    let program = program.file_name().unwrap().to_string_lossy();
    assert!(command.as_ref().unwrap().contains(&*program), "{command:?}");
    assert!(error.help().unwrap().contains(&std::process::id().to_string()));
    // Other destinations in the same folder are free.
    Delivery::begin(&sandbox.at("other")).unwrap();
    first.abort();
    Delivery::begin(&sandbox.at("out")).unwrap();
    assert_eq!(names(&sandbox.path()), Vec::<String>::new());
}

#[test]
fn a_dead_builds_lock_and_leftovers_are_taken_over() {
    let sandbox = Sandbox::empty();
    sandbox.file(".out.catalystc-lock", "1\ninit\n");
    sandbox.file(".out.catalystc-new-99/a/b", "half");
    sandbox.file(".out.catalystc-new-100", "a file of that name");
    for others in [
        ".out.catalystc-new-x/a",
        ".out.catalystc-new-/a",
        ".outer.catalystc-new-1/a",
        ".other.catalystc-old/a",
    ] {
        sandbox.file(others, "");
    }
    Delivery::begin(&sandbox.at("out")).unwrap().abort();
    assert_eq!(
        names(&sandbox.path()),
        [".other.catalystc-old", ".out.catalystc-new-", ".out.catalystc-new-x", ".outer.catalystc-new-1"]
    );
}

#[test]
fn an_old_tree_left_between_two_renames_comes_back() {
    let sandbox = Sandbox::empty();
    sandbox.file(".out.catalystc-old/a", "old");
    sandbox.file(".out.catalystc-new-99/a", "new");
    Delivery::begin(&sandbox.at("out")).unwrap().abort();
    assert_eq!(sandbox.read("out/a"), "old");
    assert_eq!(names(&sandbox.path()), ["out"]);
    // With a tree in place it is only a leftover.
    sandbox.file(".out.catalystc-old/a", "older");
    Delivery::begin(&sandbox.at("out")).unwrap().abort();
    assert_eq!(sandbox.read("out/a"), "old");
    assert_eq!(names(&sandbox.path()), ["out"]);
}

#[test]
fn a_spare_tree_never_shows_in_what_is_delivered() {
    // Every way from one tree over another to a third, where files of one stand in the place of folders of another.
    let mut trees: Vec<BTreeMap<&str, &str>> = Vec::new();
    for path in ["", "a", "a/b", "a/b/c"] {
        for text in ["1", "2"] {
            for other in [false, true] {
                let mut files = BTreeMap::from([("index", text)]);
                files.extend((!path.is_empty()).then_some((path, text)));
                files.extend(other.then_some(("d/e", "1")));
                trees.push(files);
            }
        }
    }
    let sandbox = Sandbox::empty();
    let (dest, spare) = (sandbox.at("out"), sandbox.at("spare"));
    let deliver = |files: &BTreeMap<&str, &str>| {
        let options = DeliveryOptions { spare: Some(spare.clone()), ..DeliveryOptions::default() };
        let delivery = Delivery::begin_with(&dest, options).unwrap();
        let old = if dest.exists() { content(&dest) } else { BTreeMap::new() };
        for (path, text) in files {
            if old.get(*path).is_some_and(|old| old == text) {
                delivery.keep(&tree(path), &tree(path)).unwrap();
            } else {
                delivery.write(&tree(path), text.as_bytes()).unwrap();
            }
        }
        delivery.commit(Foreign::Keep(&|_| true)).unwrap();
        let expected = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        assert_eq!(content(&dest), expected.collect());
        assert_eq!(
            dest.join("a").exists(),
            files.keys().any(|path| path.starts_with('a')),
            "no empty folder"
        );
    };
    for first in &trees {
        for second in &trees {
            for third in &trees {
                [first, second, third].into_iter().for_each(&deliver);
            }
        }
    }
    assert!(spare.exists());
    assert_eq!(names(&sandbox.path()), ["out", "spare"]);
}

#[test]
fn a_spare_tree_outlives_a_delivery_that_is_given_up() {
    let sandbox = Sandbox::empty();
    let (dest, spare) = (sandbox.at("out"), sandbox.at("spare"));
    let begin = || {
        let options = DeliveryOptions { spare: Some(spare.clone()), ..DeliveryOptions::default() };
        Delivery::begin_with(&dest, options).unwrap()
    };
    for text in ["1", "2"] {
        let delivery = begin();
        delivery.write(&tree("x"), text.as_bytes()).unwrap();
        delivery.commit(Foreign::Keep(&|_| true)).unwrap();
    }
    assert_eq!(content(&spare), BTreeMap::from([("x".to_owned(), "1".to_owned())]));
    let delivery = begin();
    assert!(!spare.exists());
    delivery.abort();
    assert!(spare.exists());
    // After an error there may be no room for it.
    drop(begin());
    assert!(!spare.exists());
    assert_eq!(sandbox.read("out/x"), "2");
}
