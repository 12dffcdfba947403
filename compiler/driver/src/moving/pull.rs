//! Pulling a release: back to the bundle that it was pushed from. What does not have its digest is not kept; who signed it is for
//! [`catalyst_sign::verify()`] to say.

use super::push::{at, classic};
use super::signatures::apart;
use super::{MoveError, RegistryPath, each, threads};
use crate::network::{Network, NetworkProgress, connect};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Layout, Manifest, empty_config, media};
use catalyst_bundle::release::{Attached, Flaw, Header, LARGEST_LAYOUT, RELEASE, Release, TARGET, restore};
use catalyst_registry::{Client, Document, MOST_REFERRERS, OciReference, OciRepository};
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Pulls the release under a reference.
pub fn pull(
    from: &OciReference,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Pulled, MoveError> {
    let pull = Pull {
        client: connect(network, progress.clone())?,
        threads: threads(network.jobs)?,
        progress: &*progress,
        parts: AtomicUsize::new(0),
    };
    let document = pull.client.document(from)?.ok_or_else(|| {
        MoveError::refused(
            format!("there is no `{from}`"),
            Some("check the name and the tag; `push` says both"),
        )
    })?;
    let release = document.descriptor();
    let index = Index::parse(&document.bytes, &document.media_type)
        .map_err(|error| Flaw::Document(release.digest, error))?;
    if index.artifact_type.as_deref() != Some(RELEASE) {
        return Err(Flaw::NoRelease.into());
    }
    let header = Header::parse(&index.annotations)?;
    let home = format!("{}/release", header.sovereign);
    let above = from.repository.to_string();
    let above = above.strip_suffix(&home).ok_or_else(|| {
        let text = format!(
            "`{from}` is a release of Sovereign `{}`, and stands elsewhere than in `{home}`",
            header.sovereign
        );
        MoveError::refused(text, Some("name the reference that `push` printed"))
    })?;
    let above = RegistryPath::parse(above).map_err(|why| MoveError::refused(why, None))?;

    let mut blobs = BTreeMap::from([(release.digest, Arc::from(document.bytes))]);
    let mut wanted: Vec<Descriptor> = index.manifests.clone();
    let mut places =
        BTreeMap::from([(release.digest, Spot { repository: from.repository.clone(), name: home })]);
    for item in &index.manifests {
        let target = item.annotations.get(TARGET).ok_or(Flaw::Name(item.digest))?;
        let repository = above.reference(target)?.repository;
        let name = target.rsplit_once(':').map_or(target.as_str(), |(name, _)| name).to_owned();
        places.entry(item.digest).or_insert(Spot { repository, name });
    }
    // Manifests first: they say what else there is. Indexes of releases nest once: see `Release::read`.
    for _ in 0..2 {
        let found = pull.documents(&from.repository, &wanted, &blobs)?;
        let mut next = Vec::new();
        for (digest, document) in found {
            if media::is_index(&document.media_type) {
                let index = Index::parse(&document.bytes, &document.media_type)
                    .map_err(|error| Flaw::Document(digest, error))?;
                next.extend(index.manifests);
            }
            blobs.insert(digest, Arc::from(document.bytes));
        }
        wanted.extend(next);
    }
    let mut content: BTreeMap<Digest, Descriptor> = BTreeMap::new();
    for descriptor in wanted.iter().filter(|it| media::is_manifest(&it.media_type)) {
        let bytes = blobs.get(&descriptor.digest).ok_or(Flaw::BlobMissing(descriptor.digest))?;
        let manifest = Manifest::parse(bytes, &descriptor.media_type)
            .map_err(|error| Flaw::Document(descriptor.digest, error))?;
        content.extend(manifest.blobs().map(|it| (it.digest, it.clone())));
    }
    blobs.extend(pull.blobs(&from.repository, content.into_values().collect())?);
    let (mut layout, mut release) = restore(&release, blobs)?;
    let candidates = pull.attached(&places)?;
    let foreign = catalyst_sign::adopt(&mut layout, &mut release, candidates)?;
    Ok(Pulled { layout, release, foreign })
}

/// Where an artefact stands, and what that is called below the registry.
struct Spot {
    repository: OciRepository,
    name: String,
}

struct Pull<'a> {
    client: Client,
    threads: ThreadPool,
    progress: &'a dyn NetworkProgress,
    /// Parts that are known to be needed.
    parts: AtomicUsize,
}

/// Blobs by their digest.
type Content = Vec<(Digest, Arc<[u8]>)>;

/// Most bytes of a signature or an attestation, its blobs together.
const LARGEST_SIGNATURE: u64 = 16 << 20;

/// What may be a signature, with its blobs. `None` when it cannot be one.
type Candidate = Option<(Attached, Vec<Vec<u8>>)>;

impl Pull<'_> {
    fn needs(&self, parts: usize) {
        self.progress.needed(self.parts.fetch_add(parts, Ordering::SeqCst) + parts);
    }

    /// Manifests and indexes that are not there yet.
    fn documents(
        &self,
        repository: &OciRepository,
        wanted: &[Descriptor],
        have: &BTreeMap<Digest, Arc<[u8]>>,
    ) -> Result<Vec<(Digest, Document)>, MoveError> {
        let missing: BTreeMap<Digest, &Descriptor> =
            wanted.iter().filter(|it| !have.contains_key(&it.digest)).map(|it| (it.digest, it)).collect();
        let missing: Vec<&Descriptor> = missing.into_values().collect();
        bounded(missing.iter().copied())?;
        self.needs(missing.len());
        each(&self.threads, &missing, |descriptor| {
            let document = self.client.document(&at(repository, &descriptor.digest))?;
            let document = document.ok_or(Flaw::BlobMissing(descriptor.digest))?;
            if document.bytes.len() as u64 != descriptor.size {
                return Err(Flaw::BlobSize(descriptor.digest).into());
            }
            self.progress.done(&descriptor.digest.to_string());
            // What it is, is said by what names it; a registry only keeps it.
            let media_type = descriptor.media_type.clone();
            Ok((descriptor.digest, Document { media_type, ..document }))
        })
    }

    fn blobs(&self, repository: &OciRepository, wanted: Vec<Descriptor>) -> Result<Content, MoveError> {
        bounded(&wanted)?;
        self.needs(wanted.len());
        each(&self.threads, &wanted, |descriptor| {
            let bytes = self.client.blob(repository, descriptor)?;
            self.progress.done(&descriptor.digest.to_string());
            Ok((descriptor.digest, Arc::from(bytes)))
        })
    }

    /// What is attached to artefacts, in the repositories where they stand.
    fn attached(&self, places: &BTreeMap<Digest, Spot>) -> Result<Vec<Candidate>, MoveError> {
        let places: Vec<(&Digest, &Spot)> = places.iter().collect();
        self.needs(places.len());
        let found = each(&self.threads, &places, |(about, Spot { repository, name })| {
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
            if let Some(document) = self.client.document(&classic(repository, about))? {
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

/// Whether it is no more together than what is read of a bundle.
fn bounded<'a>(wanted: impl IntoIterator<Item = &'a Descriptor>) -> Result<(), Flaw> {
    let all = wanted.into_iter().map(|it| it.size).fold(0, u64::saturating_add);
    if all > LARGEST_LAYOUT as u64 { Err(Flaw::TooLarge) } else { Ok(()) }
}
