//! The labels that every object of an Application carries.

use catalyst_model::labels::{
    APP_MANAGED_BY, APPLICATION, BLUEPRINT, BLUEPRINT_VERSION, ENV_TYPE, ENVIRONMENT, MANAGED_BY,
    ORGANIZATION, SOVEREIGN, VCLUSTER, check_value,
};
use catalyst_plan::{ApplicationPlan, EnvironmentPlan, Plan};
use serde_json::{Map, Value};

/// Labels of the tenant's scope, of the Sovereign and of the env type. Those of the host cluster are not here: the same file is applied
/// in several of them.
pub(crate) fn of_application(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> Map<String, Value> {
    pairs([
        (ENV_TYPE, environment.environment.env.to_string()),
        (SOVEREIGN, plan.sovereign.spec.domain.to_string()),
        (ORGANIZATION, app.org.to_string()),
        (ENVIRONMENT, environment.environment.to_string()),
        (VCLUSTER, vcluster(plan, app, environment)),
        (APPLICATION, app.name.to_string()),
        (BLUEPRINT, environment.entry.blueprint.name.to_string()),
        (BLUEPRINT_VERSION, environment.version.label()),
        (MANAGED_BY, "flux".to_owned()),
        (APP_MANAGED_BY, "flux".to_owned()),
    ])
}

/// Labels of the Sovereign's own repositories.
pub(crate) fn of_sovereign(plan: &Plan) -> Map<String, Value> {
    pairs([
        (SOVEREIGN, plan.sovereign.spec.domain.to_string()),
        (MANAGED_BY, "flux".to_owned()),
        (APP_MANAGED_BY, "flux".to_owned()),
    ])
}

/// A value that Kubernetes would refuse is left out: a long domain must not keep the object from being applied.
fn pairs<const N: usize>(pairs: [(&str, String); N]) -> Map<String, Value> {
    pairs
        .into_iter()
        .filter(|(_, value)| check_value(value).is_ok())
        .map(|(key, value)| (key.to_owned(), Value::String(value)))
        .collect()
}

/// Name of the vCluster the Environment's Applications run in, the same in all its regions.
fn vcluster(plan: &Plan, app: &ApplicationPlan, environment: &EnvironmentPlan) -> String {
    environment
        .placements
        .iter()
        .filter_map(|placement| plan.clusters.get(&placement.cluster)?.vclusters.get(&app.org))
        .map(|vcluster| vcluster.name.clone())
        .next()
        .unwrap_or_else(|| app.org.to_string())
}
