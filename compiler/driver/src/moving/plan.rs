//! What goes where when a release is pushed, before anything is sent.

use super::{MoveError, RegistryPath};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Layout, Manifest, media};
use catalyst_bundle::release::{Attached, Flaw, Release};
use catalyst_registry::{OciReference, OciRepository};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What goes where.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The release index under its tag: what `pull` takes.
    pub release: OciReference,
    /// Its digest.
    pub digest: Digest,
    /// Each blob, and the repositories that need it.
    pub(super) blobs: BTreeMap<Digest, BTreeSet<OciRepository>>,
    /// Manifests and indexes by how deep they stand: those that others list come first.
    pub(super) documents: BTreeMap<usize, BTreeMap<(OciRepository, Digest), String>>,
    /// Signatures and attestations, by repository and what they are about.
    pub(super) attached: BTreeMap<(OciRepository, Digest), Vec<Attached>>,
    /// Tags, with what they get; that of the release comes last.
    pub(super) tags: Vec<(OciReference, Descriptor)>,
    /// All content.
    pub(super) content: BTreeMap<Digest, Arc<[u8]>>,
}

impl Plan {
    /// The plan for a release. `base` has what a delta leaves out.
    pub fn new(
        layout: &Layout,
        base: Option<&Layout>,
        release: &Release,
        to: &RegistryPath,
    ) -> Result<Plan, MoveError> {
        let mut content = layout.blobs.clone();
        for (digest, bytes) in base.into_iter().flat_map(|it| &it.blobs) {
            content.entry(*digest).or_insert_with(|| bytes.clone());
        }
        let home = to.repository(&release.repository())?;
        let tag = to.reference(&format!("{}:{}", release.repository(), release.header.sequence))?;
        let mut plan = Plan {
            release: tag.clone(),
            digest: release.descriptor.digest,
            blobs: BTreeMap::new(),
            documents: BTreeMap::new(),
            attached: BTreeMap::new(),
            tags: Vec::new(),
            content,
        };
        let mut places: BTreeMap<Digest, BTreeSet<OciRepository>> = BTreeMap::new();
        for item in &release.items {
            let target = to.reference(&item.target)?;
            // A registry takes an index only where all that it lists stands in the same repository.
            for repository in [&target.repository, &home] {
                plan.document(repository, &item.descriptor, 1)?;
            }
            places.entry(item.descriptor.digest).or_default().insert(target.repository.clone());
            plan.tags.push((target, item.descriptor.clone()));
        }
        plan.put(&home, &release.descriptor, 2);
        places.entry(release.descriptor.digest).or_default().insert(home);
        plan.tags.push((tag, release.descriptor.clone()));
        for attached in &release.attached {
            for repository in places.get(&attached.about).into_iter().flatten() {
                for blob in attached.manifest.blobs() {
                    plan.blobs.entry(blob.digest).or_default().insert(repository.clone());
                }
                let key = (repository.clone(), attached.about);
                plan.attached.entry(key).or_default().push(attached.clone());
            }
        }
        Ok(plan)
    }

    /// Where each artefact comes to stand, with its digest; the release last.
    pub fn targets(&self) -> impl Iterator<Item = (&OciReference, &Digest)> {
        self.tags.iter().map(|(tag, descriptor)| (tag, &descriptor.digest))
    }

    /// A manifest or an index with all that it names.
    fn document(
        &mut self,
        repository: &OciRepository,
        descriptor: &Descriptor,
        level: usize,
    ) -> Result<(), MoveError> {
        let flaw = |error| MoveError::Flaw(Flaw::Document(descriptor.digest, error));
        let bytes = self.bytes(&descriptor.digest)?;
        if media::is_index(&descriptor.media_type) {
            // Indexes of releases nest no deeper: see `Release::read`.
            let index = Index::parse(&bytes, &descriptor.media_type).map_err(flaw)?;
            for child in &index.manifests {
                self.document(repository, child, 0)?;
            }
        } else {
            let manifest = Manifest::parse(&bytes, &descriptor.media_type).map_err(flaw)?;
            for blob in manifest.blobs() {
                self.blobs.entry(blob.digest).or_default().insert(repository.clone());
            }
        }
        self.put(repository, descriptor, level);
        Ok(())
    }

    fn put(&mut self, repository: &OciRepository, descriptor: &Descriptor, level: usize) {
        let key = (repository.clone(), descriptor.digest);
        self.documents.entry(level).or_default().insert(key, descriptor.media_type.clone());
    }

    /// The bytes of a digest.
    pub(super) fn bytes(&self, digest: &Digest) -> Result<Arc<[u8]>, MoveError> {
        self.content.get(digest).cloned().ok_or(MoveError::Flaw(Flaw::BlobMissing(*digest)))
    }
}
