//! The part of the distribution protocol that puts manifests, indexes and tags. Each call can be made again.

use crate::auth::Access;
use crate::client::Client;
use crate::http::{Answer, Ask, Sends};
use crate::oci::Registry;
use crate::trouble::mismatch;
use crate::{FetchError, FetchErrorKind, OciReference, OciRepository, Url};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, LARGEST_MANIFEST, media};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

/// Largest answer to something that was sent.
pub(crate) const ANSWER: u64 = 64 << 10;

pub(crate) const DOCUMENTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

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
    /// Puts a manifest or an index under its digest or a tag. Says whether the registry has taken note of its subject.
    pub fn put_document(&self, to: &OciReference, document: &Document) -> Result<bool, FetchError> {
        self.run(to, self.registry().put_document(to, document))
    }

    /// A manifest or an index, checked against the digest of the reference; `None` when there is none.
    pub fn document(&self, reference: &OciReference) -> Result<Option<Document>, FetchError> {
        self.run(reference, self.registry().document(reference))
    }

    /// The digest of what stands under a reference; `None` when there is nothing.
    pub fn digest(&self, reference: &OciReference) -> Result<Option<Digest>, FetchError> {
        self.run(reference, self.registry().digest(reference))
    }
}

impl Registry<'_> {
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
    pub(crate) async fn head(
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
