//! A real registry, docker-registry, and the real helm: what they publish is fetched, byte for byte.

use crate::fixture::{Project, chart, pack};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use catalyst_tests::net::{Request, ask};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A running docker-registry.
pub(crate) struct Registry {
    process: Child,
    pub(crate) host: String,
    pub(crate) folder: TempDir,
}

/// `me` with the password `x`, as `htpasswd -B` writes it.
const ME: &str = "me:$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e\n";
/// The same as a header.
const BASIC: &str = "Basic bWU6eA==";

/// Says loudly that a program is not there; where all must be, that is a failure.
fn missing(program: &str) {
    let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
    assert!(!required, "REFEREE MISSING: {program}");
    // Past the capture of the test harness, so that it is seen when the test passes.
    let text = format!("REFEREE MISSING: {program}: nothing was compared\n");
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file())
}

impl Registry {
    /// Starts one; `None` when there is none on this machine. `http` and `more` go into its configuration, where `FOLDER` is its own folder;
    /// `data` is that of another one.
    pub(crate) fn start(
        http: &str,
        more: &str,
        files: &[(&str, &str)],
        data: Option<&Path>,
    ) -> Option<Registry> {
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

    pub(crate) fn plain() -> Option<Registry> {
        Registry::start("", "", &[], None)
    }

    /// One that knows [`ME`].
    pub(crate) fn guarded() -> Option<Registry> {
        Registry::start(
            "",
            "auth: {htpasswd: {realm: charts, path: FOLDER/htpasswd}}\n",
            &[("htpasswd", ME)],
            None,
        )
    }

    /// Pushes a chart and gives the digest of its manifest.
    pub(crate) fn push(&self, repository: &str, tag: &str, archive: &[u8]) -> Digest {
        self.push_as(media::HELM_CHART, repository, tag, archive)
    }

    /// The same for an archive of another kind.
    fn push_as(&self, media_type: &str, repository: &str, tag: &str, archive: &[u8]) -> Digest {
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

    fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> catalyst_tests::net::Response {
        let headers = [("host", self.host.as_str()), ("content-type", media_type), ("authorization", BASIC)];
        ask(&self.host, &Request::new(method, path, &headers, body)).unwrap()
    }

    pub(crate) fn url(&self) -> String {
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

#[test]
fn charts_of_a_registry_are_locked_by_their_manifest() {
    let Some(registry) = Registry::plain() else { return };
    let web = chart("web", "1.4.0+b.1", "1", "appVersion: \"3\"\n");
    let digest = registry.push("charts/web", "1.4.0_b.1", &web);
    registry.push("charts/web", "v1.3.0", &chart("web", "v1.3.0", "1", ""));
    registry.push("charts/web", "2.0.0-rc.1", &chart("web", "2.0.0-rc.1", "1", ""));
    registry.push("charts/web", "latest", &web);
    let project = Project::new(&[("web", "^1", &registry.url())]);
    project.vendor(&[]).with(0).says(&["+ web 1.4.0+b.1"]);
    let charts = project.charts();
    for line in [
        format!("    archive: {}\n", Digest::of(&web)),
        format!("    manifest: {digest}\n"),
        format!("    source: {}\n", registry.url()),
    ] {
        assert!(charts.contains(&line), "{line}{charts}");
    }
    project.check().with(0);
    project.depend(&[("web", "1.3.0", &registry.url())]);
    project.vendor(&[]).with(0).says(&["+ web v1.3.0", "- web 1.4.0+b.1"]);
    project.depend(&[("web", "1.5.0", &registry.url())]);
    project.vendor(&[]).with(1).says(&["error[chart-unavailable]", "404"]);
    project.depend(&[("web", "~2.1", &registry.url())]);
    project.vendor(&[]).with(1).says(&["none of its 4 tags is a version that `~2.1` means"]);
    // Another manifest around the same archive, under the same tag.
    project.depend(&[("web", "^1.4", &registry.url())]);
    project.vendor(&[]).with(0);
    let again = chart("web", "1.4.0+b.1", "2", "");
    let moved = registry.push("charts/web", "1.4.0_b.1", &again);
    std::fs::remove_dir_all(project.at(".catalystc")).unwrap();
    let (before, after) = (format!("locked: manifest {digest}"), format!("now:    manifest {moved}"));
    project.vendor(&[]).with(1).says(&["error[chart-changed]", &before, &after]);
}

#[test]
fn artifacts_that_a_blueprint_names_are_fetched() {
    let Some(registry) = Registry::plain() else { return };
    let digest = registry.push("blueprints/hello", "0.1.0", &chart("hello", "0.1.0", "1", ""));
    let tree = pack(&[("kustomization.yaml", "resources: []\n")]);
    registry.push_as(media::FLUX_CONTENT, "blueprints/tree", "2.0.0", &tree);
    let project = Project::new(&[]);
    let path = "platform/hello/blueprint.yaml";
    let text = std::fs::read_to_string(project.at(path)).unwrap();
    let name = |kind: &str, reference: &str| {
        let source =
            format!("    source: {{kind: {kind}, ref: \"{}/blueprints/{reference}\"}}\n", registry.host);
        let named = text.replace("    chart: ./chart\n", &source);
        assert_ne!(named, text);
        project.write(path, named);
    };
    name("HelmChart", "hello:0.1.0");
    project.vendor(&[]).with(0).says(&["+ hello 0.1.0  oci://", "1 fetched"]);
    // Without a tag it is the version of the Blueprint; a digest is the digest.
    for same in ["hello".to_owned(), format!("hello@{digest}")] {
        name("HelmChart", &same);
        project.vendor(&[]).with(0).says(&["1 chart, none to fetch; catalyst.lock is up to date"]);
        project.check().with(0);
    }
    name("Kustomize", "tree:2.0.0");
    project.vendor(&[]).with(0).says(&["+ tree 2.0.0", "- hello 0.1.0"]);
    project.check().with(0);
    assert!(project.charts().contains(&format!("archive: {}", Digest::of(&tree))));
    name("HelmChart", "tree:2.0.0");
    std::fs::remove_dir_all(project.at(".catalystc")).unwrap();
    project.vendor(&[]).with(1).says(&["is refused"]);
    name("HelmChart", "../hello");
    project.vendor(&[]).with(1).says(&["its reference is none"]);
}

#[test]
fn the_store_is_an_image_layout() {
    let Some(registry) = Registry::plain() else { return };
    let web = chart("web", "1.0.0", "1", "");
    let digest = registry.push("charts/web", "1.0.0", &web);
    let project = Project::new(&[("web", "1.0.0", &registry.url())]);
    project.vendor(&[]).with(0);
    let store = project.at(".catalystc/store");
    assert_eq!(
        std::fs::read_to_string(store.join("oci-layout")).unwrap(),
        r#"{"imageLayoutVersion":"1.0.0"}"#
    );
    let index = std::fs::read(store.join("index.json")).unwrap();
    let index = catalyst_bundle::oci::Index::parse(&index, media::INDEX).unwrap();
    assert_eq!(index.manifests.iter().map(|it| it.digest).collect::<Vec<_>>(), [digest]);
    let read = |digest: &Digest| std::fs::read(store.join("blobs/sha256").join(digest.hex())).unwrap();
    let manifest = Manifest::parse(&read(&digest), media::MANIFEST).unwrap();
    for blob in manifest.blobs() {
        assert_eq!(Digest::of(&read(&blob.digest)), blob.digest);
    }
}

#[test]
fn credentials_are_those_that_docker_and_helm_keep() {
    let Some(registry) = Registry::guarded() else { return };
    registry.push("charts/web", "1.0.0", &chart("web", "1.0.0", "1", ""));
    let project = Project::new(&[("web", "1.0.0", &registry.url())]);
    project.vendor(&[]).with(1).says(&["it wants credentials, and none are known for", "docker login"]);
    let auth = |value: &str| format!(r#"{{"auths": {{"{}": {{"auth": "{value}"}}}}}}"#, registry.host);
    project.write("home/.docker/config.json", auth("bWU6d3Jvbmc="));
    project.vendor(&[]).with(1).says(&["it does not accept who we say we are"]);
    project.write("home/.docker/config.json", auth("not base64"));
    project.vendor(&[]).with(1).says(&["holds no base64"]);
    project.write("home/.docker/config.json", auth("bWU6eA=="));
    project.vendor(&[]).with(0);

    let fresh = |files: &[(&str, String)]| {
        let project = Project::new(&[("web", "1.0.0", &registry.url())]);
        files.iter().for_each(|(path, text)| project.write(path, text));
        project
    };
    fresh(&[("home/.config/helm/registry/config.json", auth("bWU6eA=="))]).vendor(&[]).with(0);
    let helper = format!(
        "#!/bin/sh\nread host\ntest \"$host\" = {} || exit 1\necho '{{\"Username\": \"me\", \"Secret\": \"x\"}}'\n",
        registry.host
    );
    let project = fresh(&[
        ("bin/docker-credential-test", helper),
        ("home/.docker/config.json", r#"{"credsStore": "test"}"#.into()),
    ]);
    project.vendor(&[]).with(1).says(&["`docker-credential-test` is not in PATH"]);
    let file = project.at("bin/docker-credential-test");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", project.at("bin").display());
    let mut command = project.command(&["vendor", "--plain-http", "127.0.0.1"]);
    let output = command.env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
}

/// A private authority and a certificate of it for the loopback; `None` when there is no openssl.
fn certificates(folder: &Path) -> Option<()> {
    let Some(openssl) = program("openssl") else {
        missing("openssl");
        return None;
    };
    let run = |args: &str| {
        let output = Command::new(&openssl).args(args.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", shown(&output));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    run(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=site -addext basicConstraints=critical,CA:TRUE"
    ));
    run(&format!("req {key} -keyout tls.key -out tls.csr -subj /CN=registry").replace(" -days 2", ""));
    std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    run("x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out tls.pem");
    Some(())
}

#[test]
fn a_private_authority_is_trusted_when_it_is_named() {
    let made = tempfile::tempdir().unwrap();
    if certificates(made.path()).is_none() {
        return;
    }
    let read = |name: &str| std::fs::read_to_string(made.path().join(name)).unwrap();
    let tls = "  tls: {certificate: FOLDER/tls.pem, key: FOLDER/tls.key}\n";
    let files = [("tls.pem", read("tls.pem")), ("tls.key", read("tls.key"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let Some(plain) = Registry::plain() else { return };
    plain.push("charts/web", "1.0.0", &chart("web", "1.0.0", "1", ""));
    // The same content behind TLS.
    let data = plain.folder.path().join("data");
    let Some(registry) = Registry::start(tls, "", &files, Some(&data)) else { return };
    let project = Project::new(&[("web", "1.0.0", &registry.url())]);
    project.run(&["vendor"]).with(1).says(&["its certificate is not trusted", "--ca-file"]);
    let authority = made.path().join("ca.pem");
    project.run(&["vendor", "--ca-file", authority.to_str().unwrap()]).with(0);
    project.check().with(0);
}

#[test]
fn what_helm_pushes_is_fetched_and_what_is_fetched_helm_renders() {
    // Where the gate puts Helm 3 and Helm 4, or what there is in PATH.
    let named = ["CATALYST_HELM3", "CATALYST_HELM4"].into_iter().filter_map(std::env::var_os);
    let named = named.map(|folder| Path::new(&folder).join("helm")).filter(|it| it.is_file());
    let found = ["helm", "helm3", "helm4"].into_iter().filter_map(program);
    let helms: std::collections::BTreeSet<PathBuf> = named.chain(found).collect();
    if helms.is_empty() {
        missing("helm");
        return;
    }
    let Some(registry) = Registry::plain() else { return };
    for (at, helm) in helms.iter().enumerate() {
        let project = Project::new(&[]);
        let run = |args: &[&str]| {
            let mut command = Command::new(helm);
            command.args(args).current_dir(project.at("")).env_clear().env("HOME", project.at("home"));
            let output = command.output().unwrap();
            assert!(output.status.success(), "{helm:?} {args:?}: {}", shown(&output));
            String::from_utf8(output.stdout).unwrap()
        };
        let name = format!("web{at}");
        run(&["create", &name]);
        run(&["package", &name, "--version", "1.2.3+b.4"]);
        let archive = format!("{name}-1.2.3+b.4.tgz");
        let url = registry.url();
        run(&["push", &archive, &url, "--plain-http"]);
        project.depend(&[(&name, "~1.2", &url)]);
        project.vendor(&[]).with(0).says(&[&format!("+ {name} 1.2.3+b.4")]);
        let pushed = std::fs::read(project.at(&archive)).unwrap();
        assert_eq!(std::fs::read(project.blob(&pushed)).unwrap(), pushed);
        // The engine takes it from the store: a case over the whole chart finds what came in the archive.
        let case = "cases:\n  - name: whole\n    scope: full\n    expect:\n      - object: Deployment/hello-NAME\n        path: spec.template.spec.containers[0].name\n        equals: NAME\n";
        project.write("platform/hello/chart/tests/whole.yaml", case.replace("NAME", &name));
        let test = ["test", "bp-hello", "--no-cache", "--helm", helm.to_str().unwrap()];
        project.run(&test).with(0).says(&["1 passed, 0 failed, 0 not run"]);
        std::fs::remove_dir_all(project.at(".catalystc/store")).unwrap();
        project.run(&test).says(&["0 passed, 0 failed, 1 not run"]);
    }
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}
