//! Older Blueprint shapes: each is read, and each change of shape is a warning with a machine fix.

use catalyst_diag::Severity;
use catalyst_source::TreePath;

fn lower(name: &str, text: &str) -> catalyst_lower::Lowered {
    let path = TreePath::new(&format!("platform/{name}/blueprint.yaml")).unwrap();
    catalyst_lower::lower(&path, &catalyst_yaml::parse(text))
}

#[test]
fn the_card_only_shape() {
    let text = "apiVersion: catalyst.openova.io/v1\nkind: Blueprint\nmetadata:\n  name: alloy\nspec:\n  version: 1.0.0\n  card:\n    title: Alloy\n    description: A collector\n    docs: https://example.omani.works\n";
    let lowered = lower("alloy", text);
    assert!(lowered.items[0].intent.is_some());
    assert_eq!(lowered.items[0].name, "bp-alloy");
    assert_eq!(lowered.diagnostics.len(), 3, "name, description, docs: {:#?}", lowered.diagnostics);
    assert!(lowered.diagnostics.iter().all(|it| it.severity == Severity::Warning && it.fix.is_some()));
}

#[test]
fn bare_dependencies_and_the_older_group() {
    let text = "apiVersion: catalyst.openova.io/v1alpha1\nkind: Blueprint\nmetadata:\n  name: bp-claims\n  version: 1.0.0\nspec:\n  card:\n    title: Claims\n    summary: Claims\n  depends:\n    - crossplane\n";
    let lowered = lower("claims", text);
    assert!(lowered.items[0].intent.is_some(), "{:#?}", lowered.diagnostics);
    assert_eq!(lowered.diagnostics.len(), 3, "group, version, dependency");
    assert!(lowered.diagnostics.iter().all(|it| it.fix.is_some()));
}
