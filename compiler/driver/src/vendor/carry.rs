//! What the charts of a Blueprint are made of, as the artefacts that they were published as, to be carried elsewhere unchanged.

use super::archive::Opened;
use super::demand::{Demand, From, of_entry};
use super::fetch::{archive_of_project, inner, wrap};
use super::store::Held;
use super::supply::{Charts, DEPTH};
use super::{Key, answer};
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use catalyst_bundle::{Digest, json};
use catalyst_diag::Place;
use catalyst_plan::{CatalogEntry, LockedChart};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chart or an artefact from elsewhere that a Blueprint uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upstream {
    /// Where it comes from: `host/path/name:version`.
    pub(crate) reference: String,
    /// Where its use is written.
    pub(crate) place: Place,
    /// The artefact; `None` when the store does not have it as the lock says.
    pub(crate) artifact: Option<Artifact>,
}

/// An artefact with all its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// Its manifest.
    pub(crate) descriptor: Descriptor,
    /// Manifest, config and layers.
    pub(crate) parts: BTreeMap<Digest, Arc<[u8]>>,
}

impl Charts<'_> {
    /// Everything from elsewhere that a Blueprint uses, by reference. What stands in the project is not, but what it needs in turn is.
    pub(crate) fn upstreams(&self, entry: &CatalogEntry) -> Vec<Upstream> {
        let mut found = BTreeMap::new();
        for demand in of_entry(entry).into_iter().flatten() {
            self.collect(&demand, 0, &mut found);
        }
        found.into_values().collect()
    }

    fn collect(&self, demand: &Demand, depth: usize, found: &mut BTreeMap<String, Upstream>) {
        let source = demand.source();
        let row = answer(&self.locked, &demand.name, &demand.wanted, &source);
        let archive = row.and_then(|(_, chart)| self.bytes_of(demand, chart));
        if !matches!(demand.from, From::Project(_)) {
            let reference = reference(demand, &source, row.map(|(key, _)| key));
            if found.contains_key(&reference) {
                return;
            }
            let artifact =
                row.zip(archive.as_ref()).and_then(|((_, chart), archive)| self.artifact(chart, archive));
            let upstream = Upstream { reference: reference.clone(), place: demand.place.clone(), artifact };
            found.insert(reference, upstream);
        }
        let (Some((key, _)), Some(archive)) = (row, archive) else { return };
        if depth == DEPTH || matches!(demand.from, From::Artifact(_, false)) {
            return;
        }
        let needs = Opened::read(&archive).map(|it| it.missing).unwrap_or_default();
        // What cannot be asked for was found when it was vendored.
        for needed in inner(demand, key, &needs, &mut Vec::new()) {
            self.collect(&needed, depth + 1, found);
        }
    }

    /// The archive that the lock says.
    fn bytes_of(&self, demand: &Demand, chart: &LockedChart) -> Option<Vec<u8>> {
        let digest = Digest::from_hex(&chart.archive).ok()?;
        match &demand.from {
            From::Project(path) => {
                archive_of_project(self.root, &demand.name, path).ok().filter(|it| Digest::of(it) == digest)
            }
            _ => self.blob(&digest),
        }
    }

    fn blob(&self, digest: &Digest) -> Option<Vec<u8>> {
        match self.store.as_ref()?.blob(digest) {
            Held::Whole(bytes) => Some(bytes),
            Held::Missing | Held::Damaged => None,
        }
    }

    /// The artefact around an archive: the one that it was fetched as, or the one that is made for archives without.
    fn artifact(&self, chart: &LockedChart, archive: &[u8]) -> Option<Artifact> {
        let Some(hex) = &chart.manifest else {
            let made = wrap(archive);
            let mut parts: BTreeMap<Digest, Arc<[u8]>> =
                made.blobs.into_iter().map(|(digest, bytes)| (digest, bytes.into())).collect();
            parts.insert(Digest::of(archive), archive.into());
            parts.insert(made.descriptor.digest, made.manifest.into());
            return Some(Artifact { descriptor: made.descriptor, parts });
        };
        let bytes = self.blob(&Digest::from_hex(hex).ok()?)?;
        let stated = json::parse(&bytes).ok()?["mediaType"].as_str().map(str::to_owned);
        let media_type = stated.as_deref().unwrap_or(media::MANIFEST);
        let manifest = Manifest::parse(&bytes, media_type).ok().filter(|it| it.subject.is_none())?;
        let mut descriptor = Descriptor::of(media_type, &bytes);
        descriptor.artifact_type.clone_from(&manifest.artifact_type);
        let mut parts = BTreeMap::from([(descriptor.digest, Arc::from(bytes))]);
        for part in manifest.blobs() {
            parts.insert(part.digest, self.blob(&part.digest)?.into());
        }
        Some(Artifact { descriptor, parts })
    }
}

/// How a chart from elsewhere is named: by its version where one is chosen, else by what is wanted.
fn reference(demand: &Demand, source: &str, key: Option<&Key>) -> String {
    let place = source.split_once("://").map_or(source, |(_, rest)| rest);
    let version = key.map_or(demand.wanted.as_str(), |(_, version, _)| version.as_str()).replace('+', "_");
    match &demand.from {
        From::Artifact(..) => format!("{place}:{version}"),
        _ => format!("{place}/{}:{version}", demand.name),
    }
}
