//! References of OCI artifacts: `oci://host[:port]/repository[:tag][@sha256:…]`. Parsed once, so that no part can become a path or a query.

use catalyst_bundle::Digest;
use std::fmt;

/// A repository of a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OciRepository {
    /// Host, with the port if it has one.
    pub host: String,
    /// Path of the repository.
    pub path: String,
}

/// One artifact of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OciReference {
    /// Where it is.
    pub repository: OciRepository,
    /// Its tag.
    pub tag: Option<String>,
    /// Its digest, which wins over the tag.
    pub digest: Option<Digest>,
}

impl OciRepository {
    /// Reads `oci://host/path`. The error reads after "is no repository:".
    pub fn parse(text: &str) -> Result<OciRepository, String> {
        let rest = text.strip_prefix("oci://").ok_or("it does not begin with `oci://`")?;
        let (host, path) = rest.split_once('/').ok_or("it names no repository after the host")?;
        let path = path.strip_suffix('/').unwrap_or(path);
        if !is_host(host) {
            return Err(format!("`{host}` is no host"));
        }
        if path.len() > 255 || !path.split('/').all(is_part) {
            return Err(format!("`{path}` is no name of a repository"));
        }
        Ok(OciRepository { host: host.to_owned(), path: path.to_owned() })
    }

    /// The repository of a chart below this one.
    pub fn join(&self, name: &str) -> Result<OciRepository, String> {
        OciRepository::parse(&format!("{self}/{name}"))
    }

    /// The host that answers for it: that of Docker Hub has another name than its references.
    pub(crate) fn server(&self) -> &str {
        if self.host == "docker.io" { "registry-1.docker.io" } else { &self.host }
    }
}

impl OciReference {
    /// Reads `oci://host/path[:tag][@digest]`. The error reads after "is no reference:".
    pub fn parse(text: &str) -> Result<OciReference, String> {
        let (text, digest) = match text.split_once('@') {
            Some((text, digest)) => (text, Some(Digest::parse(digest).map_err(|it| it.to_string())?)),
            None => (text, None),
        };
        let at = text.rfind('/').unwrap_or(0);
        let (repository, tag) = match text[at..].split_once(':') {
            Some((name, tag)) => (&text[..at + name.len()], Some(tag)),
            None => (text, None),
        };
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(format!("`{tag}` is no tag"));
        }
        Ok(OciReference {
            repository: OciRepository::parse(repository)?,
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// What the registry is asked for: the digest, else the tag.
    pub(crate) fn selector(&self) -> Option<String> {
        self.digest.as_ref().map(ToString::to_string).or_else(|| self.tag.clone())
    }
}

impl fmt::Display for OciRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", self.host, self.path)
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.repository.fmt(f)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

/// Whether a text is a tag of a registry.
pub(crate) fn is_tag(text: &str) -> bool {
    let is_word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|c| is_word(c) || c == b'.' || c == b'-')
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.rsplit_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_name = if let Some(v6) = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        v6.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        name.len() <= 253 && name.split('.').all(is_label)
    };
    is_name && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|it| it > 0))
}

/// One part of the path of a repository: runs of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_part(text: &str) -> bool {
    let is_run = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut joints = text.split(is_run).filter(|it| !it.is_empty());
    text.starts_with(is_run)
        && text.ends_with(is_run)
        && joints.all(|it| matches!(it, "." | "_" | "__") || it.bytes().all(|c| c == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_and_print_back() {
        let hex = "0".repeat(64);
        for text in [
            "oci://ghcr.io/kserve/charts",
            "oci://localhost:5000/a/b-c/d__e:1.2.3_build.4",
            &format!("oci://[::1]:5000/x@sha256:{hex}"),
            &format!("oci://r.omani.works/x.y:v1@sha256:{hex}"),
        ] {
            assert_eq!(OciReference::parse(text).unwrap().to_string(), text);
        }
        let it = OciReference::parse("oci://docker.io/library/x:1").unwrap();
        assert_eq!((it.repository.server(), it.selector().as_deref()), ("registry-1.docker.io", Some("1")));
    }

    #[test]
    fn nothing_hostile_gets_into_a_path() {
        for text in [
            "ghcr.io/a/b",
            "oci://",
            "oci://host",
            "oci://host/",
            "oci:///a",
            "oci://user:secret@host/a",
            "oci://host:0/a",
            "oci://host:99999/a",
            "oci://-host/a",
            "oci://host/A",
            "oci://host/a/../b",
            "oci://host/a//b",
            "oci://host/a?x=1",
            "oci://host/a#x",
            "oci://host/a%2f",
            "oci://host/a___b",
            "oci://host/a:..",
            "oci://host/a:",
            "oci://host/a@sha512:00",
            "oci://host/a@sha256:../..",
        ] {
            assert!(OciReference::parse(text).is_err(), "{text}");
        }
    }
}
