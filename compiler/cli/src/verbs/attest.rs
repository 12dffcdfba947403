use super::bundle::{failure, failure_of, read};
use super::check::count;
use super::sign::{Password, open};
use crate::exit::Failure;
use crate::session::Session;
use catalyst_bundle::release::Release;
use catalyst_driver::bundle::write_bundle;
use catalyst_sign::{SignError, attest};
use catalyst_system::read_path;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Attest something about a bundle
///
/// Adds a statement of a purpose, signed with the key for attestations, to one artefact of a bundle or to the release as a whole, as cosign reads
/// it. Without `--predicate` it attests what is in the release and where it comes from, as `catalystc sign --attest-key` does. `catalystc verify`
/// with that key says what was attested. The same statement and key give the same bytes; what is there stays.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc attest omantel-7.tar --key attest.key\n  catalystc attest omantel-7.tar --key attest.key --type vuln --predicate scan.json --artefact clusters\n  catalystc attest omantel-7.tar --key attest.key --type https://omani.works/review/v1 --predicate review.json"
)]
pub(crate) struct Attest {
    /// The bundle: a folder or an archive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The bundle that this one builds on
    #[arg(long, value_name = "BUNDLE")]
    base: Option<PathBuf>,
    /// What is attested: a file with JSON
    #[arg(long, value_name = "FILE", requires = "type")]
    predicate: Option<PathBuf>,
    /// What kind of statement it is: a URI, or cyclonedx, spdx, slsaprovenance, vuln or link, as cosign calls them
    #[arg(long, value_name = "TYPE", value_parser = predicate_type, requires = "predicate")]
    r#type: Option<String>,
    /// The artefact that it is about, as `catalystc inspect` names it; the release as a whole unless given
    #[arg(long, value_name = "NAME")]
    artefact: Option<String>,
    /// Private key for attestations, which must not be the one that the release is signed with
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    key: PathBuf,
    #[command(flatten)]
    password: Password,
}

/// Largest predicate that is read: it stands in a bundle of which verifiers read no more.
const LARGEST: u64 = 2 << 20;

impl Attest {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let layout = read(session, &self.bundle)?;
        let base = self.base.as_deref().map(|path| read(session, path)).transpose()?;
        let predicate = self.predicate.as_deref().map(|path| predicate(session, path)).transpose()?;
        let key = open(session, &self.key, &self.password, &mut None)?;
        let predicate = self.r#type.as_deref().zip(predicate);
        let before = layout.index.manifests.len();
        let done = attest(layout, base.as_ref(), self.artefact.as_deref(), predicate, &key);
        let done = done.map_err(|error| match error {
            SignError::Flaw(flaw) => failure_of(&self.bundle, &flaw),
            SignError::SameKey => {
                Failure::with_help(error, "make another key with `catalystc keygen --out attest`")
            }
            SignError::NoArtifact(..) => Failure::with_help(error, "`catalystc inspect` names them"),
            SignError::Reserved(_) => Failure::with_help(
                error,
                "leave out `--predicate` to attest that, or name another artefact or another type",
            ),
        })?;
        // Whatever is written has to be read again.
        Release::read(&done, base.as_ref()).map_err(|flaw| failure_of(&self.bundle, &flaw))?;
        let out = session.here(&self.bundle);
        write_bundle(&out, &done).map_err(|error| failure(&out, error))?;
        let added = done.index.manifests.len() - before;
        session.say(&format!("added {} to {}", count(added, "attestation"), self.bundle.display()));
        Ok(ExitCode::SUCCESS)
    }
}

/// The URI of a kind of statement.
fn predicate_type(text: &str) -> Result<String, String> {
    Ok(match text {
        "cyclonedx" => "https://cyclonedx.org/bom",
        "link" => "https://in-toto.io/Link/v1",
        "slsaprovenance" => "https://slsa.dev/provenance/v1",
        "spdx" => "https://spdx.dev/Document",
        "vuln" => "https://cosign.sigstore.dev/attestation/vuln/v1",
        uri if uri.contains("://") && uri.chars().all(|c| c.is_ascii_graphic()) => uri,
        _ => return Err("it is neither a URI nor one of the names that are known".to_owned()),
    }
    .to_owned())
}

fn predicate(session: &Session, path: &Path) -> Result<Value, Failure> {
    let text = read_path(&session.here(path), LARGEST)?;
    catalyst_bundle::json::parse(text.as_bytes())
        .map_err(|why| Failure::new(format!("`{}` is no JSON that is accepted: {why}", path.display())))
}
