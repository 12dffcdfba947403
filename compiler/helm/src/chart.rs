//! A chart as values: its files by path, and what its `Chart.yaml` says of other charts.
//!
//! A chart is read once and never changes. What an engine needs of it (upstream charts taken away, or put in) is another chart made of it.

use catalyst_plan::Hasher;
use catalyst_source::TreePath;
use catalyst_yaml::Dialect;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The file that makes a folder a chart.
const CHART_FILE: &str = "Chart.yaml";
/// Largest chart, all files together: the limit of Helm's own loader.
pub(crate) const LARGEST: usize = 100 << 20;

/// A chart: every file below its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    name: String,
    dependencies: Vec<Dependency>,
    files: BTreeMap<TreePath, Arc<[u8]>>,
    digest: String,
}

/// A chart that another one is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Version or range, as written.
    pub version: String,
    /// Where it comes from; `None` when it stands in `charts/` and nowhere else.
    pub repository: Option<String>,
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Why files are no chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChartError {
    /// There is no `Chart.yaml`.
    NoChartFile,
    /// The `Chart.yaml` is no mapping with a name.
    Unreadable(String),
    /// The files are larger than any chart.
    TooLarge,
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChartError::NoChartFile => f.write_str("there is no `Chart.yaml`"),
            ChartError::Unreadable(why) => write!(f, "`Chart.yaml` {why}"),
            ChartError::TooLarge => write!(f, "the chart is larger than {LARGEST} bytes"),
        }
    }
}

impl std::error::Error for ChartError {}

/// Where archives of upstream charts are kept.
pub trait Archives: Sync {
    /// The archive (a gzipped tar) of a chart; `None` when it is not kept. What is given has been verified against the lock.
    fn archive(&self, dependency: &Dependency) -> Option<Arc<[u8]>>;
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoArchives;

impl Archives for NoArchives {
    fn archive(&self, _: &Dependency) -> Option<Arc<[u8]>> {
        None
    }
}

impl Chart {
    /// A chart of these files, named relative to its folder.
    pub fn new(files: BTreeMap<TreePath, Arc<[u8]>>) -> Result<Chart, ChartError> {
        if files.values().map(|bytes| bytes.len()).sum::<usize>() > LARGEST {
            return Err(ChartError::TooLarge);
        }
        let facts = chart_file(&files)?;
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text(&facts, "name").ok_or_else(|| ChartError::Unreadable("has no `name`".to_owned()))?;
        let listed = facts.get("dependencies").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let dependency = |it: &Value| {
            let repository = text(it, "repository").filter(|it| !it.is_empty());
            Some(Dependency { name: text(it, "name")?, version: text(it, "version")?, repository })
        };
        let dependencies = listed.iter().filter_map(dependency).collect();
        let digest = digest(&files);
        Ok(Chart { name, dependencies, files, digest })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it depends on, in the order of `Chart.yaml`.
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// Its files.
    pub fn files(&self) -> &BTreeMap<TreePath, Arc<[u8]>> {
        &self.files
    }

    /// SHA-256 over the paths and bytes of all files.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The chart alone: without dependencies, and without the charts that stand in it.
    pub fn alone(&self) -> Result<Chart, ChartError> {
        let mut files = self.files.clone();
        files.retain(|path, _| {
            let top = path.components().next().unwrap_or_default();
            top != "charts"
                && !matches!(path.as_str(), "Chart.lock" | "requirements.yaml" | "requirements.lock")
        });
        let mut facts = chart_file(&files)?;
        if let Some(facts) = facts.as_object_mut()
            && facts.shift_remove("dependencies").is_some()
            && let Some(path) = chart_path()
        {
            files.insert(path, catalyst_yaml::write(&Value::Object(facts.clone())).into_bytes().into());
        }
        Chart::new(files)
    }

    /// The chart with its dependencies in `charts/`, from where they are kept; those that stand there already stay. Gives the ones that are
    /// nowhere when there are any.
    pub fn with(&self, archives: &dyn Archives) -> Result<Result<Chart, Vec<Dependency>>, ChartError> {
        let mut files = self.files.clone();
        let mut missing = Vec::new();
        for dependency in
            self.dependencies.iter().filter(|it| !holds_chart(self.files.keys(), "charts", &it.name))
        {
            let version = version_in_name(&dependency.version);
            // A name that is no file name leads nowhere: no archive is kept under it.
            let path = TreePath::new(&format!("charts/{}-{version}.tgz", dependency.name));
            match (path, archives.archive(dependency)) {
                (Ok(path), Some(bytes)) if path.components().count() == 2 => {
                    files.insert(path, bytes);
                }
                _ => missing.push(dependency.clone()),
            }
        }
        if !missing.is_empty() {
            missing.sort();
            missing.dedup();
            return Ok(Err(missing));
        }
        Chart::new(files).map(Ok)
    }
}

/// Whether a chart of this name stands in a folder `charts/`, as a folder or as an archive. `paths` are those of all files.
pub fn holds_chart<'a>(paths: impl IntoIterator<Item = &'a TreePath>, charts: &str, name: &str) -> bool {
    let folder = format!("{charts}/{name}");
    let archive = format!("{folder}-");
    paths.into_iter().any(|path| {
        let version = path.as_str().strip_prefix(&archive).and_then(|it| it.strip_suffix(".tgz"));
        path.as_str() != folder && path.is_within(&folder)
            || version.is_some_and(|it| it.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// What stands for a version in the name of an archive. A range is no name of a file; which one it gets does not matter, as long as two
/// ranges do not get the same.
fn version_in_name(wanted: &str) -> String {
    let is_plain = wanted.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
        && wanted.chars().all(|c| c.is_ascii_alphanumeric() || ".+-".contains(c));
    if is_plain {
        return wanted.to_owned();
    }
    let digest: String =
        catalyst_plan::digest(wanted.as_bytes()).chars().filter(char::is_ascii_hexdigit).collect();
    format!("0.0.0-{digest}")
}

fn chart_path() -> Option<TreePath> {
    TreePath::new(CHART_FILE).ok()
}

fn chart_file(files: &BTreeMap<TreePath, Arc<[u8]>>) -> Result<Value, ChartError> {
    let bytes = chart_path().and_then(|path| files.get(&path)).ok_or(ChartError::NoChartFile)?;
    let text = std::str::from_utf8(bytes).map_err(|_| ChartError::Unreadable("is not UTF-8".to_owned()))?;
    let parsed = catalyst_yaml::parse(text);
    match parsed.documents.first().map(|it| it.to_value(Dialect::Kubernetes).0) {
        Some(value @ Value::Object(_)) => Ok(value),
        _ => Err(ChartError::Unreadable("is no mapping".to_owned())),
    }
}

fn digest(files: &BTreeMap<TreePath, Arc<[u8]>>) -> String {
    let mut all = Hasher::default();
    for (path, bytes) in files {
        all.update((path.as_str().len() as u64).to_le_bytes());
        all.update(path.as_str());
        all.update((bytes.len() as u64).to_le_bytes());
        all.update(bytes);
    }
    all.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn chart(files: &[(&str, &str)]) -> Chart {
        let files = files.iter().map(|(path, text)| (TreePath::new(path).unwrap(), text.as_bytes().into()));
        Chart::new(files.collect()).unwrap()
    }

    const UMBRELLA: &str = "apiVersion: v2\nname: bp-x\nversion: 1.0.0\ndependencies:\n  - {name: x, version: 2.0.0, repository: https://charts.example.org}\n  - {name: x-crds, version: v1.0.0}\n";

    /// Keeps `x` only.
    struct OnlyX;

    impl Archives for OnlyX {
        fn archive(&self, dependency: &Dependency) -> Option<Arc<[u8]>> {
            (dependency.name == "x").then(|| b"archive"[..].into())
        }
    }

    #[test]
    fn a_chart_alone_depends_on_nothing() {
        let whole = chart(&[
            ("Chart.yaml", UMBRELLA),
            ("Chart.lock", "digest: x\n"),
            ("charts/x/Chart.yaml", "name: x\n"),
            ("templates/a.yaml", "kind: A\n"),
        ]);
        let alone = whole.alone().unwrap();
        let paths: Vec<_> = alone.files().keys().map(TreePath::as_str).collect();
        assert_eq!(paths, ["Chart.yaml", "templates/a.yaml"]);
        assert_eq!((alone.name(), alone.dependencies()), ("bp-x", &[][..]));
        assert_eq!(alone.alone().unwrap(), alone);
        assert_ne!(alone.digest(), whole.digest());
    }

    #[test]
    fn dependencies_come_from_the_folder_or_from_where_they_are_kept() {
        let bare = chart(&[("Chart.yaml", UMBRELLA)]);
        let missing = bare.with(&NoArchives).unwrap().unwrap_err();
        assert_eq!(missing.iter().map(ToString::to_string).collect::<Vec<_>>(), ["x 2.0.0", "x-crds v1.0.0"]);
        assert_eq!(bare.with(&OnlyX).unwrap().unwrap_err().len(), 1);
        // `x-crds-v1.0.0.tgz` is no archive of `x`.
        let half = chart(&[("Chart.yaml", UMBRELLA), ("charts/x-crds-v1.0.0.tgz", "archive")]);
        assert_eq!(half.with(&NoArchives).unwrap().unwrap_err()[0].name, "x");
        let whole = half.with(&OnlyX).unwrap().unwrap();
        assert!(whole.files().contains_key(&TreePath::new("charts/x-2.0.0.tgz").unwrap()));
        assert_eq!(whole.with(&NoArchives).unwrap(), Ok(whole));
    }

    #[test]
    fn ranges_become_names_of_files() {
        let text = "name: bp-x\nversion: 1.0.0\ndependencies:\n  - {name: x, version: \">= 1.0.0, < 2 || 3/x\"}\n  - {name: x, version: ^1}\n  - {name: x, version: ~1}\n";
        let whole = chart(&[("Chart.yaml", text)]).with(&OnlyX).unwrap().unwrap();
        let archives = whole.files().keys().filter(|it| it.as_str().starts_with("charts/x-"));
        assert_eq!(archives.clone().count(), 3);
        assert!(
            archives.clone().all(|it| it.components().count() == 2),
            "{:?}",
            archives.collect::<Vec<_>>()
        );
        assert_eq!(whole.with(&NoArchives).unwrap(), Ok(whole));
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_followed() {
        let text = "name: bp-x\nversion: 1.0.0\ndependencies:\n  - {name: ../../x, version: 2.0.0}\n";
        assert_eq!(chart(&[("Chart.yaml", text)]).with(&OnlyX).unwrap().unwrap_err().len(), 1);
    }

    #[test]
    fn what_is_no_chart_is_refused() {
        let new = |files: &[(&str, &str)]| {
            let files =
                files.iter().map(|(path, text)| (TreePath::new(path).unwrap(), text.as_bytes().into()));
            Chart::new(files.collect()).unwrap_err()
        };
        assert_eq!(new(&[("values.yaml", "")]), ChartError::NoChartFile);
        assert!(matches!(new(&[("Chart.yaml", "- a\n")]), ChartError::Unreadable(_)));
        assert!(matches!(new(&[("Chart.yaml", "version: 1.0.0\n")]), ChartError::Unreadable(_)));
    }
}
