//! The tables of dimensions: they are the published ones, and no two entries can be taken for each other.

use catalyst_model::{BuildingBlock, ClusterName, EnvType, LocationCode, Provider, REGIONS, labels};
use std::collections::BTreeSet;

#[test]
fn the_published_tables() {
    let providers: Vec<String> =
        Provider::ALL.iter().map(|it| format!("{it} {} {}", it.code(), it.letter())).collect();
    let expected =
        ["hetzner hz h", "huawei hw w", "oci oci o", "aws aws a", "gcp gcp g", "azure az z", "contabo ct c"];
    assert_eq!(providers, expected);
    let regions: Vec<String> =
        REGIONS.iter().map(|it| format!("{} {} {}", it.provider, it.code, it.letter)).collect();
    let expected = [
        "hetzner fsn f",
        "hetzner nbg n",
        "hetzner hel l",
        "hetzner ash a",
        "hetzner hil i",
        "hetzner sin s",
        "huawei apse p",
        "huawei cnn c",
        "huawei las q",
        "huawei mer r",
        "oci dxb x",
        "oci fra r",
        "oci sg g",
        "oci iad d",
        "oci syd y",
        "contabo eu e",
    ];
    assert_eq!(regions, expected);
    let blocks: Vec<String> = BuildingBlock::ALL.iter().map(|it| format!("{it} {}", it.letter())).collect();
    assert_eq!(blocks, ["rtz r", "dmz d", "mgt m"]);
    let types: Vec<String> = EnvType::ALL.iter().map(|it| format!("{it} {}", it.letter())).collect();
    assert_eq!(types, ["prod p", "stg s", "uat u", "dev d", "poc c"]);
    assert!("dr".parse::<EnvType>().is_err());
}

/// All combinations of the tables.
fn clusters() -> impl Iterator<Item = ClusterName> {
    REGIONS.iter().flat_map(|region| {
        BuildingBlock::ALL.iter().flat_map(move |&block| {
            EnvType::ALL.iter().map(move |&env| ClusterName {
                provider: region.provider,
                region: region.code.parse().expect("the table holds region codes"),
                block,
                env,
            })
        })
    })
}

#[test]
fn every_combination_has_a_location_code_of_its_own() {
    let mut codes = BTreeSet::new();
    for cluster in clusters() {
        let location = cluster.location().expect("its region stands in the table");
        let code = location.to_string();
        assert_eq!(code.len(), 4, "{cluster}");
        assert_eq!(code.parse::<LocationCode>(), Ok(location), "{cluster}");
        assert!(codes.insert(code.clone()), "{cluster}: {code} is taken");
    }
    assert_eq!(codes.len(), 240);
}

#[test]
fn every_combination_has_a_cluster_name_of_its_own() {
    let mut names = BTreeSet::new();
    for cluster in clusters() {
        let name = cluster.to_string();
        assert!(name.len() <= 18 && labels::check_value(&name).is_ok(), "{name}");
        assert_eq!(name.parse::<ClusterName>(), Ok(cluster), "{name}");
        assert!(names.insert(name));
    }
    assert_eq!(names.len(), 240);
}

#[test]
fn the_vocabulary_of_labels() {
    let own: Vec<&str> = labels::ALL.iter().filter_map(|key| key.strip_prefix("openova.io/")).collect();
    let expected = [
        "provider",
        "region",
        "building-block",
        "env-type",
        "sovereign",
        "host-cluster",
        "organization",
        "environment",
        "vcluster",
        "application",
        "blueprint",
        "blueprint-version",
        "managed-by",
    ];
    assert_eq!(own, expected);
    assert!(labels::ALL.contains(&"app.kubernetes.io/managed-by"));
    assert!(labels::ALL.iter().all(|key| labels::check_key(key).is_ok()));
}
