//! Whole repositories, file by file.

use super::*;
use catalyst_model::labels::check_value;

#[test]
fn an_application_with_a_standby() {
    let files = texts(&plan(vec![with_standby(environment("prod", "main"))]));
    insta::assert_snapshot!(whole(&files));
}

#[test]
fn older_flux_gets_a_helm_repository() {
    let mut environment = environment("prod", "main");
    environment.target = target("2.5");
    environment.version = "1.3.0+build.7".parse().unwrap();
    insta::assert_snapshot!(texts(&plan(vec![environment.clone()]))["acme/shop/main/release.yaml"]);
    environment.target = target("2.2");
    let text = &texts(&plan(vec![environment]))["acme/shop/main/release.yaml"];
    assert!(text.contains("apiVersion: source.toolkit.fluxcd.io/v1beta2\n"));
}

#[test]
fn a_branch_for_each_environment() {
    let files = texts(&plan(vec![environment("prod", "main"), environment("dev", "develop")]));
    let (main, develop): (Vec<_>, Vec<_>) =
        files.keys().partition(|path| path.starts_with("acme/shop/main/"));
    assert_eq!(main.len(), 10);
    assert!(develop.iter().all(|path| path.starts_with("acme/shop/develop/")));
    assert!(
        files["acme/shop/develop/secrets/shop-admin.yaml"]
            .contains("key: org/acme/env/dev/shop/shop-admin\n")
    );
}

#[test]
fn environments_of_one_branch_keep_apart() {
    let mut uat = environment("uat", "staging");
    uat.version = "1.4.0-rc.1".parse().unwrap();
    uat.values = Arc::new(layered(&[(LayerKind::Mapping, json!({ "replicaCount": 1 }))]));
    let files = texts(&plan(vec![environment("stg", "staging"), uat]));
    insta::assert_snapshot!(files.keys().cloned().collect::<Vec<_>>().join("\n"));
    let file = |path: &str| files[&format!("acme/shop/staging/{path}")].as_str();
    assert!(file("release.yaml").contains("tag: 1.3.0\n"));
    assert!(file("overlays/uat/release.yaml").contains("tag: 1.4.0-rc.1\n"));
    assert!(
        file("overlays/uat/kustomization.yaml").contains("\n  - release.yaml\n  - secrets/ghcr-pull.yaml\n")
    );
    // What one of them does without is not in the base of both.
    assert!(file("values.yaml").ends_with("\nreplicaCount: 2\n"), "{}", file("values.yaml"));
    assert!(file("overlays/stg/values.yaml").ends_with("ingress:\n  host: shop.example\n  tls: true\n"));
    assert!(file("overlays/uat/values.yaml").ends_with("\nreplicaCount: 1\n"));
}

#[test]
fn a_blueprint_without_a_chart_makes_no_release() {
    let mut environment = environment("prod", "main");
    environment.entry = entry("bp-suite", "2.0.0", json!({}));
    environment.secrets.clear();
    let files = texts(&plan(vec![environment]));
    let names: Vec<_> = files.keys().map(|path| path.trim_start_matches("acme/shop/main/")).collect();
    assert_eq!(names, ["CODEOWNERS", "README.md", "kustomization.yaml", "overlays/prod/kustomization.yaml"]);
    assert!(files["acme/shop/main/overlays/prod/kustomization.yaml"].ends_with("\nresources: []\n"));
}

#[test]
fn owners_are_teams_unless_they_say_otherwise() {
    let mut plan = plan(vec![environment("prod", "main")]);
    let owners = |plan: &Plan| texts(plan)["acme/shop/main/CODEOWNERS"].clone();
    assert!(owners(&plan).ends_with("\n.* @acme/team-shop @root\n"));
    let application = plan.applications.values_mut().next().unwrap();
    application.owners = vec!["other/team".into(), "a@b.example".into(), "x\n.* @evil".into()];
    assert!(owners(&plan).ends_with("\n.* @other/team a@b.example @acme/x @acme/.* @evil\n"));
    plan.applications.values_mut().next().unwrap().owners.clear();
    assert_eq!(owners(&plan).lines().count(), 1);
}

/// Objects carry the labels of their scope, all of them legal, and no namespace.
#[test]
fn labels_are_there_and_legal() {
    let mut wide = environment("prod", "main");
    wide.version = "1.3.0+k3s.1".parse().unwrap();
    let mut plan = plan(vec![wide]);
    plan.facts.domain = format!("{}.example.com", "very-long-".repeat(6));
    let tree = Gitea.emit(&plan);
    let mut count = 0;
    for (path, object) in tree.objects() {
        let metadata = object.object["metadata"].as_object().unwrap();
        assert!(!metadata.contains_key("namespace"), "{path}");
        let labels = metadata["labels"].as_object().unwrap();
        assert_eq!(labels["openova.io/blueprint-version"], "1.3.0");
        assert_eq!(labels["openova.io/vcluster"], "acme");
        assert_eq!(labels.len(), 9, "all but that of the domain, which no label can hold: {path}");
        assert!(labels.values().all(|value| check_value(value.as_str().unwrap()).is_ok()));
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn provenance_leads_back_to_intent() {
    let plan = plan(vec![with_standby(environment("prod", "main"))]);
    let tree = Gitea.emit(&plan);
    let body = |path: &str| {
        let path = TreePath::new(&format!("omantel/repositories/acme/shop/main/{path}")).unwrap();
        tree.files[&path].body.clone()
    };
    let Body::Document(_, base) = body("values.yaml") else { panic!() };
    let kinds: Vec<_> = base.values[0].1.layers.iter().map(|layer| layer.kind.clone()).collect();
    assert_eq!(kinds, [LayerKind::Mapping]);
    let Body::Document(_, overlay) = body("overlays/prod/values.yaml") else { panic!() };
    let who = overlay.values[0].1.who_set(&KeyPath::parse("ingress.tls").unwrap());
    assert_eq!(who[0].0.kind, LayerKind::ApplicationEnvironment);
    let Body::Document(_, region) = body("overlays/prod/hel/values.yaml") else { panic!() };
    assert_eq!(region.why, "Application `shop` in Environment `acme-prod`, region `hel`");
    assert_eq!(region.fields[0].why, "the agent owns it in region `hel`, which stands by");
    let Body::Objects(release) = body("release.yaml") else { panic!() };
    let tag = &release[0].provenance.fields[0];
    assert_eq!(
        (tag.path.to_string(), tag.place.file.as_str()),
        ("spec.ref.tag".into(), "platform/wordpress/blueprint.yaml")
    );
}

/// The version of ExternalSecret is the one that the clusters serve.
#[test]
fn references_to_secrets_fit_the_cluster() {
    let mut plan = plan(vec![environment("prod", "main")]);
    let version = |plan: &Plan| {
        let text = texts(plan)["acme/shop/main/secrets/shop-admin.yaml"].clone();
        text.lines().find_map(|line| line.strip_prefix("apiVersion: ").map(str::to_owned)).unwrap()
    };
    assert_eq!(version(&plan), "external-secrets.io/v1");
    let name: ClusterName = "hz-fsn-rtz-prod".parse().unwrap();
    for (versions, expected) in [(&["v1beta1"][..], "v1beta1"), (&["v1beta1", "v1"], "v1"), (&[], "v1")] {
        plan.clusters = BTreeMap::from([(name.clone(), cluster(&name, versions))]);
        assert_eq!(version(&plan), format!("external-secrets.io/{expected}"));
    }
}

fn cluster(name: &ClusterName, versions: &[&str]) -> ClusterPlan {
    let api = |version: &&str| {
        let capability = Capability::Api {
            group: "external-secrets.io".into(),
            version: (*version).into(),
            kind: "ExternalSecret".into(),
        };
        (capability, place("platform/external-secrets/blueprint.yaml"))
    };
    let interface = ReleaseInterface { provides: versions.iter().map(api).collect(), requires: Vec::new() };
    let entry = entry("bp-external-secrets", "1.1.1", json!({ "chart": "./chart" }));
    let slot = json!({
        "id": "15", "blueprint": "bp-external-secrets", "version": "1.1.1", "layer": "host", "tier": "3", "purpose": "x"
    });
    let release = Release {
        slot: Arc::new(serde_json::from_value(slot).unwrap()),
        place: place("kit.yaml"),
        version: "1.1.1".parse().unwrap(),
        version_place: place("kit.yaml"),
        namespace: "external-secrets-system".parse().unwrap(),
        depends_on: Vec::new(),
        config: Arc::default(),
        values: Arc::default(),
        interface: Arc::new(interface),
        entry,
    };
    ClusterPlan {
        name: name.clone(),
        region: "fsn".parse().unwrap(),
        place: place("sovereigns/omantel/sovereign.yaml"),
        target: target("2.7"),
        target_name: "default".into(),
        management: false,
        releases: BTreeMap::from([("bp-external-secrets".parse().unwrap(), release)]),
        vclusters: BTreeMap::new(),
    }
}
