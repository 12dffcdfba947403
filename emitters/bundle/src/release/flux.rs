//! A tree as Flux reads it: one layer, tar in gzip.

use crate::Digest;
use crate::archive::{Files, Limits, TarError, gzip, tar};
use crate::json::canonical;
use crate::oci::{Descriptor, Layout, Manifest, media};
use catalyst_source::TreePath;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;

/// Endings and names that Flux leaves out of a tree unless it is told otherwise.
const IGNORED_ENDINGS: [&str; 9] =
    [".jpg", ".jpeg", ".gif", ".png", ".wmv", ".flv", ".tar.gz", ".zip", ".goreleaser.yml"];
const IGNORED_NAMES: [&str; 13] = [
    ".git",
    ".gitignore",
    ".gitmodules",
    ".gitattributes",
    ".github",
    ".circleci",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    ".sourceignore",
];
const IGNORED_FILES: [&str; 2] = [".sops.yaml", ".flux.yaml"];

/// Why a release cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssembleError {
    /// A file does not fit into an archive.
    Tar(TarError),
    /// Flux would leave the file out.
    Ignored(TreePath),
    /// The tree is larger than what Flux reads.
    TooLarge {
        /// The artefact.
        name: String,
        /// Its bytes.
        bytes: usize,
    },
    /// Two artefacts have one target.
    Target(String),
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssembleError::Tar(error) => fmt::Display::fmt(error, f),
            AssembleError::Ignored(path) => {
                write!(f, "Flux leaves out files named like `{path}`, so a bundle must not rely on it")
            }
            AssembleError::TooLarge { name, bytes } => {
                write!(f, "artefact `{name}` unpacks to {bytes} bytes; Flux reads 100 MiB")
            }
            AssembleError::Target(target) => write!(f, "two artefacts would be `{target}`"),
        }
    }
}

impl std::error::Error for AssembleError {}

/// Adds the artefact of a tree to a layout.
pub(super) fn flux_artifact(
    layout: &mut Layout,
    name: &str,
    files: &Files,
    annotations: BTreeMap<String, String>,
    created: &str,
) -> Result<Descriptor, AssembleError> {
    if let Some(path) = files.keys().find(|path| is_ignored(path)) {
        return Err(AssembleError::Ignored(path.clone()));
    }
    let tree = tar(files).map_err(AssembleError::Tar)?;
    if tree.len() > Limits::TREE.unpacked {
        return Err(AssembleError::TooLarge { name: name.to_owned(), bytes: tree.len() });
    }
    let config = json!({
        "architecture": "",
        "config": {},
        "created": created,
        "os": "",
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&tree).to_string()] },
    });
    // What Flux shows as the revision: it follows from the content, so a tree that stays the same is the same artefact in every release.
    let mut annotations = annotations;
    annotations.insert("org.opencontainers.image.revision".to_owned(), format!("tree@{}", Digest::of(&tree)));
    let layer = layout.add(media::FLUX_CONTENT, gzip(&tree));
    let config = layout.add(media::FLUX_CONFIG, canonical(&config).into_bytes());
    let mut manifest = Manifest::new(config, layer);
    manifest.annotations = annotations;
    Ok(layout.add_manifest(&manifest))
}

fn is_ignored(path: &TreePath) -> bool {
    let name = path.file_name();
    path.components().any(|it| IGNORED_NAMES.contains(&it))
        || IGNORED_FILES.contains(&name)
        || IGNORED_ENDINGS.iter().any(|ending| name.ends_with(ending))
}
