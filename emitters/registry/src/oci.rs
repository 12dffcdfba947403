//! The part of the distribution protocol that pulls: tags, manifests, blobs.

use crate::auth::{Access, Auth};
use crate::client::Have;
use crate::http::{Answer, Ask, Failure, Http, Sends};
use crate::reference::is_tag;
use crate::trouble::{amount, mismatch};
use crate::{FetchError, FetchErrorKind, OciReference, OciRepository, Url};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{LARGEST_MANIFEST, Manifest, media};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most tags of a repository that are looked at.
const MOST_TAGS: usize = 50_000;
/// Most pages of them.
const MOST_PAGES: usize = 500;
/// Most layers of a chart: itself, and its signature.
const MOST_LAYERS: usize = 8;

const MANIFESTS: &str =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// A pulled artifact, every byte as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(crate) manifest: Vec<u8>,
    pub(crate) media_type: String,
    pub(crate) parsed: Manifest,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    /// Bytes that came over the network.
    pub(crate) received: u64,
}

/// Speaks to registries.
#[derive(Clone, Copy)]
pub(crate) struct Registry<'a> {
    pub(crate) http: &'a Http,
    pub(crate) auth: &'a Auth,
}

impl Registry<'_> {
    /// The tags of a repository.
    pub(crate) async fn tags(&self, repository: &OciRepository) -> Result<BTreeSet<String>, FetchError> {
        let malformed = |text: &str| FetchError::new(FetchErrorKind::Malformed, repository, text);
        let mut tags = BTreeSet::new();
        let mut last: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut url = self.url(repository, "tags/list")?;
            url.query_pairs_mut().append_pair("n", "1000").extend_pairs(last.as_ref().map(|it| ("last", it)));
            let answer =
                self.ask(repository, &url, "application/json", LARGEST_MANIFEST, None, "tags").await?;
            let value: Value = serde_json::from_slice(&answer.bytes)
                .map_err(|_| malformed("its list of tags is no JSON"))?;
            let page: Vec<&str> = match &value["tags"] {
                Value::Array(items) => {
                    items.iter().filter_map(Value::as_str).filter(|it| is_tag(it)).collect()
                }
                Value::Null => Vec::new(),
                _ => return Err(malformed("its list of tags is none")),
            };
            let known = tags.len();
            tags.extend(page.iter().map(|it| (*it).to_owned()));
            if tags.len() > MOST_TAGS {
                return Err(FetchError::new(
                    FetchErrorKind::TooLarge,
                    repository,
                    format!("it has more than {MOST_TAGS} tags"),
                ));
            }
            // Only a registry that has more says where to go on; one that says the same again has no more.
            let is_more = answer.headers.contains_key("link") && tags.len() > known;
            last = page.last().map(|it| (*it).to_owned()).filter(|_| is_more);
            if last.is_none() {
                return Ok(tags);
            }
        }
        Err(malformed("its list of tags does not end"))
    }

    /// A chart with all its blobs, no larger than `limit` together.
    pub(crate) async fn artifact(
        &self,
        reference: &OciReference,
        limit: u64,
        have: Have<'_>,
    ) -> Result<Artifact, FetchError> {
        let malformed = |text: String| FetchError::new(FetchErrorKind::Malformed, reference, text);
        let (bytes, media_type) = self.manifest(reference).await?;
        let manifest = Manifest::parse(&bytes, &media_type)
            .map_err(|why| malformed(format!("its manifest is refused: {why}")))?;
        if manifest.layers.len() > MOST_LAYERS {
            return Err(malformed(format!(
                "it has {} layers; a chart has one, and perhaps a signature",
                manifest.layers.len()
            )));
        }
        let size = manifest.blobs().map(|it| it.size).fold(0, u64::saturating_add);
        if size > limit {
            let text = format!("it has more than {}", amount(limit));
            return Err(FetchError::new(FetchErrorKind::TooLarge, reference, text));
        }
        let mut blobs = BTreeMap::new();
        let mut received = bytes.len() as u64;
        for descriptor in manifest.blobs() {
            if blobs.contains_key(&descriptor.digest) {
                continue;
            }
            let bytes = match have(&descriptor.digest) {
                Some(bytes) => bytes,
                None => {
                    received += descriptor.size;
                    let mut bytes = Vec::new();
                    let what = reference.to_string();
                    self.blob(&reference.repository, descriptor, &what, &mut bytes).await?;
                    bytes
                }
            };
            blobs.insert(descriptor.digest, bytes);
        }
        Ok(Artifact { manifest: bytes, media_type, parsed: manifest, blobs, received })
    }

    /// The bytes and the media type of a manifest.
    async fn manifest(&self, reference: &OciReference) -> Result<(Vec<u8>, String), FetchError> {
        let what = reference.to_string();
        let selector = reference.selector().unwrap_or_else(|| "latest".to_owned());
        let url = self.url(&reference.repository, &format!("manifests/{selector}"))?;
        let answer = self
            .ask(&reference.repository, &url, MANIFESTS, LARGEST_MANIFEST, reference.digest, &what)
            .await?;
        let header = |name: &str| answer.headers.get(name).and_then(|it| it.to_str().ok());
        let found = Digest::of(&answer.bytes);
        if let Some(stated) = header("docker-content-digest").and_then(|it| Digest::parse(it).ok())
            && stated != found
        {
            return Err(mismatch(reference, stated, found));
        }
        let stated =
            header(CONTENT_TYPE.as_str()).map(|it| it.split(';').next().unwrap_or(it).trim().to_owned());
        let media_type = stated.unwrap_or_else(|| media::MANIFEST.to_owned());
        if media::is_index(&media_type) {
            let text = "it is a list of artifacts, one a system; a chart is one for all";
            return Err(FetchError::new(FetchErrorKind::Malformed, reference, text));
        }
        Ok((answer.bytes, media_type))
    }

    pub(crate) fn url(&self, repository: &OciRepository, rest: &str) -> Result<Url, FetchError> {
        let server = repository.server();
        let text = format!("{}://{server}/v2/{}/{rest}", self.http.scheme(&repository.host), repository.path);
        Url::parse(&text)
            .map_err(|why| FetchError::new(FetchErrorKind::Malformed, repository, why.to_string()))
    }

    /// Reads from a registry.
    pub(crate) async fn ask(
        &self,
        repository: &OciRepository,
        url: &Url,
        accept: &'static str,
        limit: u64,
        digest: Option<Digest>,
        what: &str,
    ) -> Result<Answer, FetchError> {
        let access = Access::pull(repository);
        self.authorized(&access, async |authorization| {
            let sends = Sends::Nothing;
            self.http.ask(&Ask { url, accept, authorization, sends, limit, digest, what }).await
        })
        .await
    }

    /// Does something at a registry, and says who asks when it wants to know.
    pub(crate) async fn authorized<T>(
        &self,
        access: &Access,
        mut work: impl AsyncFnMut(Option<HeaderValue>) -> Result<T, Failure>,
    ) -> Result<T, FetchError> {
        let mut authorization = self.auth.header(access);
        let mut is_fresh = false;
        loop {
            match work(authorization).await {
                Ok(done) => return Ok(done),
                Err(Failure::Failed(error)) => return Err(error),
                Err(Failure::Unauthorized(_)) if is_fresh => {
                    let text = "it does not accept who we say we are".to_owned();
                    return Err(FetchError::new(FetchErrorKind::Unauthorized, &access.repository, text));
                }
                Err(Failure::Unauthorized(challenges)) => {
                    authorization = Some(self.auth.answer(self.http, access, &challenges).await?);
                    is_fresh = true;
                }
            }
        }
    }
}
