//! in-toto statements: about which artefacts, and what.

use crate::refusal::Refusal;
use catalyst_bundle::Digest;
use catalyst_bundle::json::{canonical, parse};
use catalyst_bundle::release::Release;
use serde_json::{Value, json};

/// The purpose of a signature that says "this is released".
pub(crate) const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
/// The purpose of the statement over a whole release.
pub(crate) const RELEASE_INDEX: &str = "https://catalyst.dev/bundle-index/v1";
/// The purpose of a bill of materials.
pub(crate) const CYCLONEDX: &str = "https://cyclonedx.org/bom";
/// The purpose of provenance.
pub(crate) const SLSA: &str = "https://slsa.dev/provenance/v1";

const TYPE: &str = "https://in-toto.io/Statement/v1";
const TYPE_OLD: &str = "https://in-toto.io/Statement/v0.1";
/// Most subjects that are read.
const MOST_SUBJECTS: usize = 1024;

/// The text of a statement about one artefact.
pub(crate) fn statement(subject: &Digest, predicate_type: &str, predicate: Value) -> String {
    canonical(&json!({
        "_type": TYPE,
        "subject": [{ "digest": { "sha256": subject.hex() } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    }))
}

/// Whether a purpose is one that says that something is released: no attestation may have it.
pub(crate) fn is_reserved(predicate_type: &str) -> bool {
    [COSIGN_SIGN, RELEASE_INDEX].contains(&predicate_type)
}

/// The text of an attestation with the predicate of another statement: what is more in that one, or written otherwise, shows.
pub(crate) fn attestation(subject: &Digest, predicate_type: &str, payload: &[u8]) -> Result<String, Refusal> {
    let bad = |_| Refusal::MalformedSignature("its payload is no in-toto statement that is accepted");
    let mut json = parse(payload).map_err(bad)?;
    Ok(statement(subject, predicate_type, json["predicate"].take()))
}

/// What is said of a release as a whole: all of its header, and all that it consists of. It follows from the release alone, so whoever
/// verifies makes it again and compares.
pub(crate) fn release_predicate(release: &Release) -> Value {
    let header = &release.header;
    let blob = |(digest, (media_type, size, name)): (&Digest, &(String, u64, String))| {
        let item = release.items.iter().find(|item| item.name == *name);
        json!({
            "name": name,
            "digest": digest.to_string(),
            "size": size,
            "mediaType": media_type,
            "repository": item.map_or("", |item| item.repository()),
        })
    };
    json!({
        "formatVersion": 1,
        "critical": [],
        "productLine": header.line,
        "audience": { "sovereign": header.sovereign, "domain": header.domain },
        "sequence": header.sequence,
        "previous": header.previous.map(|it| it.to_string()),
        "base": release.base.map(|it| it.to_string()),
        "createdAt": header.created,
        "toolVersion": header.tool,
        "closure": release.closure.iter().map(blob).collect::<Vec<_>>(),
        "revoked": [],
    })
}

/// A statement that was read.
pub(crate) struct Statement {
    pub predicate_type: String,
    subjects: Vec<Digest>,
}

impl Statement {
    pub(crate) fn parse(payload: &[u8]) -> Result<Statement, Refusal> {
        let bad = Refusal::MalformedSignature("its payload is no in-toto statement that is accepted");
        let json = parse(payload).map_err(|_| bad.clone())?;
        if ![TYPE, TYPE_OLD].iter().any(|it| json["_type"] == **it) {
            return Err(bad);
        }
        let subject = |it: &Value| it["digest"]["sha256"].as_str().and_then(|hex| Digest::from_hex(hex).ok());
        let subjects = json["subject"].as_array().filter(|it| it.len() <= MOST_SUBJECTS);
        let subjects: Option<Vec<Digest>> = subjects.and_then(|it| it.iter().map(subject).collect());
        let predicate_type = json["predicateType"].as_str();
        match (subjects, predicate_type) {
            (Some(subjects), Some(it)) if !subjects.is_empty() => {
                Ok(Statement { predicate_type: it.to_owned(), subjects })
            }
            _ => Err(bad),
        }
    }

    /// Whether it is about this artefact and for this purpose.
    pub(crate) fn check(&self, artifact: &Digest, predicate_type: &str) -> Result<(), Refusal> {
        if self.predicate_type != predicate_type {
            return Err(Refusal::OtherPurpose(self.predicate_type.clone()));
        }
        self.check_subject(artifact)
    }

    pub(crate) fn check_subject(&self, artifact: &Digest) -> Result<(), Refusal> {
        if self.subjects.contains(artifact) { Ok(()) } else { Err(Refusal::OtherArtifact(self.subjects[0])) }
    }
}
