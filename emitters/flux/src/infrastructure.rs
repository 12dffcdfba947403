//! `infrastructure/` of a host cluster: on the management cluster the Crossplane providers and their configuration, elsewhere nothing.
//!
//! A ProviderConfig is of a kind that the provider's package creates, so the two are applied one after the other, never together.

use crate::labels;
use catalyst_emit::{Object, kustomization, map};
use catalyst_model::Provider;
use catalyst_plan::{Body, ClusterPlan, EmittedFile, Plan, Provenance};
use serde_json::Value;
use std::collections::BTreeSet;

/// A Crossplane provider for a cloud.
pub(crate) struct Package {
    /// Name of the Provider object and of its package in the registry.
    name: &'static str,
    /// Pinned tag of the package.
    tag: &'static str,
    /// API version of its ProviderConfig.
    config_api: &'static str,
    /// Secret with the credentials, in `crossplane-system`; the installer writes it.
    secret: &'static str,
    /// The key in that Secret.
    key: &'static str,
}

/// The package for a cloud; none where no text fixes one.
fn package(provider: Provider) -> Option<Package> {
    match provider {
        Provider::Hetzner => Some(Package {
            name: "provider-hcloud",
            tag: "v0.4.0",
            config_api: "hcloud.crossplane.io/v1beta1",
            secret: "hcloud-credentials",
            key: "token",
        }),
        _ => None,
    }
}

/// The packages that a cluster installs: on the management cluster those of all clouds in use, where Crossplane is part of the kit.
pub(crate) fn providers(plan: &Plan, cluster: &ClusterPlan) -> Vec<Package> {
    let crossplane = cluster.releases.keys().any(|name| name.as_str() == "bp-crossplane");
    if !(cluster.management && crossplane) {
        return Vec::new();
    }
    let used: BTreeSet<Provider> = plan.clusters.keys().map(|name| name.provider).collect();
    used.into_iter().filter_map(package).collect()
}

pub(crate) fn files(plan: &Plan, cluster: &ClusterPlan) -> Vec<(String, EmittedFile)> {
    let packages = providers(plan, cluster);
    let provenance = || Provenance::new(format!("infrastructure of {}", cluster.name), &cluster.place);
    let generated = format!("Generated from {}; not to be edited.", plan.sovereign.place.file);
    if packages.is_empty() {
        let header = vec![
            "Crossplane runs in the management cluster, so there is nothing to set up here.".into(),
            generated,
        ];
        return vec![("kustomization.yaml".into(), kustomization(header, [] as [&str; 0], provenance()))];
    }
    let labels = labels::cluster(plan, cluster);
    let registry = &plan.facts.registry;
    let mut out = Vec::new();
    for (folder, about) in [
        ("providers", "Crossplane providers. Applied before config/, whose kinds they bring."),
        ("config", "How the providers sign in. Applied when providers/ is healthy."),
    ] {
        let names = packages.iter().map(|package| format!("{}.yaml", package.name));
        let index = kustomization(vec![about.into(), generated.clone()], names, provenance());
        out.push((format!("{folder}/kustomization.yaml"), index));
        for package in &packages {
            let (about, object) = if folder == "providers" {
                ("The provider, from the registry of the Sovereign.", provider(package, registry))
            } else {
                (
                    "Its credentials. The Secret is written by the installer and never stands in Git.",
                    config(package),
                )
            };
            let object = object.labels(&labels).from_source(provenance());
            let file = EmittedFile {
                header: vec![about.into(), generated.clone()],
                body: Body::Objects(vec![object]),
            };
            out.push((format!("{folder}/{}.yaml", package.name), file));
        }
    }
    out
}

fn provider(package: &Package, registry: &catalyst_model::Registry) -> Object {
    let reference = format!("{}/{}/{}:{}", registry.host, registry.path, package.name, package.tag);
    Object::new("pkg.crossplane.io/v1", "Provider", package.name).spec(map([("package", reference.into())]))
}

fn config(package: &Package) -> Object {
    let secret = map([
        ("namespace", "crossplane-system".into()),
        ("name", package.secret.into()),
        ("key", package.key.into()),
    ]);
    let credentials = map([("source", "Secret".into()), ("secretRef", Value::Object(secret))]);
    // Claims that name no other ProviderConfig use the one called `default`.
    Object::new(package.config_api, "ProviderConfig", "default")
        .spec(map([("credentials", Value::Object(credentials))]))
}
