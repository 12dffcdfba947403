mod drift;
mod kit;
mod printers;
mod svg;

use catalyst_plan::graph::{Edge, Graph, Node};

fn node(slot: &str, name: &str, layer: &str) -> Node {
    Node {
        name: name.into(),
        slot: Some(slot.into()),
        tier: Some("0".into()),
        layer: Some(layer.into()),
        namespace: Some(format!("{name}-system")),
        blueprint: name.into(),
        version: "1.0.0".into(),
    }
}

fn edge(from: &str, to: &str) -> Edge {
    Edge { from: from.into(), to: to.into(), when: None, reason: None, active: true }
}

/// One of each: a plain edge, one under a condition that does not hold, one that only orders, a node alone; and texts that every form of
/// output has to escape.
fn small() -> Graph {
    Graph {
        title: "Kit of \"t38\" <test> & more".into(),
        nodes: vec![
            node("01", "bp-cilium", "host"),
            node("02", "bp-cert-manager", "host"),
            node("09", "bp-keycloak", "mgt"),
            node("16", "bp-cnpg", "mgt"),
            node("28", "bp-reloader", "host"),
        ],
        edges: vec![
            edge("bp-cert-manager", "bp-cilium"),
            Edge {
                reason: Some("its webhook is slow | \"first\" run".into()),
                ..edge("bp-cnpg", "bp-cert-manager")
            },
            edge("bp-keycloak", "bp-cert-manager"),
            Edge {
                when: Some("{{ config.size > 1 || ha }}".into()),
                active: false,
                ..edge("bp-keycloak", "bp-cnpg")
            },
        ],
    }
}

/// The graph with nodes and edges in an order of its own; `seed` chooses it.
fn shuffled(mut graph: Graph, mut seed: u64) -> Graph {
    let mut next = move |bound: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % bound
    };
    for at in (1..graph.nodes.len()).rev() {
        graph.nodes.swap(at, next(at + 1));
    }
    for at in (1..graph.edges.len()).rev() {
        graph.edges.swap(at, next(at + 1));
    }
    graph
}
