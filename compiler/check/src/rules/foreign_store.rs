//! `foreign-store`: the platform keeps its data in five stores: PostgreSQL by CloudNativePG, FerretDB on it, Valkey, JetStream and SeaweedFS
//! (domain.md 13.8). What an upstream chart would bring besides is switched off; what cannot do without says so, with the reason.

use crate::ChartSubject;
use crate::walk::nodes;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_plan::Index;
use serde_json::Value;

/// The annotation of a chart that brings another store: why.
const REASON: &str = "catalyst.openova.io/other-store";
/// Other stores, and what stands in their place; nothing for what the platform has none for.
const STORES: [(&str, &str); 17] = [
    ("cassandra", ""),
    ("clickhouse", ""),
    ("couchdb", "FerretDB"),
    ("elasticsearch", ""),
    ("kafka", "JetStream"),
    ("mariadb", "PostgreSQL by CloudNativePG"),
    ("memcached", "Valkey"),
    ("milvus", ""),
    ("minio", "SeaweedFS"),
    ("mongo", "FerretDB"),
    ("mongodb", "FerretDB"),
    ("mysql", "PostgreSQL by CloudNativePG"),
    ("neo4j", ""),
    ("opensearch", ""),
    ("rabbitmq", "JetStream"),
    ("redis", "Valkey"),
    ("strimzi", "JetStream"),
];
/// A chart inside of another brings a database of its own.
const BUNDLED: [(&str, &str); 2] =
    [("postgresql", "PostgreSQL by CloudNativePG"), ("postgres", "PostgreSQL by CloudNativePG")];
/// Stores of the platform, by the names of their images.
const OURS: [&str; 4] = ["valkey", "nats", "seaweedfs", "ferretdb"];
/// Keys that switch a chart inside of another on.
const SWITCHES: [&str; 3] = ["enabled", "deploy", "install"];

/// A chart brings none.
pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let facts = subject.facts;
    let is_meant = facts.annotations.get(REASON).is_some_and(|it| !it.trim().is_empty());
    if is_meant {
        return;
    }
    for dependency in &facts.dependencies {
        if let Some((store, instead)) = dependency.name.split('-').find_map(|it| find(&STORES, it)) {
            let message =
                format!("`{}` brings the store `{store}`, which is none of the platform's", dependency.name);
            out.push(found(dependency.place.child("name"), message, instead));
        }
    }
    let charts: Vec<&str> = facts.dependencies.iter().map(|it| it.name.as_str()).collect();
    for (place, values) in subject.trees() {
        check_values(&place, values, &charts, out);
    }
}

/// What values switch on inside of upstream charts, and the images that a chart of our own runs.
fn check_values(place: &Place, values: &Value, charts: &[&str], out: &mut Vec<Diagnostic>) {
    nodes(values, &mut |trail, value| {
        let Some(map) = value.as_object().filter(|_| trail.is_entry()) else { return };
        let image = map.get("repository").and_then(Value::as_str).filter(|_| !trail.passes(charts));
        let program = image.and_then(|it| it.rsplit('/').next()?.split(['-', '_', ':']).next());
        if let Some((store, instead)) = program.and_then(|it| find(&STORES, it)) {
            let message =
                format!("`{}` runs the store `{store}`, which is none of the platform's", trail.path());
            out.push(found(place.below(&trail.path().key("repository")), message, instead));
        }
        let Some(name) = trail.key() else { return };
        // A key of the chart's own may be named after a store that it talks to.
        let is_inside = trail.parent().is_some_and(|it| it.key().is_some());
        let lower = name.to_ascii_lowercase();
        let Some((store, instead)) = find(&STORES, &lower).or_else(|| find(&BUNDLED, &lower)) else { return };
        let on = SWITCHES.iter().find(|key| map.get(**key) == Some(&Value::Bool(true)));
        if let Some(switch) = on.filter(|_| is_inside && !is_ours(map)) {
            let message =
                format!("`{}` brings the store `{store}`, which is none of the platform's", trail.path());
            out.push(found(place.below(&trail.path().key(switch)), message, instead));
        }
    });
}

/// The kit depends on none, unless somebody chooses what needs it.
pub(crate) fn kit(index: &Index, out: &mut Vec<Diagnostic>) {
    let slots = index.kit.iter().flat_map(|it| &it.spec.slots);
    for entry in slots.flat_map(|slot| index.catalogue.entries(&slot.blueprint)) {
        for (at, depends) in entry.blueprint.spec.depends.iter().flatten().enumerate() {
            if let Some((_, instead)) =
                find(&STORES, depends.blueprint.short()).filter(|_| depends.when.is_none())
            {
                let place = entry.blueprint.place.child("spec").child("depends").item(at);
                let message = format!(
                    "a Blueprint of the kit depends on the store `{}`, which is none of the platform's",
                    depends.blueprint
                );
                out.push(found(place.child("blueprint"), message, instead));
            }
        }
    }
}

fn found(place: Place, message: String, instead: &str) -> Diagnostic {
    let help = match instead {
        "" => format!("do without it, or say in an annotation `{REASON}` of the chart why that cannot be"),
        _ => format!("use {instead}, or say in an annotation `{REASON}` of the chart why that cannot be"),
    };
    Diagnostic::new(&rule::FOREIGN_STORE, place, message).help(help)
}

fn find(stores: &'static [(&'static str, &'static str)], name: &str) -> Option<(&'static str, &'static str)> {
    stores.iter().copied().find(|(store, _)| *store == name)
}

/// Whether the image that is named in a block is of a store of the platform: Valkey goes under the name of what it replaces.
fn is_ours(map: &serde_json::Map<String, Value>) -> bool {
    let image = map.get("image");
    let repository = image.and_then(|it| it.get("repository").unwrap_or(it).as_str()).unwrap_or_default();
    repository.split(['/', ':', '-']).any(|it| OURS.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::{check, kit};
    use crate::testing::{chart, index, lines, project};
    use serde_json::json;

    #[test]
    fn what_an_upstream_chart_brings_is_judged_by_name_and_image() {
        let brought = |values| chart(check, values, &[]).len();
        assert_eq!(brought(json!({ "wiki": { "mariadb": { "enabled": true } } })), 1);
        assert_eq!(brought(json!({ "wiki": { "postgresql": { "enabled": true } } })), 1);
        assert_eq!(brought(json!({ "wiki": { "mariadb": { "enabled": false } } })), 0);
        let valkey = json!({ "deploy": true, "image": { "repository": "docker.io/bitnami/valkey" } });
        assert_eq!(brought(json!({ "trace": { "redis": valkey } })), 0);
        let runs =
            |repository| brought(json!({ "images": { "store": { "repository": repository, "tag": "1" } } }));
        assert_eq!(runs("library/redis"), 1);
        assert_eq!(runs("valkey/valkey"), 0);
        // A block of the chart's own is about a store that is somewhere else.
        assert_eq!(brought(json!({ "kafka": { "enabled": true } })), 0);
    }

    #[test]
    fn the_kit_depends_on_other_stores_under_a_condition_only() {
        let run = |depends: serde_json::Value| {
            let slots = json!({ "slots": [{ "id": "01", "blueprint": "bp-meter" }] });
            let intents = [
                ("kit.yaml", "Kit", "kit", slots),
                ("platform/meter/blueprint.yaml", "Blueprint", "bp-meter", json!({ "depends": [depends] })),
            ];
            lines(&project(kit, &index(&intents)))
        };
        let found = run(json!({ "blueprint": "bp-strimzi" }));
        assert!(found.len() == 1 && found[0].contains("bp-strimzi"), "{found:?}");
        let none: [&str; 0] = [];
        assert_eq!(run(json!({ "blueprint": "bp-strimzi", "when": "{{ config.kafka }}" })), none);
        assert_eq!(run(json!({ "blueprint": "bp-cnpg" })), none);
    }
}
