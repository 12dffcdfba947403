//! Releases on the move: from a bundle to a registry, and back.
//!
//! In a registry, each artefact stands under its target, with its signatures. The repository of the release has the release index and every
//! manifest and blob that it names, so that one tag keeps all of it alive and gives all of it back.

mod blob;
mod images;
mod import;
mod journal;
mod mirror;
mod plan;
mod pull;
mod push;
mod signatures;
mod source;

pub use images::ImageRegistry;
pub(crate) use images::{Fetch, FetchedImage, ImageFetcher};
pub use import::import;
pub use mirror::{Mirror, Pair};
pub use plan::Plan;
pub use pull::{Pulled, pull};
pub use push::{Pushed, Tally, push};

use crate::Refusal;
use crate::bundle::BundleError;
use crate::network::ConnectError;
use catalyst_bundle::Digest;
use catalyst_bundle::release::Flaw;
use catalyst_registry::{FetchError, FetchErrorKind, OciReference, OciRepository};
use catalyst_system::IoError;
use rayon::prelude::*;
use std::fmt;
use std::path::Path;

/// Requests side by side unless somebody says otherwise: more do not help registries that keep their books in a database.
const JOBS: usize = 4;

/// A registry, and the path below which repositories stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryPath(String);

impl RegistryPath {
    /// Reads `host[:port][/path]`, with `oci://` in front or without. The error reads after a colon.
    pub fn parse(text: &str) -> Result<RegistryPath, String> {
        let plain = text.strip_prefix("oci://").unwrap_or(text);
        let plain = plain.strip_suffix('/').unwrap_or(plain);
        OciRepository::parse(&format!("oci://{plain}/x"))?;
        Ok(RegistryPath(plain.to_owned()))
    }

    /// The repository of this name below it.
    pub fn repository(&self, name: &str) -> Result<OciRepository, MoveError> {
        OciRepository::parse(&format!("oci://{}/{name}", self.0)).map_err(|why| {
            MoveError::refused(format!("`{name}` can be no repository of `{self}`: {why}"), None)
        })
    }

    /// What stands under `repository:tag` below it.
    pub fn reference(&self, target: &str) -> Result<OciReference, MoveError> {
        OciReference::parse(&format!("oci://{}/{target}", self.0)).map_err(|why| {
            MoveError::refused(format!("`{target}` can be no reference in `{self}`: {why}"), None)
        })
    }
}

impl fmt::Display for RegistryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads `host[:port]/path:tag` or `…@digest`, with `oci://` in front or without. The error reads after a colon.
pub fn parse_reference(text: &str) -> Result<OciReference, String> {
    let plain = text.strip_prefix("oci://").unwrap_or(text);
    let reference = OciReference::parse(&format!("oci://{plain}"))?;
    match (&reference.tag, &reference.digest) {
        (None, None) => Err("it names neither a tag nor a digest".to_owned()),
        _ => Ok(reference),
    }
}

/// A reference as other programs take it, without `oci://`.
pub fn bare(reference: &OciReference) -> String {
    let text = reference.to_string();
    text.strip_prefix("oci://").unwrap_or(&text).to_owned()
}

/// Why a release was not moved.
#[derive(Debug)]
pub enum MoveError {
    /// The system's reason, or somebody stopped it.
    Io(IoError),
    /// What is moved, or what came, is no release.
    Flaw(Flaw),
    /// The other side's reason.
    Refused(Refusal),
    /// The other side did not answer.
    Unreached(Refusal),
    /// Tags are there with other content, and nothing was sent.
    Taken(Vec<Taken>),
}

/// A tag that is there with other content: what was published is not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The tag.
    pub tag: OciReference,
    /// What it leads to.
    pub found: Digest,
    /// What it should lead to.
    pub wanted: Digest,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Taken { tag, found, wanted } = self;
        write!(f, "`{tag}` is there with other content: it is {found}, and {wanted} is to be pushed")
    }
}

impl MoveError {
    fn refused(text: impl Into<String>, help: Option<&str>) -> MoveError {
        MoveError::Refused(Refusal { text: text.into(), help: help.map(str::to_owned) })
    }
}

impl From<FetchError> for MoveError {
    fn from(error: FetchError) -> Self {
        match error.kind {
            FetchErrorKind::Cancelled => MoveError::Io(IoError::cancelled("reach", Path::new(&error.what))),
            kind => {
                let help = error.help().map(str::to_owned);
                let refusal = Refusal { text: error.to_string(), help };
                match kind {
                    FetchErrorKind::Unavailable => MoveError::Unreached(refusal),
                    _ => MoveError::Refused(refusal),
                }
            }
        }
    }
}

impl From<IoError> for MoveError {
    fn from(error: IoError) -> Self {
        MoveError::Io(error)
    }
}

impl From<ConnectError> for MoveError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Io(error) => MoveError::Io(error),
            ConnectError::Refused(text) => MoveError::refused(text, None),
        }
    }
}

impl From<BundleError> for MoveError {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Io(error) => MoveError::Io(error),
            BundleError::Flaw(flaw) => MoveError::Flaw(flaw),
            BundleError::Tar(error) => MoveError::refused(error.to_string(), None),
        }
    }
}

impl From<Flaw> for MoveError {
    fn from(flaw: Flaw) -> Self {
        MoveError::Flaw(flaw)
    }
}

/// Threads that make requests.
fn threads(jobs: usize) -> Result<rayon::ThreadPool, MoveError> {
    let jobs = if jobs == 0 { JOBS } else { jobs };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    threads.map_err(|error| MoveError::refused(error.to_string(), None))
}

/// Does the same with all of them, side by side. The first error in their order is the one that is given.
fn each<T: Sync, R: Send>(
    threads: &rayon::ThreadPool,
    items: &[T],
    work: impl Fn(&T) -> Result<R, MoveError> + Sync + Send,
) -> Result<Vec<R>, MoveError> {
    threads.install(|| items.par_iter().map(work).collect())
}
