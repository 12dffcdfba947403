//! Suites in Markdown: prose, the files of a project, and what the compiler must say of them, in one document.
//!
//! - A heading opens a section. Files of a section hold for the sections below it. A section with an expectation is a test, and one
//!   without sections below it must have one.
//! - A file is a line with only `` `path/in/project.yaml`: `` and then a fenced block with its text; it takes the place of an inherited
//!   file. A `diff` block edits the inherited file: its lines that start with a space or `-` must stand in the file exactly once, and
//!   become those that start with a space or `+`; a line `...` starts another such edit. A `bytes` block holds escapes (see [`escape`]),
//!   and so do the `+` lines of a `diff bytes` block. A line with only `` `path` is removed. `` takes a file away.
//! - A line `Base: [the small project](base.md)` brings the files of the first section of another document, or of the one that the link
//!   names after `#`.
//! - A `findings` block is the complete list of findings in the concise form (of more than fifty, the first twenty and how many more there
//!   are); an empty one means that there are none. A `full` block is
//!   their full form. With the word `locked` after the name the lock must fit. A path line before an `emits` block names a file of output
//!   and the block is its text.
//!
//! Each expectation is exact. [`run`] can also write what it found into the document in place of what was expected.

#![expect(clippy::disallowed_methods, reason = "suites and their projects are files of the tests")]

pub mod escape;

mod edit;
mod markdown;
mod project;
mod read;

use catalyst_diag::Diagnostic;
use rayon::prelude::*;
use read::{Expectation, Expected, Section};
use std::fmt;
use std::path::{Path, PathBuf};

/// What became of one document.
#[derive(Debug)]
pub struct Report {
    /// The document.
    pub path: PathBuf,
    /// Its tests, in order.
    pub tests: Vec<Test>,
    /// What is wrong, in the document itself or in its tests, in order of line.
    pub failures: Vec<Failure>,
}

/// One section with an expectation.
#[derive(Debug)]
pub struct Test {
    /// The titles of its section and of those above it, the outermost first.
    pub titles: Vec<String>,
    /// The line of its heading.
    pub line: usize,
    /// What the compiler found in its project.
    pub findings: Vec<Diagnostic>,
}

/// A difference between a document and what the compiler does, or a document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the document.
    pub line: usize,
    /// What is wrong; may have several lines.
    pub message: String,
}

impl Failure {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Failure { line, message: message.into() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{}:{}: {}", self.path.display(), failure.line, failure.message)?;
        }
        Ok(())
    }
}

/// Runs the tests of a document in parallel. With `update`, blocks that differ are written anew, and a difference is no failure.
///
/// # Errors
/// When the document cannot be read or written.
pub fn run(path: &Path, update: bool) -> std::io::Result<Report> {
    let text = std::fs::read_to_string(path)?;
    let (sections, failures) = read::sections(path, &text);
    run_sections(path, text, sections, failures, update)
}

/// Runs a page of documentation: as [`run`], but prose needs no test, all sections stand on the first section of the document `base`, and
/// the one titled "Fixed" expects no findings.
///
/// # Errors
/// When the page cannot be read or written.
pub fn run_page(path: &Path, base: &Path, update: bool) -> std::io::Result<Report> {
    let text = std::fs::read_to_string(path)?;
    let (sections, failures) = read::page(path, &text, base);
    run_sections(path, text, sections, failures, update)
}

fn run_sections(
    path: &Path,
    mut text: String,
    sections: Vec<Section>,
    mut failures: Vec<Failure>,
    update: bool,
) -> std::io::Result<Report> {
    let ran: Vec<_> = sections.into_par_iter().map(test).collect();
    let (mut tests, mut changes) = (Vec::new(), Vec::new());
    for Ran { test, failures: own, changes: found } in ran {
        tests.push(test);
        failures.extend(own);
        for change in found {
            if update && change.expectation.body != read::NOWHERE {
                changes.push(change);
            } else {
                failures.push(change.failure());
            }
        }
    }
    // From the end, so that earlier positions stay.
    changes.sort_by_key(|it| std::cmp::Reverse(it.expectation.body.start));
    for change in &changes {
        text.replace_range(change.expectation.body.clone(), &change.found);
    }
    if !changes.is_empty() {
        std::fs::write(path, text)?;
    }
    failures.sort_by_key(|it| it.line);
    Ok(Report { path: path.to_path_buf(), tests, failures })
}

/// Writes the project of the first section of a document into a folder.
///
/// # Errors
/// When the document cannot be read, or a file cannot be written.
pub fn write_project(document: &Path, folder: &Path) -> Result<(), String> {
    project::write(folder, &read::first(document)?)
}

/// All Markdown documents below a folder, in order of path.
///
/// # Errors
/// When a folder cannot be read.
pub fn documents(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            out.extend(documents(&path)?);
        } else if path.extension().is_some_and(|it| it == "md") {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

/// One section that was run.
struct Ran {
    test: Test,
    failures: Vec<Failure>,
    changes: Vec<Change>,
}

/// A block whose text is not what was found.
struct Change {
    title: String,
    expectation: Expectation,
    found: String,
}

impl Change {
    fn failure(&self) -> Failure {
        let Expectation { line, text, .. } = &self.expectation;
        let lines = catalyst_driver::line_diff("suite", text, &self.found);
        let lines: String = lines.lines().skip(2).map(|line| format!("\n    {line}")).collect();
        Failure::new(*line, format!("{}: not as written (- written, + found){lines}", self.title))
    }
}

/// Compiles the project of a section, once for each way that its expectations ask for.
fn test(section: Section) -> Ran {
    let title = section.titles.join(" / ");
    let mut ran = Ran {
        test: Test { titles: section.titles, line: section.line, findings: Vec::new() },
        failures: Vec::new(),
        changes: Vec::new(),
    };
    for locked in [false, true] {
        let own: Vec<_> = section.expectations.iter().filter(|it| it.locked == locked).collect();
        if own.is_empty() {
            continue;
        }
        let outcome = match project::compile(&section.files, locked) {
            Ok(outcome) => outcome,
            Err(error) => {
                ran.failures.push(Failure::new(section.line, format!("{title}: {error}")));
                continue;
            }
        };
        for expectation in own {
            let found = match &expectation.expected {
                Expected::Findings => outcome.concise.clone(),
                Expected::Full => outcome.full.clone(),
                Expected::Emits(path) => match outcome.texts.get(path) {
                    Some(text) => text.clone(),
                    None => {
                        let message = format!("{title}: `{path}` is not emitted");
                        ran.failures.push(Failure::new(expectation.line, message));
                        continue;
                    }
                },
            };
            if found != expectation.text {
                let expectation = expectation.clone();
                ran.changes.push(Change { title: title.clone(), expectation, found });
            }
        }
        ran.test.findings.extend(outcome.findings);
    }
    ran
}
