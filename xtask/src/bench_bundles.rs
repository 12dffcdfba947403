//! `cargo xtask bench-bundles`: what bundles cost, against programs that do the least of the same work, in one run.
//!
//! One Sovereign of this repository's fleet, by itself and with made-up images: bundle over `tar` and `gzip` of the same bytes, verify over
//! `sha256sum` of the same file, requests of a push as docker-registry counts them, and the size of a delta after one changed line. Work
//! is done in a copy, by the release binary, in fresh processes; the best of several runs counts.

use crate::bench::{Failure, best, release_binary, remove};
use crate::synth::{self, OneLine};
use catalyst_bundle::oci::{Layout, Manifest, REF_NAME, empty_config, media};
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SOVEREIGN: &str = "omantel";
/// How often each time is taken; the best counts.
const TIMES: usize = 5;
/// Bytes of the one layer of each made-up image.
const LAYER: usize = 128 << 20;

pub(crate) fn run(repository: &Path) -> Result<String, Failure> {
    let program = release_binary(repository)?;
    let folder = std::env::temp_dir().join(format!("catalystc-bench-bundles-{}", std::process::id()));
    let bench = Bench { program, project: folder.join("project"), folder: folder.clone() };
    let table = bench.measure(repository);
    remove(&folder)?;
    table
}

struct Bench {
    program: PathBuf,
    project: PathBuf,
    folder: PathBuf,
}

/// What was measured of one bundle.
struct Row {
    name: &'static str,
    artefacts: usize,
    /// Bytes of the signed bundle.
    size: u64,
    bundle: Duration,
    tar: Duration,
    verify: Duration,
    sum: Duration,
    /// Requests of a push, and of the same push again; nothing where there is no docker-registry.
    requests: Option<(usize, usize)>,
    /// Bytes of a signed delta after one changed line.
    delta: u64,
}

impl Bench {
    fn measure(&self, repository: &Path) -> Result<String, Failure> {
        let change = synth::own(repository, &self.project)?;
        for key in ["release", "attest"] {
            self.call(&["keygen", "--out", key])?;
        }
        let plain = self.row("by itself", &change, &[])?;
        self.images()?;
        let images = self.folder.join("images");
        let carried = ["--with-images", images.to_str().ok_or("the folder has no name in UTF-8")?];
        let full = self.row("with images", &change, &carried)?;
        Ok(table(&[plain, full]))
    }

    /// Runs catalystc in the project: how long it took, and what it printed.
    fn call(&self, args: &[&str]) -> Result<(Duration, String), Failure> {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.project).env("COSIGN_PASSWORD", "of the benchmark");
        command.env("HOME", &self.folder);
        let clock = Instant::now();
        let output = command.output()?;
        let time = clock.elapsed();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("catalystc {} failed:\n{said}", args.join(" ")).into());
        }
        Ok((time, String::from_utf8(output.stdout)?))
    }

    /// A line in a shell, in the folder of the benchmark.
    fn shell(&self, line: &str) -> Result<Duration, Failure> {
        let clock = Instant::now();
        let status =
            Command::new("sh").args(["-c", line]).current_dir(&self.folder).stdout(Stdio::null()).status()?;
        if status.success() { Ok(clock.elapsed()) } else { Err(format!("`{line}` failed").into()) }
    }

    fn row(&self, name: &'static str, change: &OneLine, more: &[&str]) -> Result<Row, Failure> {
        let make = ["bundle", "--quiet", "--sovereign", SOVEREIGN, "--out"];
        let bundle = best(TIMES, || Ok(self.call(&[&make[..], &["../b.tar"], more].concat())?.0))?;
        self.unpack_blobs()?;
        let tar = best(TIMES, || self.shell("tar -cf - flat | gzip -6 > flat.tgz"))?;
        let keys = ["--key", "release.key", "--attest-key", "attest.key"];
        self.call(&[&["sign", "../b.tar"], &keys[..]].concat())?;
        let check = ["verify", "../b.tar", "--sovereign", SOVEREIGN, "--key", "release.pub"];
        let verify = best(TIMES, || Ok(self.call(&check)?.0))?;
        let sum = best(TIMES, || self.shell("sha256sum b.tar"))?;
        let artefacts = self.call(&["push", "../b.tar", "localhost/bench", "--dry-run"])?.1.lines().count();
        let requests = self.pushes()?;
        let file = self.project.join(&change.file);
        let text = fs::read_to_string(&file)?;
        if !text.contains(change.before) {
            return Err(format!("`{}` is not in {}", change.before, file.display()).into());
        }
        fs::write(&file, text.replace(change.before, change.after))?;
        self.call(&[&make[..], &["../d.tar", "--delta-from", "../b.tar"], more].concat())?;
        self.call(&[&["sign", "../d.tar", "--base", "../b.tar"], &keys[..]].concat())?;
        fs::write(&file, text)?;
        let size = |name| -> Result<u64, Failure> { Ok(fs::metadata(self.folder.join(name))?.len()) };
        Ok(Row {
            name,
            artefacts,
            size: size("b.tar")?,
            bundle,
            tar,
            verify,
            sum,
            requests,
            delta: size("d.tar")?,
        })
    }

    /// The blobs of the bundle as they were before they were compressed.
    fn unpack_blobs(&self) -> Result<(), Failure> {
        for folder in ["layout", "flat"] {
            remove(&self.folder.join(folder))?;
            fs::create_dir(self.folder.join(folder))?;
        }
        self.shell("tar -xf b.tar -C layout")?;
        for entry in fs::read_dir(self.folder.join("layout/blobs/sha256"))? {
            let entry = entry?;
            let mut start = [0; 2];
            let is_packed = File::open(entry.path())?.read_exact(&mut start).is_ok() && start == [0x1f, 0x8b];
            let (from, to) = (entry.path(), self.folder.join("flat").join(entry.file_name()));
            if is_packed {
                Command::new("gzip")
                    .arg("-dc")
                    .stdin(File::open(from)?)
                    .stdout(File::create(to)?)
                    .status()?;
            } else {
                fs::copy(from, to)?;
            }
        }
        Ok(())
    }

    /// An image layout with what the bundle says the site must have: each an image of one layer that no compressor makes smaller.
    fn images(&self) -> Result<(), Failure> {
        let args =
            ["unpack", "../b.tar", "--sovereign", SOVEREIGN, "--key", "release.pub", "--out", "../site"];
        self.call(&args)?;
        let closure = fs::read(self.folder.join("site/bundle/closure.json"))?;
        let closure: serde_json::Value = serde_json::from_slice(&closure)?;
        let mut layout = Layout::default();
        let mut state = 1_u64;
        for image in closure["images"].as_array().ok_or("the closure lists no images")? {
            let reference = image["reference"].as_str().ok_or("an image without a reference")?;
            // A linear congruential generator: the same bytes on every machine.
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 32) as u32
            };
            let bytes: Vec<u8> = (0..LAYER / 4).flat_map(|_| next().to_le_bytes()).collect();
            let (config, empty) = empty_config();
            layout.add(media::EMPTY, empty);
            let layer = layout.add("application/vnd.oci.image.layer.v1.tar+gzip", bytes);
            let made = layout.add_manifest(&Manifest::new(config, layer));
            layout.index.manifests.push(made.annotated(REF_NAME, reference));
        }
        for (path, content) in layout.files() {
            let catalyst_bundle::oci::Content::Held(bytes) = content else { continue };
            let file = self.folder.join("images").join(path.as_str());
            fs::create_dir_all(file.parent().ok_or("a file without a folder")?)?;
            fs::write(file, bytes)?;
        }
        Ok(())
    }

    /// Requests that docker-registry has seen of a push, and of the same push again.
    fn pushes(&self) -> Result<Option<(usize, usize)>, Failure> {
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let data = self.folder.join("data");
        remove(&data)?;
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {host}}}\n",
            data.display()
        );
        fs::write(self.folder.join("registry.yml"), config)?;
        let log = self.folder.join("requests");
        let mut server = Command::new("docker-registry");
        server.arg("serve").arg("registry.yml").current_dir(&self.folder);
        let Ok(mut server) = server.stdout(File::create(&log)?).stderr(Stdio::null()).spawn() else {
            return Ok(None);
        };
        let pushed = (|| {
            while TcpStream::connect(&host).is_err() {
                if server.try_wait()?.is_some() {
                    return Err("docker-registry ended".into());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let seen = || -> Result<usize, Failure> {
                Ok(fs::read_to_string(&log)?.matches(" HTTP/1.1\" ").count())
            };
            let push = ["push", "../b.tar", &format!("{host}/bench"), "--plain-http", &host];
            self.call(&push)?;
            let first = seen()?;
            self.call(&push)?;
            Ok((first, seen()? - first))
        })();
        server.kill()?;
        server.wait()?;
        pushed.map(Some)
    }
}

fn table(rows: &[Row]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text =
        format!("Release profile, {cores} cores, Sovereign `{SOVEREIGN}`. Times in ms, sizes in KiB.\n\n");
    text.push_str("| | artefacts | size | `bundle` | `tar \\| gzip` | ratio | `verify` | `sha256sum` | ratio | requests of a push | an artefact | of the same again | delta | of the full |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let kib = |bytes: u64| bytes as f64 / 1024.0;
    for it in rows {
        let artefacts = it.artefacts as f64;
        let requests = it.requests.map_or("no docker-registry | | ".to_owned(), |(first, again)| {
            format!("{first} | {:.1} | {again}", first as f64 / artefacts)
        });
        text.push_str(&format!(
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.2} | {:.0} | {:.0} | {:.1} | {requests} | {:.0} | {:.2} % |\n",
            it.name,
            it.artefacts,
            kib(it.size),
            ms(it.bundle),
            ms(it.tar),
            ms(it.bundle) / ms(it.tar),
            ms(it.verify),
            ms(it.sum),
            ms(it.verify) / ms(it.sum),
            kib(it.delta),
            it.delta as f64 * 100.0 / it.size as f64,
        ));
    }
    text
}
