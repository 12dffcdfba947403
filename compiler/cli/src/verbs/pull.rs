use super::bundle::failure;
use super::check::count;
use super::network::{NetworkArgs, not_moved};
use crate::exit::Failure;
use crate::output::{Bars, size};
use crate::session::Session;
use catalyst_driver::bundle::write_bundle;
use catalyst_driver::moving::{parse_reference, pull};
use catalyst_system::Spool;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Pull a release from a registry, back to the bundle that it was pushed from
///
/// The bundle is byte for byte the one that was pushed, signatures included. What does not have its digest is not kept. Who signed it is not
/// looked at here: that is for `catalystc verify`, with keys that came another way. Large blobs are kept beside the bundle, in a folder with its name
/// and `.part`, until it is written; when a pull breaks off they stay there, and the next one does not fetch them again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc pull registry.t40.omani.works/releases/omantel/release:7 --out omantel-7.tar\n  catalystc pull registry.t40.omani.works/releases/omantel/release:7 --out bundles/omantel --ca-file site-ca.pem"
)]
pub(crate) struct PullVerb {
    /// The release: the reference that `catalystc push` printed, by tag or by digest
    #[arg(value_name = "REGISTRY/PATH:TAG")]
    from: String,
    /// Folder to write to, or a name that ends in `.tar`
    #[arg(long, short, value_name = "FOLDER|FILE.tar", help_heading = "Output")]
    out: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
}

impl PullVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let from = parse_reference(&self.from)
            .map_err(|why| Failure::new(format!("`{}` is no reference: {why}", self.from)))?;
        let bars = Arc::new(Bars::new("pulling", session.progress, session.verbose > 0));
        let out = session.here(&self.out);
        let spool = Spool::beside(&out);
        let pulled = pull(&from, &spool, &self.network.network(session), bars.clone());
        bars.clear();
        let pulled = pulled.map_err(|error| match not_moved(Path::new(&self.from), error) {
            // The bundle itself is written at the end, and all at once.
            Failure::BrokenOff if spool.is_empty() => Failure::Interrupted,
            other => other,
        })?;
        write_bundle(&out, &pulled.layout).map_err(|error| failure(&self.out, error))?;
        spool.clear();
        let (header, (blobs, bytes)) = (&pulled.release.header, pulled.layout.extent());
        if session.is_json() {
            let json = json!({
                "version": 1,
                "digest": pulled.release.descriptor.digest.to_string(),
                "sovereign": header.sovereign,
                "line": header.line,
                "sequence": header.sequence,
                "blobs": blobs,
                "bytes": bytes,
                "signatures": pulled.release.attached.len(),
                "foreignSignatures": pulled.foreign,
            });
            session.print(&format!("{json:#}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if pulled.foreign > 0 {
            session.say(&format!(
                "left {} in the registry that others attached for purposes of their own",
                count(pulled.foreign, "signature")
            ));
        }
        session.say(&format!(
            "wrote release {} of Sovereign `{}` to {}: {} ({}), {}, not verified yet",
            header.sequence,
            header.sovereign,
            self.out.display(),
            count(blobs, "blob"),
            size(bytes),
            count(pulled.release.attached.len(), "signature"),
        ));
        Ok(ExitCode::SUCCESS)
    }
}
