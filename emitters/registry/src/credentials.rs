//! Who one is to a source: read from the files that `docker login` and `helm` leave, or asked of a helper. Nothing here prints a secret.

use crate::Url;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use catalyst_yaml::Dialect;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What proves who one is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that buys others.
    Identity(String),
    /// A token for the registry itself.
    Bearer(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::Basic { .. } => "Basic(..)",
            Credential::Identity(_) => "Identity(..)",
            Credential::Bearer(_) => "Bearer(..)",
        })
    }
}

/// Where credentials come from. Asked once for each source.
pub trait Secrets: Send + Sync {
    /// The credential for a registry, by its host. An error is one that is there and cannot be used.
    fn of_registry(&self, host: &str) -> Result<Option<Credential>, String>;
    /// The credential for an HTTP chart repository.
    fn of_repository(&self, url: &Url) -> Result<Option<Credential>, String>;
}

/// Has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn of_registry(&self, _: &str) -> Result<Option<Credential>, String> {
        Ok(None)
    }
    fn of_repository(&self, _: &Url) -> Result<Option<Credential>, String> {
        Ok(None)
    }
}

/// What a docker configuration has for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// The credential itself.
    Here(Credential),
    /// The helper that has it: `docker-credential-<name>`.
    Helper(String),
}

/// A `config.json` of docker, podman or helm.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    auths: BTreeMap<String, Credential>,
    helpers: BTreeMap<String, String>,
    store: Option<String>,
}

impl DockerConfig {
    /// Reads the text of one. The error says what is wrong without quoting it.
    pub fn parse(text: &str) -> Result<DockerConfig, String> {
        let value: Value = serde_json::from_str(text).map_err(|_| "it is no JSON".to_owned())?;
        let object = |key: &str| value.get(key).and_then(Value::as_object).into_iter().flatten();
        let mut config = DockerConfig { store: text_of(&value, "credsStore"), ..DockerConfig::default() };
        for (host, helper) in object("credHelpers") {
            if let Some(helper) = helper.as_str() {
                config.helpers.insert(host_of(host), helper.to_owned());
            }
        }
        for (host, entry) in object("auths") {
            let credential = credential_of(entry).map_err(|why| format!("its entry for `{host}` {why}"))?;
            if let Some(credential) = credential {
                config.auths.insert(host_of(host), credential);
            }
        }
        Ok(config)
    }

    /// What it has for a host: the helper of this host, else what stands in the file, else the helper of all.
    pub fn find(&self, host: &str) -> Option<Stored> {
        let host = host_of(host);
        let helper = |name: &String| Stored::Helper(name.clone());
        self.helpers
            .get(&host)
            .map(helper)
            .or_else(|| self.auths.get(&host).cloned().map(Stored::Here))
            .or_else(|| self.store.as_ref().map(helper))
    }

    /// Reads what a helper answers to `get`.
    pub fn answer(text: &str) -> Result<Credential, String> {
        let value: Value = serde_json::from_str(text).map_err(|_| "it answers with no JSON".to_owned())?;
        match (text_of(&value, "Username"), text_of(&value, "Secret")) {
            (Some(user), Some(secret)) if user == "<token>" => Ok(Credential::Identity(secret)),
            (Some(user), Some(password)) => Ok(Credential::Basic { user, password }),
            _ => Err("it answers without a name and a secret".to_owned()),
        }
    }
}

/// The entries of helm's `repositories.yaml`.
#[derive(Debug, Clone, Default)]
pub struct HelmRepositories(pub Vec<HelmRepository>);

/// One entry.
#[derive(Debug, Clone)]
pub struct HelmRepository {
    /// Its URL.
    pub url: Url,
    /// Name and password.
    pub credential: Option<Credential>,
    /// The file of its certificate authority.
    pub ca_file: Option<String>,
}

impl HelmRepositories {
    /// Reads the text of one.
    pub fn parse(text: &str) -> Result<HelmRepositories, String> {
        let parsed = catalyst_yaml::parse(text);
        let Some(document) = parsed.documents.first() else { return Err("it is no YAML".to_owned()) };
        let (value, _) = document.to_value(Dialect::Kubernetes);
        let entries = value.get("repositories").and_then(Value::as_array).into_iter().flatten();
        let read = |entry: &Value| {
            let credential = text_of(entry, "username").zip(text_of(entry, "password"));
            Some(HelmRepository {
                url: Url::parse(&text_of(entry, "url")?).ok()?,
                credential: credential.map(|(user, password)| Credential::Basic { user, password }),
                ca_file: text_of(entry, "caFile"),
            })
        };
        Ok(HelmRepositories(entries.filter_map(read).collect()))
    }

    /// The credential of the entry for a repository.
    pub fn find(&self, url: &Url) -> Option<&Credential> {
        let plain = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        let of = self.0.iter().find(|it| it.credential.is_some() && plain(&it.url) == plain(url))?;
        of.credential.as_ref()
    }
}

/// A text that is there and not empty.
fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().filter(|it| !it.is_empty()).map(str::to_owned)
}

/// The host that a key of such a file means: some writers put a scheme in front and a path behind it.
fn host_of(key: &str) -> String {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        host => host.to_ascii_lowercase(),
    }
}

fn credential_of(entry: &Value) -> Result<Option<Credential>, &'static str> {
    if let Some(token) = text_of(entry, "registrytoken") {
        return Ok(Some(Credential::Bearer(token)));
    }
    if let Some(token) = text_of(entry, "identitytoken") {
        return Ok(Some(Credential::Identity(token)));
    }
    if let (Some(user), Some(password)) = (text_of(entry, "username"), text_of(entry, "password")) {
        return Ok(Some(Credential::Basic { user, password }));
    }
    let Some(auth) = text_of(entry, "auth") else { return Ok(None) };
    let decoded = STANDARD.decode(&auth).or_else(|_| STANDARD_NO_PAD.decode(&auth));
    let text = decoded.ok().and_then(|it| String::from_utf8(it).ok()).ok_or("holds no base64")?;
    let (user, password) = text.split_once(':').ok_or("holds no name and password")?;
    Ok(Some(Credential::Basic {
        user: user.to_owned(),
        password: password.trim_end_matches('\0').to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(user: &str, password: &str) -> Credential {
        Credential::Basic { user: user.into(), password: password.into() }
    }

    #[test]
    fn every_form_that_programs_write_is_read() {
        let text = r#"{
            "auths": {
                "https://index.docker.io/v1/": {"auth": "bWU6YTpi"},
                "ghcr.io": {"username": "me", "password": "x"},
                "quay.io": {"auth": "", "identitytoken": "t"},
                "Harbor.omani.works:5000": {"registrytoken": "r"},
                "kept.omani.works": {}
            },
            "credHelpers": {"gcr.io": "gcloud"},
            "credsStore": "pass"
        }"#;
        let config = DockerConfig::parse(text).unwrap();
        let here = |it| Some(Stored::Here(it));
        assert_eq!(config.find("docker.io"), here(basic("me", "a:b")));
        assert_eq!(config.find("ghcr.io"), here(basic("me", "x")));
        assert_eq!(config.find("quay.io"), here(Credential::Identity("t".into())));
        assert_eq!(config.find("harbor.omani.works:5000"), here(Credential::Bearer("r".into())));
        assert_eq!(config.find("gcr.io"), Some(Stored::Helper("gcloud".into())));
        assert_eq!(config.find("kept.omani.works"), Some(Stored::Helper("pass".into())));
        assert_eq!(DockerConfig::parse("{}").unwrap().find("ghcr.io"), None);
    }

    #[test]
    fn what_cannot_be_used_is_said_without_saying_it() {
        for text in [
            "secret",
            r#"{"auths": {"a": {"auth": "c2VjcmV0"}}}"#,
            r#"{"auths": {"a": {"auth": "secret!"}}}"#,
        ] {
            let why = DockerConfig::parse(text).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
        assert!(!format!("{:?}", basic("me", "secret")).contains("secret"));
    }

    #[test]
    fn helpers_answer_with_a_name_or_a_token() {
        let answer = |text| DockerConfig::answer(text);
        assert_eq!(answer(r#"{"ServerURL": "a", "Username": "me", "Secret": "x"}"#), Ok(basic("me", "x")));
        assert_eq!(answer(r#"{"Username": "<token>", "Secret": "x"}"#), Ok(Credential::Identity("x".into())));
        assert!(answer("credentials not found in native keychain").is_err());
    }

    #[test]
    fn repositories_of_helm_are_found_by_their_url() {
        let text = "apiVersion: ''\nrepositories:\n- name: a\n  url: https://charts.omani.works/a\n  username: me\n  password: x\n  \
                    caFile: /etc/ca.pem\n- name: b\n  url: https://charts.omani.works/b\n  username: ''\n  password: ''\n- name: c\n";
        let file = HelmRepositories::parse(text).unwrap();
        let find = |url: &str| file.find(&Url::parse(url).unwrap()).cloned();
        assert_eq!(find("https://charts.omani.works/a/"), Some(basic("me", "x")));
        assert_eq!(find("https://charts.omani.works/b"), None);
        assert_eq!(find("https://charts.omani.works"), None);
        assert_eq!(file.0[0].ca_file.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(file.0.len(), 2);
    }
}
