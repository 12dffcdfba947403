//! Signing a release: every claim about it, in both encodings, beside the signatures that are there already.

use crate::claims::{Role, claims};
use crate::classic;
use crate::dsse::{bundle, referrer};
use crate::keys::PrivateKey;
use catalyst_bundle::oci::{Layout, empty_config};
use catalyst_bundle::release::{Attached, Flaw, Release, with_attached};
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
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignError::Flaw(flaw) => fmt::Display::fmt(flaw, f),
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
        let (_, empty) = empty_config();
        let bundle = bundle(&claim.statement, key);
        let manifest = referrer(&bundle, &claim.about, claim.predicate_type);
        attached.extend(Attached::referrer(manifest).map(|it| (it, vec![bundle, empty.to_vec()])));
        if let Some(repository) = &claim.classic {
            let payload = classic::payload(&claim.about.digest, repository);
            let manifest = classic::signature(&payload, key);
            let it = Attached::tagged(manifest, claim.about.digest, repository);
            attached.push((it, vec![payload, empty.to_vec()]));
        }
    }
    with_attached(&mut layout, &mut release, attached);
    // A delta also leaves out the signatures of what stayed the same.
    if let Some(base) = base.filter(|_| release.base.is_some()) {
        layout.blobs.retain(|digest, _| !base.blobs.contains_key(digest));
    }
    Ok(layout)
}
