use super::check::count;
use crate::exit::{FINDINGS, Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::render::summary;
use catalyst_driver::{CompileOptions, catalogue, stale_generated, write_generated};
use catalyst_system::Stream;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the catalogue of Blueprints as pages to read and to search
///
/// Writes a page for each Blueprint (config, dependencies both ways, what it provides and requires, toggles of its chart, sizes, where it
/// runs), indexes, graphs, `catalogue.json`, and `index.html`, which needs no server. With `--probes` it writes a readiness probe for each
/// slot of the kit instead, and `run.sh`, which runs them. Files that an earlier run made and nothing makes any more are removed; a file
/// that is not generated is never replaced. `--format json` prints `catalogue.json` and writes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc catalogue\n  catalystc catalogue --out public/catalogue\n  catalystc catalogue --check\n  catalystc catalogue --format json > catalogue.json\n  catalystc catalogue --probes"
)]
pub(crate) struct CatalogueVerb {
    /// Folder to write to; `docs/catalogue` of the project unless given, with `--probes` `tests/e2e/bootstrap-kit`
    #[arg(long, short, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Write the readiness probes of the kit instead of pages
    #[arg(long)]
    probes: bool,
    /// Write nothing; fail when the folder is not what would be written
    #[arg(long)]
    check: bool,
}

impl CatalogueVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        // Standard output is for the data, where it is asked for.
        let as_data = session.is_json() && !self.check && !self.probes;
        let stream = if as_data { Stream::Error } else { Stream::Output };
        let line = Line::new(session.progress);
        let options = CompileOptions { cancel: session.cancel.clone(), ..CompileOptions::default() };
        let (made, done) = catalogue::catalogue(&project, &options, &line);
        line.clear();
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        let Some(made) = made else {
            session.print_findings_to(stream, &project, &done.diagnostics)?;
            session.say(&format!("{}; nothing was written", summary(&done.diagnostics)));
            return Ok(code_of(&done.diagnostics));
        };
        if as_data {
            session.print_findings_to(stream, &project, &done.diagnostics)?;
            session.print(&catalogue::json(&made))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (files, folder, command) = if self.probes {
            (catalogue::probes(&made), "tests/e2e/bootstrap-kit", "catalystc catalogue --probes")
        } else {
            (catalogue::files(&made), "docs/catalogue", "catalystc catalogue")
        };
        if files.is_empty() {
            return Err(Failure::with_help(
                "the project has no kit, so there is nothing to probe",
                "add `clusters/_template/kit.yaml`",
            ));
        }
        let (folder, shown) = match self.out {
            Some(out) => (session.here(&out), out),
            None => (project.root.path().join(folder), PathBuf::from(folder)),
        };
        if self.check {
            let found = stale_generated(&project, &folder, &files, command);
            session.print_findings(&project, &found)?;
            session.say(&match found.len() {
                0 => format!("{} is fresh", shown.display()),
                n => format!("{} is out of date in {}", shown.display(), count(n, "file")),
            });
            return Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) });
        }
        session.print_findings(&project, &done.diagnostics)?;
        let did = write_generated(&folder, &files)?;
        session.say(&format!(
            "wrote {} to {} ({} changed, {} removed)",
            count(did.files, "file"),
            shown.display(),
            did.written,
            did.removed
        ));
        Ok(ExitCode::SUCCESS)
    }
}
