//! Importing a release that was verified: the record of what is accepted first, then everything but tags, then tags; with a journal beside
//! the record, so that an import that was broken off goes on where it was.

use super::push::{Step, push_from};
use super::{MoveError, Plan, Pushed};
use crate::bundle::{State, write_state};
use crate::network::{Network, NetworkProgress};
use catalyst_bundle::{Digest, json};
use catalyst_sign::{Mark, Report};
use catalyst_system::{IoError, IoErrorKind, read_file, write_named};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What an import has come to: written after each step, and read when it is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Journal {
    digest: Digest,
    /// The reference of the release in the registry.
    to: String,
    done: Step,
}

impl Journal {
    /// The journal beside a record; `None` when there is none, or none that can be read: then all steps are made again.
    fn read(path: &Path) -> Result<Option<Journal>, IoError> {
        let bytes = match read_file(path, 1 << 16) {
            Err(error) if error.kind == IoErrorKind::Missing => return Ok(None),
            other => other?,
        };
        let Ok(value) = json::parse(&bytes) else { return Ok(None) };
        let read = || {
            Some(Journal {
                digest: Digest::parse(value["digest"].as_str()?).ok()?,
                to: value["to"].as_str()?.to_owned(),
                done: Step::parse(value["done"].as_str()?)?,
            })
        };
        Ok(read().filter(|_| value["version"] == 1))
    }

    /// On the disk when this returns.
    fn write(&self, path: &Path) -> Result<(), IoError> {
        let done = self.done.as_str();
        let value = json!({ "version": 1, "digest": self.digest.to_string(), "to": self.to, "done": done });
        write_named(path, format!("{value:#}\n").as_bytes())
    }
}

/// Imports a release that [`catalyst_sign::verify()`] has accepted. `record` is the file of what was accepted, and `state` what it says.
pub fn import(
    plan: &Plan,
    report: &Report,
    record: &Path,
    mut state: State,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Pushed, MoveError> {
    let path = journal_of(record);
    let to = plan.release.to_string();
    let begun = Journal::read(&path).map_err(MoveError::Io)?;
    let begun = begun.filter(|it| it.digest == report.digest && it.to == to);
    // Accepted before anything can be seen of it: whoever breaks it off cannot bring an older one in between.
    let mark = Mark { sequence: report.header.sequence, digest: report.digest };
    let lines = state.0.entry(report.header.sovereign.clone()).or_default();
    lines.insert(report.header.line.clone(), mark);
    write_state(record, &state).map_err(MoveError::Io)?;
    let note = |done: Step| {
        Journal { digest: report.digest, to: to.clone(), done }.write(&path).map_err(MoveError::Io)
    };
    let done = match begun {
        Some(journal) => journal.done,
        None => {
            note(Step::Accepted)?;
            Step::Accepted
        }
    };
    match push_from(done, plan, network, progress.clone(), &note) {
        // Perhaps the registry has lost what the journal says is there.
        Err(MoveError::Refused(_)) if done > Step::Accepted => {
            push_from(Step::Accepted, plan, network, progress, &note)
        }
        other => other,
    }
}

/// The journal of a record stands beside it.
fn journal_of(record: &Path) -> PathBuf {
    let mut name = record.file_name().unwrap_or_default().to_owned();
    name.push(".journal");
    record.with_file_name(name)
}
