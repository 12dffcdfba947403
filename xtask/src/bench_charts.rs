//! `cargo xtask bench-charts [PROJECT]`: how long charts take to render, against the same runs of the helm program one after the other.
//!
//! A project that is named has its upstream charts vendored and is rendered whole; this repository's fleet is rendered with the templates of
//! its own charts alone. Work is done in a copy, by the release binary, in fresh processes. What helm is run with is written down by a
//! script in its place, so that the serial loop does the very same work: each run once, with the chart, the values and the flags it had.

use crate::bench::{Failure, best, release_binary, remove};
use crate::synth;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often each time is taken; the best counts.
const TIMES: usize = 3;

/// One run of the program: its arguments without the folder of the chart, and what it read from standard input.
type Run = (Vec<String>, PathBuf, String);

pub(crate) fn run(repository: &Path, project: Option<&Path>) -> Result<String, Failure> {
    let program = release_binary(repository)?;
    let folder = std::env::temp_dir().join(format!("catalystc-bench-charts-{}", std::process::id()));
    let bench = Bench {
        program,
        helm: helm()?,
        project: folder.join("project"),
        records: folder.join("records"),
        is_own: project.is_none(),
    };
    let table = bench.measure(repository, project);
    remove(&folder)?;
    table
}

/// The first `helm` in `PATH`, or the program that `HELM` names.
fn helm() -> Result<PathBuf, Failure> {
    let named = std::env::var_os("HELM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        named.or_else(|| std::env::split_paths(&path).map(|it| it.join("helm")).find(|it| it.is_file()));
    Ok(found.ok_or("there is no `helm` in PATH; name one in the variable HELM")?.canonicalize()?)
}

struct Bench {
    program: PathBuf,
    helm: PathBuf,
    project: PathBuf,
    records: PathBuf,
    is_own: bool,
}

impl Bench {
    fn measure(&self, repository: &Path, project: Option<&Path>) -> Result<String, Failure> {
        match project {
            Some(project) => copy(project, &self.project)?,
            None => drop(synth::own(repository, &self.project)?),
        }
        let said = self.record()?;
        let runs = self.runs()?;
        if runs.is_empty() {
            return Err(format!("nothing was rendered: {said}").into());
        }
        let serial = best(TIMES - 1, || self.serial(&runs))?;
        let cold = best(TIMES, || {
            self.forget()?;
            Ok(self.render(&self.helm)?.0)
        })?;
        let warm = best(TIMES, || Ok(self.render(&self.helm)?.0))?;
        let values = self.changeable(&runs)?;
        let mut number = 0;
        let changed = best(TIMES, || {
            number += 1;
            let text = fs::read_to_string(&values)?;
            let text = text.split("benchmarked:").next().unwrap_or_default().trim_end();
            let text = if text == "{}" { "" } else { text };
            fs::write(&values, format!("{text}\nbenchmarked: {number}\n"))?;
            Ok(self.render(&self.helm)?.0)
        })?;
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        Ok(format!(
            "Release profile, {cores} cores, {}; {} different runs of helm. Times in ms.\n{}\n\n\
             | `helm template`, serial | cold, parallel | cold / serial | warm | one changed value |\n|---|---|---|---|---|\n\
             | {:.0} | {:.0} | {:.2} | {:.0} | {:.0} |\n",
            self.version()?,
            runs.len(),
            said,
            ms(serial),
            ms(cold),
            ms(cold) / ms(serial),
            ms(warm),
            ms(changed),
        ))
    }

    fn version(&self) -> Result<String, Failure> {
        let output = Command::new(&self.helm).args(["version", "--short"]).output()?;
        Ok(format!("Helm {}", String::from_utf8_lossy(&output.stdout).trim()))
    }

    /// One render of the fleet in a process of its own: how long it took, and its last line.
    fn render(&self, helm: &Path) -> Result<(Duration, String), Failure> {
        let clock = Instant::now();
        let mut command = Command::new(&self.program);
        command
            .args(["--format", "concise", "render", "--helm"])
            .arg(helm)
            .args(self.is_own.then_some("--own"));
        let output = command.current_dir(&self.project).stdout(Stdio::null()).output()?;
        let time = clock.elapsed();
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        // With findings, such as charts that draw passwords, it ends with 1.
        match output.status.code() {
            Some(0 | 1) => Ok((time, report.lines().last().unwrap_or_default().to_owned())),
            _ => Err(format!("the render failed:\n{report}").into()),
        }
    }

    fn forget(&self) -> Result<(), Failure> {
        remove(&self.project.join(".catalystc/renders"))
    }

    /// Renders once through a script that writes down what helm is asked, and keeps the charts.
    fn record(&self) -> Result<String, Failure> {
        fs::create_dir_all(self.records.join("charts"))?;
        fs::create_dir_all(self.records.join("runs"))?;
        let script = self.records.join("helm");
        let text = format!(
            "#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\n[ \"$1\" = template ] || exec '{helm}' \"$@\"\ncd '{records}' || exit 1\n\
             for chart; do :; done\nkept=charts/$(basename \"$chart\")\nmkdir \"$kept\" 2>/dev/null && cp -r \"$chart/.\" \"$kept\"\n\
             cat > runs/$$.values\nprintf '%s\\n' \"$@\" > runs/$$.args\nexec '{helm}' \"$@\" < runs/$$.values\n",
            helm = self.helm.display(),
            records = self.records.display(),
        );
        fs::write(&script, text)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        let (_, said) = self.render(&script)?;
        self.forget()?;
        Ok(said)
    }

    /// What was written down; a run that was made twice, to compare what it gives, counts once.
    fn runs(&self) -> Result<BTreeSet<Run>, Failure> {
        let mut runs = BTreeSet::new();
        for entry in fs::read_dir(self.records.join("runs"))? {
            let path = entry?.path();
            if path.extension().is_none_or(|it| it != "args") {
                continue;
            }
            let mut args: Vec<String> = fs::read_to_string(&path)?.lines().map(str::to_owned).collect();
            let chart = args.pop().map(PathBuf::from).ok_or("a run without arguments")?;
            let kept = self.records.join("charts").join(chart.file_name().ok_or("a run without a chart")?);
            runs.insert((args, kept, fs::read_to_string(path.with_extension("values"))?));
        }
        Ok(runs)
    }

    /// The runs one after the other, as a loop in a shell would make them.
    fn serial(&self, runs: &BTreeSet<Run>) -> Result<Duration, Failure> {
        let values = self.records.join("values.yaml");
        let mut all = Duration::ZERO;
        for (args, chart, text) in runs {
            fs::write(&values, text)?;
            let mut command = Command::new(&self.helm);
            command.args(args).arg(chart).stdin(fs::File::open(&values)?);
            let clock = Instant::now();
            // A chart that refuses its values takes its time too.
            command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            all += clock.elapsed();
        }
        Ok(all)
    }

    /// The values of the first chart that was rendered.
    fn changeable(&self, runs: &BTreeSet<Run>) -> Result<PathBuf, Failure> {
        let name = |chart: &Path| -> Option<String> {
            let text = fs::read_to_string(chart.join("Chart.yaml")).ok()?;
            text.lines().find(|it| it.starts_with("name:")).map(str::to_owned)
        };
        let rendered: BTreeSet<String> = runs.iter().filter_map(|(_, chart, _)| name(chart)).collect();
        let mut charts = Vec::new();
        for part in ["platform", "products"].map(|it| self.project.join(it)).iter().filter(|it| it.is_dir()) {
            for entry in fs::read_dir(part)? {
                charts.push(entry?.path().join("chart"));
            }
        }
        charts.sort();
        let values = charts
            .into_iter()
            .filter(|it| name(it).is_some_and(|name| rendered.contains(&name)))
            .map(|it| it.join("values.yaml"))
            .find(|it| it.is_file());
        Ok(values.ok_or("no chart that was rendered has values")?)
    }
}

/// Copies a project with what was vendored for it, without what else is remembered of it.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            if !["renders", "cache", ".git", "target"].iter().any(|it| entry.file_name() == *it) {
                copy(&from, &to)?;
            }
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}
