//! The resolved graph.

use super::FORM_VERSION;
use crate::{GraphOf, Project, graph};
use catalyst_model::{EnvironmentName, SovereignName};
use catalyst_plan::graph::Graph;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What depends on what, in the kit and in every Environment. Conditions are decided: an edge that does not hold says so.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Graph")]
pub struct GraphForm {
    /// Version of this form.
    pub version: u32,
    /// The Blueprints of the public catalogue, conditions undecided.
    pub catalogue: Graph,
    /// By Sovereign.
    pub sovereigns: BTreeMap<SovereignName, SovereignGraphs>,
}

/// The graphs of one Sovereign.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SovereignGraphs {
    /// The slots of the kit that are in force.
    pub kit: Graph,
    /// The Applications, by Environment.
    pub environments: BTreeMap<EnvironmentName, Graph>,
}

pub(super) fn of<'a>(project: &Project, names: impl Iterator<Item = &'a SovereignName>) -> GraphForm {
    let get = |of: &GraphOf| graph(project, of).unwrap_or_default();
    let (db, files) = project.database();
    let index = &catalyst_db::index(db, files).0;
    let one = |name: &SovereignName| {
        let organizations = index.sovereigns.get(name).into_iter().flat_map(|it| it.organizations.values());
        let environments = organizations.flat_map(|it| it.environments.values().map(|it| it.name.clone()));
        let environments =
            environments.map(|it| (it.clone(), get(&GraphOf::Environment(name.clone(), it)))).collect();
        (name.clone(), SovereignGraphs { kit: get(&GraphOf::SovereignKit(name.clone())), environments })
    };
    GraphForm {
        version: FORM_VERSION,
        catalogue: get(&GraphOf::Catalogue),
        sovereigns: names.map(one).collect(),
    }
}
