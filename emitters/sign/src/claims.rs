//! What signing a release says, claim by claim. Signing writes them down under keys; verifying makes them again from the release and accepts
//! nothing else.

use crate::statement::{COSIGN_SIGN, CYCLONEDX, RELEASE_INDEX, SLSA, release_predicate, statement};
use catalyst_bundle::json::parse;
use catalyst_bundle::oci::{Descriptor, Layout};
use catalyst_bundle::release::{BILL, Flaw, PROVENANCE, Release};
use serde_json::json;

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

/// What the release as a whole is called.
pub(crate) const WHOLE: &str = "release";

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

impl Claim {
    /// That an artefact is released.
    pub(crate) fn released(name: String, about: Descriptor, repository: String) -> Claim {
        Claim {
            role: Role::Release,
            name,
            predicate_type: COSIGN_SIGN,
            statement: statement(&about.digest, COSIGN_SIGN, json!({})),
            classic: Some(repository),
            about,
        }
    }
}

/// All claims about a release. Its documents have to be what their names say: one that cannot be read would go without attestation.
pub(crate) fn claims(release: &Release, layout: &Layout, base: Option<&Layout>) -> Result<Vec<Claim>, Flaw> {
    let index = Claim {
        role: Role::Index,
        name: WHOLE.to_owned(),
        about: release.descriptor.clone(),
        predicate_type: RELEASE_INDEX,
        statement: statement(&release.descriptor.digest, RELEASE_INDEX, release_predicate(release)),
        classic: Some(release.repository()),
    };
    let mut all = vec![index];
    for item in release.items.iter().filter(|item| item.is_signed()) {
        all.push(Claim::released(item.name.clone(), item.descriptor.bare(), item.repository().to_owned()));
    }
    for (name, predicate_type) in [(BILL, CYCLONEDX), (PROVENANCE, SLSA)] {
        let Some(item) = release.items.iter().find(|item| item.is_document() && item.name == name) else {
            continue;
        };
        let layer = item.manifest.as_ref().and_then(|it| it.layers.first()).map(|it| it.digest);
        let bytes = layer.and_then(|it| layout.blobs.get(&it).or_else(|| base?.blobs.get(&it)));
        let document = bytes.and_then(|it| parse(it).ok());
        let predicate = document.and_then(|mut it| {
            let map = it.as_object_mut()?;
            if name == PROVENANCE { map.remove("predicate") } else { Some(it) }
        });
        let predicate = predicate.ok_or(Flaw::Malformed(name))?;
        all.push(Claim {
            role: Role::Attest,
            name: name.to_owned(),
            about: release.descriptor.clone(),
            predicate_type,
            statement: statement(&release.descriptor.digest, predicate_type, predicate),
            classic: None,
        });
    }
    Ok(all)
}
