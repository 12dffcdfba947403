//! Why an object, a file or a field of the output is there: the way back to the intent.

use crate::compile::{CompileOptions, compile};
use crate::paths::{get, join, leaves};
use crate::{NoProgress, Project};
use catalyst_diag::suggest::nearest;
use catalyst_diag::{At, Place};
use catalyst_plan::{Body, EmittedTree, Provenance};
use catalyst_source::{KeyPath, TreePath};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// A file of the output or of intent, and a key path in it.
    File(String, Option<KeyPath>),
    /// An object: `Kind/name` or `Kind/namespace/name`, wherever it stands, and a key path in it.
    Object {
        /// The kind, in any case.
        kind: String,
        /// The namespace.
        namespace: Option<String>,
        /// The name.
        name: String,
        /// A key path.
        path: Option<KeyPath>,
    },
}

/// What is known of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The file of the output.
    pub file: TreePath,
    /// The object, for people.
    pub object: String,
    /// The key path that was asked about.
    pub path: Option<KeyPath>,
    /// The value there.
    pub value: Option<Value>,
    /// The chain of reasons, nearest first.
    pub reasons: Vec<Reason>,
}

/// One reason and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// In a few words.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyError {
    /// The question has no form that is understood.
    Form(String),
    /// Nothing of that name is emitted; the nearest thing that is.
    Unknown {
        /// What was asked for.
        what: String,
        /// The nearest.
        nearest: Option<String>,
    },
    /// The object has no such key.
    NoKey(KeyPath),
}

impl Question {
    /// Reads `FILE`, `FILE:KEY.PATH`, `Kind/name`, `Kind/namespace/name` or these with `:KEY.PATH`.
    pub fn parse(text: &str) -> Result<Question, WhyError> {
        let (what, path) = match text.split_once(':') {
            Some((what, path)) => {
                let path =
                    KeyPath::parse(path).ok_or_else(|| WhyError::Form(format!("`{path}` is no key path")))?;
                (what, Some(path))
            }
            None => (text, None),
        };
        let parts: Vec<&str> = what.split('/').collect();
        let is_kind = parts[0].starts_with(|c: char| c.is_ascii_uppercase());
        match parts.as_slice() {
            [kind, name] if is_kind => {
                Ok(Question::Object { kind: (*kind).into(), namespace: None, name: (*name).into(), path })
            }
            [kind, namespace, name] if is_kind => Ok(Question::Object {
                kind: (*kind).into(),
                namespace: Some((*namespace).into()),
                name: (*name).into(),
                path,
            }),
            _ if what.is_empty() => Err(WhyError::Form("the question is empty".into())),
            _ => Ok(Question::File(what.trim_start_matches("./").to_owned(), path)),
        }
    }
}

/// Answers a question about the output of a project, compiled for the purpose. Of a file of intent, the answers say what comes from it.
pub fn why(
    project: &Project,
    options: &CompileOptions,
    question: &Question,
) -> Result<Vec<Answer>, WhyError> {
    let done = compile(project, options, &NoProgress, |_, output| output.tree);
    let mut trees: Vec<EmittedTree> = done.sovereigns.into_values().collect();
    let files = crate::kit_template(project).into_iter().collect();
    trees.push(EmittedTree { files });
    match question {
        Question::File(path, key) => match TreePath::new(path).ok().filter(|it| project.file(it).is_some()) {
            Some(file) => intent_answers(project, &trees, &file, key.as_ref()),
            None => file_answer(&trees, path, key.as_ref()),
        },
        Question::Object { kind, namespace, name, path } => {
            object_answers(&trees, kind, namespace.as_deref(), name, path.as_ref())
        }
    }
}

fn file_answer(trees: &[EmittedTree], wanted: &str, key: Option<&KeyPath>) -> Result<Vec<Answer>, WhyError> {
    // A path may be given from the project, with the output folder in front.
    let matches = |path: &TreePath| path.as_str() == wanted || wanted.ends_with(&format!("/{path}"));
    let found = trees.iter().flat_map(|tree| &tree.files).find(|(path, _)| matches(path));
    let Some((path, file)) = found else {
        let known = trees.iter().flat_map(|tree| tree.files.keys().map(TreePath::as_str));
        return Err(WhyError::Unknown {
            what: wanted.to_owned(),
            nearest: nearest(wanted, known).map(str::to_owned),
        });
    };
    let mut answers = Vec::new();
    let mut missing = false;
    match &file.body {
        Body::Objects(objects) => {
            for object in objects {
                match answer(path, &object.object, &object.provenance, key) {
                    Some(answer) => answers.push(answer),
                    None => missing = true,
                }
            }
        }
        Body::Document(value, provenance) => match answer(path, value, provenance, key) {
            Some(answer) => answers.push(answer),
            None => missing = true,
        },
        Body::Text(_) => {}
    }
    match key {
        Some(key) if answers.is_empty() && missing => Err(WhyError::NoKey(key.clone())),
        _ => Ok(answers),
    }
}

/// What comes from a file of intent: the objects that were made because of it; with a key path, the fields that it decides as well.
fn intent_answers(
    project: &Project,
    trees: &[EmittedTree],
    file: &TreePath,
    key: Option<&KeyPath>,
) -> Result<Vec<Answer>, WhyError> {
    if let (Some(key), Some(source)) = (key, project.file(file)) {
        let parsed = catalyst_db::parsed(&project.db, source);
        if !parsed.documents.iter().any(|it| it.find(key).is_some()) {
            return Err(WhyError::NoKey(key.clone()));
        }
    }
    let comes_from = |place: &Place| match (&place.at, key) {
        _ if place.file != *file => false,
        (At::Node { path, .. }, Some(key)) => strip(path, key).is_some(),
        (_, Some(_)) => false,
        (_, None) => true,
    };
    let mut answers = Vec::new();
    for (path, body) in trees.iter().flat_map(|tree| &tree.files) {
        let all: Vec<(&Value, &Provenance)> = match &body.body {
            Body::Objects(objects) => objects.iter().map(|it| (&it.object, &it.provenance)).collect(),
            Body::Document(value, provenance) => vec![(value, provenance)],
            Body::Text(_) => Vec::new(),
        };
        for (object, provenance) in all {
            if comes_from(&provenance.place) {
                answers.extend(answer(path, object, provenance, None));
            }
            let Some(_) = key else { continue };
            let stated =
                provenance.fields.iter().filter(|it| comes_from(&it.place)).map(|it| it.path.clone());
            let layered = provenance.values.iter().flat_map(|(root, layers)| {
                let decides = |leaf: &KeyPath| {
                    layers.who_set(leaf).first().is_some_and(|(layer, place)| {
                        let config = layer.made_from.iter().flat_map(|it| it.of(leaf));
                        comes_from(place) || config.map(|(.., it)| it).any(|it| comes_from(&it))
                    })
                };
                leaves(&layers.merged)
                    .into_iter()
                    .filter(decides)
                    .map(|leaf| join(root, &leaf))
                    .collect::<Vec<_>>()
            });
            let fields: Vec<KeyPath> = stated.chain(layered).collect();
            answers.extend(fields.iter().filter_map(|it| answer(path, object, provenance, Some(it))));
        }
    }
    Ok(answers)
}

fn object_answers(
    trees: &[EmittedTree],
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    key: Option<&KeyPath>,
) -> Result<Vec<Answer>, WhyError> {
    let mut answers = Vec::new();
    let mut known: BTreeMap<String, ()> = BTreeMap::new();
    let mut missing = false;
    for (path, object) in trees.iter().flat_map(EmittedTree::objects) {
        known.insert(format!("{}/{}", object.kind(), object.name()), ());
        let same = object.kind().eq_ignore_ascii_case(kind) && object.name() == name;
        if same && (namespace.is_none() || object.namespace() == namespace) {
            match answer(path, &object.object, &object.provenance, key) {
                Some(answer) => answers.push(answer),
                None => missing = true,
            }
        }
    }
    if answers.is_empty() {
        if let (true, Some(key)) = (missing, key) {
            return Err(WhyError::NoKey(key.clone()));
        }
        let what = format!("{kind}/{name}");
        let near = nearest(&what, known.keys().map(String::as_str)).map(str::to_owned);
        return Err(WhyError::Unknown { what, nearest: near });
    }
    Ok(answers)
}

fn answer(file: &TreePath, object: &Value, provenance: &Provenance, key: Option<&KeyPath>) -> Option<Answer> {
    let label = match (object["kind"].as_str(), object["metadata"]["name"].as_str()) {
        (Some(kind), Some(name)) => format!("{kind} {name}"),
        _ => file.file_name().to_owned(),
    };
    let mut reasons = Vec::new();
    let mut value = None;
    if let Some(key) = key {
        value = Some(get(object, key)?.clone());
        for (root, layers) in &provenance.values {
            if let Some(below) = strip(key, root) {
                let set = layers.who_set(&below);
                for (at, (layer, place)) in set.iter().enumerate() {
                    let how = if at == 0 { "set by" } else { "over" };
                    reasons.push(Reason {
                        text: format!("{how} {}", layer.kind.describe()),
                        place: place.clone(),
                    });
                    let made_from = layer.made_from.as_ref().filter(|_| at == 0);
                    for (read, layer, place) in made_from.iter().flat_map(|it| it.of(&below)) {
                        let config = KeyPath::root().key("config").join(read);
                        let text = format!("from `{config}`, set by {}", layer.kind.describe());
                        reasons.push(Reason { text, place });
                    }
                }
            }
        }
        // The longest path that leads to the key, or to something around it.
        let around = provenance.fields.iter().filter(|field| strip(key, &field.path).is_some());
        if let Some(field) = around.max_by_key(|field| field.path.steps().len()) {
            reasons.push(Reason { text: field.why.clone(), place: field.place.clone() });
        }
    }
    reasons.push(Reason { text: provenance.why.clone(), place: provenance.place.clone() });
    Some(Answer { file: file.clone(), object: label, path: key.cloned(), value, reasons })
}

/// The rest of a path below a root.
fn strip(path: &KeyPath, root: &KeyPath) -> Option<KeyPath> {
    path.steps().strip_prefix(root.steps()).map(|rest| rest.iter().cloned().collect())
}
