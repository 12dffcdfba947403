//! The watcher, with events and without.

use std::time::Duration;

use super::{Sandbox, tree};
use crate::{Cancel, Change, Discover, WatchMode, WatchTimes, Watcher};

fn times() -> WatchTimes {
    WatchTimes { poll: Duration::from_millis(30), ..WatchTimes::default() }
}

/// Runs a test with both kinds of watcher.
fn both(test: impl Fn(&Sandbox, &mut Watcher)) {
    for polling in [false, true] {
        let sandbox = Sandbox::project();
        sandbox.file("platform/a/blueprint.yaml", "1");
        sandbox.file("platform/a/chart/Chart.yaml", "1");
        let root = sandbox.root();
        let mut watcher = match polling {
            true => Watcher::polling(&root, Discover::default(), times()),
            false => Watcher::new(&root, Discover::default(), times()),
        };
        assert_eq!(matches!(watcher.mode(), WatchMode::Polling(_)), polling, "{:?}", watcher.mode());
        test(&sandbox, &mut watcher);
    }
}

/// The next change, but never waits for ever.
fn next(watcher: &mut Watcher, patience: Duration) -> Option<Change> {
    let cancel = Cancel::new();
    let timer = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(patience);
        timer.cancel();
    });
    watcher.next(&cancel)
}

/// Collects changes until all these paths have changed, and says whether others did.
fn expect(watcher: &mut Watcher, paths: &[&str]) {
    let mut wanted: std::collections::BTreeSet<_> = paths.iter().map(|path| tree(path)).collect();
    while !wanted.is_empty() {
        let change =
            next(watcher, Duration::from_secs(10)).unwrap_or_else(|| panic!("no change of {wanted:?}"));
        for path in change.paths {
            assert!(paths.contains(&path.as_str()), "unexpected change of {path}");
            wanted.remove(&path);
        }
    }
}

fn expect_nothing(watcher: &mut Watcher) {
    assert_eq!(next(watcher, Duration::from_millis(300)), None);
}

fn listed(watcher: &Watcher) -> Vec<&str> {
    watcher.discovery().files.iter().map(|found| found.path.as_str()).collect()
}

#[test]
fn edits_new_files_and_removals_are_seen() {
    both(|sandbox, watcher| {
        expect_nothing(watcher);
        sandbox.file("platform/a/blueprint.yaml", "22");
        expect(watcher, &["platform/a/blueprint.yaml"]);
        sandbox.file("platform/b.yaml", "1");
        expect(watcher, &["platform/b.yaml"]);
        sandbox.file("platform/tmp", "3");
        std::fs::rename(sandbox.at("platform/tmp"), sandbox.at("platform/b.yaml")).unwrap();
        expect(watcher, &["platform/b.yaml"]);
        std::fs::remove_file(sandbox.at("platform/b.yaml")).unwrap();
        expect(watcher, &["platform/b.yaml"]);
        sandbox.file("platform/a/chart/Chart.yaml", "22");
        expect(watcher, &["platform/a/chart/Chart.yaml"]);
        sandbox.file("catalyst.lock", "x");
        expect(watcher, &["catalyst.lock"]);
        expect_nothing(watcher);
    });
}

#[test]
fn what_is_not_read_is_not_reported() {
    both(|sandbox, watcher| {
        for path in [
            "README.md",
            "out/a.yaml",
            "platform/a/README.md",
            "platform/a/.blueprint.yaml.swp",
            "platform/a/4913",
            "platform/a/chart/README.md",
            "platform/a/chart/charts/x/values.yaml",
            "clusters/x/bootstrap-kit/a.yaml",
        ] {
            sandbox.file(path, "x");
        }
        // Our own reading is an event too.
        for _ in 0..100 {
            sandbox.read("platform/a/blueprint.yaml");
        }
        expect_nothing(watcher);
    });
}

#[test]
fn files_of_a_chart_are_reported() {
    both(|sandbox, watcher| {
        sandbox.file("platform/a/chart/templates/x.tpl", "x");
        expect(watcher, &["platform/a/chart/templates/x.tpl"]);
        sandbox.file("platform/a/chart/values.yaml", "x");
        expect(watcher, &["platform/a/chart/values.yaml"]);
    });
}

#[test]
fn folders_come_and_go() {
    both(|sandbox, watcher| {
        std::fs::rename(sandbox.at("platform"), sandbox.at("away")).unwrap();
        expect(watcher, &["platform/a/blueprint.yaml", "platform/a/chart/Chart.yaml"]);
        std::fs::rename(sandbox.at("away"), sandbox.at("platform")).unwrap();
        expect(watcher, &["platform/a/blueprint.yaml", "platform/a/chart/Chart.yaml"]);
        sandbox.file("platform/a/blueprint.yaml", "22");
        expect(watcher, &["platform/a/blueprint.yaml"]);
        std::fs::remove_dir_all(sandbox.at("platform")).unwrap();
        expect(watcher, &["platform/a/blueprint.yaml", "platform/a/chart/Chart.yaml"]);
        sandbox.file("sovereigns/o/deep/er/a.yaml", "1");
        expect(watcher, &["sovereigns/o/deep/er/a.yaml"]);
        sandbox.file("sovereigns/o/deep/er/a.yaml", "22");
        expect(watcher, &["sovereigns/o/deep/er/a.yaml"]);
        std::fs::rename(sandbox.at("sovereigns/o"), sandbox.at("sovereigns/p")).unwrap();
        expect(watcher, &["sovereigns/o/deep/er/a.yaml", "sovereigns/p/deep/er/a.yaml"]);
        sandbox.file("sovereigns/p/deep/er/a.yaml", "333");
        expect(watcher, &["sovereigns/p/deep/er/a.yaml"]);
        assert_eq!(listed(watcher), ["catalyst.yaml", "sovereigns/p/deep/er/a.yaml"]);
    });
}

#[test]
fn ignore_files_take_effect() {
    both(|sandbox, watcher| {
        sandbox.file(".gitignore", "platform/a/*.yaml\n");
        expect(watcher, &["platform/a/blueprint.yaml"]);
        sandbox.file("platform/a/blueprint.yaml", "22");
        expect_nothing(watcher);
        std::fs::remove_file(sandbox.at(".gitignore")).unwrap();
        expect(watcher, &["platform/a/blueprint.yaml"]);
    });
}

#[test]
fn targets_of_links_are_watched() {
    both(|sandbox, watcher| {
        sandbox.file("store/b/x.yaml", "1");
        sandbox.file("single.yaml", "1");
        sandbox.link("platform/b", "../store/b");
        sandbox.link("platform/single.yaml", "../single.yaml");
        expect(watcher, &["platform/b/x.yaml", "platform/single.yaml"]);
        sandbox.file("store/b/x.yaml", "22");
        expect(watcher, &["platform/b/x.yaml"]);
        sandbox.file("single.yaml", "22");
        expect(watcher, &["platform/single.yaml"]);
        std::fs::remove_file(sandbox.at("platform/b")).unwrap();
        expect(watcher, &["platform/b/x.yaml"]);
    });
}

#[test]
fn a_problem_is_a_change_of_the_list() {
    both(|sandbox, watcher| {
        sandbox.link("platform/a/none.yaml", "nowhere");
        let change = next(watcher, Duration::from_secs(10)).unwrap();
        assert!(change.relisted && change.paths.is_empty(), "{change:?}");
        assert_eq!(watcher.discovery().problems.len(), 1);
    });
}

#[test]
fn a_burst_is_one_change() {
    let sandbox = Sandbox::project();
    let mut watcher = Watcher::new(&sandbox.root(), Discover::default(), times());
    for at in 0..300 {
        sandbox.file(format!("platform/{at}/blueprint.yaml"), "1");
    }
    let mut changes = 0;
    while watcher.discovery().files.len() < 301 {
        next(&mut watcher, Duration::from_secs(10)).unwrap();
        changes += 1;
    }
    assert!(changes <= 4, "{changes}");
}

#[test]
fn the_root_may_be_replaced() {
    for polling in [false, true] {
        let sandbox = Sandbox::empty();
        sandbox.file("project/catalyst.yaml", "1");
        sandbox.file("project/platform/a.yaml", "1");
        let root = crate::Root::new(&sandbox.at("project")).unwrap();
        let mut watcher = match polling {
            true => Watcher::polling(&root, Discover::default(), times()),
            false => Watcher::new(&root, Discover::default(), times()),
        };
        std::fs::rename(sandbox.at("project"), sandbox.at("away")).unwrap();
        expect(&mut watcher, &["catalyst.yaml", "platform/a.yaml"]);
        assert!(!root.is_current());
        sandbox.file("project/catalyst.yaml", "22");
        expect(&mut watcher, &["catalyst.yaml"]);
        sandbox.file("project/catalyst.yaml", "333");
        expect(&mut watcher, &["catalyst.yaml"]);
        assert!(watcher.root().is_current());
        assert_eq!(&*crate::read(watcher.root(), &tree("catalyst.yaml"), 9).unwrap().text, "333");
    }
}

#[test]
fn lost_events_cost_a_look() {
    let sandbox = Sandbox::project();
    sandbox.file("platform/a.yaml", "1");
    let mut watcher = Watcher::new(&sandbox.root(), Discover::default(), times());
    let overflow = || notify::Event::new(notify::EventKind::Other).set_flag(notify::event::Flag::Rescan);
    watcher.inject(Ok(overflow()));
    // Nothing changed: nothing is said, or a compiler that reads everything at "everything changed" would go round for ever.
    expect_nothing(&mut watcher);
    sandbox.file("platform/a.yaml", "22");
    watcher.inject(Ok(overflow()));
    expect(&mut watcher, &["platform/a.yaml"]);
    sandbox.file("platform/b/c.yaml", "1");
    expect(&mut watcher, &["platform/b/c.yaml"]);
    sandbox.file("platform/b/c.yaml", "22");
    expect(&mut watcher, &["platform/b/c.yaml"]);
    assert_eq!(watcher.mode(), WatchMode::Events);
}

#[test]
fn without_watches_it_goes_on_by_looking() {
    let sandbox = Sandbox::project();
    let mut watcher = Watcher::new(&sandbox.root(), Discover::default(), times());
    watcher.inject(Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)));
    expect_nothing(&mut watcher);
    let WatchMode::Polling(reason) = watcher.mode() else { panic!("still uses events") };
    assert!(reason.contains("no more watches"), "{reason}");
    sandbox.file("platform/a.yaml", "1");
    expect(&mut watcher, &["platform/a.yaml"]);
}

#[test]
fn a_cancelled_watcher_ends() {
    both(|_, watcher| {
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(watcher.next(&cancel), None);
    });
}
