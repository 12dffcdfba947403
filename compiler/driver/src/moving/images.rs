//! Images for a bundle, from where they are published or from a mirror: documents are held, layers come straight into files, and every byte has
//! its digest. What an earlier run has fetched is not fetched again.

use super::blob::Blob;
use super::source::Source;
use super::{MoveError, RegistryPath};
use crate::network::{Network, NetworkProgress};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Index, Manifest, Stretch, media};
use catalyst_bundle::release::{Flaw, mirror_repository, mirror_target, published_as};
use catalyst_registry::{OciReference, OciRepository};
use catalyst_system::Spool;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Which registries have the images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageRegistry {
    /// Those that the images are published at.
    Published,
    /// One that has them all, below the host that each is published at, as `import` and `mirror` put them.
    Mirror(RegistryPath),
}

/// What stands for the registries that images are published at.
const PUBLISHED: &str = "published";

impl ImageRegistry {
    /// Reads `published`, or the path of a mirror. The error reads after a colon.
    pub fn parse(text: &str) -> Result<ImageRegistry, String> {
        if text == PUBLISHED {
            return Ok(ImageRegistry::Published);
        }
        let plain = text.strip_prefix("docker://").or_else(|| text.strip_prefix("oci://"));
        let named = plain.unwrap_or(text);
        let host = named.split('/').next().unwrap_or_default();
        // A folder that is not there is no host.
        if plain.is_none() && !host.contains(['.', ':']) {
            return Err(format!("`{host}` is no host"));
        }
        RegistryPath::parse(named).map(ImageRegistry::Mirror)
    }

    /// Where an image is to be asked for: by its digest when that is known.
    fn reference(&self, image: &str, digest: Option<Digest>) -> Result<OciReference, MoveError> {
        let full = published_as(image);
        let text = match self {
            ImageRegistry::Published => format!("oci://{full}"),
            ImageRegistry::Mirror(path) => match mirror_target(&full) {
                Some(target) => format!("oci://{path}/{target}"),
                None => format!("oci://{path}/{}", mirror_repository(&full)),
            },
        };
        let parsed = OciReference::parse(&text);
        let mut found =
            parsed.map_err(|why| MoveError::refused(format!("`{image}` is no reference: {why}"), None))?;
        if digest.is_some() {
            found.tag = None;
            found.digest = digest;
        }
        Ok(found)
    }
}

impl fmt::Display for ImageRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageRegistry::Published => f.write_str(PUBLISHED),
            ImageRegistry::Mirror(path) => path.fmt(f),
        }
    }
}

/// Fetches images.
pub(crate) struct ImageFetcher<'a> {
    source: Source<'a>,
    from: &'a ImageRegistry,
    spool: &'a Spool,
    /// What this run has: images share layers.
    layers: BTreeMap<Digest, Stretch>,
}

/// What became of a request.
pub(crate) enum Fetch {
    /// It is here.
    Image(Box<FetchedImage>),
    /// It is not there.
    Missing,
    /// It is there, and nothing of it was chosen.
    NotChosen,
}

/// An image with all that it names.
#[derive(Debug)]
pub(crate) struct FetchedImage {
    /// The list of images, or the one image.
    pub(crate) descriptor: Descriptor,
    /// Documents and small blobs.
    pub(crate) parts: BTreeMap<Digest, Arc<[u8]>>,
    /// Large blobs, in files of the spool.
    pub(crate) far: BTreeMap<Digest, Stretch>,
    /// What its list says that it is for.
    pub(crate) children: Vec<Descriptor>,
}

impl<'a> ImageFetcher<'a> {
    pub(crate) fn new(
        from: &'a ImageRegistry,
        spool: &'a Spool,
        network: &Network,
        progress: &'a Arc<dyn NetworkProgress>,
    ) -> Result<ImageFetcher<'a>, MoveError> {
        Ok(ImageFetcher { source: Source::new(network, progress)?, from, spool, layers: BTreeMap::new() })
    }

    /// The image of a reference, with this digest where one is known; of a list of images all, or the first that is chosen.
    pub(crate) fn fetch(
        &mut self,
        image: &str,
        digest: Option<Digest>,
        choose: impl Fn(&Descriptor) -> bool,
        all: bool,
    ) -> Result<Fetch, MoveError> {
        let reference = self.from.reference(image, digest)?;
        let Some(document) = self.source.client.document(&reference)? else { return Ok(Fetch::Missing) };
        let repository = &reference.repository;
        let top = document.descriptor();
        let mut fetched = FetchedImage {
            descriptor: top.clone(),
            parts: BTreeMap::new(),
            far: BTreeMap::new(),
            children: Vec::new(),
        };
        let flaw = |error| Flaw::Document(top.digest, error);
        if media::is_index(&document.media_type) {
            let index = Index::parse(&document.bytes, &document.media_type).map_err(flaw)?;
            fetched.descriptor.artifact_type.clone_from(&index.artifact_type);
            fetched.children = index.manifests;
            if !all {
                fetched.children.retain(&choose);
                let Some(child) = fetched.children.first().cloned() else { return Ok(Fetch::NotChosen) };
                fetched.children.truncate(1);
                fetched.descriptor = child.bare();
            }
        }
        fetched.parts.insert(top.digest, document.bytes.into());
        let blobs = self.source.tree(repository, vec![fetched.descriptor.clone()], &mut fetched.parts)?;
        if !all && !fetched.children.is_empty() {
            // The list is not carried, only what was chosen of it.
            let chosen = fetched.descriptor.digest;
            fetched.parts.retain(|digest, _| *digest == chosen);
        }
        self.subjects(&fetched)?;
        self.blobs(repository, blobs, &mut fetched)?;
        Ok(Fetch::Image(Box::new(fetched)))
    }

    /// An image is about nothing else; what is would bring it along unasked.
    fn subjects(&self, fetched: &FetchedImage) -> Result<(), MoveError> {
        for (digest, bytes) in &fetched.parts {
            if let Ok(manifest) = Manifest::parse(bytes, media::MANIFEST)
                && manifest.subject.is_some()
            {
                return Err(Flaw::Entry(*digest).into());
            }
        }
        Ok(())
    }

    fn blobs(
        &mut self,
        repository: &OciRepository,
        blobs: Vec<Descriptor>,
        fetched: &mut FetchedImage,
    ) -> Result<(), MoveError> {
        let (known, missing): (Vec<_>, Vec<_>) =
            blobs.into_iter().partition(|it| self.layers.contains_key(&it.digest));
        for (digest, found) in self.source.blobs(repository, &missing, self.spool)? {
            match found {
                Blob::Held(bytes) => drop(fetched.parts.insert(digest, bytes)),
                Blob::Far(stretch) => {
                    self.layers.insert(digest, stretch.clone());
                    fetched.far.insert(digest, stretch);
                }
            }
        }
        for it in known {
            if let Some(stretch) = self.layers.get(&it.digest) {
                fetched.far.insert(it.digest, stretch.clone());
            }
        }
        Ok(())
    }

    /// The digest that stands under the tag of an image, to say what is there instead of what was wanted.
    pub(crate) fn stated(&self, image: &str) -> Option<Digest> {
        self.source.client.image_digest(&self.from.reference(image, None).ok()?).ok()
    }
}
