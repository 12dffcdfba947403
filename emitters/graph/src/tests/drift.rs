use super::kit::kit;
use super::small;
use crate::{DriftKind, check_table, table};

const DOCUMENT: &str = include_str!("kit.md");

fn drifts(document: &str) -> Vec<String> {
    check_table(document, &kit(false)).iter().map(ToString::to_string).collect()
}

/// The document with one line's text replaced, and the number of that line.
fn changed(from: &str, to: &str) -> (String, usize) {
    assert_eq!(DOCUMENT.matches(from).count(), 1, "{from}");
    let line = DOCUMENT.lines().position(|line| line.contains(from)).unwrap() + 1;
    (DOCUMENT.replace(from, to), line)
}

#[test]
fn the_whole_table_agrees() {
    assert_eq!(drifts(DOCUMENT), Vec::<String>::new());
    assert_eq!(check_table(DOCUMENT, &kit(true)), [], "whether the condition holds here does not matter");
}

#[test]
fn what_is_printed_agrees_with_what_it_was_printed_from() {
    let mut nested = small();
    nested.edges[3].when = Some("size(config.zones) > (1 + 1), or so".into());
    for graph in [small(), nested, kit(true), kit(false)] {
        assert_eq!(check_table(&table(&graph), &graph), []);
    }
}

#[test]
fn an_edge_too_few() {
    let (document, line) =
        changed("8: Edge | host | bp-cilium, bp-cert-manager |", "8: Edge | host | bp-cilium |");
    assert_eq!(
        drifts(&document),
        [format!("line {line}: `bp-coraza` depends on `bp-cert-manager`, which the row lacks")]
    );
}

#[test]
fn an_edge_too_many() {
    let (document, line) = changed("| host | bp-knative |", "| host | bp-knative, bp-vllm (for tests) |");
    assert_eq!(
        drifts(&document),
        [format!("line {line}: `bp-kserve` does not depend on `vllm` in the graph")]
    );
}

#[test]
fn a_condition_counts_and_its_words_do_not() {
    let (document, _) = changed("bp-cnpg (when HA)", "cnpg (when it is highly available)");
    assert_eq!(drifts(&document), Vec::<String>::new());
    let (document, line) = changed("bp-cnpg (when HA)", "bp-cnpg");
    let text = "`bp-keycloak` depends on `cnpg` with no condition here, and under one in the graph";
    assert_eq!(drifts(&document), [format!("line {line}: {text}")]);
    let (document, line) = changed("| host | bp-knative |", "| host | bp-knative (when asked) |");
    let text = "`bp-kserve` depends on `knative` with a condition here, and without one in the graph";
    assert_eq!(drifts(&document), [format!("line {line}: {text}")]);
}

#[test]
fn rows_are_compared_both_ways() {
    let row = "| 28 | bp-reloader | 7 | host | (none) |\n";
    let document = DOCUMENT.replace(row, "");
    let end = document.lines().position(|line| line.starts_with("| 48 |")).unwrap() + 1;
    assert_eq!(drifts(&document), [format!("line {end}: `bp-reloader` has no row")]);

    let document = DOCUMENT.replace(row, &format!("{row}| 28a | bp-spire | 7 | host | — |\n{row}"));
    let found = check_table(&document, &kit(true));
    let kinds: Vec<_> = found.iter().map(|drift| drift.what).collect();
    assert_eq!(kinds, [DriftKind::MissingInGraph, DriftKind::Duplicate]);
    assert_eq!(found[0].text, "there is no `spire` in the graph");
}

#[test]
fn slots_and_layers_are_compared_where_there_are_columns() {
    let (document, line) = changed("| 47 | bp-matrix | 9: relay | mgt |", "| 49 | bp-matrix | any | host |");
    assert_eq!(
        drifts(&document),
        [
            format!("line {line}: slot of `bp-matrix` is `47`, not `49`"),
            format!("line {line}: layer of `bp-matrix` is `mgt`, not `host`")
        ]
    );
    let two = "blueprint | Depends on\n---|---\ncilium | —\ncert-manager | cilium\nkeycloak | cert-manager, cnpg (when HA)\n\
               cnpg | cert-manager\n[bp-reloader](../reloader) | -\n";
    assert_eq!(check_table(two, &small()), []);
}

#[test]
fn nothing_to_compare_with_is_a_difference() {
    let found = check_table("| Blueprint | Reason |\n|---|---|\n| bp-x | none |\n", &small());
    assert_eq!((found.len(), found[0].what), (1, DriftKind::NoTable));
    let found = check_table("| Blueprint | dependsOn |\n|---|---|\n| cilium | see below |\n", &small());
    assert!(found.iter().any(|drift| drift.what == DriftKind::Unreadable && drift.line == 3));
}
