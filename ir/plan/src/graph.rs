//! The graph as it is printed: text table, Mermaid, DOT, JSON, SVG all show this one value.

use schemars::JsonSchema;
use serde::Serialize;

/// Nodes and edges, each sorted.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    /// What it is of, for a title.
    pub title: String,
    /// Sorted by slot, then name.
    pub nodes: Vec<Node>,
    /// Sorted by source, then target.
    pub edges: Vec<Edge>,
}

/// A slot or an Application.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Unique name: a Blueprint in the kit, an Application in an Environment.
    pub name: String,
    /// Slot id in the kit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// Tier in the kit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Layer in the kit, `host` or `mgt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Namespace it installs into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Blueprint it runs.
    pub blueprint: String,
    /// Version of the Blueprint.
    pub version: String,
}

/// `from` comes after `to`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// The later one.
    pub from: String,
    /// The earlier one.
    pub to: String,
    /// Text of the condition, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Reason of an edge that only orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the edge holds here.
    pub active: bool,
}
