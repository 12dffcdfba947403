//! Where a release comes from: an in-toto statement with SLSA provenance. Nothing in it depends on the machine or the time, so two builders
//! can make the same one. By itself it is level 1: whoever holds the key can sign it.

use super::closure::Closure;
use super::{Blueprint, Header};
use crate::Digest;
use crate::archive::COMPRESSOR;
use crate::json::canonical;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a release was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The repository of intent, as `catalyst.yaml` names it.
    pub source: String,
    /// Digest of the files of intent together.
    pub intent: Option<Digest>,
}

/// The statement over artefacts, by name.
pub(super) fn provenance(
    header: &Header,
    origin: &Origin,
    subjects: &BTreeMap<String, Digest>,
    blueprints: &[Blueprint],
    closure: &Closure,
) -> Vec<u8> {
    let subject = |(name, digest): (&String, &Digest)| json!({ "name": name, "digest": sha256(digest) });
    let mut resolved: Vec<Value> = Vec::new();
    let mut add = |uri: String, digest: Option<Digest>| {
        let mut json = json!({ "uri": uri });
        if let Some(digest) = digest {
            json["digest"] = sha256(&digest);
        }
        resolved.push(json);
    };
    add(format!("git+{}", origin.source), origin.intent);
    for it in blueprints {
        let name = format!("blueprints/{}:{}", it.name, it.version.replace('+', "_"));
        add(format!("blueprint:{}@{}", it.name, it.version), subjects.get(&name).copied());
    }
    for (reference, need) in closure.charts.iter().chain(&closure.images) {
        add(format!("oci://{reference}"), need.digest);
    }
    let json = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects.iter().map(subject).collect::<Vec<_>>(),
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://catalyst.dev/build/bundle/v1",
                "externalParameters": {
                    "source": origin.source,
                    "sovereign": header.sovereign,
                    "line": header.line,
                    "sequence": header.sequence,
                },
                "internalParameters": { "tool": header.tool, "compressor": COMPRESSOR },
                "resolvedDependencies": resolved,
            },
            "runDetails": {
                "builder": { "id": "https://catalyst.dev/catalystc", "version": { "catalystc": header.tool } },
            },
        },
    });
    canonical(&json).into_bytes()
}

fn sha256(digest: &Digest) -> Value {
    json!({ "sha256": digest.hex() })
}
