use crate::render::Format;
use crate::render::fixture::{Project, path};
use crate::{Diagnostic, Place, rule};
use insta::assert_snapshot;
use serde_json::Value;
use std::collections::BTreeSet;

fn report() -> Value {
    let project = Project::new(&[("a.yaml", "x: 1\nspec: |\n  a\n  b\n")]);
    let findings = [
        Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("a.yaml", "|\n  a\n  b\n"), "unknown\nfield"),
        Diagnostic::new(&rule::MERGE_KEY, project.at("a.yaml", "x"), "merge"),
        Diagnostic::new(&rule::MERGE_KEY, project.at("a.yaml", "1"), "merge"),
        Diagnostic::new(&rule::WIDENED_SLOT, Place::file(&path("b.yaml")), "wide"),
    ];
    serde_json::from_str(&project.render(Format::Gitlab, &findings)).unwrap()
}

#[test]
fn the_form_of_an_issue() {
    assert_snapshot!(serde_json::to_string_pretty(&report()[0]).unwrap(), @r#"
    {
      "description": "unknown field",
      "check_name": "unknown-field",
      "fingerprint": "04ecc9f81c524afc",
      "severity": "major",
      "location": {
        "path": "a.yaml",
        "lines": {
          "begin": 2,
          "end": 4
        }
      }
    }
    "#);
    assert_eq!(Project::new(&[]).render(Format::Gitlab, &[]), "[]\n");
}

/// The properties that GitLab's documentation of the report calls required, and the values it admits.
#[test]
fn holds_to_the_documented_schema() {
    let report = report();
    let mut fingerprints = BTreeSet::new();
    for issue in report.as_array().unwrap() {
        assert!(!issue["description"].as_str().unwrap().contains('\n'));
        assert!(!issue["check_name"].as_str().unwrap().is_empty());
        assert!(
            ["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap())
        );
        assert!(!issue["location"]["path"].as_str().unwrap().starts_with("./"));
        let lines = &issue["location"]["lines"];
        assert!(1 <= lines["begin"].as_u64().unwrap() && lines["begin"].as_u64() <= lines["end"].as_u64());
        assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap()), "fingerprints are unique");
    }
    assert_eq!(fingerprints.len(), 4);
}
