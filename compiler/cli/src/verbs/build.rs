use super::check::count;
use crate::exit::{Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::render::summary;
use catalyst_driver::{BuildOptions, Built, build};
use catalyst_model::SovereignName;
use std::path::PathBuf;
use std::process::ExitCode;

/// Compile the project and write what clusters read
///
/// Compiles every Sovereign and writes the tree that `docs/src/reference/output.md` describes to the output folder, which is replaced as a whole: after a failed or
/// interrupted build the old tree is still there. Also refreshes the shared kit beside `kit.yaml`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc build\n  catalystc build --out /tmp/tree --sovereign omantel\n  catalystc build --locked --format github"
)]
pub(crate) struct Build {
    /// Folder to write to; the folder of the Git source in `catalyst.yaml` unless given
    #[arg(
        long,
        short,
        value_name = "FOLDER",
        env = "CATALYSTC_OUT",
        hide_env_values = true,
        help_heading = "Output"
    )]
    out: Option<PathBuf>,
    /// Build only this Sovereign; may be given more than once
    #[arg(long, short, value_name = "NAME", help_heading = "Input")]
    sovereign: Vec<SovereignName>,
    /// Fail when `catalyst.lock` does not fit
    #[arg(long, help_heading = "Input")]
    locked: bool,
    /// Remove files from the output folder that catalystc did not make
    #[arg(long, help_heading = "Output")]
    prune: bool,
}

impl Build {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_sovereigns(&self.sovereign)?;
        let line = Line::new(session.progress);
        let options = BuildOptions {
            out: self.out.map(|out| session.here(&out)),
            only: self.sovereign,
            locked: self.locked,
            prune: self.prune,
            cancel: session.cancel.clone(),
        };
        let built = build(&project, &options, &line);
        line.clear();
        let built = built?;
        session.print_findings(&project, &built.diagnostics)?;
        print_summary(session, &built);
        Ok(code_of(&built.diagnostics))
    }
}

fn print_summary(session: &Session, built: &Built) {
    for (name, it) in &built.sovereigns {
        session.say(&format!(
            "{name:>20}  {}, {}, {}, {}",
            count(it.clusters, "host cluster"),
            count(it.vclusters, "vCluster"),
            count(it.releases, "release"),
            count(it.applications, "Application"),
        ));
    }
    match &built.delivered {
        Some(delivered) => {
            session.say(&format!(
                "wrote {} to {} ({} changed, {} removed), sha256:{}",
                count(delivered.files, "file"),
                built.out.display(),
                delivered.written,
                delivered.removed,
                &delivered.digest[..16],
            ));
            session.say(&summary(&built.diagnostics));
        }
        None => session.say(&format!("{}; nothing was written", summary(&built.diagnostics))),
    }
}
