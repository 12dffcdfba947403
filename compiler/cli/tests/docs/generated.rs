//! Pages of the reference that are made from the types and tables of the compiler, and checked to be what these make.

use crate::{repository, updating};
use catalyst_model::{
    AppName, BlueprintName, BuildingBlock, ClusterName, DomainName, EnvType, EnvironmentName, KINDS,
    KindInfo, OrgName, Provider, REGIONS, SlotId, application_host, application_repository,
    control_plane_host, labels, schema::document_schema, vcluster_context,
};
use catalyst_system::Var;
use serde_json::Value;
use std::fmt::Write as _;

/// A file of the fleet that shows a kind at work.
fn example(kind: &KindInfo) -> &'static str {
    match kind.kind {
        "Project" => "catalyst.yaml",
        "Kit" => "clusters/_template/kit.yaml",
        "Sovereign" => "sovereigns/openova/sovereign.yaml",
        "Organization" => "sovereigns/omantel/organizations/acme-shop/organization.yaml",
        "Environment" => {
            "sovereigns/bankdhofar/organizations/digital-channels/environments/digital-channels-uat.yaml"
        }
        "Application" => "sovereigns/bankdhofar/organizations/digital-channels/applications/portal.yaml",
        "Blueprint" => "sovereigns/omantel/organizations/acme-shop/blueprints/acme-storefront/blueprint.yaml",
        "EnvironmentPolicy" => "sovereigns/bankdhofar/policies/core-banking-prod-policy.yaml",
        "SecretPolicy" => "sovereigns/omantel/policies/sme-secrets.yaml",
        "Runbook" => "sovereigns/bankdhofar/runbooks/ledger-switchover.yaml",
        "Continuum" => "sovereigns/bankdhofar/organizations/core-banking/continuums/ledger.yaml",
        "UserAccess" => "sovereigns/omantel/access/cloud-team-on-call.yaml",
        other => panic!("no example of `{other}` is known"),
    }
}

#[test]
fn the_page_of_each_kind_is_fresh() {
    let mut index = "# Kinds\n\nEach kind of document, with all its fields. Made from the types that the compiler reads with; \
        the JSON Schemas in\n`docs/schemas` say the same.\n\n| Kind | `apiVersion` | |\n|---|---|---|\n"
        .to_owned();
    for kind in KINDS {
        let file = format!("{}.md", kind.kind.to_lowercase());
        writeln!(index, "| [{}]({file}) | `{}` | {} |", kind.kind, kind.api_version(), kind.summary).unwrap();
        fresh(&format!("kinds/{file}"), &page(kind));
    }
    fresh("kinds/index.md", &index);
}

fn page(kind: &KindInfo) -> String {
    let schema = document_schema(kind);
    let path = example(kind);
    let text = std::fs::read_to_string(repository().join(path)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let cut = lines.len().min(60);
    let resource = match kind.crd {
        true => format!("`{}.{}` in clusters", kind.plural, kind.group),
        false => "read by the compiler only".to_owned(),
    };
    let mut out = format!(
        "# {}\n\n{}. `apiVersion: {}`, {resource}.\n\n<!-- start: fleet -->\n\nIn `{path}`:\n\n```yaml\n{}\n```\n\n",
        kind.kind,
        kind.summary,
        kind.api_version(),
        lines[..cut].join("\n"),
    );
    if cut < lines.len() {
        writeln!(out, "These are the first {cut} of {} lines.\n", lines.len()).unwrap();
    }
    out.push_str("## Fields\n\nA field with * has to be there. `[]` stands for each item of a list, `<key>` for each key of a map.\n\n");
    out.push_str("| Field | Type | Says |\n|---|---|---|\n");
    let properties = &schema["properties"];
    field("metadata.name", &properties["metadata"]["properties"]["name"], true, &mut out);
    fields("spec", &properties["spec"], &mut out);
    out
}

/// The rows of an object's properties.
fn fields(path: &str, schema: &Value, out: &mut String) {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|it| it.iter().any(|it| it == name));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        field(&format!("{path}.{name}"), property, required(name), out);
    }
}

fn field(path: &str, schema: &Value, required: bool, out: &mut String) {
    let star = if required { " *" } else { "" };
    let mut says = schema["description"].as_str().unwrap_or_default().to_owned();
    if let Some(default) = schema.get("default").filter(|it| !empty(it)) {
        write!(says, " Default: `{default}`.").unwrap();
    }
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    writeln!(out, "| `{path}`{star} | {} | {} |", cell(&type_of(schema)), cell(says.trim())).unwrap();
    inside(path, schema, out);
}

/// The rows of what a field holds.
fn inside(path: &str, schema: &Value, out: &mut String) {
    fields(path, schema, out);
    if let Some(items) = schema.get("items") {
        inside(&format!("{path}[]"), items, out);
    }
    let keyed = schema.get("patternProperties").and_then(|it| it.as_object()?.values().next());
    if let Some(values) = keyed.or(schema.get("additionalProperties")).filter(|it| it.is_object()) {
        inside(&format!("{path}.<key>"), values, out);
    }
    // A choice: the rows of each way, after what makes it this one.
    for way in schema["oneOf"].as_array().into_iter().flatten() {
        let tag = way["properties"]["kind"]["const"].as_str();
        let path = tag.map_or_else(|| path.to_owned(), |tag| format!("{path} ({tag})"));
        if let Some(says) = way["description"].as_str() {
            writeln!(out, "| `{path}` | map | {says} |").unwrap();
        }
        fields(&path, way, out);
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(it) => it.is_empty(),
        Value::Object(_) => true,
        Value::String(it) => it.is_empty(),
        Value::Bool(it) => !it,
        Value::Number(_) => false,
    }
}

fn type_of(schema: &Value) -> String {
    let words = |list: &[Value]| {
        list.iter().map(|it| format!("`{}`", it.as_str().unwrap_or_default())).collect::<Vec<_>>()
    };
    if let Some(list) = schema["enum"].as_array() {
        return words(list).join(", ");
    }
    if let Some(word) = schema.get("const") {
        return format!("`{}`", word.as_str().unwrap_or_default());
    }
    let range = match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(low), Some(high)) => format!(", {low} to {high}"),
        (None, Some(high)) => format!(", at most {high}"),
        (Some(low), None) if low > 0 => format!(", at least {low}"),
        _ => String::new(),
    };
    match schema["type"].as_str() {
        Some("string") => match (schema["title"].as_str(), schema["pattern"].as_str()) {
            (Some(title), _) => title.to_owned(),
            (None, Some(pattern)) => format!("text, `{pattern}`"),
            (None, None) => "text".to_owned(),
        },
        Some("array") => format!("list of {}", type_of(&schema["items"])),
        Some("integer") => format!("whole number{range}"),
        Some("boolean") => "true or false".to_owned(),
        Some("object") => match schema.get("additionalProperties") {
            Some(values) if values.is_object() && values["type"].is_string() => {
                format!("map of {}", type_of(values))
            }
            _ => "map".to_owned(),
        },
        _ if schema["oneOf"].is_array() => "one of".to_owned(),
        _ => "any value".to_owned(),
    }
}

#[test]
fn the_page_of_names_is_fresh() {
    let mut out = "# Names, codes and labels\n\nThe tables that names are made from. The compiler refuses a name that breaks its \
        pattern or a limit of Kubernetes, at the line of\nintent that caused it.\n\n"
        .to_owned();
    out.push_str("## Providers\n\n| Provider | In names | In location codes |\n|---|---|---|\n");
    for it in Provider::ALL {
        writeln!(out, "| `{it}` | `{}` | `{}` |", it.code(), it.letter()).unwrap();
    }
    out.push_str("\n## Regions\n\nAWS, GCP and Azure have no table of regions yet.\n\n");
    out.push_str(
        "| Provider | Region | In location codes | The provider's name | City |\n|---|---|---|---|---|\n",
    );
    for it in REGIONS {
        writeln!(
            out,
            "| `{}` | `{}` | `{}` | `{}` | {} |",
            it.provider, it.code, it.letter, it.cloud_id, it.city
        )
        .unwrap();
    }
    out.push_str("\n## Building blocks\n\n| Code | In location codes | |\n|---|---|---|\n");
    for it in BuildingBlock::ALL {
        let what = match it {
            BuildingBlock::Rtz => "restricted trust zone: workloads",
            BuildingBlock::Dmz => "internet-facing zone",
            BuildingBlock::Mgt => "management: the control plane of the Sovereign",
        };
        writeln!(out, "| `{it}` | `{}` | {what} |", it.letter()).unwrap();
    }
    out.push_str("\n## Env types\n\n| Code | In location codes | Branch of Application repositories |\n|---|---|---|\n");
    for it in EnvType::ALL {
        let branch = it.branch().map_or("none; the Environment names one".to_owned(), |it| format!("`{it}`"));
        writeln!(out, "| `{it}` | `{}` | {branch} |", it.letter()).unwrap();
    }
    out.push_str(&patterns());
    out.push_str("\n## Labels\n\nObjects carry those of their scope. A value has at most 63 characters: letters, digits, `-`, `_` and `.`, ");
    out.push_str("with a letter or digit at both\nends.\n\n");
    for key in labels::ALL {
        writeln!(out, "- `{key}`").unwrap();
    }
    fresh("names.md", &out);
}

/// The patterns of composed names, each with an example that the model composes.
fn patterns() -> String {
    fn name<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }
    let cluster: ClusterName = name("hz-fsn-mgt-prod");
    let (org, domain) = (name::<OrgName>("acme"), name::<DomainName>("t38.omani.works"));
    let (app, environment) = (name::<AppName>("blog"), name::<EnvironmentName>("acme-prod"));
    let location = cluster.location().unwrap();
    let rows = [
        ("host cluster, and its context", "{provider}-{region}-{block}-{env_type}", cluster.to_string()),
        ("location code", "a letter each of provider, region, block and env type", location.to_string()),
        ("Environment", "{organization}-{env_type}", environment.to_string()),
        ("vCluster, seen from outside", "{context}-{organization}", vcluster_context(&cluster, &org)),
        ("Blueprint", "bp-{name}", name::<BlueprintName>("bp-postgres").to_string()),
        ("slot", "two digits, and a letter if need be", name::<SlotId>("06a").to_string()),
        (
            "host of a control-plane component",
            "{component}.{location}.{sovereign domain}",
            control_plane_host("gitea", location, &domain),
        ),
        (
            "host of an Application",
            "{application}.{environment}.{domain}",
            application_host(&app, &environment, &domain),
        ),
        (
            "Git repository of an Application",
            "gitea.{location}.{sovereign domain}/{organization}/{application}",
            application_repository(location, &domain, &org, app.as_str()),
        ),
    ];
    let mut out = "\n## Patterns\n\n| Name | Pattern | Example |\n|---|---|---|\n".to_owned();
    for (what, pattern, example) in rows {
        let pattern = if pattern.contains('{') { format!("`{pattern}`") } else { pattern.to_owned() };
        writeln!(out, "| {what} | {pattern} | `{example}` |").unwrap();
    }
    out
}

#[test]
fn the_page_of_variables_is_fresh() {
    let mut out = "# Environment variables\n\nAll that `catalystc` reads. An empty variable counts as not set. A flag wins over its \
        variable. A program that `catalystc` starts gets\nnone of them unless it needs them by name.\n\n| Variable | |\n|---|---|\n"
        .to_owned();
    for it in catalyst_system::VARIABLES.iter().filter(|it| it.var != Var::Fault) {
        writeln!(out, "| `{}` | {} |", it.name, it.doc).unwrap();
    }
    fresh("environment.md", &out);
}

#[test]
fn the_bounds_of_input_are_those_of_the_code() {
    let (text, walk) = (catalyst_yaml::Limits::default(), catalyst_system::Limits::default());
    let million = |n: usize| format!("{} 000 000", n / 1_000_000);
    let rows = [
        format!("| bytes of one file | {} MiB |", text.bytes.min(walk.file_bytes as usize) >> 20),
        format!("| nesting of one YAML document, aliases followed | {} levels |", text.depth),
        format!("| values and keys of one file, aliases followed | {} |", million(text.nodes)),
        format!("| folders below each other | {} |", walk.depth),
        format!("| files of a project | {} |", million(walk.files)),
    ];
    let page = std::fs::read_to_string(repository().join("docs/src/reference/limits.md")).unwrap();
    for row in rows {
        assert!(page.lines().any(|line| line == row), "docs/src/reference/limits.md does not say: {row}");
    }
}

/// Compares a page of the reference with what it should say, or writes it.
fn fresh(page: &str, text: &str) {
    let path = repository().join("docs/src/reference").join(page);
    if updating() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/src/reference/{page} is out of date; run `cargo xtask docs`");
}
