//! What is attached to an artefact: found and listed by the referrers API, or, where a registry has none, by a tag made from the digest.
//!
//! That tag holds an index which every signer rewrites, and no registry can be asked to write only what nobody else has changed. So it is
//! read, merged, written and read again until it holds both what was there and what is new; within one process, one writer at a time.

use crate::client::Client;
use crate::documents::Document;
use crate::oci::Registry;
use crate::trouble::is_same_origin;
use crate::{FetchError, FetchErrorKind, OciReference, OciRepository, Url};
use catalyst_bundle::oci::{Descriptor, Index, LARGEST_MANIFEST, media};
use catalyst_bundle::{Digest, json};
use reqwest::header::{HeaderMap, LINK};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// Most writes of a tag that others write too.
const ROUNDS: u32 = 8;
/// Most referrers of one artefact that are looked at.
pub const MOST_REFERRERS: usize = 64;
/// Most of them that are listed, whatever they are.
const MOST_LISTED: usize = 4096;
/// Most pages of such a list.
const MOST_PAGES: usize = 64;

/// How a document is changed: the new one, or `None` when nothing is to be changed. The error reads after a colon.
pub type Change<'a> = &'a dyn Fn(Option<&Document>) -> Result<Option<Document>, String>;

impl Client {
    /// The referrers of an artefact that are of an artefact type, or may be, no more than [`MOST_REFERRERS`]: some registries list the type
    /// of the config, which says nothing.
    pub fn referrers(
        &self,
        repository: &OciRepository,
        subject: &Digest,
        artifact_type: &str,
    ) -> Result<Vec<Descriptor>, FetchError> {
        let mut found = self.all_referrers(repository, subject)?;
        let says_nothing = |it: &str| it.is_empty() || it == media::EMPTY;
        found.retain(|it| {
            it.artifact_type.as_deref().is_none_or(|it| it == artifact_type || says_nothing(it))
        });
        if found.len() > MOST_REFERRERS {
            let text = format!("{subject} has more than {MOST_REFERRERS} referrers");
            return Err(FetchError::new(FetchErrorKind::TooLarge, repository, text));
        }
        Ok(found)
    }

    /// All referrers of an artefact, in order of digest. What is listed is not to be trusted: each says itself what it is about.
    pub fn all_referrers(
        &self,
        repository: &OciRepository,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, FetchError> {
        let is_without =
            self.without_lists.lock().unwrap_or_else(PoisonError::into_inner).contains(&repository.host);
        let listed = self.run(repository, self.registry().referrers(repository, subject, is_without))?;
        // An entry of somebody else may be of a form that is not read here.
        let mut found: Vec<Descriptor> =
            listed.iter().filter_map(|it| Descriptor::from_json(it).ok()).collect();
        found.sort_by_key(|it| it.digest);
        found.dedup_by_key(|it| it.digest);
        Ok(found)
    }

    /// Lists referrers under the tag that stands in for the referrers API, beside those that are listed: for a registry that has taken them without
    /// taking note of what they are about. It is not asked for lists again.
    pub fn list_referrers(
        &self,
        repository: &OciRepository,
        subject: &Digest,
        entries: &[Descriptor],
    ) -> Result<(), FetchError> {
        self.without_lists.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.host.clone());
        self.amend(&fallback(repository, subject), &|old| with_entries(old, entries)).map(drop)
    }

    /// Changes what stands under a tag that others may change at the same time. `change` is called until it finds nothing to change. Says
    /// whether there was anything.
    pub fn amend(&self, tag: &OciReference, change: Change<'_>) -> Result<bool, FetchError> {
        let alone: Arc<Mutex<()>> = {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            writers.entry(tag.to_string()).or_default().clone()
        };
        let _alone = alone.lock().unwrap_or_else(PoisonError::into_inner);
        for round in 0..=ROUNDS {
            let old = self.document(tag)?;
            let refused = |why| FetchError::new(FetchErrorKind::Malformed, tag, why);
            let Some(new) = change(old.as_ref()).map_err(refused)? else { return Ok(round > 0) };
            if round == ROUNDS {
                break;
            }
            self.run(tag, async {
                // Others that write the same must not come back at the same moment.
                if round > 0
                    && let Some(pause) = self.http.retry.pause(round, None)
                {
                    tokio::time::sleep(pause).await;
                }
                self.registry().put_document(tag, &new).await
            })?;
        }
        let text = format!("others have changed it {ROUNDS} times meanwhile");
        Err(FetchError::new(FetchErrorKind::Unavailable, tag, text))
    }
}

impl Registry<'_> {
    /// What the index of referrers lists, page by page; nothing when there is none.
    async fn referrers(
        self,
        repository: &OciRepository,
        subject: &Digest,
        is_without: bool,
    ) -> Result<Vec<Value>, FetchError> {
        let mut url = self.url(repository, &format!("referrers/{subject}"))?;
        let mut entries = Vec::new();
        for page in 0..MOST_PAGES {
            let listed = match is_without {
                true => Err(FetchError::new(FetchErrorKind::NotFound, repository, "it has no lists")),
                false => self.ask(repository, &url, media::INDEX, LARGEST_MANIFEST, None, "referrers").await,
            };
            let (bytes, next) = match listed {
                Ok(answer) => {
                    let next = next_page(&url, &answer.headers);
                    let refused = |why| FetchError::new(FetchErrorKind::Refused, repository, why);
                    (answer.bytes, next.map_err(refused)?)
                }
                Err(error) if error.kind == FetchErrorKind::NotFound && page == 0 => {
                    match self.document(&fallback(repository, subject)).await? {
                        Some(document) => (document.bytes, None),
                        None => return Ok(entries),
                    }
                }
                Err(error) => return Err(error),
            };
            let mut index = json::parse(&bytes).map_err(|why| {
                let text = format!("its list of referrers of {subject} is refused: {why}");
                FetchError::new(FetchErrorKind::Malformed, repository, text)
            })?;
            if let Value::Array(listed) = index["manifests"].take() {
                entries.extend(listed);
            }
            if entries.len() > MOST_LISTED {
                let text = format!("{subject} has more than {MOST_LISTED} referrers");
                return Err(FetchError::new(FetchErrorKind::TooLarge, repository, text));
            }
            match next {
                Some(next) => url = next,
                None => return Ok(entries),
            }
        }
        let text = format!("its list of referrers of {subject} has more than {MOST_PAGES} pages");
        Err(FetchError::new(FetchErrorKind::TooLarge, repository, text))
    }
}

/// The page that follows, where an answer names one. It is on the same server: what is sent along is meant for no other.
fn next_page(url: &Url, headers: &HeaderMap) -> Result<Option<Url>, String> {
    let links = headers.get_all(LINK).iter().filter_map(|it| it.to_str().ok());
    let Some(target) = links.into_iter().find_map(next_target) else { return Ok(None) };
    match url.join(target) {
        Ok(next) if is_same_origin(&next, url) => Ok(Some(next)),
        _ => Err("its list of referrers goes on at another server".to_owned()),
    }
}

/// The target with the relation `next` among links, `<target>; rel="next", <target>; …`.
fn next_target(mut links: &str) -> Option<&str> {
    loop {
        let (_, rest) = links.split_once('<')?;
        let (target, rest) = rest.split_once('>')?;
        let end = rest.find('<').unwrap_or(rest.len());
        let mut parameters = rest[..end].split([';', ',']).filter_map(|it| it.trim().split_once('='));
        let is_next = |(name, value): (&str, &str)| {
            name.eq_ignore_ascii_case("rel") && value.trim_matches('"').eq_ignore_ascii_case("next")
        };
        if parameters.any(is_next) {
            return Some(target);
        }
        links = &rest[end..];
    }
}

/// The tag that stands in for the referrers API.
fn fallback(repository: &OciRepository, subject: &Digest) -> OciReference {
    let tag = Some(format!("sha256-{}", subject.hex()));
    OciReference { repository: repository.clone(), tag, digest: None }
}

/// An index with further entries, in order of digest. What others have written stays as it is.
fn with_entries(old: Option<&Document>, entries: &[Descriptor]) -> Result<Option<Document>, String> {
    let mut index = match old {
        Some(old) if media::is_index(&old.media_type) => {
            json::parse(&old.bytes).map_err(|it| it.to_string())?
        }
        Some(old) => return Err(format!("it is `{}`, not an index of referrers", old.media_type)),
        None => json::parse(&Index::default().to_bytes()).map_err(|it| it.to_string())?,
    };
    let list = index["manifests"].as_array_mut().ok_or("it is no index")?;
    let missing: Vec<Value> = entries
        .iter()
        .map(Descriptor::to_json)
        .filter(|new| list.iter().all(|it| it["digest"] != new["digest"]))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    list.extend(missing);
    list.sort_by(|a, b| a["digest"].as_str().cmp(&b["digest"].as_str()));
    let bytes = json::canonical(&index).into_bytes();
    if bytes.len() as u64 > LARGEST_MANIFEST {
        return Err("it would be too large".to_owned());
    }
    let media_type = old.map_or(media::INDEX, |it| &it.media_type).to_owned();
    Ok(Some(Document { media_type, bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_with_that_relation() {
        for (links, next) in [
            ("</v2/a/referrers/x?n=2>; rel=\"next\"", Some("/v2/a/referrers/x?n=2")),
            ("<https://a/1,2>;rel=next", Some("https://a/1,2")),
            ("</first>; rel=\"first\", </next>; title=x; REL=\"Next\"", Some("/next")),
            ("</first>; rel=first", None),
            ("next", None),
            ("<", None),
            ("", None),
        ] {
            assert_eq!(next_target(links), next, "{links}");
        }
    }

    #[test]
    fn the_next_page_is_on_the_same_server() {
        let url = Url::parse("https://r.omani.works/v2/a/referrers/x").unwrap();
        let next = |link: &str| {
            next_page(&url, &HeaderMap::from_iter([(LINK, format!("<{link}>; rel=next").parse().unwrap())]))
        };
        assert_eq!(
            next("?page=2").unwrap().unwrap().as_str(),
            "https://r.omani.works/v2/a/referrers/x?page=2"
        );
        assert_eq!(next_page(&url, &HeaderMap::new()), Ok(None));
        for other in ["https://x.omani.works/v2/a", "http://r.omani.works/v2/a", "//r.omani.works:444/"] {
            assert!(next(other).is_err(), "{other}");
        }
    }
}
