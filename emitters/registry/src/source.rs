//! Where a chart comes from, as the `repository` of a dependency says it.

use crate::{OciRepository, Url};
use std::fmt;

/// A place that has charts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A chart repository: a folder of a web server with an `index.yaml`.
    Http(Url),
    /// A path of an OCI registry, below which each chart is a repository.
    Oci(OciRepository),
    /// A folder or an archive, relative to the chart that names it.
    Local(String),
}

impl Source {
    /// Reads a `repository`. The error says what is wrong, as it reads after "its repository".
    pub fn parse(text: &str) -> Result<Source, String> {
        if text.starts_with("oci://") {
            return OciRepository::parse(text)
                .map(Source::Oci)
                .map_err(|why| format!("`{text}` is none: {why}"));
        }
        if let Some(path) = text.strip_prefix("file://") {
            return match path {
                "" => Err("names no folder".to_owned()),
                path => Ok(Source::Local(path.to_owned())),
            };
        }
        if text.starts_with('@') || text.starts_with("alias:") {
            return Err(format!(
                "`{text}` is an alias, which means another place on each machine; write the URL"
            ));
        }
        let url = Url::parse(text).map_err(|why| format!("`{text}` is no URL: {why}"))?;
        match url.scheme() {
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                Err("holds credentials; they belong into the files of `helm repo add` or `docker login`"
                    .to_owned())
            }
            "http" | "https" if url.has_host() => Ok(Source::Http(url)),
            other => Err(format!("has the scheme `{other}`; known are https, http, oci and file")),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Http(url) => url.fmt(f),
            Source::Oci(repository) => repository.fmt(f),
            Source::Local(path) => write!(f, "file://{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_known_by_its_scheme() {
        assert!(matches!(Source::parse("https://helm.cilium.io/"), Ok(Source::Http(_))));
        assert!(matches!(Source::parse("oci://quay.io/strimzi-helm"), Ok(Source::Oci(_))));
        assert_eq!(Source::parse("file://../lib"), Ok(Source::Local("../lib".into())));
        for text in [
            "@stable",
            "alias:stable",
            "https://me:secret@host/",
            "ftp://host/",
            "charts",
            "file://",
            "https://",
        ] {
            let why = Source::parse(text).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
