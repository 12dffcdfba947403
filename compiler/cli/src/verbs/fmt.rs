use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_driver::{line_diff, plan_format, write_texts};
use std::path::PathBuf;
use std::process::ExitCode;

/// Bring files of intent into canonical form
///
/// Indentation, quotes and blank lines; comments, values and the order of keys stay.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc fmt\n  catalystc fmt --check\n  catalystc fmt sovereigns/omantel"
)]
pub(crate) struct Fmt {
    /// Only these files and folders
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; exit 1 when a file is in another form
    #[arg(long)]
    check: bool,
    /// Print the changes and write nothing
    #[arg(long)]
    diff: bool,
}

impl Fmt {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        let mut only = Vec::new();
        for path in &self.paths {
            match project.root.locate(path, &session.current) {
                Some(path) => only.push(path),
                None => return Err(Failure::new(format!("{} is not below the project", path.display()))),
            }
        }
        let changes = plan_format(&project, &only)?;
        if self.diff {
            for (path, (before, after)) in &changes {
                session.print(&line_diff(path.as_str(), before, after))?;
            }
        }
        if self.check || self.diff {
            for path in changes.keys().filter(|_| !self.diff) {
                session.print(&format!("{path}\n"))?;
            }
            session.say(&format!("{} in another form", super::check::count(changes.len(), "file")));
            return Ok(if changes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) });
        }
        write_texts(&project, &changes)?;
        for path in changes.keys() {
            session.print(&format!("{path}\n"))?;
        }
        session.say(&format!("formatted {}", super::check::count(changes.len(), "file")));
        Ok(ExitCode::SUCCESS)
    }
}
