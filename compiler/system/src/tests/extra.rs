//! Files outside of a project.

use std::os::unix::fs::PermissionsExt as _;

use super::Sandbox;
use super::delivery::names;
use crate::{IoErrorKind, Scratch, read_path, write_folder};

#[test]
fn a_named_file_is_read_whole_or_not_at_all() {
    let sandbox = Sandbox::empty();
    sandbox.file("a", b"caf\xe9");
    assert_eq!(read_path(&sandbox.at("a"), 4).unwrap(), "caf\u{fffd}");
    assert!(read_path(&sandbox.at("a"), 3).unwrap_err().to_string().ends_with("it is larger than 3 bytes"));
    assert_eq!(read_path(&sandbox.at("none"), 3).unwrap_err().kind, IoErrorKind::Missing);
}

#[test]
fn pages_are_written_into_their_folder_only() {
    let sandbox = Sandbox::empty();
    sandbox.file("pages/mine", "mine");
    sandbox.file("pages/a.1", "old");
    let pages =
        |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "new".to_owned())).collect::<Vec<_>>();
    write_folder(&sandbox.at("pages"), &pages(&["a.1", "deep/b.1"])).unwrap();
    assert_eq!((sandbox.read("pages/a.1"), sandbox.read("pages/deep/b.1")), ("new".into(), "new".into()));
    assert_eq!(names(&sandbox.at("pages")), ["a.1", "deep", "mine"]);
    write_folder(&sandbox.at("new/pages"), &pages(&["a.1"])).unwrap();
    let error = write_folder(&sandbox.at("pages"), &pages(&["../out"])).unwrap_err();
    assert_eq!(error.kind, IoErrorKind::LeavesTree);
    assert_eq!(names(&sandbox.path()), ["new", "pages"]);
}

#[test]
fn scratch_folders_are_private_and_go_away() {
    let (one, two) = (Scratch::new("catalystc-test").unwrap(), Scratch::new("catalystc-test").unwrap());
    assert_ne!(one.path(), two.path());
    assert_eq!(one.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let path = catalyst_source::TreePath::new("a/b/c").unwrap();
    one.write(&path, b"x").unwrap();
    assert_eq!(std::fs::read(one.path().join("a/b/c")).unwrap(), b"x");
    assert_eq!(one.write(&path, b"y").unwrap_err().kind, IoErrorKind::Exists);
    let path = one.path().to_path_buf();
    drop(one);
    assert!(!path.exists());
}
