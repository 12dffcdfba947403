use crate::exit::{Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::render::summary;
use catalyst_driver::{CompileOptions, compile};
use catalyst_model::SovereignName;
use std::process::ExitCode;

/// Check intent and everything that follows from it, and write nothing
///
/// Runs every phase up to emission and every rule, and prints what was found.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc check\n  catalystc check --sovereign omantel --format concise"
)]
pub(crate) struct Check {
    /// Check only this Sovereign; may be given more than once
    #[arg(long, short, value_name = "NAME")]
    sovereign: Vec<SovereignName>,
    /// Fail when `catalyst.lock` does not fit
    #[arg(long)]
    locked: bool,
}

impl Check {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_sovereigns(&self.sovereign)?;
        let line = Line::new(session.progress);
        let options =
            CompileOptions { only: self.sovereign, locked: self.locked, cancel: session.cancel.clone() };
        let done = compile(&project, &options, &line, |_, output| output.tree.files.len());
        line.clear();
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        session.print_findings(&project, &done.diagnostics)?;
        session.say(&format!(
            "checked {} in {} files: {}",
            count(done.sovereigns.len(), "Sovereign"),
            project.intent_files(),
            summary(&done.diagnostics)
        ));
        Ok(code_of(&done.diagnostics))
    }
}

/// `1 Sovereign`, `2 Sovereigns`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
