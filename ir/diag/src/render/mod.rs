//! Renderers: pure functions from findings to text, one file a format.
//!
//! Phases: `Sources` reads each file once and turns places into lines and columns; the format then writes its text. A renderer keeps
//! the order it is given (see [`crate::arrange`]), knows no terminal and reads no environment: colour and width arrive in [`Options`].
//! Whatever came from a file or a message passes through `visible` first, so that no finding can steer the terminal that shows it.

mod concise;
mod fingerprint;
#[cfg(test)]
mod fixture;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod plain;
mod sarif;
mod sources;
mod summary;
mod visible;
mod window;

pub use junit::escape as xml;
pub use summary::summary;

use crate::{Diagnostic, Locate, suggest};
use sources::Sources;
use std::fmt;
use std::str::FromStr;

/// The forms in which findings can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people: source lines with the cause underlined, notes and help.
    Full,
    /// For people and `grep`: one line each.
    Concise,
    /// One JSON document with all findings and a summary.
    Json,
    /// One JSON document a line, a finding each.
    Jsonl,
    /// Workflow commands that GitHub Actions turns into annotations.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
    /// A SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// A JUnit report, for whatever shows tests.
    Junit,
}

impl Format {
    /// All formats, in the order in which help lists them.
    pub const ALL: &[Format] = &[
        Format::Full,
        Format::Concise,
        Format::Json,
        Format::Jsonl,
        Format::Github,
        Format::Gitlab,
        Format::Sarif,
        Format::Junit,
    ];

    /// The word that selects the format.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let known = Format::ALL.iter().copied().find(|format| format.as_str() == text);
        known.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// A word that selects no [`Format`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Format::ALL.iter().map(|format| format.as_str());
        write!(f, "unknown format `{}`", visible::line(&self.0))?;
        match suggest::nearest(&self.0, names.clone()) {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => write!(f, "; known are {}", names.collect::<Vec<_>>().join(", ")),
        }
    }
}

impl std::error::Error for UnknownFormat {}

/// How to render. There is no default: each front end knows its own terminal.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Whether ANSI colours are written, in the formats for people.
    pub color: bool,
    /// Columns of the terminal; below 40 counts as 40.
    pub width: usize,
    /// Whether repeated warnings are shown without a cap.
    pub show_all: bool,
    /// The version of catalystc, for the formats that name their tool.
    pub tool_version: &'a str,
}

/// Writes findings in a format, in the order given. The text ends with a line break, or is empty where the format has no frame and there
/// is nothing to say.
pub fn render(
    format: Format,
    diagnostics: &[Diagnostic],
    locate: &dyn Locate,
    options: &Options<'_>,
) -> String {
    let sources = Sources::new(diagnostics, locate);
    match format {
        Format::Full => full::full(diagnostics, &sources, options),
        Format::Concise => concise::concise(diagnostics, &sources, options),
        Format::Json => json::json(diagnostics, &sources),
        Format::Jsonl => json::jsonl(diagnostics, &sources),
        Format::Github => github::github(diagnostics, &sources),
        Format::Gitlab => gitlab::gitlab(diagnostics, &sources),
        Format::Sarif => sarif::sarif(diagnostics, &sources, options.tool_version),
        Format::Junit => junit::junit(diagnostics, &sources),
    }
}

#[cfg(test)]
mod tests;
