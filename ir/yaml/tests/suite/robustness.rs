//! Whatever the bytes, reading ends, does not panic, and keeps within its bounds.

use std::fmt::Write as _;

use catalyst_yaml::{Dialect, Limits, Node, Parsed, ProblemKind, edit, format, parse, parse_with};
use proptest::prelude::*;
use serde_json::json;

fn kinds(parsed: &Parsed) -> Vec<ProblemKind> {
    parsed.problems.iter().map(|problem| problem.kind).collect()
}

/// Walks everything there is to walk, aliases followed; gives the number of nodes and the height.
fn walk(node: Node<'_>, text: &str) -> (usize, usize) {
    assert!(text.get(node.span().range()).is_some(), "{:?}", node.span());
    if let Some(span) = node.key_span() {
        assert!(text.get(span.range()).is_some());
    }
    if let Some(decoded) = node.text() {
        for offset in [0, 1, decoded.len() / 2, decoded.len()] {
            if let Some(at) = node.scalar_offset(offset) {
                let c = decoded.get(offset..).and_then(|rest| rest.chars().next());
                assert!(
                    c.is_none_or(|c| c == '\n' || text[at as usize..].starts_with(c)),
                    "{text:?} {offset}"
                );
            }
        }
    }
    let members: Vec<_> =
        node.items().chain(node.entries().map(|(_, value)| value)).map(|n| walk(n, text)).collect();
    let nodes = members.iter().map(|(nodes, _)| nodes).sum::<usize>();
    (nodes + 1, members.iter().map(|(_, height)| height + 1).max().unwrap_or(0))
}

fn check(text: &str) -> Parsed {
    let limits = Limits::default();
    let parsed = parse(text);
    let mut nodes = 0;
    for document in &parsed.documents {
        let (own, height) = walk(document.root(), text);
        nodes += own;
        assert!(height <= limits.depth, "{height}");
        for dialect in [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize] {
            document.to_value(dialect);
        }
    }
    assert!(nodes <= limits.nodes, "{nodes}");
    for problem in &parsed.problems {
        assert!(text.get(problem.span.range()).is_some(), "{problem:?}");
        assert!(problem.other.iter().all(|(span, _)| text.get(span.range()).is_some()), "{problem:?}");
    }
    parsed
}

#[test]
fn alias_bombs() {
    for levels in [7, 9, 40] {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..=levels {
            let alias = format!("*a{}", level - 1);
            let _ = writeln!(text, "a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", "));
        }
        let parsed = check(&text);
        assert_eq!(kinds(&parsed), [ProblemKind::Limit], "{levels}");
    }
    let mut text = "a0: &a0 {k0: x}\n".to_owned();
    for level in 1..=60 {
        let _ = writeln!(text, "a{level}: &a{level}\n  <<: [*a{0}, *a{0}]\n  l{level}: *a{0}", level - 1);
    }
    assert!(kinds(&check(&text)).contains(&ProblemKind::Limit));
    // Few nodes, but deep once the aliases are followed.
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..=300 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    assert_eq!(kinds(&check(&text)), [ProblemKind::Limit]);
}

#[test]
fn depth() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        for depth in [100, 254, 255, 256, 5000, 100_000] {
            let text = format!("{}x{}", open.repeat(depth), close.repeat(depth));
            let parsed = check(&text);
            if depth <= 255 && open != "? " {
                assert_eq!(kinds(&parsed), [], "{open} {depth}");
            } else if depth > 255 {
                assert_eq!(kinds(&parsed), [ProblemKind::Limit], "{open} {depth}");
            }
        }
    }
    let mixed = format!("{}{}x{}", "- ".repeat(200), "[".repeat(100), "]".repeat(100));
    assert_eq!(kinds(&check(&mixed)), [ProblemKind::Limit]);
    let mut block = String::new();
    for level in 0..5000 {
        let _ = writeln!(block, "{}a:", " ".repeat(level));
    }
    assert_eq!(kinds(&check(&block)), [ProblemKind::Limit]);
}

#[test]
fn sizes() {
    let keys: String = (0..300_000).map(|at| format!("k{at}: {at}\n")).collect();
    let parsed = check(&keys);
    assert_eq!(kinds(&parsed), []);
    assert_eq!(parsed.documents[0].root().get("k299999").and_then(Node::text), Some("299999"));

    let aliases = format!("a: &a {{k: v}}\nl:\n{}", "- *a\n".repeat(200_000));
    assert_eq!(kinds(&check(&aliases)), []);
    for text in [&keys, &aliases, &"- x # c\n".repeat(100_000), &format!("[{}]", "a, ".repeat(200_000))] {
        assert!(format::format(text).is_ok());
    }

    let items = "- x\n".repeat(1_100_000);
    assert_eq!(kinds(&check(&items)), [ProblemKind::Limit]);
    assert_eq!(kinds(&parse(&"x".repeat(17 << 20))), [ProblemKind::Limit]);
    let limits = Limits { bytes: 10, depth: 2, nodes: 3 };
    assert_eq!(kinds(&parse_with("[a,b,c,d]", &limits)), [ProblemKind::Limit]);
    assert_eq!(kinds(&parse_with("[[[]]]", &limits)), [ProblemKind::Limit]);
    assert_eq!(kinds(&parse_with("12345678901", &limits)), [ProblemKind::Limit]);
    assert_eq!(kinds(&parse_with("[1, 2]", &limits)), []);

    let same: String = (0..100_000).map(|at| format!("k{}: {at}\n", at % 10)).collect();
    let parsed = check(&same);
    assert!(parsed.problems.len() <= 100);
    assert_eq!(parsed.documents[0].root().len(), 10);
    check(&"a: &x [*x]\n".repeat(20_000));
    check(&"a: *nothing\n---\n".repeat(50_000));
    check(&"---\n[\n".repeat(50_000));
}

#[test]
fn texts_that_are_quadratic_for_some() {
    const MANY: usize = 200_000;
    for piece in [
        "[",
        "]",
        "{",
        "}",
        "[]",
        "{}",
        "#",
        "# c\n",
        " #",
        "a ",
        "a\n",
        "\"",
        "'",
        "''",
        "- ",
        "-\n",
        "? ",
        "?\n",
        ": ",
        ":\n",
        "a: ",
        "a:\n",
        "|\n",
        ">\n",
        "|2\n",
        "&a ",
        "*a ",
        "!t ",
        "!",
        "%",
        "%YAML 1.2\n",
        "---\n",
        "--- ",
        "...\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "\u{feff}",
        "\u{85}",
        ",",
        "[,",
        "[a,",
        "{a,",
        "{a: b,",
        "\\",
        "\"\\",
        "&a [",
        "a: |\n ",
        "\"\n",
        "a: 'b\n",
        "a: &b\n",
        "- |\n",
        "<<: ",
        "<<: *a\n",
    ] {
        check(&piece.repeat(MANY / piece.len()));
        check(&format!("a: {}", piece.repeat(MANY / piece.len())));
        check(&format!("[{}", piece.repeat(MANY / piece.len())));
    }
    check(&format!("{}: 1", "k".repeat(1 << 20)));
    check(&format!("\"{}\": 1", "k".repeat(1 << 20)));
    check(&format!("? {}\n: 1", "k".repeat(1 << 20)));
}

#[test]
fn marks_and_breaks() {
    let parsed = check("\u{feff}a: b # c\r\nd: |\r\n  e\r\n  f\r\ng: \"h\r\n  i\"\r\n");
    assert_eq!(kinds(&parsed), []);
    let root = parsed.documents[0].root();
    assert_eq!(root.get("a").map(Node::span).map(|span| (span.start, span.end)), Some((6, 7)));
    assert_eq!(root.get("d").and_then(Node::text), Some("e\nf\n"));
    assert_eq!(root.get("g").and_then(Node::text), Some("h i"));
    assert_eq!(kinds(&check("a:\t1\n")), []);
    assert_eq!(kinds(&check("a:\n\tb: 1\n")), [ProblemKind::Syntax]);
    assert_eq!(kinds(&check("a: \u{1}\n")), [ProblemKind::Syntax]);
    assert_eq!(kinds(&check("a: \0b\n")), [ProblemKind::Syntax]);
    assert_eq!(kinds(&check("a: 'b\n")), [ProblemKind::Syntax]);
    assert_eq!(kinds(&check("a: \"b\n")), [ProblemKind::Syntax]);
    assert_eq!(kinds(&check("a: *b\nc: &d [*d]\n")), [ProblemKind::UndefinedAlias; 2]);
    assert_eq!(kinds(&check("&a \né: *a\n")), [ProblemKind::UndefinedAlias]);
    assert_eq!(check("").documents.len(), 0);
    assert_eq!(check("\u{feff}").documents.len(), 0);
    assert_eq!(check("# only\n").documents.len(), 0);
    assert_eq!(check("---\n---\n").documents.len(), 2);
}

/// What libyaml, and so PyYAML and Kubernetes, reads.
#[test]
fn blocks_at_the_end_of_a_file_have_no_line_break_that_is_not_there() {
    let cases = [
        ("|\n  a", "a"),
        ("|+\n  a", "a"),
        ("|\n  a\n", "a\n"),
        ("|\n  a\n  ", "a\n"),
        ("|\n  a\n   ", "a\n "),
        ("|+\n  a\n   ", "a\n "),
        ("|+\n  a\n  ", "a\n"),
        ("|-\n  a\n   ", "a\n "),
        (">\n  a", "a"),
        (">\n  a\n   b", "a\n b"),
        ("|\n  a\r\n  b", "a\nb"),
        ("|", ""),
        ("|+", ""),
        ("|\n  ", ""),
        (">\n  a\n   ", "a\n "),
        ("|\n  a\n\n  ", "a\n"),
        ("|+\n  a\n\n  ", "a\n\n"),
        ("|\n\n  a", "\na"),
    ];
    for (text, expected) in cases {
        for text in [
            text.to_owned(),
            format!("k: {text}"),
            format!("- - {}", text.replace("\n", "\n   ").replace("  \n", "\n")),
        ] {
            let parsed = check(&text);
            let mut node = parsed.documents[0].root();
            while let Some(inner) = node.items().next().or(node.get("k")) {
                node = inner;
            }
            assert_eq!(node.text(), Some(expected), "{text:?}");
            if let Ok(formatted) = format::format(&text) {
                assert_eq!(format::format(&formatted), Ok(formatted.clone()), "{text:?}");
            } else {
                panic!("{text:?} cannot be formatted");
            }
        }
    }
}

#[test]
fn documents_after_a_broken_one() {
    let parsed = check("a: 1\n---\nb: [1\n---\nc: 2\n---\nd: 'x\n---\ne: 3\n");
    assert_eq!(kinds(&parsed), [ProblemKind::Syntax; 2]);
    let keys: Vec<_> = parsed.documents.iter().flat_map(|d| d.root().entries().map(|(key, _)| key)).collect();
    assert_eq!(keys, ["a", "c", "e"]);
}

#[test]
fn duplicate_keys_show_both_places() {
    let text = "a: 1\nb: 2\n\"a\": 3\n";
    let parsed = check(text);
    assert_eq!(kinds(&parsed), [ProblemKind::DuplicateKey]);
    let problem = &parsed.problems[0];
    assert_eq!(&text[problem.span.range()], "\"a\"");
    assert_eq!(problem.other.as_ref().map(|(span, _)| span.range()), Some(0..1));
    assert_eq!(parsed.documents[0].root().get("a").and_then(Node::text), Some("1"));
    assert_eq!(parsed.documents[0].root().len(), 2);
}

#[test]
fn of_duplicate_keys_kubectl_takes_the_last() {
    let read = |text: &str| parse(text).documents[0].to_value(Dialect::Kubernetes).0;
    assert_eq!(read("a: {x: 1}\nb: 2\na: {y: 3}\na: {z: 4}\n"), json!({"a": {"z": 4}, "b": 2}));
    // A merge overwrites what stands before it, and nothing that stands behind.
    assert_eq!(read("m: &m {a: 0}\nn: {a: 1, <<: *m, a: 2}\n")["n"], json!({"a": 2}));
    assert_eq!(read("m: &m {a: 0}\nn: {a: 1, a: 2, <<: *m}\n")["n"], json!({"a": 0}));
    let many: String = (0..40).map(|at| format!("k{}: {at}\n", at % 20)).collect();
    assert_eq!(read(&many)["k7"], json!(27));
}

#[test]
fn a_merge_key_may_say_that_it_is_one() {
    let read = |text: &str| parse(text).documents[0].to_value(Dialect::Kubernetes).0;
    assert_eq!(read("m: &m {a: 0}\nn:\n  !!merge <<: *m\n  b: 1\n")["n"], json!({"a": 0, "b": 1}));
    assert_eq!(read("m: &m {a: 0}\nn:\n  !!str <<: *m\n")["n"], json!({"<<": {"a": 0}}));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        check(&text);
        let _ = format::format(&text);
    }

    #[test]
    fn any_yaml_like(text in "([ \\n]|  |- |a|: |:\\n|\"|'|\\[|\\]|\\{|\\}|, |&a |\\*a|!!str |!x |#|\\||>|\\?|%|---\\n|<<: |\\\\|\\r|\\t|0|é|é|Ж: |\u{10000}|# é\n|- é\n|\u{feff}|\u{85}|\\.\\.\\.\\n){0,40}") {
        let parsed = check(&text);
        if let Ok(formatted) = format::format(&text) {
            prop_assert_eq!(format::format(&formatted), Ok(formatted));
        }
        if let Some(document) = parsed.documents.first() {
            let path = document.root().entries().next().map_or_else(Default::default, |(_, node)| node.path());
            for change in [edit::Change::Remove, edit::Change::SetValue("x\ny\n".into()), edit::Change::RenameKey("k".into()),
                edit::Change::Insert { key: "new".into(), value: serde_json::json!({"a": [1]}) }]
            {
                let _ = edit::apply(&text, &[(0, path.clone(), change)]);
            }
        }
    }
}
