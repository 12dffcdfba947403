//! One project in a folder of its own, through the whole compiler.

use super::read::Files;
use catalyst_diag::render::{Format, Options, render};
use catalyst_diag::{Diagnostic, rule};
use catalyst_driver::{CompileOptions, NoProgress, Positions, Project};
use catalyst_system::Discover;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path};

/// What the compiler said and made.
pub(super) struct Outcome {
    pub findings: Vec<Diagnostic>,
    /// The findings, a line each.
    pub concise: String,
    /// The findings for people.
    pub full: String,
    /// Emitted texts by path in the output folder.
    pub texts: BTreeMap<String, String>,
}

/// Compiles a project. A panic is an error, whether the driver caught it or not.
pub(super) fn compile(files: &Files, locked: bool) -> Result<Outcome, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    write(folder.path(), files)?;
    let run = AssertUnwindSafe(|| compile_in(folder.path(), locked));
    let outcome = catch_unwind(run).map_err(|_| "catalystc panics".to_owned())??;
    match outcome.findings.iter().find(|it| it.rule.name == rule::INTERNAL_ERROR.name) {
        Some(found) => Err(found.message.clone()),
        None => Ok(outcome),
    }
}

pub(super) fn write(folder: &Path, files: &Files) -> Result<(), String> {
    for (name, bytes) in files {
        let inside = Path::new(name).components().all(|it| matches!(it, Component::Normal(_)));
        if !inside {
            return Err(format!("`{name}` is no path below the project"));
        }
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|error| format!("`{name}`: {error}"))?;
    }
    Ok(())
}

fn compile_in(folder: &Path, locked: bool) -> Result<Outcome, String> {
    let project = Project::open(folder, Discover::default(), true).map_err(|error| error.to_string())?;
    let options = CompileOptions { locked, ..CompileOptions::default() };
    let compilation = catalyst_driver::compile(&project, &options, &NoProgress, |_, it| it.render());
    let mut texts = BTreeMap::new();
    for (sovereign, files) in &compilation.sovereigns {
        for (path, file) in files {
            texts.insert(format!("{sovereign}/{path}"), file.text.clone());
        }
    }
    let shown = |format| {
        let options = Options { color: false, width: 120, show_all: true, tool_version: "" };
        render(format, &compilation.diagnostics, &Positions(&project), &options)
    };
    let (concise, full) = (cut(&shown(Format::Concise)), shown(Format::Full));
    Ok(Outcome { findings: compilation.diagnostics, concise, full, texts })
}

/// A list that is too long to be read, cut: what it begins with, and how many lines follow.
fn cut(list: &str) -> String {
    const LONG: usize = 50;
    const SHOWN: usize = 20;
    let lines = list.lines().count();
    if lines <= LONG {
        return list.to_owned();
    }
    let shown: String = list.split_inclusive('\n').take(SHOWN).collect();
    format!("{shown}... and {} more\n", lines - SHOWN)
}
