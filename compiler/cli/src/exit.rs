//! Exit codes, and what is printed before a code that is not 0. `catalystc help exit-codes` prints the table.

use catalyst_diag::{Diagnostic, Severity, rule};
use catalyst_driver::{BuildError, LoadError, Refusal};
use catalyst_system::{IoError, IoErrorKind};
use std::fmt;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Findings at error level, or differences.
pub(crate) const FINDINGS: u8 = 1;
/// Usage, configuration, input and output.
pub(crate) const FAILURE: u8 = 2;
/// A fault of catalystc.
pub(crate) const FAULT: u8 = 101;
/// Interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

/// Every exit code with what it means, for people.
pub(crate) const CODES: &[(u8, &str)] = &[
    (0, "done: no finding at error level, no difference; a build was written"),
    (
        FINDINGS,
        "findings at error level; for `diff` and the flags that only look (`--check`, `--dry-run` of `fix`): there are differences",
    ),
    (
        FAILURE,
        "the question could not be worked on: usage, configuration, input and output, a program that is missing",
    ),
    (FAULT, "a fault of catalystc; please report it"),
    (INTERRUPTED, "interrupted by Ctrl-C or a signal; what was there before is still there"),
];

/// Why a verb could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// The same, of work that goes on where it was when it is started again.
    BrokenOff,
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

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Message { text: refusal.text, help: refusal.help }
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Io(error) => error.into(),
            BuildError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<IoError> for Failure {
    fn from(error: IoError) -> Self {
        match error.kind {
            IoErrorKind::Cancelled => Failure::Interrupted,
            _ => Failure::Message { text: error.to_string(), help: error.help() },
        }
    }
}

/// Only standard output is written with errors of this type.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(format!("standard output: {error}"))
    }
}

/// The code for findings: 0 without errors, 1 with, 101 when one of them is a fault of catalystc itself.
pub(crate) fn code_of(findings: &[Diagnostic]) -> ExitCode {
    if findings.iter().any(|it| it.rule.name == rule::INTERNAL_ERROR.name) {
        ExitCode::from(FAULT)
    } else if findings.iter().any(|it| it.severity == Severity::Error) {
        ExitCode::from(FINDINGS)
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints a failure, unless nothing is to be printed, and gives its exit code.
pub(crate) fn failure(failure: &Failure, silent: bool) -> ExitCode {
    let (text, code) = match failure {
        Failure::Interrupted => ("interrupted; nothing was written".to_owned(), INTERRUPTED),
        Failure::BrokenOff => {
            ("interrupted; what was done stays, and the same call goes on".to_owned(), INTERRUPTED)
        }
        Failure::Message { text, help: None } => (format!("error: {text}"), FAILURE),
        Failure::Message { text, help: Some(help) } => (format!("error: {text}\n  help: {help}"), FAILURE),
    };
    if !silent {
        // Nobody can be told that nobody can be told.
        drop(writeln!(std::io::stderr().lock(), "{text}"));
    }
    ExitCode::from(code)
}

/// Prints help, the version, or what is wrong with the arguments.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(FAILURE),
        _ if error.use_stderr() => ExitCode::from(FAILURE),
        _ => ExitCode::SUCCESS,
    }
}

/// Makes a panic say what it is: a bug, and where to report it. The code 101 is that of the runtime.
pub(crate) fn report_faults() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map_or_else(String::new, |it| format!(" ({}:{})", it.file(), it.line()));
        drop(writeln!(
            std::io::stderr().lock(),
            "catalystc has a bug: {text}{place}\n  please report it at {}/issues, with this text, the command line, and the intent that shows it (catalystc {})",
            env!("CARGO_PKG_REPOSITORY"),
            env!("CARGO_PKG_VERSION"),
        ));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_diag::Place;
    use catalyst_source::TreePath;

    #[test]
    fn a_fault_outranks_findings() {
        let found = |rule, severity| {
            let mut it = Diagnostic::new(rule, Place::file(&TreePath::new("a.yaml").unwrap()), "text");
            it.severity = severity;
            it
        };
        let warning = found(&rule::MERGE_KEY, Severity::Warning);
        let error = found(&rule::WRONG_TYPE, Severity::Error);
        let fault = found(&rule::INTERNAL_ERROR, Severity::Error);
        assert_eq!(code_of(&[]), ExitCode::SUCCESS);
        assert_eq!(code_of(std::slice::from_ref(&warning)), ExitCode::SUCCESS);
        assert_eq!(code_of(&[warning, error.clone()]), ExitCode::from(FINDINGS));
        assert_eq!(code_of(&[error, fault]), ExitCode::from(FAULT));
    }
}
