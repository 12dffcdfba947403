//! What a text looks like: a reference of an image, or something else with colons and slashes.
//!
//! Nothing tells for certain. A digest does; so does a tag behind a registry. Without either, the key that the text stands at must speak of an
//! image. `host:port`, URLs, label keys and namespaced names are no images.

use serde_json::Value;

/// A reference in its parts, as far as a text is one.
struct Parts<'t> {
    /// The registry, when there is one.
    host: Option<&'t str>,
    /// The path below it.
    path: &'t str,
    tag: Option<&'t str>,
    has_digest: bool,
}

/// Reads a reference: `[host[:port]/]path[:tag][@sha256:…]`.
fn parts(text: &str) -> Option<Parts<'_>> {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let is_digest = |it: &str| {
        it.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|c| c.is_ascii_hexdigit()))
    };
    if digest.is_some_and(|it| !is_digest(it)) {
        return None;
    }
    let last = name.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match name[last..].split_once(':') {
        Some((before, tag)) => (&name[..last + before.len()], Some(tag)),
        None => (name, None),
    };
    let of_tag = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_tag = |it: &str| {
        it.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && it.len() <= 128
            && it.chars().all(of_tag)
    };
    if tag.is_some_and(|it| !is_tag(it)) {
        return None;
    }
    let is_host = |it: &str| it == "localhost" || it.contains(['.', ':']);
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if is_host(host) => (Some(host), path),
        _ => (None, name),
    };
    let is_good_host = |it: &str| {
        let (host, port) = it.split_once(':').unwrap_or((it, "0"));
        let of_host = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        !host.is_empty() && host.chars().all(of_host) && is_port(port)
    };
    let is_component = |it: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        it.starts_with(plain) && it.ends_with(plain) && it.chars().all(|c| plain(c) || "._-".contains(c))
    };
    let is_good = host.is_none_or(is_good_host) && path.split('/').all(is_component);
    is_good.then_some(Parts { host, path, tag, has_digest: digest.is_some() })
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// Whether a text that stands at a key looks like a reference of an image.
pub(super) fn looks_like_image(key: &str, text: &str) -> bool {
    let Some(it) = parts(text) else { return false };
    // A number may be a port: `service.namespace:8080`, `namespace/service:9090`.
    let tag = it.tag.filter(|tag| !is_port(tag));
    let key = key.to_ascii_lowercase();
    if it.has_digest {
        return true;
    }
    if key.ends_with("image") || key.ends_with("imagename") || key.ends_with("image_name") {
        return it.tag.is_some() || it.host.is_some();
    }
    let of_version =
        |tag: &str| tag.starts_with(|c: char| c.is_ascii_digit()) || is_v(tag) || tag == "latest";
    match it.host {
        Some(_) => tag.is_some() || it.tag.is_some() && it.path.contains('/'),
        None => it.path.contains('/') && tag.is_some_and(of_version),
    }
}

/// A version with a `v`.
fn is_v(tag: &str) -> bool {
    tag.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The images that a text names: behind `image:` in the lines of a document, and behind the `=` of a flag.
pub(super) fn in_text(text: &str) -> Vec<&str> {
    let is_edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '{' | '}');
    let mut found = Vec::new();
    let mut is_behind_image = false;
    for word in text.split(is_edge).filter(|it| !it.is_empty()) {
        let (key, image) = match word.split_once('=') {
            Some((key, image)) => (key, image),
            None if is_behind_image => ("image", word),
            None => ("", ""),
        };
        if looks_like_image(key, image) {
            found.push(image);
        }
        // In JSON the colon stands apart from its key.
        is_behind_image = word == "image:" || word == "image" || word == ":" && is_behind_image;
    }
    found
}

/// An image in parts, as many objects take it.
pub(super) fn in_parts(value: &Value) -> Option<String> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    let repository = text("repository")?;
    let registry = text("registry").map_or(String::new(), |it| format!("{it}/"));
    let tag = text("tag").map_or(String::new(), |it| format!(":{it}"));
    let digest = text("digest").map_or(String::new(), |it| format!("@{it}"));
    let image = format!("{registry}{repository}{tag}{digest}");
    let has_version = !tag.is_empty() || !digest.is_empty();
    (has_version && parts(&image).is_some()).then_some(image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn references_look_like_images_anywhere() {
        for text in [
            "quay.io/a/b:v1",
            "quay.io/a:latest",
            "localhost:5000/a/b:dev",
            "registry.t01.omani.works/proxy/docker.io/library/nginx:1.29",
            "grafana/grafana:11.0.1",
            "a/b/c:v1.2",
            "registry.k8s.io/pause/x:3",
            &format!("nginx@{DIGEST}"),
            &format!("quay.io/a/b:v1@{DIGEST}"),
        ] {
            assert!(looks_like_image("x", text), "{text}");
        }
    }

    #[test]
    fn other_texts_do_not() {
        for text in [
            "",
            "nginx",
            "https://quay.io/a/b:v1",
            "oci://quay.io/a/b:v1",
            "otel.monitoring.svc.cluster.local:4317",
            "kube-system/coredns:53",
            "otel.monitoring:4317/v1",
            "app.kubernetes.io/name",
            "system:serviceaccount:a:b",
            "cert-manager.io/issuer:x y",
            "a:b",
            "flux-system/kube-state:web",
            "10.0.0.1:8080",
            "12:30:45",
            "arn:aws:iam::1:role/a",
            "docker.io/library/nginx",
            "quay.io/A/b:v1",
            "a/b@sha256:00",
            "user/name:",
            "$(IMAGE)/a:v1",
        ] {
            assert!(!looks_like_image("x", text), "{text}");
        }
    }

    #[test]
    fn at_a_key_of_an_image_less_is_asked() {
        for text in ["nginx:1.29", "docker.io/library/nginx", "a:8080"] {
            assert!(looks_like_image("RELATED_IMAGE", text) && !looks_like_image("host", text), "{text}");
        }
        // A name of a server image, and a switch.
        for text in ["ubuntu-24.04", "true", "nginx", ""] {
            assert!(!looks_like_image("image", text), "{text}");
        }
    }

    #[test]
    fn texts_name_images_behind_their_keys() {
        assert_eq!(in_text("a: 1\n  image: nginx:1.29 # why\nimages: b:1\n"), ["nginx:1.29"]);
        assert_eq!(in_text(r#"{"image":"quay.io/a/b:v1","x":["quay.io/c:v1"]}"#), ["quay.io/a/b:v1"]);
        assert_eq!(in_text(r#"{"image": "a:1", "port" : "b:2"}"#), ["a:1"]);
        assert_eq!(in_text("--image=a:1 --host=b:80 --x=quay.io/a/b:v1"), ["a:1", "quay.io/a/b:v1"]);
        assert_eq!(in_text("the image nginx is pulled from quay.io/a/b:v1"), [""; 0]);
    }

    proptest! {
        /// Any text may be asked, and what is found in it stands in it.
        #[test]
        fn any_text_may_be_asked(text in ".{0,60}", key in "[a-zA-Z_]{0,8}") {
            looks_like_image(&key, &text);
            for image in in_text(&text) {
                prop_assert!(text.contains(image));
            }
        }

        /// A reference with a registry and a tag is one, whatever they are.
        #[test]
        fn registry_and_tag_make_an_image(host in "[a-z]{1,8}\\.[a-z]{2,3}(:[0-9]{2,4})?", path in "[a-z0-9]{1,5}(/[a-z0-9]([a-z0-9._-]{0,4}[a-z0-9])?){0,3}", tag in "[a-zA-Z_][a-zA-Z0-9._-]{0,10}") {
            let text = format!("{host}/{path}:{tag}");
            prop_assert!(looks_like_image("x", &text));
        }
    }
}
