//! Laws over this repository's own fleet.

use crate::support::{fleet, repository};
use catalyst_diag::Severity;
use catalyst_driver::{
    CompileOptions, GraphOf, NoProgress, Project, compile, compiled_texts, graph, is_fresh, template_files,
};
use catalyst_source::TreePath;
use catalyst_system::Discover;

#[test]
fn three_sovereigns_compile_without_warnings() {
    let project = fleet();
    let done =
        compile(&project, &CompileOptions { locked: true, ..Default::default() }, &NoProgress, |_, it| {
            it.tree.files.len()
        });
    let loud: Vec<_> =
        done.diagnostics.iter().filter(|it| it.severity != Severity::Note).map(|it| &it.message).collect();
    assert!(loud.is_empty(), "{loud:#?}");
    assert_eq!(done.sovereigns.len(), 3);
    assert!(done.sovereigns.values().all(|files| *files > 100));
}

#[test]
fn snapshots_are_what_the_fleet_compiles_to() {
    let project = fleet();
    let (texts, _) = compiled_texts(&project, &CompileOptions::default(), &NoProgress);
    let folder = repository().join("snapshots");
    let known = catalyst_system::list_tree(&folder).unwrap();
    assert_eq!(
        known.len(),
        texts.len() + 2,
        "files of snapshots/, its index and the digests of bundles included; run `cargo xtask golden`"
    );
    for (path, text) in &texts {
        let committed = std::fs::read_to_string(folder.join(path.as_str())).unwrap_or_default();
        assert!(committed == *text, "snapshots/{path} is out of date; run `cargo xtask golden`");
    }
}

/// The bundles of the fleet have the digests that were reviewed, whatever was fetched on this machine.
#[test]
fn bundles_have_the_committed_digests() {
    use catalyst_driver::bundle::{comparable, digests};
    let project = fleet();
    let tool = concat!("catalystc ", env!("CARGO_PKG_VERSION")).to_owned();
    let made = comparable(&project, CompileOptions::default(), tool, &NoProgress).unwrap();
    let committed = std::fs::read_to_string(repository().join("snapshots/bundles.json")).unwrap_or_default();
    let now = digests(&made).unwrap();
    assert_eq!(made.sovereigns.len(), 3);
    assert!(now == committed, "snapshots/bundles.json is out of date; run `cargo xtask golden`");
}

/// Substituting the variable in the shared kit gives, byte for byte, the tree of a Sovereign without overrides.
#[test]
fn the_shared_kit_with_a_domain_is_the_kit_of_a_sovereign() {
    let project = fleet();
    let template = template_files(&project);
    assert!(
        template.len() > 48 && is_fresh(&project, &template),
        "clusters/_template/bootstrap-kit is fresh"
    );
    let (texts, _) = compiled_texts(&project, &CompileOptions::default(), &NoProgress);
    for (path, file) in &template {
        let own = format!("omantel/clusters/hz-fsn-mgt-prod/bootstrap-kit/{}", path.file_name());
        let own = texts.get(&TreePath::new(&own).unwrap()).unwrap_or_else(|| panic!("{own} is emitted"));
        assert_eq!(&file.text.replace("${SOVEREIGN_FQDN}", "t38.omani.works"), own, "{path}");
    }
}

/// The order, tiers, layers and edges of the published slot table, as a table of this repository.
#[test]
fn the_kit_is_the_published_table() {
    let mut graph = graph(&fleet(), &GraphOf::Kit).unwrap();
    assert_eq!(graph.nodes.len(), 48);
    // The law is about unconditional edges, and the one condition that the table states.
    graph.edges.retain(|edge| edge.when.is_none() || edge.from == "bp-keycloak");
    let table = std::fs::read_to_string(repository().join("tests/slots.md")).unwrap();
    let drifts = catalyst_graph::check_table(&table, &graph);
    assert!(drifts.is_empty(), "{drifts:#?}");
}

/// The controller of Continuums is part of the platform, unless a Sovereign asks for the slot that has it apart.
#[test]
fn a_part_with_a_slot_of_its_own_runs_once() {
    let (texts, _) = compiled_texts(&fleet(), &CompileOptions::default(), &NoProgress);
    for (cluster, is_apart) in
        [("omantel/clusters/hz-fsn-mgt-prod", false), ("bankdhofar/clusters/hz-nbg-mgt-prod", true)]
    {
        let of =
            |slot: &str| texts.get(&TreePath::new(&format!("{cluster}/bootstrap-kit/{slot}.yaml")).unwrap());
        let platform = of("13-bp-catalyst-platform").unwrap();
        assert_eq!(platform.contains("      continuum:\n        enabled: true\n"), !is_apart, "{cluster}");
        assert_eq!(of("52-bp-continuum").is_some(), is_apart, "{cluster}");
    }
}

/// A phase leaves out what nobody asked for, not what the Sovereign asked for by name.
#[test]
fn a_slot_that_is_asked_for_is_in_every_phase() {
    let file = TreePath::new("sovereigns/openova/sovereign.yaml").unwrap();
    let mut project = Project::open(&repository(), Discover::default(), false).unwrap();
    let text = project.text(&file).unwrap().replacen("  kit:\n", "  kit:\n    phase: cold-start\n", 1);
    assert!(project.set_text(&file, &text));
    let (texts, _) = compiled_texts(&project, &CompileOptions::default(), &NoProgress);
    let has = |slot: &str| {
        let path = format!("openova/clusters/hz-nbg-mgt-prod/bootstrap-kit/{slot}.yaml");
        texts.contains_key(&TreePath::new(&path).unwrap())
    };
    assert!(
        has("49-bp-keda") && has("01-bp-cilium") && !has("48-bp-librechat") && !has("51-bp-network-policies")
    );
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let (once, _) = compiled_texts(&fleet(), &CompileOptions::default(), &NoProgress);
    for _ in 0..3 {
        assert!(compiled_texts(&fleet(), &CompileOptions::default(), &NoProgress).0 == once);
    }
}

#[test]
fn committed_schemas_and_crds_are_fresh() {
    for (name, value) in catalyst_model::schema::all_schemas() {
        let text = std::fs::read_to_string(repository().join("docs/schemas").join(&name)).unwrap_or_default();
        assert!(text == format!("{value:#}\n"), "docs/schemas/{name}: run `cargo xtask golden`");
    }
    for (name, value) in catalyst_model::schema::all_crds() {
        let text = std::fs::read_to_string(repository().join("products/catalyst/chart/crds").join(&name))
            .unwrap_or_default();
        assert!(
            text == catalyst_yaml::write(&value),
            "products/catalyst/chart/crds/{name}: run `cargo xtask golden`"
        );
    }
}
