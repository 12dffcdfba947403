//! The remaining patterns of domain.md 13.2, as functions from dimensions to names.

use super::{
    AppName, BuildingBlock, ClusterName, DomainName, EnvType, EnvironmentName, LocationCode, OrgName,
    Provider, REGIONS,
};

/// Namespaces that an API server makes itself.
pub const BUILT_IN_NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Words no Organization may take as its slug: system names, and every provider, region, building-block and env code. Namespaces of the
/// kit are refused where the kit is known.
pub fn is_reserved_slug(slug: &str) -> bool {
    matches!(
        slug,
        "system"
            | "flux"
            | "flux-system"
            | "crossplane"
            | "catalyst"
            | "gitea"
            | "catalog"
            | "catalog-sovereign"
    ) || slug.starts_with("kube-")
        || Provider::ALL.iter().any(|it| it.code() == slug || it.as_str() == slug)
        || REGIONS.iter().any(|it| it.code == slug || it.cloud_id == slug)
        || BuildingBlock::ALL.iter().any(|it| it.as_str() == slug)
        || EnvType::ALL.iter().any(|it| it.as_str() == slug)
}

/// Name of a server: `{prov}{reg}{bb letter}-{app}-{number}{env letter}`, as in `hzfsnr-k8s-1p`.
pub fn server_name(cluster: &ClusterName, app: &str, number: u32) -> String {
    let ClusterName { provider, region, block, env } = cluster;
    format!("{}{region}{}-{app}-{number}{}", provider.code(), block.letter(), env.letter())
}

/// Name of a Crossplane object: `{context}-{type}`.
pub fn crossplane_name(cluster: &ClusterName, object_type: &str) -> String {
    format!("{cluster}-{object_type}")
}

/// Name of a network: `{bb}-{env}`.
pub fn network_name(block: BuildingBlock, env: EnvType) -> String {
    format!("{block}-{env}")
}

/// Name of a peering between networks: `to-{bb}`.
pub fn peering_name(to: BuildingBlock) -> String {
    format!("to-{to}")
}

/// Name of an SSH key, load balancer or floating IP: `{purpose}-{env}`.
pub fn purpose_name(purpose: &str, env: EnvType) -> String {
    format!("{purpose}-{env}")
}

/// Name of a bucket: `{env}-{purpose}`.
pub fn bucket_name(env: EnvType, purpose: &str) -> String {
    format!("{env}-{purpose}")
}

/// Name of a vCluster seen from outside its host cluster: `{context}-{org}`.
pub fn vcluster_context(cluster: &ClusterName, org: &OrgName) -> String {
    format!("{cluster}-{org}")
}

/// Namespace of a control-plane component: `catalyst-{component}`.
pub fn control_plane_namespace(component: &str) -> String {
    format!("catalyst-{component}")
}

/// Host of a control-plane component: `{component}.{location-code}.{sovereign-domain}`.
pub fn control_plane_host(component: &str, location: LocationCode, sovereign: &DomainName) -> String {
    format!("{component}.{location}.{sovereign}")
}

/// Host of an Application: `{app}.{environment}.{sovereign-or-org-domain}`.
pub fn application_host(app: &AppName, environment: &EnvironmentName, domain: &DomainName) -> String {
    format!("{app}.{environment}.{domain}")
}

/// Git repository of an Application: `gitea.{location-code}.{sovereign-domain}/{org}/{app}`.
pub fn application_repository(
    location: LocationCode,
    sovereign: &DomainName,
    org: &OrgName,
    app: &str,
) -> String {
    format!("{}/{org}/{app}", control_plane_host("gitea", location, sovereign))
}

/// Name of a service in another cluster of the mesh: `<svc>.<ns>.svc.<cluster>.global`.
pub fn mesh_service(service: &str, namespace: &str, cluster: &ClusterName) -> String {
    format!("{service}.{namespace}.svc.{cluster}.global")
}

/// Subject prefix of an Environment's events: `ws.{org}-{env}`.
pub fn subject_prefix(environment: &EnvironmentName) -> String {
    format!("ws.{environment}")
}

/// Key-value bucket of an Environment: `ws-{org}-{env}-state`.
pub fn state_bucket(environment: &EnvironmentName) -> String {
    format!("ws-{environment}-state")
}

/// Path of an Environment's secrets in OpenBao: `org/{org}/env/{env_type}`.
pub fn secret_path(environment: &EnvironmentName) -> String {
    format!("org/{}/env/{}", environment.org, environment.env)
}

/// One token of a NATS subject, reversible: a Kubernetes name may hold dots, which would add tokens, so `.` becomes `~`, which no
/// Kubernetes name holds.
pub fn subject_token(name: &str) -> String {
    name.replace('.', "~")
}
