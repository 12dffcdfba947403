use crate::render::Format;
use crate::render::fixture::{Project, path};
use crate::{Diagnostic, Edit, EditAction, Place, rule};
use catalyst_source::KeyPath;
use insta::assert_snapshot;
use serde_json::{Value, json};

fn project() -> (Project, Place) {
    let key = Place::key(&path("a.yaml"), 0, KeyPath::root().key("spec").key("versoin"));
    (Project::new(&[("a.yaml", "kind: X\nspec:\n  versoin: 1\n")]).node(&key, "versoin"), key)
}

#[test]
fn the_schema_of_version_1() {
    let (project, key) = project();
    let found = Diagnostic::new(&rule::UNKNOWN_FIELD, key.clone(), "unknown field")
        .label("did you mean `version`?")
        .other(Place::file(&path("b.yaml")), "compare")
        .note("a note")
        .help("a help")
        .fix("rename it", key, EditAction::RenameKey("version".into()));
    assert_snapshot!(project.render(Format::Json, &[found]), @r#"
    {
      "version": 1,
      "diagnostics": [
        {
          "rule": "unknown-field",
          "severity": "error",
          "message": "unknown field",
          "file": "a.yaml",
          "line": 3,
          "column": 3,
          "end_line": 3,
          "end_column": 10,
          "labels": [
            {
              "primary": true,
              "file": "a.yaml",
              "line": 3,
              "column": 3,
              "end_line": 3,
              "end_column": 10,
              "document": 0,
              "path": "spec.versoin",
              "part": "key",
              "text": "did you mean `version`?"
            },
            {
              "primary": false,
              "file": "b.yaml",
              "line": null,
              "column": null,
              "end_line": null,
              "end_column": null,
              "document": null,
              "path": null,
              "part": null,
              "text": "compare"
            }
          ],
          "notes": [
            "a note"
          ],
          "help": [
            "a help"
          ],
          "fix": {
            "title": "rename it",
            "edits": [
              {
                "file": "a.yaml",
                "line": 3,
                "column": 3,
                "end_line": 3,
                "end_column": 10,
                "document": 0,
                "path": "spec.versoin",
                "part": "key",
                "action": "rename-key",
                "key": "version"
              }
            ]
          }
        }
      ],
      "summary": {
        "errors": 1,
        "warnings": 0,
        "notes": 0
      }
    }
    "#);
}

#[test]
fn nothing_found_is_still_a_report() {
    assert_snapshot!(project().0.render(Format::Json, &[]), @r#"
    {
      "version": 1,
      "diagnostics": [],
      "summary": {
        "errors": 0,
        "warnings": 0,
        "notes": 0
      }
    }
    "#);
    assert_eq!(project().0.render(Format::Jsonl, &[]), "");
}

#[test]
fn each_line_of_jsonl_stands_alone() {
    let (project, key) = project();
    let one = Diagnostic::new(&rule::UNKNOWN_FIELD, key, "two\nlines");
    let two = Diagnostic::new(&rule::MERGE_KEY, Place::file(&path("b.yaml")), "other");
    let text = project.render(Format::Jsonl, &[one, two]);
    assert_eq!(text.lines().count(), 2);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["version"], 1);
    }
    assert_snapshot!(text.lines().last().unwrap(), @r#"{"version":1,"rule":"merge-key","severity":"warning","message":"other","file":"b.yaml","line":null,"column":null,"end_line":null,"end_column":null,"labels":[{"primary":true,"file":"b.yaml","line":null,"column":null,"end_line":null,"end_column":null,"document":null,"path":null,"part":null,"text":""}],"notes":[],"help":[],"fix":null}"#);
}

#[test]
fn every_edit_has_a_form() {
    let (project, _) = project();
    let place = Place::value(&path("a.yaml"), 1, KeyPath::root());
    let edits: Vec<Edit> = [
        EditAction::SetValue(json!({"a": [1]})),
        EditAction::RenameKey("k".into()),
        EditAction::Remove,
        EditAction::Insert { key: "k".into(), value: Value::Null },
        EditAction::MoveFile("c.yaml".into()),
    ]
    .map(|action| Edit { place: place.clone(), action })
    .into();
    let found = Diagnostic::new(&rule::LEGACY_SHAPE, place, "old").fix_all("do it", edits);
    let report: Value = serde_json::from_str(&project.render(Format::Json, &[found])).unwrap();
    let edits = report["diagnostics"][0]["fix"]["edits"].as_array().unwrap();
    let actions: Vec<Value> = edits
        .iter()
        .map(|edit| {
            let mut edit = edit.as_object().unwrap().clone();
            for position in ["file", "line", "column", "end_line", "end_column", "document", "path", "part"] {
                assert!(edit.remove(position).is_some(), "{position}");
            }
            edit.into()
        })
        .collect();
    assert_eq!(
        json!(actions),
        json!([
            {"action": "set-value", "value": {"a": [1]}},
            {"action": "rename-key", "key": "k"},
            {"action": "remove"},
            {"action": "insert", "key": "k", "value": null},
            {"action": "move-file", "to": "c.yaml"},
        ])
    );
}

#[test]
fn hidden_characters_are_escaped_and_not_lost() {
    let (project, _) = project();
    let message = "a\u{1b}[1m\u{202e}\u{9b}\u{7f}\u{e0041}\t\"z";
    let found = Diagnostic::new(&rule::UNKNOWN_FIELD, Place::file(&path("a.yaml")), message);
    let text = project.render(Format::Json, std::slice::from_ref(&found));
    assert!(text.contains(r#""a\u001b[1m\u202e\u009b\u007f\udb40\udc41\t\"z""#), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["diagnostics"][0]["message"], message);
}
