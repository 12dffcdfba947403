//! The recorded readings of unquoted scalars, three dialects side by side. The columns of Kubernetes and Kustomize come from kubectl and
//! from `kustomize build`; the strict column follows from them and YAML 1.2: `!` where the three values differ.

use catalyst_yaml::{Dialect, ProblemKind, parse};
use serde_json::{Value, json};

/// A text; what Kubernetes, Kustomize and the strict dialect read. No strict value means the scalar is refused.
fn table() -> Vec<(&'static str, Value, Value, Option<Value>)> {
    let s = |text: &str| json!(text);
    let mut table = Vec::new();
    let mut same = |texts: &[&'static str], value: Value| {
        for text in texts {
            table.push((*text, value.clone(), value.clone(), Some(value.clone())));
        }
    };
    same(&["true", "True", "TRUE"], json!(true));
    same(&["false", "False", "FALSE"], json!(false));
    same(&["~", "null", "Null", "NULL", ""], json!(null));
    same(&["0o17"], json!(15));
    same(&["00", "0"], json!(0));
    same(&["0x1F"], json!(31));
    same(&["+1"], json!(1));
    same(&["-0"], json!(0));
    same(&["08"], json!(8));
    same(&["9007199254740993"], json!(9007199254740993u64));
    same(&["9223372036854775807"], json!(9223372036854775807u64));
    same(&["-9223372036854775808"], json!(i64::MIN));
    same(&[".5"], json!(0.5));
    same(&["1.50"], json!(1.5));
    same(&["0.1"], json!(0.1));
    same(&["09.5"], json!(9.5));
    same(&["1e-7"], json!(1e-7));
    same(&["1e21"], json!(1e21));
    same(&["123456789.123456789"], json!(123456789.12345679));
    same(&["1.10"], json!(1.1));
    for text in [
        "tRue",
        "0o8",
        ".e3",
        "12:30:45",
        "1:2",
        "190:20:30.15",
        "2020-01-01T00:00:00Z",
        "=",
        "<<",
        "1.1.3",
        "^1",
        "e3",
    ] {
        same(&[text], s(text));
    }
    same(&["!!str 12"], s("12"));
    same(&["!!int \"12\""], json!(12));
    same(&["\"a\\x41\""], s("aA"));
    same(&["'it''s'"], s("it's"));
    same(&["\"\\ud83d\\ude00\""], s("😀"));

    // One number, written as Kubernetes keeps it and as YAML 1.2 does.
    for (text, whole, float) in [
        ("1e3", 1000, 1e3),
        ("1E3", 1000, 1e3),
        ("1e+3", 1000, 1e3),
        ("1.", 1, 1.0),
        ("1.0", 1, 1.0),
        ("0.0", 0, 0.0),
        ("-0.0", 0, -0.0),
    ] {
        table.push((text, json!(whole), json!(whole), Some(json!(float))));
    }
    table.push(("!!float 3", json!(3), json!(3), Some(json!(3.0))));
    table.push((
        "18446744073709551616",
        json!(18446744073709551616.0),
        json!(18446744073709551616.0),
        Some(json!(18446744073709551616.0)),
    ));
    table.push(("100000000000000000000", json!(1e20), json!(1e20), Some(json!(1e20))));
    table.push((
        "9223372036854775808",
        json!(9223372036854775808.0),
        json!(9223372036854775808u64),
        Some(json!(9223372036854775808u64)),
    ));

    // Kustomize prints the leading digits of the float and reads an integer.
    let float = 14604660760289626112f64;
    table.push(("1.4604660760289626e+19", json!(float), json!(14604660760289626000u64), Some(json!(float))));

    let mut refused = |texts: &[&'static str], kubernetes: Value, kustomize: Option<Value>| {
        for text in texts {
            table.push((*text, kubernetes.clone(), kustomize.clone().unwrap_or(json!(text)), None));
        }
    };
    refused(&["yes", "Yes", "YES", "on", "On", "ON", "y", "Y"], json!(true), None);
    refused(&["no", "No", "NO", "off", "Off", "OFF", "n", "N"], json!(false), None);
    refused(&["017"], json!(15), Some(json!(15)));
    refused(&["0777"], json!(511), Some(json!(511)));
    refused(&["-017", "-0o17"], json!(-15), Some(json!(-15)));
    refused(&["0x_1"], json!(1), Some(json!(1)));
    refused(&["0b11"], json!(3), Some(json!(3)));
    refused(&["1_000"], json!(1000), Some(json!(1000)));
    refused(&["1__0"], json!(10), Some(json!(10)));
    refused(&["1_0.5"], json!(10.5), Some(json!(10.5)));
    refused(&["1e400"], s("1e400"), None);
    refused(&["2020-01-01"], s("2020-01-01"), Some(s("2020-01-01T00:00:00Z")));
    refused(&["12345678901234567890"], json!(12345678901234567890f64), Some(json!(12345678901234567890u64)));
    refused(&["!!binary aGk="], s("hi"), Some(s("hi")));
    refused(&["!foo bar"], s("bar"), Some(s("bar")));
    table
}

#[test]
fn recorded_readings() {
    let table = table();
    assert!(table.len() >= 70, "{}", table.len());
    for (text, kubernetes, kustomize, strict) in table {
        for source in [format!("k: {text}\n"), format!("- {text}"), format!("[{text}]")] {
            if source == "[]" {
                continue;
            }
            let parsed = parse(&source);
            assert_eq!(parsed.problems, [], "{source}");
            let root = parsed.documents[0].root();
            let node = root.get("k").or(root.items().next()).expect("one value");
            for (dialect, expected) in [(Dialect::Kubernetes, &kubernetes), (Dialect::Kustomize, &kustomize)]
            {
                assert_eq!(node.to_value(dialect), (expected.clone(), vec![]), "{source} {dialect:?}");
            }
            let (value, problems) = node.to_value(Dialect::Strict);
            match &strict {
                Some(expected) => assert_eq!((&value, &*problems), (expected, &[][..]), "{source}"),
                None => {
                    assert_eq!(problems.len(), 1, "{source}");
                    assert_eq!(value, json!(node.text()), "{source}");
                    let problem = &problems[0];
                    if problem.kind == ProblemKind::AmbiguousScalar {
                        let mut mended = source.clone();
                        mended.replace_range(
                            problem.span.range(),
                            problem.replacement.as_ref().expect("a way out"),
                        );
                        let read = parse(&mended).documents[0].to_value(Dialect::Strict);
                        assert_eq!(read.1, [], "{mended}");
                        assert!(read.0.to_string().contains(&format!("\"{text}\"")), "{mended}");
                    } else {
                        assert_eq!(problem.kind, ProblemKind::UnknownTag);
                    }
                }
            }
        }
    }
}

#[test]
fn not_finite_is_refused_by_all() {
    for text in [".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN", "-.inf"] {
        for dialect in [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize] {
            let (value, problems) = parse(text).documents[0].to_value(dialect);
            assert_eq!(value, json!(text));
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].replacement, Some(format!("\"{text}\"")));
        }
    }
}

#[test]
fn keys_are_strings() {
    let check = |text: &str, dialect, kinds: &[ProblemKind]| {
        let problems = parse(text).documents[0].to_value(dialect).1;
        assert_eq!(problems.iter().map(|p| p.kind).collect::<Vec<_>>(), kinds, "{text} {dialect:?}");
    };
    use ProblemKind::{AmbiguousScalar, NonStringKey};
    for text in ["1: a", "true: a", "~: a", ": a", "1.5: a", "{1: a}"] {
        for dialect in [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize] {
            check(text, dialect, &[NonStringKey]);
        }
    }
    check("y: 1", Dialect::Strict, &[AmbiguousScalar]);
    check("y: 1", Dialect::Kubernetes, &[NonStringKey]);
    check("y: 1", Dialect::Kustomize, &[]);
    check("017: 1", Dialect::Strict, &[NonStringKey]);
    check("2020-01-01: 1", Dialect::Kubernetes, &[]);
    check("2020-01-01: 1", Dialect::Kustomize, &[NonStringKey]);
    check("\"1\": a\n'y': b\n\"~\": c", Dialect::Strict, &[]);
    check("!!str 1: a", Dialect::Strict, &[]);
    assert_eq!(parse("? [a]\n: b\n").problems[0].kind, NonStringKey);
}

#[test]
fn tags() {
    let check = |text: &str, dialect, expected: Value, problems: usize| {
        let (value, found) = parse(text).documents[0].to_value(dialect);
        assert_eq!((value, found.len()), (expected, problems), "{text} {dialect:?}");
        assert!(found.iter().all(|problem| problem.kind == ProblemKind::UnknownTag));
    };
    check("!!int abc", Dialect::Kubernetes, json!("abc"), 1);
    check("!!bool 1", Dialect::Strict, json!("1"), 1);
    check("!!map {a: 1}", Dialect::Strict, json!({"a": 1}), 0);
    check("!!seq [1]", Dialect::Strict, json!([1]), 0);
    check("!!set {a}", Dialect::Strict, json!({"a": null}), 1);
    check("!x [1]", Dialect::Kubernetes, json!([1]), 0);
    check("!<tag:yaml.org,2002:int> 3", Dialect::Strict, json!(3), 0);
    check("!!str", Dialect::Strict, json!(""), 0);
    check("!!null ''", Dialect::Strict, json!(null), 0);
}
