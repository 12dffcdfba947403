//! Images for a bundle: taken from image layouts on the disk, as other programs write them, or from registries, with every byte unchanged.
//! Documents are read and compared with their digests; layers of layouts stay where they are until the bundle is written, and are compared then.

use super::NoBundle;
use super::disk::BundleError;
use crate::moving::{Fetch, FetchedImage, ImageFetcher, ImageRegistry, MoveError};
use crate::network::{Network, NetworkProgress};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{
    Descriptor, INDEX_FILE, Index, LARGEST_MANIFEST, LAYOUT_FILE, Manifest, OciError, REF_NAME, Stretch,
    blob_path, media,
};
use catalyst_bundle::release::{Carried, Closure, Flaw, Need, mirror_target};
use catalyst_render::repository;
use catalyst_system::{IoError, IoErrorKind, Part, Spool, names, read_file};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the names of images in a release begin with.
pub(super) const IMAGES: &str = "images/";
/// The name that containerd gives an image in a layout.
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// Blobs up to this size are held.
const SMALL: u64 = 64 << 10;
/// Most bytes of the index of a layout.
const MOST_INDEX: u64 = 64 << 20;

/// Where images are taken from.
#[derive(Debug)]
pub enum ImageSource {
    /// Image layouts on the disk.
    Layouts(ImageLayouts),
    /// Registries.
    Registry(RegistryImages),
}

/// Images in registries, and how they come from there.
pub struct RegistryImages {
    /// Which registries.
    pub from: ImageRegistry,
    /// How they are reached.
    pub network: Network,
    /// Where layers are kept until the bundle is written.
    pub spool: Spool,
    /// Who is told.
    pub progress: Arc<dyn NetworkProgress>,
}

impl fmt::Debug for RegistryImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryImages").field("from", &self.from).finish_non_exhaustive()
    }
}

/// The images of image layouts.
#[derive(Debug, Clone, Default)]
pub struct ImageLayouts {
    by_target: BTreeMap<String, Found>,
    by_digest: BTreeMap<Digest, Found>,
}

/// An image in a layout.
#[derive(Debug, Clone)]
struct Found {
    layout: PathBuf,
    descriptor: Descriptor,
}

/// How images are carried.
#[derive(Debug)]
pub struct ImageOptions {
    /// Where they are.
    pub source: ImageSource,
    /// The one platform to carry, as `linux/amd64`; all that an image has when there is none.
    pub platform: Option<String>,
    /// Whether a bundle is made although images are missing.
    pub may_miss: bool,
}

impl ImageSource {
    /// The bundle is written: what was fetched for it is of no use any more.
    pub fn done(self) {
        if let ImageSource::Registry(it) = self {
            it.spool.clear();
        }
    }
}

impl ImageLayouts {
    /// The images in a folder: that of a layout, or one that holds folders of layouts.
    pub fn open(folder: &Path) -> Result<ImageLayouts, BundleError> {
        let mut source = ImageLayouts::default();
        let refused = |text: &str| IoError {
            action: "take images from",
            path: folder.to_path_buf(),
            kind: IoErrorKind::WrongType,
            text: text.to_owned(),
        };
        let listed = names(folder).ok_or_else(|| refused("it is no folder"))?;
        if listed.iter().any(|it| it == LAYOUT_FILE) {
            source.add(folder)?;
        } else {
            for name in &listed {
                let below = folder.join(name);
                if names(&below).is_some_and(|it| it.iter().any(|it| it == LAYOUT_FILE)) {
                    source.add(&below)?;
                }
            }
        }
        if source.by_digest.is_empty() {
            return Err(
                refused("it is no OCI image layout with images, and holds no folder that is one").into()
            );
        }
        Ok(source)
    }

    fn add(&mut self, layout: &Path) -> Result<(), BundleError> {
        let bytes = read_file(&layout.join(INDEX_FILE), MOST_INDEX)?;
        let index = Index::parse(&bytes, media::INDEX).map_err(Flaw::LayoutIndex)?;
        for descriptor in index.manifests {
            let found = Found { layout: layout.to_path_buf(), descriptor };
            for key in [REF_NAME, CONTAINERD_NAME] {
                let name = found.descriptor.annotations.get(key);
                if let Some(target) = name.and_then(|it| mirror_target(it)) {
                    self.by_target.entry(target).or_insert_with(|| found.clone());
                }
            }
            self.by_digest.entry(found.descriptor.digest).or_insert(found);
        }
        Ok(())
    }

    /// The image of a reference. One whose digest is known is found by it, whatever its name here. The error is what has its name and is
    /// another one.
    fn find(&self, reference: &str, need: &Need) -> Result<Option<&Found>, Digest> {
        let named = || self.by_target.get(&mirror_target(reference)?);
        let Some(digest) = need.digest else { return Ok(named()) };
        match (self.by_digest.get(&digest), named()) {
            (None, Some(other)) => Err(other.descriptor.digest),
            (found, _) => Ok(found),
        }
    }
}

/// Why a reference has no image here.
enum Lack {
    /// It is not there.
    Missing,
    /// It is there, and not for this platform.
    Platform,
    /// Another image has its name.
    Other(Digest),
}

/// Gives images one after the other.
enum Shelf<'a> {
    Layouts(&'a ImageLayouts),
    Registry(Box<ImageFetcher<'a>>),
}

impl<'a> Shelf<'a> {
    fn open(source: &'a ImageSource) -> Result<Shelf<'a>, MoveError> {
        Ok(match source {
            ImageSource::Layouts(it) => Shelf::Layouts(it),
            ImageSource::Registry(it) => {
                Shelf::Registry(Box::new(ImageFetcher::new(&it.from, &it.spool, &it.network, &it.progress)?))
            }
        })
    }

    fn image(
        &mut self,
        reference: &str,
        need: &Need,
        platform: Option<&str>,
    ) -> Result<Result<Image, Lack>, NoBundle> {
        let lacks_platform = |image: Option<Image>| image.ok_or(Lack::Platform);
        match self {
            Shelf::Layouts(layouts) => match layouts.find(reference, need) {
                Ok(Some(found)) => Ok(lacks_platform(image(found, platform).map_err(NoBundle::Image)?)),
                Ok(None) => Ok(Err(Lack::Missing)),
                Err(other) => Ok(Err(Lack::Other(other))),
            },
            Shelf::Registry(fetcher) => {
                let is_wanted =
                    |it: &Descriptor| platform.is_none() || platform_of(it).as_deref() == platform;
                let fetched = fetcher.fetch(reference, need.digest, is_wanted, platform.is_none());
                match fetched.map_err(NoBundle::Fetch)? {
                    Fetch::Image(it) => Ok(Ok(Image::fetched(*it))),
                    Fetch::NotChosen => Ok(Err(Lack::Platform)),
                    Fetch::Missing => {
                        let other = need.digest.and_then(|_| fetcher.stated(reference));
                        Ok(Err(other.map_or(Lack::Missing, Lack::Other)))
                    }
                }
            }
        }
    }
}

/// The images that a closure names, from the source; the closure says then what is carried. Gives them with the references of those that are
/// not there. What is `pinned` is named by its digest in objects, and so is carried for all platforms.
pub(super) fn carry(
    options: &ImageOptions,
    closure: &mut Closure,
    pinned: &BTreeSet<Digest>,
) -> Result<(Vec<Carried>, BTreeSet<String>), NoBundle> {
    let mut shelf = Shelf::open(&options.source).map_err(NoBundle::Fetch)?;
    let mut carried: BTreeMap<String, Carried> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    closure.platform.clone_from(&options.platform);
    for (reference, need) in &mut closure.images {
        // Nothing but the whole list answers to its digest.
        let is_pinned = reference.contains('@') || need.digest.is_some_and(|it| pinned.contains(&it));
        let platform = options.platform.as_deref().filter(|_| !is_pinned);
        let image = match shelf.image(reference, need, platform)? {
            Ok(image) => image,
            Err(lack) => {
                let wanted = need.digest.map_or_else(String::new, |it| it.to_string());
                missing.insert(match lack {
                    Lack::Missing => reference.clone(),
                    Lack::Platform => format!("{reference} ({})", platform.unwrap_or_default()),
                    Lack::Other(other) => format!("{reference} (wanted is {wanted}, and there is {other})"),
                });
                continue;
            }
        };
        let by_digest = || mirror_target(&format!("{}@{}", repository(reference), image.descriptor.digest));
        // A tag that was moved may stand for two images.
        let is_free = |target: &String| {
            carried.get(target).is_none_or(|it| it.descriptor.digest == image.descriptor.digest)
        };
        let Some(target) = mirror_target(reference).filter(is_free).or_else(by_digest) else {
            missing.insert(reference.clone());
            continue;
        };
        need.carried = true;
        need.digest = Some(image.descriptor.digest);
        need.target = Some(target.clone());
        need.platforms = image.platforms;
        let Image { descriptor, parts, far, .. } = image;
        let name = format!("{IMAGES}{target}");
        carried.insert(target.clone(), Carried { name, target, descriptor, parts, far });
    }
    Ok((carried.into_values().collect(), missing))
}

/// An image with all its parts.
struct Image {
    descriptor: Descriptor,
    parts: BTreeMap<Digest, Arc<[u8]>>,
    far: BTreeMap<Digest, Stretch>,
    platforms: BTreeSet<String>,
}

/// The image that was found, or the one for a platform that its index lists; `None` when it has none for that platform.
fn image(found: &Found, platform: Option<&str>) -> Result<Option<Image>, BundleError> {
    let layout = &found.layout;
    let mut image = Image {
        descriptor: found.descriptor.bare(),
        parts: BTreeMap::new(),
        far: BTreeMap::new(),
        platforms: BTreeSet::new(),
    };
    if !media::is_index(&found.descriptor.media_type) {
        image.platforms.extend(platform_of(&found.descriptor));
        image.descriptor = image.manifest(layout, &found.descriptor)?;
        return Ok(Some(image));
    }
    let bytes = document(layout, &found.descriptor)?;
    let flaw = |error| Flaw::Document(found.descriptor.digest, error);
    let index = Index::parse(&bytes, &found.descriptor.media_type).map_err(flaw)?;
    if let Some(wanted) = platform {
        let child = index.manifests.iter().find(|it| platform_of(it).as_deref() == Some(wanted));
        let Some(child) = child else { return Ok(None) };
        image.platforms.insert(wanted.to_owned());
        image.descriptor = image.manifest(layout, child)?;
        return Ok(Some(image));
    }
    for child in &index.manifests {
        image.platforms.extend(platform_of(child));
        image.manifest(layout, child)?;
    }
    image.descriptor.artifact_type.clone_from(&index.artifact_type);
    image.parts.insert(found.descriptor.digest, bytes.into());
    Ok(Some(image))
}

impl Image {
    fn fetched(it: FetchedImage) -> Image {
        let FetchedImage { descriptor, parts, far, children } = it;
        let listed = children.iter().chain([&descriptor]);
        let platforms = listed.filter_map(platform_of).collect();
        Image { descriptor, parts, far, platforms }
    }

    /// Adds a manifest with its blobs. Gives its descriptor as a release lists it.
    fn manifest(&mut self, layout: &Path, descriptor: &Descriptor) -> Result<Descriptor, BundleError> {
        let bytes = document(layout, descriptor)?;
        let flaw = |error| Flaw::Document(descriptor.digest, error);
        let manifest = Manifest::parse(&bytes, &descriptor.media_type).map_err(flaw)?;
        if manifest.subject.is_some() {
            return Err(Flaw::Entry(descriptor.digest).into());
        }
        for blob in manifest.blobs() {
            let file = file_of(layout, &blob.digest);
            if blob.size <= SMALL {
                self.parts.insert(blob.digest, checked(&file, blob)?.into());
                continue;
            }
            // Its bytes are compared when they are copied.
            if Part::open(&file, 0, u64::MAX).map_err(|error| absent(error, blob))?.size() != blob.size {
                return Err(Flaw::BlobSize(blob.digest).into());
            }
            self.far.insert(blob.digest, Stretch { file, start: 0, size: blob.size });
        }
        self.parts.insert(descriptor.digest, bytes.into());
        let mut listed = descriptor.bare();
        listed.artifact_type.clone_from(&manifest.artifact_type);
        Ok(listed)
    }
}

/// System, processor and variant; nothing for what is no image to run, such as an attestation.
fn platform_of(descriptor: &Descriptor) -> Option<String> {
    let platform = descriptor.platform.as_ref()?;
    let text = |key: &str| platform.get(key)?.as_str().filter(|it| *it != "unknown");
    let variant = text("variant").map_or_else(String::new, |it| format!("/{it}"));
    Some(format!("{}/{}{variant}", text("os")?, text("architecture")?))
}

fn document(layout: &Path, descriptor: &Descriptor) -> Result<Vec<u8>, BundleError> {
    if descriptor.size > LARGEST_MANIFEST {
        return Err(Flaw::Document(descriptor.digest, OciError::TooLarge).into());
    }
    checked(&file_of(layout, &descriptor.digest), descriptor)
}

fn checked(file: &Path, descriptor: &Descriptor) -> Result<Vec<u8>, BundleError> {
    let bytes = read_file(file, descriptor.size).map_err(|error| absent(error, descriptor))?;
    if bytes.len() as u64 != descriptor.size {
        return Err(Flaw::BlobSize(descriptor.digest).into());
    }
    if Digest::of(&bytes) != descriptor.digest {
        return Err(Flaw::BlobDigest(descriptor.digest).into());
    }
    Ok(bytes)
}

fn absent(error: IoError, descriptor: &Descriptor) -> BundleError {
    match error.kind {
        IoErrorKind::Missing => Flaw::BlobMissing(descriptor.digest).into(),
        _ => error.into(),
    }
}

fn file_of(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join(blob_path(digest).as_str())
}
