//! What a Markdown document cannot hold of a project folder: links, special files, names that are no text.

use crate::support::{SMALL, findings, write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

const SITE: &str = "sovereigns/tiny/organizations/acme/applications/site.yaml";

/// The findings about the tree itself in the small project after `change`, as rule and file.
fn found(change: impl FnOnce(&Path)) -> Vec<String> {
    let folder = write(SMALL);
    change(folder.path());
    let of_tree = ["hostile-path", "symlink-loop", "unreadable-file", "input-limit", "not-utf8"];
    let found = findings(folder.path()).into_iter().filter(|it| of_tree.contains(&it.rule.name));
    found.map(|it| format!("{} {}", it.rule.name, it.primary.place.file)).collect()
}

/// Puts a link in the place of the Application.
fn link(root: &Path, to: impl AsRef<Path>) {
    std::fs::remove_file(root.join(SITE)).unwrap();
    symlink(to, root.join(SITE)).unwrap();
}

#[test]
fn a_link_out_of_the_project_is_refused() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(found(|root| link(root, outside.path())), [format!("hostile-path {SITE}")]);
    assert_eq!(
        found(|root| link(root, "../../../../../../../../../../etc/hostname")),
        [format!("hostile-path {SITE}")]
    );
}

#[test]
fn a_link_that_leads_nowhere_or_in_a_circle_is_reported() {
    assert_eq!(found(|root| link(root, "nowhere.yaml")), [format!("symlink-loop {SITE}")]);
    assert_eq!(found(|root| link(root, "site.yaml")), [format!("symlink-loop {SITE}")]);
    let circle = |root: &Path| symlink("..", root.join("sovereigns/tiny/organizations/again")).unwrap();
    assert_eq!(found(circle), ["symlink-loop sovereigns/tiny/organizations/again"]);
}

#[test]
fn what_is_no_file_is_not_read() {
    let pipe = |root: &Path| {
        std::fs::remove_file(root.join(SITE)).unwrap();
        let made = std::process::Command::new("mkfifo").arg(root.join(SITE)).status().unwrap();
        assert!(made.success());
    };
    assert_eq!(found(pipe), [format!("hostile-path {SITE}")]);
}

#[test]
fn a_name_that_is_no_text_is_reported_at_the_project_file() {
    let name = |root: &Path| {
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9.yaml");
        std::fs::write(root.join("sovereigns/tiny").join(name), "a: 1\n").unwrap();
    };
    assert_eq!(found(name), ["hostile-path catalyst.yaml"]);
}

#[test]
fn a_name_with_control_characters_is_reported() {
    let name =
        |root: &Path| std::fs::write(root.join("sovereigns/tiny/a\n\u{1b}[31m.yaml"), "a: 1\n").unwrap();
    assert_eq!(found(name), ["hostile-path catalyst.yaml"]);
}
