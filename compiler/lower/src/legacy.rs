//! Older shapes of documents, brought into the current one. Every change leaves a warning with a machine fix.

use catalyst_diag::{Diagnostic, Edit, EditAction, Place, rule};
use catalyst_model::KindInfo;
use catalyst_source::TreePath;
use serde_json::{Map, Value, json};

/// Brings a document into the current shape, in place.
pub(crate) fn normalise(
    kind: &KindInfo,
    file: &TreePath,
    value: &mut Value,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) {
    let current = kind.api_version();
    if let Some(old) = value["apiVersion"].as_str().filter(|it| *it != current).map(str::to_owned) {
        let at = place.child("apiVersion");
        out.push(
            Diagnostic::new(
                &rule::DEPRECATED_API_VERSION,
                at.clone(),
                format!("`{old}` is an older API version of {}", kind.kind),
            )
            .label(format!("now `{current}`"))
            .fix(
                format!("replace `{old}` by `{current}`"),
                at,
                EditAction::SetValue(json!(current)),
            ),
        );
        value["apiVersion"] = json!(current);
    }
    if kind.kind == "Blueprint" {
        blueprint(file, value, place, out);
    }
}

fn legacy(place: &Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&rule::LEGACY_SHAPE, place.clone(), message)
}

fn blueprint(file: &TreePath, value: &mut Value, place: &Place, out: &mut Vec<Diagnostic>) {
    if let Some(name) =
        value["metadata"]["name"].as_str().filter(|name| !name.starts_with("bp-") && !name.is_empty())
    {
        let (at, full) = (place.child("metadata").child("name"), format!("bp-{name}"));
        let folder = file.parent().map(|it| it.file_name().to_owned()).unwrap_or_default();
        // A name without the prefix that is not the folder's either is more likely a slip than an older shape.
        if name == folder {
            out.push(legacy(&at, format!("the name of a Blueprint starts with `bp-`: `{full}`")).fix(
                format!("rename the Blueprint to `{full}`"),
                at,
                EditAction::SetValue(json!(full)),
            ));
            value["metadata"]["name"] = json!(full);
        }
    }
    metadata_version(value, place, out);
    if let Some(card) =
        value.get_mut("spec").and_then(|spec| spec.get_mut("card")).and_then(Value::as_object_mut)
    {
        let at = place.child("spec").child("card");
        rename(card, "description", "summary", &at, out);
        rename(card, "docs", "documentation", &at, out);
    }
    depends(value, place, out);
}

/// `metadata.version` moves to `spec.version`: ObjectMeta has no version, and an API server drops it.
fn metadata_version(value: &mut Value, place: &Place, out: &mut Vec<Diagnostic>) {
    let Some(old) =
        value.get_mut("metadata").and_then(Value::as_object_mut).and_then(|it| it.remove("version"))
    else {
        return;
    };
    let at = place.child("metadata").child("version").on_key();
    match value.get("spec").and_then(|spec| spec.get("version")) {
        Some(new) if *new != old => out.push(
            Diagnostic::new(&rule::VERSION_MISMATCH, at, "`metadata.version` and `spec.version` differ")
                .other(place.child("spec").child("version"), "the other version")
                .help("keep `spec.version` only"),
        ),
        Some(_) => {
            out.push(legacy(&at, "`metadata.version` repeats `spec.version`").fix(
                "remove `metadata.version`",
                at,
                EditAction::Remove,
            ));
        }
        None => {
            if let Some(spec) = value.get_mut("spec").and_then(Value::as_object_mut) {
                spec.insert("version".into(), old.clone());
            }
            let insert = EditAction::Insert { key: "version".into(), value: old };
            out.push(legacy(&at, "the version of a Blueprint stands in `spec.version`").fix_all(
                "move `metadata.version` to `spec.version`",
                vec![
                    Edit { place: at, action: EditAction::Remove },
                    Edit { place: place.child("spec"), action: insert },
                ],
            ));
        }
    }
}

/// An older key of the same meaning. Both present: the current one counts, and a difference is said.
fn rename(map: &mut Map<String, Value>, old: &str, new: &str, place: &Place, out: &mut Vec<Diagnostic>) {
    if !map.contains_key(old) {
        return;
    }
    let at = place.child(old).on_key();
    if let Some(current) = map.get(new) {
        let same = map.get(old) == Some(current);
        map.remove(old);
        let message = if same {
            format!("`{old}` repeats `{new}`")
        } else {
            format!("`{old}` and `{new}` differ, and `{new}` counts")
        };
        out.push(legacy(&at, message).fix(format!("remove `{old}`"), at, EditAction::Remove));
        return;
    }
    if let Some(value) = map.remove(old) {
        map.insert(new.to_owned(), value);
    }
    out.push(legacy(&at, format!("`{old}` is now `{new}`")).fix(
        format!("rename `{old}` to `{new}`"),
        at,
        EditAction::RenameKey(new.into()),
    ));
}

/// Bare strings under `depends`, and names without prefix.
fn depends(value: &mut Value, place: &Place, out: &mut Vec<Diagnostic>) {
    let Some(entries) =
        value.get_mut("spec").and_then(|spec| spec.get_mut("depends")).and_then(Value::as_array_mut)
    else {
        return;
    };
    let prefixed = |name: &str| if name.starts_with("bp-") { name.to_owned() } else { format!("bp-{name}") };
    for (index, entry) in entries.iter_mut().enumerate() {
        let at = place.child("spec").child("depends").item(index);
        if let Some(name) = entry.as_str() {
            let full = json!({ "blueprint": prefixed(name) });
            out.push(legacy(&at, "a dependency is a mapping with `blueprint` and `version`").fix(
                "write the dependency as a mapping",
                at,
                EditAction::SetValue(full.clone()),
            ));
            *entry = full;
        } else if let Some(name) =
            entry["blueprint"].as_str().filter(|name| !name.starts_with("bp-") && !name.is_empty())
        {
            let (at, full) = (at.child("blueprint"), prefixed(name));
            out.push(legacy(&at, format!("the name of a Blueprint starts with `bp-`: `{full}`")).fix(
                format!("replace `{name}` by `{full}`"),
                at,
                EditAction::SetValue(json!(full)),
            ));
            entry["blueprint"] = json!(full);
        }
    }
}
