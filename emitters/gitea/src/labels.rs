//! The labels that every object of an Application carries.

use catalyst_emit::Labels;
use catalyst_model::labels::{
    APPLICATION, BLUEPRINT, BLUEPRINT_VERSION, ENV_TYPE, ENVIRONMENT, ORGANIZATION, SOVEREIGN, VCLUSTER,
};
use catalyst_plan::{ApplicationPlan, EnvironmentPlan, Plan};

/// Labels of the tenant's scope, of the Sovereign and of the env type. Those of the host cluster are not here: the same file is applied
/// in several of them.
pub(crate) fn of_application(plan: &Plan, app: &ApplicationPlan, environment: &EnvironmentPlan) -> Labels {
    Labels::flux()
        .with(ENV_TYPE, environment.environment.env.to_string())
        .with(SOVEREIGN, plan.facts.domain.as_str())
        .with(ORGANIZATION, app.org.as_str())
        .with(ENVIRONMENT, environment.environment.to_string())
        .with(VCLUSTER, vcluster(plan, app, environment))
        .with(APPLICATION, app.name.as_str())
        .with(BLUEPRINT, environment.entry.blueprint.name.as_str())
        .with(BLUEPRINT_VERSION, environment.version.label())
}

/// Name of the vCluster the Environment's Applications run in, the same in all its regions.
fn vcluster<'a>(plan: &'a Plan, app: &'a ApplicationPlan, environment: &EnvironmentPlan) -> &'a str {
    environment
        .placements
        .iter()
        .find_map(|placement| plan.clusters.get(&placement.cluster)?.vclusters.get(&app.org))
        .map_or(app.org.as_str(), |vcluster| vcluster.name.as_str())
}
