use super::check::count;
use super::network::{NetworkArgs, not_moved};
use super::push::sent;
use super::sign::{Password, open};
use crate::exit::{Failure, code_of};
use crate::output::{Bars, Line};
use crate::session::Session;
use catalyst_diag::Diagnostic;
use catalyst_diag::render::summary;
use catalyst_driver::Project;
use catalyst_driver::moving::{Pushed, RegistryPath, bare};
use catalyst_driver::publish::{Package, Publication, PublishOptions, package, publish};
use catalyst_driver::vendor::VendorError;
use catalyst_model::BlueprintName;
use catalyst_system::{Stream, Var};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Publish Blueprints to a registry
///
/// Each Blueprint becomes `bp-<name>:<version>`: its chart as Helm and Flux read it, with the charts it wraps inside, and `blueprint.yaml` beside
/// them. A Blueprint without a chart becomes its card, which catalogues read and Helm refuses. The same Blueprint gives the same bytes on every
/// machine. What is there with the same content is not sent again; what is there with other content stays, and is a finding. So is a Blueprint
/// that has nothing to install, or whose charts are not vendored. Credentials are those of `docker login` and `helm registry login`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc publish registry.t40.omani.works/blueprints\n  catalystc publish registry.t40.omani.works/blueprints bp-cnpg bp-harbor --key release.key\n  catalystc publish registry.t40.omani.works/blueprints --dry-run"
)]
pub(crate) struct PublishVerb {
    /// The registry, and the path below which each Blueprint gets a repository
    #[arg(value_name = "REGISTRY/PATH", value_parser = RegistryPath::parse)]
    to: RegistryPath,
    /// Blueprints to publish; all of the public catalogue unless given. Those of a Sovereign or an Organization have to be named
    #[arg(value_name = "BLUEPRINT")]
    blueprints: Vec<BlueprintName>,
    /// Say what would go where, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Folder with the charts that `catalystc vendor` fetched; `.catalystc/store` in the project unless given
    #[arg(long, value_name = "FOLDER", env = Var::Store.name(), hide_env_values = true)]
    store: Option<PathBuf>,
    /// Private key to sign with; its public key is what Flux gets
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    key: Option<PathBuf>,
    #[command(flatten)]
    password: Password,
    #[command(flatten)]
    network: NetworkArgs,
}

impl PublishVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_blueprints(&self.blueprints)?;
        let key =
            self.key.as_deref().map(|path| open(session, path, &self.password, &mut None)).transpose()?;
        let options = PublishOptions {
            only: self.blueprints,
            store: self.store.map(|it| session.here(&it)),
            to: self.to,
            cancel: session.cancel.clone(),
        };
        let line = Line::new(session.progress);
        let ready = package(&project, &options, key.as_ref(), &line);
        line.clear();
        let ready = ready.map_err(|error| match error {
            VendorError::Io(error) => Failure::from(error),
            VendorError::Refused(refusal) => Failure::from(refusal),
        })?;
        if ready.cancelled {
            return Err(Failure::Interrupted);
        }
        if ready.has_errors() {
            return refuse(session, &project, &ready.findings);
        }
        if !session.is_json() {
            session.print_findings_to(Stream::Error, &project, &ready.findings)?;
        }
        if self.dry_run {
            session.print(&pairs(session, &ready))?;
            return Ok(ExitCode::SUCCESS);
        }
        let bars = Arc::new(Bars::new("publishing", session.progress, session.verbose > 0));
        let pushed = publish(&ready, &self.network.network(session), bars.clone());
        bars.clear();
        match pushed.map_err(|error| not_moved(Path::new(""), error))? {
            Err(findings) => refuse(session, &project, &findings),
            Ok(pushed) => {
                print(session, &ready, &pushed)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn refuse(session: &Session, project: &Project, findings: &[Diagnostic]) -> Result<ExitCode, Failure> {
    session.print_findings(project, findings)?;
    session.say(&format!("{}; nothing was published", summary(findings)));
    Ok(code_of(findings))
}

/// Where each Blueprint would go.
fn pairs(session: &Session, ready: &Publication) -> String {
    if session.is_json() {
        let all: Vec<Value> = ready.packages.iter().map(as_json).collect();
        return format!("{:#}\n", json!({ "version": 1, "blueprints": all }));
    }
    ready.packages.iter().map(|it| format!("{}  {}\n", it.digest, bare(&it.reference))).collect()
}

fn as_json(it: &Package) -> Value {
    json!({
        "name": it.blueprint.as_str(),
        "version": it.version.as_str(),
        "reference": bare(&it.reference),
        "digest": it.digest.to_string(),
        "kind": if it.is_chart { "chart" } else { "card" },
    })
}

/// What was done, on standard error; where each Blueprint is now, on standard output.
fn print(session: &Session, ready: &Publication, done: &Pushed) -> Result<(), Failure> {
    if session.is_json() {
        let one = |it: &Package| {
            let mut json = as_json(it);
            json["published"] = done.tags.contains(&it.reference).into();
            json
        };
        let all: Vec<Value> = ready.packages.iter().map(one).collect();
        let mut json = json!({ "version": 1, "blueprints": all });
        super::push::tallies(&mut json, done);
        return session.print(&format!("{json:#}\n"));
    }
    let new = done.tags.len();
    session.say(&sent(done));
    session.say(&format!(
        "published {}, {} there already with the same content",
        count(new, "Blueprint"),
        ready.packages.len() - new
    ));
    let line = |it: &Package| format!("{}@{}\n", bare(&it.reference), it.digest);
    session.print(&ready.packages.iter().map(line).collect::<String>())
}
