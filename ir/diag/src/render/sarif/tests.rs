use crate::render::Format;
use crate::render::fixture::{Project, path};
use crate::{Diagnostic, Place, rule};
use catalyst_source::KeyPath;
use insta::assert_snapshot;
use serde_json::Value;

fn log() -> String {
    let key = Place::key(&path("a b/ä:1.yaml"), 0, KeyPath::root().key("spec").key("versoin"));
    let project = Project::new(&[("a b/ä:1.yaml", "spec:\n  versoin: 1\n")]).node(&key, "versoin");
    let findings = [
        Diagnostic::new(&rule::UNKNOWN_FIELD, key, "unknown field `versoin`")
            .label("did you mean `version`?")
            .other(project.at("a b/ä:1.yaml", "spec"), "in this mapping")
            .other(Place::file(&path("b.yaml")), "")
            .help("rename it"),
        Diagnostic::new(&rule::UNMAPPED_CONFIG, Place::file(&path("b.yaml")), "unmapped"),
        Diagnostic::new(&rule::MERGE_KEY, Place::file(&path("b.yaml")), "merge key"),
    ];
    project.render(Format::Sarif, &findings)
}

#[test]
fn a_log() {
    let log: Value = serde_json::from_str(&log()).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"][0]).unwrap(), @r#"
    {
      "ruleId": "unknown-field",
      "ruleIndex": 1,
      "level": "error",
      "message": {
        "text": "unknown field `versoin`\ndid you mean `version`?\na b/ä:1.yaml:1:1: in this mapping\nb.yaml\nhelp: rename it"
      },
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": "a%20b/%C3%A4%3A1.yaml"
            },
            "region": {
              "startLine": 2,
              "startColumn": 3,
              "endLine": 2,
              "endColumn": 10
            }
          },
          "logicalLocations": [
            {
              "fullyQualifiedName": "spec.versoin"
            }
          ]
        }
      ],
      "relatedLocations": [
        {
          "id": 0,
          "physicalLocation": {
            "artifactLocation": {
              "uri": "a%20b/%C3%A4%3A1.yaml"
            },
            "region": {
              "startLine": 1,
              "startColumn": 1,
              "endLine": 1,
              "endColumn": 5
            }
          },
          "message": {
            "text": "in this mapping"
          }
        },
        {
          "id": 1,
          "physicalLocation": {
            "artifactLocation": {
              "uri": "b.yaml"
            },
            "region": {
              "startLine": 1
            }
          }
        }
      ],
      "partialFingerprints": {
        "catalystc/v1": "e73eea2aec9b749d"
      }
    }
    "#);
    assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["tool"]["driver"]["rules"][0]).unwrap(), @r#"
    {
      "id": "merge-key",
      "shortDescription": {
        "text": "intent is written without `<<` merge keys"
      },
      "help": {
        "text": "This rule asks that intent is written without `<<` merge keys. `catalystc explain merge-key` tells more."
      },
      "helpUri": "https://github.com/openova-io/catalystc/blob/main/docs/src/rules/merge-key.md",
      "defaultConfiguration": {
        "enabled": true,
        "level": "warning"
      }
    }
    "#);
}

#[test]
fn nothing_found_is_an_empty_list() {
    assert_snapshot!(Project::new(&[]).render(Format::Sarif, &[]), @r#"
    {
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "catalystc",
              "version": "1.2.3",
              "informationUri": "https://github.com/openova-io/catalystc",
              "rules": []
            }
          },
          "results": [],
          "columnKind": "unicodeCodePoints"
        }
      ]
    }
    "#);
}

/// What the schema of SARIF 2.1.0 asks of the properties that are written: those required, their types and the words admitted.
#[test]
fn holds_to_the_schema() {
    let log: Value = serde_json::from_str(&log()).unwrap();
    only(&log, &["$schema", "version", "runs"]);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    only(run, &["tool", "results", "columnKind"]);
    assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap()));
    let driver = &run["tool"]["driver"];
    only(driver, &["name", "version", "informationUri", "rules"]);
    assert_eq!((driver["name"].as_str(), driver["version"].as_str()), (Some("catalystc"), Some("1.2.3")));
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        only(rule, &["id", "shortDescription", "help", "helpUri", "defaultConfiguration"]);
        level(&rule["defaultConfiguration"]["level"]);
        assert!(rule["defaultConfiguration"]["enabled"].is_boolean());
        assert!(rule["help"]["text"].is_string() && rule["shortDescription"]["text"].is_string());
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let known = [
            "ruleId",
            "ruleIndex",
            "level",
            "message",
            "locations",
            "relatedLocations",
            "partialFingerprints",
        ];
        only(result, &known);
        level(&result["level"]);
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(result["partialFingerprints"].as_object().unwrap().values().all(Value::is_string));
        location(&result["locations"][0]);
        result["relatedLocations"].as_array().into_iter().flatten().for_each(location);
    }
}

fn location(location: &Value) {
    only(location, &["id", "physicalLocation", "logicalLocations", "message"]);
    let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.is_ascii() && !uri.contains([' ', ':', '#', '?', '\\']), "{uri}");
    let region = &location["physicalLocation"]["region"];
    only(region, &["startLine", "startColumn", "endLine", "endColumn"]);
    assert!(region.as_object().unwrap().values().all(|number| number.as_u64().unwrap() >= 1));
}

fn level(value: &Value) {
    assert!(["none", "note", "warning", "error"].contains(&value.as_str().unwrap()));
}

/// The schema admits no properties beyond its own, so neither does this test.
fn only(value: &Value, known: &[&str]) {
    for key in value.as_object().unwrap().keys() {
        assert!(known.contains(&key.as_str()), "{key}");
    }
}
