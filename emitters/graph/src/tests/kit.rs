//! The kit of domain.md 9.2 as a graph, written by hand.

use catalyst_plan::graph::{Edge, Graph, Node};

/// Slot, name, tier, layer, what it comes after; `?` stands for a condition.
const ROWS: &[(&str, &str, &str, &str, &str)] = &[
    ("01", "cilium", "0: Foundation", "host", ""),
    ("02", "cert-manager", "0", "host", "cilium"),
    ("03", "flux", "0", "host", "cert-manager"),
    ("04", "crossplane", "0", "mgt", "flux"),
    ("05", "sealed-secrets", "0 (Phase-0-transient)", "host", "cert-manager"),
    ("06a", "self-sovereign-cutover", "4 (dormant)", "mgt", "flux"),
    ("07", "nats-jetstream", "2: Eventbus", "mgt", "cert-manager"),
    ("08", "openbao", "1: Identity", "mgt", "cert-manager"),
    ("09", "keycloak", "1: Identity", "mgt", "cert-manager cnpg?"),
    ("10", "gitea", "2: Git", "mgt", "keycloak"),
    ("11", "powerdns", "3: DNS authoritative", "host", "cert-manager cnpg"),
    ("12", "external-dns", "3: DNS sync", "host", "powerdns"),
    ("13", "catalyst-platform", "4: Catalyst umbrella", "mgt", "gitea nats-jetstream openbao keycloak"),
    ("14", "crossplane-claims", "0: Foundation extension", "mgt", "crossplane"),
    ("15", "external-secrets", "0/3", "host", "openbao cert-manager"),
    ("16", "cnpg", "5: Data", "mgt", "flux"),
    ("17", "valkey", "5", "mgt", "flux"),
    ("18", "seaweedfs", "5", "host", "flux cert-manager"),
    ("19", "harbor", "5: registry", "host", "cnpg seaweedfs cert-manager"),
    ("20", "opentelemetry", "6: Observability", "host", "cert-manager"),
    ("21", "alloy", "6", "host", "opentelemetry"),
    ("22", "loki", "6", "mgt", "seaweedfs"),
    ("23", "mimir", "6", "mgt", "seaweedfs"),
    ("24", "tempo", "6", "mgt", "seaweedfs"),
    ("25", "grafana", "6", "mgt", "cnpg loki mimir tempo keycloak"),
    ("26", "langfuse", "6: LLM obs", "mgt", "cnpg keycloak cert-manager"),
    ("27", "kyverno", "7: Security/policy", "host", "cilium"),
    ("28", "reloader", "7", "host", ""),
    ("29", "vpa", "7", "host", ""),
    ("30", "trivy", "7", "host", "cert-manager"),
    ("31", "falco", "7", "host", "cilium"),
    ("32", "sigstore", "7", "host", "cert-manager"),
    ("33", "syft-grype", "7", "host", "cert-manager"),
    ("34", "velero", "7", "host", "seaweedfs"),
    ("35", "coraza", "8: Edge", "host", "cilium cert-manager"),
    ("36", "stunner", "8", "host", "cilium cert-manager"),
    ("37", "knative", "9: Apps / AI runtime", "host", "cert-manager"),
    ("38", "kserve", "9", "host", "knative"),
    ("39", "vllm", "9", "host", "kserve"),
    ("40", "llm-gateway", "9", "mgt", "cnpg keycloak"),
    ("41", "anthropic-adapter", "9", "mgt", "llm-gateway"),
    ("42", "bge", "9", "host", "cnpg"),
    ("43", "nemo-guardrails", "9", "mgt", "llm-gateway bge cnpg"),
    ("44", "temporal", "9", "mgt", "cnpg cert-manager"),
    ("45", "openmeter", "9", "mgt", "cnpg nats-jetstream"),
    ("46", "livekit", "9: relay", "host", "stunner cert-manager"),
    ("47", "matrix", "9: relay", "mgt", "cnpg keycloak cert-manager"),
    ("48", "librechat", "9", "mgt", "llm-gateway vllm bge keycloak"),
];

/// The graph, with the condition of keycloak met or not.
pub(super) fn kit(highly_available: bool) -> Graph {
    let mut graph = Graph { title: "Bootstrap kit".into(), ..Graph::default() };
    for &(slot, name, tier, layer, needs) in ROWS {
        let name = format!("bp-{name}");
        for need in needs.split_whitespace() {
            let to = need.trim_end_matches('?');
            let when = (to != need).then(|| "HA".to_owned());
            let active = when.is_none() || highly_available;
            graph.edges.push(Edge { from: name.clone(), to: format!("bp-{to}"), when, reason: None, active });
        }
        graph.nodes.push(Node {
            blueprint: name.clone(),
            name,
            slot: Some(slot.into()),
            tier: Some(tier.into()),
            layer: Some(layer.into()),
            namespace: None,
            version: "1.2.3".into(),
        });
    }
    graph
}
