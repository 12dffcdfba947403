//! The engine that drives the `helm` program.
//!
//! The program is found once and asked for its version once. Each render is one run of `helm template` on a scratch copy of the chart, which
//! is written once for all renders of the same chart; values come through standard input. What could make two machines differ is fixed:
//!
//! | What | How |
//! |---|---|
//! | environment | empty but for what stands here; nothing of the user's configuration, repositories, plugins or kubeconfig |
//! | network | no flag that fetches; proxies that refuse, since a schema of values may name a URL, which newer versions would follow |
//! | time zone | UTC, which `date` in a template prints |
//! | cluster | `--kube-version` and `--api-versions` are always given; hooks and CRDs are kept |
//! | resources | time, memory and output are bounded; one thread each, since renders run side by side |
//!
//! What the program cannot be kept from, such as random values, is found by looking at the templates and by rendering twice.

use crate::output::objects;
use crate::{Chart, ChartFault, Engine, HelmVersion, OLDEST, RenderError, Rendered, Request};
use catalyst_system::{Cancel, IoError, Output, Run, RunError, Scratch, run, which};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Time of one render.
const TIME: Duration = Duration::from_secs(60);
/// Most bytes that a chart may give.
const OUTPUT: usize = 64 << 20;
/// Memory of one render.
const MEMORY: u64 = 4 << 30;

/// The `helm` program.
#[derive(Debug)]
pub struct Helm {
    program: PathBuf,
    version: HelmVersion,
    /// The version in the program's own words, build included.
    says: String,
    /// The folder that it takes for the user's.
    home: Scratch,
    charts: Mutex<BTreeMap<String, Arc<Unpacked>>>,
    cancel: Cancel,
}

/// A chart as a folder, once it is written.
type Unpacked = OnceLock<Result<Scratch, IoError>>;

/// Why there is no program to render with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelmError {
    /// No folder of `PATH` has one.
    NotFound,
    /// It cannot be run, or does not say its version.
    Unusable {
        /// The program.
        program: PathBuf,
        /// Why.
        why: String,
    },
    /// It is older than what is driven.
    TooOld {
        /// The program.
        program: PathBuf,
        /// Its version.
        version: HelmVersion,
    },
}

impl fmt::Display for HelmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HelmError::NotFound => f.write_str("there is no `helm` in `PATH`, and charts are rendered by it"),
            HelmError::Unusable { program, why } => write!(f, "can't use `{}`: {why}", program.display()),
            HelmError::TooOld { program, version } => {
                write!(f, "`{}` is Helm {version}, older than {OLDEST}", program.display())
            }
        }
    }
}

impl std::error::Error for HelmError {}

impl HelmError {
    /// What to do about it.
    pub fn help(&self) -> String {
        format!(
            "install Helm {OLDEST} or later, or name the program with `--helm` or under `spec.helm` in `catalyst.yaml`"
        )
    }
}

impl Helm {
    /// The program that was named, or the first `helm` in the folders of a `PATH` value. Runs it once, to read its version.
    pub fn find(named: Option<&Path>, search: &OsStr, cancel: &Cancel) -> Result<Helm, HelmError> {
        let program = match named {
            Some(program) => program.to_path_buf(),
            None => which("helm", search).ok_or(HelmError::NotFound)?,
        };
        let unusable = |why: String| HelmError::Unusable { program: program.clone(), why };
        let home = Scratch::new("catalystc-helm").map_err(|error| unusable(error.to_string()))?;
        let mut command = command(&program, &home, cancel);
        command.args = ["version", "--short"].map(OsString::from).to_vec();
        command.timeout = Duration::from_secs(10);
        let output = run(&command).map_err(|error| unusable(error.to_string()))?;
        let says = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let version = says.parse::<HelmVersion>().ok().filter(|_| output.is_success());
        let version = version.ok_or_else(|| unusable("it does not say a version of Helm".to_owned()))?;
        if version < OLDEST {
            return Err(HelmError::TooOld { program, version });
        }
        Ok(Helm { program, version, says, home, charts: Mutex::default(), cancel: cancel.clone() })
    }

    /// Its version.
    pub fn version(&self) -> HelmVersion {
        self.version
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The folder of a chart, written when it is asked for first.
    fn unpacked(&self, chart: &Chart) -> Result<Arc<Unpacked>, RenderError> {
        let mut charts = self.charts.lock().map_err(|error| RenderError::Engine(error.to_string()))?;
        let unpacked = charts.entry(chart.digest().to_owned()).or_default().clone();
        drop(charts);
        unpacked.get_or_init(|| {
            let folder = Scratch::new("catalystc-chart")?;
            chart.files().iter().try_for_each(|(path, bytes)| folder.write(path, bytes))?;
            Ok(folder)
        });
        Ok(unpacked)
    }
}

/// The program in an environment of its own.
fn command(program: &Path, home: &Scratch, cancel: &Cancel) -> Run {
    let home = home.path();
    let mut env: BTreeMap<OsString, OsString> = BTreeMap::new();
    for (name, folder) in [
        ("HOME", ""),
        ("HELM_CACHE_HOME", "cache"),
        ("HELM_CONFIG_HOME", "config"),
        ("HELM_DATA_HOME", "data"),
        ("HELM_PLUGINS", "plugins"),
        ("HELM_REGISTRY_CONFIG", "config/registry.json"),
        ("HELM_REPOSITORY_CACHE", "cache/repository"),
        ("HELM_REPOSITORY_CONFIG", "config/repositories.yaml"),
        ("TMPDIR", ""),
    ] {
        env.insert(name.into(), home.join(folder).into());
    }
    for (name, value) in [
        ("KUBECONFIG", "/dev/null"),
        ("TZ", "UTC"),
        ("GOMAXPROCS", "1"),
        // A port that nothing listens on: a request fails at once.
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ] {
        env.insert(name.into(), value.into());
    }
    Run {
        env,
        timeout: TIME,
        limit: OUTPUT,
        memory: Some(MEMORY),
        cancel: cancel.clone(),
        ..Run::new(program, home)
    }
}

impl Engine for Helm {
    fn identity(&self) -> String {
        format!("helm {}", self.says)
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        let unpacked = self.unpacked(&request.chart)?;
        let folder = match unpacked.get() {
            Some(Ok(folder)) => folder.path(),
            Some(Err(error)) => return Err(RenderError::Engine(error.to_string())),
            None => return Err(RenderError::Engine("the chart was not written".to_owned())),
        };
        let mut command = command(&self.program, &self.home, &self.cancel);
        command.args = arguments(request, folder);
        command.stdin =
            Some(catalyst_yaml::write(&Value::Object(request.values.as_ref().clone())).into_bytes());
        let output = run(&command).map_err(|error| match error {
            RunError::TimedOut(after) => RenderError::TimedOut(after),
            RunError::TooMuchOutput(limit) => RenderError::TooLarge(limit),
            RunError::Cancelled => RenderError::Cancelled,
            other => RenderError::Engine(format!("can't run `{}`: {other}", self.program.display())),
        })?;
        answer(request.chart.name(), &output)
    }
}

fn arguments(request: &Request, folder: &Path) -> Vec<OsString> {
    let mut args: Vec<OsString> =
        ["template", "--include-crds", "--values", "-"].map(OsString::from).to_vec();
    let mut flag = |name: &str, value: &str| args.extend([OsString::from(name), OsString::from(value)]);
    flag("--namespace", &request.namespace);
    // Helm 4 prints in templates what it is given: an API server says all three numbers.
    let is_minor = request.kube_version.matches('.').count() == 1;
    flag("--kube-version", &format!("{}{}", request.kube_version, if is_minor { ".0" } else { "" }));
    request.api_versions.iter().for_each(|api| flag("--api-versions", api));
    // What follows is no flag, whatever it looks like.
    args.extend([OsString::from("--"), OsString::from(&request.release), folder.into()]);
    args
}

fn answer(chart: &str, output: &Output) -> Result<Rendered, RenderError> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    match output.code {
        Some(0) => {}
        Some(_) => return Err(ChartFault::read(chart, &complaint).into()),
        None => {
            let signal = output.signal.unwrap_or_default();
            return Err(RenderError::Engine(format!("helm was ended by signal {signal}")));
        }
    }
    let text = std::str::from_utf8(&output.stdout);
    let text = text.map_err(|_| ChartFault::new("the rendered text is not UTF-8"))?;
    let objects = objects(chart, text).map_err(RenderError::Chart)?;
    Ok(Rendered { objects, warnings: complaint.lines().filter_map(warning).collect() })
}

/// A warning without what differs between versions of the program: the line of its source, or the level.
fn warning(line: &str) -> Option<String> {
    let line = line.trim();
    let after_source =
        line.split_once(".go:").and_then(|(_, rest)| rest.split_once(": ")).map(|(_, rest)| rest);
    let line = after_source.unwrap_or(line);
    let line =
        line.strip_prefix("level=").and_then(|rest| rest.split_once(' ')).map_or(line, |(_, rest)| rest);
    (!line.is_empty()).then(|| line.to_owned())
}
