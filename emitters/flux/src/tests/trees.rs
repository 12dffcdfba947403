//! Whole folders of one Sovereign.

use super::support::*;

#[test]
fn the_folders_of_the_management_cluster() {
    let plan = plan(DOMAIN, "2.7");
    insta::assert_snapshot!("flux_system_mgt", folder(&plan, "omantel/clusters/hz-fsn-mgt-prod/flux-system"));
    insta::assert_snapshot!(
        "infrastructure_mgt",
        folder(&plan, "omantel/clusters/hz-fsn-mgt-prod/infrastructure")
    );
}

#[test]
fn the_folders_of_a_workload_cluster() {
    let plan = plan(DOMAIN, "2.7");
    insta::assert_snapshot!("flux_system_rtz", folder(&plan, "omantel/clusters/hz-fsn-rtz-prod/flux-system"));
    insta::assert_snapshot!(
        "infrastructure_rtz",
        folder(&plan, "omantel/clusters/hz-fsn-rtz-prod/infrastructure")
    );
}

#[test]
fn the_folder_of_an_organization() {
    let plan = plan(DOMAIN, "2.7");
    insta::assert_snapshot!(
        "organizations_rtz",
        folder(&plan, "omantel/clusters/hz-fsn-rtz-prod/organizations")
    );
}

#[test]
fn the_internet_facing_vcluster_has_names_of_its_own() {
    let plan = plan(DOMAIN, "2.4");
    insta::assert_snapshot!(
        "organization_dmz",
        text(&plan, "omantel/clusters/hz-fsn-dmz-prod/organizations/acme-dmz/flux.yaml")
    );
    insta::assert_snapshot!("vcluster_dmz", folder(&plan, "omantel/vclusters/hz-fsn-dmz-prod-acme-dmz"));
}

#[test]
fn the_folder_of_a_vcluster() {
    let plan = plan(DOMAIN, "2.7");
    insta::assert_snapshot!("vcluster_rtz", folder(&plan, "omantel/vclusters/hz-fsn-rtz-prod-acme"));
}

#[test]
fn without_crossplane_there_are_no_providers() {
    let mut plan = plan(DOMAIN, "2.7");
    plan.clusters.get_mut(&MGT.parse().unwrap()).unwrap().releases.remove(&"bp-crossplane".parse().unwrap());
    let infrastructure = folder(&plan, "omantel/clusters/hz-fsn-mgt-prod/infrastructure");
    assert!(infrastructure.ends_with("resources: []\n"), "{infrastructure}");
    let sync = text(&plan, "omantel/clusters/hz-fsn-mgt-prod/flux-system/sync.yaml");
    assert!(!sync.contains("infrastructure-providers"), "{sync}");
}
