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
fn a_block_behind_a_byte_order_mark_has_its_header() {
    let parsed = parse("\u{feff}|\n  a\n");
    assert_eq!(parsed.documents[0].root().span(), catalyst_source::Span { start: 3, end: 8 });
}

#[test]
fn is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Parsed>();
    shared::<Node<'_>>();
}

#[test]
fn paths() {
    let text = "a:\n  - b: 1\n    c.d: [x, y]\n  - &z {k: v}\n  - *z\n";
    let parsed = parse(text);
    let document = &parsed.documents[0];
    let path = |text| catalyst_source::KeyPath::parse(text).unwrap();
    let found = document.find(&path("a[0][\"c.d\"][1]")).unwrap();
    assert_eq!((found.text(), found.path()), (Some("y"), path("a[0][\"c.d\"][1]")));
    assert_eq!(document.nearest(&path("a[1].q.r")).path(), path("a[1]"));
    assert_eq!(document.nearest(&path("x")).path(), path(""));
    assert!(document.find(&path("a[3]")).is_none());
    let alias = document.find(&path("a[2]")).unwrap();
    assert!(alias.is_alias());
    assert_eq!((&text[alias.span().range()], alias.path()), ("*z", path("a[2]")));
    // Below an alias stands the anchored value.
    assert_eq!(alias.get("k").unwrap().path(), path("a[1].k"));
}

#[test]
fn bytes_of_decoded_text() {
    let text = "plain: a ${b}\nsingle: 'it''s ${b}'\ndouble: \"x${b}\\n${c}\"\nblock: |\n    é ${b}\n\n      ${c}\nfolded: >\n  a\n";
    let parsed = parse(text);
    let root = parsed.documents[0].root();
    let at = |key: &str, name: &str| {
        let node = root.get(key).unwrap();
        let offset = node.text().unwrap().find(name).unwrap();
        node.scalar_offset(offset).map(|at| text[at as usize..].chars().take(4).collect::<String>())
    };
    assert_eq!(at("plain", "${b}").as_deref(), Some("${b}"));
    assert_eq!(at("single", "it").as_deref(), Some("it''"));
    assert_eq!(at("single", "${b}"), None);
    assert_eq!(at("double", "${b}").as_deref(), Some("${b}"));
    assert_eq!(at("double", "${c}"), None);
    assert_eq!(at("block", "${b}").as_deref(), Some("${b}"));
    assert_eq!(at("block", "${c}").as_deref(), Some("${c}"));
    assert_eq!(at("folded", "a"), None);
    assert_eq!(root.get("plain").unwrap().scalar_offset(99), None);
}

#[test]
fn comments_of_a_document() {
    let text = "# one\na: 1 # two\n---\n# three\nb: '# no'\n";
    let parsed = parse(text);
    let comments = |at: usize| -> Vec<&str> {
        parsed.documents[at].comments().into_iter().map(|span| &text[span.range()]).collect()
    };
    assert_eq!((comments(0), comments(1)), (vec!["# one", "# two"], vec!["# three"]));
}

#[test]
fn messages() {
    let first = |text: &str| {
        let problem = parse(text).problems.into_iter().next().unwrap();
        format!("{:?} {}: {}", &text[problem.span.range()], problem.message, problem.help.unwrap_or_default())
    };
    assert_eq!(
        first("a: b: c\n"),
        "\":\" a key is not allowed here: text with `: ` in it needs quotes; otherwise the line is indented wrongly"
    );
    assert_eq!(first("a:\n\tb: 1\n"), "\"\\t\" a tab is not allowed here: indent with spaces");
    assert_eq!(first("a: 'b"), "\"'\" a quote is not closed: add the closing quote");
    let other = |text: &str| parse(text).problems[0].other.as_ref().map(|(span, _)| span.range());
    assert_eq!(other("a: 'b\nc: d\n"), Some(3..4));
    assert_eq!(other("a: [b, c: d\ne: 1]\n"), Some(3..4));
    assert_eq!(
        first("a: [b, {c: d]\ne: 1\n"),
        "\"{\" this bracket is closed by one of another kind: close the inner bracket before the outer one"
    );
    assert_eq!(first("a: [b, {c: d}\n"), "\"[\" a `[` is not closed: add the `]`");
    assert_eq!(first("a: @b\n"), "\"@\" no text may start with this character: put the text in quotes");
    assert_eq!(
        first("a: 1\n  b: 2\n"),
        "\":\" a key is not allowed here: text with `: ` in it needs quotes; otherwise the line is indented wrongly"
    );
    assert_eq!(
        parse("a: yes").documents[0].to_value(Dialect::Strict).1[0].help.as_deref(),
        Some(
            "kubectl reads true, Kustomize reads a string, YAML 1.2 reads a string; put it in quotes if it is text"
        )
    );
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
fn two_merge_keys_are_both_applied() {
    // Recorded from kubectl 1.32: the later one overwrites what the earlier one brought, and what stands before it.
    let parsed = parse("d:\n  a: own\n  <<: {x: one, w: one, a: one}\n  <<: {x: two, z: two}\n  z: own\n");
    assert!(parsed.problems.iter().any(|p| p.kind == ProblemKind::DuplicateKey));
    let read = parsed.documents[0].to_value(Dialect::Kubernetes).0;
    assert_eq!(read, json!({"d": {"a": "one", "x": "two", "w": "one", "z": "own"}}));
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
