//! A real file system of a few pages, and a destination that is a mount point. Needs the right to mount: said loudly when it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::delivery::{content, names};
use super::{Sandbox, tree};
use crate::{Delivery, Foreign, IoErrorKind};

/// A small tmpfs that goes away with its value.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, test: &str) -> Option<Small> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Small(at.to_path_buf()));
        }
        eprintln!("NOT TESTED: {test}: can't mount a small file system here");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_leaves_the_old_tree() {
    let sandbox = Sandbox::empty();
    let Some(_disk) = Small::mount(&sandbox.at("disk"), "a_full_disk_leaves_the_old_tree") else { return };
    let dest = sandbox.at("disk/out");
    let deliver = |files: usize| {
        let delivery = Delivery::begin(&dest).map_err(|error| error.kind)?;
        for file in 0..files {
            delivery.write(&tree(&format!("a/{file}")), &[b'x'; 4096]).map_err(|error| error.kind)?;
        }
        delivery.commit(Foreign::Keep(&|_| true)).map_err(|error| error.kind)
    };
    deliver(4).unwrap();
    let before = content(&dest);
    for _ in 0..3 {
        assert_eq!(deliver(20), Err(IoErrorKind::NoSpace));
        assert_eq!(content(&dest), before);
        assert_eq!(names(&sandbox.at("disk")), ["out"]);
    }
    deliver(5).unwrap();
    assert_eq!(content(&dest).len(), 5);
}

#[test]
fn a_mount_point_is_refused_before_any_work() {
    let sandbox = Sandbox::empty();
    let Some(_disk) = Small::mount(&sandbox.at("out"), "a_mount_point_is_refused_before_any_work") else {
        return;
    };
    let error = Delivery::begin(&sandbox.at("out")).unwrap_err();
    assert_eq!(error.kind, IoErrorKind::MountPoint);
    assert!(error.help().unwrap().contains("below the mount point"));
    let delivery = Delivery::begin(&sandbox.at("out/tree")).unwrap();
    delivery.commit(Foreign::Drop).unwrap();
    assert_eq!(names(&sandbox.path()), ["out"]);
}
