//! `hardcoded-value`: a template writes out nothing that one cluster has otherwise than the next: replicas, sizes of volumes, storage classes,
//! issuers, regions and host names are values. What a template writes out nobody can change without a new version of the chart.

use crate::ChartSubject;
use crate::template::{Entry, Piece, documents, entries, is_of_kind};
use catalyst_diag::{Diagnostic, Place, rule};

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let documents: Vec<_> = subject
        .templates
        .iter()
        .flat_map(|(file, text)| documents(text).into_iter().map(move |it| (*file, it)))
        .collect();
    // An issuer that the chart brings itself is part of it.
    let own: Vec<&str> = documents
        .iter()
        .filter(|(_, it)| is_of_kind(it, &["Issuer", "ClusterIssuer"]))
        .flat_map(|(_, it)| entries(it))
        .filter(|it| it.above == Some("metadata") && it.key == "name")
        .map(|it| bare(&it.value))
        .collect();
    for (file, document) in &documents {
        for entry in entries(document) {
            let text = bare(&entry.value);
            let is_literal = !text.is_empty() && !text.contains("{{") && !text.contains("${");
            let Some(what) = what(&entry, text).filter(|_| is_literal) else { continue };
            if what == "issuer" && own.contains(&text) {
                continue;
            }
            let place = Place::bytes(file, entry.value.span(0, entry.value.text.len()));
            let message = format!("the {what} `{text}` is written out in a template");
            out.push(
                Diagnostic::new(&rule::HARDCODED_VALUE, place, message).help(
                    "take it from a value, with this as its default in `values.yaml` if it is a good one",
                ),
            );
        }
    }
}

/// What an entry says that belongs to a cluster.
fn what(entry: &Entry<'_>, text: &str) -> Option<&'static str> {
    let found = match entry.key {
        "replicas" | "replicaCount" | "minReplicas" | "maxReplicas" => {
            is_number(text).then_some("replica count")
        }
        // The resources of operators, such as a database cluster.
        "instances" => is_number(text).then_some("replica count"),
        "storage" | "size" => is_quantity(text).then_some("size"),
        "storageClassName" | "storageClass" => is_word(text).then_some("storage class"),
        "region" => is_word(text).then_some("region"),
        "cert-manager.io/issuer" | "cert-manager.io/cluster-issuer" => Some("issuer"),
        "name" => (entry.above == Some("issuerRef")).then_some("issuer"),
        "host" | "hostname" | "hostnames" | "hosts" | "dnsName" | "dnsNames" | "commonName" => {
            is_public(text).then_some("host name")
        }
        _ => None,
    };
    // The schema of a definition says what a field is, not what it holds.
    found.filter(|_| entry.above != Some("properties"))
}

fn bare<'t>(value: &Piece<'t>) -> &'t str {
    value.text.trim_matches(['"', '\''])
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `10Gi`: a number with a unit of memory.
fn is_quantity(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    unit.len() < text.len() && matches!(unit.trim_end_matches('i'), "K" | "M" | "G" | "T" | "P" | "E" | "k")
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A name that is resolved outside of the cluster.
fn is_public(text: &str) -> bool {
    let Some((_, top)) = text.rsplit_once('.') else { return false };
    let name = text.strip_prefix("*.").unwrap_or(text);
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && top.len() > 1
        && top.bytes().all(|b| b.is_ascii_lowercase())
        && !matches!(top, "svc" | "local" | "internal" | "global")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &'static str) -> Vec<&'static str> {
        let document = Piece { start: 0, text };
        entries(&document).iter().filter_map(|it| what(it, bare(&it.value))).collect()
    }

    #[test]
    fn what_belongs_to_a_cluster_is_found() {
        for (text, wanted) in [
            ("replicas: 2", "replica count"),
            ("resources: {requests: {storage: 10Gi}}", "size"),
            ("storageClassName: \"fast\"", "storage class"),
            ("issuerRef: {kind: ClusterIssuer, name: letsencrypt}", "issuer"),
            ("issuerRef:\n  name: letsencrypt", "issuer"),
            ("hostnames:\n  - shop.omani.works", "host name"),
            ("dnsNames: [\"*.omani.works\"]", "host name"),
            ("region: fsn1", "region"),
        ] {
            assert_eq!(found(text), [wanted], "{text}");
        }
    }

    #[test]
    fn what_is_the_same_everywhere_passes() {
        for text in [
            "privateKey: {algorithm: ECDSA, size: 256}",
            "emptyDir: {sizeLimit: 16Mi}",
            "host: 127.0.0.1",
            "host: web.shop.svc.cluster.local",
            "commonName: internal-ca",
            "name: web",
            "properties:\n  region:\n    type: string",
            "maxUnavailable: 1",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
    }
}
