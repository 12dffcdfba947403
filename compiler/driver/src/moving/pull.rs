//! Pulling a release: back to the bundle that it was pushed from. What does not have its digest is not kept; who signed it is for
//! [`catalyst_sign::verify()`] to say.

use super::MoveError;
use super::blob::Blob;
use super::plan::SIGNATURES;
use super::push::{at, beside};
use super::signatures::apart;
use super::source::{Source, Spot};
use crate::network::{Network, NetworkProgress};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Layout, Manifest, empty_config};
use catalyst_bundle::release::{Attached, Release, restore};
use catalyst_registry::{MOST_REFERRERS, OciReference, OciRepository};
use catalyst_system::Spool;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The bundle.
    pub layout: Layout,
    /// What it says of itself.
    pub release: Release,
    /// Signatures in the registry that are none of those that signing a release makes. They are left there.
    pub foreign: usize,
}

/// Pulls the release under a reference. What is large comes into the spool, where it must stay as long as the layout is used.
pub fn pull(
    from: &OciReference,
    spool: &Spool,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Pulled, MoveError> {
    let source = Source::new(network, &progress)?;
    let at = source.release(from, source.first(from)?)?;
    let mut held = at.held;
    let blobs = source.tree(&from.repository, at.index.manifests, &mut held)?;
    let mut parts = Layout { blobs: held, ..Layout::default() };
    for (digest, found) in source.blobs(&from.repository, &blobs, spool)? {
        match found {
            Blob::Held(bytes) => drop(parts.blobs.insert(digest, bytes)),
            Blob::Far(stretch) => drop(parts.far.insert(digest, stretch)),
        }
    }
    let (mut layout, mut release) = restore(&at.descriptor, parts)?;
    let candidates = source.attached(&at.places)?;
    let foreign = catalyst_sign::adopt(&mut layout, &mut release, candidates)?;
    Ok(Pulled { layout, release, foreign })
}

/// Most bytes of a signature or an attestation, its blobs together.
const LARGEST_SIGNATURE: u64 = 16 << 20;

/// What may be a signature, with its blobs. `None` when it cannot be one.
type Candidate = Option<(Attached, Vec<Vec<u8>>)>;

impl Source<'_> {
    /// What is attached to artefacts, in the repositories where they stand.
    fn attached(&self, places: &BTreeMap<Digest, Spot>) -> Result<Vec<Candidate>, MoveError> {
        let places: Vec<(&Digest, &Spot)> = places.iter().collect();
        self.needs(places.len());
        let found = self.each(&places, |(about, Spot { repository, name })| {
            let mut found = Vec::new();
            for entry in self.client.referrers(repository, about, catalyst_sign::BUNDLE_TYPE)? {
                let document = self.client.document(&at(repository, &entry.digest))?;
                let Some(document) = document else { continue };
                let manifest = Manifest::parse(&document.bytes, &document.media_type).ok();
                let attached = manifest.and_then(Attached::referrer);
                // Ours are canonical; of others the bytes could not be kept.
                let attached =
                    attached.filter(|it| it.about == **about && it.descriptor.digest == entry.digest);
                found.push(self.with_blobs(repository, attached)?);
            }
            if let Some(document) = self.client.document(&beside(repository, about, SIGNATURES))? {
                let manifest = Manifest::parse(&document.bytes, &document.media_type).ok();
                for signature in manifest.iter().flat_map(apart).take(MOST_REFERRERS) {
                    let attached = Attached::tagged(signature, **about, name);
                    found.push(self.with_blobs(repository, Some(attached))?);
                }
            }
            self.progress.done(name);
            Ok(found)
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    fn with_blobs(
        &self,
        repository: &OciRepository,
        attached: Option<Attached>,
    ) -> Result<Candidate, MoveError> {
        let Some(attached) = attached else { return Ok(None) };
        if attached.manifest.blobs().map(|it| it.size).fold(0, u64::saturating_add) > LARGEST_SIGNATURE {
            return Ok(None);
        }
        let (config, empty) = empty_config();
        let mut blobs = Vec::new();
        for blob in attached.manifest.blobs() {
            // Known without asking; a classic signature of others has another one, which is not looked at.
            let known = (blob.digest == config.digest).then(|| empty.to_vec());
            blobs.push(known.map_or_else(|| self.client.blob(repository, blob), Ok)?);
        }
        Ok(Some((attached, blobs)))
    }
}
