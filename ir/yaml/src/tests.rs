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
