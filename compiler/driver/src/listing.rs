//! What a project holds, as tables.

use crate::Project;
use catalyst_db::SovereignId;
use catalyst_plan::Role;
use serde_json::{Value, json};

/// What to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Sovereigns.
    Sovereigns,
    /// Host clusters.
    Clusters,
    /// Organizations.
    Organizations,
    /// Applications in their Environments.
    Applications,
    /// Releases of the kit.
    Releases,
    /// Blueprints of all catalogues.
    Blueprints,
}

/// Rows of a listing: an object each, all with the same keys, in a fixed order.
pub fn list(project: &Project, what: Listing) -> Vec<Value> {
    let (db, files) = project.database();
    if what == Listing::Blueprints {
        return blueprints(project);
    }
    let mut rows = Vec::new();
    for name in catalyst_db::sovereigns(db, files) {
        let id = SovereignId::new(db, name.clone());
        let Some(plan) = &catalyst_db::planned(db, files, id).0 else { continue };
        match what {
            Listing::Sovereigns => {
                let spec = &plan.sovereign.spec;
                rows.push(json!({
                    "sovereign": name,
                    "domain": spec.domain,
                    "topology": spec.keycloak_topology,
                    "regions": spec.regions.len(),
                    "clusters": plan.clusters.len(),
                    "organizations": plan.organizations.len(),
                    "applications": plan.applications.len(),
                }));
            }
            Listing::Clusters => rows.extend(plan.clusters.values().map(|it| {
                json!({
                    "cluster": it.name,
                    "sovereign": name,
                    "region": it.region,
                    "management": it.management,
                    "kubernetes": it.target.kubernetes,
                    "flux": it.target.flux,
                    "releases": it.releases.len(),
                    "vclusters": it.vclusters.len(),
                })
            })),
            Listing::Organizations => rows.extend(plan.organizations.values().map(|it| {
                json!({
                    "organization": it.organization.name,
                    "sovereign": name,
                    "kind": it.organization.spec.kind,
                    "tier": it.organization.spec.tier,
                    "domain": it.domain,
                    "environments": it.environments.len(),
                })
            })),
            Listing::Applications => {
                for application in plan.applications.values() {
                    for it in application.environments.values() {
                        let regions = it.placements.iter().map(|placement| match placement.role {
                            Role::Active => placement.region.to_string(),
                            Role::Standby => format!("({})", placement.region),
                        });
                        rows.push(json!({
                            "application": application.name,
                            "environment": it.environment,
                            "sovereign": name,
                            "blueprint": it.entry.blueprint.name,
                            "version": it.version,
                            "mode": it.mode,
                            "regions": regions.collect::<Vec<_>>().join(" "),
                        }));
                    }
                }
            }
            Listing::Releases => {
                for cluster in plan.clusters.values() {
                    let mut releases: Vec<_> = cluster.releases.iter().collect();
                    releases.sort_by_key(|(name, it)| (it.slot.id, *name));
                    rows.extend(releases.into_iter().map(|(blueprint, it)| {
                        json!({
                            "slot": it.slot.id,
                            "release": blueprint,
                            "sovereign": name,
                            "cluster": cluster.name,
                            "version": it.version,
                            "namespace": it.namespace,
                        })
                    }));
                }
            }
            Listing::Blueprints => {}
        }
    }
    rows
}

fn blueprints(project: &Project) -> Vec<Value> {
    let (db, files) = project.database();
    let entries = catalyst_db::catalogue(db, files).blueprints.values().flatten();
    let row = |it: &catalyst_plan::CatalogEntry| {
        let spec = &it.blueprint.spec;
        let scopes: Vec<_> = spec.placement_schema.scopes.iter().map(ToString::to_string).collect();
        json!({
            "blueprint": it.blueprint.name,
            "version": spec.version,
            "catalogue": match &it.scope {
                catalyst_plan::Scope::Public => "public".to_owned(),
                catalyst_plan::Scope::Sovereign(sovereign) => sovereign.to_string(),
                catalyst_plan::Scope::Organization(sovereign, org) => format!("{sovereign}/{org}"),
            },
            "visibility": spec.visibility,
            "category": spec.card.category.clone().unwrap_or_default(),
            "scopes": scopes.join(" "),
            "summary": spec.card.summary,
        })
    };
    entries.map(row).collect()
}
