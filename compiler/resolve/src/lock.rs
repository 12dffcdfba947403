//! `catalyst.lock`: which versions were chosen, and which bytes charts from elsewhere have. A file like any source file, reviewed and merged
//! line by line.

use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::{BlueprintName, Version};
use catalyst_plan::{CatalogEntry, Lock, LockedBlueprint, LockedChart, LockedImages, Resolution, digest};
use catalyst_source::{KeyPath, TreePath};
use catalyst_yaml::Dialect;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Name of the lock file, at the root of the project.
pub const LOCK_FILE: &str = "catalyst.lock";

/// Version of the format.
const FORMAT: u64 = 1;

/// The root of the kit in a lock.
fn kit_root(sovereign: &str) -> String {
    format!("{sovereign}/kit")
}

/// The lock of resolutions, each with the name of its Sovereign.
pub fn lock_of<'a>(resolutions: impl IntoIterator<Item = (&'a str, &'a Resolution)>) -> Lock {
    let mut lock = Lock::default();
    for (sovereign, resolution) in resolutions {
        let mut add = |root: String, entry: &CatalogEntry| {
            let (name, version) = (&entry.blueprint.name, &entry.blueprint.spec.version);
            lock.roots.entry(root).or_default().insert(name.clone(), version.clone());
            let key = (name.clone(), version.clone(), entry.blueprint.place.file.to_string());
            lock.blueprints.entry(key).or_insert_with(|| LockedBlueprint { digest: content_digest(entry) });
        };
        for node in resolution.kit.nodes.values() {
            add(kit_root(sovereign), &node.entry);
        }
        for (environment, graph) in &resolution.environments {
            for install in graph.installs.values() {
                add(format!("{sovereign}/{environment}"), &install.entry);
            }
        }
    }
    lock
}

/// SHA-256 over the canonical JSON of a Blueprint's spec: comments, styles and positions do not count.
fn content_digest(entry: &CatalogEntry) -> String {
    let canonical = serde_json::to_vec(&entry.blueprint.spec).unwrap_or_default();
    digest(&canonical)
}

/// The lock as text.
pub fn write_lock(lock: &Lock) -> String {
    let roots: Map<String, Value> = lock
        .roots
        .iter()
        .map(|(root, versions)| {
            let versions: Map<String, Value> =
                versions.iter().map(|(name, version)| (name.to_string(), json!(version))).collect();
            (root.clone(), Value::Object(versions))
        })
        .collect();
    let blueprints: Vec<Value> = lock
        .blueprints
        .iter()
        .map(|((name, version, source), locked)| {
            json!({ "name": name, "version": version, "source": source, "digest": format!("sha256:{}", locked.digest) })
        })
        .collect();
    let mut value = json!({ "version": FORMAT, "roots": roots, "blueprints": blueprints });
    if !lock.images.is_empty() {
        let row = |((blueprint, source), it): (&(BlueprintName, String), &LockedImages)| json!({ "blueprint": blueprint, "source": source, "inputs": format!("sha256:{}", it.inputs), "images": it.images });
        value["images"] = lock.images.iter().map(row).collect();
    }
    if !lock.digests.is_empty() {
        let row = |(image, digest): (&String, &String)| (image.clone(), json!(format!("sha256:{digest}")));
        value["digests"] = Value::Object(lock.digests.iter().map(row).collect());
    }
    if !lock.charts.is_empty() {
        value["charts"] = lock.charts.iter().map(|(key, chart)| chart_row(key, chart)).collect();
    }
    format!("# Written by `catalystc lock`. Commit it; do not edit it.\n{}", catalyst_yaml::write(&value))
}

fn chart_row((name, version, source): &(String, Version, String), chart: &LockedChart) -> Value {
    let mut row = json!({ "name": name, "version": version });
    if let Some(app_version) = &chart.app_version {
        row["appVersion"] = json!(app_version);
    }
    row["source"] = json!(source);
    row["archive"] = json!(format!("sha256:{}", chart.archive));
    if let Some(manifest) = &chart.manifest {
        row["manifest"] = json!(format!("sha256:{manifest}"));
    }
    row["tree"] = json!(format!("sha256:{}", chart.tree));
    if !chart.ranges.is_empty() {
        row["ranges"] = json!(chart.ranges);
    }
    row
}

/// Reads a lock. What cannot be read is reported, and then there is no lock.
pub fn parse_lock(text: &str) -> (Option<Lock>, Vec<Diagnostic>) {
    let file = match TreePath::new(LOCK_FILE) {
        Ok(file) => file,
        Err(error) => unreachable!("{error}"),
    };
    let parsed = catalyst_yaml::parse(text);
    let mut out: Vec<Diagnostic> =
        parsed.problems.iter().map(|it| catalyst_lower::from_problem(&file, it)).collect();
    let root = Place::value(&file, 0, KeyPath::root());
    let broken = |place: Place, why: String| {
        Diagnostic::new(&rule::LOCK_OUTDATED, place, why).help("run `catalystc lock` to write it anew")
    };
    let Some(document) = parsed.documents.first().filter(|_| out.is_empty()) else {
        if out.is_empty() {
            out.push(broken(Place::file(&file), "the lock is empty".into()));
        }
        return (None, out);
    };
    let (value, _) = document.to_value(Dialect::Kubernetes);
    if value["version"] != json!(FORMAT) {
        let why =
            format!("the lock has format {}, and this catalystc reads format {FORMAT}", value["version"]);
        return (None, vec![broken(root.child("version"), why)]);
    }
    match read(&value, &root) {
        Ok(lock) => (Some(lock), out),
        Err(place) => (None, vec![broken(place, "the lock is damaged here".into())]),
    }
}

/// The lock in a value; an error is the node that is wrong.
fn read(value: &Value, root: &Place) -> Result<Lock, Place> {
    let mut lock = Lock::default();
    let place = root.child("roots");
    for (name, versions) in value["roots"].as_object().ok_or_else(|| place.clone())? {
        let place = place.child(name);
        let into = lock.roots.entry(name.clone()).or_default();
        for (blueprint, version) in versions.as_object().ok_or_else(|| place.clone())? {
            let place = place.child(blueprint);
            let version =
                version.as_str().and_then(|it| it.parse::<Version>().ok()).ok_or_else(|| place.clone())?;
            into.insert(BlueprintName::new(blueprint).map_err(|_| place)?, version);
        }
    }
    let place = root.child("blueprints");
    for (at, entry) in value["blueprints"].as_array().ok_or_else(|| place.clone())?.iter().enumerate() {
        let place = place.item(at);
        let text = |key: &str| entry[key].as_str().ok_or_else(|| place.child(key));
        let name = BlueprintName::new(text("name")?).map_err(|_| place.child("name"))?;
        let version = text("version")?.parse().map_err(|_| place.child("version"))?;
        let digest = text("digest")?.strip_prefix("sha256:").ok_or_else(|| place.child("digest"))?;
        lock.blueprints.insert(
            (name, version, text("source")?.to_owned()),
            LockedBlueprint { digest: digest.to_owned() },
        );
    }
    let place = root.child("charts");
    let rows = match &value["charts"] {
        Value::Null => &[],
        rows => rows.as_array().ok_or_else(|| place.clone())?.as_slice(),
    };
    for (at, row) in rows.iter().enumerate() {
        let (key, chart) = read_chart(row, &place.item(at))?;
        lock.charts.insert(key, chart);
    }
    let place = root.child("images");
    let rows = match &value["images"] {
        Value::Null => &[],
        rows => rows.as_array().ok_or_else(|| place.clone())?.as_slice(),
    };
    for (at, row) in rows.iter().enumerate() {
        let (key, images) = read_images(row, &place.item(at))?;
        lock.images.insert(key, images);
    }
    let place = root.child("digests");
    let rows = match &value["digests"] {
        Value::Null => &Map::new(),
        rows => rows.as_object().ok_or_else(|| place.clone())?,
    };
    for (image, digest) in rows {
        let hex = digest.as_str().and_then(hex).ok_or_else(|| place.child(image))?;
        lock.digests.insert(image.clone(), hex.to_owned());
    }
    Ok(lock)
}

/// The hex digits of a digest, which name files of stores.
fn hex(digest: &str) -> Option<&str> {
    let hex = digest.strip_prefix("sha256:").filter(|it| it.len() == 64)?;
    hex.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')).then_some(hex)
}

/// The images of one Blueprint; an error is the node that is wrong.
fn read_images(row: &Value, place: &Place) -> Result<((BlueprintName, String), LockedImages), Place> {
    let text = |key: &str| row[key].as_str().ok_or_else(|| place.child(key));
    let name = BlueprintName::new(text("blueprint")?).map_err(|_| place.child("blueprint"))?;
    let inputs = text("inputs")?.strip_prefix("sha256:").ok_or_else(|| place.child("inputs"))?;
    let images = row["images"].as_array().ok_or_else(|| place.child("images"))?;
    let images: Option<BTreeSet<String>> = images.iter().map(|it| it.as_str().map(str::to_owned)).collect();
    let images = images.ok_or_else(|| place.child("images"))?;
    Ok(((name, text("source")?.to_owned()), LockedImages { inputs: inputs.to_owned(), images }))
}

/// One chart; an error is the node that is wrong.
fn read_chart(row: &Value, place: &Place) -> Result<((String, Version, String), LockedChart), Place> {
    let text = |key: &str| row[key].as_str().ok_or_else(|| place.child(key));
    let optional = |key: &str| match &row[key] {
        Value::Null => Ok(None),
        _ => text(key).map(Some),
    };
    let hex = |key: &str| hex(text(key)?).map(str::to_owned).ok_or_else(|| place.child(key));
    let ranges = match &row["ranges"] {
        Value::Null => &[],
        ranges => ranges.as_array().ok_or_else(|| place.child("ranges"))?.as_slice(),
    };
    let ranges: Option<BTreeSet<String>> = ranges.iter().map(|it| it.as_str().map(str::to_owned)).collect();
    let chart = LockedChart {
        app_version: optional("appVersion")?.map(str::to_owned),
        archive: hex("archive")?,
        manifest: optional("manifest")?.map(|_| hex("manifest")).transpose()?,
        tree: hex("tree")?,
        ranges: ranges.ok_or_else(|| place.child("ranges"))?,
    };
    let version = text("version")?.parse().map_err(|_| place.child("version"))?;
    Ok(((text("name")?.to_owned(), version, text("source")?.to_owned()), chart))
}

/// What a lock and a fresh resolution disagree about, each shown at the line of intent that moved it, as far as there is one.
pub fn verify_lock<'a>(
    lock: &Lock,
    resolutions: impl IntoIterator<Item = (&'a str, &'a Resolution)>,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let file = TreePath::new(LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"));
    let in_lock = |path: KeyPath| Place::value(&file, 0, path);
    let outdated = |place: Place, message: String| {
        Diagnostic::new(&rule::LOCK_OUTDATED, place, message)
            .help("run `catalystc lock` and commit the result")
    };
    let mut fresh = Lock::default();
    for (sovereign, resolution) in resolutions {
        let mut roots: Vec<(String, Vec<(&CatalogEntry, Place)>)> = Vec::new();
        let kit = resolution
            .kit
            .nodes
            .values()
            .map(|node| (node.entry.as_ref(), node.version_place.clone()))
            .collect();
        roots.push((kit_root(sovereign), kit));
        for (environment, graph) in &resolution.environments {
            let installs = graph.installs.values().map(|install| {
                let place = match install.intent() {
                    Some(application) => application.place.child("spec").child("version"),
                    None => install.place().child("version"),
                };
                (install.entry.as_ref(), place)
            });
            roots.push((format!("{sovereign}/{environment}"), installs.collect()));
        }
        for (root, entries) in roots {
            for (entry, place) in entries {
                let (name, version) = (&entry.blueprint.name, &entry.blueprint.spec.version);
                fresh.roots.entry(root.clone()).or_default().insert(name.clone(), version.clone());
                let at = KeyPath::root().key("roots").key(&root);
                match lock.roots.get(&root).and_then(|versions| versions.get(name)) {
                    Some(locked) if locked == version => {}
                    Some(locked) => out.push(
                        outdated(
                            place,
                            format!("`{root}` now runs `{name}` {version}, and the lock says {locked}"),
                        )
                        .other(in_lock(at.key(name.as_str())), "the lock"),
                    ),
                    None => out.push(outdated(
                        place,
                        format!("`{root}` runs `{name}` {version}, which the lock does not know"),
                    )),
                }
                let key = (name.clone(), version.clone(), entry.blueprint.place.file.to_string());
                let digest = content_digest(entry);
                if let Some(locked) = lock.blueprints.get(&key)
                    && locked.digest != digest
                {
                    let place = entry.blueprint.place.child("spec").child("version");
                    out.push(
                        outdated(
                            place,
                            format!("the content of `{name}` {version} has changed since it was locked"),
                        )
                        .note(format!("locked: sha256:{}", locked.digest))
                        .note(format!("now:    sha256:{digest}")),
                    );
                }
            }
        }
    }
    for (root, versions) in &lock.roots {
        for (name, version) in versions {
            if !fresh.roots.get(root).is_some_and(|it| it.contains_key(name)) {
                let at = KeyPath::root().key("roots").key(root).key(name.as_str());
                out.push(outdated(in_lock(at), format!("`{root}` no longer runs `{name}` {version}")));
            }
        }
    }
    out
}
