use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use crate::verbs::check::count;
use catalyst_driver::{CompileOptions, NoProgress, compile, relock, write_lock_file};
use catalyst_model::BlueprintName;
use std::process::ExitCode;

/// Choose versions and write `catalyst.lock`
///
/// What the lock holds stays where it fits. Commit the file: with `--locked`, a build fails when it no longer fits.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc lock\n  catalystc lock --check\n  catalystc lock --upgrade\n  catalystc lock --upgrade bp-postgres"
)]
pub(crate) struct Lock {
    /// Take the highest versions that fit, for all Blueprints or for those named
    #[arg(long, value_name = "BLUEPRINT", num_args = 0..)]
    upgrade: Option<Vec<BlueprintName>>,
    /// Write nothing; exit 1 when the lock would change
    #[arg(long)]
    check: bool,
}

impl Lock {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_blueprints(self.upgrade.as_deref().unwrap_or_default())?;
        let checked = compile(
            &project,
            &CompileOptions { cancel: session.cancel.clone(), ..Default::default() },
            &NoProgress,
            |_, _| (),
        );
        // A damaged lock is what this verb mends.
        let mut findings = checked.diagnostics;
        findings
            .retain(|it| it.severity == catalyst_diag::Severity::Error && it.rule.name != "lock-outdated");
        if !findings.is_empty() {
            session.print_findings(&project, &findings)?;
            session.say("versions cannot be chosen while these stand; the lock stays as it is");
            return Ok(ExitCode::from(FINDINGS));
        }
        let fresh = relock(&project, self.upgrade.as_deref());
        for (root, name, before, after) in &fresh.changes {
            let line = match (before, after) {
                (Some(before), Some(after)) => format!("~ {root}  {name}  {before} -> {after}"),
                (None, Some(after)) => format!("+ {root}  {name}  {after}"),
                (Some(before), None) => format!("- {root}  {name}  {before}"),
                (None, None) => continue,
            };
            session.print(&format!("{line}\n"))?;
        }
        if fresh.fresh {
            session.say("catalyst.lock is up to date");
            return Ok(ExitCode::SUCCESS);
        }
        if self.check {
            session.say("catalyst.lock is out of date; run `catalystc lock`");
            return Ok(ExitCode::from(FINDINGS));
        }
        write_lock_file(&project, &fresh)?;
        session.say(&format!("wrote catalyst.lock ({})", count(fresh.changes.len(), "change")));
        Ok(ExitCode::SUCCESS)
    }
}
