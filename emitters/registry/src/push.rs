//! The part of the distribution protocol that pushes: blobs, manifests, tags. Each call can be made again; what is there is not sent.

use crate::auth::Access;
use crate::client::Client;
use crate::http::{Answer, Ask, Failure, Sends, Trouble, is_same_origin, mismatch};
use crate::oci::Registry;
use crate::{FetchError, FetchErrorKind, OciReference, OciRepository, Url};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, LARGEST_MANIFEST, media};
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use std::sync::Arc;

/// Most bytes of one request of an upload: slow lines and proxies bound how long and how large one may be.
const CHUNK: usize = 4 << 20;
/// Largest answer to something that was sent.
const ANSWER: u64 = 64 << 10;

const DOCUMENTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

/// How a blob came to be in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was there.
    Present,
    /// The registry took it from another repository of its own.
    Mounted,
    /// It was sent.
    Sent,
}

/// A manifest or an index, every byte as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its media type, as the registry says it.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Document {
    /// Its descriptor.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(&self.media_type, &self.bytes)
    }
}

impl Client {
    /// Brings a blob into a repository, from another one of the same registry if that has it. Its bytes are asked for only when they have to
    /// be sent.
    pub fn put_blob<E: From<FetchError>>(
        &self,
        repository: &OciRepository,
        digest: &Digest,
        from: Option<&OciRepository>,
        bytes: impl FnOnce() -> Result<Arc<[u8]>, E>,
    ) -> Result<Put, E> {
        let registry = self.registry();
        if self.run(repository, registry.has_blob(repository, digest))? {
            return Ok(Put::Present);
        }
        if let Some(from) = from.filter(|it| it.host == repository.host && *it != repository)
            && self.run(repository, registry.mount(repository, digest, from))?
        {
            return Ok(Put::Mounted);
        }
        let bytes = bytes()?;
        self.run(repository, registry.upload(repository, digest, &bytes))?;
        Ok(Put::Sent)
    }

    /// Puts a manifest or an index under its digest or a tag. Says whether the registry has taken note of its subject.
    pub fn put_document(&self, to: &OciReference, document: &Document) -> Result<bool, FetchError> {
        self.run(to, self.registry().put_document(to, document))
    }

    /// A manifest or an index, checked against the digest of the reference; `None` when there is none.
    pub fn document(&self, reference: &OciReference) -> Result<Option<Document>, FetchError> {
        self.run(reference, self.registry().document(reference))
    }

    /// A blob, checked against its descriptor.
    pub fn blob(&self, repository: &OciRepository, blob: &Descriptor) -> Result<Vec<u8>, FetchError> {
        let what = format!("{repository}@{}", blob.digest);
        self.run(repository, self.registry().blob(repository, blob, &what))
    }

    /// The digest of what stands under a reference; `None` when there is nothing.
    pub fn digest(&self, reference: &OciReference) -> Result<Option<Digest>, FetchError> {
        self.run(reference, self.registry().digest(reference))
    }
}

impl Registry<'_> {
    async fn has_blob(self, repository: &OciRepository, digest: &Digest) -> Result<bool, FetchError> {
        let url = self.url(repository, &format!("blobs/{digest}"))?;
        Ok(self.head(repository, &url, "*/*").await?.is_some())
    }

    /// Asks the registry to take a blob from another repository of its own. A registry that does not has begun an upload, which it forgets.
    async fn mount(
        self,
        repository: &OciRepository,
        digest: &Digest,
        from: &OciRepository,
    ) -> Result<bool, FetchError> {
        let mut url = self.url(repository, "blobs/uploads/")?;
        url.query_pairs_mut().append_pair("mount", &digest.to_string()).append_pair("from", &from.path);
        let access = Access { from: Some(from.clone()), ..Access::push(repository) };
        let what = format!("{repository}@{digest}");
        let answer = self
            .authorized(&access, async |authorization| {
                let (accept, sends, limit, digest) = ("*/*", Sends::Start, ANSWER, None);
                self.http
                    .ask(&Ask { url: &url, accept, authorization, sends, limit, digest, what: &what })
                    .await
            })
            .await;
        match answer {
            Ok(answer) => Ok(answer.status == StatusCode::CREATED),
            // Whoever may push here need not be allowed to read there.
            Err(error) if error.kind == FetchErrorKind::Unauthorized => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends a blob, and begins anew when an upload is lost in the middle.
    async fn upload(
        self,
        repository: &OciRepository,
        digest: &Digest,
        bytes: &[u8],
    ) -> Result<(), FetchError> {
        let url = self.url(repository, "blobs/uploads/")?;
        let what = format!("{repository}@{digest}");
        self.authorized(&Access::push(repository), async |authorization| {
            self.http
                .again(&url, &what, async || {
                    self.upload_once(&url, &authorization, digest, bytes, &what).await
                })
                .await
        })
        .await
    }

    async fn upload_once(
        self,
        start: &Url,
        authorization: &Option<HeaderValue>,
        digest: &Digest,
        bytes: &[u8],
        what: &str,
    ) -> Result<(), Trouble> {
        let step = async |url: &Url, sends: Sends<'_>| {
            // An upload may go on at another host, which has no business with our credentials.
            let authorization = authorization.clone().filter(|_| is_same_origin(url, start));
            let ask = Ask { url, accept: "*/*", authorization, sends, limit: ANSWER, digest: None, what };
            self.http.try_once(&ask).await
        };
        let begun = step(start, Sends::Start).await?;
        let mut at = location(start, &begun)?;
        let least = begun.headers.get("oci-chunk-min-length").and_then(|it| it.to_str().ok()?.parse().ok());
        let size = least.unwrap_or(0).max(CHUNK);
        let content = |method, bytes, range| Sends::Content {
            method,
            media_type: "application/octet-stream",
            bytes,
            range,
        };
        let mut sent = 0;
        while bytes.len() - sent > size {
            let chunk = &bytes[sent..sent + size];
            let range = Some(format!("{sent}-{}", sent + size - 1));
            let answer = step(&at, content(Method::PATCH, chunk, range)).await.map_err(lost)?;
            at = location(&at, &answer)?;
            sent += size;
            self.http.observer.sent(what, sent as u64, bytes.len() as u64);
        }
        at.query_pairs_mut().append_pair("digest", &digest.to_string());
        step(&at, content(Method::PUT, &bytes[sent..], None)).await.map_err(lost)?;
        self.http.observer.sent(what, bytes.len() as u64, bytes.len() as u64);
        Ok(())
    }

    pub(crate) async fn put_document(
        self,
        to: &OciReference,
        document: &Document,
    ) -> Result<bool, FetchError> {
        let what = to.to_string();
        let digest = Digest::of(&document.bytes);
        let selector = to.selector().unwrap_or_else(|| digest.to_string());
        let url = self.url(&to.repository, &format!("manifests/{selector}"))?;
        let answer = self
            .authorized(&Access::push(&to.repository), async |authorization| {
                let sends = Sends::Content {
                    method: Method::PUT,
                    media_type: &document.media_type,
                    bytes: &document.bytes,
                    range: None,
                };
                let ask = Ask {
                    url: &url,
                    accept: "*/*",
                    authorization,
                    sends,
                    limit: ANSWER,
                    digest: None,
                    what: &what,
                };
                self.http.ask(&ask).await
            })
            .await?;
        let stated = answer.headers.get("docker-content-digest").and_then(|it| it.to_str().ok());
        if let Some(stated) = stated.and_then(|it| Digest::parse(it).ok())
            && stated != digest
        {
            return Err(mismatch(to, digest, stated));
        }
        self.http.observer.sent(&what, document.bytes.len() as u64, document.bytes.len() as u64);
        Ok(answer.headers.contains_key("oci-subject"))
    }

    pub(crate) async fn document(self, reference: &OciReference) -> Result<Option<Document>, FetchError> {
        let selector = reference.selector().unwrap_or_else(|| "latest".to_owned());
        let url = self.url(&reference.repository, &format!("manifests/{selector}"))?;
        let what = reference.to_string();
        let answer =
            self.ask(&reference.repository, &url, DOCUMENTS, LARGEST_MANIFEST, reference.digest, &what).await;
        let answer = match answer {
            Err(error) if error.kind == FetchErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let header = |name: &str| answer.headers.get(name).and_then(|it| it.to_str().ok());
        let found = Digest::of(&answer.bytes);
        if let Some(stated) = header("docker-content-digest").and_then(|it| Digest::parse(it).ok())
            && stated != found
        {
            return Err(mismatch(reference, stated, found));
        }
        let media_type = header(CONTENT_TYPE.as_str()).map(|it| it.split(';').next().unwrap_or(it).trim());
        let media_type = media_type.unwrap_or(media::MANIFEST).to_owned();
        Ok(Some(Document { media_type, bytes: answer.bytes }))
    }

    pub(crate) async fn digest(self, reference: &OciReference) -> Result<Option<Digest>, FetchError> {
        let selector = reference.selector().unwrap_or_else(|| "latest".to_owned());
        let url = self.url(&reference.repository, &format!("manifests/{selector}"))?;
        let Some(answer) = self.head(&reference.repository, &url, DOCUMENTS).await? else { return Ok(None) };
        let stated = answer.headers.get("docker-content-digest").and_then(|it| it.to_str().ok());
        match stated.and_then(|it| Digest::parse(it).ok()) {
            Some(digest) => Ok(Some(digest)),
            // The header is not required.
            None => Ok(self.document(reference).await?.map(|it| Digest::of(&it.bytes))),
        }
    }

    /// Asks whether something is there.
    async fn head(
        self,
        repository: &OciRepository,
        url: &Url,
        accept: &'static str,
    ) -> Result<Option<Answer>, FetchError> {
        // With the rights to push, so that one token does for all of a push.
        let answer = self
            .authorized(&Access::push(repository), async |authorization| {
                let what = &repository.path;
                let ask =
                    Ask { url, accept, authorization, sends: Sends::Head, limit: 0, digest: None, what };
                self.http.ask(&ask).await
            })
            .await;
        match answer {
            Err(error) if error.kind == FetchErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }
}

/// Where an upload goes on.
fn location(url: &Url, answer: &Answer) -> Result<Url, Trouble> {
    let to = answer.headers.get(LOCATION).and_then(|it| it.to_str().ok());
    to.and_then(|it| url.join(it).ok()).ok_or_else(|| {
        let text = "it does not say where the upload goes on";
        Trouble::Final(Failure::Failed(FetchError::new(FetchErrorKind::Malformed, url.path(), text)))
    })
}

/// A registry that has forgotten an upload has not refused the blob.
fn lost(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Final(Failure::Failed(error)) if error.kind == FetchErrorKind::NotFound => {
            Trouble::Passing(FetchError { kind: FetchErrorKind::Unavailable, ..error }, None)
        }
        other => other,
    }
}
