//! The client: blocking calls over an async inside. Calls from several threads run side by side.

use crate::auth::{Auth, basic_header};
use crate::http::{Ask, Failure, Http, Sends};
use crate::oci::{Artifact, Registry};
use crate::reference::is_tag;
use crate::trouble::{mismatch, shown};
use crate::{
    Credential, FetchError, FetchErrorKind, Index, Observer, OciReference, OciRepository, Retry, Secrets,
    Source, Url, choose,
};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, media};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How often a running request asks whether to go on.
const TICK: Duration = Duration::from_millis(50);

/// How to reach sources.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts, with their port or without, that are spoken to over plain HTTP.
    pub plain_http: BTreeSet<String>,
    /// Certificates of authorities in PEM form, beside those of the system, each with its name for messages.
    pub authorities: Vec<(String, Vec<u8>)>,
    /// Proxies.
    pub proxies: Proxies,
    /// When to try again.
    pub retry: Retry,
    /// How much is read.
    pub limits: Limits,
    /// How long to wait for a connection.
    pub connect: Duration,
    /// How long to wait for the next byte.
    pub idle: Duration,
    /// How long one answer may take.
    pub whole: Duration,
}

/// Proxies, as the usual variables name them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For https.
    pub https: Option<String>,
    /// For plain HTTP.
    pub http: Option<String>,
    /// Hosts that are reached without one.
    pub none: Option<String>,
}

/// How much is read, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of an `index.yaml`.
    pub index: u64,
    /// Of an archive, or of all blobs of an artifact together.
    pub archive: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            plain_http: BTreeSet::new(),
            authorities: Vec::new(),
            proxies: Proxies::default(),
            retry: Retry::default(),
            limits: Limits { index: 64 << 20, archive: 64 << 20 },
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(900),
        }
    }
}

/// A version of a chart, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The name of the chart.
    pub name: String,
    /// The version, as its source spells it.
    pub version: String,
    /// Where it is.
    pub place: Place,
}

/// Where a version of a chart is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An archive of an HTTP repository.
    Archive {
        /// The repository, whose credentials are those of the archive.
        repository: Url,
        /// The archive, under one or more URLs.
        urls: Vec<Url>,
        /// What the repository says it is.
        digest: Option<Digest>,
    },
    /// An artifact of a registry, under the first of these references that is there.
    Artifact(Vec<OciReference>),
}

/// A chart that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The archive.
    pub archive: Vec<u8>,
    /// Its SHA-256.
    pub digest: Digest,
    /// The artifact that it came in, when it came from a registry.
    pub artifact: Option<FetchedArtifact>,
    /// How many bytes of it came over the network: none of those that were there already.
    pub received: u64,
}

/// Bytes by their digest that need not be fetched, because somebody has them.
pub type Have<'a> = &'a dyn Fn(&Digest) -> Option<Vec<u8>>;

/// The artifact that a chart came in, every byte as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedArtifact {
    /// The manifest.
    pub manifest: Vec<u8>,
    /// What the manifest is, with its digest.
    pub descriptor: Descriptor,
    /// All blobs but the archive.
    pub blobs: BTreeMap<Digest, Vec<u8>>,
}

/// An index, made by whoever asks first; the others wait for it.
type Shared = Arc<OnceLock<Result<Arc<Index>, FetchError>>>;

/// Fetches charts, pushes and pulls releases.
pub struct Client {
    runtime: tokio::runtime::Runtime,
    pub(crate) http: Http,
    auth: Auth,
    /// Who writes a tag that others may write too, by tag.
    pub(crate) writers: Mutex<BTreeMap<String, Arc<Mutex<()>>>>,
    /// Hosts that have taken a referrer without taking note of it: there is no use in asking them for lists.
    pub(crate) without_lists: Mutex<BTreeSet<String>>,
    secrets: Arc<dyn Secrets>,
    limits: Limits,
    indexes: Mutex<BTreeMap<Url, Shared>>,
}

impl Client {
    /// A client. The error says which setting cannot be used.
    pub fn new(
        settings: &Settings,
        secrets: Arc<dyn Secrets>,
        observer: Arc<dyn Observer>,
    ) -> Result<Client, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Client {
            runtime: runtime.map_err(|error| error.to_string())?,
            http: Http::new(settings, observer)?,
            auth: Auth::new(secrets.clone()),
            writers: Mutex::default(),
            without_lists: Mutex::default(),
            secrets,
            limits: settings.limits,
            indexes: Mutex::default(),
        })
    }

    /// The version of a chart that a request means today. Asks the source; for an exact version of a registry that is not needed.
    pub fn offer(&self, source: &Source, name: &str, wanted: &str) -> Result<Offer, FetchError> {
        match source {
            Source::Http(repository) => self.offer_of_index(repository, name, wanted),
            Source::Oci(path) => {
                let repository = path.join(name).map_err(|why| {
                    FetchError::new(FetchErrorKind::NotFound, path, format!("`{name}`: {why}"))
                })?;
                self.offer_of_registry(&repository, name, wanted)
            }
            Source::Local(path) => {
                let text = "it is a folder of this machine, which nobody offers".to_owned();
                Err(FetchError::new(FetchErrorKind::NotFound, format!("file://{path}"), text))
            }
        }
    }

    /// The bytes of an offer. What `have` gives is not asked for.
    pub fn fetch(&self, offer: &Offer, have: Have<'_>) -> Result<Fetched, FetchError> {
        match &offer.place {
            Place::Archive { repository, urls, digest } => match digest.and_then(|it| Some((it, have(&it)?)))
            {
                Some((digest, archive)) => Ok(Fetched { archive, digest, artifact: None, received: 0 }),
                None => self.fetch_archive(offer, repository, urls, *digest),
            },
            Place::Artifact(references) => {
                let mut missing = None;
                for reference in references {
                    let registry = self.registry();
                    match self.run(reference, registry.artifact(reference, self.limits.archive, have)) {
                        Ok(artifact) => return chart_of(reference, artifact),
                        Err(error) if error.kind == FetchErrorKind::NotFound => {
                            missing = missing.or(Some(error))
                        }
                        Err(error) => return Err(error),
                    }
                }
                Err(missing.unwrap_or_else(|| not_found(&offer.name, &offer.version)))
            }
        }
    }

    fn offer_of_index(&self, repository: &Url, name: &str, wanted: &str) -> Result<Offer, FetchError> {
        let entries = self.index(repository)?.versions(name);
        let text = if entries.is_empty() {
            format!("it has no chart `{name}`")
        } else {
            format!("none of its {} versions of `{name}` is `{wanted}`", entries.len())
        };
        let version = choose(wanted, entries.iter().map(|it| it.version.as_str()));
        let entry = entries.iter().find(|it| Some(it.version.as_str()) == version);
        let entry =
            entry.ok_or_else(|| FetchError::new(FetchErrorKind::NotFound, shown(repository), text))?;
        let base = folder(repository);
        let urls: Vec<Url> = entry.urls.iter().filter_map(|it| base.join(it).ok()).collect();
        Ok(Offer {
            name: name.to_owned(),
            version: entry.version.clone(),
            place: Place::Archive { repository: repository.clone(), urls, digest: entry.digest },
        })
    }

    fn offer_of_registry(
        &self,
        repository: &OciRepository,
        name: &str,
        wanted: &str,
    ) -> Result<Offer, FetchError> {
        let tags = if wanted.parse::<catalyst_model::Version>().is_ok() {
            spellings(wanted)
        } else {
            let registry = self.registry();
            let tags = self.run(repository, registry.tags(repository))?;
            // `+` is no character of a tag; by agreement it is `_` there.
            let versions: Vec<String> = tags.iter().map(|it| it.replace('_', "+")).collect();
            let text = format!("none of its {} tags is a version that `{wanted}` means", tags.len());
            let version = choose(wanted, versions.iter().map(String::as_str));
            let version =
                version.ok_or_else(|| FetchError::new(FetchErrorKind::NotFound, repository, text))?;
            vec![version.replace('+', "_")]
        };
        let version = tags.first().map_or_else(String::new, |it| it.replace('_', "+"));
        let references = tags.into_iter().filter(|it| is_tag(it));
        let reference = |tag| OciReference { repository: repository.clone(), tag: Some(tag), digest: None };
        let place = Place::Artifact(references.map(reference).collect());
        Ok(Offer { name: name.to_owned(), version, place })
    }

    /// The index of a repository, asked for once.
    fn index(&self, repository: &Url) -> Result<Arc<Index>, FetchError> {
        let shared = {
            let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
            indexes.entry(repository.clone()).or_default().clone()
        };
        shared.get_or_init(|| self.ask_for_index(repository).map(Arc::new)).clone()
    }

    fn ask_for_index(&self, repository: &Url) -> Result<Index, FetchError> {
        let mut url = folder(repository);
        url.set_path(&format!("{}index.yaml", url.path()));
        let what = format!("index of {}", shown(repository));
        let bytes = self.ask(repository, &url, self.limits.index, None, &what)?;
        let malformed = |why: String| FetchError::new(FetchErrorKind::Malformed, shown(&url), why);
        let text = String::from_utf8(bytes).map_err(|_| malformed("it is no UTF-8".to_owned()))?;
        Index::parse(&text).map_err(malformed)
    }

    fn fetch_archive(
        &self,
        offer: &Offer,
        repository: &Url,
        urls: &[Url],
        promised: Option<Digest>,
    ) -> Result<Fetched, FetchError> {
        let what = format!("{} {}", offer.name, offer.version);
        let mut first = None;
        for url in urls {
            match self.ask(repository, url, self.limits.archive, promised, &what) {
                Ok(archive) => {
                    let digest = Digest::of(&archive);
                    let received = archive.len() as u64;
                    return Ok(Fetched { archive, digest, artifact: None, received });
                }
                Err(error) if error.kind == FetchErrorKind::Cancelled => return Err(error),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| not_found(&offer.name, &offer.version)))
    }

    /// Asks an HTTP repository; its credentials go to its own host only.
    fn ask(
        &self,
        repository: &Url,
        url: &Url,
        limit: u64,
        digest: Option<Digest>,
        what: &str,
    ) -> Result<Vec<u8>, FetchError> {
        let refused = |text: String| FetchError::new(FetchErrorKind::Unauthorized, shown(url), text);
        let is_own = url.origin() == repository.origin();
        let credential = if is_own { self.secrets.of_repository(repository).map_err(refused)? } else { None };
        let authorization = match &credential {
            Some(Credential::Basic { user, password }) => basic_header(user, password),
            _ => None,
        };
        let is_known = authorization.is_some();
        let ask = Ask { url, accept: "*/*", authorization, sends: Sends::Nothing, limit, digest, what };
        let answer = self.run(shown(url), async {
            self.http.ask(&ask).await.map_err(|failure| match failure {
                Failure::Failed(error) => error,
                Failure::Unauthorized(_) if is_known => {
                    refused("it accepts neither name nor password".to_owned())
                }
                Failure::Unauthorized(_) => {
                    refused("it wants credentials, and none are known for it".to_owned())
                }
            })
        })?;
        Ok(answer.bytes)
    }

    /// The protocol, with the settings of this client.
    pub(crate) fn registry(&self) -> Registry<'_> {
        Registry { http: &self.http, auth: &self.auth }
    }

    /// Runs a request to its end, unless somebody asks to stop.
    pub(crate) fn run<T>(
        &self,
        what: impl std::fmt::Display,
        work: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        self.runtime.block_on(async {
            let mut work = pin!(work);
            loop {
                if self.http.observer.is_cancelled() {
                    return Err(FetchError::cancelled(&what));
                }
                if let Ok(done) = tokio::time::timeout(TICK, work.as_mut()).await {
                    return done;
                }
            }
        })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn not_found(name: &str, version: &str) -> FetchError {
    FetchError::new(
        FetchErrorKind::NotFound,
        format!("{name} {version}"),
        "its source names no place that has it",
    )
}

/// The tags under which an exact version may stand: as it was asked for, and with the leading `v` the other way round.
fn spellings(version: &str) -> Vec<String> {
    let tag = version.replace('+', "_");
    let other = tag.strip_prefix('v').map_or_else(|| format!("v{tag}"), str::to_owned);
    vec![tag, other]
}

/// A repository as a folder: what is relative to it is below it.
fn folder(repository: &Url) -> Url {
    let mut url = repository.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

/// The chart of an artifact: its one layer that is an archive.
fn chart_of(reference: &OciReference, mut artifact: Artifact) -> Result<Fetched, FetchError> {
    let is_archive = |it: &&Descriptor| {
        matches!(it.media_type.as_str(), media::HELM_CHART | media::HELM_CHART_OLD | media::FLUX_CONTENT)
    };
    let layers: Vec<&Descriptor> = artifact.parsed.layers.iter().filter(is_archive).collect();
    let [layer] = layers.as_slice() else {
        let text = format!("it holds {} charts; one is expected", layers.len());
        return Err(FetchError::new(FetchErrorKind::Malformed, reference, text));
    };
    let digest = layer.digest;
    let archive =
        artifact.blobs.remove(&digest).ok_or_else(|| mismatch(reference, digest, Digest::of(b"")))?;
    let descriptor = Descriptor::of(&artifact.media_type, &artifact.manifest);
    let received = artifact.received;
    let artifact = FetchedArtifact { manifest: artifact.manifest, descriptor, blobs: artifact.blobs };
    Ok(Fetched { archive, digest, artifact: Some(artifact), received })
}
