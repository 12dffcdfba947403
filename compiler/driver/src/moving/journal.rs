//! The journal of a push: how far it has come, in a file, so that the next one goes on there without asking for what is done.

use super::push::{Step, push_from};
use super::{MoveError, Plan, Pushed};
use crate::network::{Network, NetworkProgress};
use catalyst_bundle::{Digest, json};
use catalyst_system::{IoError, IoErrorKind, read_file, write_named};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// What a push has come to: written after each step, and read when it is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Journal {
    digest: Digest,
    /// Where the last tag goes, which is that of a release.
    to: String,
    done: Step,
}

impl Journal {
    /// The journal in a file; `None` when there is none, or none that can be read: then all steps are made again.
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

/// Pushes what is planned, from where the journal in this file says that an earlier one was broken off.
pub(super) fn push_with_journal(
    path: &Path,
    plan: &Plan,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Pushed, MoveError> {
    let Some((to, digest)) = plan.last() else { return Ok(Pushed::default()) };
    let (to, digest) = (to.to_string(), *digest);
    let begun = Journal::read(path).map_err(MoveError::Io)?;
    let begun = begun.filter(|it| it.digest == digest && it.to == to);
    let note = |done: Step| Journal { digest, to: to.clone(), done }.write(path).map_err(MoveError::Io);
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
