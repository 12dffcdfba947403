//! What a name type admits it prints as it was, its published pattern says no more than its check, and what is derived from the longest
//! names stays within the limits of Kubernetes and DNS.

use catalyst_model::*;
use proptest::prelude::*;
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// Parses, and checks that printing gives the text back.
fn admitted<T: FromStr<Err = NameError> + Display + Debug>(text: &str) -> Option<T> {
    match text.parse::<T>() {
        Ok(name) => {
            assert_eq!(name.to_string(), text);
            Some(name)
        }
        Err(error) => {
            assert!(!error.why.is_empty() && error.to_string().contains(error.what), "{error}");
            None
        }
    }
}

fn is_label(text: &str) -> bool {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|&b| edge(b) || b == b'-')
        && edge(bytes[0])
        && edge(bytes[bytes.len() - 1])
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Texts that are names, almost names, and no names at all.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9]([a-z0-9-]{0,70}[a-z0-9])?",
        2 => "[a-z]{2,3}-[a-z]{2,4}-(rtz|dmz|mgt|xyz)-(prod|stg|uat|dev|poc|dr)",
        2 => "[a-z][a-z0-9-]{0,34}-(prod|stg|uat|dev|poc|dr)",
        2 => "bp-[a-z0-9-]{0,55}",
        2 => "[0-9]{1,3}[a-z]{0,2}",
        2 => "([a-z0-9-]{1,20}\\.){0,14}[a-z0-9]{1,64}",
        1 => "[a-zA-Z0-9._/ -]{0,10}",
        1 => ".{0,8}",
        1 => proptest::sample::select(vec!["system", "flux", "crossplane", "catalyst", "gitea", "kube-x", "hz", "fsn", "rtz", "prod", "hetzner"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parse_then_print(text in texts()) {
        for name in [admitted::<Label>(&text).map(|it| it.to_string()), admitted::<Namespace>(&text).map(|it| it.to_string())] {
            prop_assert_eq!(name.is_some(), is_label(&text), "{}", text);
        }
        prop_assert_eq!(admitted::<ObjectName>(&text).is_some(), is_subdomain(&text), "{}", text);
        prop_assert_eq!(admitted::<DomainName>(&text).is_some(), is_subdomain(&text) && text.contains('.') && text.len() > 2, "{}", text);
        if admitted::<SovereignName>(&text).is_some() {
            prop_assert!(is_label(&text) && text.len() <= 32);
        }
        if admitted::<OrgName>(&text).is_some() {
            prop_assert!(is_label(&text) && (3..=32).contains(&text.len()) && !is_reserved_slug(&text));
        }
        if admitted::<AppName>(&text).is_some() {
            prop_assert!(is_label(&text) && text.len() <= 40);
        }
        if let Some(name) = admitted::<BlueprintName>(&text) {
            prop_assert!(is_label(name.short()) && text.len() <= 53);
        }
        if let Some(name) = admitted::<EnvironmentName>(&text) {
            prop_assert_eq!(format!("{}-{}", name.org, name.env), text.clone());
            prop_assert!(is_label(&text));
        }
        if let Some(name) = admitted::<ClusterName>(&text) {
            prop_assert!(is_label(&text) && name.to_string().len() <= 18);
        }
        if let Some(id) = admitted::<SlotId>(&text) {
            prop_assert_eq!(admitted::<SlotId>(&id.to_string()), Some(id));
        }
        admitted::<RegionKey>(&text);
        admitted::<RegionCode>(&text);
    }

    /// A token of a subject is one token, and another name gives another one.
    #[test]
    fn tokens_of_subjects(a in "[a-z0-9.-]{1,12}", b in "[a-z0-9.-]{1,12}") {
        let (x, y) = (subject_token(&a), subject_token(&b));
        prop_assert!(!x.contains(['.', '*', '>', ' ']));
        prop_assert_eq!(a == b, x == y);
        prop_assert_eq!(x.replace('~', "."), a);
    }

    #[test]
    fn labels_as_kubernetes_reads_them(text in "[a-zA-Z0-9._-]{0,66}|[^/]{0,6}") {
        let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
        let fine = text.len() <= 63
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && edge(text.chars().next())
            && edge(text.chars().last());
        prop_assert_eq!(labels::check_value(&text).is_ok(), fine);
        prop_assert_eq!(labels::check_key(&text).is_ok(), fine && !text.is_empty());
        prop_assert_eq!(labels::check_key(&format!("openova.io/{text}")).is_ok(), fine && !text.is_empty());
        let headless = format!("/{text}");
        prop_assert!(labels::check_key(&headless).is_err());
    }
}

#[test]
fn reserved_slugs() {
    let words = [
        "system",
        "flux",
        "crossplane",
        "catalyst",
        "gitea",
        "kube-system",
        "kube-acme",
        "catalog",
        "catalog-sovereign",
    ];
    let codes = Provider::ALL.iter().flat_map(|it| [it.as_str(), it.code()]);
    let codes = codes.chain(REGIONS.iter().map(|it| it.code));
    let codes = codes.chain(BuildingBlock::ALL.iter().map(|it| it.as_str()));
    let codes = codes.chain(EnvType::ALL.iter().map(|it| it.as_str()));
    for word in words.into_iter().chain(codes) {
        assert!(is_reserved_slug(word), "{word}");
        assert!(OrgName::new(word).is_err(), "{word}");
    }
    assert!(OrgName::new("acme").is_ok() && OrgName::new("fluxus").is_ok());
    assert!(OrgName::new("acme-").is_err(), "the published pattern admits it, RFC 1123 does not");
}

#[test]
fn derived_names_of_the_longest_ones() {
    let org = OrgName::new(&format!("o{}", "9".repeat(31))).expect("32 characters");
    let app = AppName::new(&format!("p{}", "9".repeat(39))).expect("40 characters");
    let domain = DomainName::new(&format!("{}.omani.works", "t".repeat(63 - 12))).expect("63 characters");
    let region = REGIONS.iter().max_by_key(|it| it.code.len()).expect("there are regions");
    for cluster in [
        ClusterName {
            provider: region.provider,
            region: region.code.parse().expect("a code"),
            block: BuildingBlock::Mgt,
            env: EnvType::Prod,
        },
        "oci-abcd-mgt-prod".parse().expect("a cluster name"),
    ] {
        for name in [
            vcluster_context(&cluster, &org),
            crossplane_name(&cluster, "gitrepository"),
            server_name(&cluster, "k8s", 999),
        ] {
            assert!(is_subdomain(&name), "{name}");
        }
        // The second vCluster of an Organization is a label too.
        assert!(is_label(&format!("{}-dmz", vcluster_context(&cluster, &org))));
        assert!(is_label(&server_name(&cluster, "k8s", 999)));
        assert!(is_subdomain(&mesh_service(app.as_str(), app.as_str(), &cluster)));
    }
    let environment = EnvironmentName { org: org.clone(), env: EnvType::Prod };
    let location: LocationCode = "hfrp".parse().expect("a location code");
    for host in
        [application_host(&app, &environment, &domain), control_plane_host("console", location, &domain)]
    {
        assert!(is_subdomain(&host), "{host}");
    }
    assert!(
        application_repository(location, &domain, &org, app.as_str()).ends_with(&format!("/{org}/{app}"))
    );
    for name in [
        state_bucket(&environment),
        network_name(BuildingBlock::Rtz, EnvType::Prod),
        peering_name(BuildingBlock::Dmz),
        purpose_name("ingress", EnvType::Prod),
        bucket_name(EnvType::Prod, "backups"),
        control_plane_namespace("console"),
    ] {
        assert!(is_label(&name), "{name}");
    }
    assert_eq!(subject_prefix(&environment).split('.').count(), 2);
    assert_eq!(secret_path(&environment), format!("org/{org}/env/prod"));
}
