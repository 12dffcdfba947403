//! Changes to single files.

use std::os::unix::fs::PermissionsExt as _;

use super::delivery::names;
use super::{Sandbox, tree};
use crate::{Durability, IoErrorKind, remove, rename_file, write_atomic};

#[test]
fn files_are_made_and_replaced_whole() {
    let sandbox = Sandbox::project();
    let root = sandbox.root();
    write_atomic(&root, &tree("a/b/c.yaml"), b"1", Durability::Synced).unwrap();
    assert_eq!(sandbox.read("a/b/c.yaml"), "1");
    std::fs::set_permissions(sandbox.at("a/b/c.yaml"), std::fs::Permissions::from_mode(0o600)).unwrap();
    write_atomic(&root, &tree("a/b/c.yaml"), b"2", Durability::Rebuildable).unwrap();
    assert_eq!(sandbox.read("a/b/c.yaml"), "2");
    assert_eq!(sandbox.at("a/b/c.yaml").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(&sandbox.at("a/b")), ["c.yaml"]);
}

#[test]
fn links_stay_links_and_never_lead_out() {
    let outside = Sandbox::empty();
    outside.file("victim", "mine");
    let sandbox = Sandbox::project();
    sandbox.file("store/real.yaml", "1");
    sandbox.link("a.yaml", "store/real.yaml");
    sandbox.link("folder", "store");
    sandbox.link("out.yaml", outside.at("victim"));
    sandbox.link("way", outside.path());
    let root = sandbox.root();
    let write = |path: &str| write_atomic(&root, &tree(path), b"2", Durability::Rebuildable);
    write("a.yaml").unwrap();
    assert!(sandbox.at("a.yaml").is_symlink());
    assert_eq!(sandbox.read("store/real.yaml"), "2");
    write("folder/new/x.yaml").unwrap();
    assert_eq!(sandbox.read("store/new/x.yaml"), "2");
    for path in ["out.yaml", "way/victim", "way/new", "way/deep/new"] {
        assert_eq!(write(path).unwrap_err().kind, IoErrorKind::LeavesTree, "{path}");
    }
    assert_eq!(remove(&root, &tree("way/victim")).unwrap_err().kind, IoErrorKind::LeavesTree);
    assert_eq!(
        rename_file(&root, &tree("a.yaml"), &tree("way/a")).unwrap_err().kind,
        IoErrorKind::LeavesTree
    );
    assert_eq!(names(&outside.path()), ["victim"]);
    assert_eq!(outside.read("victim"), "mine");
    remove(&root, &tree("a.yaml")).unwrap();
    assert_eq!(sandbox.read("store/real.yaml"), "2");
}

#[test]
fn only_files_are_written_removed_and_renamed() {
    let sandbox = Sandbox::project();
    sandbox.folder("folder");
    sandbox.file("a.yaml", "a");
    sandbox.file("b.yaml", "b");
    sandbox.fifo("pipe");
    let root = sandbox.root();
    let write = |path: &str| write_atomic(&root, &tree(path), b"", Durability::Rebuildable).unwrap_err().kind;
    assert_eq!(write("folder"), IoErrorKind::WrongType);
    assert_eq!(write("pipe"), IoErrorKind::WrongType);
    assert_eq!(write("a.yaml/b"), IoErrorKind::WrongType);
    assert_eq!(remove(&root, &tree("folder")).unwrap_err().kind, IoErrorKind::WrongType);
    assert_eq!(remove(&root, &tree("none")).unwrap_err().kind, IoErrorKind::Missing);
    assert_eq!(remove(&root, &tree("none/none")).unwrap_err().kind, IoErrorKind::Missing);
    let rename =
        |from: &str, to: &str| rename_file(&root, &tree(from), &tree(to)).map_err(|error| error.kind);
    assert_eq!(rename("a.yaml", "b.yaml"), Err(IoErrorKind::Exists));
    assert_eq!(rename("folder", "other"), Err(IoErrorKind::WrongType));
    assert_eq!(rename("none", "other"), Err(IoErrorKind::Missing));
    rename("a.yaml", "deep/er/a.yaml").unwrap();
    assert_eq!(sandbox.read("deep/er/a.yaml"), "a");
    remove(&root, &tree("deep/er/a.yaml")).unwrap();
    assert_eq!(sandbox.read("b.yaml"), "b");
}

#[test]
fn a_living_writers_file_is_left_alone() {
    let sandbox = Sandbox::project();
    let own = format!(".a.catalystc-tmp-{}-999999", std::process::id());
    sandbox.file(&own, "being written");
    sandbox.file(".a.catalystc-tmp-999999999-0", "of no process");
    write_atomic(&sandbox.root(), &tree("a"), b"1", Durability::Rebuildable).unwrap();
    assert_eq!(names(&sandbox.path()), [own.as_str(), "a", "catalyst.yaml"]);
}
