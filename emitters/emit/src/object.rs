//! Building of Kubernetes objects in one key order: apiVersion, kind, metadata{name, namespace, labels, annotations}, then the rest.

use crate::Labels;
use catalyst_plan::{Body, EmittedFile, EmittedObject, Provenance};
use catalyst_source::TreePath;
use serde_json::{Map, Value};

/// A Kubernetes object in the making.
#[derive(Debug, Clone)]
pub struct Object {
    api_version: &'static str,
    kind: &'static str,
    name: String,
    namespace: Option<String>,
    labels: Map<String, Value>,
    annotations: Map<String, Value>,
    rest: Vec<(&'static str, Value)>,
}

impl Object {
    /// An object without a namespace.
    pub fn new(api_version: &'static str, kind: &'static str, name: impl Into<String>) -> Self {
        Object {
            api_version,
            kind,
            name: name.into(),
            namespace: None,
            labels: Map::new(),
            annotations: Map::new(),
            rest: Vec::new(),
        }
    }

    /// Puts it into a namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Labels of the vocabulary.
    #[must_use]
    pub fn labels(mut self, labels: &Labels) -> Self {
        self.labels.extend(labels.to_map());
        self
    }

    /// One more label, of another vocabulary.
    #[must_use]
    pub fn label(mut self, key: &str, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), Value::String(value.into()));
        self
    }

    /// An annotation.
    #[must_use]
    pub fn annotation(mut self, key: &str, value: impl Into<String>) -> Self {
        self.annotations.insert(key.into(), Value::String(value.into()));
        self
    }

    /// A member beside `metadata`: `spec`, `rules`, `data`.
    #[must_use]
    pub fn member(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.rest.push((key, value.into()));
        self
    }

    /// `spec`.
    #[must_use]
    pub fn spec(self, spec: impl Into<Value>) -> Self {
        self.member("spec", spec)
    }

    /// The object alone.
    pub fn into_value(self) -> Value {
        let mut metadata = Map::new();
        metadata.insert("name".into(), Value::String(self.name));
        if let Some(namespace) = self.namespace {
            metadata.insert("namespace".into(), Value::String(namespace));
        }
        if !self.labels.is_empty() {
            metadata.insert("labels".into(), Value::Object(self.labels));
        }
        if !self.annotations.is_empty() {
            metadata.insert("annotations".into(), Value::Object(self.annotations));
        }
        let mut object = Map::new();
        object.insert("apiVersion".into(), Value::from(self.api_version));
        object.insert("kind".into(), Value::from(self.kind));
        object.insert("metadata".into(), Value::Object(metadata));
        object.extend(self.rest.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Value::Object(object)
    }

    /// The object with where it comes from.
    pub fn from_source(self, provenance: Provenance) -> EmittedObject {
        EmittedObject { object: self.into_value(), provenance }
    }
}

/// A mapping in the order of its entries.
pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A list of strings.
pub fn list<T: Into<String>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::Array(items.into_iter().map(|item| Value::String(item.into())).collect())
}

/// A `kustomization.yaml` over these resources, in this order. It is written even when there are none: Flux refuses a path without one.
pub fn kustomization<T: Into<String>>(
    header: Vec<String>,
    resources: impl IntoIterator<Item = T>,
    provenance: Provenance,
) -> EmittedFile {
    let document = map([
        ("apiVersion", "kustomize.config.k8s.io/v1beta1".into()),
        ("kind", "Kustomization".into()),
        ("resources", list(resources)),
    ]);
    EmittedFile { header, body: Body::Document(Value::Object(document), provenance) }
}

/// A path made of parts that are checked names, or constants. Its parts cannot leave the tree, so there is no error to handle.
pub fn tree_path(path: &str) -> TreePath {
    TreePath::new(path).unwrap_or_else(|error| unreachable!("`{path}` is made of checked names: {error}"))
}
