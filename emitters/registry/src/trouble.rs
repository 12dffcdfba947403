//! What went wrong, said for people: answers that refuse, certificates, connections. URLs are shown without what may be secret in them.

use crate::http::{Failure, Trouble};
use crate::retry::asked;
use crate::{FetchError, FetchErrorKind, Url};
use catalyst_bundle::Digest;
use reqwest::header::{CONTENT_RANGE, DATE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use std::error::Error as _;
use std::time::Duration;

/// How much of an answer that refuses is read, to quote it.
const REFUSAL: usize = 4 << 10;

/// Bytes that are not those that were promised.
pub(crate) fn mismatch(what: impl std::fmt::Display, promised: Digest, found: Digest) -> FetchError {
    let text = format!("the bytes are {found}, and {promised} was promised");
    FetchError::new(FetchErrorKind::Mismatch, what, text)
}

pub(crate) fn unavailable(url: &Url, text: impl Into<String>) -> FetchError {
    FetchError::new(FetchErrorKind::Unavailable, shown(url), text)
}

pub(crate) fn fatal(kind: FetchErrorKind, url: &Url, text: impl Into<String>) -> Trouble {
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
pub(crate) fn goes_on(response: &Response, at: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|it| it.to_str().ok());
    range.is_some_and(|it| it.starts_with(&format!("bytes {at}-")))
}

/// What an answer other than the one hoped for means.
pub(crate) async fn refusal(url: &Url, mut response: Response) -> Trouble {
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

/// What a failure on the way means.
pub(crate) fn broken(url: &Url, error: &reqwest::Error, idle: Duration) -> Trouble {
    match tls(error) {
        Some(rustls::Error::InvalidCertificate(why)) => {
            return fatal(FetchErrorKind::Untrusted, url, format!("its certificate is not trusted: {why}"));
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            return fatal(FetchErrorKind::Insecure, url, "it answers without TLS");
        }
        _ => {}
    }
    let text = match error.is_timeout() {
        true if error.is_connect() => "no connection could be made in time".to_owned(),
        true => format!("nothing came for {} s", idle.as_secs()),
        false => story(error),
    };
    Trouble::Passing(unavailable(url, text), None)
}

/// The innermost cause, which is the one that says something.
pub(crate) fn story(error: &reqwest::Error) -> String {
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
