//! `catalystc build` as a process: what the cache may and may not do, and watching.
#![expect(clippy::disallowed_methods, reason = "tests run the program and write files of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const SITE: &str = "sovereigns/tiny/organizations/acme/applications/site.yaml";

/// The small project that the suites stand on, an extern that nobody uses, and a second Sovereign.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Project {
        let project = Project(tempfile::tempdir().unwrap());
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suites/base.md");
        let base = fs::read_to_string(base).unwrap();
        let blocks = base.split("\n\n`").filter_map(|block| block.split_once("`:\n```yaml\n"));
        for (path, rest) in blocks {
            let (text, _) = rest.split_once("```").unwrap();
            project.put(path, text);
            if path.starts_with("sovereigns/") {
                let other = |text: &str| {
                    text.replace("tiny", "other").replace("acme", "umbrella").replace("t77", "t78")
                };
                project.put(&other(path), &other(text));
            }
        }
        let spare =
            "    - { kind: Secret, name: spare, namespace: spare, by: nobody, reason: shows a finding }\n";
        let text = fs::read_to_string(project.at("catalyst.yaml")).unwrap();
        project.put("catalyst.yaml", &(text.trim_end().to_owned() + "\n" + spare));
        project
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.at(path)).unwrap();
        assert!(text.contains(from), "{path} holds {from}");
        // As editors do: a watch must not see half a file.
        fs::write(self.at(".edited"), text.replace(from, to)).unwrap();
        fs::rename(self.at(".edited"), self.at(path)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catalystc"));
        command.args(args).current_dir(self.0.path()).env_clear();
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Builds, and says whether any Sovereign was compiled.
    fn compiles(&self) -> bool {
        let output = self.run(&["build", "-v"]);
        assert!(output.status.success(), "{}", text(&output.stdout));
        text(&output.stderr).contains("compiling")
    }

    /// The output folder is what a build without a cache writes elsewhere.
    fn check_output(&self, what: &str) {
        let elsewhere = tempfile::tempdir().unwrap();
        let other = elsewhere.path().join("out");
        assert!(self.run(&["build", "--no-cache", "--out", other.to_str().unwrap()]).status.success());
        assert_eq!(tree(&self.at("out")), tree(&other), "{what}");
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files
                    .insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn an_answer_from_the_cache_is_the_one_of_a_build() {
    let project = Project::new();
    assert!(project.compiles());
    assert!(!project.compiles(), "nothing changed");
    for args in [&["build"][..], &["build", "--show-all"], &["build", "--format", "json"], &["build", "-q"]] {
        let cached = project.run(args);
        let full = project.run(&[args, &["--no-cache"]].concat());
        assert!(args.contains(&"-q") || !cached.stderr.is_empty());
        assert_eq!(text(&cached.stdout), text(&full.stdout), "{args:?}");
        assert_eq!(text(&cached.stderr), text(&full.stderr), "{args:?}");
        assert_eq!(cached.status, full.status, "{args:?}");
    }
    let json = project.run(&["build", "--format", "json"]).stdout;
    assert!(text(&json).contains("unused-extern"), "findings are kept: {}", text(&json));
    assert_eq!(fs::read_to_string(project.at(".catalystc/.gitignore")).unwrap(), "*\n");
}

#[test]
fn whatever_was_touched_is_built_again() {
    let project = Project::new();
    assert!(project.compiles());
    let good = tree(&project.at("out"));
    let (some, good) = good.iter().find(|(path, _)| path.ends_with("values.yaml")).unwrap();
    let some = &format!("out/{}", some.display());
    let touches: [(&str, &dyn Fn()); 8] = [
        ("an output of the same length", &|| project.put(some, &good.replace('e', "f"))),
        ("an output that is gone", &|| fs::remove_file(project.at(some)).unwrap()),
        ("the index", &|| project.put("out/index.json", "{}")),
        ("the output folder", &|| fs::remove_dir_all(project.at("out")).unwrap()),
        ("an input", &|| project.edit(SITE, "replicas: 3", "replicas: 4")),
        ("a new input", &|| project.put("sovereigns/tiny/notes.yaml", "# nothing\n")),
        ("a lost input", &|| fs::remove_file(project.at("sovereigns/tiny/notes.yaml")).unwrap()),
        ("the cache", &|| project.put(".catalystc/cache/build", "catalystc-cache 1")),
    ];
    for (what, touch) in touches {
        touch();
        assert!(project.compiles(), "{what}");
        project.check_output(what);
        assert!(!project.compiles(), "{what}, and then nothing");
    }
    project.put("out/tiny/mine.txt", "kept");
    assert!(project.compiles(), "a foreign file");
    assert_eq!(fs::read_to_string(project.at("out/tiny/mine.txt")).unwrap(), "kept");
}

#[test]
fn parts_of_an_earlier_build_hold_only_while_nothing_they_read_changed() {
    let project = Project::new();
    assert!(project.compiles());
    let org = "sovereigns/tiny/organizations/acme/organization.yaml";
    let steps: [(&str, &dyn Fn()); 6] = [
        ("one Sovereign", &|| project.edit(SITE, "replicas: 3", "replicas: 5")),
        ("what all share", &|| project.edit("platform/web/blueprint.yaml", "web:", "server:")),
        ("another owner", &|| project.edit(org, "sovereign: tiny", "sovereign: other")),
        ("and back", &|| project.edit(org, "sovereign: other", "sovereign: tiny")),
        ("one Sovereign less", &|| fs::remove_dir_all(project.at("sovereigns/other")).unwrap()),
        ("a project file", &|| project.edit("catalyst.yaml", "registry.omani", "images.omani")),
    ];
    for (what, step) in steps {
        step();
        assert!(project.compiles(), "{what}");
        project.check_output(what);
    }
}

#[test]
fn an_error_is_an_error_with_a_cache_too() {
    let project = Project::new();
    assert!(project.compiles());
    let before = tree(&project.at("out"));
    project.edit(SITE, "bp-web", "bp-wub");
    for _ in 0..2 {
        assert_eq!(project.run(&["build"]).status.code(), Some(1));
        assert_eq!(tree(&project.at("out")), before);
    }
    project.edit(SITE, "bp-wub", "bp-web");
    assert!(project.run(&["build"]).status.success());
    assert_eq!(tree(&project.at("out")), before);
    assert!(!project.compiles(), "as it was");
}

/// A watch, and the lines it says.
struct Watch {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Watch {
    fn of(project: &Project) -> Watch {
        let mut command = project.command(&["build", "--watch"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Watch { child, lines }
    }

    /// What the next round says of itself.
    fn round(&mut self) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.contains("wrote")).unwrap()
    }
}

#[test]
fn a_watch_follows_edits_and_keeps_the_last_good_tree() {
    let project = Project::new();
    let mut watch = Watch::of(&project);
    assert!(watch.round().starts_with("wrote"));
    project.check_output("the first round");

    project.edit(SITE, "replicas: 3", "replicas: 7");
    assert!(watch.round().contains(" changed, 0 removed"));
    project.check_output("one value");

    let before = tree(&project.at("out"));
    project.edit(SITE, "bp-web", "bp-wub");
    let said = watch.lines.by_ref().map(Result::unwrap).find(|line| line.contains("nothing was written"));
    assert!(said.unwrap().contains("1 error"));
    assert_eq!(tree(&project.at("out")), before, "an error leaves the old tree");

    project.edit(SITE, "bp-wub", "bp-web");
    watch.round();
    assert_eq!(tree(&project.at("out")), before, "mended");

    let extra = fs::read_to_string(project.at(SITE)).unwrap().replace("name: site", "name: blog");
    project.put("sovereigns/tiny/organizations/acme/applications/blog.yaml", &extra);
    watch.round();
    project.check_output("a new file");

    fs::remove_file(project.at("sovereigns/tiny/organizations/acme/applications/blog.yaml")).unwrap();
    watch.round();
    assert_eq!(tree(&project.at("out")), before, "and gone again");

    project.edit("platform/web/blueprint.yaml", "web:", "server:");
    watch.round();
    project.check_output("what all share");

    let id = rustix::process::Pid::from_child(&watch.child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(watch.child.wait().unwrap().code(), Some(130));
    let names: Vec<_> = fs::read_dir(project.0.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    let names: Vec<_> =
        names.iter().filter_map(|name| name.to_str()).filter(|it| it.contains("catalystc-")).collect();
    assert!(names.is_empty(), "nothing is left beside the output: {names:?}");
}
