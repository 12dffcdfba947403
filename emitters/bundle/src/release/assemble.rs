//! Putting a release together.

use super::flux::{AssembleError, flux_artifact};
use super::provenance::{Origin, provenance};
use super::read::layout_index;
use super::sbom::sbom;
use super::{BILL, BLUEPRINT, CLOSURE, Closure, Header, Item, PROVENANCE, RELEASE, SBOM, STATEMENT, TARGET};
use crate::Digest;
use crate::archive::{Files, gzip, tar};
use crate::oci::{
    CREATED, Descriptor, EPOCH, Index, Layout, Manifest, REF_NAME, Stretch, empty_config, media,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A tree that Flux reads as one artefact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name in the release: `clusters`, `organizations/acme`.
    pub name: String,
    /// The files.
    pub files: Files,
}

/// A Blueprint's own folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blueprint {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The files of its folder.
    pub files: Files,
}

/// An artefact of somebody else, carried byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its name in the release: `charts/charts.jetstack.io/cert-manager:v1.16.2`.
    pub name: String,
    /// Where it goes: repository and tag.
    pub target: String,
    /// Its manifest or index.
    pub descriptor: Descriptor,
    /// Its documents and blobs, as far as they are held.
    pub parts: BTreeMap<Digest, Arc<[u8]>>,
    /// Its other blobs.
    pub far: BTreeMap<Digest, Stretch>,
}

/// What a release is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Whom it is for.
    pub header: Header,
    /// Trees for Flux.
    pub artifacts: Vec<Artifact>,
    /// Blueprints, in order of name and version.
    pub blueprints: Vec<Blueprint>,
    /// Charts and images that others made.
    pub carried: Vec<Carried>,
    /// Charts and images it needs.
    pub closure: Closure,
    /// What it was made from.
    pub origin: Origin,
}

/// Puts a release together. The same contents give the same bytes.
pub fn assemble(contents: &Contents) -> Result<Layout, AssembleError> {
    let Contents { header, artifacts, blueprints, carried, closure, origin } = contents;
    let mut parts = Parts { header, layout: Layout::default(), entries: Vec::new() };
    for artifact in artifacts {
        let annotations =
            [(CREATED, header.created.clone()), ("org.opencontainers.image.source", origin.source.clone())];
        let annotations = annotations.map(|(key, value)| (key.to_owned(), value)).into();
        let layout = &mut parts.layout;
        let made = flux_artifact(layout, &artifact.name, &artifact.files, annotations, &header.created)?;
        let target = format!("{}/{}:{}", header.sovereign, artifact.name, header.sequence);
        parts.entries.push((artifact.name.clone(), target, made));
    }
    let trees = parts.digests();
    for it in blueprints {
        let layer = gzip(&tar(&it.files).map_err(AssembleError::Tar)?);
        let name = format!("blueprints/{}:{}", it.name, it.version.replace('+', "_"));
        parts.document(&name, name.clone(), BLUEPRINT, media::BLUEPRINT_CONTENT, layer);
    }
    for it in carried {
        parts.layout.blobs.extend(it.parts.iter().map(|(digest, bytes)| (*digest, bytes.clone())));
        parts.layout.far.extend(it.far.iter().map(|(digest, stretch)| (*digest, stretch.clone())));
        parts.entries.push((it.name.clone(), it.target.clone(), it.descriptor.clone()));
    }
    let own = |name: &str| format!("{}/{name}:{}", header.sovereign, header.sequence);
    parts.document("closure.json", own("closure"), CLOSURE, CLOSURE, closure.to_bytes());
    let bill = sbom(header, &trees, blueprints, closure);
    parts.document(BILL, own("sbom"), SBOM, SBOM, bill);
    let statement = provenance(header, origin, &parts.digests(), blueprints, closure);
    parts.document(PROVENANCE, own("provenance"), STATEMENT, STATEMENT, statement);
    parts.finish()
}

/// A release in the making: artefacts with name and target.
struct Parts<'a> {
    header: &'a Header,
    layout: Layout,
    entries: Vec<(String, String, Descriptor)>,
}

impl Parts<'_> {
    /// Adds an artefact of one layer that is none for Flux.
    fn document(
        &mut self,
        name: &str,
        target: String,
        artifact_type: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) {
        let (config, empty) = empty_config();
        self.layout.add(media::EMPTY, empty);
        let mut manifest = Manifest::new(config, self.layout.add(media_type, bytes));
        manifest.artifact_type = Some(artifact_type.to_owned());
        // What has a version of its own is the same artefact in every release.
        let created = if artifact_type == BLUEPRINT { EPOCH } else { &self.header.created };
        manifest.annotations.insert(CREATED.to_owned(), created.to_owned());
        manifest.annotations.insert("org.opencontainers.image.title".to_owned(), name.to_owned());
        let made = self.layout.add_manifest(&manifest);
        self.entries.push((name.to_owned(), target, made));
    }

    fn digests(&self) -> BTreeMap<String, Digest> {
        self.entries.iter().map(|(name, _, descriptor)| (name.clone(), descriptor.digest)).collect()
    }

    fn finish(mut self) -> Result<Layout, AssembleError> {
        let mut targets = BTreeSet::new();
        if let Some((_, target, _)) = self.entries.iter().find(|(_, target, _)| !targets.insert(target)) {
            return Err(AssembleError::Target(target.clone()));
        }
        let mut items = Vec::new();
        for (name, target, descriptor) in self.entries {
            let descriptor = descriptor.annotated(REF_NAME, &name).annotated(TARGET, &target);
            items.push(Item { name, target, descriptor, manifest: None });
        }
        let index = Index {
            artifact_type: Some(RELEASE.to_owned()),
            manifests: items.iter().map(|it| it.descriptor.clone()).collect(),
            subject: None,
            annotations: self.header.annotations(),
        };
        let Layout { blobs, far, .. } = &mut self.layout;
        far.retain(|digest, _| !blobs.contains_key(digest));
        let descriptor = self.layout.add_index(&index);
        self.layout.index = layout_index(&descriptor, self.header, &items, &[], None);
        Ok(self.layout)
    }
}
