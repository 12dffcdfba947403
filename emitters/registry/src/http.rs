//! One question over HTTP: bounded, tried again, picked up where it broke off, and never sent where it should not go.
//!
//! Redirects are followed here and not by the HTTP library, since each hop has its own rule: no way from https to plain HTTP that nobody
//! allowed, and no credentials for another host.

use crate::retry::asked;
use crate::{FetchError, FetchErrorKind, Observer, Retry, Settings, Url};
use catalyst_bundle::Digest;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue,
    IF_RANGE, LOCATION, RANGE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeSet;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// Most hops to where an answer really is.
const REDIRECTS: usize = 5;
/// How much of an answer that refuses is read, to quote it.
const REFUSAL: usize = 4 << 10;

/// Asks, with the settings of a client.
pub(crate) struct Http {
    client: reqwest::Client,
    pub(crate) retry: Retry,
    plain: BTreeSet<String>,
    idle: Duration,
    whole: Duration,
    pub(crate) observer: Arc<dyn Observer>,
}

/// A question.
pub(crate) struct Ask<'a> {
    pub(crate) url: &'a Url,
    pub(crate) accept: &'static str,
    pub(crate) authorization: Option<HeaderValue>,
    /// What is done, and what is sent with it.
    pub(crate) sends: Sends<'a>,
    /// Most bytes of an answer.
    pub(crate) limit: u64,
    /// What the bytes have to be, where that is known.
    pub(crate) digest: Option<Digest>,
    /// What it is about, for people.
    pub(crate) what: &'a str,
}

/// What is done, and what is sent with it.
#[derive(Debug, Clone)]
pub(crate) enum Sends<'a> {
    /// It is read.
    Nothing,
    /// It is asked whether it is there.
    Head,
    /// A form is posted.
    Form(String),
    /// Something begins that has no content yet.
    Start,
    /// Content, of a media type, and which part of a whole it is.
    Content { method: Method, media_type: &'a str, bytes: &'a [u8], range: Option<String> },
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: HeaderMap,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It wants to know who asks; these are its challenges.
    Unauthorized(Vec<String>),
    /// Anything else.
    Failed(FetchError),
}

/// Why a try did not give an answer.
pub(crate) enum Trouble {
    /// It may, next time, after this pause if the server named one.
    Passing(FetchError, Option<Duration>),
    Final(Failure),
}

/// What earlier tries have read.
#[derive(Default)]
struct Part {
    bytes: Vec<u8>,
    etag: Option<HeaderValue>,
}

impl Http {
    pub(crate) fn new(settings: &Settings, observer: Arc<dyn Observer>) -> Result<Http, String> {
        // Whoever was first has installed it; there is one provider in the program.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("catalystc/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect)
            .read_timeout(settings.idle)
            .no_proxy();
        let mut authorities = Vec::new();
        for (name, pem) in &settings.authorities {
            let read = reqwest::Certificate::from_pem_bundle(pem).ok().filter(|it| !it.is_empty());
            authorities.extend(read.ok_or_else(|| format!("`{name}` holds no certificate in PEM form"))?);
        }
        builder = builder.tls_certs_merge(authorities);
        let not_for = settings.proxies.none.as_deref().and_then(reqwest::NoProxy::from_string);
        for (url, is_https) in [(&settings.proxies.https, true), (&settings.proxies.http, false)] {
            let Some(url) = url else { continue };
            let proxy = if is_https { reqwest::Proxy::https(url) } else { reqwest::Proxy::http(url) };
            // The text of the error may quote the URL, and that may hold a password.
            let proxy = proxy.map_err(|_| "the proxy of the environment has no usable URL".to_owned())?;
            builder = builder.proxy(proxy.no_proxy(not_for.clone()));
        }
        let client = builder.build().map_err(|error| story(&error))?;
        Ok(Http {
            client,
            retry: settings.retry.clone(),
            plain: settings.plain_http.clone(),
            idle: settings.idle,
            whole: settings.whole,
            observer,
        })
    }

    /// The scheme by which a host is spoken to.
    pub(crate) fn scheme(&self, host: &str) -> &'static str {
        if self.is_plain(host) { "http" } else { "https" }
    }

    /// Whether plain HTTP is allowed for a host, named with its port or without.
    fn is_plain(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        self.plain.contains(host) || self.plain.contains(name)
    }

    fn check(&self, url: &Url) -> Result<(), Failure> {
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.is_plain(&authority(url)) => Ok(()),
            "http" => {
                let text =
                    "plain HTTP shows to everybody on the way what is fetched, and lets them change it";
                Err(Failure::Failed(FetchError::new(FetchErrorKind::Insecure, shown(url), text)))
            }
            other => {
                let text = format!("it leads to the scheme `{other}`");
                Err(Failure::Failed(FetchError::new(FetchErrorKind::Insecure, shown(url), text)))
            }
        }
    }

    /// Asks until there is an answer, or none is to be hoped for.
    pub(crate) async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, Failure> {
        let mut part = Part::default();
        self.again(ask.url, ask.what, async || self.once(ask, &mut part).await).await
    }

    /// Asks once. What fails for a moment is for whoever has begun it.
    pub(crate) async fn try_once(&self, ask: &Ask<'_>) -> Result<Answer, Trouble> {
        self.once(ask, &mut Part::default()).await
    }

    /// Tries until it is done, or that is not to be hoped for.
    pub(crate) async fn again<T>(
        &self,
        url: &Url,
        what: &str,
        mut attempt: impl AsyncFnMut() -> Result<T, Trouble>,
    ) -> Result<T, Failure> {
        let mut tried = 0;
        loop {
            tried += 1;
            let once = tokio::time::timeout(self.whole, attempt()).await;
            let late = || {
                let text = format!("it was not done within {} s", self.whole.as_secs());
                Trouble::Passing(unavailable(url, text), None)
            };
            let (mut error, asked) = match once.unwrap_or_else(|_| Err(late())) {
                Ok(done) => return Ok(done),
                Err(Trouble::Final(failure)) => return Err(failure),
                Err(Trouble::Passing(error, asked)) => (error, asked),
            };
            let Some(pause) = self.retry.pause(tried, asked) else {
                match asked.filter(|_| tried < self.retry.tries) {
                    Some(asked) => {
                        error.text.push_str(&format!("; it asks to come back in {} s", asked.as_secs()))
                    }
                    None => error.text.push_str(&format!(", {tried} times")),
                }
                return Err(Failure::Failed(error));
            };
            self.observer.retrying(what, &error, pause);
            tokio::time::sleep(pause).await;
        }
    }

    /// Asks once, along the redirects.
    async fn once(&self, ask: &Ask<'_>, part: &mut Part) -> Result<Answer, Trouble> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS {
            self.check(&url).map_err(Trouble::Final)?;
            let response = self.send(ask, &url, part).await?;
            if !response.status().is_redirection() {
                return self.take(ask, &url, response, part).await;
            }
            let to = response.headers().get(LOCATION).and_then(|it| it.to_str().ok());
            let Some(next) = to.and_then(|it| url.join(it).ok()) else {
                return Err(fatal(FetchErrorKind::Malformed, &url, "it leads to no other place"));
            };
            // A form may hold a password or a token.
            if matches!(ask.sends, Sends::Form(_)) && !is_same_origin(&next, ask.url) {
                return Err(fatal(
                    FetchErrorKind::Refused,
                    &url,
                    "it sends what is secret on to another place",
                ));
            }
            url = next;
        }
        Err(fatal(FetchErrorKind::Refused, ask.url, format!("it leads on more than {REDIRECTS} times")))
    }

    async fn send(&self, ask: &Ask<'_>, url: &Url, part: &Part) -> Result<Response, Trouble> {
        let mut request = match &ask.sends {
            Sends::Nothing => self.client.get(url.clone()),
            Sends::Head => self.client.head(url.clone()),
            // Some registries want to hear that there is nothing.
            Sends::Start => self.client.post(url.clone()).header(CONTENT_LENGTH, "0"),
            Sends::Form(form) => self
                .client
                .post(url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.clone()),
            Sends::Content { method, media_type, bytes, range } => {
                let request = self.client.request(method.clone(), url.clone());
                let request = request.header(CONTENT_TYPE, *media_type).body(bytes.to_vec());
                match range {
                    Some(range) => request.header(CONTENT_RANGE, range),
                    None => request,
                }
            }
        };
        request = request.header(ACCEPT, ask.accept);
        if let Some(authorization) = ask.authorization.as_ref().filter(|_| is_same_origin(url, ask.url)) {
            request = request.header(AUTHORIZATION, authorization);
        }
        // Without a digest only the server can say that it is still the same file.
        if !part.bytes.is_empty() && (ask.digest.is_some() || part.etag.is_some()) {
            request = request.header(RANGE, format!("bytes={}-", part.bytes.len()));
            if let Some(etag) = &part.etag {
                request = request.header(IF_RANGE, etag);
            }
        }
        request.send().await.map_err(|error| self.broken(url, &error))
    }

    /// The answer in a response that leads nowhere else.
    async fn take(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        mut response: Response,
        part: &mut Part,
    ) -> Result<Answer, Trouble> {
        let status = response.status();
        let is_done = matches!(status, StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT);
        match status {
            StatusCode::OK => part.bytes.clear(),
            _ if is_done && matches!(ask.sends, Sends::Start | Sends::Content { .. }) => part.bytes.clear(),
            StatusCode::PARTIAL_CONTENT if goes_on(&response, part.bytes.len()) => {}
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                *part = Part::default();
                return Err(Trouble::Passing(
                    unavailable(url, "it goes on at another place than asked"),
                    None,
                ));
            }
            _ => return Err(refusal(url, response).await),
        }
        let strong = response.headers().get(ETAG).filter(|it| it.as_bytes().starts_with(b"\""));
        part.etag = strong.cloned();
        let total = response.content_length().map(|rest| part.bytes.len() as u64 + rest);
        let large = || {
            let text = format!("it has more than {}", amount(ask.limit));
            fatal(FetchErrorKind::TooLarge, url, text)
        };
        if total.is_some_and(|total| total > ask.limit) {
            return Err(large());
        }
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    part.bytes.extend_from_slice(&chunk);
                    if part.bytes.len() as u64 > ask.limit {
                        return Err(large());
                    }
                    self.observer.received(ask.what, part.bytes.len() as u64, total);
                }
                Ok(None) => break,
                Err(error) => return Err(self.broken(url, &error)),
            }
        }
        let bytes = std::mem::take(&mut part.bytes);
        if let Some(promised) = ask.digest {
            let found = Digest::of(&bytes);
            if found != promised {
                return Err(Trouble::Final(Failure::Failed(mismatch(shown(url), promised, found))));
            }
        }
        Ok(Answer { status, bytes, headers: std::mem::take(response.headers_mut()) })
    }

    /// What a failure on the way means.
    fn broken(&self, url: &Url, error: &reqwest::Error) -> Trouble {
        match tls(error) {
            Some(rustls::Error::InvalidCertificate(why)) => {
                return fatal(
                    FetchErrorKind::Untrusted,
                    url,
                    format!("its certificate is not trusted: {why}"),
                );
            }
            Some(rustls::Error::InvalidMessage(_)) => {
                return fatal(FetchErrorKind::Insecure, url, "it answers without TLS");
            }
            _ => {}
        }
        let text = match error.is_timeout() {
            true if error.is_connect() => "no connection could be made in time".to_owned(),
            true => format!("nothing came for {} s", self.idle.as_secs()),
            false => story(error),
        };
        Trouble::Passing(unavailable(url, text), None)
    }
}

/// Bytes that are not those that were promised.
pub(crate) fn mismatch(what: impl std::fmt::Display, promised: Digest, found: Digest) -> FetchError {
    let text = format!("the bytes are {found}, and {promised} was promised");
    FetchError::new(FetchErrorKind::Mismatch, what, text)
}

fn unavailable(url: &Url, text: impl Into<String>) -> FetchError {
    FetchError::new(FetchErrorKind::Unavailable, shown(url), text)
}

fn fatal(kind: FetchErrorKind, url: &Url, text: impl Into<String>) -> Trouble {
    Trouble::Final(Failure::Failed(FetchError::new(kind, shown(url), text)))
}

/// A URL without what may be secret in it: signed URLs carry their signature in the query.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // A URL that cannot have a name has none to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// Host and port, the port only where it is not that of the scheme.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A limit for people.
pub(crate) fn amount(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{bytes} bytes") } else { format!("{} MiB", bytes >> 20) }
}

pub(crate) fn is_same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host() == b.host() && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether a partial answer begins where the last one broke off.
fn goes_on(response: &Response, at: usize) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|it| it.to_str().ok());
    range.is_some_and(|it| it.starts_with(&format!("bytes {at}-")))
}

/// What an answer other than the one hoped for means.
async fn refusal(url: &Url, mut response: Response) -> Trouble {
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|it: &HeaderValue| it.to_str().ok());
    let asked = header(RETRY_AFTER).and_then(|it| asked(it, header(DATE)));
    if status == StatusCode::UNAUTHORIZED {
        let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenges = challenges.filter_map(|it| it.to_str().ok().map(str::to_owned)).collect();
        return Trouble::Final(Failure::Unauthorized(challenges));
    }
    let mut body = Vec::new();
    // Whatever goes wrong here, the status says enough.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(REFUSAL - body.len())]);
        if body.len() >= REFUSAL {
            break;
        }
    }
    let mut text = format!("the answer is {status}");
    if let Some(reason) = quoted(&body) {
        text.push_str(&format!(" ({reason})"));
    }
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        text.push_str("; a proxy before the registry may bound the size of a request");
    }
    let kind = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => FetchErrorKind::NotFound,
        StatusCode::FORBIDDEN => FetchErrorKind::Unauthorized,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => FetchErrorKind::Unavailable,
        status if status.is_server_error() => FetchErrorKind::Unavailable,
        _ => FetchErrorKind::Refused,
    };
    let error = FetchError::new(kind, shown(url), text);
    match kind {
        FetchErrorKind::Unavailable => Trouble::Passing(error, asked),
        _ => Trouble::Final(Failure::Failed(error)),
    }
}

/// The reason that a registry gives, or the first line of a plain text, with nothing in it that a terminal would obey.
fn quoted(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let reason = match &value {
        Some(value) => value["errors"][0]["message"].as_str()?,
        None if text.trim_start().starts_with('<') => return None,
        None => text.lines().next()?,
    };
    let reason: String = reason.chars().filter(|c| !c.is_control()).take(120).collect();
    Some(reason.trim().to_owned()).filter(|it| !it.is_empty())
}

/// The innermost cause, which is the one that says something.
fn story(error: &reqwest::Error) -> String {
    let mut text = None;
    let mut cause = error.source();
    while let Some(it) = cause {
        text = Some(it.to_string());
        cause = it.source();
    }
    text.unwrap_or_else(|| "the connection broke".to_owned())
}

/// What went wrong with TLS, if that is what it was.
fn tls(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut cause = error.source();
    while let Some(it) = cause {
        let found = inside(it);
        if found.is_some() {
            return found;
        }
        cause = it.source();
    }
    None
}

/// The error of TLS that an error is, or carries: errors of input and output pack others, and do not name them as their source.
fn inside<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref::<std::io::Error>().and_then(|it| it.get_ref()) {
        Some(packed) => inside(packed),
        None => error.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_quoted_without_what_a_terminal_would_obey() {
        let json = br#"{"errors": [{"code": "DENIED", "message": "no \u001b[31mpull"}]}"#;
        assert_eq!(quoted(json).as_deref(), Some("no [31mpull"));
        assert_eq!(quoted(b"slow down\nplease").as_deref(), Some("slow down"));
        assert_eq!(quoted(b"<html><body>no"), None);
        assert_eq!(quoted(b""), None);
    }

    #[test]
    fn signatures_in_urls_are_not_shown() {
        let url = Url::parse("https://me:x@cdn.omani.works/a.tgz?sig=secret#b").unwrap();
        assert_eq!(shown(&url), "https://cdn.omani.works/a.tgz");
        assert_eq!(authority(&Url::parse("https://a:443/").unwrap()), "a");
        assert_eq!(authority(&Url::parse("http://a:5000/").unwrap()), "a:5000");
    }
}
