//! Where content of others comes to stand in the registry of a Sovereign: one project for each host that it comes from, the path as it was.
//! So rewriting is a prefix and nothing else, and two hosts with the same path cannot collide.

/// The host that references without one mean.
const DEFAULT_HOST: &str = "docker.io";

/// The repository, below the registry of a Sovereign, that mirrors one of another registry or chart repository: `quay.io/jetstack/cert-manager`.
pub fn mirror_repository(repository: &str) -> String {
    let (host, path) = host_and_path(repository);
    let mut out = String::new();
    for part in std::iter::once(host.as_str()).chain(path.split('/')) {
        let part = component(part);
        if !part.is_empty() {
            out.push_str(if out.is_empty() { "" } else { "/" });
            out.push_str(&part);
        }
    }
    out
}

/// Host and path of a repository. As in Docker's own names, a first part without dot and port is no host, and a name without path is in `library`.
fn host_and_path(repository: &str) -> (String, String) {
    let (host, path) = match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path.to_owned()),
        _ => (DEFAULT_HOST, repository.to_owned()),
    };
    let host = if matches!(host, "index.docker.io" | "registry-1.docker.io") { DEFAULT_HOST } else { host };
    let path = if host == DEFAULT_HOST && !path.contains('/') { format!("library/{path}") } else { path };
    (host.to_owned(), path)
}

/// An image by its full reference, as whoever asks its registry needs it: `nginx` is `docker.io/library/nginx:latest`.
pub fn published_as(image: &str) -> String {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    };
    let (host, path) = host_and_path(repository);
    match (tag, digest) {
        (Some(tag), Some(digest)) => format!("{host}/{path}:{tag}@{digest}"),
        (None, Some(digest)) => format!("{host}/{path}@{digest}"),
        (tag, None) => format!("{host}/{path}:{}", tag.unwrap_or("latest")),
    }
}

/// A part of a path as registries take it: lower case, digits, and single separators between them.
fn component(part: &str) -> String {
    let mut out = String::new();
    for c in part.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if out.ends_with(['.', '_', '-']) || out.is_empty() => {}
            '.' | '_' => out.push(c),
            _ => out.push('-'),
        }
    }
    out.trim_end_matches(['.', '_', '-']).to_owned()
}

/// Where what stands under a reference goes: `repository:tag`. What has no tag gets one made from its digest; `None` when it has neither.
pub fn mirror_target(reference: &str) -> Option<String> {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    };
    let tag = match (tag, digest) {
        (Some(tag), _) => tag.to_owned(),
        // `sha256-<hex>` is where signatures of it stand.
        (None, Some(digest)) => format!("at-{}", digest.strip_prefix("sha256:")?),
        (None, None) => return None,
    };
    Some(format!("{}:{tag}", mirror_repository(repository)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_one_full_reference() {
        for (image, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/library/nginx:1.29", "docker.io/library/nginx:1.29"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
            ("quay.io/a/b:1@sha256:0f", "quay.io/a/b:1@sha256:0f"),
            ("quay.io/a/b@sha256:0f", "quay.io/a/b@sha256:0f"),
        ] {
            assert_eq!(published_as(image), full);
            assert_eq!(published_as(full), full);
        }
    }

    #[test]
    fn the_host_is_a_project_and_the_path_stays() {
        for (reference, target) in [
            ("quay.io/jetstack/cert-manager:v1.16.2", "quay.io/jetstack/cert-manager:v1.16.2"),
            ("nginx:1.29", "docker.io/library/nginx:1.29"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("index.docker.io/bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("registry.t01.omani.works:5000/a/b:1", "registry.t01.omani.works-5000/a/b:1"),
            ("127.0.0.1:5000/web:1.4.0_b.1", "127.0.0.1-5000/web:1.4.0_b.1"),
            ("charts.omani.works/Stable/~me/Web:1", "charts.omani.works/stable/me/web:1"),
            ("ghcr.io/a/b:1@sha256:00", "ghcr.io/a/b:1"),
            ("ghcr.io/a/b@sha256:0f", "ghcr.io/a/b:at-0f"),
        ] {
            assert_eq!(mirror_target(reference).as_deref(), Some(target), "{reference}");
        }
        for neither in ["ghcr.io/a/b", "ghcr.io/a/b@sha512:0f", "localhost:5000/a"] {
            assert_eq!(mirror_target(neither), None, "{neither}");
        }
    }
}
