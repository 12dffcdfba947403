//! Every Application of every Environment: its repository, branch, values and placements.

use crate::placement::{Placed, host_clusters, place_all};
use crate::{Input, values};
use catalyst_diag::{Diagnostic, rule};
use catalyst_model::{
    AppName, ClusterName, Environment, EnvironmentName, OrgName, PlacementMode, RegionKey, application_host,
};
use catalyst_plan::*;
use catalyst_resolve::Variables;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn applications(
    input: Input<'_>,
    clusters: &BTreeMap<ClusterName, ClusterPlan>,
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<(OrgName, AppName), ApplicationPlan> {
    let mut found: BTreeMap<(OrgName, AppName), ApplicationPlan> = BTreeMap::new();
    for org in input.sovereign.organizations.values() {
        let mut owners: BTreeMap<ClusterName, EnvironmentName> = BTreeMap::new();
        for environment in org.environments.values() {
            let hosts = host_clusters(environment, input, clusters, out);
            collisions(environment, org, &hosts, &mut owners, out);
            let Some(branch) = branch(environment, out) else { continue };
            let Some(graph) = input.resolution.environments.get(&environment.name) else { continue };
            let placed = place_all(graph, environment, out);
            let scene = Scene {
                input,
                org,
                environment,
                hosts: &hosts,
                clusters,
                graph,
                placed: &placed,
                branch: &branch,
            };
            for (name, install) in &graph.installs {
                let Some(plan) = scene.environment_plan(name, install, out) else { continue };
                let owners = match install.intent() {
                    Some(it) if !it.spec.owners.is_empty() => it.spec.owners.clone(),
                    _ => org.organization.spec.teams.clone(),
                };
                let key = (org.organization.name.clone(), name.clone());
                let application = found.entry(key.clone()).or_insert_with(|| ApplicationPlan {
                    org: key.0,
                    name: key.1,
                    owners,
                    environments: BTreeMap::new(),
                });
                application.environments.insert(environment.name.env, plan);
            }
        }
    }
    found
}

fn branch(environment: &Sourced<Environment>, out: &mut Vec<Diagnostic>) -> Option<String> {
    let branch = environment.spec.branch.clone().or_else(|| environment.name.env.branch().map(str::to_owned));
    if branch.is_none() {
        out.push(
            Diagnostic::new(
                &rule::MISSING_BRANCH,
                environment.place.child("spec").on_key(),
                format!("Environment `{}` has no branch", environment.name),
            )
            .label(format!("`{}` has no conventional branch", environment.name.env))
            .help("name one: `branch: …`"),
        );
    }
    branch
}

/// A vCluster carries the Organization's name, so one host cluster serves one of its Environments.
fn collisions(
    environment: &Sourced<Environment>,
    org: &OrganizationIntent,
    hosts: &BTreeMap<RegionKey, ClusterName>,
    owners: &mut BTreeMap<ClusterName, EnvironmentName>,
    out: &mut Vec<Diagnostic>,
) {
    for cluster in hosts.values() {
        if let Some(first) = owners.insert(cluster.clone(), environment.name.clone()) {
            let other = &org.environments[&first.env];
            out.push(
                Diagnostic::new(
                    &rule::ENVIRONMENT_COLLISION,
                    environment.place.child("spec").child("regions"),
                    format!("Environments `{first}` and `{}` share host cluster `{cluster}`", environment.name),
                )
                .other(other.place.child("spec").child("regions"), format!("`{first}` runs there"))
                .help("their Applications would share one vCluster; give one of them another env type, block or region"),
            );
        }
    }
}

struct Scene<'a> {
    input: Input<'a>,
    org: &'a OrganizationIntent,
    environment: &'a Sourced<Environment>,
    hosts: &'a BTreeMap<RegionKey, ClusterName>,
    clusters: &'a BTreeMap<ClusterName, ClusterPlan>,
    graph: &'a EnvironmentGraph,
    placed: &'a BTreeMap<AppName, Placed>,
    branch: &'a str,
}

impl Scene<'_> {
    fn environment_plan(
        &self,
        name: &AppName,
        install: &Install,
        out: &mut Vec<Diagnostic>,
    ) -> Option<EnvironmentPlan> {
        let placed = self.placed.get(name)?;
        let compiled = self.input.catalogue.get(&install.entry)?;
        let primary = placed.regions.first()?;
        let cluster = self.clusters.get(self.hosts.get(primary)?)?;
        let config = Arc::new(install.config.clone());
        let base_of = |region: &RegionKey, out: &mut Vec<Diagnostic>| {
            let variables = self.variables(name, install, placed, region);
            let mut layers = values::base(compiled, install.size.as_deref(), &variables, &config, out);
            values::air_gap(&mut layers, self.input);
            if let Some(application) = install.intent() {
                let place = application.place.child("spec").child("values");
                values::push(&mut layers, LayerKind::Application, place, &application.spec.values);
            }
            layers
        };
        let mut found = Vec::new();
        let mut layers = base_of(primary, &mut found);
        out.extend(compiled.own_faults(&install.config.merged, found));
        let base = layers.merged.clone();
        self.push_section(&mut layers, install);
        let replicas = &install.entry.blueprint.spec.manifests.replicas;
        let mut placements = Vec::new();
        for (at, region) in placed.regions.iter().enumerate() {
            let Some(host) = self.hosts.get(region) else { continue };
            let standby = at > 0 && placed.mode == PlacementMode::ActiveHotstandby;
            let mut overlay = Map::new();
            if at > 0 {
                // What fails here failed in the primary region too, and has been reported.
                let mut here = base_of(region, &mut Vec::new());
                self.push_section(&mut here, install);
                if standby {
                    for path in replicas {
                        let place =
                            install.entry.blueprint.place.child("spec").child("manifests").child("replicas");
                        let zero = values::at_path(path, json!(0));
                        here.push(Layer::new(LayerKind::Placement, place, zero));
                    }
                }
                overlay = diff_values(&layers.merged, &here.merged);
            }
            let agent_owned =
                if placed.mode == PlacementMode::ActiveHotstandby { replicas.clone() } else { Vec::new() };
            let role = if standby { Role::Standby } else { Role::Active };
            placements.push(PlacementPlan {
                region: region.clone(),
                cluster: host.clone(),
                role,
                overlay,
                agent_owned,
            });
        }
        self.standby_is_known(install, placed, &layers.merged, out);
        let env = &self.environment.name;
        let domain = self
            .org
            .organization
            .spec
            .domain
            .clone()
            .unwrap_or_else(|| self.input.sovereign.sovereign.spec.domain.clone());
        Some(EnvironmentPlan {
            environment: env.clone(),
            branch: self.branch.to_owned(),
            entry: install.entry.clone(),
            version: install.version.clone(),
            place: install.place().clone(),
            mode: placed.mode,
            config: config.clone(),
            base,
            values: Arc::new(layers),
            placements,
            dependencies: self
                .dependencies(install)
                .map(|(alias, to)| (alias.to_owned(), to.clone()))
                .collect(),
            target: cluster.target.clone(),
            secrets: self.secrets(name, install, placed, primary),
            host: application_host(name, env, &domain),
        })
    }

    /// Chart values of the Application's section for the Environment.
    fn push_section(&self, layers: &mut Layered, install: &Install) {
        if let Some(application) = install.intent()
            && let Some(section) = application.spec.environments.get(&self.environment.name.env)
        {
            let place = application
                .place
                .child("spec")
                .child("environments")
                .child(self.environment.name.env.as_str())
                .child("values");
            values::push(layers, LayerKind::ApplicationEnvironment, place, &section.values);
        }
    }

    /// A standby must know which values hold its replicas, and they must be there.
    fn standby_is_known(
        &self,
        install: &Install,
        placed: &Placed,
        merged: &Map<String, Value>,
        out: &mut Vec<Diagnostic>,
    ) {
        if placed.mode != PlacementMode::ActiveHotstandby || !install.entry.has_chart() {
            return;
        }
        let manifests = install.entry.blueprint.place.child("spec").child("manifests");
        let replicas = &install.entry.blueprint.spec.manifests.replicas;
        if replicas.is_empty() {
            out.push(
                Diagnostic::new(
                    &rule::STANDBY_WITHOUT_REPLICAS,
                    manifests.on_key(),
                    format!(
                        "`{}` stands by, and the Blueprint does not say which values hold its replicas",
                        install.name
                    ),
                )
                .other(install.place().clone(), "placed active-hotstandby here")
                .help("list the paths under `manifests.replicas`"),
            );
        }
        for (at, path) in replicas.iter().enumerate().filter(|(_, path)| values::get(merged, path).is_none())
        {
            out.push(
                Diagnostic::new(
                    &rule::STANDBY_WITHOUT_REPLICAS,
                    manifests.child("replicas").item(at),
                    format!("no chart value stands at `{path}`"),
                )
                .other(manifests.child("values"), "the values that are made")
                .help("set the value from config, so that the serving region has a count to return to"),
            );
        }
    }

    fn dependencies<'i>(&self, install: &'i Install) -> impl Iterator<Item = (&'i str, &'i AppName)> {
        install.edges.iter().filter_map(|edge| match &edge.target {
            InstallTarget::Application(to) => Some((edge.alias.as_str(), to)),
            InstallTarget::Platform(_) => None,
        })
    }

    fn variables(&self, name: &AppName, install: &Install, placed: &Placed, region: &RegionKey) -> Variables {
        let input = self.input;
        let mut variables = catalyst_resolve::application_variables(
            input.facts,
            input.sovereign,
            &self.org.organization,
            name.as_str(),
            &self.environment.name.to_string(),
            self.environment.name.env.as_str(),
        );
        variables.insert("config".into(), Value::Object(install.config.merged.clone()));
        let mut dependencies = Map::new();
        for edge in &install.edges {
            let value = match &edge.target {
                InstallTarget::Application(to) => self.graph.installs.get(to).map(|target| {
                    json!({
                        "name": to,
                        "namespace": to,
                        "connectionSecret": format!("{to}-connection"),
                        "blueprint": target.entry.blueprint.name,
                        "version": target.version,
                    })
                }),
                InstallTarget::Platform(to) => input.resolution.kit.nodes.get(to).map(|node| {
                    let namespace = node.slot.namespace();
                    json!({
                        "name": to.short(),
                        "namespace": namespace,
                        "connectionSecret": format!("{}-connection", to.short()),
                        "blueprint": to,
                        "version": node.version,
                    })
                }),
            };
            dependencies.extend(value.map(|value| (edge.alias.clone(), value)));
        }
        variables.insert("dependencies".into(), Value::Object(dependencies));
        let regions: Vec<&str> = placed.regions.iter().map(RegionKey::as_str).collect();
        variables.insert(
            "placement".into(),
            json!({ "mode": placed.mode, "primary": placed.regions.first(), "regions": regions }),
        );
        let spec = input.sovereign.sovereign.spec.regions.iter().find(|it| it.key() == *region);
        let code = spec.map(|it| it.region.to_string()).unwrap_or_default();
        let provider = spec.map(|it| it.provider.to_string()).unwrap_or_default();
        variables.insert("region".into(), json!({ "key": region, "code": code, "provider": provider }));
        variables
    }

    /// Secrets that the Blueprint requires and no dependency provides: they come from the secret store.
    fn secrets(
        &self,
        name: &AppName,
        install: &Install,
        placed: &Placed,
        region: &RegionKey,
    ) -> BTreeMap<String, Vec<String>> {
        let Some(compiled) = self.input.catalogue.get(&install.entry) else { return BTreeMap::new() };
        let variables = self.variables(name, install, placed, region);
        let mut found = BTreeMap::new();
        for (at, export) in install.entry.blueprint.spec.requires.secrets.iter().enumerate() {
            let place =
                install.entry.blueprint.place.child("spec").child("requires").child("secrets").item(at);
            let ready = compiled.requires.iter().find(|it| it.place == place);
            let holds = ready
                .and_then(|it| it.when.as_ref())
                .is_none_or(|when| when.evaluate(&variables).is_ok_and(|it| it == true));
            let provided =
                self.dependencies(install).any(|(_, to)| export.name == format!("{to}-connection"));
            if holds && !provided && export.namespace.is_none() {
                found.insert(export.name.clone(), export.keys.clone());
            }
        }
        found
    }
}
