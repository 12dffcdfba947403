use crate::Layered;
use catalyst_diag::Place;
use catalyst_source::{KeyPath, TreePath};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files by path. What an emitter makes and delivery writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EmittedTree {
    /// The files.
    pub files: BTreeMap<TreePath, EmittedFile>,
}

/// One file of output.
#[derive(Debug, Clone, PartialEq)]
pub struct EmittedFile {
    /// Comment at the top, without `#`; says where the file comes from. Empty for files that hold no comments.
    pub header: Vec<String>,
    /// What it holds.
    pub body: Body,
}

/// Content of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Kubernetes objects, one document each.
    Objects(Vec<EmittedObject>),
    /// One YAML document that is no Kubernetes object, such as chart values, with where it comes from.
    Document(Value, Provenance),
    /// Text as it stands.
    Text(String),
}

/// One Kubernetes object of output and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct EmittedObject {
    /// The object, keys in the order they are written.
    pub object: Value,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Where an object and its fields come from. Never part of the output.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Why the object is there, for people: "slot 09 of the kit".
    pub why: String,
    /// The source of the object as a whole.
    pub place: Place,
    /// Sources of single fields.
    pub fields: Vec<Field>,
    /// Where trees of values stand in the object, and the layers they were made of.
    pub values: Vec<(KeyPath, Arc<Layered>)>,
}

/// The source of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The field.
    pub path: KeyPath,
    /// Why it has its value.
    pub why: String,
    /// Where that is written.
    pub place: Place,
}

impl Provenance {
    /// An object made because of what stands at `place`.
    pub fn new(why: impl Into<String>, place: &Place) -> Self {
        Provenance { why: why.into(), place: place.clone(), fields: Vec::new(), values: Vec::new() }
    }

    /// Adds the source of a field.
    #[must_use]
    pub fn field(mut self, path: KeyPath, why: impl Into<String>, place: &Place) -> Self {
        self.fields.push(Field { path, why: why.into(), place: place.clone() });
        self
    }

    /// Adds the layers of the values at a path.
    #[must_use]
    pub fn values(mut self, path: KeyPath, layers: Arc<Layered>) -> Self {
        self.values.push((path, layers));
        self
    }
}

impl EmittedObject {
    /// `apiVersion`, empty when absent.
    pub fn api_version(&self) -> &str {
        self.object["apiVersion"].as_str().unwrap_or_default()
    }

    /// `kind`, empty when absent.
    pub fn kind(&self) -> &str {
        self.object["kind"].as_str().unwrap_or_default()
    }

    /// `metadata.name`, empty when absent.
    pub fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> Option<&str> {
        self.object["metadata"]["namespace"].as_str()
    }

    /// Group of the API, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }
}

impl EmittedTree {
    /// Takes over all files of another tree; a file of the same path is replaced.
    pub fn extend(&mut self, other: EmittedTree) {
        self.files.extend(other.files);
    }

    /// All objects with their files, in order of path.
    pub fn objects(&self) -> impl Iterator<Item = (&TreePath, &EmittedObject)> {
        self.files.iter().flat_map(|(path, file)| {
            let objects = match &file.body {
                Body::Objects(objects) => objects.as_slice(),
                _ => &[],
            };
            objects.iter().map(move |object| (path, object))
        })
    }
}

/// SHA-256 of bytes, in lower-case hex.
pub fn digest(bytes: &[u8]) -> String {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// SHA-256 of bytes that come piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds bytes.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// The digest, in lower-case hex.
    pub fn finish(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = |byte: u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        self.0.finalize().into_iter().flat_map(digits).map(char::from).collect()
    }
}
