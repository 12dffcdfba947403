use super::bundle::{failure_of, read};
use super::check::count;
use super::network::{NetworkArgs, not_moved};
use crate::exit::Failure;
use crate::output::{Bars, size};
use crate::session::Session;
use catalyst_bundle::release::Release;
use catalyst_driver::moving::{Plan, Pushed, RegistryPath, Tally, bare, push};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Push a signed bundle to a registry
///
/// Each artefact goes to its own repository and tag below the path, with its signatures; the whole release to one more, which `catalystc pull`
/// takes. Tags come last, when everything they lead to is there and was read back. What is there is not sent, so a push that was broken off goes
/// on when it is run again. A tag that has other content is never changed. Credentials are those of `docker login` and `helm registry login`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc push omantel-7.tar registry.t40.omani.works/releases\n  catalystc push omantel-7.tar registry.t40.omani.works/releases --dry-run\n  catalystc push omantel-8.tar registry.t40.omani.works/releases --base omantel-7.tar\n  catalystc push bundles/omantel registry.t40.omani.works:5000 --plain-http registry.t40.omani.works:5000"
)]
pub(crate) struct PushVerb {
    /// The bundle: a folder or an archive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The registry, and the path below which repositories are made
    #[arg(value_name = "REGISTRY/PATH", value_parser = RegistryPath::parse)]
    to: RegistryPath,
    /// The bundle that this one builds on
    #[arg(long, value_name = "BUNDLE")]
    base: Option<PathBuf>,
    /// Say what would go where, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

impl PushVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let layout = read(session, &self.bundle)?;
        let base = self.base.as_deref().map(|path| read(session, path)).transpose()?;
        let refused = |flaw| failure_of(&self.bundle, &flaw);
        let release = Release::read(&layout, base.as_ref()).map_err(refused)?;
        if release.attached.is_empty() {
            return Err(Failure::with_help(
                format!("`{}` is not signed", self.bundle.display()),
                "sign it with `catalystc sign`: whoever takes it from a registry has nothing else to go by",
            ));
        }
        let plan = Plan::of_release(&layout, base.as_ref(), &release, &self.to)
            .map_err(|error| not_moved(&self.bundle, error))?;
        if self.dry_run {
            session.print(&targets(session, &plan))?;
            return Ok(ExitCode::SUCCESS);
        }
        let bars = Arc::new(Bars::new("pushing", session.progress, session.verbose > 0));
        let pushed = push(&plan, &self.network.network(session), bars.clone());
        bars.clear();
        let pushed = pushed.map_err(|error| not_moved(&self.bundle, error))?;
        print(session, &plan, &pushed)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Where each artefact would go.
fn targets(session: &Session, plan: &Plan) -> String {
    if session.is_json() {
        let target = |(tag, digest): (&_, &catalyst_bundle::Digest)| json!({ "reference": bare(tag), "digest": digest.to_string() });
        let targets: Vec<Value> = plan.targets().map(target).collect();
        return format!("{:#}\n", json!({ "version": 1, "targets": targets }));
    }
    plan.targets().map(|(tag, digest)| format!("{digest}  {}\n", bare(tag))).collect()
}

/// What was done, on standard error; where the release is now, on standard output.
pub(super) fn print(session: &Session, plan: &Plan, done: &Pushed) -> Result<(), Failure> {
    let Some((tag, digest)) = plan.last() else { return Ok(()) };
    let reference = bare(tag);
    if session.is_json() {
        let mut json = json!({ "version": 1, "reference": reference, "digest": digest.to_string() });
        tallies(&mut json, done);
        return session.print(&format!("{json:#}\n"));
    }
    session.say(&sent(done));
    session.print(&format!("{reference}@{digest}\n"))
}

/// What was sent, for programs.
pub(super) fn tallies(json: &mut Value, done: &Pushed) {
    let tally = |it: &Tally| json!({ "blobs": it.blobs, "bytes": it.bytes });
    for (key, value) in [
        ("sent", tally(&done.sent)),
        ("mounted", tally(&done.mounted)),
        ("present", tally(&done.present)),
        ("documents", done.documents.into()),
        ("signatures", done.signatures.into()),
        ("tags", done.tags.len().into()),
    ] {
        json[key] = value;
    }
}

/// The same for people.
pub(super) fn sent(done: &Pushed) -> String {
    let blobs = |it: &Tally| format!("{} ({})", count(it.blobs, "blob"), size(it.bytes));
    format!(
        "sent {}, {} mounted, {} there already; {}, {}, {} made",
        blobs(&done.sent),
        blobs(&done.mounted),
        blobs(&done.present),
        count(done.documents, "manifest"),
        count(done.signatures, "signature"),
        count(done.tags.len(), "tag"),
    )
}
