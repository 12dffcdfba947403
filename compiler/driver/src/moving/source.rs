//! Reading from a registry: a release or another artefact with all that it names, manifests first, for they say what else there is. What
//! does not have its digest is not kept.

use super::blob::{self, Blob};
use super::push::at;
use super::{MoveError, RegistryPath, each, threads};
use crate::network::{Network, NetworkProgress, connect};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, LARGEST_MANIFEST, Manifest, media};
use catalyst_bundle::release::{Flaw, Header, LARGEST_LAYOUT, RELEASE, TARGET};
use catalyst_registry::{Client, Document, OciReference, OciRepository};
use catalyst_system::Spool;
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A registry that is read.
pub(super) struct Source<'a> {
    pub(super) client: Client,
    threads: ThreadPool,
    pub(super) progress: &'a dyn NetworkProgress,
    /// Parts that are known to be needed.
    parts: AtomicUsize,
}

/// A release where it stands.
pub(super) struct Found {
    pub(super) header: Header,
    pub(super) index: Index,
    /// Its index.
    pub(super) descriptor: Descriptor,
    /// The bytes of it, to begin with.
    pub(super) held: BTreeMap<Digest, Arc<[u8]>>,
    /// Where each of its artefacts stands for itself, and the release.
    pub(super) places: BTreeMap<Digest, Spot>,
    /// The path below which all of them stand.
    pub(super) above: RegistryPath,
}

/// Where an artefact stands, and what that is called below the registry.
pub(super) struct Spot {
    pub(super) repository: OciRepository,
    pub(super) name: String,
}

/// Deepest indexes: that of a release lists indexes of images, which list manifests.
const DEEPEST: usize = 2;

impl<'a> Source<'a> {
    pub(super) fn new(
        network: &Network,
        progress: &'a Arc<dyn NetworkProgress>,
    ) -> Result<Source<'a>, MoveError> {
        Ok(Source {
            client: connect(network, progress.clone())?,
            threads: threads(network.jobs)?,
            progress: &**progress,
            parts: AtomicUsize::new(0),
        })
    }

    pub(super) fn needs(&self, parts: usize) {
        self.progress.needed(self.parts.fetch_add(parts, Ordering::SeqCst) + parts);
    }

    pub(super) fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R, MoveError> + Sync + Send,
    ) -> Result<Vec<R>, MoveError> {
        each(&self.threads, items, work)
    }

    /// What a reference leads to.
    pub(super) fn first(&self, from: &OciReference) -> Result<Document, MoveError> {
        self.client.document(from)?.ok_or_else(|| {
            MoveError::refused(
                format!("there is no `{from}`"),
                Some("check the name and the tag; `push` says both"),
            )
        })
    }

    /// A release: what its index says of itself, and where the parts are.
    pub(super) fn release(&self, from: &OciReference, document: Document) -> Result<Found, MoveError> {
        let descriptor = document.descriptor();
        let index = Index::parse(&document.bytes, &document.media_type)
            .map_err(|error| Flaw::Document(descriptor.digest, error))?;
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
        let own = Spot { repository: from.repository.clone(), name: home };
        let mut places = BTreeMap::from([(descriptor.digest, own)]);
        for item in &index.manifests {
            let target = item.annotations.get(TARGET).ok_or(Flaw::Name(item.digest))?;
            let repository = above.reference(target)?.repository;
            let name = target.rsplit_once(':').map_or(target.as_str(), |(name, _)| name).to_owned();
            places.entry(item.digest).or_insert(Spot { repository, name });
        }
        let held = BTreeMap::from([(descriptor.digest, Arc::from(document.bytes))]);
        Ok(Found { header, index, descriptor, held, places, above })
    }

    /// Adds all manifests and indexes below these to what is held, and gives the blobs that they name.
    pub(super) fn tree(
        &self,
        repository: &OciRepository,
        mut wanted: Vec<Descriptor>,
        held: &mut BTreeMap<Digest, Arc<[u8]>>,
    ) -> Result<Vec<Descriptor>, MoveError> {
        let mut blobs: BTreeMap<Digest, Descriptor> = BTreeMap::new();
        for _ in 0..DEEPEST {
            self.documents(repository, &wanted, held)?;
            let mut next = Vec::new();
            for descriptor in wanted {
                let bytes = held.get(&descriptor.digest).ok_or(Flaw::BlobMissing(descriptor.digest))?;
                let flaw = |error| Flaw::Document(descriptor.digest, error);
                if media::is_index(&descriptor.media_type) {
                    next.extend(Index::parse(bytes, &descriptor.media_type).map_err(flaw)?.manifests);
                } else {
                    let manifest = Manifest::parse(bytes, &descriptor.media_type).map_err(flaw)?;
                    blobs.extend(manifest.blobs().map(|it| (it.digest, it.clone())));
                }
            }
            wanted = next;
        }
        // An index that stands deeper still is missed by whoever looks at the whole.
        Ok(blobs.into_values().collect())
    }

    /// Manifests and indexes that are not held yet.
    fn documents(
        &self,
        repository: &OciRepository,
        wanted: &[Descriptor],
        held: &mut BTreeMap<Digest, Arc<[u8]>>,
    ) -> Result<(), MoveError> {
        let missing: BTreeMap<Digest, &Descriptor> =
            wanted.iter().filter(|it| !held.contains_key(&it.digest)).map(|it| (it.digest, it)).collect();
        let missing: Vec<&Descriptor> = missing.into_values().collect();
        bounded(missing.iter().copied())?;
        self.needs(missing.len());
        let found = self.each(&missing, |descriptor| {
            let document = self.client.document(&at(repository, &descriptor.digest))?;
            let document = document.ok_or(Flaw::BlobMissing(descriptor.digest))?;
            if document.bytes.len() as u64 != descriptor.size {
                return Err(Flaw::BlobSize(descriptor.digest).into());
            }
            self.progress.done(&descriptor.digest.to_string());
            // What it is, is said by what names it; a registry only keeps it.
            Ok((descriptor.digest, Arc::from(document.bytes)))
        })?;
        held.extend(found);
        Ok(())
    }

    /// Blobs of a repository; those that are large come into a spool.
    pub(super) fn blobs(
        &self,
        repository: &OciRepository,
        wanted: &[Descriptor],
        spool: &Spool,
    ) -> Result<Vec<(Digest, Blob)>, MoveError> {
        bounded(wanted.iter().filter(|it| it.size <= LARGEST_MANIFEST))?;
        self.needs(wanted.len());
        self.each(wanted, |descriptor| {
            let found = blob::fetch(&self.client, repository, descriptor, spool)?;
            self.progress.done(&descriptor.digest.to_string());
            Ok((descriptor.digest, found))
        })
    }
}

/// Whether what is held is no more together than what is held of a bundle.
fn bounded<'a>(wanted: impl IntoIterator<Item = &'a Descriptor>) -> Result<(), Flaw> {
    let all = wanted.into_iter().map(|it| it.size).fold(0, u64::saturating_add);
    if all > LARGEST_LAYOUT as u64 { Err(Flaw::TooLarge) } else { Ok(()) }
}
