//! Signing a release: every claim about it, in both encodings, beside the signatures that are there already.

use crate::claims::{Claim, Role, claims};
use crate::classic;
use crate::dsse::{Envelope, Signed, bundle, referrer};
use crate::keys::{PrivateKey, PublicKey};
use crate::statement::{Statement, is_reserved, statement};
use catalyst_bundle::oci::{Descriptor, Layout, empty_config};
use catalyst_bundle::release::{Attached, Flaw, Release, with_attached};
use serde_json::Value;
use std::fmt;

/// Keys by role.
#[derive(Debug, Clone, Copy)]
pub struct Signers<'a> {
    /// Signs what clusters use. Its public key is what Flux gets.
    pub release: &'a PrivateKey,
    /// Signs the release as a whole.
    pub index: &'a PrivateKey,
    /// Signs where it comes from and what is in it.
    pub attest: Option<&'a PrivateKey>,
}

/// Why a release is not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignError {
    /// It is no complete release whose digests hold.
    Flaw(Flaw),
    /// The key for attestations is one that releases are signed with.
    SameKey,
    /// The release has no artefact of this name; these are the names.
    NoArtifact(String, Vec<String>),
    /// This purpose is not for attestations of one's own: it says that something is released, or the release says it of itself.
    Reserved(String),
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignError::Flaw(flaw) => fmt::Display::fmt(flaw, f),
            SignError::NoArtifact(name, names) => {
                write!(f, "the release has no artefact `{name}`; it has {}", names.join(", "))
            }
            SignError::Reserved(purpose) => {
                write!(f, "`{purpose}` is what the release says of itself; `catalystc` makes these statements")
            }
            SignError::SameKey => f.write_str(
                "attestations need a key of their own: Flux would take an attestation by the release key for a signature",
            ),
        }
    }
}

impl std::error::Error for SignError {}

/// Signs a release. Gives its layout with the signatures in it.
pub fn sign(mut layout: Layout, base: Option<&Layout>, signers: &Signers<'_>) -> Result<Layout, SignError> {
    let mut release = Release::read(&layout, base).map_err(SignError::Flaw)?;
    if let Some(attest) = signers.attest
        && [signers.release, signers.index].iter().any(|it| it.public() == attest.public())
    {
        return Err(SignError::SameKey);
    }
    let mut attached = Vec::new();
    for claim in claims(&release, &layout, base).map_err(SignError::Flaw)? {
        let key = match claim.role {
            Role::Release => signers.release,
            Role::Index => signers.index,
            Role::Attest => match signers.attest {
                Some(key) => key,
                None => continue,
            },
        };
        attached.extend(signatures(&claim, key));
    }
    with_attached(&mut layout, &mut release, attached);
    // A delta also leaves out the signatures of what stayed the same.
    if let Some(base) = base.filter(|_| release.base.is_some()) {
        layout.retain(|digest| !base.has(digest));
    }
    Ok(layout)
}

/// Attests: a predicate of a purpose about an artefact, or about the release as a whole; without a predicate, what is in the release and
/// where it comes from. Gives the layout with the attestations in it, beside what is there.
pub fn attest(
    mut layout: Layout,
    base: Option<&Layout>,
    about: Option<&str>,
    predicate: Option<(&str, Value)>,
    key: &PrivateKey,
) -> Result<Layout, SignError> {
    let mut release = Release::read(&layout, base).map_err(SignError::Flaw)?;
    if has_signed(&release, &layout, base, &key.public()) {
        return Err(SignError::SameKey);
    }
    let about = match about {
        None => release.descriptor.clone(),
        Some(name) => {
            let item = release.items.iter().find(|it| it.name == name);
            let names = || release.items.iter().map(|it| it.name.clone()).collect();
            item.ok_or_else(|| SignError::NoArtifact(name.to_owned(), names()))?.descriptor.bare()
        }
    };
    let own = claims(&release, &layout, base).map_err(SignError::Flaw)?;
    let mut attached = Vec::new();
    match predicate {
        None => {
            let own = own.iter().filter(|it| it.role == Role::Attest && it.about.digest == about.digest);
            own.for_each(|claim| attached.extend(signatures(claim, key)));
        }
        Some((predicate_type, predicate)) => {
            let is_own =
                own.iter().any(|it| it.about.digest == about.digest && it.predicate_type == predicate_type);
            if is_own || is_reserved(predicate_type) {
                return Err(SignError::Reserved(predicate_type.to_owned()));
            }
            let statement = statement(&about.digest, predicate_type, predicate);
            attached.extend(bundled(&statement, &about, predicate_type, key));
        }
    }
    with_attached(&mut layout, &mut release, attached);
    Ok(layout)
}

/// Whether a key has signed something of a release that clusters use, or the release as a whole.
fn has_signed(release: &Release, layout: &Layout, base: Option<&Layout>, key: &PublicKey) -> bool {
    let blob = |it: &Attached| {
        let layer = it.manifest.layers.first()?.digest;
        layout.blobs.get(&layer).or_else(|| base?.blobs.get(&layer))
    };
    let keys = std::slice::from_ref(key);
    release.attached.iter().any(|it| {
        let Some(blob) = blob(it) else { return false };
        if it.is_tagged {
            return matches!(classic::signed(&it.manifest, blob, keys), Ok(Signed::By(_)));
        }
        let Ok(envelope) = Envelope::parse(blob) else { return false };
        let purpose = Statement::parse(&envelope.payload);
        purpose.is_ok_and(|it| is_reserved(&it.predicate_type))
            && matches!(envelope.signed(keys), Ok(Signed::By(_)))
    })
}

/// Signs an artefact that stands for itself, such as a Blueprint: that it is released, in both encodings. Gives the signatures with their
/// blobs. `repository` is what a classic signature names: without a registry, so that it holds wherever the artefact is copied to.
pub fn sign_artifact(
    about: &Descriptor,
    repository: &str,
    key: &PrivateKey,
) -> Vec<(Attached, Vec<Vec<u8>>)> {
    signatures(&Claim::released(repository.to_owned(), about.bare(), repository.to_owned()), key)
}

/// The signatures that a claim asks for.
fn signatures(claim: &Claim, key: &PrivateKey) -> Vec<(Attached, Vec<Vec<u8>>)> {
    let mut made: Vec<_> =
        bundled(&claim.statement, &claim.about, claim.predicate_type, key).into_iter().collect();
    if let Some(repository) = &claim.classic {
        let payload = classic::payload(&claim.about.digest, repository);
        let manifest = classic::signature(&payload, key);
        let it = Attached::tagged(manifest, claim.about.digest, repository);
        made.push((it, vec![payload, empty_config().1.to_vec()]));
    }
    made
}

/// A statement in a sigstore bundle.
fn bundled(
    statement: &str,
    about: &Descriptor,
    predicate_type: &str,
    key: &PrivateKey,
) -> Option<(Attached, Vec<Vec<u8>>)> {
    let bundle = bundle(statement, key);
    let manifest = referrer(&bundle, about, predicate_type);
    Attached::referrer(manifest).map(|it| (it, vec![bundle, empty_config().1.to_vec()]))
}
