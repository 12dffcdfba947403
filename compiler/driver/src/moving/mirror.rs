//! Mirroring: what a reference leads to, from one registry to another, with everything that is attached to it, to the byte. Whatever is
//! there stays there; what was published under a tag is not changed. Nothing is interpreted: who signed it is for
//! [`catalyst_sign::verify()`] to say.

use super::journal::push_with_journal;
use super::plan::{Attachment, SIGNATURES};
use super::push::{at, beside};
use super::source::Source;
use super::{MoveError, Plan, Pushed, RegistryPath, push};
use crate::network::{Network, NetworkProgress};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Manifest};
use catalyst_bundle::release::{RELEASE, TARGET};
use catalyst_registry::{Document, MOST_REFERRERS, OciReference, OciRepository};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What is to be mirrored.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    plan: Plan,
    /// What goes from where to where; a release last.
    pub pairs: Vec<Pair>,
    /// Signatures and other things that are attached to it.
    pub attached: usize,
    /// Things that are attached to it in a form that is not read, which stay where they are.
    pub left: usize,
}

/// Something that is mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Where it is.
    pub from: OciReference,
    /// What it is.
    pub digest: Digest,
    /// Where it goes.
    pub to: OciReference,
}

/// The endings of tags that cosign and others made before there were referrers: signatures, attestations, bills of materials.
const ENDINGS: [&str; 3] = [SIGNATURES, "att", "sbom"];

/// Something that was found beside an artefact, and the blobs it consists of; `None` when it is in a form that is not read.
type Beside = Option<(Attachment, Vec<Descriptor>)>;

impl Mirror {
    /// Looks at the source: reads manifests and lists, and no blob. A release keeps its targets below the path; anything else goes to the
    /// last part of its name there, under its tag.
    pub fn plan(
        from: &OciReference,
        to: &RegistryPath,
        network: &Network,
        progress: &Arc<dyn NetworkProgress>,
    ) -> Result<Mirror, MoveError> {
        let source = Source::new(network, progress)?;
        let document = source.first(from)?;
        let index = Index::parse(&document.bytes, &document.media_type).ok();
        let mut mirror = Mirror::default();
        match index.and_then(|it| it.artifact_type) {
            Some(it) if it == RELEASE => mirror.release(&source, from, document, to)?,
            _ => mirror.artifact(&source, from, document, to)?,
        }
        Ok(mirror)
    }

    /// Does it. Blobs are fetched when they are missing at the destination, and checked before any of them is sent. With a journal, one that
    /// was broken off goes on at its step; without, it asks what is there.
    pub fn run(
        &self,
        journal: Option<&Path>,
        network: &Network,
        progress: Arc<dyn NetworkProgress>,
    ) -> Result<Pushed, MoveError> {
        match journal {
            Some(path) => push_with_journal(path, &self.plan, network, progress),
            None => push(&self.plan, network, progress),
        }
    }

    fn release(
        &mut self,
        source: &Source<'_>,
        from: &OciReference,
        document: Document,
        to: &RegistryPath,
    ) -> Result<(), MoveError> {
        let found = source.release(from, document)?;
        self.content(source, &from.repository, found.index.manifests.clone(), found.held)?;
        let targets = found.index.manifests.iter();
        // Those of the source were made from them just now.
        let targets = targets.filter_map(|it| Some((it.annotations.get(TARGET)?.as_str(), it)));
        let tag = format!("{}/release:{}", found.header.sovereign, found.header.sequence);
        let places = self.plan.release(&found.descriptor, targets.clone(), &tag, to)?;
        for (target, descriptor) in targets {
            let (from, to) = (found.above.reference(target)?, to.reference(target)?);
            self.pairs.push(Pair { from, digest: descriptor.digest, to });
        }
        let (from, to) = (found.above.reference(&tag)?, to.reference(&tag)?);
        self.pairs.push(Pair { from, digest: found.descriptor.digest, to });
        let places =
            found.places.iter().filter_map(|(about, it)| Some((*about, &it.repository, places.get(about)?)));
        self.attach(source, places.collect())
    }

    fn artifact(
        &mut self,
        source: &Source<'_>,
        from: &OciReference,
        document: Document,
        to: &RegistryPath,
    ) -> Result<(), MoveError> {
        let Some(tag) = &from.tag else {
            let text = format!("`{from}` names no tag, and what is mirrored stands under one");
            return Err(MoveError::refused(text, Some("name both: `REPOSITORY:TAG@sha256:…`")));
        };
        let name = from.repository.path.rsplit('/').next().unwrap_or_default();
        let to = to.reference(&format!("{name}:{tag}"))?;
        let descriptor = document.descriptor();
        let held = BTreeMap::from([(descriptor.digest, Arc::from(document.bytes))]);
        self.content(source, &from.repository, vec![descriptor.clone()], held)?;
        let here = BTreeSet::from([to.repository.clone()]);
        self.pairs.push(Pair { from: from.clone(), digest: descriptor.digest, to: to.clone() });
        self.plan.artifact(to, &descriptor)?;
        self.attach(source, vec![(descriptor.digest, &from.repository, &here)])
    }

    /// Holds manifests and indexes, and takes note of where blobs are.
    fn content(
        &mut self,
        source: &Source<'_>,
        repository: &OciRepository,
        wanted: Vec<Descriptor>,
        mut held: BTreeMap<Digest, Arc<[u8]>>,
    ) -> Result<(), MoveError> {
        let blobs = source.tree(repository, wanted, &mut held)?;
        held.into_iter().for_each(|(digest, bytes)| self.plan.hold(digest, bytes));
        blobs.iter().for_each(|blob| self.plan.point(repository, blob));
        Ok(())
    }

    /// Whatever is attached to artefacts, for each of the repositories they go to.
    fn attach(
        &mut self,
        source: &Source<'_>,
        places: Vec<(Digest, &OciRepository, &BTreeSet<OciRepository>)>,
    ) -> Result<(), MoveError> {
        source.needs(places.len());
        let found = source.each(&places, |(about, repository, _)| {
            let found = source.beside(repository, about)?;
            source.progress.done(&about.to_string());
            Ok(found)
        })?;
        for ((about, from, to), found) in places.into_iter().zip(found) {
            for it in found {
                let Some((attachment, blobs)) = it else {
                    self.left += 1;
                    continue;
                };
                self.attached += 1;
                blobs.iter().for_each(|blob| self.plan.point(from, blob));
                if let Attachment::Referrer(descriptor, document) = &attachment {
                    self.plan.hold(descriptor.digest, document.bytes.as_slice().into());
                }
                for repository in to {
                    self.plan.add(repository, about, attachment.clone(), blobs.iter());
                }
            }
        }
        Ok(())
    }
}

impl Source<'_> {
    /// What is attached to an artefact in a repository: referrers, and what stands under tags made from its digest.
    fn beside(&self, repository: &OciRepository, about: &Digest) -> Result<Vec<Beside>, MoveError> {
        let mut found = Vec::new();
        let listed = self.client.all_referrers(repository, about)?;
        if listed.len() > MOST_REFERRERS {
            let text = format!("{about} in {repository} has more than {MOST_REFERRERS} referrers");
            return Err(MoveError::refused(text, None));
        }
        for entry in listed {
            let document = self.client.document(&at(repository, &entry.digest))?;
            let manifest = document.as_ref().and_then(read).filter(|it| {
                // It says itself what it is about; a list may say anything.
                it.subject.as_ref().is_some_and(|it| it.digest == *about)
            });
            found.push(document.zip(manifest).map(|(document, manifest)| {
                let listed = listed_as(&document, &manifest);
                (Attachment::Referrer(listed, document), manifest.blobs().cloned().collect())
            }));
        }
        for ending in ENDINGS {
            let Some(document) = self.client.document(&beside(repository, about, ending))? else { continue };
            let manifest = read(&document);
            found.push(
                manifest.map(|manifest| {
                    (Attachment::Tagged(ending, document), manifest.blobs().cloned().collect())
                }),
            );
        }
        Ok(found)
    }
}

/// What an index of referrers says of a manifest, as it should: not all registries do.
fn listed_as(document: &Document, manifest: &Manifest) -> Descriptor {
    let artifact_type = manifest.artifact_type.as_ref().unwrap_or(&manifest.config.media_type);
    Descriptor {
        artifact_type: Some(artifact_type.clone()),
        annotations: manifest.annotations.clone(),
        ..document.descriptor()
    }
}

fn read(document: &Document) -> Option<Manifest> {
    Manifest::parse(&document.bytes, &document.media_type).ok()
}
