//! The files of a release. Only for what was verified: see [`catalyst_sign::verify()`].

use super::BundleError;
use super::disk::read_far;
use super::images::IMAGES;
use catalyst_bundle::Digest;
use catalyst_bundle::archive::{Limits, read_tgz};
use catalyst_bundle::oci::{Layout, media};
use catalyst_bundle::release::{Flaw, Item, Release};
use catalyst_source::TreePath;
use catalyst_system::{Delivery, Foreign, IoError, IoErrorKind, names, read_file};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The folder for what is not part of the tree.
const BESIDE: &str = "bundle";
/// The file that says which release was unpacked.
const RELEASE_FILE: &str = "bundle/release.json";
/// Most bytes of it that are read.
const MOST_ABOUT: u64 = 1 << 20;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// Files.
    pub files: usize,
    /// Bytes.
    pub bytes: u64,
}

/// Writes the trees of a release to a folder, with its documents and Blueprints in `bundle/`. The folder is replaced as a whole, if it is
/// empty or holds an earlier release.
pub fn unpack(
    layout: &Layout,
    base: Option<&Layout>,
    release: &Release,
    folder: &Path,
) -> Result<Unpacked, BundleError> {
    let mut files: BTreeMap<TreePath, Vec<u8>> = BTreeMap::new();
    for item in &release.items {
        read_item(item, layout, base, &mut files)?;
    }
    let header = &release.header;
    let tops = files.keys().filter_map(|it| it.components().next()).chain([BESIDE]);
    let tops: BTreeSet<String> = tops.map(str::to_owned).collect();
    let about = json!({
        "version": 1,
        "sovereign": header.sovereign,
        "line": header.line,
        "sequence": header.sequence,
        "digest": release.descriptor.digest.to_string(),
        "holds": tops,
    });
    put(&mut files, RELEASE_FILE, format!("{about:#}\n").into_bytes(), release.descriptor.digest)?;
    let delivery = Delivery::begin(folder)?;
    if !may_replace(folder) {
        let text = "the folder holds something else than an unpacked bundle".to_owned();
        let path = folder.to_path_buf();
        return Err(IoError { action: "unpack to", path, kind: IoErrorKind::Refused, text }.into());
    }
    for (path, bytes) in &files {
        delivery.write(path, bytes)?;
    }
    delivery.commit(Foreign::Drop)?;
    let bytes = files.values().map(|it| it.len() as u64).sum();
    Ok(Unpacked { files: files.len(), bytes })
}

/// Whether a folder is not there, empty, or what an earlier release was unpacked to, with nothing of somebody else beside it.
fn may_replace(folder: &Path) -> bool {
    let Some(names) = names(folder).filter(|it| !it.is_empty()) else { return true };
    let about = read_file(&folder.join(RELEASE_FILE), MOST_ABOUT).ok();
    let about = about.and_then(|it| catalyst_bundle::json::parse(&it).ok()).filter(|it| it["version"] == 1);
    let holds = about.as_ref().and_then(|it| it["holds"].as_array());
    holds.is_some_and(|holds| names.iter().all(|name| holds.iter().any(|it| it == name)))
}

fn read_item(
    item: &Item,
    layout: &Layout,
    base: Option<&Layout>,
    files: &mut BTreeMap<TreePath, Vec<u8>>,
) -> Result<(), BundleError> {
    // Images are for registries.
    let Some(manifest) = item.manifest.as_ref().filter(|_| !item.name.starts_with(IMAGES)) else {
        return Ok(());
    };
    for layer in &manifest.layers {
        let digest = layer.digest;
        let blob = blob(layout, base, digest)?;
        let tree = || read_tgz(&blob, &Limits::TREE).map_err(|error| BundleError::Flaw(error.into()));
        match layer.media_type.as_str() {
            media::FLUX_CONTENT => {
                for (path, file) in tree()? {
                    put(files, path.as_str(), file.bytes, digest)?;
                }
            }
            media::BLUEPRINT_CONTENT => {
                let folder = item.name.replace(':', "/");
                for (path, file) in tree()? {
                    put(files, &format!("{BESIDE}/{folder}/{path}"), file.bytes, digest)?;
                }
            }
            media::HELM_CHART | media::HELM_CHART_OLD => {
                put(files, &beside(item, ".tgz"), blob.to_vec(), digest)?
            }
            media::HELM_PROVENANCE => put(files, &beside(item, ".tgz.prov"), blob.to_vec(), digest)?,
            _ => put(files, &beside(item, ""), blob.to_vec(), digest)?,
        }
    }
    Ok(())
}

/// A blob, wherever it is.
fn blob(layout: &Layout, base: Option<&Layout>, digest: Digest) -> Result<Arc<[u8]>, BundleError> {
    let places = [Some(layout), base];
    let places = || places.iter().flatten();
    if let Some(held) = places().find_map(|it| it.blobs.get(&digest)) {
        return Ok(held.clone());
    }
    match places().find_map(|it| it.far.get(&digest)) {
        Some(stretch) => Ok(read_far(&digest, stretch)?.into()),
        None => Err(Flaw::BlobMissing(digest).into()),
    }
}

/// The path of an artefact beside the tree.
fn beside(item: &Item, ending: &str) -> String {
    format!("{BESIDE}/{}{ending}", item.name.replace(':', "/"))
}

/// One file. Two artefacts must not write the same one, and a signed name must still be a path.
fn put(
    files: &mut BTreeMap<TreePath, Vec<u8>>,
    path: &str,
    bytes: Vec<u8>,
    from: Digest,
) -> Result<(), BundleError> {
    let path = TreePath::new(path).map_err(|_| BundleError::Flaw(Flaw::Name(from)))?;
    match files.insert(path, bytes) {
        None => Ok(()),
        Some(_) => Err(BundleError::Flaw(Flaw::Name(from))),
    }
}
