//! Registries for tests: a real one, docker-registry, which has no referrers API, and a small one in memory, which may have it.
#![expect(clippy::disallowed_methods, reason = "tests set up files and processes of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod memory;

pub use memory::{Held, Memory};

use crate::net::{Request, Response, ask};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running docker-registry.
pub struct Registry {
    process: Child,
    /// Where it listens.
    pub host: String,
    /// Its own folder, which goes away with it.
    pub folder: TempDir,
}

/// `me` with the password `x`, as `htpasswd -B` writes it.
const ME: &str = "me:$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e\n";
/// The same as a header.
const BASIC: &str = "Basic bWU6eA==";

/// Says loudly that a program is not there; where all must be, that is a failure.
pub fn missing(program: &str) {
    let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
    assert!(!required, "REFEREE MISSING: {program}");
    // Past the capture of the test harness, so that it is seen when the test passes.
    let text = format!("REFEREE MISSING: {program}: nothing was compared\n");
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// A program in `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file())
}

impl Registry {
    /// Starts one; `None` when there is none on this machine. `http` and `more` go into its configuration, where `FOLDER` is its own folder;
    /// `data` is that of another one.
    pub fn start(http: &str, more: &str, files: &[(&str, &str)], data: Option<&Path>) -> Option<Registry> {
        let Some(binary) = program("docker-registry") else {
            missing("docker-registry");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // A port that was free a moment ago.
        let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let here = folder.path().to_str().unwrap();
        let data = data.map_or_else(|| folder.path().join("data"), Path::to_path_buf);
        let data = data.display();
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {data}}}}}\nhttp:\n  addr: {host}\n{http}{more}"
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config.replace("FOLDER", here)).unwrap();
        let mut command = Command::new(binary);
        command.arg("serve").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        let mut registry = Registry { process, host, folder };
        while TcpStream::connect(&registry.host).is_err() {
            assert_eq!(registry.process.try_wait().unwrap(), None, "docker-registry ended");
            std::thread::yield_now();
        }
        Some(registry)
    }

    /// One that knows nobody and refuses nobody.
    pub fn plain() -> Option<Registry> {
        Registry::start("", "", &[], None)
    }

    /// One that knows the name and password of the tests.
    pub fn guarded() -> Option<Registry> {
        Registry::start(
            "",
            "auth: {htpasswd: {realm: charts, path: FOLDER/htpasswd}}\n",
            &[("htpasswd", ME)],
            None,
        )
    }

    /// Pushes a chart and gives the digest of its manifest.
    pub fn push(&self, repository: &str, tag: &str, archive: &[u8]) -> Digest {
        self.push_as(media::HELM_CHART, repository, tag, archive)
    }

    /// The same for an archive of another kind.
    pub fn push_as(&self, media_type: &str, repository: &str, tag: &str, archive: &[u8]) -> Digest {
        let config = br#"{"apiVersion":"v2","name":"web"}"#;
        for blob in [&config[..], archive] {
            let started = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
            let location = started.headers.iter().find(|(name, _)| name == "location").unwrap().1.clone();
            let path = location.split_once(&self.host).map_or(location.as_str(), |(_, path)| path);
            let path = format!("{path}&digest={}", Digest::of(blob));
            assert_eq!(self.send("PUT", &path, "application/octet-stream", blob).status, 201);
        }
        let manifest =
            Manifest::new(Descriptor::of(media::HELM_CONFIG, config), Descriptor::of(media_type, archive))
                .to_bytes();
        let path = format!("/v2/{repository}/manifests/{tag}");
        assert_eq!(self.send("PUT", &path, media::MANIFEST, &manifest).status, 201);
        Digest::of(&manifest)
    }

    /// The answer to a request.
    pub fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Response {
        let headers = [("host", self.host.as_str()), ("content-type", media_type), ("authorization", BASIC)];
        ask(&self.host, &Request::new(method, path, &headers, body)).unwrap()
    }

    /// Where tests put charts.
    pub fn url(&self) -> String {
        format!("oci://{}/charts", self.host)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
