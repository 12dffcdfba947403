//! Slot files: the contract of domain.md 9.1, in both shapes, and the law that the shared kit gives them by substitution.

use super::support::*;
use catalyst_emit::render;
use catalyst_model::ClusterName;
use catalyst_plan::{Plan, Prerequisite, Widening};
use catalyst_source::TreePath;
use std::collections::BTreeMap;
use std::sync::Arc;

fn kit_of(plan: &Plan, cluster: &str) -> BTreeMap<String, String> {
    let cluster = &plan.clusters[&cluster.parse::<ClusterName>().unwrap()];
    let files = crate::bootstrap_kit(plan, cluster);
    let text = |name: &str, file| render(file, &TreePath::new(name).unwrap(), Some(&plan.facts.domain));
    files.iter().map(|(name, file)| (name.clone(), text(name, file))).collect()
}

#[test]
fn a_slot_of_a_current_target_reads_the_chart_through_an_artifact() {
    let kit = kit_of(&plan(DOMAIN, "2.7"), MGT);
    insta::assert_snapshot!("slot_09_current", kit["09-bp-keycloak.yaml"]);
    insta::assert_snapshot!("slot_10_values", kit["10-bp-gitea.yaml"]);
}

#[test]
fn a_slot_of_an_older_target_reads_the_chart_through_a_helm_repository() {
    insta::assert_snapshot!("slot_04_older", kit_of(&plan(DOMAIN, "2.4"), MGT)["04-bp-crossplane.yaml"]);
    let oldest = &kit_of(&plan(DOMAIN, "2.2"), MGT)["04-bp-crossplane.yaml"];
    assert!(
        oldest.contains("apiVersion: source.toolkit.fluxcd.io/v1beta2\nkind: HelmRepository"),
        "{oldest}"
    );
}

#[test]
fn the_namespace_of_flux_is_never_pruned_and_built_in_namespaces_are_not_declared() {
    let kit = kit_of(&plan(DOMAIN, "2.7"), MGT);
    insta::assert_snapshot!("slot_03_flux", kit["03-bp-flux.yaml"]);
    assert!(!kit["01-bp-cilium.yaml"].contains("kind: Namespace"));
    assert!(
        kit["01-bp-cilium.yaml"].contains("enabled: null"),
        "an explicit null deletes a default of the chart"
    );
    assert_eq!(kit.values().filter(|text| text.contains("prune: disabled")).count(), 1);
}

#[test]
fn an_artifact_of_others_is_read_where_it_is_published() {
    let name = "bp-crossplane";
    let with = |reference: &str, flux: &str, is_air_gapped: bool| {
        let mut plan = plan(DOMAIN, flux);
        if is_air_gapped {
            Arc::make_mut(&mut plan.sovereign.value).spec.air_gap = Some(Default::default());
        }
        let cluster = plan.clusters.get_mut(&MGT.parse::<ClusterName>().unwrap()).unwrap();
        let release = cluster.releases.get_mut(&name.parse().unwrap()).unwrap();
        let entry = Arc::make_mut(&mut release.entry);
        let manifests = &mut Arc::make_mut(&mut entry.blueprint.value).spec.manifests;
        manifests.chart = None;
        manifests.source = Some(catalyst_model::ManifestSource {
            kind: catalyst_model::SourceKind::HelmChart,
            reference: reference.to_owned(),
        });
        let text = kit_of(&plan, MGT)["04-bp-crossplane.yaml"].clone();
        let is_source = |line: &&str| {
            ["url:", "tag:", "digest:", "chart:", "version:", "secretRef:"]
                .iter()
                .any(|it| line.trim().starts_with(it))
        };
        text.lines().filter(is_source).map(str::trim).collect::<Vec<_>>().join(" ")
    };
    let web = "oci://registry.omani.works/parts/web:v1.2.0_b.1";
    assert_eq!(with(web, "2.7", false), "url: oci://registry.omani.works/parts/web tag: v1.2.0_b.1");
    assert_eq!(
        with(web, "2.4", false),
        "url: oci://registry.omani.works/parts chart: chart: web version: v1.2.0+b.1"
    );
    assert_eq!(
        with("registry.omani.works/web", "2.7", false),
        "url: oci://registry.omani.works/web tag: 1.1.2"
    );
    let digest = format!("sha256:{}", "a".repeat(64));
    assert_eq!(
        with(&format!("oci://registry.omani.works/web@{digest}"), "2.7", false),
        format!("url: oci://registry.omani.works/web digest: {digest}")
    );
    // Where nothing outside can be reached, it stands where content of others is brought; the registry is the Sovereign's, and so is the Secret.
    let there = with("oci://registry.omani.works:5000/parts/web:1.2.0", "2.7", true);
    assert!(there.ends_with("/registry.omani.works-5000/parts/web tag: 1.2.0 secretRef:"), "{there}");
}

#[test]
fn the_list_is_in_slot_order() {
    insta::assert_snapshot!("kit_index", kit_of(&plan(DOMAIN, "2.7"), MGT)["kustomization.yaml"]);
}

#[test]
fn substitution_in_the_shared_kit_gives_the_kit_of_a_sovereign() {
    for flux in ["2.4", "2.7"] {
        let (shared, own) = (kit_of(&plan(VARIABLE, flux), MGT), kit_of(&plan(DOMAIN, flux), MGT));
        assert!(shared["10-bp-gitea.yaml"].contains("\"gitea.${SOVEREIGN_FQDN}\""));
        assert_eq!(shared.len(), own.len());
        for (name, text) in &shared {
            assert_eq!(text.replace(VARIABLE, DOMAIN), own[name], "{name}");
        }
    }
}

#[test]
fn no_slot_file_knows_its_cluster_or_sovereign() {
    let plan = plan(DOMAIN, "2.7");
    let (here, there) = (kit_of(&plan, RTZ), kit_of(&plan, DMZ));
    assert_eq!(here, there);
    let management = kit_of(&plan, MGT);
    for (name, text) in here.iter().filter(|(name, _)| *name != "kustomization.yaml") {
        assert_eq!(*text, management[name], "{name}");
        for word in ["omantel", "hz-fsn", "hetzner"] {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
}

#[test]
fn foreign_variables_are_escaped_in_the_shared_kit_only() {
    let with_variable = |domain| {
        let mut plan = plan(domain, "2.7");
        let cluster = plan.clusters.get_mut(&MGT.parse().unwrap()).unwrap();
        let release = cluster.releases.get_mut(&"bp-gitea".parse().unwrap()).unwrap();
        let values = Arc::make_mut(&mut release.values);
        values.merged.insert("template".into(), format!("key ${{API_KEY}} of {domain}").into());
        kit_of(&plan, MGT)["10-bp-gitea.yaml"].clone()
    };
    assert!(with_variable(DOMAIN).contains("template: \"key ${API_KEY} of t38.omani.works\""));
    assert!(with_variable(VARIABLE).contains("template: \"key $${API_KEY} of ${SOVEREIGN_FQDN}\""));
}

#[test]
fn what_crosses_clusters_is_told_and_never_a_dangling_edge() {
    let mut plan = plan(DOMAIN, "2.7");
    plan.prerequisites.push(Prerequisite {
        cluster: RTZ.parse().unwrap(),
        release: "bp-external-secrets".parse().unwrap(),
        needs_cluster: MGT.parse().unwrap(),
        needs: "bp-openbao".parse().unwrap(),
        place: place("platform/external-secrets/blueprint.yaml", "spec.depends[0]"),
    });
    plan.widenings.push(Widening {
        cluster: RTZ.parse().unwrap(),
        release: "bp-cert-manager".parse().unwrap(),
        because: "bp-external-secrets".parse().unwrap(),
        uses: "API `cert-manager.io/v1` Certificate".into(),
        place: place("platform/external-secrets/blueprint.yaml", "spec.requires"),
    });
    let rtz = plan.clusters.get_mut(&RTZ.parse().unwrap()).unwrap();
    let secrets = rtz.releases.get_mut(&"bp-external-secrets".parse().unwrap()).unwrap();
    let mut dangling = secrets.depends_on[0].clone();
    dangling.to = "bp-openbao".parse().unwrap();
    let mut inactive = secrets.depends_on[0].clone();
    inactive.to = "bp-cilium".parse().unwrap();
    inactive.active = false;
    secrets.depends_on.extend([dangling, inactive]);
    let kit = kit_of(&plan, RTZ);
    insta::assert_snapshot!("slot_15_crossing", kit["15-bp-external-secrets.yaml"]);
    assert!(
        kit["02-bp-cert-manager.yaml"]
            .contains("- bp-external-secrets: uses API `cert-manager.io/v1` Certificate")
    );
}

#[test]
fn every_field_of_interest_knows_its_source() {
    let plan = plan(DOMAIN, "2.7");
    let tree = tree(&plan);
    let (_, release) =
        tree.objects().find(|(_, o)| o.kind() == "HelmRelease" && o.name() == "bp-keycloak").unwrap();
    assert_eq!(release.provenance.why, "slot 09 of the kit");
    let why: Vec<_> = release.provenance.fields.iter().map(|f| format!("{}: {}", f.path, f.why)).collect();
    assert_eq!(
        why,
        [
            "spec.dependsOn[0]: the Blueprint depends on it",
            "spec.dependsOn[1]: its realm job is a Flux object.",
            "spec.dependsOn[2]: the Blueprint depends on it under a condition, which holds",
        ]
        .map(|line| line.to_owned())
        .into_iter()
        .collect::<Vec<_>>()
    );
    let (_, gitea) =
        tree.objects().find(|(_, o)| o.kind() == "HelmRelease" && o.name() == "bp-gitea").unwrap();
    assert_eq!(gitea.provenance.values[0].0.to_string(), "spec.values");
}
