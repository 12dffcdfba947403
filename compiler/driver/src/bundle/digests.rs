//! The digests of the bundles of a project, as a file that is committed and reviewed beside the tree: what of them depends on nothing but
//! the project and the compiler. A change that nobody meant shows there, down to the artefact.

use super::{BundleOptions, Bundled, NoBundle, bundle};
use crate::deliver::bundles_path;
use crate::fresh::place;
use crate::{CompileOptions, Progress, Project};
use catalyst_bundle::release::{Flaw, Release, rfc3339};
use catalyst_diag::{Diagnostic, rule};
use catalyst_model::SovereignName;
use catalyst_system::{Durability, IoError, Root, make_root, read_bytes, write_atomic};
use serde::Serialize;
use std::collections::BTreeMap;

/// Largest file that is compared.
const LIMIT: u64 = 1 << 30;

/// Makes all bundles as they are compared: the first of the stable line, at the beginning of 1970, without charts that were fetched and
/// without images. `tool` is the compiler with its version.
pub fn comparable(
    project: &Project,
    compile: CompileOptions,
    tool: String,
    progress: &dyn Progress,
) -> Result<Bundled, NoBundle> {
    let options = BundleOptions {
        compile,
        line: "stable".to_owned(),
        sequence: 1,
        previous: None,
        created: rfc3339(0),
        tool,
        has_fetched: false,
        store: None,
        images: None,
    };
    bundle(project, &options, None, progress)
}

#[derive(Serialize)]
struct File<'a> {
    version: u64,
    sovereigns: BTreeMap<&'a SovereignName, Digests>,
}

#[derive(Serialize)]
struct Digests {
    release: String,
    artifacts: BTreeMap<String, String>,
}

/// The text of [`crate::BUNDLES_FILE`]: by Sovereign, the digest of the release and of each artefact in it.
pub fn digests(bundled: &Bundled) -> Result<String, Flaw> {
    let mut file = File { version: 1, sovereigns: BTreeMap::new() };
    for (name, made) in &bundled.sovereigns {
        let release = Release::read(&made.layout, None)?;
        let artifacts = release.items.into_iter().map(|it| (it.name, it.descriptor.digest.to_string()));
        let digests =
            Digests { release: release.descriptor.digest.to_string(), artifacts: artifacts.collect() };
        file.sovereigns.insert(name, digests);
    }
    // Strings by string always print.
    Ok(serde_json::to_string_pretty(&file).unwrap_or_default() + "\n")
}

/// Whether the file in the output folder is another one: the rule `stale-output`.
pub fn stale_digests(project: &Project, text: &str) -> Option<Diagnostic> {
    let (out, path) = (project.default_out(), bundles_path());
    let old = Root::new(&out).ok().and_then(|root| read_bytes(&root, &path, LIMIT).ok());
    let message = match old {
        Some((old, _)) if old == text.as_bytes() => return None,
        Some(_) => "the bundles have other digests",
        None => "the file is missing",
    };
    let found = Diagnostic::new(&rule::STALE_OUTPUT, place(project, &out, &path), message);
    let mut found = vec![found.help("run `catalystc bundle --digests` and commit the result")];
    project.levels().apply(&mut found);
    found.pop()
}

/// Writes the file to the output folder, unless it is there already. Says whether it was written.
pub fn write_digests(project: &Project, text: &str) -> Result<bool, IoError> {
    let (root, path) = (make_root(&project.default_out())?, bundles_path());
    if read_bytes(&root, &path, LIMIT).is_ok_and(|(old, _)| old == text.as_bytes()) {
        return Ok(false);
    }
    write_atomic(&root, &path, text.as_bytes(), Durability::Rebuildable).map(|_| true)
}
