//! The same input gives the same bytes, however the machine looks from inside.

use crate::support::{Dice, Sandbox, Tree, catalystc, each, run, shell, tree, write};
use catalyst_tests::PROJECT;
use std::path::{Path, PathBuf};

/// How many builds of the small project.
const BUILDS: u64 = 200;

/// Folders that hold the project, below a folder of the test's own.
const PLACES: [&str; 8] = [
    "p",
    "with some  spaces",
    "Überfluß/日本語/🚀",
    "-dash",
    "a'b\"c$d`e",
    "%2e%2e/{{ config }}",
    "clusters/platform/sovereigns",
    "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z",
];
const THREADS: [&str; 5] = ["1", "2", "3", "8", "16"];
const ZONES: [Option<&str>; 5] =
    [None, Some("UTC"), Some("Asia/Muscat"), Some("America/St_Johns"), Some("no such zone")];
const LOCALES: [Option<&str>; 5] =
    [None, Some("C"), Some("tr_TR.UTF-8"), Some("de_DE@euro"), Some("\u{fffd}")];
const HOMES: [Option<&str>; 3] = [None, Some("/nonexistent"), Some("")];
const MASKS: [&str; 4] = ["000", "022", "027", "077"];
const COLUMNS: [Option<&str>; 3] = [None, Some("1"), Some("300")];

/// One build under circumstances that the seed decides; gives the output and the shared kit.
fn built(seed: u64) -> (Tree, Tree) {
    let mut dice = Dice::new(seed);
    // In memory the order of names in a folder is that in which they were made.
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() && dice.below(2) == 0 {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let dir = dir.unwrap();
    let project = dir.path().join(dice.pick(&PLACES));
    let mut files = PROJECT.to_vec();
    dice.shuffle(&mut files);
    for (path, text) in files {
        write(&project.join(path), text.as_bytes());
    }
    let mut command = catalystc();
    // From the project's folder, from one inside of it, or from outside.
    let inside = project.join("sovereigns/tiny");
    let (start, from): (Option<&Path>, &Path) = match dice.below(3) {
        0 => (None, &project),
        1 => (None, &inside),
        _ => (Some(&project), dir.path()),
    };
    if let Some(start) = start {
        command.arg("-C").arg(start);
    }
    command.args(["build", "--quiet", "--jobs", dice.pick(&THREADS)]);
    let out = if dice.below(2) == 0 {
        command.arg("--out").arg(dir.path().join("elsewhere"));
        dir.path().join("elsewhere")
    } else {
        project.join("out")
    };
    let mut command = shell(&format!("umask {}; exec \"$@\"", dice.pick(&MASKS)), &command);
    command.current_dir(from);
    let variables =
        [("TZ", dice.pick(&ZONES)), ("HOME", dice.pick(&HOMES)), ("COLUMNS", dice.pick(&COLUMNS))];
    let locale = dice.pick(&LOCALES);
    let locales = [("LANG", locale), ("LC_ALL", locale)];
    for (name, value) in variables.into_iter().chain(locales) {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    // The second build of some is one over the first.
    for _ in 0..=dice.below(2) {
        run(&mut command).expect(0);
    }
    (tree(&out), tree(&project.join("clusters/_template/bootstrap-kit")))
}

#[test]
fn two_hundred_builds_give_one_tree() {
    let first = built(0);
    assert!(first.0.len() > 100 && first.1.len() > 3, "{} files", first.0.len());
    let seeds: Vec<u64> = (1..BUILDS).collect();
    each(&seeds, |seed| {
        let other = built(*seed);
        let differing = || -> Vec<PathBuf> {
            let names = first.0.keys().chain(other.0.keys()).cloned();
            names.filter(|path| first.0.get(path) != other.0.get(path)).collect()
        };
        assert!(other.0 == first.0, "seed {seed}: {:?}", differing());
        assert!(other.1 == first.1, "seed {seed}: the shared kit differs");
    });
    eprintln!("{BUILDS} builds, one tree of {} files", first.0.len());
}

/// Nothing of the machine is in the output: neither a path, nor a user, nor a host.
#[test]
fn the_output_names_nothing_of_the_machine() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.build();
    command.env("USER", "fjodor-the-builder").env("HOSTNAME", "fjodors-machine").env("HOME", "/home/fjodor");
    run(&mut command).expect(0);
    let around = sandbox.around().into_os_string().into_encoded_bytes();
    for (path, bytes) in sandbox.built().0 {
        for word in [around.as_slice(), b"fjodor"] {
            assert!(!bytes.windows(word.len()).any(|it| it == word), "{}", path.display());
        }
    }
}

/// The fleet of this repository, with one thread and with many.
#[test]
fn the_fleet_gives_the_committed_tree() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut committed = tree(&repository.join("snapshots"));
    // `bundle --digests` writes it beside the tree.
    committed.remove(Path::new("bundles.json"));
    let dir = tempfile::tempdir().unwrap();
    for (threads, zone) in [("1", "UTC"), ("3", "Asia/Muscat"), ("16", "America/St_Johns")] {
        let out = dir.path().join(threads);
        let mut command = catalystc();
        command.current_dir(&repository).env("TZ", zone);
        // The shared kit is fresh, so only the folder of its own is written.
        let build = ["build", "--locked", "--no-cache", "--jobs", threads, "--out"];
        run(command.args(build).arg(&out)).expect(0);
        assert!(tree(&out) == committed, "{threads} threads");
    }
}
