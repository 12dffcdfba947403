//! Patches of a delivered tree.

use super::delivery::{content, names};
use super::{Sandbox, tree};
use crate::{Delivery, DeliveryOptions, Fault, Faults, Foreign, IoErrorKind, Patch};
use std::collections::BTreeMap;

fn delivered(sandbox: &Sandbox) -> std::path::PathBuf {
    let dest = sandbox.at("out");
    let delivery = Delivery::begin(&dest).unwrap();
    for path in ["a/one", "a/b/two", "index"] {
        delivery.write(&tree(path), b"old").unwrap();
    }
    delivery.commit(Foreign::Drop).unwrap();
    dest
}

fn patch(dest: &std::path::Path, faults: Faults) -> Result<(), crate::IoError> {
    let options = DeliveryOptions { faults, ..DeliveryOptions::default() };
    let mut patch = Patch::begin(dest, options)?;
    patch.remove(&tree("a/b/two"));
    patch.write(&tree("a/one"), b"new")?;
    patch.write(&tree("c/d/three"), b"new")?;
    patch.write(&tree("index"), b"new")?;
    patch.commit().map(drop)
}

#[test]
fn what_changes_changes_and_the_rest_stays() {
    let sandbox = Sandbox::empty();
    let dest = delivered(&sandbox);
    sandbox.file("out/a/foreign", "mine");
    patch(&dest, Faults::none()).unwrap();
    let expected = [("a/foreign", "mine"), ("a/one", "new"), ("c/d/three", "new"), ("index", "new")];
    assert_eq!(content(&dest), expected.map(|(path, text)| (path.to_owned(), text.to_owned())).into());
    assert!(!dest.join("a/b").exists(), "an empty folder goes");
    assert_eq!(names(&sandbox.path()), ["out"]);
}

#[test]
fn a_patch_that_is_dropped_changes_nothing() {
    let sandbox = Sandbox::empty();
    let dest = delivered(&sandbox);
    let before = content(&dest);
    let mut patch = Patch::begin(&dest, DeliveryOptions::default()).unwrap();
    patch.write(&tree("a/one"), b"new").unwrap();
    assert!(matches!(
        Patch::begin(&dest, DeliveryOptions::default()).unwrap_err().kind,
        IoErrorKind::Locked { .. }
    ));
    drop(patch);
    assert_eq!(content(&dest), before);
    assert_eq!(names(&sandbox.path()), ["out"]);
}

/// Wherever the disk fails, every file is whole, and the index is new only when everything else is.
#[test]
fn no_file_is_ever_half_written_and_the_last_one_is_last() {
    let whole = {
        let sandbox = Sandbox::empty();
        let dest = delivered(&sandbox);
        patch(&dest, Faults::none()).unwrap();
        content(&dest)
    };
    for at in 1.. {
        let sandbox = Sandbox::empty();
        let dest = delivered(&sandbox);
        if patch(&dest, Faults::once(Fault::NoSpace, at)).is_ok() && at > 9 {
            break;
        }
        let now: BTreeMap<String, String> = content(&dest);
        assert!(now.values().all(|text| text == "old" || text == "new"), "{at}: {now:?}");
        assert!(now["index"] == "old" || now == whole, "{at}: {now:?}");
        assert!(at < 100);
    }
}

#[test]
fn a_link_on_the_way_is_not_followed() {
    let sandbox = Sandbox::empty();
    let dest = delivered(&sandbox);
    sandbox.folder("elsewhere");
    sandbox.link("out/c", "../elsewhere");
    assert_eq!(patch(&dest, Faults::none()).unwrap_err().kind, IoErrorKind::LeavesTree);
    assert_eq!(names(&sandbox.at("elsewhere")), [] as [&str; 0]);
}
