//! A project whose one Blueprint needs charts, runs of the verb on it, and charts as bytes.

use catalyst_bundle::Digest;
use catalyst_bundle::archive::{File, gzip, tar};
use catalyst_source::TreePath;
use catalyst_tests::net::{Request, Response, Server};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The file that names the charts.
const CHART: &str = "platform/hello/chart/Chart.yaml";

/// A project in a folder that goes away with it.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    /// Both streams.
    pub(crate) text: String,
}

impl Ran {
    /// Fails unless the run ended with this code.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    /// Fails unless each of these stands in what was printed.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.text.contains(part), "`{part}` is not in:\n{}", self.text);
        }
        self
    }
}

impl Project {
    /// What `init` makes, with charts that its Blueprint needs: name, version, repository.
    pub(crate) fn new(dependencies: &[(&str, &str, &str)]) -> Project {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        let ran = project.run(&["init", "--name", "demo", "--no-schemas", "--no-workflow"]);
        assert_eq!(ran.code, 0, "{}", ran.text);
        // Its other Blueprint wraps a chart of the real world; here it wraps none.
        let blueprint = project.at("platform/cert-manager/blueprint.yaml");
        let text = std::fs::read_to_string(&blueprint).unwrap();
        let start = text.find("    upstream:\n").unwrap();
        let end = start + text[start..].find("repository: ").unwrap();
        let end = end + text[end..].find('\n').unwrap() + 1;
        std::fs::write(blueprint, [&text[..start], &text[end..]].concat()).unwrap();
        project.write(
            "platform/cert-manager/chart/Chart.yaml",
            "apiVersion: v2\nname: bp-cert-manager\nversion: 1.0.0\nannotations: {catalyst.openova.io/no-upstream: \"true\"}\n",
        );
        project.depend(&[]);
        let ran = project.run(&["lock"]);
        assert_eq!(ran.code, 0, "{}", ran.text);
        project.depend(dependencies);
        project
    }

    /// Names other charts.
    pub(crate) fn depend(&self, dependencies: &[(&str, &str, &str)]) {
        let mut text = "apiVersion: v2\nname: bp-hello\nversion: 0.1.0\nannotations: {catalyst.openova.io/no-upstream: \"true\"}\n".to_owned();
        text.push_str(if dependencies.is_empty() { "" } else { "dependencies:\n" });
        for (name, version, repository) in dependencies {
            writeln!(text, "  - {{name: {name}, version: \"{version}\", repository: \"{repository}\"}}")
                .unwrap();
        }
        self.write(CHART, &text);
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The command, in an environment with nothing in it but a home of its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catalystc"));
        command.args(args).current_dir(self.folder.path()).env_clear().env("HOME", self.at("home"));
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).stdin(Stdio::null()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        Ran { code: output.status.code().unwrap_or(-1), text: String::from_utf8(text).unwrap() }
    }

    /// `catalystc vendor`, with plain HTTP to the loopback.
    pub(crate) fn vendor(&self, args: &[&str]) -> Ran {
        self.run(&[&["vendor", "--plain-http", "127.0.0.1"], args].concat())
    }

    /// `catalystc vendor --check`, which may speak to nobody.
    pub(crate) fn check(&self) -> Ran {
        self.run(&["vendor", "--check"])
    }

    /// The lock from its charts on.
    pub(crate) fn charts(&self) -> String {
        let text = std::fs::read_to_string(self.at("catalyst.lock")).unwrap();
        text.find("charts:\n").map_or_else(String::new, |at| text[at..].to_owned())
    }

    /// The file of a blob in the store.
    pub(crate) fn blob(&self, bytes: &[u8]) -> PathBuf {
        self.at(".catalystc/store/blobs/sha256").join(Digest::of(bytes).hex())
    }

    /// The blobs of the store.
    pub(crate) fn blobs(&self) -> Vec<String> {
        names(&self.at(".catalystc/store/blobs/sha256"))
    }
}

/// The names in a folder; none when there is no folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = listed.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An archive of these files.
pub(crate) fn pack(files: &[(&str, &str)]) -> Vec<u8> {
    let files = files.iter().map(|(path, text)| (TreePath::new(path).unwrap(), File::new(text.as_bytes())));
    gzip(&tar(&files.collect()).unwrap())
}

/// A chart with one value, and what follows the version in its `Chart.yaml`.
pub(crate) fn chart(name: &str, version: &str, value: &str, more: &str) -> Vec<u8> {
    let facts = format!("apiVersion: v2\nname: {name}\nversion: {version}\n{more}");
    pack(&[
        (&format!("{name}/Chart.yaml"), &facts),
        (&format!("{name}/values.yaml"), &format!("value: {value}\n")),
    ])
}

/// A chart repository whose charts can be changed while it runs.
#[derive(Clone, Default)]
pub(crate) struct Repository(Arc<Mutex<Charts>>);

/// Archives by name and version.
type Charts = BTreeMap<(String, String), Vec<u8>>;

impl Repository {
    pub(crate) fn with(charts: &[(&str, &str, Vec<u8>)]) -> Repository {
        let repository = Repository::default();
        for (name, version, archive) in charts {
            repository.put(name, version, archive.clone());
        }
        repository
    }

    pub(crate) fn put(&self, name: &str, version: &str, archive: Vec<u8>) {
        self.0.lock().unwrap().insert((name.to_owned(), version.to_owned()), archive);
    }

    /// What it answers.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let charts = self.0.lock().unwrap();
        if request.path == "/index.yaml" {
            let mut text = "apiVersion: v1\nentries:\n".to_owned();
            let mut last = "";
            for ((name, version), archive) in charts.iter() {
                if name != last {
                    writeln!(text, "  {name}:").unwrap();
                    last = name;
                }
                let digest = Digest::of(archive).hex();
                writeln!(
                    text,
                    "  - version: {version}\n    digest: {digest}\n    urls: [{name}-{version}.tgz]"
                )
                .unwrap();
            }
            return Response::ok(text);
        }
        let found =
            charts.iter().find(|((name, version), _)| request.path == format!("/{name}-{version}.tgz"));
        found.map_or_else(
            || Response::status(404, "no such chart"),
            |(_, archive)| Response::ok(archive.clone()),
        )
    }

    pub(crate) fn start(&self) -> Server {
        let it = self.clone();
        Server::start(move |request| it.answer(request))
    }
}
