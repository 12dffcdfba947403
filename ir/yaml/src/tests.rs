use serde_json::{Value, json};

use super::*;

fn strict(text: &str) -> Value {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    let (value, problems) = parsed.documents[0].to_value(Dialect::Strict);
    assert_eq!(problems, [], "{text}");
    value
}

#[test]
fn reads_what_it_writes() {
    let value = json!({
        "a": [1, -2, 1.0, 1e21, 1e-7, true, null, "yes", "", [], {}, [[1, 2], {"x": {"y": []}}]],
        "text": "one\n\n  two\n",
        "strip": "one\ntwo",
        "hard": " lead\n", "n": "\u{85}\u{2028}\u{feff}😀", "<<": "=", "k".repeat(1500): {"a": 1},
    });
    let text = write(&value);
    assert_eq!(strict(&text), value, "{text}");
}

#[test]
fn spans() {
    let text = "a: &x [1, 'b']\nl: |  # c\n\n  one\n  two\n\n# after\nn:\ns:\n- q\n- |-\n  r\n";
    let parsed = parse(text);
    let root = parsed.documents[0].root();
    let at = |node: Node<'_>| &text[node.span().range()];
    assert_eq!(at(root.get("a").unwrap()), "[1, 'b']");
    assert_eq!(at(root.get("l").unwrap()), "|  # c\n\n  one\n  two");
    assert_eq!(root.get("n").unwrap().span().start as usize, text.find("n:").unwrap() + 2);
    assert_eq!(at(root.get("s").unwrap()), "- q\n- |-\n  r");
    let l = root.get("l").unwrap();
    assert_eq!(l.text(), Some("\none\ntwo\n"));
    let two = l.scalar_offset(5).unwrap() as usize;
    assert_eq!(&text[two..two + 3], "two");
}

#[test]
fn merge_keys_as_each_reader_applies_them() {
    let text = "b: &b {p: 2, q: 3}\nlate: {p: 1, <<: *b}\nearly:\n  <<: *b\n  p: 1\nlist: {<<: [{p: 7}, *b]}\nagain: &a\n  q: 4\n  <<: *b\nfrom: {q: 5, <<: *a}\n";
    let parsed = parse(text);
    assert!(parsed.problems.iter().all(|p| p.kind == ProblemKind::MergeKey), "{:?}", parsed.problems);
    assert_eq!(parsed.problems.len(), 5);
    let read = |dialect| parsed.documents[0].to_value(dialect).0;
    let common = json!({"b": {"p": 2, "q": 3}, "late": {"p": 1, "q": 3}, "early": {"p": 1, "q": 3}, "list": {"p": 7, "q": 3},
        "again": {"q": 4, "p": 2}, "from": {"q": 5, "p": 2}});
    assert_eq!(read(Dialect::Strict), common);
    assert_eq!(read(Dialect::Kustomize), common);
    // go-yaml v2 applies a merge key where it stands; recorded from kubectl 1.32.
    let mut kubectl = common;
    kubectl["late"]["p"] = json!(2);
    kubectl["again"]["q"] = json!(3);
    kubectl["from"]["q"] = json!(3);
    assert_eq!(read(Dialect::Kubernetes), kubectl);
}
