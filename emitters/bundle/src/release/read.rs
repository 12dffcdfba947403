//! Taking a layout apart again. Every file, every blob and every entry has its place, or the layout is refused; a layout that is accepted
//! is, byte for byte, the one that [`super::assemble()`] and signing would write.

use super::{BASE, BILL, CLOSURE, Flaw, Header, PROVENANCE, RELEASE, SBOM, STATEMENT, TARGET};
use crate::Digest;
use crate::oci::{Descriptor, Index, Layout, Manifest, OciError, REF_NAME, media};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most signatures and attestations of one artefact.
const MOST_ATTACHED: usize = 64;
/// Most descriptors that are followed, with a share for the bytes of each document. A release has some thousands; a small layout can name
/// the same things over and over.
const MOST_STEPS: usize = 1 << 17;
/// Bytes of a document that cost as much as one descriptor.
const STEP: u64 = 1 << 10;
/// The documents of a release, which its own signature covers: the name of each, and its artefact type, which is also that of its only layer.
const DOCUMENTS: [(&str, &str); 3] = [("closure.json", CLOSURE), (BILL, SBOM), (PROVENANCE, STATEMENT)];

/// A layout whose parts all fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The release index.
    pub descriptor: Descriptor,
    /// What it says of itself.
    pub header: Header,
    /// Its artefacts, in its order.
    pub items: Vec<Item>,
    /// Signatures and attestations, in order of digest.
    pub attached: Vec<Attached>,
    /// Everything the release consists of but for its index: media type, size and the artefact, by digest.
    pub closure: BTreeMap<Digest, (String, u64, String)>,
    /// The release whose blobs are left out.
    pub base: Option<Digest>,
}

/// An artefact of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Where it goes.
    pub target: String,
    /// Its manifest or index.
    pub descriptor: Descriptor,
    /// The manifest; `None` for an index.
    pub manifest: Option<Manifest>,
}

/// A signature or an attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The digest it is about, as the layout says. Its own content has yet to say the same.
    pub about: Digest,
    /// Whether it stands under a tag made from that digest, as classic signatures do, instead of having a subject.
    pub is_tagged: bool,
    /// Its manifest, with what the layout's index says of it.
    pub descriptor: Descriptor,
    /// The manifest.
    pub manifest: Manifest,
}

impl Item {
    /// Whether clusters use it, so that it needs a signature of its own.
    pub fn is_signed(&self) -> bool {
        !self.is_document()
    }

    /// Whether it is one of the documents of a release, which the signature of the release covers. What only says that it is one, and has
    /// another name or content, is none.
    pub fn is_document(&self) -> bool {
        let kind = self.descriptor.artifact_type.as_deref();
        let layers = self.manifest.as_ref().map(|it| it.layers.as_slice()).unwrap_or_default();
        let is_document = |(name, artifact_type): &(&str, &str)| {
            *name == self.name
                && kind == Some(artifact_type)
                && matches!(layers, [layer] if layer.media_type == *artifact_type)
        };
        DOCUMENTS.iter().any(is_document)
    }

    /// The repository of its target.
    pub fn repository(&self) -> &str {
        self.target.rsplit_once(':').map_or(&self.target, |(repository, _)| repository)
    }
}

impl Attached {
    /// A referrer; `None` when the manifest has no subject.
    pub fn referrer(manifest: Manifest) -> Option<Attached> {
        let about = manifest.subject.as_ref()?.digest;
        let mut descriptor = Descriptor::of(media::MANIFEST, &manifest.to_bytes());
        descriptor.artifact_type.clone_from(&manifest.artifact_type);
        descriptor.annotations.clone_from(&manifest.annotations);
        Some(Attached { about, is_tagged: false, descriptor, manifest })
    }

    /// A signature under a tag in the repository of what it is about.
    pub fn tagged(manifest: Manifest, about: Digest, repository: &str) -> Attached {
        let descriptor = Descriptor::of(media::MANIFEST, &manifest.to_bytes())
            .annotated(REF_NAME, format!("{repository}:sha256-{}.sig", about.hex()));
        Attached { about, is_tagged: true, descriptor, manifest }
    }
}

impl Release {
    /// Reads a layout. What a delta leaves out is looked for in `base`.
    pub fn read(layout: &Layout, base: Option<&Layout>) -> Result<Release, Flaw> {
        let stated = layout.index.annotations.get(BASE).map(|it| Digest::parse(it));
        let stated = stated.transpose().map_err(|_| Flaw::IndexForm)?;
        if let (Some(stated), Some(base)) = (stated, base)
            && base.index.manifests.first().map(|it| it.digest) != Some(stated)
        {
            return Err(Flaw::OtherBase);
        }
        let first = layout.index.manifests.first();
        let is_release = |it: &&Descriptor| it.artifact_type.as_deref() == Some(RELEASE);
        let descriptor = first.filter(is_release).ok_or(Flaw::NoRelease)?;
        let mut walk = Walk::new(layout, base.filter(|_| stated.is_some()), stated);
        let index = walk.index(descriptor)?;
        let header = Header::parse(&index.annotations)?;
        let items = walk.items(&index)?;
        let entries = layout.index.manifests.get(1 + items.len()..).ok_or(Flaw::IndexForm)?;
        let attached = walk.attached(entries, descriptor.digest, &repository(&header), &items)?;
        if let Some(foreign) =
            layout.blobs.keys().chain(layout.far.keys()).find(|it| !walk.known.contains(it))
        {
            return Err(Flaw::BlobForeign(*foreign));
        }
        let closure = walk.closure;
        let release =
            Release { descriptor: descriptor.bare(), header, items, attached, closure, base: stated };
        // All that the index of the layout says follows from the rest.
        if release.layout_index() == layout.index { Ok(release) } else { Err(Flaw::IndexForm) }
    }

    /// The repository of the release index.
    pub fn repository(&self) -> String {
        repository(&self.header)
    }

    /// The index of the layout that holds it.
    pub fn layout_index(&self) -> Index {
        layout_index(&self.descriptor, &self.header, &self.items, &self.attached, self.base)
    }
}

fn repository(header: &Header) -> String {
    format!("{}/release", header.sovereign)
}

/// The index of a layout: the release, its artefacts under their targets, and what is attached.
pub(super) fn layout_index(
    release: &Descriptor,
    header: &Header,
    items: &[Item],
    attached: &[Attached],
    base: Option<Digest>,
) -> Index {
    let mut first = release.bare();
    first.artifact_type = Some(RELEASE.to_owned());
    let tag = format!("{}:{}", repository(header), header.sequence);
    let mut manifests = vec![first.annotated(REF_NAME, tag)];
    manifests.extend(items.iter().map(|item| {
        let artifact_type = item.descriptor.artifact_type.clone();
        Descriptor { artifact_type, ..item.descriptor.bare() }.annotated(REF_NAME, &item.target)
    }));
    let mut attached: Vec<_> = attached.iter().map(|it| it.descriptor.clone()).collect();
    attached.sort_by_key(|it| it.digest);
    manifests.extend(attached);
    let annotations = base.map(|it| (BASE.to_owned(), it.to_string())).into_iter().collect();
    Index { manifests, annotations, ..Index::default() }
}

/// The layout of a release whose parts came one by one, `layout` as yet without an index, and without anything attached; refused like one that
/// was read as a whole.
pub fn restore(descriptor: &Descriptor, mut layout: Layout) -> Result<(Layout, Release), Flaw> {
    let mut walk = Walk::new(&layout, None, None);
    let index = walk.index(descriptor)?;
    let header = Header::parse(&index.annotations)?;
    let items = walk.items(&index)?;
    layout.index = layout_index(descriptor, &header, &items, &[], None);
    let release = Release::read(&layout, None)?;
    Ok((layout, release))
}

/// The layout of a release without what an earlier one has.
pub fn without_base(mut layout: Layout, mut release: Release, base: &Release) -> Layout {
    layout.retain(|digest| !base.closure.contains_key(digest));
    release.base = Some(base.descriptor.digest);
    layout.index = release.layout_index();
    layout
}

/// Puts signatures and attestations, with their blobs, into the layout of a release, beside those that are there.
pub fn with_attached(
    layout: &mut Layout,
    release: &mut Release,
    attached: impl IntoIterator<Item = (Attached, Vec<Vec<u8>>)>,
) {
    for (it, blobs) in attached {
        layout.add(media::MANIFEST, it.manifest.to_bytes());
        for blob in blobs {
            // The manifest says what it is.
            layout.add("", blob);
        }
        if release.attached.iter().all(|old| old.descriptor != it.descriptor) {
            release.attached.push(it);
        }
    }
    release.attached.sort_by_key(|it| it.descriptor.digest);
    layout.index = release.layout_index();
}

struct Walk<'a> {
    layout: &'a Layout,
    base: Option<&'a Layout>,
    is_delta: Option<Digest>,
    closure: BTreeMap<Digest, (String, u64, String)>,
    /// Blobs that something names.
    known: BTreeSet<Digest>,
    /// What may still be followed.
    steps: usize,
}

impl<'a> Walk<'a> {
    fn new(layout: &'a Layout, base: Option<&'a Layout>, is_delta: Option<Digest>) -> Walk<'a> {
        Walk { layout, base, is_delta, closure: BTreeMap::new(), known: BTreeSet::new(), steps: MOST_STEPS }
    }

    /// The release index.
    fn index(&mut self, descriptor: &Descriptor) -> Result<Index, Flaw> {
        let bytes = self.blob(descriptor)?;
        let index = Index::parse(&bytes, &descriptor.media_type)
            .map_err(|error| Flaw::Document(descriptor.digest, error))?;
        let is_release = index.artifact_type.as_deref() == Some(RELEASE) && index.subject.is_none();
        if is_release { Ok(index) } else { Err(Flaw::NoRelease) }
    }

    fn blob(&mut self, descriptor: &Descriptor) -> Result<Arc<[u8]>, Flaw> {
        self.part_of(descriptor)?;
        let digest = descriptor.digest;
        let here = self.layout.blobs.get(&digest).or_else(|| self.base?.blobs.get(&digest));
        // What is left where it is is no document: see `take`.
        here.cloned().ok_or(Flaw::Document(digest, OciError::TooLarge))
    }

    /// Looks whether a blob is there, in its size.
    fn part_of(&mut self, descriptor: &Descriptor) -> Result<(), Flaw> {
        let digest = descriptor.digest;
        let Some(size) = self.layout.size(&digest).or_else(|| self.base?.size(&digest)) else {
            return Err(match (self.is_delta, self.base) {
                (Some(base), None) => Flaw::NeedsBase(base),
                _ => Flaw::BlobMissing(digest),
            });
        };
        if size != descriptor.size {
            return Err(Flaw::BlobSize(digest));
        }
        self.known.insert(digest);
        Ok(())
    }

    /// A document, of which so many are read that time and memory stay in bounds.
    fn document(&mut self, descriptor: &Descriptor) -> Result<Arc<[u8]>, Flaw> {
        let bytes = self.blob(descriptor)?;
        self.step(1 + usize::try_from(descriptor.size / STEP).unwrap_or(usize::MAX))?;
        Ok(bytes)
    }

    fn step(&mut self, steps: usize) -> Result<(), Flaw> {
        self.steps = self.steps.checked_sub(steps).ok_or(Flaw::TooManyParts)?;
        Ok(())
    }

    fn manifest(&mut self, descriptor: &Descriptor) -> Result<Manifest, Flaw> {
        let bytes = self.document(descriptor)?;
        let parsed = Manifest::parse(&bytes, &descriptor.media_type)
            .map_err(|error| Flaw::Document(descriptor.digest, error))?;
        self.step(parsed.layers.len())?;
        Ok(parsed)
    }

    fn items(&mut self, index: &Index) -> Result<Vec<Item>, Flaw> {
        let (mut names, mut targets) = (BTreeSet::new(), BTreeSet::new());
        let mut items = Vec::new();
        for descriptor in &index.manifests {
            let get = |name: &str| {
                let named = descriptor.annotations.get(name).filter(|it| is_plain(it));
                named.cloned().ok_or(Flaw::Name(descriptor.digest))
            };
            let (name, target) = (get(REF_NAME)?, get(TARGET)?);
            if !names.insert(name.clone()) || !targets.insert(target.clone()) || !target.contains(':') {
                return Err(Flaw::Name(descriptor.digest));
            }
            let manifest = self.item(descriptor, &name, true)?;
            items.push(Item { name, target, descriptor: descriptor.clone(), manifest });
        }
        Ok(items)
    }

    /// An artefact with its blobs, or an index of such.
    fn item(
        &mut self,
        descriptor: &Descriptor,
        name: &str,
        may_nest: bool,
    ) -> Result<Option<Manifest>, Flaw> {
        self.part(descriptor, name);
        if media::is_index(&descriptor.media_type) && may_nest {
            let bytes = self.document(descriptor)?;
            let index = Index::parse(&bytes, &descriptor.media_type)
                .map_err(|error| Flaw::Document(descriptor.digest, error))?;
            let mut seen = BTreeSet::new();
            for child in &index.manifests {
                if !seen.insert(child.digest) {
                    return Err(Flaw::Entry(descriptor.digest));
                }
                self.item(child, name, false)?;
            }
            return Ok(None);
        }
        if !media::is_manifest(&descriptor.media_type) {
            return Err(Flaw::Entry(descriptor.digest));
        }
        let manifest = self.manifest(descriptor)?;
        if manifest.artifact_type != descriptor.artifact_type || manifest.subject.is_some() {
            return Err(Flaw::Entry(descriptor.digest));
        }
        for blob in manifest.blobs() {
            self.part_of(blob)?;
            self.part(blob, name);
        }
        Ok(Some(manifest))
    }

    fn part(&mut self, descriptor: &Descriptor, name: &str) {
        let part = (descriptor.media_type.clone(), descriptor.size, name.to_owned());
        self.closure.entry(descriptor.digest).or_insert(part);
    }

    /// What stands in the layout's index behind the release and its artefacts.
    fn attached(
        &mut self,
        entries: &[Descriptor],
        release: Digest,
        repository: &str,
        items: &[Item],
    ) -> Result<Vec<Attached>, Flaw> {
        let mut repositories = BTreeMap::from([(release, repository)]);
        for item in items {
            repositories.entry(item.descriptor.digest).or_insert_with(|| item.repository());
        }
        let mut counts: BTreeMap<Digest, usize> = BTreeMap::new();
        let mut attached = Vec::new();
        for entry in entries {
            let flaw = || Flaw::Attachment(entry.digest);
            let manifest = self.manifest(entry)?;
            for blob in manifest.blobs() {
                self.part_of(blob)?;
            }
            let it = match entry.annotations.get(REF_NAME) {
                Some(tag) => {
                    let hex = tag.rsplit_once(":sha256-").and_then(|(_, it)| it.strip_suffix(".sig"));
                    let about = hex.and_then(|hex| Digest::from_hex(hex).ok()).ok_or_else(flaw)?;
                    Attached::tagged(manifest, about, repositories.get(&about).ok_or_else(flaw)?)
                }
                None => Attached::referrer(manifest).ok_or_else(flaw)?,
            };
            // Also refuses manifests that are not canonical: ours are, and their bytes are not kept.
            if !repositories.contains_key(&it.about) || it.descriptor != *entry {
                return Err(flaw());
            }
            let count = counts.entry(it.about).or_default();
            *count += 1;
            if *count > MOST_ATTACHED {
                return Err(Flaw::TooManyAttachments);
            }
            attached.push(it);
        }
        Ok(attached)
    }
}

/// Names end up in terminals, file names and references.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    !text.is_empty() && text.len() <= 255 && text.chars().all(plain) && !text.contains("..")
}
