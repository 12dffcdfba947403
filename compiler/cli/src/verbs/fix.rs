use super::explain::unknown_rule;
use super::look::{LookArgs, say};
use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_diag::find_rule;
use catalyst_driver::{line_diff, plan_fixes, plan_more, write_fixes};
use std::process::ExitCode;

/// Apply the machine fixes that findings carry
///
/// Comments stay. What is fixed is printed; what has no machine fix stays for you. With `--render` charts are rendered, and what they bring, use and
/// pull is written to their Blueprints where it is missing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc fix --dry-run\n  catalystc fix\n  catalystc fix --rule legacy-shape --rule path-mismatch\n  catalystc fix --render --dry-run"
)]
pub(crate) struct FixVerb {
    /// Fix only findings of this rule; may be given more than once
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// Print the changes and write nothing; exit 1 when there are any
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    look: LookArgs,
}

impl FixVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        if let Some(name) = self.rule.iter().find(|name| find_rule(name).is_none()) {
            return Err(unknown_rule(name));
        }
        let mut project = session.project(false)?;
        let mut fixed = plan_fixes(&mut project, &self.rule);
        if let Some(looked) = self.look.look(session, &project, &[])? {
            plan_more(&mut project, &looked.findings, &self.rule, &mut fixed);
            say(session, &looked);
        }
        for (path, why) in &fixed.refused {
            session.say(&format!("{path}: not fixed: {why}"));
        }
        if self.dry_run {
            for (path, (before, after)) in &fixed.texts {
                session.print(&line_diff(path.as_str(), before, after))?;
            }
            for (from, to) in &fixed.moves {
                session.print(&format!("rename {from} to {to}\n"))?;
            }
            return Ok(if fixed.applied.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) });
        }
        write_fixes(&project, &fixed)?;
        for (path, title) in &fixed.applied {
            session.print(&format!("{path}: {title}\n"))?;
        }
        session.say(&format!(
            "{} in {}",
            super::check::count(fixed.applied.len(), "fix").replace("fixs", "fixes"),
            super::check::count(fixed.texts.len(), "file")
        ));
        Ok(ExitCode::SUCCESS)
    }
}
