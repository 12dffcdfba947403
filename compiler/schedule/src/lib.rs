//! From the resolved graph to the plan: which release runs in which cluster, under which name, after which others, with which values.
//!
//! Everything a running system must decide, such as which region of a pair serves, is left to the agent and only prepared here.

mod applications;
mod capabilities;
mod clusters;
mod config_files;
mod kit;
mod placement;
mod values;
mod vclusters;

pub use clusters::current_target;

use catalyst_diag::Diagnostic;
use catalyst_model::*;
use catalyst_plan::{Plan, Resolution, Sourced, SovereignFacts, SovereignIntent};
use catalyst_resolve::{CompiledCatalogue, CompiledKit, Facts};

/// What the schedule of one Sovereign may look at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The Sovereign and what belongs to it.
    pub sovereign: &'a SovereignIntent,
    /// What expressions may know of the Sovereign.
    pub facts: &'a Facts,
    /// The project file.
    pub project: &'a Sourced<Project>,
    /// The kit.
    pub kit: Option<&'a CompiledKit>,
    /// All Blueprints.
    pub catalogue: &'a CompiledCatalogue,
    /// Versions and config.
    pub resolution: &'a Resolution,
}

/// The same repository at another host.
fn at_host(git: &GitSource, host: &str) -> GitSource {
    let rest = git.url.split_once("://").map_or(git.url.as_str(), |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    GitSource { url: format!("https://{host}/{path}"), ..git.clone() }
}

/// Plans one Sovereign. Without a management cluster there is no plan, and the diagnostics say why.
pub fn plan(input: Input<'_>) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut out = Vec::new();
    let Some((mut clusters, management)) = clusters::clusters(input, &mut out) else { return (None, out) };
    let spec = &input.sovereign.sovereign.spec;
    let gitea = match management.location() {
        Some(location) => control_plane_host("gitea", location, &spec.domain),
        None => format!("gitea.{}", spec.domain),
    };
    let facts = SovereignFacts {
        name: input.sovereign.sovereign.name.clone(),
        domain: input.facts.domain.clone(),
        registry: input.facts.registry.clone(),
        git: spec.git.clone().unwrap_or_else(|| match spec.air_gap {
            Some(_) => at_host(&input.project.spec.git, &gitea),
            None => input.project.spec.git.clone(),
        }),
        management: management.clone(),
        gitea,
    };
    let releases = kit::schedule(input, &management, &mut clusters, &mut out);
    let organizations = vclusters::organizations(input);
    let mut applications = applications::applications(input, &clusters, &mut out);
    vclusters::vclusters(input, &mut clusters, &applications, &mut out);
    applications.retain(|_, it| !it.environments.is_empty());
    let config = config_files::config_files(input, &applications);
    let plan = Plan {
        sovereign: input.sovereign.sovereign.clone(),
        facts,
        clusters,
        prerequisites: releases.prerequisites,
        widenings: releases.widenings,
        organizations,
        applications,
        config,
    };
    (Some(plan), out)
}
