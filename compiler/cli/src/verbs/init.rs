use super::new::{RegionArg, show};
use crate::exit::Failure;
use crate::session::Session;
use catalyst_driver::scaffold::{Init, init};
use catalyst_model::{DomainName, OrgName, SovereignName};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a project to start from
///
/// Writes a small project that compiles without findings: one Sovereign with one Organization, one Environment and one Application, the
/// Blueprint that it runs with its chart, a kit of one slot, the lock, schemas for editors, and a workflow for GitHub. Each file says
/// what it is for. Nothing is written over: when one of the files is there already, all that are in the way are named and nothing is
/// written.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc init my-platform\n  catalystc -C my-platform build\n  catalystc init --name acme --domain t50.omani.works\n  catalystc init --region hetzner/hel --organization shop --no-workflow\n  catalystc init --dry-run"
)]
pub(crate) struct InitVerb {
    /// Folder of the project, which is made when it is not there; this one unless given
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    folder: PathBuf,
    /// Name of the project and its Sovereign; that of the folder unless given
    #[arg(long, value_name = "NAME", help_heading = "Content")]
    name: Option<SovereignName>,
    /// Domain of the Sovereign; a test domain unless given
    #[arg(long, value_name = "DOMAIN", default_value = "t01.omani.works", help_heading = "Content")]
    domain: DomainName,
    /// Where it runs
    #[arg(long, value_name = "PROVIDER/REGION", default_value = "hetzner/fsn", help_heading = "Content")]
    region: RegionArg,
    /// Name of the Organization
    #[arg(long, value_name = "NAME", default_value = "acme", help_heading = "Content")]
    organization: OrgName,
    /// Whom to call; ops@DOMAIN unless given
    #[arg(long, value_name = "ADDRESS", help_heading = "Content")]
    contact: Option<String>,
    /// Host of the registry that charts are pulled from; registry.DOMAIN unless given
    #[arg(long, value_name = "HOST", help_heading = "Content")]
    registry: Option<String>,
    /// URL of the Git repository that clusters read; below git.DOMAIN unless given
    #[arg(long, value_name = "URL", help_heading = "Content")]
    git: Option<String>,
    /// Write no schemas for editors
    #[arg(long, help_heading = "Content")]
    no_schemas: bool,
    /// Write no workflow for GitHub
    #[arg(long, help_heading = "Content")]
    no_workflow: bool,
    /// Print the files and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl InitVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let folder = session.start.join(&self.folder);
        let name = match self.name {
            Some(name) => name,
            None => named_after(&folder)?,
        };
        let wanted = Init {
            name,
            domain: self.domain,
            region: self.region.0,
            organization: self.organization,
            contact: self.contact,
            registry: self.registry,
            git: self.git,
            schemas: !self.no_schemas,
            workflow: !self.no_workflow,
        };
        let made = init(&wanted)?;
        if self.dry_run {
            return show(session, &made);
        }
        let root = catalyst_system::make_root(&folder)?;
        let conflicts = made.conflicts(&root);
        if !conflicts.is_empty() {
            let all: Vec<&str> = conflicts.iter().map(|it| it.as_str()).collect();
            return Err(Failure::with_help(
                format!("already there, and not written over: {}", all.join(", ")),
                "choose an empty folder, or add single documents to a project with `catalystc new`",
            ));
        }
        made.write(&root)?;
        for file in &made.files {
            session.print(&format!("{}\n", file.path))?;
        }
        for remark in &made.remarks {
            session.say(&format!("note: {remark}"));
        }
        session
            .say(&format!("made {}; next: `catalystc build`", super::check::count(made.files.len(), "file")));
        Ok(ExitCode::SUCCESS)
    }
}

/// The name of a folder, if it can be that of a Sovereign.
fn named_after(folder: &std::path::Path) -> Result<SovereignName, Failure> {
    let absolute = catalyst_system::plain_path(folder);
    let name = absolute.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    name.parse().map_err(|error| {
        Failure::with_help(
            format!("the folder's name cannot be that of the project: {error}"),
            "give one with `--name`",
        )
    })
}
