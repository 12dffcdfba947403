//! The part of the distribution protocol that moves blobs. They may be larger than memory: what is sent is read in pieces, and what comes is kept
//! piece by piece where the caller says. A download goes on where it broke off, and so does an upload.

use crate::auth::Access;
use crate::client::Client;
use crate::documents::ANSWER;
use crate::http::{Answer, Ask, Failure, Sends, Trouble};
use crate::oci::Registry;
use crate::trouble::{is_same_origin, mismatch};
use crate::{FetchError, FetchErrorKind, OciRepository, Url};
use catalyst_bundle::oci::Descriptor;
use catalyst_bundle::{Digest, Digester};
use reqwest::header::{HeaderValue, LOCATION, RANGE};
use reqwest::{Method, StatusCode};

/// Most bytes of one request of an upload, unless the registry wants more: slow lines and proxies bound how long and how large one may be.
const CHUNK: u64 = 4 << 20;
/// Largest piece that a registry may want.
const LARGEST_CHUNK: u64 = 64 << 20;
/// How often an upload is begun that the registry forgets.
const BEGINNINGS: u32 = 3;

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

/// Bytes that are sent. Any part of them is given as often as it is asked for.
pub trait Supply {
    /// How many there are.
    fn size(&self) -> u64;

    /// Fills `piece` with the bytes from `at` on; there are that many. The error says why they cannot be had.
    fn read(&self, at: u64, piece: &mut [u8]) -> Result<(), String>;
}

impl<T: AsRef<[u8]>> Supply for T {
    fn size(&self) -> u64 {
        self.as_ref().len() as u64
    }

    fn read(&self, at: u64, piece: &mut [u8]) -> Result<(), String> {
        let from = usize::try_from(at).ok().and_then(|at| self.as_ref().get(at..at + piece.len()));
        piece.copy_from_slice(from.ok_or("there are fewer bytes than that")?);
        Ok(())
    }
}

/// Where bytes are kept that come.
pub trait Keep {
    /// Keeps more of them. The error says why that cannot be done.
    fn put(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// Forgets all of them: they come anew.
    fn clear(&mut self) -> Result<(), String>;
}

impl Keep for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), String> {
        Vec::clear(self);
        Ok(())
    }
}

impl Client {
    /// Whether a repository has a blob; if not, whether the registry can take it from another repository of its own, and has. `None` when it
    /// has to be sent.
    pub fn find_blob(
        &self,
        repository: &OciRepository,
        digest: &Digest,
        from: Option<&OciRepository>,
    ) -> Result<Option<Put>, FetchError> {
        let registry = self.registry();
        if self.run(repository, registry.has_blob(repository, digest))? {
            return Ok(Some(Put::Present));
        }
        let Some(from) = from.filter(|it| it.host == repository.host && *it != repository) else {
            return Ok(None);
        };
        let is_mounted = self.run(repository, registry.mount(repository, digest, from))?;
        Ok(is_mounted.then_some(Put::Mounted))
    }

    /// Sends a blob. Bytes that are not those of the digest are found before the registry is told that they are all.
    pub fn send_blob(
        &self,
        repository: &OciRepository,
        digest: &Digest,
        bytes: &dyn Supply,
    ) -> Result<(), FetchError> {
        self.run(repository, self.registry().upload(repository, digest, bytes))
    }

    /// A blob, checked against its descriptor.
    pub fn blob(&self, repository: &OciRepository, blob: &Descriptor) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        self.blob_into(repository, blob, &mut bytes)?;
        Ok(bytes)
    }

    /// The same, kept as it comes. What was kept when it fails is of no use.
    pub fn blob_into(
        &self,
        repository: &OciRepository,
        blob: &Descriptor,
        kept: &mut dyn Keep,
    ) -> Result<(), FetchError> {
        let what = format!("{repository}@{}", blob.digest);
        self.run(repository, self.registry().blob(repository, blob, &what, kept))
    }
}

/// An upload, as far as it has come.
struct Upload<'a> {
    access: Access,
    start: &'a Url,
    /// Where it goes on.
    at: Url,
    what: &'a str,
}

impl Registry<'_> {
    pub(crate) async fn blob(
        self,
        repository: &OciRepository,
        blob: &Descriptor,
        what: &str,
        kept: &mut dyn Keep,
    ) -> Result<(), FetchError> {
        let url = self.url(repository, &format!("blobs/{}", blob.digest))?;
        let answer = self
            .authorized(&Access::pull(repository), async |authorization| {
                let (accept, sends, limit, digest) = ("*/*", Sends::Nothing, blob.size, Some(blob.digest));
                let ask = Ask { url: &url, accept, authorization, sends, limit, digest, what };
                self.http.ask_into(&ask, kept).await
            })
            .await?;
        if answer.size != blob.size {
            let text =
                format!("blob {} has {} bytes, and {} were promised", blob.digest, answer.size, blob.size);
            return Err(FetchError::new(FetchErrorKind::Mismatch, what, text));
        }
        Ok(())
    }

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

    /// Sends a blob, and begins anew when the registry has forgotten the upload.
    async fn upload(
        self,
        repository: &OciRepository,
        digest: &Digest,
        bytes: &dyn Supply,
    ) -> Result<(), FetchError> {
        let start = self.url(repository, "blobs/uploads/")?;
        let what = format!("{repository}@{digest}");
        let mut tried = 0;
        loop {
            tried += 1;
            let access = Access::push(repository);
            let mut upload = Upload { access, start: &start, at: start.clone(), what: &what };
            let error = match self.upload_once(&mut upload, digest, bytes).await {
                Err(error) if error.kind == FetchErrorKind::NotFound => error,
                done => return done,
            };
            // It forgets an upload that has come to its end, too.
            if self.has_blob(repository, digest).await? {
                return Ok(());
            }
            let pause = self.http.retry.pause(tried, None).filter(|_| tried < BEGINNINGS);
            let Some(pause) = pause else { return Err(error) };
            self.http.observer.retrying(&what, &error, pause);
            tokio::time::sleep(pause).await;
        }
    }

    async fn upload_once(
        self,
        upload: &mut Upload<'_>,
        digest: &Digest,
        bytes: &dyn Supply,
    ) -> Result<(), FetchError> {
        let begun = self.step(upload, Sends::Start).await?;
        upload.goes_on(&begun)?;
        let least = begun.headers.get("oci-chunk-min-length").and_then(|it| it.to_str().ok()?.parse().ok());
        let most = least.unwrap_or(0).clamp(CHUNK, LARGEST_CHUNK);
        let size = bytes.size();
        let mut piece = Vec::new();
        let (mut digester, mut digested) = (Digester::default(), 0);
        let mut sent = 0;
        loop {
            // Not larger than what fits into memory here.
            piece.resize((size - sent).min(most) as usize, 0);
            let local = |why: String| FetchError::new(FetchErrorKind::Local, upload.what, why);
            bytes.read(sent, &mut piece).map_err(local)?;
            let end = sent + piece.len() as u64;
            // Of a piece that came in half, the first half was looked at before.
            digester.update(&piece[(digested - sent) as usize..]);
            digested = end;
            if end == size {
                break;
            }
            sent = self.chunk(upload, &piece, sent).await?;
            self.http.observer.sent(upload.what, sent, size);
        }
        let found = digester.finish();
        if found != *digest {
            return Err(mismatch(upload.what, *digest, found));
        }
        upload.at.query_pairs_mut().append_pair("digest", &digest.to_string());
        self.step(upload, content(Method::PUT, &piece, None)).await?;
        self.http.observer.sent(upload.what, size, size);
        Ok(())
    }

    /// Sends a piece that is not the last one. Gives how many bytes the registry has then, which may be part of the piece where a line broke.
    async fn chunk(self, upload: &mut Upload<'_>, piece: &[u8], from: u64) -> Result<u64, FetchError> {
        let end = from + piece.len() as u64;
        let (access, what) = (upload.access.clone(), upload.what);
        let mut is_again = false;
        self.authorized(&access, async |authorization| {
            self.http
                .again(what, async || {
                    // The registry may have taken all of it, or a part, and only its answer was lost.
                    if std::mem::replace(&mut is_again, true) {
                        // A registry that has nothing has no other way to say so than one that has a byte.
                        let has = match self.progress(upload, authorization.clone()).await? {
                            1 if from == 0 => 0,
                            has => has,
                        };
                        if has > from && has <= end {
                            return Ok(has);
                        }
                        if has != from {
                            let text =
                                format!("it has {has} bytes of an upload, and was sent {from} to {end}");
                            return Err(malformed(upload, text));
                        }
                    }
                    let range = Some(format!("{from}-{}", end - 1));
                    let sends = content(Method::PATCH, piece, range);
                    let answer = self.http.try_once(&upload.ask(authorization.clone(), sends)).await?;
                    upload.goes_on(&answer).map_err(|it| Trouble::Final(Failure::Failed(it)))?;
                    Ok(end)
                })
                .await
        })
        .await
    }

    /// How many bytes of an upload the registry has.
    async fn progress(
        self,
        upload: &mut Upload<'_>,
        authorization: Option<HeaderValue>,
    ) -> Result<u64, Trouble> {
        let answer = self.http.try_once(&upload.ask(authorization, Sends::Progress)).await;
        let answer = answer.map_err(|trouble| match trouble {
            // One that does not say it can be told all of it again.
            Trouble::Final(Failure::Failed(error)) if error.kind == FetchErrorKind::Refused => {
                Trouble::Final(Failure::Failed(FetchError { kind: FetchErrorKind::NotFound, ..error }))
            }
            other => other,
        })?;
        upload.goes_on(&answer).map_err(|it| Trouble::Final(Failure::Failed(it)))?;
        let range = answer.headers.get(RANGE).and_then(|it| it.to_str().ok());
        let last: Option<u64> = range.and_then(|it| it.rsplit_once('-')?.1.parse().ok());
        Ok(last.map_or(0, |it| it.saturating_add(1)))
    }

    /// One request of an upload, tried until it is done.
    async fn step(self, upload: &Upload<'_>, sends: Sends<'_>) -> Result<Answer, FetchError> {
        self.authorized(&upload.access, async |authorization| {
            self.http.ask(&upload.ask(authorization, sends.clone())).await
        })
        .await
    }
}

impl Upload<'_> {
    fn ask<'a>(&'a self, authorization: Option<HeaderValue>, sends: Sends<'a>) -> Ask<'a> {
        // It may go on at another host, which has no business with our credentials.
        let authorization = authorization.filter(|_| is_same_origin(&self.at, self.start));
        Ask {
            url: &self.at,
            accept: "*/*",
            authorization,
            sends,
            limit: ANSWER,
            digest: None,
            what: self.what,
        }
    }

    fn goes_on(&mut self, answer: &Answer) -> Result<(), FetchError> {
        let to = answer.headers.get(LOCATION).and_then(|it| it.to_str().ok());
        let text = "it does not say where the upload goes on";
        let malformed = || FetchError::new(FetchErrorKind::Malformed, self.at.path(), text);
        self.at = to.and_then(|it| self.at.join(it).ok()).ok_or_else(malformed)?;
        Ok(())
    }
}

fn content(method: Method, bytes: &[u8], range: Option<String>) -> Sends<'_> {
    Sends::Content { method, media_type: "application/octet-stream", bytes, range }
}

fn malformed(upload: &Upload<'_>, text: String) -> Trouble {
    Trouble::Final(Failure::Failed(FetchError::new(FetchErrorKind::Malformed, upload.what, text)))
}
