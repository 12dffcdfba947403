//! What a tag of an image means today.

use crate::auth::Access;
use crate::client::Client;
use crate::documents::DOCUMENTS;
use crate::http::{Ask, Sends};
use crate::oci::Registry;
use crate::{FetchError, FetchErrorKind, OciReference};
use catalyst_bundle::Digest;

impl Client {
    /// The digest of the image, or of the list of images, that stands under a reference. Only the registry's headers are asked for, with the
    /// right to read; its bytes only when they do not say it.
    pub fn image_digest(&self, reference: &OciReference) -> Result<Digest, FetchError> {
        self.run(reference, self.registry().image_digest(reference))
    }
}

impl Registry<'_> {
    async fn image_digest(self, reference: &OciReference) -> Result<Digest, FetchError> {
        let selector = reference.selector().unwrap_or_else(|| "latest".to_owned());
        let url = self.url(&reference.repository, &format!("manifests/{selector}"))?;
        let what = reference.to_string();
        let answer = self
            .authorized(&Access::pull(&reference.repository), async |authorization| {
                let (accept, sends, limit, digest) = (DOCUMENTS, Sends::Head, 0, None);
                self.http
                    .ask(&Ask { url: &url, accept, authorization, sends, limit, digest, what: &what })
                    .await
            })
            .await?;
        let stated = answer.headers.get("docker-content-digest").and_then(|it| it.to_str().ok());
        if let Some(digest) = stated.and_then(|it| Digest::parse(it).ok()) {
            return Ok(digest);
        }
        let missing = || FetchError::new(FetchErrorKind::NotFound, reference, "it is not there any more");
        Ok(self.document(reference).await?.ok_or_else(missing)?.descriptor().digest)
    }
}
