//! What is in the archive of a chart: read within limits, with the digest of its files and the charts that it needs and does not hold.

use catalyst_bundle::archive::{Files, Limits, gzip, read_tgz, tar};
use catalyst_helm::holds_chart;
use catalyst_model::Version;
use catalyst_plan::Hasher;
use catalyst_source::TreePath;
use catalyst_yaml::Dialect;
use serde_json::Value;

/// An archive that was read.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// The name that the chart gives itself.
    pub(super) name: String,
    /// Its version.
    pub(super) version: Version,
    /// The version of what it installs.
    pub(super) app_version: Option<String>,
    /// Its `Chart.yaml`.
    pub(super) metadata: Value,
    /// Digest of its files.
    pub(super) tree: String,
    /// What it depends on and does not hold.
    pub(super) missing: Vec<Missing>,
    top: String,
    files: Files,
}

/// A dependency of a chart that is not inside its archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) name: String,
    pub(super) wanted: String,
    pub(super) repository: String,
}

impl Opened {
    /// Reads the archive of a chart. The error reads after a colon.
    pub(super) fn read(archive: &[u8]) -> Result<Opened, String> {
        let files = read_tgz(archive, &Limits::CHART).map_err(|error| error.to_string())?;
        let top = files.keys().next().and_then(|it| it.components().next()).unwrap_or_default().to_owned();
        if let Some(other) = files.keys().find(|it| !it.is_within(&top) || it.as_str() == top) {
            return Err(format!("a chart is one folder, and `{other}` stands outside of `{top}`"));
        }
        let metadata = yaml(&files, &top, "Chart.yaml").ok_or("it has no `Chart.yaml` that can be read")?;
        let text = |key: &str| metadata.get(key).and_then(Value::as_str);
        let name =
            text("name").filter(|it| is_name(it)).ok_or("its `Chart.yaml` has no usable `name`")?.to_owned();
        let version = text("version").ok_or("its `Chart.yaml` has no `version`")?;
        let version: Version = version.parse().map_err(|why| format!("in its `Chart.yaml`, {why}"))?;
        let app_version = match metadata.get("appVersion") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let tree = tree(&files, &top);
        let missing = missing(&files, &top, &metadata);
        Ok(Opened { name, version, app_version, tree, missing, metadata, top, files })
    }

    /// The digest of the files of an archive that need be no chart.
    pub(super) fn tree_of(archive: &[u8]) -> Result<String, String> {
        let files = read_tgz(archive, &Limits::TREE).map_err(|error| error.to_string())?;
        Ok(tree(&files, ""))
    }

    /// The archive of the same chart with further charts inside. The same charts give the same bytes.
    pub(super) fn with(mut self, charts: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, String> {
        for (file, bytes) in charts {
            let path =
                TreePath::new(&format!("{}/charts/{file}", self.top)).map_err(|error| error.to_string())?;
            self.files.insert(path, catalyst_bundle::archive::File::new(bytes));
        }
        tar(&self.files).map(|it| gzip(&it)).map_err(|error| error.to_string())
    }
}

/// Whether a text is the name of a chart and cannot be anything else.
pub(super) fn is_name(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 250
        && text.starts_with(is_word)
        && text.ends_with(is_word)
        && text.chars().all(|c| is_word(c) || matches!(c, '-' | '_' | '.'))
}

/// SHA-256 over `<sha256>  <path>` lines in order of path, as for an output tree.
fn tree(files: &Files, top: &str) -> String {
    let mut all = Hasher::default();
    for (path, file) in files {
        let below = path.as_str().strip_prefix(top).unwrap_or(path.as_str()).trim_start_matches('/');
        all.update(format!("{}  {below}\n", catalyst_plan::digest(&file.bytes)));
    }
    all.finish()
}

fn yaml(files: &Files, top: &str, name: &str) -> Option<Value> {
    let file = files.get(&TreePath::new(&format!("{top}/{name}")).ok()?)?;
    let parsed = catalyst_yaml::parse(std::str::from_utf8(&file.bytes).ok()?);
    let (value, _) = parsed.documents.first()?.to_value(Dialect::Kubernetes);
    value.is_object().then_some(value)
}

fn missing(files: &Files, top: &str, metadata: &Value) -> Vec<Missing> {
    // Charts of the first API list what they need in a file of its own.
    let older = yaml(files, top, "requirements.yaml");
    let lists = [Some(metadata), older.as_ref()].into_iter().flatten();
    let listed = lists.filter_map(|it| it.get("dependencies")?.as_array()).flatten();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    listed
        .filter_map(|it| {
            let repository = text(it, "repository").filter(|it| !it.is_empty())?;
            Some(Missing { name: text(it, "name")?, wanted: text(it, "version")?, repository })
        })
        .filter(|it| !holds_chart(files.keys(), &format!("{top}/charts"), &it.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_bundle::archive::File;

    fn pack(files: &[(&str, &str)]) -> Vec<u8> {
        let files =
            files.iter().map(|(path, text)| (TreePath::new(path).unwrap(), File::new(text.as_bytes())));
        gzip(&tar(&files.collect()).unwrap())
    }

    const CHART: &str = "apiVersion: v2\nname: web\nversion: v1.2.0+b.1\nappVersion: 1.10\ndependencies:\n\
        - {name: lib, version: ^1, repository: https://charts.omani.works}\n\
        - {name: held, version: 1.0.0, repository: https://charts.omani.works}\n\
        - {name: packed, version: 1.0.0, repository: https://charts.omani.works}\n\
        - {name: own, version: 1.0.0}\n";

    #[test]
    fn a_chart_says_what_it_is_and_what_it_lacks() {
        let files = [
            ("web/Chart.yaml", CHART),
            ("web/charts/held/Chart.yaml", "name: held"),
            ("web/charts/packed-v1.0.0.tgz", "x"),
            ("web/charts/lib-tools/Chart.yaml", "name: lib-tools"),
        ];
        let opened = Opened::read(&pack(&files)).unwrap();
        assert_eq!((opened.name.as_str(), opened.version.as_str()), ("web", "v1.2.0+b.1"));
        // A number, as Helm reads it too.
        assert_eq!(opened.app_version.as_deref(), Some("1.1"));
        let missing: Vec<&str> = opened.missing.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(missing, ["lib"]);
        let whole = opened.clone().with(vec![("lib-1.0.0.tgz".into(), b"lib".to_vec())]).unwrap();
        let whole = Opened::read(&whole).unwrap();
        assert!(whole.missing.is_empty() && whole.tree != opened.tree);
    }

    #[test]
    fn the_tree_is_that_of_the_files_however_they_are_packed() {
        let files = [("web/Chart.yaml", "name: web\nversion: 1.0.0\n"), ("web/values.yaml", "a: 1\n")];
        let one = Opened::read(&pack(&files)).unwrap().tree;
        let other = files.map(|(path, text)| (path.replacen("web", "other", 1), text));
        let other: Vec<(&str, &str)> = other.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        assert_eq!(Opened::read(&pack(&other)).unwrap().tree, one);
        let changed = [files[0], ("web/values.yaml", "a: 2\n")];
        assert_ne!(Opened::read(&pack(&changed)).unwrap().tree, one);
        assert_eq!(Opened::tree_of(&pack(&files)).unwrap(), Opened::tree_of(&pack(&files)).unwrap());
    }

    #[test]
    fn what_is_no_chart_is_refused() {
        for files in [
            &[][..],
            &[("Chart.yaml", "name: web\nversion: 1.0.0\n")],
            &[("web/Chart.yaml", CHART), ("other/Chart.yaml", CHART)],
            &[("web/values.yaml", "a: 1\n")],
            &[("web/Chart.yaml", "name: web\n")],
            &[("web/Chart.yaml", "name: web\nversion: latest\n")],
            &[("web/Chart.yaml", "name: .\nversion: 1.0.0\n")],
            &[("web/Chart.yaml", "name: ../web\nversion: 1.0.0\n")],
            &[("web/Chart.yaml", "- web\n")],
        ] {
            assert!(Opened::read(&pack(files)).is_err(), "{files:?}");
        }
        assert!(Opened::read(b"no archive").is_err());
    }
}
