//! What keeps a chart from being fetched, said so that a user knows whose turn it is.

use std::fmt;

/// A fetch that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchError {
    /// Which class of trouble it is.
    pub kind: FetchErrorKind,
    /// What was asked for: a URL without credentials, or a reference.
    pub what: String,
    /// What happened, as it reads after the colon of a sentence.
    pub text: String,
}

/// Classes of trouble that a caller can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchErrorKind {
    /// The source has nothing of this name or version.
    NotFound,
    /// The source wants credentials, or others.
    Unauthorized,
    /// The source refuses, whoever asks.
    Refused,
    /// The source could not be reached, or went on failing.
    Unavailable,
    /// The certificate of the source is not trusted.
    Untrusted,
    /// It would go over plain HTTP, which nobody asked for.
    Insecure,
    /// There is more of it than may be read.
    TooLarge,
    /// The bytes are not those that were promised.
    Mismatch,
    /// The answer is not in the form that it should have.
    Malformed,
    /// What is sent cannot be read here, or what came cannot be kept.
    Local,
    /// Somebody asked to stop.
    Cancelled,
}

impl FetchError {
    pub(crate) fn new(kind: FetchErrorKind, what: impl fmt::Display, text: impl Into<String>) -> Self {
        FetchError { kind, what: what.to_string(), text: text.into() }
    }

    pub(crate) fn cancelled(what: impl fmt::Display) -> Self {
        FetchError::new(FetchErrorKind::Cancelled, what, "cancelled")
    }

    /// What the user can do about it.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self.kind {
            FetchErrorKind::NotFound => "check the name, the version and the repository",
            FetchErrorKind::Unauthorized => {
                "log in with `docker login`, `helm registry login` or `helm repo add --username`, and run it again"
            }
            FetchErrorKind::Refused => "ask whoever runs the source why it refuses",
            FetchErrorKind::Unavailable => "run it again when the source can be reached",
            FetchErrorKind::Untrusted => "name the certificate of its authority with `--ca-file`",
            FetchErrorKind::Insecure => {
                "use https, or allow plain HTTP for this host with `--plain-http HOST`"
            }
            FetchErrorKind::TooLarge => {
                "charts of this size are not read; Helm itself takes no more than 100 MiB unpacked"
            }
            FetchErrorKind::Mismatch => {
                "somebody changed what was published, or the bytes were damaged on the way; do not use them before you know which"
            }
            FetchErrorKind::Malformed => "tell whoever runs the source",
            FetchErrorKind::Local => "make room, or name another place; what was moved is not moved again",
            FetchErrorKind::Cancelled => return None,
        })
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.text)
    }
}

impl std::error::Error for FetchError {}
