use super::kit::kit;
use super::{edge, node, shuffled, small};
use crate::{Facts, dot, facts, json, mermaid, svg, table, text};
use catalyst_plan::graph::{Graph, Node};

#[test]
fn markdown() {
    assert_eq!(
        table(&small()),
        "\
| Slot | Blueprint | Tier | Layer | dependsOn |
|---|---|---|---|---|
| 01 | bp-cilium | 0 | host | (root) |
| 02 | bp-cert-manager | 0 | host | bp-cilium |
| 09 | bp-keycloak | 0 | mgt | bp-cert-manager, bp-cnpg (when config.size > 1 \\|\\| ha) |
| 16 | bp-cnpg | 0 | mgt | bp-cert-manager |
| 28 | bp-reloader | 0 | host | (none) |
"
    );
}

#[test]
fn plain_text() {
    assert_eq!(
        text(&small()),
        "\
Slot  Blueprint        Tier  Layer  dependsOn
01    bp-cilium        0     host   (root)
02    bp-cert-manager  0     host   bp-cilium
09    bp-keycloak      0     mgt    bp-cert-manager, bp-cnpg (when config.size > 1 || ha)
16    bp-cnpg          0     mgt    bp-cert-manager
28    bp-reloader      0     host   (none)
"
    );
}

#[test]
fn applications_have_no_slots() {
    let app = |name: &str, blueprint: &str| Node {
        name: name.into(),
        slot: None,
        tier: None,
        layer: None,
        namespace: None,
        blueprint: blueprint.into(),
        version: "2.1.0".into(),
    };
    let graph = Graph {
        title: String::new(),
        nodes: vec![app("shop", "bp-wordpress"), app("shop-db", "bp-cnpg")],
        edges: vec![edge("shop", "shop-db")],
    };
    assert_eq!(
        table(&graph),
        "\
| Application | Blueprint | Version | dependsOn |
|---|---|---|---|
| shop | bp-wordpress | 2.1.0 | shop-db |
| shop-db | bp-cnpg | 2.1.0 | (root) |
"
    );
}

#[test]
fn mermaid_text() {
    assert_eq!(
        mermaid(&small()),
        "\
---
title: \"Kit of  t38  <test> & more\"
---
flowchart LR
  n_bp_cilium[\"01 bp-cilium\"]:::host
  n_bp_cert_manager[\"02 bp-cert-manager\"]:::host
  n_bp_keycloak[\"09 bp-keycloak\"]:::mgt
  n_bp_cnpg[\"16 bp-cnpg\"]:::mgt
  n_bp_reloader[\"28 bp-reloader\"]:::host
  n_bp_cilium --> n_bp_cert_manager
  n_bp_cert_manager --o n_bp_cnpg
  n_bp_cert_manager --> n_bp_keycloak
  n_bp_cnpg -.->|\"not in force: when config.size #gt; 1 || ha\"| n_bp_keycloak
  classDef host stroke-width:1px
  classDef mgt stroke-width:2px
"
    );
}

#[test]
fn mermaid_ids_do_not_collide() {
    let graph =
        Graph { nodes: vec![node("01", "a-b", "host"), node("02", "a.b", "host")], ..Graph::default() };
    assert!(mermaid(&graph).contains("  n_a_b_[\"02 a.b\"]"));
}

#[test]
fn dot_text() {
    assert_eq!(
        dot(&small()),
        r#"digraph "Kit of \"t38\" <test> & more" {
  rankdir=LR;
  node [shape=box, style=rounded, fontname="sans-serif"];
  "bp-cilium" [label="01 bp-cilium", tooltip="bp-cilium 1.0.0", class="host"];
  "bp-cert-manager" [label="02 bp-cert-manager", tooltip="bp-cert-manager 1.0.0", class="host"];
  "bp-keycloak" [label="09 bp-keycloak", tooltip="bp-keycloak 1.0.0", class="mgt"];
  "bp-cnpg" [label="16 bp-cnpg", tooltip="bp-cnpg 1.0.0", class="mgt"];
  "bp-reloader" [label="28 bp-reloader", tooltip="bp-reloader 1.0.0", class="host"];
  "bp-cilium" -> "bp-cert-manager";
  "bp-cert-manager" -> "bp-cnpg" [style=dotted, tooltip="its webhook is slow | \"first\" run"];
  "bp-cert-manager" -> "bp-keycloak";
  "bp-cnpg" -> "bp-keycloak" [style=dashed, tooltip="when config.size > 1 || ha", color=gray];
}
"#
    );
}

#[test]
fn json_text() {
    let value: serde_json::Value = serde_json::from_str(&json(&small())).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["title"], small().title);
    assert_eq!(
        value["nodes"][2],
        serde_json::json!({
            "name": "bp-keycloak", "slot": "09", "tier": "0", "layer": "mgt", "namespace": "bp-keycloak-system",
            "blueprint": "bp-keycloak", "version": "1.0.0"
        })
    );
    assert_eq!(
        value["edges"][3],
        serde_json::json!({ "from": "bp-keycloak", "to": "bp-cnpg", "when": "{{ config.size > 1 || ha }}", "active": false })
    );
    assert!(json(&small()).starts_with("{\n  \"version\": 1,\n"));
}

#[test]
fn facts_text() {
    assert_eq!(
        facts(&small()),
        "\
nodes: 5
edges: 4 (1 conditional, 1 order-only, 1 not in force)
roots: 2 (bp-cilium, bp-reloader)
depth: 3 nodes, 2 edges
longest chain: bp-cilium -> bp-cert-manager -> bp-cnpg
longest chain with all conditions met: bp-cilium -> bp-cert-manager -> bp-cnpg -> bp-keycloak (4 nodes)
edges to a higher slot: 0
"
    );
}

/// The architecture text states a chain of six without the conditional edge. With it, the database comes before the identity server.
#[test]
fn facts_of_the_kit() {
    let (plain, available) = (Facts::of(&kit(false)), Facts::of(&kit(true)));
    assert_eq!((plain.nodes, plain.edges, plain.conditional, plain.inactive), (48, 73, 1, 1));
    assert_eq!(plain.roots, ["bp-cilium", "bp-reloader", "bp-vpa"]);
    assert_eq!(plain.chain, ["bp-cilium", "bp-cert-manager", "bp-flux", "bp-cnpg", "bp-bge", "bp-librechat"]);
    assert_eq!(available.chain.len(), 7);
    assert_eq!(available.chain, plain.union_chain.unwrap());
    assert_eq!(available.union_chain, None);
    let inversions: Vec<_> =
        available.inversions.iter().map(|[(a, _), (b, _)]| (a.as_str(), b.as_str())).collect();
    assert_eq!(inversions, [("09", "16"), ("11", "16")]);
    assert_eq!(plain.cycle, None);
}

#[test]
fn a_cycle_is_named_and_no_printer_is_lost_in_it() {
    let mut graph = small();
    graph.edges.push(edge("bp-cilium", "bp-keycloak"));
    graph.edges.push(edge("bp-cilium", "bp-cilium"));
    graph.edges.push(edge("bp-cilium", "bp-gone"));
    assert_eq!(
        Facts::of(&graph).cycle.unwrap(),
        ["bp-cilium", "bp-cilium"].map(String::from),
        "the first one met"
    );
    graph.edges.retain(|edge| edge.to != "bp-cilium" || edge.from != "bp-cilium");
    assert_eq!(
        Facts::of(&graph).cycle.unwrap(),
        ["bp-cilium", "bp-keycloak", "bp-cert-manager", "bp-cilium"].map(String::from)
    );
    assert!(svg(&graph).ends_with("</svg>\n"));
    assert!(table(&graph).contains("| bp-keycloak, bp-gone |"));
    assert!(!mermaid(&graph).contains("gone") && !dot(&graph).contains("gone"));
}

#[test]
fn an_empty_graph_prints() {
    let graph = Graph::default();
    assert_eq!(table(&graph), "| Slot | Blueprint | Tier | Layer | dependsOn |\n|---|---|---|---|---|\n");
    assert_eq!(Facts::of(&graph).chain, Vec::<String>::new());
    assert!(svg(&graph).ends_with("</svg>\n"));
    assert_eq!(dot(&graph).lines().count(), 4);
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let printed = |graph: &Graph| {
        [table(graph), text(graph), mermaid(graph), dot(graph), json(graph), facts(graph), svg(graph)]
    };
    for graph in [small(), kit(true)] {
        let expected = printed(&graph);
        for seed in 0..8 {
            assert!(printed(&shuffled(graph.clone(), seed)) == expected, "{}, seed {seed}", graph.title);
        }
    }
}
