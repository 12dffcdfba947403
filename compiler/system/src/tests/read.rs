//! Finding the root and reading single files.

use std::os::unix::fs::PermissionsExt as _;

use super::{Sandbox, tree};
use crate::read::{ReadError, open_checked, read, read_bytes, read_found};
use crate::root::{Root, RootError, find_root};
use crate::{Discover, discover};

/// Whether permissions bind this process. As root they do not, and what depends on them is not tested: said loudly.
pub(crate) fn permissions_bind(test: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        eprintln!("NOT TESTED: {test}: permissions do not bind root; run the tests as another user");
    }
    !is_root
}

#[test]
fn the_root_is_the_nearest_project_above() {
    let sandbox = Sandbox::project();
    sandbox.folder("platform/harbor/chart");
    sandbox.file("platform/nested/catalyst.yaml", "");
    let from = |path: &str| find_root(&sandbox.at(path)).unwrap().path().to_path_buf();
    assert_eq!(from("platform/harbor/chart"), sandbox.path());
    assert_eq!(from("catalyst.yaml"), sandbox.path());
    assert_eq!(from("platform/nested/catalyst.yaml"), sandbox.at("platform/nested"));
    assert_eq!(from("platform/harbor/.."), sandbox.path());
}

#[test]
fn without_a_project_every_folder_looked_at_is_named() {
    let sandbox = Sandbox::empty();
    sandbox.folder("a/catalyst.yaml");
    let error = find_root(&sandbox.at("a")).unwrap_err();
    let RootError::NotFound { looked } = &error else { panic!("{error:?}") };
    assert_eq!(looked[..2], [sandbox.at("a"), sandbox.path()]);
    assert_eq!(looked.last().unwrap(), std::path::Path::new("/"));
    assert!(error.to_string().ends_with("`catalystc init` makes one"), "{error}");
    let gone = find_root(&sandbox.at("nowhere")).unwrap_err();
    assert!(gone.to_string().contains("no such file or directory"), "{gone}");
}

#[test]
fn named_files_get_tree_paths() {
    let sandbox = Sandbox::project();
    let outside = Sandbox::empty();
    sandbox.file("platform/a.yaml", "");
    sandbox.link("platform/b.yaml", "a.yaml");
    outside.link("way-in", sandbox.path());
    let root = sandbox.root();
    let at = |named: &str, current: &str| root.locate(named.as_ref(), &sandbox.at(current));
    assert_eq!(at("a.yaml", "platform"), Some(tree("platform/a.yaml")));
    assert_eq!(at("./new.yaml", "platform"), Some(tree("platform/new.yaml")));
    assert_eq!(at("../catalyst.yaml", "platform"), Some(tree("catalyst.yaml")));
    assert_eq!(at("b.yaml", "platform"), Some(tree("platform/b.yaml")));
    assert_eq!(at(".", "."), None);
    assert_eq!(at("/etc/passwd", "."), None);
    assert_eq!(
        root.locate("way-in/platform/a.yaml".as_ref(), &outside.path()),
        Some(tree("platform/a.yaml"))
    );
}

#[test]
fn texts_lose_their_mark_and_keep_everything_else() {
    let sandbox = Sandbox::project();
    sandbox.file("a.yaml", "\u{feff}a: 1\r\n\u{feff}");
    let file = read(&sandbox.root(), &tree("a.yaml"), 100).unwrap();
    assert_eq!((&*file.text, file.bom), ("a: 1\r\n\u{feff}", true));
    assert_eq!(file.meta.len, 12);
    sandbox.file("empty.yaml", "");
    let file = read(&sandbox.root(), &tree("empty.yaml"), 0).unwrap();
    assert_eq!((&*file.text, file.bom), ("", false));
}

#[test]
fn the_limit_holds_to_the_byte() {
    let sandbox = Sandbox::project();
    sandbox.file("a.yaml", "12345");
    assert!(read(&sandbox.root(), &tree("a.yaml"), 5).is_ok());
    assert_eq!(read(&sandbox.root(), &tree("a.yaml"), 4), Err(ReadError::TooLarge { limit: 4 }));
    // A file whose length says nothing.
    let proc = Root::new("/proc/self".as_ref()).unwrap();
    assert_eq!(read_bytes(&proc, &tree("status"), 10), Err(ReadError::TooLarge { limit: 10 }));
    assert!(!read_bytes(&proc, &tree("status"), 1 << 20).unwrap().0.is_empty());
}

#[test]
fn bytes_that_are_no_text_are_located() {
    let sandbox = Sandbox::project();
    sandbox.file("latin.yaml", b"\xef\xbb\xbfname: caf\xe9");
    assert_eq!(
        read(&sandbox.root(), &tree("latin.yaml"), 100),
        Err(ReadError::NotUtf8 { offset: 12, line: 1 })
    );
    sandbox.file("utf16.yaml", b"\xff\xfea\0");
    assert_eq!(
        read(&sandbox.root(), &tree("utf16.yaml"), 100),
        Err(ReadError::NotUtf8 { offset: 0, line: 1 })
    );
    assert_eq!(read_bytes(&sandbox.root(), &tree("utf16.yaml"), 100).unwrap().0, b"\xff\xfea\0");
}

#[test]
fn only_regular_files_are_read_and_nothing_waits() {
    let sandbox = Sandbox::project();
    sandbox.folder("folder.yaml");
    sandbox.fifo("pipe.yaml");
    let socket = std::os::unix::net::UnixListener::bind(sandbox.at("socket.yaml")).unwrap();
    for name in ["folder.yaml", "pipe.yaml", "socket.yaml"] {
        assert_eq!(read(&sandbox.root(), &tree(name), 100), Err(ReadError::NotRegular), "{name}");
    }
    drop(socket);
    assert_eq!(read(&sandbox.root(), &tree("none.yaml"), 100), Err(ReadError::Missing));
    assert_eq!(read(&sandbox.root(), &tree("catalyst.yaml/a.yaml"), 100), Err(ReadError::Missing));
}

#[test]
fn links_are_read_only_below_the_root() {
    let outside = Sandbox::empty();
    outside.file("secret.yaml", "secret");
    let sandbox = Sandbox::project();
    sandbox.file("platform/a.yaml", "a");
    sandbox.link("relative.yaml", "platform/a.yaml");
    sandbox.link("absolute.yaml", sandbox.at("platform/a.yaml"));
    sandbox.link("out.yaml", outside.at("secret.yaml"));
    sandbox.link("folder", outside.path());
    sandbox.link("itself.yaml", "itself.yaml");
    let root = sandbox.root();
    assert_eq!(&*read(&root, &tree("relative.yaml"), 9).unwrap().text, "a");
    assert_eq!(&*read(&root, &tree("absolute.yaml"), 9).unwrap().text, "a");
    assert_eq!(read(&root, &tree("out.yaml"), 9), Err(ReadError::LeavesRoot));
    assert_eq!(read(&root, &tree("folder/secret.yaml"), 9), Err(ReadError::LeavesRoot));
    assert!(matches!(read(&root, &tree("itself.yaml"), 9), Err(ReadError::Io(_))));
    // The way of systems without openat2 gives the same answers.
    assert!(open_checked(&root, &tree("relative.yaml")).is_ok());
    assert_eq!(open_checked(&root, &tree("folder/secret.yaml")).unwrap_err(), ReadError::LeavesRoot);
}

#[test]
fn a_file_that_goes_after_it_was_listed_has_vanished() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/a.yaml", "a");
    let root = sandbox.root();
    let found = discover(&root, &Discover::default()).files;
    std::fs::remove_file(sandbox.at("platform/a.yaml")).unwrap();
    let results: Vec<_> = found.iter().map(|f| read_found(&root, f, 100).map(|_| ())).collect();
    assert_eq!(results, [Ok(()), Err(ReadError::Vanished)]);
    std::fs::remove_dir(sandbox.at("platform")).unwrap();
    assert_eq!(read_found(&root, &found[1], 100).unwrap_err(), ReadError::Vanished);
}

#[test]
fn meta_notices_a_change() {
    let sandbox = Sandbox::project();
    sandbox.file("a.yaml", "a");
    let root = sandbox.root();
    let before = read(&root, &tree("a.yaml"), 9).unwrap().meta;
    assert_eq!(read(&root, &tree("a.yaml"), 9).unwrap().meta, before);
    sandbox.file("b.yaml", "b");
    std::fs::rename(sandbox.at("b.yaml"), sandbox.at("a.yaml")).unwrap();
    assert_ne!(read(&root, &tree("a.yaml"), 9).unwrap().meta, before);
}

#[test]
fn unreadable_files_are_denied() {
    let sandbox = Sandbox::project();
    sandbox.file("a.yaml", "a");
    std::fs::set_permissions(sandbox.at("a.yaml"), std::fs::Permissions::from_mode(0o000)).unwrap();
    if permissions_bind("unreadable_files_are_denied") {
        assert_eq!(read(&sandbox.root(), &tree("a.yaml"), 9), Err(ReadError::Denied));
    }
}
