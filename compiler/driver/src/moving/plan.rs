//! What goes where, before anything is sent.

use super::{MoveError, RegistryPath};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Layout, Manifest, Stretch, media};
use catalyst_bundle::release::{Attached, Flaw, Release};
use catalyst_registry::{Document, OciReference, OciRepository};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What goes where.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Each blob, and the repositories that need it.
    pub(super) blobs: BTreeMap<Digest, BTreeSet<OciRepository>>,
    /// Manifests and indexes by how deep they stand: those that others list come first.
    pub(super) documents: BTreeMap<usize, BTreeMap<(OciRepository, Digest), String>>,
    /// Signatures and attestations, by repository and what they are about.
    pub(super) attached: BTreeMap<(OciRepository, Digest), Vec<Attachment>>,
    /// Tags, with what they get; that of a release comes last.
    pub(super) tags: Vec<(OciReference, Descriptor)>,
    /// All content.
    content: BTreeMap<Digest, Content>,
}

/// Where the bytes of a digest are.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Here.
    Held(Arc<[u8]>),
    /// In a file.
    Far(Digest, Stretch),
    /// In a repository of another registry.
    Elsewhere(OciRepository, Box<Descriptor>),
}

/// Something that is attached to an artefact, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attachment {
    /// A manifest with a subject, and what an index of referrers says of it.
    Referrer(Descriptor, Document),
    /// A manifest under the tag that is made from the digest and this ending; its layers are signatures, or statements with signatures.
    Tagged(&'static str, Document),
}

impl Attachment {
    /// Its digest.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Attachment::Referrer(descriptor, _) => descriptor.digest,
            Attachment::Tagged(_, document) => Digest::of(&document.bytes),
        }
    }
}

/// The ending of the tag of classic signatures.
pub(super) const SIGNATURES: &str = "sig";
/// Deepest index in an index: that of a release lists indexes of images.
const DEEPEST: usize = 2;

impl Plan {
    /// The plan for a release. `base` has what a delta leaves out.
    pub fn of_release(
        layout: &Layout,
        base: Option<&Layout>,
        release: &Release,
        to: &RegistryPath,
    ) -> Result<Plan, MoveError> {
        let mut plan = Plan::default();
        for (digest, bytes) in base.into_iter().chain([layout]).flat_map(|it| &it.blobs) {
            plan.hold(*digest, bytes.clone());
        }
        for (digest, stretch) in base.into_iter().chain([layout]).flat_map(|it| &it.far) {
            plan.content.entry(*digest).or_insert_with(|| Content::Far(*digest, stretch.clone()));
        }
        let targets = release.items.iter().map(|item| (item.target.as_str(), &item.descriptor));
        let tag = format!("{}:{}", release.repository(), release.header.sequence);
        let places = plan.release(&release.descriptor, targets, &tag, to)?;
        for it in &release.attached {
            for repository in places.get(&it.about).into_iter().flatten() {
                plan.attach(repository, it);
            }
        }
        Ok(plan)
    }

    /// Puts each artefact of a release under its target, and all of them, with the index, into the repository of the release. Gives the
    /// repositories in which each of them stands for itself.
    pub(super) fn release<'a>(
        &mut self,
        index: &Descriptor,
        targets: impl Iterator<Item = (&'a str, &'a Descriptor)>,
        tag: &str,
        to: &RegistryPath,
    ) -> Result<BTreeMap<Digest, BTreeSet<OciRepository>>, MoveError> {
        let tag = to.reference(tag)?;
        let home = tag.repository.clone();
        let mut places: BTreeMap<Digest, BTreeSet<OciRepository>> = BTreeMap::new();
        for (target, descriptor) in targets {
            let target = to.reference(target)?;
            // A registry takes an index only where all that it lists stands in the same repository.
            self.document(&home, descriptor, 1)?;
            places.entry(descriptor.digest).or_default().insert(target.repository.clone());
            self.artifact(target, descriptor)?;
        }
        self.put(&home, index, DEEPEST);
        places.entry(index.digest).or_default().insert(home);
        self.tags.push((tag, index.bare()));
        Ok(places)
    }

    /// Puts an artefact, with all that it names, under a tag.
    pub(crate) fn artifact(&mut self, tag: OciReference, descriptor: &Descriptor) -> Result<(), MoveError> {
        self.document(&tag.repository, descriptor, 1)?;
        self.tags.push((tag, descriptor.bare()));
        Ok(())
    }

    /// Attaches a signature or an attestation, whose blobs have to be held.
    pub(crate) fn attach(&mut self, repository: &OciRepository, it: &Attached) {
        let document = Document { media_type: media::MANIFEST.to_owned(), bytes: it.manifest.to_bytes() };
        let attachment = match it.is_tagged {
            true => Attachment::Tagged(SIGNATURES, document),
            false => Attachment::Referrer(it.descriptor.clone(), document),
        };
        self.add(repository, it.about, attachment, it.manifest.blobs());
    }

    /// Attaches something that consists of these blobs.
    pub(super) fn add<'a>(
        &mut self,
        repository: &OciRepository,
        about: Digest,
        attachment: Attachment,
        blobs: impl Iterator<Item = &'a Descriptor>,
    ) {
        for blob in blobs {
            self.blobs.entry(blob.digest).or_default().insert(repository.clone());
        }
        self.attached.entry((repository.clone(), about)).or_default().push(attachment);
    }

    /// Takes bytes.
    pub(crate) fn hold(&mut self, digest: Digest, bytes: Arc<[u8]>) {
        self.content.insert(digest, Content::Held(bytes));
    }

    /// Takes note of where bytes are.
    pub(super) fn point(&mut self, repository: &OciRepository, blob: &Descriptor) {
        let there = || Content::Elsewhere(repository.clone(), Box::new(blob.bare()));
        self.content.entry(blob.digest).or_insert_with(there);
    }

    /// What the last tag leads to: the release, where it is one.
    pub fn last(&self) -> Option<(&OciReference, &Digest)> {
        self.targets().last()
    }

    /// Where each artefact comes to stand, with its digest; a release last.
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
        let Content::Held(bytes) = self.content(&descriptor.digest)?.clone() else {
            return Err(Flaw::BlobMissing(descriptor.digest).into());
        };
        if media::is_index(&descriptor.media_type) {
            if level == 0 {
                return Err(Flaw::Entry(descriptor.digest).into());
            }
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

    /// The bytes of a digest, or where they are.
    pub(super) fn content(&self, digest: &Digest) -> Result<&Content, MoveError> {
        self.content.get(digest).ok_or(MoveError::Flaw(Flaw::BlobMissing(*digest)))
    }
}

impl Content {
    /// How many bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Content::Held(bytes) => bytes.len() as u64,
            Content::Far(_, stretch) => stretch.size,
            Content::Elsewhere(_, blob) => blob.size,
        }
    }
}
