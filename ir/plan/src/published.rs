//! Where the chart of a Blueprint is published, as sources of Flux name it.

use crate::{CatalogEntry, SovereignFacts};
use catalyst_diag::Place;
use catalyst_model::{Registry, Version};

/// A chart in an OCI registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The registry, with the path above the chart, which may be empty.
    pub registry: Registry,
    /// Its name: the last part of the repository.
    pub chart: String,
    /// Its version.
    pub version: String,
    /// Its digest, where that is what names it.
    pub digest: Option<String>,
    /// Where the reference stands that says the version, if one does.
    pub place: Option<Place>,
}

impl CatalogEntry {
    /// Where it is published: the artifact that stands for a chart of its own, if it names one; else below the registry of the Sovereign. An
    /// air-gapped Sovereign has artifacts of others in its own registry, below the host that they come from.
    pub fn published(&self, version: &Version, facts: &SovereignFacts, is_air_gapped: bool) -> Published {
        let own = || Published {
            registry: facts.registry.clone(),
            chart: self.blueprint.name.to_string(),
            version: version.canonical(),
            digest: None,
            place: None,
        };
        let Some(reference) = self.artifact().and_then(ArtifactReference::parse) else { return own() };
        let is_here = reference.host == facts.registry.host;
        let mut registry = Registry {
            host: reference.host.to_owned(),
            path: reference.path.to_owned(),
            pull_secret: if is_here { facts.registry.pull_secret.clone() } else { String::new() },
        };
        if is_air_gapped && !is_here {
            // As content of others is brought there: a project for each host.
            let below = format!("{}/{}", reference.host.replace(':', "-"), reference.path);
            registry = Registry { path: below.trim_end_matches('/').to_owned(), ..facts.registry.clone() };
        }
        let is_pinned = reference.tag.is_some() || reference.digest.is_some();
        let place = || self.blueprint.place.child("spec").child("manifests").child("source").child("ref");
        Published {
            registry,
            chart: reference.name.to_owned(),
            // `+` is no character of a tag; by agreement it is `_` there.
            version: reference.tag.map_or_else(|| version.canonical(), |it| it.replace('_', "+")),
            digest: reference.digest.map(str::to_owned),
            place: is_pinned.then(place),
        }
    }

    /// The reference of the artifact that stands for a chart of its own.
    pub fn artifact(&self) -> Option<&str> {
        let manifests = &self.blueprint.spec.manifests;
        let is_own = self.chart.is_some() || manifests.chart.is_some();
        manifests.source.as_ref().filter(|_| !is_own).map(|it| it.reference.as_str())
    }
}

/// The folder of a registry that holds charts: `oci://host/path`.
pub fn registry_url(registry: &Registry) -> String {
    let Registry { host, path, .. } = registry;
    if path.is_empty() { format!("oci://{host}") } else { format!("oci://{host}/{path}") }
}

/// The parts of a reference to an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactReference<'a> {
    /// Host, with its port.
    pub host: &'a str,
    /// The path between host and name, which may be empty.
    pub path: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its tag.
    pub tag: Option<&'a str>,
    /// Its digest.
    pub digest: Option<&'a str>,
}

impl<'a> ArtifactReference<'a> {
    /// Reads `oci://host/path/name`, with tag and digest or without. `None` when it has no host or no name.
    pub fn parse(text: &'a str) -> Option<ArtifactReference<'a>> {
        let text = text.strip_prefix("oci://").unwrap_or(text);
        let (text, digest) = text.split_once('@').map_or((text, None), |(text, digest)| (text, Some(digest)));
        let (repository, tag) = match text.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (text, None),
        };
        let (host, rest) = repository.split_once('/')?;
        let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
        let is_host = host.contains(['.', ':']) || host == "localhost";
        let is_plain = |it: &str| !it.contains(|c: char| c.is_whitespace() || c == ':' || c == '@');
        let is_tag = |it: &str| !it.is_empty() && it.len() <= 128 && is_plain(it);
        let is_digest =
            |it: &str| it.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && is_plain(hex));
        let is_good = is_host
            && !name.is_empty()
            && is_plain(rest)
            && !rest.split('/').any(str::is_empty)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        is_good.then_some(ArtifactReference { host, path, name, tag, digest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_a_host_and_a_name() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let whole = format!("oci://registry.omani.works:5000/a/b/web:1.2.0@{digest}");
        let read = ArtifactReference::parse(&whole).unwrap();
        assert_eq!((read.host, read.path, read.name), ("registry.omani.works:5000", "a/b", "web"));
        assert_eq!((read.tag, read.digest), (Some("1.2.0"), Some(digest.as_str())));
        let read = ArtifactReference::parse("registry.omani.works/web").unwrap();
        assert_eq!((read.path, read.name, read.tag, read.digest), ("", "web", None, None));
        for wrong in [
            "",
            "web",
            "web:1",
            "registry.omani.works",
            "registry.omani.works/",
            "a.io/b//c",
            "a.io/b c",
            "a.io/b:",
            "a.io/b@sha256:0",
        ] {
            assert_eq!(ArtifactReference::parse(wrong), None, "{wrong}");
        }
    }
}
