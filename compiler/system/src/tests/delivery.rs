//! Delivery of whole trees.

use super::{Sandbox, tree};
use crate::{Delivery, Foreign, IoErrorKind};

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
    assert_eq!(sandbox.read("deep/out/a/b/c.yaml"), "one");

    let delivery = Delivery::begin(&dest).unwrap();
    delivery.write(&tree("d.yaml"), b"two").unwrap();
    delivery.keep(&tree("a/kept.yaml"), &tree("a/b/c.yaml")).unwrap();
    assert_eq!(sandbox.read("deep/out/index.json"), "{}");
    let done = delivery.commit(Foreign::Keep(&|_| true)).unwrap();
    assert_eq!((done.written, done.kept, done.replaced, done.leftover), (1, 1, true, None));
    assert!(!dest.join("index.json").exists());
    assert_eq!(sandbox.read("deep/out/a/kept.yaml"), "one");
    let beside: Vec<_> = std::fs::read_dir(sandbox.at("deep")).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[test]
fn a_second_build_is_told_who_works() {
    let sandbox = Sandbox::empty();
    let first = Delivery::begin(&sandbox.at("out")).unwrap();
    let error = Delivery::begin(&sandbox.at("out")).unwrap_err();
    let IoErrorKind::Locked { pid, command } = &error.kind else { panic!("{error:?}") };
    assert_eq!(*pid, Some(std::process::id()));
    assert!(command.as_ref().unwrap().contains("catalyst_system"), "{command:?}");
    first.abort();
    Delivery::begin(&sandbox.at("out")).unwrap();
}
