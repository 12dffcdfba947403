use super::check::count;
use super::network::NetworkArgs;
use crate::exit::{Failure, code_of};
use crate::output::Bars;
use crate::session::Session;
use catalyst_diag::render::summary;
use catalyst_driver::charts;
use catalyst_driver::vendor::{LockChangeKind, VendorError, VendorOptions, Vendored, vendor};
use catalyst_model::BlueprintName;
use catalyst_system::Var;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Fetch the charts of others that the project needs, and lock them by digest
///
/// Reads the dependencies in the Chart.yaml of every Blueprint, and the artifacts that Blueprints name instead of a chart of their own. What
/// the lock has chosen stays chosen; what the store has is not fetched again; what has changed since it was locked is refused. Credentials are those of `docker login`, `helm registry login` and `helm repo add`.
///
/// With `--images`, the registry of each image is asked for its digest: of the images of every chart with its own values, and of those that the
/// releases of all Sovereigns and their trees name. No image is fetched. The digests are in the lock then, bundles use them, and a tag that means another image later is refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc vendor\n  catalystc vendor bp-cilium bp-cert-manager\n  catalystc vendor --images\n  catalystc vendor --images --accept quay.io/jetstack/cert-manager-controller:v1.16.2\n  catalystc vendor --check\n  catalystc vendor --store /var/cache/charts --jobs 16\n  catalystc vendor --ca-file site-ca.pem --plain-http registry.t01.omani.works:5000"
)]
pub(crate) struct VendorVerb {
    /// Blueprints whose charts are fetched; all unless given
    #[arg(value_name = "BLUEPRINT")]
    blueprints: Vec<BlueprintName>,
    /// Fetch and write nothing; fail when a chart is missing, damaged or not in the lock
    #[arg(long)]
    check: bool,
    /// Folder in which charts are kept, as an OCI image layout; `.catalystc/store` in the project unless given
    #[arg(long, value_name = "FOLDER", env = Var::Store.name(), hide_env_values = true)]
    store: Option<PathBuf>,
    /// Ask the registries for the digests of images, and lock them; with `--check`, fail when one is not in the lock
    #[arg(long)]
    images: bool,
    /// Take this chart, or the image with this full reference, as it is now, though the lock says otherwise; may be given more than once
    #[arg(long, value_name = "CHART|IMAGE", conflicts_with = "check")]
    accept: Vec<String>,
    /// The `helm` program that renders charts, so that their images are in the lock; unless given, that of `catalyst.yaml`, else the first in
    /// PATH. Without one, images are not looked for
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    helm: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl VendorVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_blueprints(&self.blueprints)?;
        let helm = self.helm.as_ref().map(|it| session.here(it));
        let engine = charts::engine(&project, helm.as_deref(), &session.env, &session.cancel, true);
        let engine = match engine {
            Err(refusal) if helm.is_some() => return Err(refusal.into()),
            other => other.ok().filter(|_| !self.check),
        };
        let options = VendorOptions {
            only: self.blueprints,
            store: self.store.map(|it| session.here(&it)),
            check: self.check,
            images: self.images,
            accept: self.accept,
            network: self.network.network(session),
        };
        let bars = Arc::new(Bars::new("fetching", session.progress, session.verbose > 0));
        let done = vendor(&project, &options, engine.as_ref().map(|it| it as _), bars.clone());
        bars.clear();
        let done = done.map_err(|error| match error {
            VendorError::Io(error) => Failure::from(error),
            VendorError::Refused(refusal) => Failure::from(refusal),
        })?;
        if session.is_json() || !done.diagnostics.is_empty() {
            session.print_findings(&project, &done.diagnostics)?;
        }
        print_changes(session, &done);
        print_outcome(session, &done, self.check);
        Ok(code_of(&done.diagnostics))
    }
}

/// What comes into the lock and what goes.
fn print_changes(session: &Session, done: &Vendored) {
    for it in done.changes.iter().filter(|_| done.wrote_lock) {
        let mark = match it.kind {
            LockChangeKind::Added => '+',
            LockChangeKind::Changed => '~',
            LockChangeKind::Removed => '-',
        };
        session.say(&format!("{mark} {} {}  {}", it.name, it.version, it.source));
    }
}

fn print_outcome(session: &Session, done: &Vendored, check: bool) {
    for why in &done.unseen {
        session.say(&format!("images are not known of {why}"));
    }
    let charts = count(done.charts.len(), "chart");
    if done.has_errors() {
        let lock = if done.wrote_lock { "; wrote catalyst.lock" } else { "" };
        session.say(&format!("{charts} as they should be; {}{lock}", summary(&done.diagnostics)));
        return;
    }
    let fetched: Vec<u64> = done.charts.iter().filter_map(|it| it.fetched).collect();
    if done.images > 0 {
        session.say(&format!("images of {} found", count(done.images, "Blueprint")));
    }
    if let Some((asked, changed)) = done.digests {
        let lines = count(changed, "line");
        let changed = if changed > 0 { format!(", {lines} of the lock changed") } else { String::new() };
        session.say(&format!("digests of {}{changed}", count(asked, "image")));
    }
    let lock = if done.wrote_lock { "wrote catalyst.lock" } else { "catalyst.lock is up to date" };
    match (check, fetched.is_empty()) {
        (true, _) => session.say(&format!("{charts} in the lock and as they should be")),
        (false, true) => session.say(&format!("{charts}, none to fetch; {lock}")),
        (false, false) => {
            let size = crate::output::size(fetched.iter().sum());
            session.say(&format!(
                "{charts}, {} fetched ({size}) into {}; {lock}",
                fetched.len(),
                done.store.display()
            ));
        }
    }
}
