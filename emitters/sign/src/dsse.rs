//! DSSE envelopes in sigstore bundles of version 0.3, signed by a key: what cosign 3 and Flux 2.8 read. No certificate, no log, no time.

use crate::base64;
use crate::keys::{PrivateKey, PublicKey};
use crate::refusal::Refusal;
use crate::statement::{COSIGN_SIGN, Statement};
use catalyst_bundle::Digest;
use catalyst_bundle::json::{canonical, parse};
use catalyst_bundle::oci::{CREATED, Descriptor, EPOCH, Manifest, empty_config};
use serde_json::{Value, json};

/// The media type of a bundle, and the artefact type of the manifest that holds it.
pub const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// What the envelope holds.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Largest bundle that is read.
const LARGEST: usize = 4 << 20;

/// What is signed: type and payload with their lengths, so that neither can run into the other.
pub(crate) fn pae(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// The bundle over a statement.
pub(crate) fn bundle(statement: &str, key: &PrivateKey) -> Vec<u8> {
    let signature = key.sign(&pae(statement.as_bytes()));
    let json = json!({
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": { "publicKey": { "hint": key.public().hint() } },
        "dsseEnvelope": {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64::encode(statement.as_bytes()),
            "signatures": [{ "sig": base64::encode(&signature) }],
        },
    });
    canonical(&json).into_bytes()
}

/// The manifest that attaches a bundle to an artefact.
pub(crate) fn referrer(bundle: &[u8], subject: &Descriptor, predicate_type: &str) -> Manifest {
    let mut manifest = Manifest::new(empty_config().0, Descriptor::of(BUNDLE_TYPE, bundle));
    manifest.artifact_type = Some(BUNDLE_TYPE.to_owned());
    manifest.subject = Some(subject.bare());
    let annotations = [
        ("dev.sigstore.bundle.content", "dsse-envelope"),
        ("dev.sigstore.bundle.predicateType", predicate_type),
        (CREATED, EPOCH),
    ];
    manifest.annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    manifest
}

/// A bundle that was read, and whose signature has still to be verified.
pub(crate) struct Envelope {
    pub payload: Vec<u8>,
    hint: Option<String>,
    signature: Vec<u8>,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signed {
    /// One of the keys.
    By(PublicKey),
    /// A key that is none of them.
    ByOther,
}

impl Envelope {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Envelope, Refusal> {
        use Refusal::MalformedSignature as Bad;
        if bytes.len() > LARGEST {
            return Err(Bad("it is too large"));
        }
        let json = parse(bytes).map_err(|_| Bad("it is no JSON that is accepted"))?;
        if json["mediaType"] != BUNDLE_TYPE {
            return Err(Bad("it is no sigstore bundle of version 0.3"));
        }
        let envelope = &json["dsseEnvelope"];
        if envelope["payloadType"] != PAYLOAD_TYPE || !json["messageSignature"].is_null() {
            return Err(Bad("it holds no in-toto statement"));
        }
        let material = &json["verificationMaterial"];
        // Evidence that nobody looks at must not be there: somebody might believe that it was looked at.
        let is_listed = |it: &Value| it.as_array().is_some_and(|items| !items.is_empty());
        let timestamps = &material["timestampVerificationData"];
        let has_more = !material["certificate"].is_null()
            || !material["x509CertificateChain"].is_null()
            || is_listed(&material["tlogEntries"])
            || timestamps.as_object().is_some_and(|it| !it.is_empty());
        if !material["publicKey"].is_object() || has_more {
            return Err(Bad("it rests on more than a key"));
        }
        let text = |value: &Value| value.as_str().and_then(base64::decode);
        let payload = text(&envelope["payload"]).ok_or(Bad("it has no payload"))?;
        let signature = match envelope["signatures"].as_array().map(Vec::as_slice) {
            Some([one]) => text(&one["sig"]),
            _ => None,
        };
        let signature = signature.ok_or(Bad("it does not have exactly one signature"))?;
        let hint = material["publicKey"]["hint"].as_str().map(str::to_owned);
        Ok(Envelope { payload, hint, signature })
    }

    /// Finds the key that signed.
    pub(crate) fn signed(&self, keys: &[PublicKey]) -> Result<Signed, Refusal> {
        let message = pae(&self.payload);
        let named = keys.iter().find(|key| self.hint.as_deref() == Some(&key.hint()));
        match named {
            Some(key) if key.verifies(&message, &self.signature) => Ok(Signed::By(key.clone())),
            Some(_) => Err(Refusal::BadSignature),
            // A hint is only a hint.
            None => {
                let found = keys.iter().find(|key| key.verifies(&message, &self.signature));
                Ok(found.map_or(Signed::ByOther, |key| Signed::By(key.clone())))
            }
        }
    }
}

/// Verifies a sigstore bundle over an artefact, whoever made it: cosign, or [`crate::sign()`]. Gives the key.
pub fn verify_bundle(bytes: &[u8], artifact: &Digest, keys: &[PublicKey]) -> Result<PublicKey, Refusal> {
    let envelope = Envelope::parse(bytes)?;
    Statement::parse(&envelope.payload)?.check(artifact, COSIGN_SIGN)?;
    match envelope.signed(keys)? {
        Signed::By(key) => Ok(key),
        Signed::ByOther => Err(Refusal::BadSignature),
    }
}
