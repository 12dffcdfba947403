//! The closure: the charts and images that the objects of a release name. What the bundle does not carry, the site must have.

use super::mirror_target;
use crate::Digest;
use crate::json::canonical;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is needed by one reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Need {
    /// The digest that it is pinned to, where one is known.
    pub digest: Option<Digest>,
    /// Whether the bundle has it.
    pub carried: bool,
    /// Where the bundle brings it to: repository and tag below the registry of the Sovereign.
    pub target: Option<String>,
    /// The platforms that the bundle has of an image, where that is known.
    pub platforms: BTreeSet<String>,
    /// Where it is named, as `file#field`.
    pub used_by: BTreeSet<String>,
}

/// A host that strings of a release name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// Why it may be named, where the intent says so.
    pub reason: Option<String>,
    /// How often it is named.
    pub count: usize,
    /// The first places.
    pub named_in: Vec<String>,
}

/// Everything that a release needs from registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closure {
    /// Charts, by `repository:tag` or `repository@digest`.
    pub charts: BTreeMap<String, Need>,
    /// Images, by reference.
    pub images: BTreeMap<String, Need>,
    /// The one platform that images are carried for; all of them when there is none.
    pub platform: Option<String>,
    /// For an air-gapped Sovereign: all hosts that its strings name, with what each was taken for.
    pub judged: Option<BTreeMap<(String, String), Judged>>,
    /// Why images may be missing from the list; empty when it is complete.
    pub incomplete: BTreeSet<String>,
}

impl Closure {
    /// The projects, as Harbor calls them, that a registry needs before it takes what this lists: one for each host that it is published at.
    pub fn projects(&self) -> BTreeSet<String> {
        let target =
            |(reference, need): (&String, &Need)| need.target.clone().or_else(|| mirror_target(reference));
        let first = |target: String| target.split('/').next().unwrap_or_default().to_owned();
        let charts = self.charts.iter().filter(|(_, need)| need.carried);
        charts.chain(&self.images).filter_map(target).map(first).collect()
    }

    /// As a document.
    pub fn to_json(&self) -> Value {
        let list = |needs: &BTreeMap<String, Need>| -> Value {
            let entry = |(reference, need): (&String, &Need)| {
                let mut json = json!({
                    "reference": reference,
                    "carried": need.carried,
                    "usedBy": need.used_by,
                });
                if let Some(digest) = need.digest {
                    json["digest"] = digest.to_string().into();
                }
                if !need.platforms.is_empty() {
                    json["platforms"] = need.platforms.iter().map(String::as_str).collect();
                }
                if let Some(target) = &need.target {
                    json["target"] = target.as_str().into();
                }
                json
            };
            needs.iter().map(entry).collect()
        };
        let mut json = json!({
            "version": 1,
            "charts": list(&self.charts),
            "images": list(&self.images),
            "platforms": self.platform.as_deref().unwrap_or("all"),
            "complete": self.incomplete.is_empty(),
            "incompleteBecause": self.incomplete,
        });
        if let Some(judged) = &self.judged {
            let entry = |((host, is), it): (&(String, String), &Judged)| {
                let mut json = json!({ "host": host, "is": is, "count": it.count, "namedIn": it.named_in });
                if let Some(reason) = &it.reason {
                    json["reason"] = reason.as_str().into();
                }
                json
            };
            json["hosts"] = judged.iter().map(entry).collect();
            json["projects"] = self.projects().into_iter().collect();
        }
        json
    }

    /// The bytes of the document.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical(&self.to_json()).into_bytes()
    }
}
