//! Exit codes: 0 clean, 1 findings or differences, 2 usage, configuration or environment, 101 a fault of catalystc, 130 interrupted.

use catalyst_driver::LoadError;
use catalyst_system::IoError;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// Findings at error level, or differences.
pub(crate) const FINDINGS: u8 = 1;
/// Usage, configuration, input and output.
pub(crate) const FAILURE: u8 = 2;
/// Interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a verb could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// What is wrong, and what to do about it.
    Message { text: String, help: Option<String> },
}

impl Failure {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Failure::Message { text: text.to_string(), help: None }
    }

    pub(crate) fn with_help(text: impl fmt::Display, help: impl Into<String>) -> Self {
        Failure::Message { text: text.to_string(), help: Some(help.into()) }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Cancelled => Failure::Interrupted,
            error => Failure::new(error),
        }
    }
}

impl From<IoError> for Failure {
    fn from(error: IoError) -> Self {
        match error.kind {
            catalyst_system::IoErrorKind::Cancelled => Failure::Interrupted,
            _ => Failure::Message { text: error.to_string(), help: error.help() },
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(error)
    }
}

/// Prints a failure and gives its exit code. A reader that went away is no failure.
pub(crate) fn failure(failure: &Failure) -> ExitCode {
    let mut stderr = std::io::stderr().lock();
    let (written, code) = match failure {
        Failure::Interrupted => (writeln!(stderr, "interrupted; nothing was written"), INTERRUPTED),
        Failure::Message { text, .. } if text.contains("Broken pipe") => return ExitCode::SUCCESS,
        Failure::Message { text, help: None } => (writeln!(stderr, "error: {text}"), FAILURE),
        Failure::Message { text, help: Some(help) } => {
            (writeln!(stderr, "error: {text}\n  help: {help}"), FAILURE)
        }
    };
    drop(written);
    ExitCode::from(code)
}

/// Prints help, the version, or what is wrong with the arguments.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let code = if error.use_stderr() { FAILURE } else { 0 };
    drop(error.print());
    ExitCode::from(code)
}
