//! What all verbs share that name a registry.

use super::bundle::failure_of;
use crate::exit::Failure;
use crate::session::Session;
use catalyst_driver::moving::MoveError;
use catalyst_driver::network::Network;
use catalyst_system::IoErrorKind;
use std::path::{Path, PathBuf};

/// How the network is reached.
#[derive(Debug, clap::Args)]
pub(crate) struct NetworkArgs {
    /// Speak to this host over plain HTTP; with its port, or without for all ports. May be given more than once
    #[arg(long, value_name = "HOST", help_heading = "Network")]
    plain_http: Vec<String>,
    /// Trust the authorities in this file (PEM) beside those of the system; may be given more than once
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    ca_file: Vec<PathBuf>,
}

impl NetworkArgs {
    pub(super) fn network(&self, session: &Session) -> Network {
        Network {
            plain_http: self.plain_http.iter().cloned().collect(),
            ca_files: self.ca_file.iter().map(|it| session.here(it)).collect(),
            jobs: session.jobs.unwrap_or_default(),
            env: session.env.clone(),
            cancel: session.cancel.clone(),
        }
    }
}

/// Why nothing was moved. `what` is the bundle or the reference it is about.
pub(super) fn not_moved(what: &Path, error: MoveError) -> Failure {
    match error {
        MoveError::Io(error) if error.kind == IoErrorKind::Cancelled => Failure::BrokenOff,
        MoveError::Io(error) => error.into(),
        MoveError::Flaw(flaw) => failure_of(what, &flaw),
        MoveError::Refused(refusal) | MoveError::Unreached(refusal) => refusal.into(),
        MoveError::Taken(taken) => Failure::with_help(
            taken.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  and "),
            "what was published under a number or a version does not change; give the release a higher number, or the Blueprint a new version",
        ),
    }
}
