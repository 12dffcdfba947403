//! What changed between two emitted trees, in terms of objects and fields.

mod render;
mod value;

pub use render::{markdown, text};
pub use value::{Change, changes};

use catalyst_source::TreePath;
use catalyst_yaml::Dialect;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Texts by path.
pub type Texts = BTreeMap<TreePath, String>;

/// The differences between two trees.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TreeDiff {
    /// Version of this form.
    pub version: u32,
    /// Files with differences, by path.
    pub files: Vec<FileDiff>,
}

/// The differences in one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileDiff {
    /// The path.
    pub path: String,
    /// Whether the file came, went, or changed.
    pub status: Status,
    /// Differences in its objects.
    pub objects: Vec<ObjectDiff>,
    /// Whether only comments, order or layout differ.
    pub layout_only: bool,
}

/// What became of a file or an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is different.
    Changed,
}

/// The differences in one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectDiff {
    /// `Kind namespace/name`, or the number of the document.
    pub object: String,
    /// What became of it.
    pub status: Status,
    /// Changed fields, by path; empty for objects that came or went.
    pub changes: Vec<Change>,
}

impl TreeDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Compares two trees.
pub fn diff(before: &Texts, after: &Texts) -> TreeDiff {
    let paths: BTreeSet<&TreePath> = before.keys().chain(after.keys()).collect();
    let files = paths.into_iter().filter_map(|path| file_diff(path, before.get(path), after.get(path)));
    TreeDiff { version: 1, files: files.collect() }
}

fn file_diff(path: &TreePath, before: Option<&String>, after: Option<&String>) -> Option<FileDiff> {
    if before == after {
        return None;
    }
    let status = match (before, after) {
        (None, _) => Status::Added,
        (_, None) => Status::Removed,
        _ => Status::Changed,
    };
    let objects = |text: Option<&String>| text.map(|text| documents(path, text)).unwrap_or_default();
    let (old, new) = (objects(before), objects(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let (status, changes) = match (old.get(name), new.get(name)) {
            (None, _) => (Status::Added, Vec::new()),
            (_, None) => (Status::Removed, Vec::new()),
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => (Status::Changed, changes(old, new)),
        };
        found.push(ObjectDiff { object: name.clone(), status, changes });
    }
    Some(FileDiff {
        path: path.to_string(),
        status,
        layout_only: found.is_empty() && status == Status::Changed,
        objects: found,
    })
}

/// The documents of a file by identity. A file that is no YAML is one text.
fn documents(path: &TreePath, text: &str) -> BTreeMap<String, Value> {
    let yaml = path.as_str().ends_with(".yaml") || path.as_str().ends_with(".yml");
    if path.as_str().ends_with(".json")
        && let Ok(value) = serde_json::from_str(text)
    {
        return BTreeMap::from([("document".to_owned(), value)]);
    }
    let parsed = if yaml { catalyst_yaml::parse(text) } else { catalyst_yaml::parse("") };
    if !yaml || !parsed.problems.is_empty() {
        let lines = text.lines().map(|line| Value::String(line.to_owned())).collect();
        return BTreeMap::from([("text".to_owned(), Value::Array(lines))]);
    }
    let mut found = BTreeMap::new();
    for (number, document) in parsed.documents.iter().enumerate() {
        let (value, _) = document.to_value(Dialect::Kubernetes);
        if value.is_null() {
            continue;
        }
        let mut name = identity(&value).unwrap_or_else(|| format!("document {}", number + 1));
        while found.contains_key(&name) {
            name.push('\'');
        }
        found.insert(name, value);
    }
    found
}

fn identity(value: &Value) -> Option<String> {
    let kind = value.get("kind")?.as_str()?;
    let Some(metadata) = value.get("metadata") else { return Some(kind.to_owned()) };
    let name = metadata.get("name")?.as_str()?;
    Some(match metadata.get("namespace").and_then(Value::as_str) {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    })
}
