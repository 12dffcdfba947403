//! Registries for tests: two real ones, docker-registry, which has no referrers API, and that of go-containerregistry, which has it; and a
//! small one in memory, which may have it and can be looked into.
#![expect(clippy::disallowed_methods, reason = "tests set up files and processes of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod memory;

pub use memory::{Held, Memory};

use crate::net::{Request, Response, ask};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running registry that nobody here wrote.
pub struct Registry {
    process: Child,
    /// Where it listens.
    pub host: String,
    /// Its own folder, which goes away with it.
    pub folder: TempDir,
}

/// `me` with the password `x`, as `htpasswd -B` writes it.
const ME: &str = "me:$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e\n";
/// The part of the configuration of docker-registry that asks for it.
const GUARD: &str = "auth: {htpasswd: {realm: charts, path: FOLDER/htpasswd}}\n";
/// The same as a header.
const BASIC: &str = "Basic bWU6eA==";

/// Says loudly that a program is not there; where all must be, that is a failure.
pub fn missing(program: &str) {
    let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
    assert!(!required, "REFEREE MISSING: {program}");
    say_missing(program);
}

fn say_missing(program: &str) {
    // Past the capture of the test harness, so that it is seen when the test passes.
    let text = format!("REFEREE MISSING: {program}: nothing was compared\n");
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// A program in `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file())
}

/// The cosign programs: cosign 3 in `PATH`, and cosign 2 where the gate puts it. One that is not there is said loudly.
pub fn cosigns() -> Vec<PathBuf> {
    let named = std::env::var_os("CATALYST_COSIGN2").map(|folder| Path::new(&folder).join("cosign"));
    let found = [("cosign", program("cosign")), ("cosign 2", named.filter(|it| it.is_file()))];
    found
        .into_iter()
        .filter_map(|(name, it)| {
            it.or_else(|| {
                missing(name);
                None
            })
        })
        .collect()
}

impl Registry {
    /// One with the referrers API; `None` when there is none on this machine.
    pub fn with_referrers() -> Option<Registry> {
        let name = "referrers-registry";
        let Some(binary) = program(name) else {
            missing(name);
            return None;
        };
        let mut command = Command::new(binary);
        let mut process = command.env_clear().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // It says which port it was given.
        let mut host = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut host).unwrap();
        Some(Registry { process, host: host.trim().to_owned(), folder: tempfile::tempdir().unwrap() })
    }

    /// Starts docker-registry; `None` when there is none on this machine. `http` and `more` go into its configuration, where `FOLDER` is its own folder;
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
        Some(Registry::serve(&binary, &file, host, folder))
    }

    /// zot, which has the referrers API too. It cannot be had everywhere, so it is not one of those that must be there.
    pub fn zot() -> Option<Registry> {
        let Some(binary) = program("zot") else {
            say_missing("zot");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (address, port) = host.split_once(':').unwrap();
        let config = serde_json::json!({
            "distSpecVersion": "1.1.1",
            "storage": { "rootDirectory": folder.path().join("data") },
            "http": { "address": address, "port": port },
            "log": { "level": "error" },
        });
        let file = folder.path().join("config.json");
        std::fs::write(&file, config.to_string()).unwrap();
        Some(Registry::serve(&binary, &file, host, folder))
    }

    /// Starts a program with its configuration, and waits until it answers.
    fn serve(binary: &Path, config: &Path, host: String, folder: TempDir) -> Registry {
        let mut command = Command::new(binary);
        command.arg("serve").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        let mut registry = Registry { process, host, folder };
        while TcpStream::connect(&registry.host).is_err() {
            assert_eq!(registry.process.try_wait().unwrap(), None, "{} ended", binary.display());
            std::thread::yield_now();
        }
        registry
    }

    /// One that knows nobody and refuses nobody.
    pub fn plain() -> Option<Registry> {
        Registry::start("", "", &[], None)
    }

    /// One that knows the name and password of the tests.
    pub fn guarded() -> Option<Registry> {
        Registry::start("", GUARD, &[("htpasswd", ME)], None)
    }

    /// One that speaks TLS only, under a certificate of a private authority, which stands in its folder as `ca.pem`. It has the content of
    /// another one, if that is given. `None` also when there is no openssl.
    pub fn private(of: Option<&Registry>) -> Option<Registry> {
        Registry::with_certificate(of, "", &[])
    }

    /// One that speaks TLS only and knows the name and password of the tests, as that of a site does.
    pub fn of_a_site() -> Option<Registry> {
        Registry::with_certificate(None, GUARD, &[("htpasswd", ME)])
    }

    fn with_certificate(of: Option<&Registry>, more: &str, others: &[(&str, &str)]) -> Option<Registry> {
        let Some(openssl) = program("openssl") else {
            missing("openssl");
            return None;
        };
        let made = tempfile::tempdir().unwrap();
        let run = |args: &str| {
            let args = args.split(' ');
            let output = Command::new(&openssl).args(args).current_dir(made.path()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        run(&format!(
            "req -x509 {key} -days 2 -keyout ca.key -out ca.pem -subj /CN=site -addext basicConstraints=critical,CA:TRUE"
        ));
        run(&format!("req {key} -keyout tls.key -out tls.csr -subj /CN=registry"));
        std::fs::write(made.path().join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        run(
            "x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out tls.pem",
        );
        let read = |name| (name, std::fs::read_to_string(made.path().join(name)).unwrap());
        let files = ["ca.pem", "tls.pem", "tls.key"].map(read);
        let files: Vec<_> =
            files.iter().map(|(name, text)| (*name, text.as_str())).chain(others.iter().copied()).collect();
        let tls = "  tls: {certificate: FOLDER/tls.pem, key: FOLDER/tls.key}\n";
        let data = of.map(|it| it.folder.path().join("data"));
        Registry::start(tls, more, &files, data.as_deref())
    }

    /// The file of the authority of one that speaks TLS.
    pub fn authority(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    /// Puts a blob.
    pub fn put_blob(&self, repository: &str, bytes: &[u8]) {
        let started = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
        let location = started.headers.iter().find(|(name, _)| name == "location").unwrap().1.clone();
        let path = location.split_once(&self.host).map_or(location.as_str(), |(_, path)| path);
        let end = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{end}digest={}", Digest::of(bytes));
        assert_eq!(self.send("PUT", &path, "application/octet-stream", bytes).status, 201);
    }

    /// Puts a manifest or an index under a tag or its digest.
    pub fn put_manifest(&self, repository: &str, reference: &str, media_type: &str, bytes: &[u8]) {
        let path = format!("/v2/{repository}/manifests/{reference}");
        let answer = self.send("PUT", &path, media_type, bytes);
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// A manifest or an index.
    pub fn manifest(&self, repository: &str, reference: &str) -> Value {
        let path = format!("/v2/{repository}/manifests/{reference}");
        let accept = format!("{}, {}", media::MANIFEST, media::INDEX);
        let headers = [("host", self.host.as_str()), ("accept", &accept), ("authorization", BASIC)];
        let answer = ask(&self.host, &Request::new("GET", &path, &headers, b"")).unwrap();
        assert_eq!(answer.status, 200, "{path}");
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// The bytes of a blob.
    pub fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        let answer = self.send("GET", &format!("/v2/{repository}/blobs/{digest}"), "", b"");
        assert_eq!(answer.status, 200, "{digest}");
        answer.body
    }

    /// Pushes a chart and gives the digest of its manifest.
    pub fn push(&self, repository: &str, tag: &str, archive: &[u8]) -> Digest {
        self.push_as(media::HELM_CHART, repository, tag, archive)
    }

    /// The same for an archive of another kind.
    pub fn push_as(&self, media_type: &str, repository: &str, tag: &str, archive: &[u8]) -> Digest {
        let config = br#"{"apiVersion":"v2","name":"web"}"#;
        for blob in [&config[..], archive] {
            self.put_blob(repository, blob);
        }
        let manifest =
            Manifest::new(Descriptor::of(media::HELM_CONFIG, config), Descriptor::of(media_type, archive))
                .to_bytes();
        self.put_manifest(repository, tag, media::MANIFEST, &manifest);
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
