//! `catalyst.pins`: pins as a file like any source file, reviewed and merged line by line.

use super::{ObjectPins, Pins, ReleasePins, Sealed};
use crate::pairs::{ObjectKey, ObjectName};
use catalyst_source::{KeyPath, TreePath};
use serde_json::{Map, Value, json};

/// Version of the format.
const FORMAT: u64 = 1;

/// Pins as text.
pub fn write_pins(pins: &Pins) -> String {
    let releases: Map<String, Value> =
        pins.releases.iter().map(|(name, release)| (name.clone(), release_value(release))).collect();
    let value = json!({ "version": FORMAT, "releases": releases });
    format!("# Written by `catalystc pin`. Commit it; do not edit it.\n{}", catalyst_yaml::write(&value))
}

fn release_value(release: &ReleasePins) -> Value {
    let objects: Vec<Value> = release.objects.iter().map(|(key, pins)| object_value(key, pins)).collect();
    json!({ "blueprint": release.blueprint, "chart": format!("sha256:{}", release.chart), "objects": objects })
}

fn object_value(key: &ObjectKey, pins: &ObjectPins) -> Value {
    let mut row = json!({ "kind": key.kind });
    if !key.namespace.is_empty() {
        row["namespace"] = json!(key.namespace);
    }
    match &key.name {
        ObjectName::Given(name) => row["name"] = json!(name),
        ObjectName::MadeBy(file) => row["madeBy"] = json!(file.as_str()),
    }
    if !pins.places.is_empty() {
        let place = |(path, value): (&KeyPath, &Value)| json!({ "path": path.to_string(), "value": value });
        row["places"] = pins.places.iter().map(place).collect();
    }
    if let Some(sealed) = &pins.sealed {
        row["drawn"] = sealed.drawn.iter().map(|it| json!(it.to_string())).collect();
        row["beside"] = json!(format!("sha256:{}", sealed.beside));
        row["sealed"] = Value::Object(sealed.parts.clone());
    }
    row
}

/// The pins in the value of the file. An error is the node that is wrong, with what is wrong with it.
pub fn read_pins(value: &Value) -> Result<Pins, (KeyPath, String)> {
    let root = KeyPath::root();
    if value["version"] != json!(FORMAT) {
        let why =
            format!("the pins have format {}, and this catalystc reads format {FORMAT}", value["version"]);
        return Err((root.key("version"), why));
    }
    read(value, &root).map_err(|path| (path, "the pins are damaged here".to_owned()))
}

fn read(value: &Value, root: &KeyPath) -> Result<Pins, KeyPath> {
    let mut pins = Pins::default();
    let place = root.key("releases");
    for (name, release) in value["releases"].as_object().ok_or_else(|| place.clone())? {
        let place = place.key(name);
        let chart = text(release, &place, "chart")?;
        let mut read = ReleasePins {
            blueprint: text(release, &place, "blueprint")?.to_owned(),
            chart: chart.strip_prefix("sha256:").ok_or_else(|| place.key("chart"))?.to_owned(),
            ..ReleasePins::default()
        };
        let place = place.key("objects");
        for (at, row) in release["objects"].as_array().ok_or_else(|| place.clone())?.iter().enumerate() {
            let place = place.index(at);
            let key = object_key(row, &place)?;
            // Findings point at pins by their order, which is that of their keys.
            if read.objects.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(place);
            }
            read.objects.insert(key, object(row, &place)?);
        }
        pins.releases.insert(name.clone(), read);
    }
    Ok(pins)
}

fn object_key(row: &Value, place: &KeyPath) -> Result<ObjectKey, KeyPath> {
    let name = match row.get("madeBy") {
        Some(file) => {
            let file = file.as_str().and_then(|it| TreePath::new(it).ok());
            ObjectName::MadeBy(file.ok_or_else(|| place.key("madeBy"))?)
        }
        None => ObjectName::Given(text(row, place, "name")?.to_owned()),
    };
    let namespace = match row.get("namespace") {
        Some(_) => text(row, place, "namespace")?.to_owned(),
        None => String::new(),
    };
    Ok(ObjectKey { kind: text(row, place, "kind")?.to_owned(), namespace, name })
}

fn object(row: &Value, place: &KeyPath) -> Result<ObjectPins, KeyPath> {
    let mut pins = ObjectPins { sealed: sealed(row, place)?, ..ObjectPins::default() };
    if row.get("places").is_none() && pins.sealed.is_some() {
        return Ok(pins);
    }
    let place = place.key("places");
    for (at, row) in row["places"].as_array().ok_or_else(|| place.clone())?.iter().enumerate() {
        let place = place.index(at);
        let path = KeyPath::parse(text(row, &place, "path")?).filter(|it| !it.is_root());
        let value = row.get("value").ok_or_else(|| place.key("value"))?;
        let path = path.ok_or_else(|| place.key("path"))?;
        if pins.places.last_key_value().is_some_and(|(last, _)| *last >= path) {
            return Err(place);
        }
        pins.places.insert(path, value.clone());
    }
    Ok(pins)
}

fn sealed(row: &Value, place: &KeyPath) -> Result<Option<Sealed>, KeyPath> {
    let Some(parts) = row.get("sealed") else { return Ok(None) };
    let parts = parts.as_object().ok_or_else(|| place.key("sealed"))?.clone();
    let mut drawn = Vec::new();
    for path in row["drawn"].as_array().ok_or_else(|| place.key("drawn"))? {
        drawn.push(path.as_str().and_then(KeyPath::parse).ok_or_else(|| place.key("drawn"))?);
    }
    let beside = text(row, place, "beside")?.strip_prefix("sha256:").ok_or_else(|| place.key("beside"))?;
    Ok(Some(Sealed { drawn, beside: beside.to_owned(), parts }))
}

fn text<'v>(row: &'v Value, place: &KeyPath, key: &str) -> Result<&'v str, KeyPath> {
    row[key].as_str().ok_or_else(|| place.key(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_yaml::Dialect;
    use proptest::prelude::*;

    fn value(text: &str) -> Value {
        catalyst_yaml::parse(text).documents[0].to_value(Dialect::Kubernetes).0
    }

    fn pins(path: &str, pinned: Value) -> Pins {
        let key = |name| ObjectKey { kind: "Job.batch".into(), namespace: "web".into(), name };
        let parts = json!({ "data": { "a": "ENC[x]" }, "sops": { "mac": "x" } }).as_object().unwrap().clone();
        let drawn = vec![KeyPath::root().key("data").key(path)];
        let sealed = Sealed { drawn, beside: "00".into(), parts };
        let places = [(KeyPath::root().key(path).index(2), pinned)].into();
        let places = ObjectPins { places, sealed: Some(sealed) };
        let made = ObjectName::MadeBy(TreePath::new("charts/x/templates/a.yaml").unwrap());
        let objects = [(key(ObjectName::Given("a".into())), places.clone()), (key(made), places)].into();
        let release = ReleasePins { blueprint: "bp-web".into(), chart: "00".into(), objects };
        Pins { releases: [("demo/c/web".to_owned(), release)].into() }
    }

    #[test]
    fn what_is_damaged_is_named() {
        let whole = value(&write_pins(&pins("x", json!("y"))));
        let wrong = |change: &dyn Fn(&mut Value)| {
            let mut value = whole.clone();
            change(&mut value);
            read_pins(&value).unwrap_err().0.to_string()
        };
        let object = "releases.demo/c/web.objects[0]";
        assert_eq!(wrong(&|it| it["version"] = json!(2)), "version");
        assert_eq!(wrong(&|it| it["releases"] = json!([])), "releases");
        let release = |it: &mut Value, key: &str, value: Value| it["releases"]["demo/c/web"][key] = value;
        assert_eq!(wrong(&|it| release(it, "chart", json!("x"))), "releases.demo/c/web.chart");
        assert_eq!(wrong(&|it| release(it, "objects", json!([{}]))), format!("{object}.name"));
        let row = json!({ "kind": "A", "name": "a", "places": [{ "path": "", "value": 1 }] });
        assert_eq!(wrong(&|it| release(it, "objects", json!([row]))), format!("{object}.places[0].path"));
    }

    proptest! {
        /// What is written reads back equal, whatever a chart draws.
        #[test]
        fn what_is_written_is_read(path in "[a-z./\\[ ]{1,8}", pinned in "\\PC{0,20}") {
            let pins = pins(&path, json!([pinned, 1, null]));
            prop_assert_eq!(read_pins(&value(&write_pins(&pins))).unwrap(), pins);
        }
    }
}
