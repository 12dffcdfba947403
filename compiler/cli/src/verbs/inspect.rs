use super::bundle::{failure_of, read};
use crate::exit::Failure;
use crate::session::Session;
use catalyst_bundle::release::Release;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what is in a bundle
///
/// Compares all digests and sizes, and refuses what is damaged or incomplete. It does not look at who signed: that is for `catalystc verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc inspect omantel-7.tar\n  catalystc inspect bundles/omantel --format json\n  catalystc inspect omantel-8.tar --base omantel-7.tar"
)]
pub(crate) struct Inspect {
    /// The bundle: a folder or an archive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The bundle that this one builds on
    #[arg(long, value_name = "BUNDLE")]
    base: Option<PathBuf>,
}

impl Inspect {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let layout = read(session, &self.bundle)?;
        let base = self.base.as_deref().map(|path| read(session, path)).transpose()?;
        let release =
            Release::read(&layout, base.as_ref()).map_err(|flaw| failure_of(&self.bundle, &flaw))?;
        let (blobs, carried) = layout.extent();
        let text = match session.is_json() {
            true => format!("{:#}\n", as_json(&release, blobs, carried)),
            false => as_text(&release, blobs, carried),
        };
        session.print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(release: &Release, blobs: usize, bytes: u64) -> Value {
    let header = &release.header;
    let artefacts: Vec<Value> = release
        .items
        .iter()
        .map(|item| {
            json!({
                "name": item.name,
                "target": item.target,
                "digest": item.descriptor.digest.to_string(),
                "mediaType": item.descriptor.media_type,
                "artifactType": item.descriptor.artifact_type,
                "bytes": size(release, &item.name),
            })
        })
        .collect();
    let attached: Vec<Value> = release
        .attached
        .iter()
        .map(|it| {
            json!({
                "about": it.about.to_string(),
                "digest": it.descriptor.digest.to_string(),
                "form": if it.is_tagged { "classic" } else { "bundle" },
                "predicateType": it.manifest.annotations.get("dev.sigstore.bundle.predicateType"),
            })
        })
        .collect();
    json!({
        "version": 1,
        "digest": release.descriptor.digest.to_string(),
        "sovereign": header.sovereign,
        "domain": header.domain,
        "line": header.line,
        "sequence": header.sequence,
        "previous": header.previous.map(|it| it.to_string()),
        "base": release.base.map(|it| it.to_string()),
        "created": header.created,
        "tool": header.tool,
        "blobs": blobs,
        "bytes": bytes,
        "artefacts": artefacts,
        "attached": attached,
    })
}

fn as_text(release: &Release, blobs: usize, bytes: u64) -> String {
    let header = &release.header;
    let mut text = String::new();
    let mut row = |name: &str, value: &str| text.push_str(&format!("{name:<10}  {value}\n"));
    row("release", &release.descriptor.digest.to_string());
    row("Sovereign", &format!("{} ({})", header.sovereign, header.domain));
    row("number", &format!("{} in line {}", header.sequence, header.line));
    if let Some(previous) = header.previous {
        row("follows", &previous.to_string());
    }
    if let Some(base) = release.base {
        row("builds on", &base.to_string());
    }
    row("made", &format!("{} by {}", header.created, header.tool));
    row("holds", &format!("{blobs} blobs, {bytes} bytes"));
    let classic = release.attached.iter().filter(|it| it.is_tagged).count();
    let signed = match release.attached.len() {
        0 => "no".to_owned(),
        all => {
            format!("{} sigstore bundles and {classic} classic signatures, not verified here", all - classic)
        }
    };
    row("signed", &signed);
    text.push('\n');
    let width = release.items.iter().map(|it| it.target.len()).max().unwrap_or(0);
    for item in &release.items {
        let digest = item.descriptor.digest.hex();
        let size = size(release, &item.name);
        text.push_str(&format!(
            "{:<width$}  {size:>10}  {}
",
            item.target,
            &digest[..16]
        ));
    }
    text
}

/// Bytes of the blobs that an artefact is the first to have.
fn size(release: &Release, name: &str) -> u64 {
    release.closure.values().filter(|(_, _, first)| first == name).map(|(_, size, _)| size).sum()
}
