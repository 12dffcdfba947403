use super::check::count;
use super::network::{NetworkArgs, not_moved};
use super::push::{sent, tallies};
use crate::exit::Failure;
use crate::output::Bars;
use crate::session::Session;
use catalyst_driver::moving::{Mirror, Pair, RegistryPath, bare, parse_reference};
use catalyst_driver::network::NetworkProgress;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Mirror a release, a Blueprint or another artefact from one registry to another
///
/// A release brings everything that its index names, to the same places below the path; anything else goes to the last part of its name, under
/// its tag. Signatures, attestations and other referrers come along, byte for byte. Every byte is checked against its digest on the way, and
/// what the destination has is not fetched. Tags come last; one that has other content is never changed. Who signed it is not looked at here:
/// that is for `catalystc verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc mirror registry.t40.omani.works/releases/omantel/release:7 harbor.t41.omani.works/platform\n  catalystc mirror registry.t40.omani.works/blueprints/bp-cnpg:1.0.1 harbor.t41.omani.works/blueprints --dry-run\n  catalystc mirror registry.t40.omani.works/releases/omantel/release:7 harbor.t41.omani.works/platform --journal mirror.json"
)]
pub(crate) struct MirrorVerb {
    /// What to mirror: a reference with a tag; of a release, a digest does
    #[arg(value_name = "SOURCE")]
    from: String,
    /// The other registry, and the path below which repositories are made
    #[arg(value_name = "REGISTRY/PATH", value_parser = RegistryPath::parse)]
    to: RegistryPath,
    /// Say what would go from where to where, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Take note of each step in this file, and go on there when it is run again
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl MirrorVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let from = parse_reference(&self.from)
            .map_err(|why| Failure::new(format!("`{}` is no reference: {why}", self.from)))?;
        let bars = Arc::new(Bars::new("mirroring", session.progress, session.verbose > 0));
        let progress: Arc<dyn NetworkProgress> = bars.clone();
        let network = self.network.network(session);
        let failed = |error| {
            bars.clear();
            not_moved(Path::new(&self.from), error)
        };
        let mirror = Mirror::plan(&from, &self.to, &network, &progress).map_err(failed)?;
        if self.dry_run {
            bars.clear();
            session.print(&pairs(session, &mirror))?;
            return Ok(ExitCode::SUCCESS);
        }
        let journal = self.journal.as_deref().map(|it| session.here(it));
        let done = mirror.run(journal.as_deref(), &network, progress).map_err(failed)?;
        bars.clear();
        let Some(last) = mirror.pairs.last() else { return Ok(ExitCode::SUCCESS) };
        if session.is_json() {
            let mut json = as_json(&mirror);
            tallies(&mut json, &done);
            session.print(&format!("{json:#}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if mirror.left > 0 {
            session
                .say(&format!("left {} behind that nobody here can read", count(mirror.left, "attachment")));
        }
        session.say(&sent(&done));
        session.print(&format!("{}@{}\n", bare(&last.to), last.digest))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What would go from where to where.
fn pairs(session: &Session, mirror: &Mirror) -> String {
    if session.is_json() {
        return format!("{:#}\n", as_json(mirror));
    }
    let line = |it: &Pair| format!("{}  {}  {}\n", it.digest, bare(&it.from), bare(&it.to));
    mirror.pairs.iter().map(line).collect()
}

fn as_json(mirror: &Mirror) -> Value {
    let pair =
        |it: &Pair| json!({ "from": bare(&it.from), "to": bare(&it.to), "digest": it.digest.to_string() });
    json!({
        "version": 1,
        "pairs": mirror.pairs.iter().map(pair).collect::<Vec<_>>(),
        "attached": mirror.attached,
        "left": mirror.left,
    })
}
