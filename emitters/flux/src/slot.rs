//! Slot files: Namespace, chart source, HelmRelease (domain.md 9.1). Other programs read them, so names and key order are a contract.

use crate::labels;
use crate::sources::{Chart, FLUX_SYSTEM, HelmRelease, TAG_PATH, VERSION_PATH, flux_minor};
use catalyst_diag::Place;
use catalyst_emit::{Object, escape_substitution, kustomization};
use catalyst_plan::{Body, ClusterPlan, EdgeKind, EmittedFile, KitEdge, Plan, Provenance, Release};
use catalyst_source::KeyPath;
use serde_json::{Map, Value};

/// The files of one cluster's kit, `kustomization.yaml` first, then by slot.
pub(crate) fn files(plan: &Plan, cluster: &ClusterPlan) -> Vec<(String, EmittedFile)> {
    let mut releases: Vec<&Release> = cluster.releases.values().collect();
    releases.sort_by_key(|release| (release.slot.id, &release.entry.blueprint.name));
    let slots: Vec<_> =
        releases.iter().map(|release| (file_name(release), file(plan, cluster, release))).collect();
    let place = releases.first().map_or(&plan.sovereign.place, |release| &release.place);
    let index = kustomization(
        vec![
            "The bootstrap kit, by slot. The number of a slot carries no order: what installs first is said by".into(),
            "dependsOn.".into(),
            String::new(),
            format!("Generated from {}; not to be edited.", place.file),
        ],
        slots.iter().map(|(name, _)| name.as_str()),
        Provenance::new("slots of the kit", &Place::file(&place.file)),
    );
    std::iter::once(("kustomization.yaml".to_owned(), index)).chain(slots).collect()
}

fn file_name(release: &Release) -> String {
    format!("{}-{}.yaml", release.slot.id, release.entry.blueprint.name)
}

fn file(plan: &Plan, cluster: &ClusterPlan, release: &Release) -> EmittedFile {
    let name = release.entry.blueprint.name.as_str();
    let is_air_gapped = plan.sovereign.spec.air_gap.is_some();
    let published = release.entry.published(&release.version, &plan.facts, is_air_gapped);
    let labels = labels::slot(plan, release);
    let chart = Chart {
        source: name,
        namespace: FLUX_SYSTEM,
        chart: &published.chart,
        version: &published.version,
        digest: published.digest.as_deref(),
        registry: &published.registry,
        flux: flux_minor(&cluster.target),
    };
    let edges = edges(cluster, release);
    let provenance = || Provenance::new(format!("slot {} of the kit", release.slot.id), &release.place);
    let version_place = published.place.as_ref().unwrap_or(&release.version_place);
    let pinned = |path: &[&str]| provenance().field(keys(path), "the pinned version", version_place);

    let mut objects = Vec::with_capacity(3);
    if release.slot.owns_namespace {
        objects.push(namespace(release).labels(&labels).from_source(provenance()));
    }
    let artifact = chart.is_artifact();
    let source = if artifact { pinned(&TAG_PATH) } else { provenance() };
    objects.push(chart.source(&labels).from_source(source));

    let mut whence = if artifact { provenance() } else { pinned(&VERSION_PATH) };
    for (at, edge) in edges.iter().enumerate() {
        whence = whence.field(keys(&["spec", "dependsOn"]).index(at), why(edge), &edge.place);
    }
    if !release.values.merged.is_empty() {
        whence = whence.values(keys(&["spec", "values"]), release.values.clone());
    }
    let release_object = HelmRelease {
        chart,
        timeout: release.slot.timeout.as_deref(),
        release_name: release.entry.blueprint.name.short(),
        target_namespace: release.namespace.as_str(),
        storage_namespace: None,
        kube_config: None,
        service_account: None,
        depends_on: edges.iter().map(|edge| edge.to.as_str()).collect(),
        wait: release.slot.wait,
        preserve_values: release.slot.preserve_values,
        values: values(plan, release),
    };
    objects.push(release_object.object(name, &labels).from_source(whence));
    EmittedFile { header: header(plan, cluster, release, &edges), body: Body::Objects(objects) }
}

fn namespace(release: &Release) -> Object {
    let namespace = Object::new("v1", "Namespace", release.namespace.as_str());
    if release.namespace.as_str() == FLUX_SYSTEM {
        // This namespace holds the Kustomization that applies the kit. Pruned with the slot, it would take everything with it.
        namespace.annotation("kustomize.toolkit.fluxcd.io/prune", "disabled")
    } else {
        namespace
    }
}

/// The edges that a dependsOn can state, in slot order: those in force whose target runs in the same cluster.
fn edges<'a>(cluster: &'a ClusterPlan, release: &'a Release) -> Vec<&'a KitEdge> {
    let mut edges: Vec<_> = release
        .depends_on
        .iter()
        .filter(|edge| edge.active)
        .filter_map(|edge| Some((cluster.releases.get(&edge.to)?.slot.id, edge)))
        .collect();
    edges.sort_by_key(|(slot, edge)| (*slot, &edge.to));
    edges.dedup_by_key(|(_, edge)| &edge.to);
    edges.into_iter().map(|(_, edge)| edge).collect()
}

fn why(edge: &KitEdge) -> String {
    match (&edge.kind, edge.conditional) {
        (EdgeKind::Order(reason), _) => reason.clone(),
        (EdgeKind::Depends, false) => "the Blueprint depends on it".into(),
        (EdgeKind::Depends, true) => "the Blueprint depends on it under a condition, which holds".into(),
    }
}

/// Chart values. In the shared kit, which Flux substitutes, whatever looks like a variable and is not the domain is escaped.
fn values(plan: &Plan, release: &Release) -> Map<String, Value> {
    let domain = &plan.facts.domain;
    if domain.starts_with("${") {
        let escaped =
            |(key, value): (&String, &Value)| (escape_substitution(key, domain), escape(value, domain));
        release.values.merged.iter().map(escaped).collect()
    } else {
        release.values.merged.clone()
    }
}

fn escape(value: &Value, keep: &str) -> Value {
    match value {
        Value::String(text) => Value::String(escape_substitution(text, keep)),
        Value::Array(items) => Value::Array(items.iter().map(|item| escape(item, keep)).collect()),
        Value::Object(entries) => {
            let entry =
                |(key, value): (&String, &Value)| (escape_substitution(key, keep), escape(value, keep));
            Value::Object(entries.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

/// The comment at the top. Says nothing that differs between Sovereigns.
fn header(plan: &Plan, cluster: &ClusterPlan, release: &Release, edges: &[&KitEdge]) -> Vec<String> {
    let name = &release.entry.blueprint.name;
    let mut out = Vec::new();
    wrap(&mut out, "", &format!("Slot {}, {name}: {}", release.slot.id, release.slot.purpose));
    if release.slot.dormant {
        wrap(&mut out, "", "Dormant: nothing of it runs until somebody asks for it.");
    }
    if let Some(chart) = chart_path(release) {
        out.push(format!("Chart: {chart}"));
    }
    let reasons: Vec<String> = edges.iter().map(|edge| format!("{}: {}", edge.to, why(edge))).collect();
    section(&mut out, "Comes after", &reasons);
    let is_mine = |at, of| at == &cluster.name && of == name;
    let elsewhere: Vec<String> = plan
        .prerequisites
        .iter()
        .filter(|needed| is_mine(&needed.cluster, &needed.release))
        .map(|needed| format!("{}: another cluster runs it, so no dependsOn can name it", needed.needs))
        .collect();
    section(&mut out, "Needs from the bring-up plan", &elsewhere);
    let widened: Vec<String> = plan
        .widenings
        .iter()
        .filter(|widening| is_mine(&widening.cluster, &widening.release))
        .map(|widening| format!("{}: uses {}", widening.because, widening.uses))
        .collect();
    section(&mut out, "Runs outside of the management cluster because of", &widened);
    out.push(String::new());
    let blueprint = &release.entry.blueprint.place.file;
    wrap(&mut out, "", &format!("Generated from {} and {blueprint}; not to be edited.", release.place.file));
    out
}

fn section(out: &mut Vec<String>, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    out.push(String::new());
    out.push(format!("{title}:"));
    for item in items {
        wrap(out, "- ", item.trim_end_matches('.'));
    }
}

/// Where the wrapper chart stands: its folder in the project, or the artifact that is published already.
fn chart_path(release: &Release) -> Option<String> {
    if let Some(folder) = release.entry.chart.as_ref().and_then(|facts| facts.place.file.parent()) {
        return Some(folder.to_string());
    }
    let manifests = &release.entry.blueprint.spec.manifests;
    let source = || manifests.source.as_ref().map(|source| source.reference.clone());
    let folder = release.entry.blueprint.place.file.parent();
    let local = manifests.chart.as_deref().and_then(|chart| chart.strip_prefix("./")).zip(folder);
    local.map(|(chart, folder)| format!("{folder}/{chart}")).or_else(source)
}

/// Adds a text in lines of at most 100 characters; a first line starts with `mark`, the others are indented below it.
fn wrap(out: &mut Vec<String>, mark: &str, text: &str) {
    let mut line = mark.to_owned();
    let mut start = line.len();
    for word in text.split_whitespace() {
        if line.len() > start {
            if line.chars().count() + 1 + word.chars().count() > 100 {
                out.push(std::mem::replace(&mut line, " ".repeat(mark.len())));
                start = line.len();
            } else {
                line.push(' ');
            }
        }
        line.push_str(word);
    }
    out.push(line);
}

fn keys(path: &[&str]) -> KeyPath {
    path.iter().fold(KeyPath::root(), |path, key| path.key(key))
}
