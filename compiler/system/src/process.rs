//! Running other programs: nothing inherited, nothing unbounded, nothing left behind.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::cancel::Cancel;
use crate::error::plain;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Absolute path; see [`which`].
    pub program: PathBuf,
    /// Arguments.
    pub args: Vec<OsString>,
    /// The folder it runs in.
    pub cwd: PathBuf,
    /// Its whole environment: nothing is inherited.
    pub env: BTreeMap<OsString, OsString>,
    /// What it reads; without it, standard input is closed.
    pub stdin: Option<Vec<u8>>,
    /// It is killed after this time, with all processes of its group.
    pub timeout: Duration,
    /// Most bytes of standard output, and of standard error.
    pub limit: usize,
    /// Most bytes of memory that it may fill itself, where the system can bound that (Linux). What asks for more is told that there is none.
    pub memory: Option<u64>,
    /// Kills it early.
    pub cancel: Cancel,
}

impl Run {
    /// A program with an empty environment, a minute of time and 64 MiB of output.
    pub fn new(program: &Path, cwd: &Path) -> Self {
        Run {
            program: program.to_path_buf(),
            args: Vec::new(),
            cwd: cwd.to_path_buf(),
            env: BTreeMap::new(),
            stdin: None,
            timeout: Duration::from_secs(60),
            limit: 64 << 20,
            memory: None,
            cancel: Cancel::new(),
        }
    }
}

/// What a program did, whether it succeeded or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether it ended with code 0.
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Why a program has no output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// The program's path is not absolute: which program runs must not depend on the folder.
    NotAbsolute,
    /// There is no such program, or no such folder to run it in.
    NotFound,
    /// It may not be run.
    Denied,
    /// It ran out of time and was killed.
    TimedOut(Duration),
    /// It printed more than the limit and was killed.
    TooMuchOutput(usize),
    /// The work was cancelled and it was killed.
    Cancelled,
    /// Anything else, in the system's words.
    Io(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NotAbsolute => f.write_str("the program's path is not absolute"),
            RunError::NotFound => f.write_str("there is no such program or folder"),
            RunError::Denied => f.write_str("running it is not permitted"),
            RunError::TimedOut(after) => write!(f, "it did not end within {after:?}"),
            RunError::TooMuchOutput(limit) => write!(f, "it printed more than {limit} bytes"),
            RunError::Cancelled => f.write_str("cancelled"),
            RunError::Io(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for RunError {}

/// The first program of this name in the folders of a `PATH` value. Relative folders are skipped: they mean another program in every folder.
pub fn which(program: &str, path: &OsStr) -> Option<PathBuf> {
    if program.is_empty() || program.contains('/') {
        return None;
    }
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(program)).find(|file| {
        file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}

/// Runs a program to its end, or to the end of its time.
pub fn run(command: &Run) -> Result<Output, RunError> {
    if !command.program.is_absolute() {
        return Err(RunError::NotAbsolute);
    }
    if command.cancel.is_cancelled() {
        return Err(RunError::Cancelled);
    }
    let started = Command::new(&command.program)
        .args(&command.args)
        .current_dir(&command.cwd)
        .env_clear()
        .envs(&command.env)
        .stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn();
    let mut child = started.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => RunError::NotFound,
        std::io::ErrorKind::PermissionDenied => RunError::Denied,
        _ => RunError::Io(plain(&error)),
    })?;
    if let Some(bytes) = command.memory {
        bound_memory(&child, bytes);
    }
    let out = collect(child.stdout.take(), command.limit);
    let err = collect(child.stderr.take(), command.limit);
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), command.stdin.clone()) {
        // A program that does not read its input ends the writing by its own end; that is no error of ours.
        std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    }
    let mut streams = Streams { out: Err(out), err: Err(err) };
    let ended = wait(&mut child, command, &mut streams);
    // Before the child is reaped its number cannot be given to anybody else, so this reaches only what it started.
    kill_group(&child);
    let status = child.wait().map_err(|error| RunError::Io(plain(&error)))?;
    ended?;
    // Whoever left the group may hold the pipes open for ever: wait only a moment for the rest.
    let moment = Duration::from_millis(500);
    let (Some(stdout), Some(stderr)) = (streams.out(moment), streams.err(moment)) else {
        return Err(RunError::Io("a process that it started holds its output open".to_owned()));
    };
    if stdout.len() > command.limit || stderr.len() > command.limit {
        return Err(RunError::TooMuchOutput(command.limit));
    }
    Ok(Output { code: status.code(), signal: status.signal(), stdout, stderr })
}

/// What the two pipes gave: the bytes, or where they will come from.
struct Streams {
    out: Result<Vec<u8>, Receiver<Vec<u8>>>,
    err: Result<Vec<u8>, Receiver<Vec<u8>>>,
}

impl Streams {
    fn out(&mut self, wait: Duration) -> Option<Vec<u8>> {
        take(&mut self.out, wait).then(|| self.out.as_mut().map(std::mem::take).unwrap_or_default())
    }

    fn err(&mut self, wait: Duration) -> Option<Vec<u8>> {
        take(&mut self.err, wait).then(|| self.err.as_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Whether one of them has given more than it may.
    fn is_over(&mut self, limit: usize) -> bool {
        [&mut self.out, &mut self.err].into_iter().any(|stream| {
            take(stream, Duration::ZERO);
            stream.as_ref().is_ok_and(|bytes| bytes.len() > limit)
        })
    }
}

fn take(stream: &mut Result<Vec<u8>, Receiver<Vec<u8>>>, wait: Duration) -> bool {
    if let Err(receiver) = stream
        && let Ok(bytes) = receiver.recv_timeout(wait)
    {
        *stream = Ok(bytes);
    }
    stream.is_ok()
}

/// Reads a pipe to its end, or to one byte past the limit.
fn collect(pipe: Option<impl Read + Send + 'static>, limit: usize) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read before an error is the output: the pipe is ours, it has no others.
            let _ = pipe.take(limit as u64 + 1).read_to_end(&mut bytes);
        }
        let _ = send.send(bytes);
    });
    receive
}

/// Waits for the end without reaping.
fn wait(child: &mut Child, command: &Run, streams: &mut Streams) -> Result<(), RunError> {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(200);
    let Some(pid) = pid(child) else { return Ok(()) };
    loop {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match rustix::process::waitid(WaitId::Pid(pid), look) {
            Ok(Some(_)) => return Ok(()),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(RunError::Io(plain(&error.into()))),
        }
        if command.cancel.is_cancelled() {
            return Err(RunError::Cancelled);
        }
        if streams.is_over(command.limit) {
            return Err(RunError::TooMuchOutput(command.limit));
        }
        let left = command.timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(RunError::TimedOut(command.timeout));
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Set from outside, right after the start: setting it in between would take code that runs in a half-made process. One that has ended
/// already needs no bound.
#[cfg(target_os = "linux")]
fn bound_memory(child: &Child, bytes: u64) {
    use rustix::process::{Resource, Rlimit, prlimit};
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    let _ = prlimit(pid(child), Resource::Data, limit);
}

#[cfg(not(target_os = "linux"))]
fn bound_memory(_: &Child, _: u64) {}

fn kill_group(child: &Child) {
    if let Some(pid) = pid(child) {
        // There may be nobody left in it.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}

fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}
