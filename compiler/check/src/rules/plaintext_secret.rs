//! `plaintext-secret`: secrets stand in intent and in the values of charts by reference only (domain.md 13.7).
//!
//! Found are literal values under keys such as `password` in trees of config and chart values and in defaults of a configSchema, private
//! keys, tokens of well-known shape, and credentials in URLs, wherever they stand. References, expressions, empty values and names of
//! Secrets are no secrets. Messages never repeat the value.

use crate::{ChartSubject, Facts, Text, origin, walk};
use catalyst_diag::{Diagnostic, Place, rule};
use serde_json::{Map, Value};

/// Trees in which keys say what a value is.
const TREES: &[&str] = &["config", "configSchema", "values"];
/// Ends of keys whose value is secret; compared in lower case, letters and digits only.
const SECRET: &[&str] = &[
    "accesstoken",
    "apikey",
    "apitoken",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "connectionstring",
    "encryptionkey",
    "masterkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "secretaccesskey",
    "secretkey",
    "sharedsecret",
    "signingsecret",
    "token",
];
/// Keys of which the value is a secret or the name of one; a value that looks like a name is taken for a name.
const NAMES: &[&str] = &["secret", "secretkey", "token"];
/// Neighbours that make a value under a secret key the name of a key in a Secret.
const REFERENCES: &[&str] =
    &["existingSecret", "key", "name", "remoteRef", "secretKeyRef", "secretName", "secretRef", "valueFrom"];

pub(crate) fn check(text: &Text<'_>, out: &mut Vec<Diagnostic>) {
    walk::nodes(text.value, &mut |trail, value| {
        let mut report = |path, message: &str, help: &str| {
            out.push(
                Diagnostic::new(&rule::PLAINTEXT_SECRET, text.place(path), message.to_owned())
                    .help(help.to_owned()),
            );
        };
        match value {
            Value::String(string) => {
                if let Some(what) = shape(string) {
                    report(trail.path(), &format!("{what} stands here in plain text"), REPLACE);
                }
            }
            Value::Object(map) => {
                let declared = trail.parent().and_then(|it| it.key()) == Some("properties");
                if let (true, Some(name), Some(default)) = (declared, trail.key(), map.get("default"))
                    && is_secret(name, default, map)
                {
                    report(
                        trail.path().key("default"),
                        &format!("`{name}` has a secret as its default"),
                        DEFAULT,
                    );
                }
                if !trail.passes(TREES) {
                    return;
                }
                if map.get("kind").and_then(Value::as_str) == Some("Secret") {
                    for key in ["data", "stringData"] {
                        let entries = map.get(key).and_then(Value::as_object);
                        if entries.is_some_and(|it| it.values().any(is_literal)) {
                            report(trail.path().key(key), "a Secret stands here in plain text", REPLACE);
                        }
                    }
                }
                for (key, _) in map.iter().filter(|(key, value)| is_secret(key, value, map)) {
                    let message = format!("`{key}` holds a secret in plain text");
                    report(trail.path().key(key), &message, REPLACE);
                }
            }
            _ => {}
        }
    });
}

/// Objects of charts in the tree: what has the shape of a secret stands there for everybody who may read the repository.
pub(crate) fn rendered(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for realm in &facts.realms {
        for item in &realm.items {
            walk::strings(&item.object.object, &mut |trail, text| {
                let Some(what) = shape(text) else { return };
                let path = trail.path();
                let message = format!("{what} stands in {item} in plain text");
                let help = "take it out of the chart by a value, and let an ExternalSecret bring it";
                out.push(
                    Diagnostic::new(&rule::PLAINTEXT_SECRET, origin::of(item.object, &path), message)
                        .note(format!("in `{}`, at `{path}`", item.file))
                        .help(help),
                );
            });
        }
    }
}

/// The values of a chart are the defaults of everybody who installs it.
pub(crate) fn values(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let Some((file, values)) = subject.values else { return };
    walk::nodes(values, &mut |trail, value| {
        let mut report = |path, message: String| {
            let place = Place::value(file, 0, path);
            out.push(Diagnostic::new(&rule::PLAINTEXT_SECRET, place, message).help(REPLACE.to_owned()));
        };
        match value {
            Value::String(string) => {
                if let Some(what) = shape(string) {
                    report(trail.path(), format!("{what} stands here in plain text"));
                }
            }
            Value::Object(map) => {
                for (key, _) in map.iter().filter(|(key, value)| is_secret(key, value, map)) {
                    report(trail.path().key(key), format!("`{key}` holds a secret in plain text"));
                }
            }
            _ => {}
        }
    });
}

const REPLACE: &str = "put it into OpenBao and name it here: a Secret that an ExternalSecret brings, under `existingSecret` or the like";
const DEFAULT: &str = "leave the default empty and take the name of a Secret instead: a default is the same for everybody who installs it";

/// Whether an entry of a mapping holds a secret. What is found by its shape is reported as that.
fn is_secret(key: &str, value: &Value, neighbours: &Map<String, Value>) -> bool {
    is_secret_key(key)
        && is_literal(value)
        && !(names_one(key, neighbours) && is_name(value))
        && value.as_str().and_then(shape).is_none()
}

fn is_secret_key(key: &str) -> bool {
    let plain = plain(key);
    SECRET.iter().any(|end| plain.ends_with(end))
        && !plain.starts_with("existing")
        && !plain.ends_with("imagepullsecret")
}

fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a value under this key may be the name of a Secret or of a key in one.
fn names_one(key: &str, neighbours: &Map<String, Value>) -> bool {
    let plain = plain(key);
    NAMES.contains(&plain.as_str())
        || plain.ends_with("secretkey")
        || plain.len() > "secret".len() && plain.ends_with("secret") && !plain.ends_with("clientsecret")
        || REFERENCES.iter().any(|it| neighbours.contains_key(*it))
        || neighbours.keys().any(|it| it.starts_with("existing"))
}

/// A scalar that could be a secret: neither empty, nor an expression, a variable, a placeholder, or a path to where the secret is.
fn is_literal(value: &Value) -> bool {
    let Value::String(text) = value else { return false };
    let text = text.trim();
    let masked = text.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'));
    let path = text.contains('/')
        && !text.contains(char::is_whitespace)
        && text.chars().all(|c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '/' | '-' | '_' | '.' | '#' | ':')
        });
    !(text.is_empty()
        || text.contains("{{")
        || text.contains("${")
        || text.contains("$(")
        || text.starts_with('<') && text.ends_with('>')
        || text.starts_with("@@") && text.ends_with("@@")
        || masked
        || path
        || is_variable(text)
        || matches!(text, "null" | "none" | "true" | "false" | "redacted"))
}

/// Whether a value looks like the name of an object or of a key: joined lower-case words, or letters alone.
fn is_name(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let joined = text.contains(['-', '_', '.'])
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    text.len() <= 63 && (joined || text.len() <= 24 && text.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// `os.environ/MASTER_KEY` or `MASTER_KEY`: the name of a variable that the program reads.
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix("os.environ/").or(text.strip_prefix("env:")).unwrap_or(text);
    name.contains('_') && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

/// What a text is by its shape alone.
fn shape(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if credentials(text) {
        return Some("a password in a URL");
    }
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.split(|c: char| !inside(c)).find_map(token)
}

/// Prefixes of tokens, the number of characters that follow at least, and what they open.
const TOKENS: &[(&str, usize, &str)] = &[
    ("ghp_", 30, "a GitHub token"),
    ("gho_", 30, "a GitHub token"),
    ("ghs_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("AIza", 35, "a Google API key"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk-ant-", 20, "an Anthropic API key"),
    ("hvs.", 20, "a token of the secret store"),
];

fn token(word: &str) -> Option<&'static str> {
    for (prefix, least, what) in TOKENS {
        let Some(rest) = word.strip_prefix(prefix) else { continue };
        let upper = !prefix.starts_with('A')
            || prefix.starts_with("AI")
            || rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let digits = rest.bytes().any(|b| b.is_ascii_digit());
        if rest.len() >= *least && upper && digits {
            return Some(what);
        }
    }
    let mut parts = word.split('.');
    let jwt = [parts.next()?, parts.next()?, parts.next()?];
    let encoded = |it: &str| {
        it.len() >= 16 && it.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    (jwt[0].starts_with("eyJ") && jwt[1].starts_with("eyJ") && jwt.iter().all(|it| encoded(it)))
        .then_some("a signed token")
}

/// `scheme://user:password@host` with a literal password.
fn credentials(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let rest = &text[at + 3..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"'))
            .unwrap_or(rest.len());
        let Some((login, _)) = rest[..end].rsplit_once('@') else { return false };
        login.split_once(':').is_some_and(|(_, password)| {
            is_literal(&Value::String(password.into())) && !password.contains(['$', '{', '<', '%'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::text;
    use serde_json::json;

    fn run(values: Value) -> Vec<String> {
        let value = json!({ "spec": { "values": values } });
        text(check, "Application", &value)
            .iter()
            .map(|it| format!("{}: {}", it.primary.place.path(), it.message))
            .collect()
    }

    #[test]
    fn references_are_no_secrets() {
        for values in [
            json!({ "password": "" }),
            json!({ "password": "{{ config.x }}" }),
            json!({ "password": { "name": "x-db", "key": "password" } }),
            json!({ "existingSecret": "x-admin", "passwordKey": "password" }),
            json!({ "existingSecret": "x-admin", "secretKey": "admin-password" }),
            json!({ "masterkeySecretKey": "masterKey", "master_key": "os.environ/PROXY_MASTER_KEY" }),
            json!({ "secret": "x-oidc", "tokenTtl": "1h", "maxTokens": 4096 }),
            json!({ "clientSecret": "${OIDC_SECRET}", "password": "********", "token": "@@TOKEN@@" }),
            json!({ "token": "org/acme/env/prod/token", "automountServiceAccountToken": false }),
            json!({ "tlsSecret": "x-tls", "url": "postgres://user:$(PASSWORD)@db:5432/x" }),
            json!({ "ca": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----" }),
        ] {
            assert_eq!(run(values.clone()), [] as [&str; 0], "{values}");
        }
    }

    #[test]
    fn literals_are_found_and_never_repeated() {
        let found = run(json!({
            "adminPassword": "hunter2", "api": { "client_secret": "9fBz1kQ2Lw" }, "secret": "S3cr3tV4lue",
            "extra": ["postgres://app:hunter2@db:5432/app"],
        }));
        assert_eq!(
            found,
            [
                "spec.values.adminPassword: `adminPassword` holds a secret in plain text",
                "spec.values.secret: `secret` holds a secret in plain text",
                "spec.values.api.client_secret: `client_secret` holds a secret in plain text",
                "spec.values.extra[0]: a password in a URL stands here in plain text",
            ]
        );
        let objects = run(json!({ "extraObjects": [{ "kind": "Secret", "stringData": { "a": "b1" } }] }));
        assert_eq!(objects, ["spec.values.extraObjects[0].stringData: a Secret stands here in plain text"]);
    }

    #[test]
    fn what_charts_make_is_looked_at_by_shape() {
        let mut scene = crate::testing::Scene::new();
        let config = |data: Value| crate::testing::object("v1", "ConfigMap", "x/a", json!({ "data": data }));
        let file = format!("demo/clusters/{}/releases/bp-x/objects/a.yaml", crate::testing::RTZ);
        scene.emit(&file, vec![config(json!({ "password": "name-of-a-key", "url": "https://example.org" }))]);
        assert!(scene.run(rendered).is_empty());
        let key = format!("ghp_{}", "a1".repeat(18));
        scene.emit(&format!("{file}-2.yaml"), vec![config(json!({ "b.txt": format!("use {key}") }))]);
        let found = scene.run(rendered);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "a GitHub token stands in ConfigMap `x/a` in plain text");
        assert!(!format!("{found:?}").contains(&key));
    }

    #[test]
    fn shapes_are_found_anywhere() {
        let token = format!("ghp_{}", "a1".repeat(18));
        let value = json!({ "spec": { "card": { "summary": format!("use {token}") }, "x": "-----BEGIN RSA PRIVATE KEY-----" } });
        let found = text(check, "Blueprint", &value);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|it| !format!("{it:?}").contains(&token)));
    }

    #[test]
    fn a_schema_has_no_secret_default() {
        let schema = |default: &str| {
            let value = json!({ "spec": { "configSchema": { "properties": {
                "adminPassword": { "type": "string", "default": default, "description": "Of the administrator." },
            } } } });
            text(check, "Blueprint", &value).len()
        };
        assert_eq!(schema(""), 0);
        assert_eq!(schema("changeme"), 1);
    }
}
