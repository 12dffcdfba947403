//! What expressions may name, as types and as values.

use crate::CompiledKit;
use catalyst_expr::{Field, Scope, Type};
use catalyst_model::{BlueprintName, Organization, Registry, Sovereign};
use catalyst_plan::SovereignIntent;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Values of the variables of an expression.
pub type Variables = BTreeMap<String, Value>;

/// What expressions may know of a Sovereign. In the shared kit the domain is the variable that Flux substitutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: String,
    /// `per-organization` or `shared-sovereign`.
    pub topology: &'static str,
    /// Its registry.
    pub registry: Registry,
    /// The Blueprints that its kit installs, in order of their names.
    pub blueprints: BTreeSet<BlueprintName>,
}

impl Facts {
    /// The facts of a Sovereign; `registry` is the project's, used where the Sovereign has none of its own, and `kit` what all share.
    pub fn of(sovereign: &Sovereign, registry: &Registry, kit: Option<&CompiledKit>) -> Facts {
        let changes = &sovereign.spec.kit.blueprints;
        let slots = kit.into_iter().flat_map(|it| &it.kit.spec.slots);
        let installed = slots.filter(|slot| slot.is_installed(changes.get(&slot.blueprint)));
        Facts {
            name: sovereign.name.to_string(),
            domain: sovereign.spec.domain.to_string(),
            topology: sovereign.spec.keycloak_topology.as_str(),
            registry: sovereign.spec.registry.clone().unwrap_or_else(|| match sovereign.spec.air_gap {
                Some(_) => Registry { host: format!("harbor.{}", sovereign.spec.domain), ..registry.clone() },
                None => registry.clone(),
            }),
            blueprints: installed.map(|slot| slot.blueprint.clone()).collect(),
        }
    }

    /// The variables `sovereign` and `registry`.
    pub fn variables(&self) -> Variables {
        Variables::from([
            (
                "sovereign".into(),
                json!({
                    "name": self.name,
                    "domain": self.domain,
                    "keycloakTopology": self.topology,
                    "blueprints": self.blueprints,
                }),
            ),
            ("registry".into(), json!({ "host": self.registry.host, "path": self.registry.path })),
        ])
    }
}

fn strings<const N: usize>(names: [&str; N]) -> Type {
    Type::object(names.map(|name| (name, Field::required(Type::String))))
}

/// The scope of the kit's own expressions: the Sovereign and its registry.
pub(crate) fn kit_scope() -> Scope {
    let sovereign = Type::object([
        ("name", Field::required(Type::String)),
        ("domain", Field::required(Type::String)),
        ("keycloakTopology", Field::required(Type::String)),
        ("blueprints", Field::required(Type::list(Type::String))),
    ]);
    Scope {
        variables: BTreeMap::from([
            ("sovereign".into(), sovereign),
            ("registry".into(), strings(["host", "path"])),
        ]),
    }
}

/// The scope of a Blueprint's expressions. `dependencies` are its aliases, each with whether a condition decides on it.
pub(crate) fn blueprint_scope(config: Type, dependencies: &[(String, bool)]) -> Scope {
    let mut scope = kit_scope();
    let aliases = dependencies.iter().map(|(alias, conditional)| {
        let ty = strings(["name", "namespace", "connectionSecret", "blueprint", "version"]);
        (alias.as_str(), if *conditional { Field::optional(ty) } else { Field::required(ty) })
    });
    let placement = Type::object([
        ("mode", Field::required(Type::String)),
        ("primary", Field::required(Type::String)),
        ("regions", Field::required(Type::list(Type::String))),
    ]);
    scope.variables.extend([
        ("config".to_owned(), config),
        ("application".to_owned(), strings(["name", "namespace"])),
        ("environment".to_owned(), strings(["name", "type"])),
        ("organization".to_owned(), strings(["name", "domain", "title", "kind", "tier"])),
        ("placement".to_owned(), placement),
        ("region".to_owned(), strings(["key", "code", "provider"])),
        ("dependencies".to_owned(), Type::object(aliases)),
    ]);
    scope
}

/// The variables that describe a release of the kit. The kit is the same in all clusters, so region and placement are neutral here.
pub fn kit_variables(facts: &Facts, short: &str, namespace: &str) -> Variables {
    let mut variables = facts.variables();
    variables.extend([
        ("application".to_owned(), json!({ "name": short, "namespace": namespace })),
        ("environment".to_owned(), json!({ "name": "platform", "type": "prod" })),
        (
            "organization".to_owned(),
            json!({ "name": "platform", "domain": facts.domain, "title": "Platform", "kind": "internal", "tier": "corporate" }),
        ),
        ("placement".to_owned(), json!({ "mode": "single-region", "primary": "", "regions": [] })),
        ("region".to_owned(), json!({ "key": "", "code": "", "provider": "" })),
    ]);
    variables
}

/// The variables of an Application in an Environment, before placement.
pub fn application_variables(
    facts: &Facts,
    intent: &SovereignIntent,
    organization: &Organization,
    app: &str,
    environment: &str,
    env_type: &str,
) -> Variables {
    let domain = organization.spec.domain.clone().unwrap_or_else(|| intent.sovereign.spec.domain.clone());
    let mut variables = facts.variables();
    variables.extend([
        ("application".to_owned(), json!({ "name": app, "namespace": app })),
        ("environment".to_owned(), json!({ "name": environment, "type": env_type })),
        (
            "organization".to_owned(),
            json!({
                "name": organization.name,
                "domain": domain,
                "title": organization.spec.title,
                "kind": organization.spec.kind,
                "tier": organization.spec.tier,
            }),
        ),
        ("placement".to_owned(), json!({ "mode": "single-region", "primary": "", "regions": [] })),
        ("region".to_owned(), json!({ "key": "", "code": "", "provider": "" })),
    ]);
    variables
}
