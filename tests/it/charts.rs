//! What holds of the charts of the catalogue together, beside the rules that look at one chart at a time.

use crate::support::{fleet, repository};
use catalyst_driver::charts::{cases, charts};
use catalyst_source::TreePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The charts of the public catalogue: name of the folder, and the folder.
fn catalogue() -> Vec<(String, TreePath)> {
    let charts = charts(&fleet(), &[]);
    let of_catalogue = |it: &TreePath| it.is_within("platform") || it.is_within("products");
    charts.into_iter().filter(|it| of_catalogue(&it.folder)).map(|it| (it.short(), it.folder)).collect()
}

fn file(folder: &TreePath, path: &str) -> PathBuf {
    repository().join(folder.as_str()).join(path)
}

/// Charts of Helm cannot share a file, so each has its copy; a copy that differs is a mistake that was made right in one place only.
#[test]
fn copies_of_a_script_are_equal() {
    let mut copies: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (name, folder) in catalogue() {
        for script in ["files/bucket.sh"] {
            if let Ok(text) = std::fs::read_to_string(file(&folder, script)) {
                copies.entry(script.to_owned()).or_default().entry(text).or_default().push(name.clone());
            }
        }
    }
    let bucket = &copies["files/bucket.sh"];
    let holders: Vec<_> = bucket.values().collect();
    assert!(bucket.len() == 1, "{holders:?}");
    assert!(holders[0].len() >= 6, "{holders:?}");
}

/// `chart/tests/observability-toggle.sh` is what people know; it runs the cases of that name.
#[test]
fn every_chart_has_the_command_for_its_toggles() {
    for (name, folder) in catalogue() {
        let path = file(&folder, "tests/observability-toggle.sh");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let chart = std::fs::read_to_string(file(&folder, "Chart.yaml")).unwrap();
        let blueprint = chart.lines().find_map(|it| it.strip_prefix("name: ")).unwrap();
        let command = format!("exec catalystc test {blueprint} --case 'observability*'");
        assert_eq!(text.lines().last(), Some(command.as_str()), "{name}");
    }
}

/// The assertions that the texts ask for by name (domain.md 14.2), beside the three cases of each toggle, which are a rule.
#[test]
fn cases_that_the_texts_name_are_there() {
    let project = fleet();
    let found: BTreeMap<String, BTreeSet<String>> = charts(&project, &[])
        .into_iter()
        .map(|it| {
            (it.short(), cases(&project, &it.folder).into_iter().map(|case| case.case.name.clone()).collect())
        })
        .collect();
    for (chart, case) in [
        ("anthropic-adapter", "image without a version"),
        ("cilium", "full default"),
        ("crossplane", "full observability on"),
        ("external-secrets", "store default"),
        ("external-secrets", "store off"),
        ("knative", "domain missing"),
        ("knative", "full default"),
        ("kserve", "full default"),
        ("livekit", "observability of the subchart"),
        ("llm-gateway", "database default"),
        ("llm-gateway", "database on"),
        ("llm-gateway", "database off"),
        ("matrix", "federation default"),
        ("matrix", "network policy with federation"),
        ("matrix", "network policy without federation"),
        ("nats-jetstream", "full default"),
        ("openbao", "full default"),
        ("openmeter", "full default"),
        ("openmeter", "profile default"),
        ("stunner", "full default"),
        ("valkey", "rules default"),
        ("valkey", "rules off"),
        ("valkey", "rules on"),
    ] {
        assert!(found[chart].contains(case), "{chart} has no case `{case}`");
    }
    let without: Vec<_> = found.iter().filter(|(_, cases)| cases.is_empty()).map(|(name, _)| name).collect();
    assert!(without.is_empty(), "charts without cases: {without:?}");
}
