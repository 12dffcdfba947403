use super::bundle::read;
use super::check::count;
use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_bundle::oci::Layout;
use catalyst_driver::bundle::{State, read_state};
use catalyst_model::SovereignName;
use catalyst_sign::{Expected, Mark, PublicKey, Refusal, Report, Trust};
use catalyst_system::read_path;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Verify a bundle, without a network
///
/// Checks form, digests, completeness, signatures, the Sovereign it is for, and that its number is not lower than what was accepted before;
/// and says what it checked. Exit code 0 when all of it holds, 1 when the bundle is refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc verify omantel-7.tar --sovereign omantel --key release.pub\n  catalystc verify omantel-7.tar --sovereign omantel --key release.pub --attest-key attest.pub --state accepted.json\n  catalystc verify omantel-7.tar --sovereign omantel --key release.pub --index-key a.pub --index-key b.pub --threshold 2"
)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(super) expect: Expect,
}

/// What a bundle is expected to be.
#[derive(Debug, clap::Args)]
pub(crate) struct Expect {
    /// The bundle: a folder or an archive
    #[arg(value_name = "BUNDLE")]
    pub(super) bundle: PathBuf,
    /// The bundle that this one builds on
    #[arg(long, value_name = "BUNDLE")]
    base: Option<PathBuf>,
    /// The Sovereign that it must be for
    #[arg(long, short, value_name = "NAME")]
    sovereign: SovereignName,
    /// Public key that is trusted for what clusters use; may be given more than once
    #[arg(long, value_name = "FILE", required = true, help_heading = "Keys")]
    key: Vec<PathBuf>,
    /// Public key that is trusted for the release as a whole; those of `--key` unless given
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    index_key: Vec<PathBuf>,
    /// Public key that is trusted for attestations; without one they are not looked at
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    attest_key: Vec<PathBuf>,
    /// How many keys must have signed the release as a whole
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Keys")]
    threshold: usize,
    /// Record of what was accepted before; a bundle with a lower number is refused
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// Say that nothing of this line was accepted before, when there is no record yet or none of the line
    #[arg(long, requires = "state")]
    first_use: bool,
}

/// A bundle that was read, and what verifying it said.
pub(super) struct Verified {
    pub(super) layout: Layout,
    pub(super) base: Option<Layout>,
    pub(super) state: State,
    pub(super) result: Result<Report, Refusal>,
}

impl Verify {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let verified = self.expect.verify(session)?;
        self.expect.print(session, &verified.result)
    }
}

impl Expect {
    /// Reads and verifies. A failure is something that is not the bundle's fault.
    pub(super) fn verify(&self, session: &Session) -> Result<Verified, Failure> {
        let keys = |paths: &[PathBuf]| -> Result<Vec<PublicKey>, Failure> {
            paths.iter().map(|path| public_key(session, path)).collect()
        };
        let release = keys(&self.key)?;
        let index = if self.index_key.is_empty() { release.clone() } else { keys(&self.index_key)? };
        let trust = Trust { release, index, attest: keys(&self.attest_key)?, threshold: self.threshold };
        let state = self.read_state(session)?;
        let base = self.base.as_deref().map(|path| read(session, path)).transpose()?;
        let none = BTreeMap::new();
        let accepted: &BTreeMap<String, Mark> = state.0.get(self.sovereign.as_str()).unwrap_or(&none);
        let may_begin = self.state.is_none() || self.first_use;
        let expected = Expected { sovereign: self.sovereign.as_str(), accepted, may_begin };
        let layout = match catalyst_driver::bundle::read_bundle(&session.here(&self.bundle)) {
            Ok(layout) => layout,
            Err(catalyst_driver::bundle::BundleError::Flaw(flaw)) => {
                let layout = Layout::default();
                return Ok(Verified { layout, base, state, result: Err(flaw.into()) });
            }
            Err(error) => return Err(super::bundle::failure(&self.bundle, error)),
        };
        let result = catalyst_sign::verify(&layout, base.as_ref(), &trust, &expected);
        Ok(Verified { layout, base, state, result })
    }

    /// A record that is gone is not a first use: whoever can remove it could bring an old bundle back.
    fn read_state(&self, session: &Session) -> Result<State, Failure> {
        let Some(path) = &self.state else { return Ok(State::default()) };
        match (read_state(&session.here(path))?, self.first_use) {
            (Some(state), _) => Ok(state),
            (None, true) => Ok(State::default()),
            (None, false) => Err(Failure::with_help(
                format!("there is no record `{}` of what was accepted before", path.display()),
                "restore it; if nothing was accepted here ever, add `--first-use`",
            )),
        }
    }

    /// Says what was checked, or why the bundle is refused.
    pub(super) fn print(
        &self,
        session: &Session,
        result: &Result<Report, Refusal>,
    ) -> Result<ExitCode, Failure> {
        let text = match result {
            Ok(report) if session.is_json() => format!("{:#}\n", as_json(report)),
            Ok(report) => as_text(report, self.state.is_some()),
            Err(refusal) if session.is_json() => {
                let json = json!({
                    "version": 1, "accepted": false, "reason": refusal.as_str(), "message": refusal.to_string(),
                });
                format!("{json:#}\n")
            }
            Err(refusal) => format!("refused [{}]: {refusal}\n", refusal.as_str()),
        };
        session.print(&text)?;
        Ok(if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
    }
}

fn public_key(session: &Session, path: &Path) -> Result<PublicKey, Failure> {
    let text = read_path(&session.here(path), 1 << 16)?;
    PublicKey::from_pem(&text)
        .map_err(|error| Failure::new(format!("public key `{}`: {error}", path.display())))
}

fn as_json(report: &Report) -> serde_json::Value {
    json!({
        "version": 1,
        "accepted": true,
        "digest": report.digest.to_string(),
        "sovereign": report.header.sovereign,
        "line": report.header.line,
        "sequence": report.header.sequence,
        "acceptedBefore": report.accepted.as_ref().map(|it| it.sequence),
        "base": report.base.map(|it| it.to_string()),
        "artefacts": report.artifacts,
        "blobs": report.blobs,
        "bytes": report.bytes,
        "signatures": report.signatures,
        "untrustedSignatures": report.untrusted,
        "signers": report.signers,
        "attestations": report.attestations,
        "attested": report.attested.iter().map(|it| json!({
            "artefact": it.name, "predicateType": it.predicate_type, "key": it.key,
        })).collect::<Vec<_>>(),
    })
}

fn as_text(report: &Report, has_state: bool) -> String {
    let mut text = String::new();
    let mut row = |what: &str, says: String| text.push_str(&format!("{what:<13}  {says}\n"));
    let header = &report.header;
    row("release", report.digest.to_string());
    row(
        "form",
        format!(
            "every file has its place, {} with {} bytes have their digest and size",
            count(report.blobs, "blob"),
            report.bytes
        ),
    );
    let complete = format!("{}, none missing, none foreign", count(report.artifacts, "artefact"));
    row("complete", complete);
    row(
        "signatures",
        format!(
            "{} verified, each over its own artefact; {} by other keys",
            report.signatures, report.untrusted
        ),
    );
    row("signed by", report.signers.iter().cloned().collect::<Vec<_>>().join(", "));
    row(
        "attestations",
        match report.attestations {
            Some(number) => format!("{number} verified"),
            None => "not checked: no key for them was named".to_owned(),
        },
    );
    for it in &report.attested {
        row("attested", format!("`{}`: {} by {}", it.name, it.predicate_type, it.key));
    }
    row("audience", format!("Sovereign `{}`", header.sovereign));
    row(
        "number",
        match (&report.accepted, has_state) {
            (Some(mark), _) => {
                format!("{} in line {}; {} was accepted before", header.sequence, header.line, mark.sequence)
            }
            (None, true) => {
                format!("{} in line {}; nothing was accepted before", header.sequence, header.line)
            }
            (None, false) => {
                format!("{} in line {}; not compared: no record was named", header.sequence, header.line)
            }
        },
    );
    text.push_str("accepted\n");
    text
}
