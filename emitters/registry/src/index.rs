//! `index.yaml`: what an HTTP chart repository has. Parsed once; a chart's versions are read when somebody asks for that chart.

use catalyst_bundle::Digest;
use catalyst_yaml::{Dialect, Document, Limits, NodeKind, ProblemKind, parse_with};
use serde_json::Value;

/// Popular repositories have indexes of tens of megabytes.
const LIMITS: Limits = Limits { bytes: 64 << 20, depth: 64, nodes: 6_000_000 };

/// What a repository has.
#[derive(Debug, Clone)]
pub struct Index(Document);

/// One version of one chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The version, as the repository spells it.
    pub version: String,
    /// Where the archive is; relative ones are below the repository.
    pub urls: Vec<String>,
    /// SHA-256 of the archive, when the repository promises one.
    pub digest: Option<Digest>,
}

impl Index {
    /// Reads the text of an index. The error says what is wrong, as it reads after a colon.
    pub fn parse(text: &str) -> Result<Index, String> {
        let parsed = parse_with(text, &LIMITS);
        let unread = |kind: &ProblemKind| matches!(kind, ProblemKind::Syntax | ProblemKind::Limit);
        if let Some(problem) = parsed.problems.iter().find(|it| unread(&it.kind)) {
            return Err(format!("it is no YAML that can be read: {}", problem.message));
        }
        let document = parsed.documents.into_iter().next().ok_or("it is empty")?;
        match document.root().get("entries") {
            Some(entries) if entries.is_null() || entries.kind() == NodeKind::Mapping => Ok(Index(document)),
            _ => Err("it has no `entries`, so it is no index of charts".to_owned()),
        }
    }

    /// The versions of a chart, in the order of the index; none when there is no such chart. What has no version or no URL is left out.
    pub fn versions(&self, name: &str) -> Vec<IndexEntry> {
        let Some(entries) = self.0.root().get("entries").and_then(|it| it.get(name)) else {
            return Vec::new();
        };
        entries.items().filter_map(|it| entry(&it.to_value(Dialect::Kubernetes).0)).collect()
    }
}

fn entry(value: &Value) -> Option<IndexEntry> {
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    let urls = value.get("urls")?.as_array()?.iter().filter_map(|it| it.as_str().map(str::to_owned));
    let urls: Vec<String> = urls.collect();
    // Old writers put the algorithm in front; a digest that is none promises nothing.
    let digest =
        text("digest").and_then(|it| Digest::from_hex(it.strip_prefix("sha256:").unwrap_or(&it)).ok());
    (!urls.is_empty()).then_some(IndexEntry { version: text("version")?, urls, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_with_urls_and_digests() {
        let hex = "ab".repeat(32);
        let text = format!(
            "apiVersion: v1\nentries:\n  cilium:\n  - version: 1.17.6\n    digest: {hex}\n    urls: [cilium-1.17.6.tgz]\n  \
             - version: v1.16.0\n    digest: sha256:{hex}\n    urls:\n    - https://x.omani.works/a.tgz\n    - b.tgz\n  \
             - version: 1.15.0\n    urls: []\n  - version: 1.14.0\n    digest: none\n    urls: [c.tgz]\n  empty:\n"
        );
        let index = Index::parse(&text).unwrap();
        let found = index.versions("cilium");
        let versions: Vec<&str> = found.iter().map(|it| it.version.as_str()).collect();
        assert_eq!(versions, ["1.17.6", "v1.16.0", "1.14.0"]);
        assert_eq!(found[1].urls.len(), 2);
        assert!(found[0].digest.is_some() && found[0].digest == found[1].digest && found[2].digest.is_none());
        assert!(index.versions("empty").is_empty() && index.versions("other").is_empty());
    }

    #[test]
    fn an_index_in_json_is_one_too() {
        let index = Index::parse(r#"{"entries": {"x": [{"version": "1.0.0", "urls": ["x.tgz"]}]}}"#).unwrap();
        assert_eq!(index.versions("x").len(), 1);
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for text in ["", "<!DOCTYPE html>\n<html>", "hello", "a: [", "entries: x", "apiVersion: v1"] {
            assert!(Index::parse(text).is_err(), "{text}");
        }
        assert!(Index::parse("entries: {}").is_ok());
    }
}
