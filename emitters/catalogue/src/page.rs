//! What stands on the page of a Blueprint.

use crate::blocks::{Block, Line, Span, code, code_or_empty, condition, joined, text};
use crate::value::{Capability, Dependency, Entry, Size};
use serde_json::{Map, Value};

/// The page below its title. A part with nothing to say is left out.
pub(crate) fn page(entry: &Entry) -> Vec<Block> {
    let mut out = vec![Block::Paragraph(text(&entry.summary))];
    out.push(Block::Facts(facts(entry)));
    let mut part = |heading, columns: &[&'static str], rows: Vec<Vec<Line>>| {
        if !rows.is_empty() {
            out.push(Block::Heading(heading));
            out.push(Block::Table(columns.to_vec(), rows));
        }
    };
    let config = entry.config.iter().map(|it| {
        let default = match (&it.default, it.required) {
            (Some(value), _) => code(value.to_string()),
            (None, true) => text("required"),
            (None, false) => Line::new(),
        };
        vec![code(&it.path), text(&it.ty), default, text(&it.description)]
    });
    part("Config", &["Field", "Type", "Default", "Description"], config.collect());
    let sizes = entry.sizes.iter().map(|it| vec![code(&it.name), changes(it)]);
    part("Sizes", &["Size", "What it sets"], sizes.collect());
    let toggles = entry
        .toggles
        .iter()
        .map(|it| vec![code(&it.path), code(it.default.to_string()), text(&it.description)]);
    part("Toggles of the chart", &["Value", "Default", "What it does"], toggles.collect());
    let columns = ["Blueprint", "Versions", "Alias", "Condition"];
    part("Needs", &columns, entry.depends.iter().map(dependency).collect());
    part("Needed by", &columns, entry.dependents.iter().map(dependency).collect());
    let columns = ["Kind", "Name", "Details", "Condition"];
    part("Provides", &columns, entry.provides.iter().map(capability).collect());
    part("Requires", &columns, entry.requires.iter().map(capability).collect());
    let releases = entry
        .releases
        .iter()
        .map(|it| [&it.sovereign, &it.cluster, &it.namespace, &it.version].map(code).to_vec());
    part("Releases in host clusters", &["Sovereign", "Cluster", "Namespace", "Version"], releases.collect());
    let applications = entry.applications.iter().map(|it| {
        let names = [&it.sovereign, &it.environment, &it.application, &it.version].map(code);
        names.into_iter().chain([joined(it.regions.iter().map(code))]).collect()
    });
    part(
        "Applications",
        &["Sovereign", "Environment", "Application", "Version", "Regions"],
        applications.collect(),
    );
    if entry.releases.is_empty() && entry.applications.is_empty() {
        out.push(Block::Heading("Where it runs"));
        out.push(Block::Paragraph(text("No Sovereign of this project runs it.")));
    }
    out
}

fn facts(entry: &Entry) -> Vec<(&'static str, Line)> {
    let mut facts = vec![("Blueprint", code(&entry.name)), ("Version", code(&entry.version))];
    let mut fact = |name, line: Line| {
        if !line.is_empty() {
            facts.push((name, line));
        }
    };
    let some = |it: &Option<String>| it.as_ref().map(text).unwrap_or_default();
    fact("Older versions", joined(entry.older.iter().map(code)));
    fact("Stated in", code(&entry.file));
    fact("Catalogue", text(&entry.catalogue));
    fact("In short", some(&entry.tagline));
    fact("Category", some(&entry.category));
    fact("Family", some(&entry.family));
    fact("Tags", joined(entry.tags.iter().map(text)));
    fact("Visibility", text(&entry.visibility));
    if let Some(owner) = &entry.owner {
        let contact = owner.contact.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        fact("Owner", text(format!("{}{contact}", owner.team)));
    }
    fact("Licence", some(&entry.license));
    fact("Documentation", entry.documentation.iter().map(|it| Span::Address(it.clone())).collect());
    let upstream = entry.upstream.iter().map(|it| {
        let from = Span::Text(format!(" {} from ", it.version));
        vec![Span::Code(it.chart.clone()), from, Span::Code(it.repository.clone())]
    });
    fact("Upstream", joined(upstream));
    if let Some(slot) = &entry.slot {
        let place = slot.place();
        let dormant = if slot.dormant { ", dormant" } else { "" };
        let opt_in = if slot.opt_in { ", opt-in" } else { "" };
        fact("Slot", text(format!("{}, tier {}, {place}{dormant}{opt_in}", slot.id, slot.tier)));
        fact("Purpose in the kit", text(&slot.purpose));
    }
    let placement = &entry.placement;
    fact("Placement", joined(placement.modes.iter().map(code)));
    fact(
        "Regions",
        match (placement.min_regions, placement.max_regions) {
            (None, None) => Line::new(),
            (Some(least), None) => text(format!("at least {least}")),
            (None, Some(most)) => text(format!("at most {most}")),
            (Some(least), Some(most)) if least == most => text(format!("exactly {least}")),
            (Some(least), Some(most)) => text(format!("{least} to {most}")),
        },
    );
    fact(
        "Installed in",
        joined(placement.scopes.iter().map(|it| {
            text(if it == "cluster" { "host clusters, by the kit" } else { "vClusters, as an Application" })
        })),
    );
    if let Some(it) = &entry.readiness {
        let object = Span::Code(format!("{} {}", it.kind, it.name));
        let limit = Span::Text(format!(", within {} seconds", it.timeout_seconds));
        fact(
            "Ready when",
            vec![object, Span::Text(" is ".to_owned()), Span::Code(it.condition.clone()), limit],
        );
    }
    facts
}

fn dependency(it: &Dependency) -> Vec<Line> {
    let name = match &it.id {
        Some(id) => vec![Span::Page(id.clone(), it.blueprint.clone())],
        None => code(&it.blueprint),
    };
    vec![name, code(&it.version), code(&it.alias), when(&it.when)]
}

fn capability(it: &Capability) -> Vec<Line> {
    let mut details = Vec::new();
    details.extend(it.namespace.as_ref().map(|it| format!("namespace {it}")));
    details.extend(it.port.map(|it| format!("port {it}")));
    if !it.keys.is_empty() {
        details.push(format!("keys {}", it.keys.join(", ")));
    }
    vec![text(&it.kind), code(&it.name), text(details.join("; ")), when(&it.when)]
}

fn when(condition_text: &Option<String>) -> Line {
    code_or_empty(condition_text.as_deref().map(condition).unwrap_or_default())
}

/// What a size sets: leaves of config, and of chart values behind `values:`.
fn changes(size: &Size) -> Line {
    let config = leaves(&size.config).into_iter().map(|(path, value)| format!("{path}: {value}"));
    let values = leaves(&size.values).into_iter().map(|(path, value)| format!("values: {path}: {value}"));
    let all: Vec<Line> = config.chain(values).map(code).collect();
    if all.is_empty() { text("the defaults") } else { joined(all) }
}

fn leaves(map: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut out = Vec::new();
    for (key, value) in map {
        match value {
            Value::Object(below) if !below.is_empty() => {
                out.extend(leaves(below).into_iter().map(|(path, value)| (format!("{key}.{path}"), value)));
            }
            _ => out.push((key.clone(), value)),
        }
    }
    out
}
