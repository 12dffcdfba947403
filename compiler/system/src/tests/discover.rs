//! What is listed, what is not, and what is said about it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use super::read::permissions_bind;
use super::{Sandbox, tree};
use crate::{Cancel, Discover, Discovery, FoundKind, Limits, ProblemKind, discover};

fn paths(discovery: &Discovery) -> Vec<&str> {
    discovery.files.iter().map(|found| found.path.as_str()).collect()
}

/// The problems as `place: kind`.
fn problems(discovery: &Discovery) -> Vec<String> {
    discovery.problems.iter().map(|p| format!("{}: {:?}", p.place, p.kind)).collect()
}

fn walk(sandbox: &Sandbox) -> Discovery {
    discover(&sandbox.root(), &Discover::default())
}

/// Checks that this is all there is.
fn expect(sandbox: &Sandbox, files: &[&str], expected: &[&str]) {
    let found = walk(sandbox);
    assert_eq!(paths(&found), files);
    assert_eq!(problems(&found), expected);
}

#[test]
fn intent_is_listed_in_order() {
    let sandbox = Sandbox::project();
    for path in [
        "catalyst.lock",
        "sovereigns/omantel/sovereign.yaml",
        "sovereigns/omantel/notes.md",
        "platform/b/blueprint.yml",
        "platform/b-c/blueprint.yaml",
        "platform/b/chart/Chart.yaml",
        "platform/b/chart/values.yaml",
        "platform/b/chart/templates/x.yaml",
        "platform/b/chart/charts/sub/Chart.yaml",
        "products/p/blueprint.yaml",
        "clusters/_template/kit.yaml",
        "clusters/_template/bootstrap-kit/01-cilium.yaml",
        "clusters/_template/flux-system/a.yaml",
        "docs/a.yaml",
        "other.yaml",
        "platform/.hidden/a.yaml",
        "platform/.hidden.yaml",
        "platform/upper.YAML",
    ] {
        sandbox.file(path, "x: 1\n");
    }
    let found = walk(&sandbox);
    let expected = [
        "catalyst.lock",
        "catalyst.yaml",
        "clusters/_template/kit.yaml",
        "platform/b/blueprint.yml",
        "platform/b/chart/Chart.yaml",
        "platform/b/chart/templates/x.yaml",
        "platform/b/chart/values.yaml",
        "platform/b-c/blueprint.yaml",
        "products/p/blueprint.yaml",
        "sovereigns/omantel/sovereign.yaml",
    ];
    assert_eq!(paths(&found), expected);
    assert_eq!(found.problems, []);
    let kinds: Vec<_> = found.files.iter().map(|f| f.kind).filter(|k| *k != FoundKind::Intent).collect();
    let of_chart = [FoundKind::Chart, FoundKind::ChartTemplate, FoundKind::ChartValues];
    assert_eq!(kinds, [&[FoundKind::Lock][..], &of_chart].concat());
    assert!(found.files.iter().all(|f| crate::kind_of(&f.path) == Some(f.kind)));
    assert!(found.files.iter().all(|f| f.meta.ino != 0 && f.meta.mtime_ns > 0 && f.meta.len > 0));
    assert_eq!(walk(&sandbox), found);
}

#[test]
fn an_empty_project_has_nothing_to_say() {
    expect(&Sandbox::project(), &["catalyst.yaml"], &[]);
    expect(&Sandbox::empty(), &[], &[]);
}

#[test]
fn ignore_files_hold_where_they_stand() {
    let sandbox = Sandbox::project();
    sandbox.file(".gitignore", "catalyst.yaml\n/sovereigns/drafts/\n*.tmp.yaml\nwip.yaml\n");
    sandbox.file("platform/.ignore", "!wip.yaml\nold\n");
    sandbox.file("platform/.gitignore", "wip.yaml\n");
    sandbox.file("platform/x/.catalystignore", "/wip.yaml\n");
    for path in [
        "sovereigns/drafts/a.yaml",
        "sovereigns/a.tmp.yaml",
        "sovereigns/wip.yaml",
        "platform/wip.yaml",
        "platform/x/wip.yaml",
        "platform/x/y/wip.yaml",
        "platform/old/a.yaml",
        "platform/x/old/b.yaml",
    ] {
        sandbox.file(path, "");
    }
    // Within one folder `.ignore` is stronger than `.gitignore`; a deeper file is stronger than one above.
    expect(&sandbox, &["catalyst.yaml", "platform/wip.yaml", "platform/x/y/wip.yaml"], &[]);
}

#[test]
fn only_the_tree_itself_excludes() {
    let outer = Sandbox::empty();
    outer.file(".gitignore", "*.yaml\n");
    outer.file(".ignore", "*.yaml\n");
    outer.file("project/.git/info/exclude", "*.yaml\n");
    outer.file("project/catalyst.yaml", "");
    outer.file("project/platform/a.yaml", "");
    let root = crate::Root::new(&outer.at("project")).unwrap();
    assert_eq!(paths(&discover(&root, &Discover::default())), ["catalyst.yaml", "platform/a.yaml"]);
}

#[test]
fn given_patterns_win() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/.gitignore", "a.yaml\n");
    for path in ["platform/a.yaml", "platform/b.yaml", "products/b.yaml", "sovereigns/out/a.yaml"] {
        sandbox.file(path, "");
    }
    let exclude = ["!platform/a.yaml", "/platform/b.yaml", "[z-a]"].map(str::to_owned).into();
    let options = Discover { exclude, skip: vec![tree("sovereigns/out")], ..Discover::default() };
    let found = discover(&sandbox.root(), &options);
    assert_eq!(paths(&found), ["catalyst.yaml", "platform/a.yaml", "products/b.yaml"]);
    assert_eq!(problems(&found), ["[z-a]: BadPattern"]);
}

#[test]
fn bad_ignore_files_are_named() {
    let sandbox = Sandbox::project();
    sandbox.file(".ignore", "ok.yaml\n[z-a]\n");
    sandbox.folder("platform");
    sandbox.fifo("platform/.gitignore");
    sandbox.file("products/.gitignore", b"\xff");
    sandbox.file("platform/a.yaml", "");
    let found = walk(&sandbox);
    assert_eq!(
        problems(&found),
        [".ignore: BadPattern", "platform/.gitignore: UnreadableFile", "products/.gitignore: UnreadableFile"]
    );
    assert!(
        found.problems[0].message.starts_with("can't understand line 2: "),
        "{}",
        found.problems[0].message
    );
}

#[test]
fn links_below_the_root_are_followed_once() {
    let sandbox = Sandbox::project();
    sandbox.file("vendor/harbor/blueprint.yaml", "");
    sandbox.file("platform/minio/blueprint.yaml", "");
    sandbox.link("platform/harbor", "../vendor/harbor");
    sandbox.link("platform/again", "../vendor/harbor");
    sandbox.link("platform/a-minio", "minio");
    sandbox.link("platform/single.yaml", "../vendor/harbor/blueprint.yaml");
    sandbox.link("platform/README.md", "/etc/passwd");
    sandbox.file("vendor/extra.yaml", "");
    sandbox.link("platform/extra.yaml", sandbox.at("vendor/extra.yaml"));
    sandbox.link("catalyst.lock", "vendor/extra.yaml");
    expect(
        &sandbox,
        &[
            "catalyst.lock",
            "catalyst.yaml",
            // Links in the order of their names: this one came before `harbor`.
            "platform/again/blueprint.yaml",
            "platform/minio/blueprint.yaml",
        ],
        &[
            "platform/a-minio: SeenTwice",
            "platform/extra.yaml: SeenTwice",
            "platform/harbor: SeenTwice",
            "platform/single.yaml: SeenTwice",
        ],
    );
}

#[test]
fn an_intent_folder_may_be_a_link() {
    let sandbox = Sandbox::project();
    let outside = Sandbox::empty();
    sandbox.file("store/a/blueprint.yaml", "");
    sandbox.link("platform", "store");
    sandbox.link("products", outside.path());
    expect(&sandbox, &["catalyst.yaml", "platform/a/blueprint.yaml"], &["products: LeavesRoot"]);
}

#[test]
fn loops_end() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/a/b/x.yaml", "");
    sandbox.link("platform/a/b/up", "..");
    sandbox.link("platform/a/self", ".");
    sandbox.link("platform/a/top", "../..");
    sandbox.link("platform/a/itself", "itself");
    sandbox.link("platform/a/itself.yaml", "other.yaml");
    sandbox.link("platform/a/other.yaml", "itself.yaml");
    sandbox.file("store/y.yaml", "");
    sandbox.link("platform/store", "../store");
    sandbox.link("store/back", "../platform");
    expect(
        &sandbox,
        &["catalyst.yaml", "platform/a/b/x.yaml", "platform/store/y.yaml"],
        &[
            "platform/a/b/up: SymlinkLoop",
            "platform/a/itself: SymlinkLoop",
            "platform/a/itself.yaml: SymlinkLoop",
            "platform/a/other.yaml: SymlinkLoop",
            "platform/a/self: SymlinkLoop",
            "platform/a/top: SymlinkLoop",
            "platform/store/back: SymlinkLoop",
        ],
    );
}

#[test]
fn links_cannot_multiply_a_tree() {
    // Each level has two links to the next: followed naively, 2^30 folders.
    let sandbox = Sandbox::project();
    for level in 0..30 {
        sandbox.link(format!("store/{level}/a"), format!("../{}", level + 1));
        sandbox.link(format!("store/{level}/b"), format!("../{}", level + 1));
    }
    sandbox.file("store/30/x.yaml", "");
    sandbox.link("platform", "store/0");
    let options = Discover { limits: Limits { depth: 64, ..Limits::default() }, ..Discover::default() };
    let found = discover(&sandbox.root(), &options);
    assert_eq!(found.files.len(), 2);
    assert_eq!(found.problems.len(), 30);
}

#[test]
fn links_out_and_to_nothing_are_named() {
    let sandbox = Sandbox::project();
    let outside = Sandbox::empty();
    outside.file("a.yaml", "");
    sandbox.link("platform/a.yaml", outside.at("a.yaml"));
    sandbox.link("platform/etc", "/etc");
    sandbox.link("platform/up", "../../..");
    sandbox.link("platform/none.yaml", "nowhere.yaml");
    sandbox.link("platform/none", "catalyst.yaml/below");
    expect(
        &sandbox,
        &["catalyst.yaml"],
        &[
            "platform/a.yaml: LeavesRoot",
            "platform/etc: LeavesRoot",
            "platform/none: DanglingLink",
            "platform/none.yaml: DanglingLink",
            "platform/up: LeavesRoot",
        ],
    );
}

#[test]
fn a_link_is_no_way_into_results_or_charts() {
    let sandbox = Sandbox::project();
    sandbox.file("clusters/x/bootstrap-kit/a/b.yaml", "");
    sandbox.file("platform/p/chart/Chart.yaml", "");
    sandbox.file("platform/p/chart/templates/t.yaml", "");
    sandbox.link("platform/kit", "../clusters/x/bootstrap-kit/a");
    sandbox.link("platform/templates", "p/chart/templates");
    sandbox.link("platform/q/chart", "../p/chart");
    expect(
        &sandbox,
        &[
            "catalyst.yaml",
            "platform/p/chart/Chart.yaml",
            "platform/p/chart/templates/t.yaml",
            "platform/q/chart/Chart.yaml",
            "platform/q/chart/templates/t.yaml",
        ],
        &["platform/kit: LeadsToUnread", "platform/templates: LeadsToUnread"],
    );
}

#[test]
fn of_a_chart_its_own_files_are_listed() {
    let sandbox = Sandbox::project();
    for path in [
        "Chart.yaml",
        "values.yaml",
        "values-large.yaml",
        ".helmignore",
        "README.md",
        "templates/_h.tpl",
        "templates/deep/a.yaml",
        "templates/.hidden.yaml",
        "tests/a.yaml",
        "tests/a.sh",
        "crds/a.yaml",
        "charts/x/templates/a.yaml",
    ] {
        sandbox.file(format!("platform/p/chart/{path}"), "");
    }
    sandbox.link("platform/p/chart/templates/out.yaml", "/etc/passwd");
    sandbox.link("platform/p/chart/templates/in.yaml", "../values-large.yaml");
    expect(
        &sandbox,
        &[
            "catalyst.yaml",
            "platform/p/chart/Chart.yaml",
            "platform/p/chart/templates/_h.tpl",
            "platform/p/chart/templates/deep/a.yaml",
            "platform/p/chart/templates/in.yaml",
            "platform/p/chart/tests/a.yaml",
            "platform/p/chart/values.yaml",
        ],
        &["platform/p/chart/templates/out.yaml: LeavesRoot"],
    );
}

#[test]
fn charts_without_their_file_are_named() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/a/chart/templates/t.yaml", "");
    sandbox.folder("platform/b/chart/Chart.yaml");
    sandbox.link("platform/c/chart/Chart.yaml", "/etc/passwd");
    expect(
        &sandbox,
        &["catalyst.yaml"],
        &[
            "platform/a/chart: NotAChart",
            "platform/b/chart/Chart.yaml: NotRegular",
            "platform/c/chart/Chart.yaml: LeavesRoot",
        ],
    );
}

#[test]
fn names_that_cannot_be_paths_are_named() {
    let sandbox = Sandbox::project();
    let raw = |bytes: &'static [u8]| std::path::Path::new(OsStr::from_bytes(bytes));
    sandbox.file(raw(b"platform/caf\xe9/a.yaml"), "");
    sandbox.file(raw(b"platform/\xff.yaml"), "");
    sandbox.file(raw(b"platform/\xff.md"), "");
    sandbox.file("platform/a\nb.yaml", "");
    sandbox.file("platform/a\\b.yaml", "");
    sandbox.file("platform/\u{1b}[31m/a.yaml", "");
    let found = walk(&sandbox);
    assert_eq!(paths(&found), ["catalyst.yaml"]);
    assert_eq!(
        problems(&found),
        [
            r"platform/\u{1b}[31m: BadName",
            r"platform/\xff.yaml: NotUtf8Name",
            r"platform/a\\b.yaml: BadName",
            r"platform/a\nb.yaml: BadName",
            r"platform/caf\xe9: NotUtf8Name",
        ]
    );
    let all: String = found.problems.iter().map(|p| format!("{} {}", p.place, p.message)).collect();
    assert!(!all.contains(char::is_control));
}

#[test]
fn names_that_differ_in_case_clash() {
    let sandbox = Sandbox::project();
    for path in ["platform/Harbor/a.yaml", "platform/harbor/a.yaml", "platform/É.yaml", "platform/é.yaml"] {
        sandbox.file(path, "");
    }
    sandbox.file("platform/README.md", "");
    sandbox.file("platform/readme.md", "");
    let found = walk(&sandbox);
    assert_eq!(found.files.len(), 5);
    assert_eq!(problems(&found), ["platform/harbor: CaseClash", "platform/é.yaml: CaseClash"]);
}

#[test]
fn special_files_are_named() {
    let sandbox = Sandbox::project();
    sandbox.folder("platform/x");
    sandbox.fifo("platform/pipe.yaml");
    sandbox.fifo("platform/pipe");
    sandbox.fifo("catalyst.lock");
    let socket = std::os::unix::net::UnixListener::bind(sandbox.at("platform/x/socket.yml")).unwrap();
    sandbox.link("platform/zero.yaml", "x/socket.yml");
    sandbox.folder("platform/folder.yaml");
    expect(
        &sandbox,
        &["catalyst.yaml"],
        &[
            "catalyst.lock: NotRegular",
            "platform/pipe.yaml: NotRegular",
            "platform/x/socket.yml: NotRegular",
            "platform/zero.yaml: NotRegular",
        ],
    );
    drop(socket);
}

#[test]
fn limits_hold() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/big.yaml", vec![b'x'; 101]);
    sandbox.file("platform/fits.yaml", vec![b'x'; 100]);
    sandbox.file("platform/a/b/c.yaml", "");
    sandbox.file("platform/a/b/c/d.yaml", "");
    let limits = Limits { file_bytes: 100, depth: 4, files: 3 };
    let found = discover(&sandbox.root(), &Discover { limits, ..Discover::default() });
    assert_eq!(paths(&found), ["catalyst.yaml", "platform/a/b/c.yaml", "platform/fits.yaml"]);
    assert_eq!(problems(&found), ["platform/a/b/c: TooDeep", "platform/big.yaml: TooLarge"]);
    let limits = Limits { files: 1, ..limits };
    let found = discover(&sandbox.root(), &Discover { limits, ..Discover::default() });
    assert_eq!(problems(&found).iter().filter(|p| p.ends_with("TooManyFiles")).count(), 1);
    assert_eq!(found.files.len(), 1);
}

#[test]
fn a_very_deep_tree_ends() {
    let sandbox = Sandbox::project();
    let mut dir = sandbox.at("platform");
    std::fs::create_dir(&dir).unwrap();
    for _ in 0..200 {
        dir.push("d");
        std::fs::create_dir(&dir).unwrap();
    }
    let found = walk(&sandbox);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].kind, ProblemKind::TooDeep);
}

#[test]
fn unreadable_folders_and_files_are_named() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/closed/a.yaml", "");
    sandbox.file("platform/closed.yaml", "");
    let lock = |path: &str| {
        std::fs::set_permissions(sandbox.at(path), std::fs::Permissions::from_mode(0o000)).unwrap()
    };
    lock("platform/closed");
    lock("platform/closed.yaml");
    if permissions_bind("unreadable_folders_and_files_are_named") {
        expect(
            &sandbox,
            &["catalyst.yaml"],
            &["platform/closed: UnreadableFolder", "platform/closed.yaml: UnreadableFile"],
        );
    }
    std::fs::set_permissions(sandbox.at("platform/closed"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_cancelled_walk_says_so() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/a.yaml", "");
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(discover(&sandbox.root(), &Discover { cancel, ..Discover::default() }).cancelled);
}
