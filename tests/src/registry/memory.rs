//! A registry in memory: as much of the distribution protocol as pushing and pulling takes, with the referrers API or without.

use crate::net::{Request, Response};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::media;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a repository holds.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Blobs.
    pub blobs: BTreeMap<Digest, Vec<u8>>,
    /// Manifests and indexes with their media types.
    pub documents: BTreeMap<Digest, (String, Vec<u8>)>,
    /// Tags.
    pub tags: BTreeMap<String, Digest>,
    /// What has come of uploads that are not done.
    uploads: BTreeMap<String, Vec<u8>>,
}

/// The registry. Clones share what it holds.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    has_referrers: bool,
    /// Entries of one page of a list of referrers; all when 0.
    page: usize,
    held: Arc<Mutex<BTreeMap<String, Held>>>,
}

impl Memory {
    /// One with the referrers API.
    pub fn with_referrers() -> Memory {
        Memory { has_referrers: true, ..Memory::default() }
    }

    /// One whose lists of referrers come in pages of so many.
    pub fn with_pages(page: usize) -> Memory {
        Memory { has_referrers: true, page, ..Memory::default() }
    }

    /// What it holds, by repository.
    pub fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it answers. Like real ones, it takes a manifest only when all that it names is there.
    pub fn answer(&self, request: &Request) -> Response {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = path.strip_prefix("/v2/").unwrap_or_default();
        for part in ["/blobs/", "/manifests/", "/referrers/"] {
            if let Some((name, rest)) = path.split_once(part) {
                let mut held = self.held();
                return match part {
                    "/blobs/" => blobs(&mut held, name, rest, query, request),
                    "/manifests/" => self.documents(held.entry(name.to_owned()).or_default(), rest, request),
                    _ => self.referrers(held.entry(name.to_owned()).or_default(), rest, query, path),
                };
            }
        }
        Response::status(404, "")
    }

    fn documents(&self, held: &mut Held, reference: &str, request: &Request) -> Response {
        if request.method != "PUT" {
            let digest = Digest::parse(reference).ok().or_else(|| held.tags.get(reference).copied());
            let found = digest.and_then(|it| Some((it, held.documents.get(&it)?)));
            let Some((digest, (media_type, bytes))) = found else { return Response::status(404, "") };
            return Response::ok(bytes.clone())
                .header("Content-Type", media_type)
                .header("Docker-Content-Digest", digest.to_string());
        }
        let json: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let names = |key: &str| json[key].as_array().cloned().unwrap_or_default();
        let digest = |it: &Value| it["digest"].as_str().and_then(|it| Digest::parse(it).ok());
        let mut content = names("layers");
        content.extend(json.get("config").cloned());
        let has_all = content.iter().all(|it| digest(it).is_some_and(|it| held.blobs.contains_key(&it)))
            && names("manifests")
                .iter()
                .all(|it| digest(it).is_some_and(|it| held.documents.contains_key(&it)));
        if !has_all {
            return Response::status(404, r#"{"errors": [{"message": "blob unknown to registry"}]}"#);
        }
        let own = Digest::of(&request.body);
        held.documents.insert(own, (request.header("content-type").to_owned(), request.body.clone()));
        if Digest::parse(reference).is_err() {
            held.tags.insert(reference.to_owned(), own);
        }
        let answer = Response::status(201, "").header("Docker-Content-Digest", own.to_string());
        match json["subject"]["digest"].as_str().filter(|_| self.has_referrers) {
            Some(subject) => answer.header("OCI-Subject", subject),
            None => answer,
        }
    }

    fn referrers(&self, held: &Held, subject: &str, query: &str, path: &str) -> Response {
        if !self.has_referrers {
            return Response::status(404, "");
        }
        let entry = |(digest, (media_type, bytes)): (&Digest, &(String, Vec<u8>))| {
            let json: Value = serde_json::from_slice(bytes).ok()?;
            (json["subject"]["digest"] == subject).then(|| {
                json!({
                    "mediaType": media_type, "digest": digest.to_string(), "size": bytes.len(),
                    "artifactType": json["artifactType"], "annotations": json["annotations"],
                })
            })
        };
        let entries: Vec<Value> = held.documents.iter().filter_map(entry).collect();
        let size = if self.page == 0 { entries.len().max(1) } else { self.page };
        let number = query.strip_prefix("page=").and_then(|it| it.parse().ok()).unwrap_or(0);
        let page = entries.chunks(size).nth(number).unwrap_or_default();
        let index = json!({ "schemaVersion": 2, "mediaType": media::INDEX, "manifests": page });
        let answer = Response::ok(index.to_string()).header("Content-Type", media::INDEX);
        if (number + 1) * size >= entries.len() {
            return answer;
        }
        answer.header("Link", format!("</v2/{path}?page={}>; rel=\"next\"", number + 1))
    }
}

fn blobs(
    all: &mut BTreeMap<String, Held>,
    name: &str,
    rest: &str,
    query: &str,
    request: &Request,
) -> Response {
    let query: BTreeMap<&str, String> = query
        .split('&')
        .filter_map(|it| it.split_once('='))
        .map(|(key, value)| (key, value.replace("%3A", ":").replace("%2F", "/")))
        .collect();
    if let Some(upload) = rest.strip_prefix("uploads/") {
        let mount = query.get("mount").and_then(|it| Digest::parse(it).ok());
        let from = query.get("from").and_then(|it| all.get(it));
        if let Some((digest, bytes)) = mount.and_then(|it| Some((it, from?.blobs.get(&it)?.clone()))) {
            all.entry(name.to_owned()).or_default().blobs.insert(digest, bytes);
            return Response::status(201, "");
        }
        let held = all.entry(name.to_owned()).or_default();
        if request.method == "POST" {
            let id = (held.uploads.len() + 1).to_string();
            let location = format!("/v2/{name}/blobs/uploads/{id}");
            held.uploads.insert(id, Vec::new());
            return Response::status(202, "").header("Location", location);
        }
        let Some(come) = held.uploads.get_mut(upload) else {
            return Response::status(404, r#"{"errors": [{"message": "upload unknown"}]}"#);
        };
        let location = format!("/v2/{name}/blobs/uploads/{upload}");
        if request.method == "GET" {
            let range = format!("0-{}", come.len().max(1) - 1);
            return Response::status(204, "").header("Location", location).header("Range", range);
        }
        let start = request.header("content-range").split('-').next().and_then(|it| it.parse().ok());
        if start.is_some_and(|it: usize| it != come.len()) {
            return Response::status(416, "");
        }
        come.extend(&request.body);
        if request.method == "PATCH" {
            return Response::status(202, "").header("Location", location);
        }
        let bytes = std::mem::take(come);
        return match query.get("digest").and_then(|it| Digest::parse(it).ok()) {
            Some(digest) if Digest::of(&bytes) == digest => {
                held.blobs.insert(digest, bytes);
                Response::status(201, "")
            }
            _ => Response::status(400, r#"{"errors": [{"message": "digest invalid"}]}"#),
        };
    }
    let found = Digest::parse(rest).ok().and_then(|it| all.get(name)?.blobs.get(&it));
    found.map_or_else(|| Response::status(404, ""), |it| Response::ok(it.clone()))
}
