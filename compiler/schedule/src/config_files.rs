//! The `system` repositories: intent as the objects that controllers in the Sovereign read.

use crate::Input;
use catalyst_diag::Place;
use catalyst_model::*;
use catalyst_plan::{ApplicationPlan, ConfigFile};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Namespace of the control plane's objects.
const NAMESPACE: &str = "catalyst-system";

pub(crate) fn config_files(
    input: Input<'_>,
    applications: &BTreeMap<(OrgName, AppName), ApplicationPlan>,
) -> Vec<ConfigFile> {
    let intent = input.sovereign;
    let domain = input.facts.domain.as_str();
    let mut files = Vec::new();
    let mut add = |repository,
                   path: String,
                   kind: &str,
                   name: String,
                   org: Option<&OrgName>,
                   spec: Value,
                   place: &Place| {
        files.push(ConfigFile {
            repository,
            path,
            object: object(kind, &name, org, domain, spec),
            place: place.clone(),
        });
    };
    let sovereign = &intent.sovereign;
    let name = sovereign.name.to_string();
    add(
        "catalyst-config",
        "sovereign.yaml".into(),
        "Sovereign",
        name,
        None,
        spec(&sovereign.spec),
        &sovereign.place,
    );
    for (org_name, org) in &intent.organizations {
        let it = &org.organization;
        let path = format!("organizations/{org_name}.yaml");
        add(
            "catalyst-config",
            path,
            "Organization",
            org_name.to_string(),
            Some(org_name),
            spec(&it.spec),
            &it.place,
        );
        for it in org.environments.values() {
            let path = format!("environments/{}.yaml", it.name);
            add(
                "catalyst-config",
                path,
                "Environment",
                it.name.to_string(),
                Some(org_name),
                spec(&it.spec),
                &it.place,
            );
        }
        for (app, it) in &org.applications {
            if applications.contains_key(&(org_name.clone(), app.clone())) {
                let path = format!("applications/{org_name}/{app}.yaml");
                add(
                    "catalyst-config",
                    path,
                    "Application",
                    app.to_string(),
                    Some(org_name),
                    spec(&it.spec),
                    &it.place,
                );
            }
        }
        for (app, it) in &org.continuums {
            let path = format!("continuums/{org_name}/{app}.yaml");
            add(
                "catalyst-config",
                path,
                "Continuum",
                app.to_string(),
                Some(org_name),
                spec(&it.spec),
                &it.place,
            );
        }
    }
    for (name, it) in &intent.environment_policies {
        add(
            "catalyst-config",
            format!("policies/{name}.yaml"),
            "EnvironmentPolicy",
            name.to_string(),
            None,
            spec(&it.spec),
            &it.place,
        );
    }
    for (name, it) in &intent.secret_policies {
        let path = format!("secret-policies/{name}.yaml");
        add("catalyst-config", path, "SecretPolicy", name.to_string(), None, spec(&it.spec), &it.place);
    }
    for (name, it) in &intent.user_accesses {
        add(
            "catalyst-config",
            format!("access/{name}.yaml"),
            "UserAccess",
            name.to_string(),
            None,
            spec(&it.spec),
            &it.place,
        );
    }
    for (name, it) in &intent.runbooks {
        add("runbooks", format!("{name}.yaml"), "Runbook", name.to_string(), None, spec(&it.spec), &it.place);
    }
    files
}

fn object(kind: &str, name: &str, org: Option<&OrgName>, domain: &str, spec: Value) -> Value {
    let api_version = find_kind(kind).map(KindInfo::api_version).unwrap_or_default();
    let mut all = Map::new();
    all.insert(labels::SOVEREIGN.into(), json!(domain));
    if let Some(org) = org {
        all.insert(labels::ORGANIZATION.into(), json!(org));
    }
    all.insert(labels::MANAGED_BY.into(), json!("flux"));
    all.insert(labels::APP_MANAGED_BY.into(), json!("flux"));
    // Applications have names of their own within their Organization only.
    let namespace = match org {
        Some(org) if matches!(kind, "Application" | "Continuum") => org.as_str(),
        _ => NAMESPACE,
    };
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": { "name": name, "namespace": namespace, "labels": all },
        "spec": spec,
    })
}

/// A spec as it is written to clusters: without what is absent or empty. Trees of values stay as they are, since a null in them deletes a
/// default.
fn spec(value: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    prune(&mut value);
    value
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, below) in map.iter_mut() {
                if !matches!(key.as_str(), "config" | "values" | "configSchema") {
                    prune(below);
                }
            }
            map.retain(|key, below| match below {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                // An Environment without changes still is an Environment of the Application.
                Value::Object(map) => !map.is_empty() || EnvType::ALL.iter().any(|env| env.as_str() == key),
                _ => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}
