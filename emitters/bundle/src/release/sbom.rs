//! The software bill of materials: CycloneDX 1.6, without time and with a serial number made from the content.

use super::closure::{Closure, Need};
use super::{Blueprint, Header};
use crate::Digest;
use crate::json::canonical;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The document.
pub(super) fn sbom(
    header: &Header,
    trees: &BTreeMap<String, Digest>,
    blueprints: &[Blueprint],
    closure: &Closure,
) -> Vec<u8> {
    let mut components = Vec::new();
    for (name, digest) in trees {
        components.push(json!({
            "type": "file",
            "bom-ref": format!("tree:{name}"),
            "name": name,
            "hashes": [hash(digest)],
        }));
    }
    for it in blueprints {
        let purl = format!("pkg:generic/{}@{}", it.name, encode(&it.version));
        components.push(json!({
            "type": "application",
            "bom-ref": purl,
            "name": it.name,
            "version": it.version,
            "purl": purl,
        }));
    }
    components.extend(closure.charts.iter().map(|(reference, need)| chart(reference, need)));
    components.extend(closure.images.iter().map(|(reference, need)| image(reference, need)));
    let mut json = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "platform",
                "bom-ref": format!("sovereign:{}", header.sovereign),
                "name": header.sovereign,
                "version": header.sequence.to_string(),
            },
            "tools": { "components": [tool(&header.tool)] },
        },
        "components": components,
    });
    json["serialNumber"] = serial(&Digest::of(canonical(&json).as_bytes())).into();
    canonical(&json).into_bytes()
}

fn tool(text: &str) -> Value {
    let (name, version) = text.split_once(' ').unwrap_or((text, ""));
    json!({ "type": "application", "name": name, "version": version })
}

fn hash(digest: &Digest) -> Value {
    json!({ "alg": "SHA-256", "content": digest.hex() })
}

fn chart(reference: &str, need: &Need) -> Value {
    let (repository, version) = split(reference);
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let url = repository.strip_suffix(name).unwrap_or(repository).trim_end_matches('/');
    let purl = format!("pkg:helm/{name}@{}?repository_url={}", encode(version), encode(url));
    component("library", name, version, &purl, need)
}

fn image(reference: &str, need: &Need) -> Value {
    let (repository, version) = split(reference);
    let name = repository.rsplit('/').next().unwrap_or(repository).to_ascii_lowercase();
    let at = need.digest.map_or_else(|| encode(version), |it| encode(&it.to_string()));
    let tag = if version.is_empty() { String::new() } else { format!("&tag={}", encode(version)) };
    let purl = format!("pkg:oci/{name}@{at}?repository_url={}{tag}", encode(repository));
    component("container", &name, version, &purl, need)
}

fn component(kind: &str, name: &str, version: &str, purl: &str, need: &Need) -> Value {
    let mut json = json!({ "type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl });
    if let Some(digest) = &need.digest {
        json["hashes"] = json!([hash(digest)]);
    }
    json
}

/// Repository and tag. A colon before the last slash is a port.
fn split(reference: &str) -> (&str, &str) {
    let plain = reference.split('@').next().unwrap_or(reference);
    match plain.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (plain, ""),
    }
}

/// Percent-encoding of everything that a package URL does not take as it stands.
fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => out.push(byte.into()),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A UUID of the form for content of one's own (version 8).
fn serial(digest: &Digest) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&digest.bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
