//! What signing a release says, claim by claim. Signing writes them down under keys; verifying makes them again from the release and accepts
//! nothing else.

use crate::statement::{COSIGN_SIGN, CYCLONEDX, RELEASE_INDEX, SLSA, release_predicate, statement};
use catalyst_bundle::json::parse;
use catalyst_bundle::oci::{Descriptor, Layout};
use catalyst_bundle::release::{Item, Release, SBOM, STATEMENT};
use serde_json::{Value, json};

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Artefacts that clusters use.
    Release,
    /// The release as a whole.
    Index,
    /// Where it comes from and what is in it. Never a key that Flux trusts: Flux does not look at the purpose of a signature.
    Attest,
}

/// One statement over one artefact.
pub(crate) struct Claim {
    pub role: Role,
    /// The artefact's name, for people.
    pub name: String,
    pub about: Descriptor,
    pub predicate_type: &'static str,
    pub statement: String,
    /// The repository that a classic signature names; `None` where there is none.
    pub classic: Option<String>,
}

/// All claims about a release.
pub(crate) fn claims(release: &Release, layout: &Layout, base: Option<&Layout>) -> Vec<Claim> {
    let index = Claim {
        role: Role::Index,
        name: "release".to_owned(),
        about: release.descriptor.clone(),
        predicate_type: RELEASE_INDEX,
        statement: statement(&release.descriptor.digest, RELEASE_INDEX, release_predicate(release)),
        classic: Some(release.repository()),
    };
    let artefact = |item: &Item| Claim {
        role: Role::Release,
        name: item.name.clone(),
        about: item.descriptor.bare(),
        predicate_type: COSIGN_SIGN,
        statement: statement(&item.descriptor.digest, COSIGN_SIGN, json!({})),
        classic: Some(item.repository().to_owned()),
    };
    let attestation = |item: &Item| {
        let layer = item.manifest.as_ref()?.layers.first()?.digest;
        let bytes = layout.blobs.get(&layer).or_else(|| base?.blobs.get(&layer))?;
        let mut document = parse(bytes).ok()?;
        let (predicate_type, predicate): (_, Value) = match item.descriptor.artifact_type.as_deref()? {
            SBOM => (CYCLONEDX, document),
            STATEMENT => (SLSA, document["predicate"].take()),
            _ => return None,
        };
        Some(Claim {
            role: Role::Attest,
            name: item.name.clone(),
            about: release.descriptor.clone(),
            predicate_type,
            statement: statement(&release.descriptor.digest, predicate_type, predicate),
            classic: None,
        })
    };
    let signed = release.items.iter().filter(|item| item.is_signed()).map(artefact);
    let attested = release.items.iter().filter_map(attestation);
    std::iter::once(index).chain(signed).chain(attested).collect()
}
