//! `cargo xtask bench [SIZE...]`: how long builds take and how much memory they need, against `cp -r` of the same tree, in one run.
//!
//! Each size is a fleet of that many Sovereigns (see `synth`), in a folder of its own below the system's temporary folder that is removed
//! afterwards. Everything is done by the release binary in fresh processes, as a user would. Small sizes are measured several times and
//! the best counts, since what is asked for is the cost of the work, not of the other work on the machine.

use crate::synth::{self, OneLine};
use std::fs;
use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// What was measured for one size.
struct Row {
    name: String,
    sovereigns: usize,
    files: usize,
    megabytes: f64,
    copy: Duration,
    cold: Duration,
    nothing: Duration,
    line: Duration,
    watch: Watched,
    memory: f64,
}

/// One changed line under `--watch`.
struct Watched {
    /// From the edit to the report, the wait for the end of a burst included.
    seen: Duration,
    /// The work alone, as the program says.
    work: Duration,
}

pub(crate) fn run(repository: &Path, sizes: &[NonZeroUsize]) -> Result<String, Failure> {
    let program = release_binary(repository)?;
    let folder = std::env::temp_dir().join(format!("catalystc-bench-{}", std::process::id()));
    let rows = measure_all(&program, repository, &folder, sizes);
    fs::remove_dir_all(&folder)?;
    Ok(table(&rows?))
}

/// Builds the binary that users run.
pub(crate) fn release_binary(repository: &Path) -> Result<PathBuf, Failure> {
    let built = Command::new("cargo").args(["build", "--release", "--package", "catalyst-cli"]).status()?;
    if !built.success() {
        return Err("the release build failed".into());
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository.join("target"), PathBuf::from);
    Ok(target.join("release/catalystc").canonicalize()?)
}

fn measure_all(
    program: &Path,
    repository: &Path,
    folder: &Path,
    sizes: &[NonZeroUsize],
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let own = folder.join("own");
    rows.push(measure(program, &own, "own fleet", synth::own(repository, &own)?)?);
    for size in sizes.iter().map(|size| size.get()) {
        let fleet = folder.join(size.to_string());
        let change = synth::write(repository, &fleet, size)?;
        // What is removed is removed at the end: ext4 takes long to make a file in the half minute after many were deleted.
        rows.push(measure(program, &fleet, &size.to_string(), change)?);
    }
    Ok(rows)
}

fn measure(program: &Path, folder: &Path, name: &str, change: OneLine) -> Result<Row, Failure> {
    let sovereigns = fs::read_dir(folder.join("sovereigns"))?
        .filter(|it| it.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    let sovereigns = sovereigns.count();
    let times = if sovereigns <= 10 { 5 } else { 1 };
    let (mut cold, mut copy, mut memory) = (Duration::MAX, Duration::MAX, 0.0_f64);
    let mut out = PathBuf::new();
    for at in 0..times {
        // A new folder each time: some file systems are slow to make files where many were just removed, for the copy as for the build.
        out = folder.join(format!("out-{at}"));
        remove(&folder.join(".catalystc"))?;
        settle()?;
        let (time, report) = build(program, folder, &out)?;
        cold = cold.min(time);
        memory = memory.max(said(&report, "peak memory ").ok_or("no peak memory in the report")?);
        settle()?;
        let clock = Instant::now();
        if !Command::new("cp").arg("-r").arg(&out).arg(folder.join(format!("copy-{at}"))).status()?.success()
        {
            return Err("cp failed".into());
        }
        copy = copy.min(clock.elapsed());
    }
    let nothing = best(times.max(3), || Ok(build(program, folder, &out)?.0))?;
    let mut is_before = true;
    let file = folder.join(&change.file);
    let mut edit = || -> Result<(), Failure> {
        let (from, to) =
            if is_before { (change.before, change.after) } else { (change.after, change.before) };
        is_before = !is_before;
        let text = fs::read_to_string(&file)?;
        if !text.contains(from) {
            return Err(format!("`{from}` is not in {}", file.display()).into());
        }
        Ok(fs::write(&file, text.replace(from, to))?)
    };
    let line = best(times.max(2), || {
        edit()?;
        settle()?;
        Ok(build(program, folder, &out)?.0)
    })?;
    let watch = watch(program, folder, &out, times.max(2), &mut edit)?;
    let (files, bytes) = contents(&out)?;
    let megabytes = bytes as f64 / 1e6;
    let name = name.to_owned();
    Ok(Row { name, sovereigns, files, megabytes, copy, cold, nothing, line, watch, memory })
}

/// Waits until the disk has what was written, so that nobody pays for the writes of the one before.
fn settle() -> Result<(), Failure> {
    if Command::new("sync").status()?.success() { Ok(()) } else { Err("sync failed".into()) }
}

pub(crate) fn best(
    times: usize,
    mut run: impl FnMut() -> Result<Duration, Failure>,
) -> Result<Duration, Failure> {
    (0..times).try_fold(Duration::MAX, |best, _| Ok(best.min(run()?)))
}

/// One build in a process of its own: how long it took, and what it said of itself.
fn build(program: &Path, folder: &Path, out: &Path) -> Result<(Duration, String), Failure> {
    let clock = Instant::now();
    let args = ["-v", "--format", "concise", "build", "--out"];
    let output = Command::new(program).args(args).arg(out).current_dir(folder).output()?;
    let time = clock.elapsed();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok((time, report))
    } else {
        Err(format!("the build failed:\n{}{report}", String::from_utf8_lossy(&output.stdout)).into())
    }
}

fn watch(
    program: &Path,
    folder: &Path,
    out: &Path,
    times: usize,
    edit: &mut dyn FnMut() -> Result<(), Failure>,
) -> Result<Watched, Failure> {
    let mut child = Command::new(program)
        .args(["-v", "--format", "concise", "build", "--watch", "--out"])
        .arg(out)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stderr.take().ok_or("no standard error")?).lines();
    // The last line of a round says how long it took.
    let mut round = || -> Result<f64, Failure> {
        loop {
            let line = lines.next().ok_or("the watch ended")??;
            if let Some(all) = said(&line, "all ") {
                return Ok(all);
            }
        }
    };
    let mut measured = || -> Result<Watched, Failure> {
        round()?;
        let mut best = Watched { seen: Duration::MAX, work: Duration::MAX };
        for _ in 0..times {
            let clock = Instant::now();
            edit()?;
            let work = Duration::from_secs_f64(round()? / 1e3);
            best = Watched { seen: best.seen.min(clock.elapsed()), work: best.work.min(work) };
        }
        Ok(best)
    };
    let measured = measured();
    child.kill()?;
    child.wait()?;
    measured
}

/// The number behind a word of a report.
fn said(report: &str, word: &str) -> Option<f64> {
    let after = &report[report.rfind(word)? + word.len()..];
    after.split([' ', ',', '\n']).next()?.parse().ok()
}

fn contents(folder: &Path) -> Result<(usize, u64), Failure> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (more, size) =
            if entry.file_type()?.is_dir() { contents(&entry.path())? } else { (1, entry.metadata()?.len()) };
        files += more;
        bytes += size;
    }
    Ok((files, bytes))
}

pub(crate) fn remove(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

fn table(rows: &[Row]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!("Release profile, {cores} cores. Times in ms, memory in MiB.\n\n");
    text.push_str("| Sovereigns | files | MB | `cp -r` | cold | cold / `cp -r` | cold a Sovereign | nothing changed | one line, fresh | one line in watch: work | with the wait | peak memory |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    for row in rows {
        text.push_str(&format!(
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |\n",
            row.name,
            row.files,
            row.megabytes,
            ms(row.copy),
            ms(row.cold),
            ms(row.cold) / ms(row.copy),
            ms(row.cold) / row.sovereigns as f64,
            ms(row.nothing),
            ms(row.line),
            ms(row.watch.work),
            ms(row.watch.seen),
            row.memory,
        ));
    }
    text
}
