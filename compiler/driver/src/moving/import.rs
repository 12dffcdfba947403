//! Importing a release that was verified: the record of what is accepted first, then everything but tags, then tags; with a journal beside
//! the record, so that an import that was broken off goes on where it was.

use super::journal::push_with_journal;
use super::{MoveError, Plan, Pushed};
use crate::bundle::{State, write_state};
use crate::network::{Network, NetworkProgress};
use catalyst_sign::{Mark, Report};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Imports a release that [`catalyst_sign::verify()`] has accepted. `record` is the file of what was accepted, and `state` what it says.
pub fn import(
    plan: &Plan,
    report: &Report,
    record: &Path,
    mut state: State,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Pushed, MoveError> {
    // Accepted before anything can be seen of it: whoever breaks it off cannot bring an older one in between.
    let mark = Mark { sequence: report.header.sequence, digest: report.digest };
    let lines = state.0.entry(report.header.sovereign.clone()).or_default();
    lines.insert(report.header.line.clone(), mark);
    write_state(record, &state).map_err(MoveError::Io)?;
    push_with_journal(&journal_of(record), plan, network, progress)
}

/// The journal of a record stands beside it.
fn journal_of(record: &Path) -> PathBuf {
    let mut name = record.file_name().unwrap_or_default().to_owned();
    name.push(".journal");
    record.with_file_name(name)
}
