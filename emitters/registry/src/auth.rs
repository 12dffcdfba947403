//! What a registry wants to know before it answers: a name and a password, or a token that another server sells for them.

use crate::http::{Ask, Failure, Http, Sends};
use crate::trouble::shown;
use crate::{Credential, FetchError, FetchErrorKind, OciRepository, Secrets, Url};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Largest answer of a server of tokens.
const TOKEN: u64 = 64 << 10;

/// Who one is to registries.
pub(crate) struct Auth {
    secrets: Arc<dyn Secrets>,
    /// What was accepted last, by what it is for.
    headers: Mutex<BTreeMap<Access, HeaderValue>>,
    /// What is known of a host. Helpers are programs, and asked once.
    known: Mutex<BTreeMap<String, Result<Option<Credential>, String>>>,
}

/// What one wants to do, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Access {
    pub(crate) repository: OciRepository,
    pub(crate) pushes: bool,
    /// Another repository of the same registry that is read for it.
    pub(crate) from: Option<OciRepository>,
}

impl Access {
    pub(crate) fn pull(repository: &OciRepository) -> Access {
        Access { repository: repository.clone(), pushes: false, from: None }
    }

    pub(crate) fn push(repository: &OciRepository) -> Access {
        Access { pushes: true, ..Access::pull(repository) }
    }

    /// As servers of tokens call it.
    fn scopes(&self) -> Vec<String> {
        let actions = if self.pushes { "pull,push" } else { "pull" };
        let own = format!("repository:{}:{actions}", self.repository.path);
        let from = self.from.iter().map(|it| format!("repository:{}:pull", it.path));
        std::iter::once(own).chain(from).collect()
    }
}

impl Auth {
    pub(crate) fn new(secrets: Arc<dyn Secrets>) -> Auth {
        Auth { secrets, headers: Mutex::default(), known: Mutex::default() }
    }

    /// The header to begin with.
    pub(crate) fn header(&self, access: &Access) -> Option<HeaderValue> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner).get(access).cloned()
    }

    /// The header that answers a challenge.
    pub(crate) async fn answer(
        &self,
        http: &Http,
        access: &Access,
        challenges: &[String],
    ) -> Result<HeaderValue, FetchError> {
        let repository = &access.repository;
        let refused = |text: String| FetchError::new(FetchErrorKind::Unauthorized, repository, text);
        let credential = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let host = &repository.host;
            known.entry(host.clone()).or_insert_with(|| self.secrets.of_registry(host)).clone()
        };
        let credential =
            credential.map_err(|why| refused(format!("the credential for `{}`: {why}", repository.host)))?;
        let none = || refused(format!("it wants credentials, and none are known for `{}`", repository.host));
        let challenges: Vec<Challenge<'_>> =
            challenges.iter().filter_map(|it| Challenge::parse(it)).collect();
        let bearer = challenges.iter().find(|it| it.scheme.eq_ignore_ascii_case("bearer"));
        let header = match (bearer, credential) {
            (_, Some(Credential::Bearer(token))) => bearer_header(&token),
            (Some(challenge), credential) => {
                let token = buy(http, access, challenge, credential.as_ref()).await?;
                bearer_header(&token)
            }
            (None, Some(Credential::Basic { user, password })) => basic_header(&user, &password),
            (None, Some(Credential::Identity(_))) => {
                return Err(refused("there is a token for it, and it takes none".to_owned()));
            }
            (None, None) => return Err(none()),
        };
        let header = header.ok_or_else(|| refused("its credential cannot be sent".to_owned()))?;
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.insert(access.clone(), header.clone());
        Ok(header)
    }
}

/// Gets a token for what one wants to do.
async fn buy(
    http: &Http,
    access: &Access,
    challenge: &Challenge<'_>,
    credential: Option<&Credential>,
) -> Result<String, FetchError> {
    let repository = &access.repository;
    let malformed = |text: String| FetchError::new(FetchErrorKind::Malformed, repository, text);
    let realm =
        challenge.get("realm").ok_or_else(|| malformed("its challenge names no server of tokens".into()))?;
    let mut url =
        Url::parse(realm).map_err(|why| malformed(format!("its server of tokens has no URL: {why}")))?;
    let scopes = access.scopes();
    let mut pairs: Vec<(&str, &str)> =
        challenge.get("service").map(|it| ("service", it)).into_iter().collect();
    let mut sends = Sends::Nothing;
    let together = scopes.join(" ");
    if let Some(Credential::Identity(token)) = credential {
        pairs.extend([
            ("scope", together.as_str()),
            ("grant_type", "refresh_token"),
            ("client_id", "catalystc"),
            ("refresh_token", token.as_str()),
        ]);
        let mut encoder = url.clone();
        encoder.query_pairs_mut().clear().extend_pairs(&pairs);
        sends = Sends::Form(encoder.query().unwrap_or_default().to_owned());
    } else {
        pairs.extend(scopes.iter().map(|it| ("scope", it.as_str())));
        url.query_pairs_mut().extend_pairs(&pairs);
    }
    let authorization = match credential {
        Some(Credential::Basic { user, password }) => basic_header(user, password),
        _ => None,
    };
    let ask = Ask {
        url: &url,
        accept: "application/json",
        authorization,
        sends,
        limit: TOKEN,
        digest: None,
        what: &repository.path,
    };
    let answer = http.ask(&ask).await.map_err(|failure| match failure {
        Failure::Failed(error) => error,
        Failure::Unauthorized(_) => {
            let text = "it accepts neither name nor password".to_owned();
            FetchError::new(FetchErrorKind::Unauthorized, shown(&url), text)
        }
    })?;
    let value: Option<Value> = serde_json::from_slice(&answer.bytes).ok();
    let token = |key| value.as_ref()?.get(key)?.as_str().filter(|it| !it.is_empty());
    let token = token("token").or_else(|| token("access_token"));
    token.map(str::to_owned).ok_or_else(|| malformed("its server of tokens answers with no token".into()))
}

/// The header for a name and a password.
pub(crate) fn basic_header(user: &str, password: &str) -> Option<HeaderValue> {
    secret(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn bearer_header(token: &str) -> Option<HeaderValue> {
    secret(&format!("Bearer {token}"))
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// A `WWW-Authenticate` header: a scheme and its parameters.
#[derive(Debug, PartialEq, Eq)]
struct Challenge<'a> {
    scheme: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Challenge<'a> {
    fn parse(text: &'a str) -> Option<Challenge<'a>> {
        let text = text.trim();
        let (scheme, mut rest) = text.split_once(' ').unwrap_or((text, ""));
        let mut parameters = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            if rest.is_empty() {
                return Some(Challenge { scheme, parameters });
            }
            let (key, after) = rest.split_once('=')?;
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_once(',').unwrap_or((after, "")),
            };
            parameters.push((key.trim(), value));
            rest = after;
        }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_of_registries_are_read() {
        let text = r#"Bearer realm="https://auth.omani.works/token",service="registry, two",scope="repository:a:pull""#;
        let it = Challenge::parse(text).unwrap();
        assert_eq!(it.scheme, "Bearer");
        assert_eq!(it.get("Realm"), Some("https://auth.omani.works/token"));
        assert_eq!(it.get("service"), Some("registry, two"));
        assert_eq!(Challenge::parse("Basic realm=x").unwrap().get("realm"), Some("x"));
        assert_eq!(Challenge::parse("Negotiate").unwrap().scheme, "Negotiate");
        assert_eq!(Challenge::parse("Bearer realm=\"open"), None);
        assert_eq!(Challenge::parse("Bearer nonsense"), None);
    }

    #[test]
    fn headers_hide_what_they_hold() {
        assert!(!format!("{:?}", basic_header("me", "secret").unwrap()).contains("bWU6"));
        assert!(bearer_header("two\nlines").is_none());
    }
}
