//! Charts from where they are published, HTTP chart repositories and OCI registries; and releases to registries and back.
//!
//! [`Client`] answers which version a range means today and what its bytes are, and it puts blobs, manifests, referrers and tags where they
//! are not yet. All it reads is bounded before it is kept, and checked against the digest that its source promised. What fails for a moment is
//! tried again; what fails for good is a [`FetchError`] that says whose fault it is.
//!
//! The only crate with an async runtime and with TLS. It knows no files, no environment and no clock, and prints nothing: credentials come
//! from a [`Secrets`], progress goes to an [`Observer`], which may also ask it to stop.

mod auth;
mod blobs;
mod client;
mod credentials;
mod documents;
mod error;
mod http;
mod images;
mod index;
mod observe;
mod oci;
mod reference;
mod referrers;
mod retry;
mod source;
mod trouble;
mod versions;

pub use blobs::{Keep, Put, Supply};
pub use client::{Client, Fetched, FetchedArtifact, Have, Limits, Offer, Place, Proxies, Settings};
pub use credentials::{
    Credential, DockerConfig, HelmRepositories, HelmRepository, NoSecrets, Secrets, Stored,
};
pub use documents::Document;
pub use error::{FetchError, FetchErrorKind};
pub use index::{Index, IndexEntry};
pub use observe::{Observer, Unobserved};
pub use reference::{OciReference, OciRepository};
pub use referrers::{Change, MOST_REFERRERS};
pub use reqwest::Url;
pub use retry::Retry;
pub use source::Source;
pub use versions::choose;
