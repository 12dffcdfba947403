//! One question over HTTP: bounded, tried again, picked up where it broke off, and never sent where it should not go.
//!
//! Redirects are followed here and not by the HTTP library, since each hop has its own rule: no way from https to plain HTTP that nobody
//! allowed, and no credentials for another host.

use crate::blobs::Keep;
use crate::trouble::{
    amount, authority, broken, fatal, goes_on, is_same_origin, mismatch, refusal, shown, story, unavailable,
};
use crate::{FetchError, FetchErrorKind, Observer, Retry, Settings, Url};
use catalyst_bundle::{Digest, Digester};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_RANGE, LOCATION, RANGE,
};
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Most hops to where an answer really is.
const REDIRECTS: usize = 5;
/// Bytes that make a series of broken tries worth another one.
const PROGRESS: u64 = 8 << 20;

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
    /// It is asked how far an upload has come.
    Progress,
    /// Content, of a media type, and which part of a whole it is.
    Content { method: Method, media_type: &'a str, bytes: &'a [u8], range: Option<String> },
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) bytes: Vec<u8>,
    /// How many bytes there were, wherever they are kept.
    pub(crate) size: u64,
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
struct Part<'a> {
    kept: &'a mut dyn Keep,
    size: u64,
    digester: Digester,
    etag: Option<HeaderValue>,
}

impl<'a> Part<'a> {
    fn new(kept: &'a mut dyn Keep) -> Part<'a> {
        Part { kept, size: 0, digester: Digester::default(), etag: None }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.kept.put(bytes)?;
        self.digester.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Forgets what came.
    fn clear(&mut self) -> Result<(), String> {
        if self.size > 0 {
            self.kept.clear()?;
        }
        (self.size, self.digester, self.etag) = (0, Digester::default(), None);
        Ok(())
    }
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
        let mut bytes = Vec::new();
        let answer = self.ask_into(ask, &mut bytes).await?;
        Ok(Answer { bytes, ..answer })
    }

    /// The same, with the bytes of the answer kept where they are told to be; the answer has none. A try that broke off far from where the one
    /// before did is no reason to give up.
    pub(crate) async fn ask_into(&self, ask: &Ask<'_>, kept: &mut dyn Keep) -> Result<Answer, Failure> {
        let mut part = Part::new(kept);
        loop {
            let before = part.size;
            let done = self.again(ask.what, async || self.once(ask, &mut part).await).await;
            match done {
                Err(Failure::Failed(error))
                    if error.kind == FetchErrorKind::Unavailable && part.size >= before + PROGRESS => {}
                done => return done,
            }
        }
    }

    /// Asks once. What fails for a moment is for whoever has begun it.
    pub(crate) async fn try_once(&self, ask: &Ask<'_>) -> Result<Answer, Trouble> {
        let mut bytes = Vec::new();
        let answer = self.once(ask, &mut Part::new(&mut bytes)).await?;
        Ok(Answer { bytes, ..answer })
    }

    /// Tries until it is done, or that is not to be hoped for.
    pub(crate) async fn again<T>(
        &self,
        what: &str,
        mut attempt: impl AsyncFnMut() -> Result<T, Trouble>,
    ) -> Result<T, Failure> {
        let mut tried = 0;
        loop {
            tried += 1;
            let (mut error, asked) = match attempt().await {
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

    /// Asks once, for no longer than an answer may take.
    async fn once(&self, ask: &Ask<'_>, part: &mut Part<'_>) -> Result<Answer, Trouble> {
        let late = |_| {
            let text = format!("it was not done within {} s", self.whole.as_secs());
            Trouble::Passing(unavailable(ask.url, text), None)
        };
        tokio::time::timeout(self.whole, self.follow(ask, part)).await.map_err(late)?
    }

    /// Asks along the redirects.
    async fn follow(&self, ask: &Ask<'_>, part: &mut Part<'_>) -> Result<Answer, Trouble> {
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

    async fn send(&self, ask: &Ask<'_>, url: &Url, part: &Part<'_>) -> Result<Response, Trouble> {
        let mut request = match &ask.sends {
            Sends::Nothing | Sends::Progress => self.client.get(url.clone()),
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
        if part.size > 0 && (ask.digest.is_some() || part.etag.is_some()) {
            request = request.header(RANGE, format!("bytes={}-", part.size));
            if let Some(etag) = &part.etag {
                request = request.header(IF_RANGE, etag);
            }
        }
        request.send().await.map_err(|error| broken(url, &error, self.idle))
    }

    /// The answer in a response that leads nowhere else.
    async fn take(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        mut response: Response,
        part: &mut Part<'_>,
    ) -> Result<Answer, Trouble> {
        let status = response.status();
        let is_done = matches!(status, StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT);
        let local = |why: String| fatal(FetchErrorKind::Local, url, why);
        match status {
            StatusCode::OK => part.clear().map_err(local)?,
            _ if is_done && !matches!(ask.sends, Sends::Nothing | Sends::Head | Sends::Form(_)) => {
                part.clear().map_err(local)?;
            }
            StatusCode::PARTIAL_CONTENT if goes_on(&response, part.size) => {}
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                part.clear().map_err(local)?;
                return Err(Trouble::Passing(
                    unavailable(url, "it goes on at another place than asked"),
                    None,
                ));
            }
            _ => return Err(refusal(url, response).await),
        }
        let strong = response.headers().get(ETAG).filter(|it| it.as_bytes().starts_with(b"\""));
        part.etag = strong.cloned();
        let total = response.content_length().map(|rest| part.size + rest);
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
                    if part.size + chunk.len() as u64 > ask.limit {
                        return Err(large());
                    }
                    part.put(&chunk).map_err(local)?;
                    self.observer.received(ask.what, part.size, total);
                }
                Ok(None) => break,
                Err(error) => return Err(broken(url, &error, self.idle)),
            }
        }
        if let Some(promised) = ask.digest {
            let found = std::mem::take(&mut part.digester).finish();
            if found != promised {
                return Err(Trouble::Final(Failure::Failed(mismatch(shown(url), promised, found))));
            }
        }
        Ok(Answer {
            status,
            bytes: Vec::new(),
            size: part.size,
            headers: std::mem::take(response.headers_mut()),
        })
    }
}
