//! What every engine takes and gives.

use crate::{Chart, ChartFault};
use catalyst_plan::Hasher;
use catalyst_source::TreePath;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One render: everything that the objects depend on, but for the engine itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The chart, with the charts it depends on in it.
    pub chart: Arc<Chart>,
    /// Values over those of its `values.yaml`.
    pub values: Arc<Map<String, Value>>,
    /// Name of the release.
    pub release: String,
    /// Namespace of the release.
    pub namespace: String,
    /// Version of Kubernetes, as in `1.31` or `1.31.4`.
    pub kube_version: String,
    /// APIs that the cluster serves, as `group/version` and `group/version/Kind`. The program of Helm has a list of its own, to which these
    /// are added.
    pub api_versions: Arc<Vec<String>>,
}

impl Request {
    /// SHA-256 over all of it: equal requests have equal keys, and other ones have other keys.
    pub fn key(&self) -> String {
        // Named one by one, so that a new field is not forgotten here.
        let Request { chart, values, release, namespace, kube_version, api_versions } = self;
        let mut key = Hasher::default();
        let mut part = |text: &str| {
            key.update((text.len() as u64).to_le_bytes());
            key.update(text);
        };
        part(chart.digest());
        part(&Value::Object(values.as_ref().clone()).to_string());
        [release, namespace, kube_version].into_iter().for_each(|it| part(it));
        api_versions.iter().for_each(|it| part(it));
        key.finish()
    }
}

/// One object with where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Name of the chart: that of the request, or of one that it depends on.
    pub chart: String,
    /// The file that made it, below the folder of the request's chart: `templates/a.yaml`, `charts/x/templates/b.yaml`.
    pub file: TreePath,
    /// The object.
    pub value: Value,
}

impl Object {
    fn text(&self, path: &[&str]) -> &str {
        path.iter()
            .try_fold(&self.value, |node, key| node.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// The group of its API; empty for the core group.
    pub fn group(&self) -> &str {
        self.text(&["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// The hooks it is run at, when it is one: `pre-install`.
    pub fn hooks(&self) -> impl Iterator<Item = &str> {
        self.text(&["metadata", "annotations", "helm.sh/hook"])
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
    }
}

/// `Kind/name`, or `Kind.group/name`.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        if !self.group().is_empty() {
            write!(f, ".{}", self.group())?;
        }
        write!(f, "/{}", self.name())
    }
}

/// The objects of a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rendered {
    /// In the order of Helm: CRDs, then the rest by kind, then hooks.
    pub objects: Vec<Object>,
    /// What the engine warns of, a line each.
    pub warnings: Vec<String>,
}

/// Why there are no objects.
#[derive(Debug, Clone, PartialEq)]
pub enum RenderError {
    /// The chart says no, or is broken.
    Chart(Box<ChartFault>),
    /// It did not end in time.
    TimedOut(Duration),
    /// It gave more than this many bytes.
    TooLarge(usize),
    /// The engine itself cannot work.
    Engine(String),
    /// Somebody stopped it.
    Cancelled,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RenderError::Chart(fault) => fault.fmt(f),
            RenderError::TimedOut(after) => write!(f, "rendering did not end within {after:?}"),
            RenderError::TooLarge(limit) => write!(f, "the chart gives more than {limit} bytes"),
            RenderError::Engine(text) => f.write_str(text),
            RenderError::Cancelled => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for RenderError {}

impl From<ChartFault> for RenderError {
    fn from(fault: ChartFault) -> Self {
        RenderError::Chart(Box::new(fault))
    }
}

/// Renders charts.
pub trait Engine: Sync {
    /// Which engine it is, so exactly that two of one identity give the same bytes.
    fn identity(&self) -> String;

    /// The objects of a chart.
    fn render(&self, request: &Request) -> Result<Rendered, RenderError>;
}

impl<E: Engine + Send + ?Sized> Engine for Arc<E> {
    fn identity(&self) -> String {
        self.as_ref().identity()
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        self.as_ref().render(request)
    }
}

/// A second look: renders what the engine in it renders, under an identity of its own. Whoever remembers renders by identity keeps two of
/// each, and can tell again what differs.
#[derive(Debug, Clone)]
pub struct Again<E>(pub E);

impl<E: Engine> Engine for Again<E> {
    fn identity(&self) -> String {
        format!("{}, again", self.0.identity())
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        self.0.render(request)
    }
}
