//! Classic cosign signatures: a small JSON that names the artefact, its signature in an annotation, and a tag made from the digest. What
//! Flux before 2.8, older policy engines and registries know.

use crate::base64;
use crate::dsse::Signed;
use crate::keys::{PrivateKey, PublicKey};
use crate::refusal::Refusal;
use catalyst_bundle::Digest;
use catalyst_bundle::json::{canonical, parse};
use catalyst_bundle::oci::{Descriptor, Manifest, empty_config, media};
use serde_json::json;

/// The media type of what is signed.
pub(crate) const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const TYPE: &str = "cosign container image signature";

/// What is signed. The repository is a name that stays the same wherever the artefact is copied to.
pub(crate) fn payload(artifact: &Digest, repository: &str) -> Vec<u8> {
    let json = json!({
        "critical": {
            "identity": { "docker-reference": repository },
            "image": { "docker-manifest-digest": artifact.to_string() },
            "type": TYPE,
        },
        "optional": null,
    });
    canonical(&json).into_bytes()
}

/// The manifest that carries a signature over a payload.
pub(crate) fn signature(payload: &[u8], key: &PrivateKey) -> Manifest {
    manifest(payload, &base64::encode(&key.sign(payload)))
}

fn manifest(payload: &[u8], signature: &str) -> Manifest {
    let config = Descriptor { media_type: media::IMAGE_CONFIG.to_owned(), ..empty_config().0 };
    Manifest::new(config, Descriptor::of(PAYLOAD, payload).annotated(SIGNATURE, signature))
}

/// Finds the key that signed the payload of a manifest, which has to be the manifest that is written for it.
pub(crate) fn signed(attached: &Manifest, payload: &[u8], keys: &[PublicKey]) -> Result<Signed, Refusal> {
    let text = attached.layers.first().and_then(|it| it.annotations.get(SIGNATURE));
    let text = text.ok_or(Refusal::MalformedSignature("its annotation holds no signature"))?;
    if manifest(payload, text) != *attached {
        return Err(Refusal::MalformedSignature("its manifest is not that of a classic signature"));
    }
    let signature =
        base64::decode(text).ok_or(Refusal::MalformedSignature("its annotation holds no signature"))?;
    let found = keys.iter().find(|key| key.verifies(payload, &signature));
    Ok(found.map_or(Signed::ByOther, |key| Signed::By(key.clone())))
}

/// Verifies a classic signature over an artefact, whoever made it. Gives the key.
pub fn verify_classic(
    payload: &[u8],
    signature: &str,
    artifact: &Digest,
    keys: &[PublicKey],
) -> Result<PublicKey, Refusal> {
    check(payload, artifact)?;
    let signature =
        base64::decode(signature).ok_or(Refusal::MalformedSignature("its annotation holds no signature"))?;
    let found = keys.iter().find(|key| key.verifies(payload, &signature));
    found.cloned().ok_or(Refusal::BadSignature)
}

/// Whether a payload is about this artefact: a signature alone says nothing about what it is attached to.
pub(crate) fn check(payload: &[u8], artifact: &Digest) -> Result<(), Refusal> {
    let bad = Refusal::MalformedSignature("its payload is none that is accepted");
    let json = parse(payload).map_err(|_| bad.clone())?;
    let critical = &json["critical"];
    match critical["type"].as_str() {
        Some(TYPE) => {}
        other => return Err(Refusal::OtherPurpose(other.unwrap_or_default().to_owned())),
    }
    let named = critical["image"]["docker-manifest-digest"].as_str();
    let named = named.and_then(|it| Digest::parse(it).ok()).ok_or(bad)?;
    if named == *artifact { Ok(()) } else { Err(Refusal::OtherArtifact(named)) }
}
