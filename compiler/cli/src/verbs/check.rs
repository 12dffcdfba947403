use super::look::{LookArgs, say};
use crate::exit::{Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::arrange;
use catalyst_diag::render::summary;
use catalyst_driver::{CompileOptions, compile};
use catalyst_model::SovereignName;
use std::process::ExitCode;

/// Check intent and everything that follows from it, and write nothing
///
/// Runs every phase up to emission and every rule, and prints what was found. With `--render` charts are rendered as well, and what they give
/// is held against what their Blueprints say.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc check\n  catalystc check --sovereign omantel --format concise\n  catalystc check --render"
)]
pub(crate) struct Check {
    /// Check only this Sovereign; may be given more than once
    #[arg(long, short, value_name = "NAME")]
    sovereign: Vec<SovereignName>,
    /// Fail when `catalyst.lock` does not fit
    #[arg(long)]
    locked: bool,
    #[command(flatten)]
    look: LookArgs,
}

impl Check {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_sovereigns(&self.sovereign)?;
        let line = Line::new(session.progress);
        let options = CompileOptions {
            only: self.sovereign.clone(),
            locked: self.locked,
            plain: None,
            cancel: session.cancel.clone(),
        };
        let mut done = compile(&project, &options, &line, |_, output| output.tree.files.len());
        line.clear();
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        let looked = match done.has_errors() {
            true => None,
            false => self.look.look(session, &project, &self.sovereign)?,
        };
        if let Some(looked) = &looked {
            done.diagnostics.extend(looked.findings.iter().cloned());
            arrange(&mut done.diagnostics);
        }
        session.print_findings(&project, &done.diagnostics)?;
        looked.iter().for_each(|looked| say(session, looked));
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
