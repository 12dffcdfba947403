//! Which paths of a project the compiler reads. Says nothing about what is in them.

use catalyst_source::TreePath;

/// The file that makes a folder a project.
pub const PROJECT_FILE: &str = "catalyst.yaml";
/// Versions, sources and digests of everything that comes from outside.
pub const LOCK_FILE: &str = "catalyst.lock";
/// What charts drew, and every later render of theirs gives again.
pub const PINS_FILE: &str = "catalyst.pins";
/// The folders that hold intent, sorted.
pub const INTENT_FOLDERS: [&str; 4] = ["clusters", "platform", "products", "sovereigns"];
/// A folder of this name holds a Helm chart: its templates are no YAML.
pub(crate) const CHART_FOLDER: &str = "chart";
/// The file that makes a folder a chart.
pub(crate) const CHART_FILE: &str = "Chart.yaml";
/// Default values of a chart.
pub(crate) const VALUES_FILE: &str = "values.yaml";
/// The folder of a chart's own templates.
pub(crate) const TEMPLATES_FOLDER: &str = "templates";
/// The folder of a chart's cases.
pub(crate) const TESTS_FOLDER: &str = "tests";
/// Folders that the compiler writes itself, directly in a folder of `clusters/`: results are never read as intent.
pub(crate) const EMITTED_FOLDERS: [&str; 4] =
    ["bootstrap-kit", "flux-system", "infrastructure", "organizations"];
/// Files that exclude others, the strongest first.
pub(crate) const IGNORE_FILES: [&str; 3] = [".catalystignore", ".ignore", ".gitignore"];

/// What a listed file is to the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoundKind {
    /// Documents of intent, `catalyst.yaml` among them.
    Intent,
    /// The `Chart.yaml` of a chart beside a Blueprint.
    Chart,
    /// The `values.yaml` of such a chart.
    ChartValues,
    /// A file under its `templates`: text, whatever its name.
    ChartTemplate,
    /// A file of cases in its `tests`.
    ChartTests,
    /// `catalyst.lock`.
    Lock,
}

/// What a file at this path would be; `None` when it would not be read. Knows no ignore files.
pub fn kind_of(path: &TreePath) -> Option<FoundKind> {
    match path.as_str() {
        PROJECT_FILE => return Some(FoundKind::Intent),
        LOCK_FILE => return Some(FoundKind::Lock),
        _ => {}
    }
    let name = path.file_name();
    let parent = path.parent()?;
    if !parent.components().next().is_some_and(|top| INTENT_FOLDERS.contains(&top)) {
        return None;
    }
    if path.components().any(|part| part.starts_with('.')) || is_within_emitted(&parent) {
        return None;
    }
    let depth_of_chart = parent.components().skip(1).position(|part| part == CHART_FOLDER);
    match depth_of_chart {
        Some(at) => {
            kind_in_chart(parent.components().nth(at + 2), parent.components().count() - at - 2, name)
        }
        None => is_yaml(name.as_bytes()).then_some(FoundKind::Intent),
    }
}

/// What a file of a chart is: by the first folder below the chart that it stands in, how many there are, and its name.
fn kind_in_chart(folder: Option<&str>, depth: usize, name: &str) -> Option<FoundKind> {
    match folder {
        None if name == CHART_FILE => Some(FoundKind::Chart),
        None if name == VALUES_FILE => Some(FoundKind::ChartValues),
        Some(TEMPLATES_FOLDER) => Some(FoundKind::ChartTemplate),
        Some(TESTS_FOLDER) if depth == 1 && is_yaml(name.as_bytes()) => Some(FoundKind::ChartTests),
        _ => None,
    }
}

/// Whether a name is one of a YAML file.
pub(crate) fn is_yaml(name: &[u8]) -> bool {
    name.ends_with(b".yaml") || name.ends_with(b".yml")
}

/// Whether a file that is not read has the name of one that is, but for its ending: `site.yaml.bak`, `site.YAML`, `site.json`. Below
/// `platform` and `products`, where upstream keeps files of its own, only what is named like a Blueprint counts.
pub(crate) fn looks_like_intent(folder: &TreePath, name: &[u8]) -> bool {
    if is_yaml(name) {
        return false;
    }
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    match folder.components().next() {
        Some("sovereigns") => name.contains(".yaml") || name.contains(".yml") || name.ends_with(".json"),
        Some("clusters") => name.starts_with("kit.y"),
        _ => name.starts_with("blueprint.y"),
    }
}

/// Whether this folder is written by the compiler.
pub(crate) fn is_emitted(folder: &TreePath) -> bool {
    let mut parts = folder.components();
    parts.next() == Some("clusters")
        && parts.next().is_some()
        && parts.next().is_some_and(|name| EMITTED_FOLDERS.contains(&name))
        && parts.next().is_none()
}

fn is_within_emitted(folder: &TreePath) -> bool {
    let parts: Vec<&str> = folder.components().take(3).collect();
    parts.len() == 3 && parts[0] == "clusters" && EMITTED_FOLDERS.contains(&parts[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_intent_are_known_by_their_names() {
        let looks =
            |folder: &str, name: &str| looks_like_intent(&TreePath::new(folder).unwrap(), name.as_bytes());
        for name in ["site.yaml.bak", "site.yaml~", "site.YAML", "site.yml.orig", "site.json"] {
            assert!(looks("sovereigns/omantel", name), "{name}");
        }
        assert!(looks("platform/web", "blueprint.yaml.bak") && looks("clusters/_template", "kit.yaml~"));
        for name in ["site.yaml", "README.md", "icon.svg", "notes.txt"] {
            assert!(!looks("sovereigns/omantel", name), "{name}");
        }
        assert!(!looks("platform/web", "values.yaml.tmpl") && !looks("platform/web", "dashboard.json"));
    }

    #[test]
    fn kinds_follow_the_layout() {
        let kind = |path: &str| kind_of(&TreePath::new(path).unwrap());
        assert_eq!(kind("catalyst.yaml"), Some(FoundKind::Intent));
        assert_eq!(kind("catalyst.lock"), Some(FoundKind::Lock));
        assert_eq!(kind("other.yaml"), None);
        assert_eq!(kind("docs/a.yaml"), None);
        assert_eq!(kind("platform/harbor/blueprint.yml"), Some(FoundKind::Intent));
        assert_eq!(kind("platform/harbor/README.md"), None);
        assert_eq!(kind("platform/harbor/chart/Chart.yaml"), Some(FoundKind::Chart));
        assert_eq!(kind("platform/harbor/chart/values.yaml"), Some(FoundKind::ChartValues));
        assert_eq!(kind("platform/harbor/chart/values-x.yaml"), None);
        assert_eq!(kind("platform/harbor/chart/templates/Chart.yaml"), Some(FoundKind::ChartTemplate));
        assert_eq!(kind("platform/harbor/chart/templates/a/_b.tpl"), Some(FoundKind::ChartTemplate));
        assert_eq!(kind("platform/harbor/chart/templates/.b.yaml"), None);
        assert_eq!(kind("platform/harbor/chart/tests/a.yaml"), Some(FoundKind::ChartTests));
        assert_eq!(kind("platform/harbor/chart/tests/a.sh"), None);
        assert_eq!(kind("platform/harbor/chart/tests/a/b.yaml"), None);
        assert_eq!(kind("platform/harbor/chart/charts/x/values.yaml"), None);
        assert_eq!(kind("platform/harbor/chart/crds/a.yaml"), None);
        assert_eq!(kind("platform/.hidden/a.yaml"), None);
        assert_eq!(kind("clusters/_template/kit.yaml"), Some(FoundKind::Intent));
        assert_eq!(kind("clusters/_template/bootstrap-kit/01-cilium.yaml"), None);
        assert_eq!(kind("sovereigns/omantel/organizations/acme/organization.yaml"), Some(FoundKind::Intent));
    }
}
