//! What is written reads back as the same value, in every dialect.

use catalyst_yaml::{Dialect, Parsed, parse, scalar, write, write_documents, write_quoting};
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

use crate::corpus;

/// The value of a text of one document without problems.
fn read(text: &str, dialect: Dialect) -> Value {
    let Parsed { documents, problems } = parse(text);
    assert_eq!(problems, [], "{text:?}");
    assert_eq!(documents.len(), 1, "{text:?}");
    let (value, problems) = documents[0].to_value(dialect);
    assert_eq!(problems, [], "{text:?}");
    value
}

/// A value as it is after its numbers have passed through the JSON of Kubernetes or Kustomize, which knows no difference between 1 and 1.0.
fn through_json(value: Value, unsigned: bool) -> Value {
    match value {
        Value::Number(n) => {
            if n.is_i64() || (unsigned && n.is_u64()) {
                return Value::Number(n);
            }
            let float = n.as_f64().expect("all numbers are floats");
            let whole = float as i128;
            if float.fract() != 0.0 || float.abs() >= 1e21 {
                return json!(float);
            }
            match (i64::try_from(whole), format!("{float}").parse::<u64>()) {
                (Ok(value), _) => json!(value),
                (_, Ok(value)) if unsigned => json!(value),
                _ => Number::from_f64(float).map_or(Value::Null, Value::Number),
            }
        }
        Value::Array(list) => list.into_iter().map(|value| through_json(value, unsigned)).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, through_json(value, unsigned))).collect())
        }
        other => other,
    }
}

fn check(value: &Value) {
    let text = write(value);
    // Readers of YAML 1.1 disagree with those of 1.2 on integers beyond 63 bits; nothing can be done about that in the text.
    let parsed = parse(&text);
    assert_eq!(parsed.problems, [], "{text}");
    let (strict, problems) = parsed.documents[0].to_value(Dialect::Strict);
    if problems.is_empty() {
        assert_eq!(&strict, value, "{text}");
    } else {
        assert!(
            problems.iter().all(|problem| text[problem.span.range()].parse::<u64>().is_ok()),
            "{problems:?}"
        );
    }
    assert_eq!(read(&text, Dialect::Kubernetes), through_json(value.clone(), false), "{text}");
    assert_eq!(read(&text, Dialect::Kustomize), through_json(value.clone(), true), "{text}");
    assert_eq!(write(&strict_or(value, strict, problems.is_empty())), text, "writing is not a fixed point");
}

fn strict_or(value: &Value, strict: Value, good: bool) -> Value {
    if good { strict } else { value.clone() }
}

#[test]
fn every_hostile_string_in_every_place() {
    let strings = corpus::hostile_strings();
    assert!(strings.len() > 1525, "{}", strings.len());
    for string in &strings {
        for value in [
            json!(string),
            json!([string]),
            json!({ string: 1 }),
            json!({ "k": [[{ string: string }], string] }),
        ] {
            check(&value);
        }
        let inline = scalar(string);
        assert!(!inline.contains('\n'));
        if inline.len() > 1000 {
            // No key of an implicit entry may be that long.
            continue;
        }
        for text in [
            inline.clone(),
            format!("[{inline}]"),
            format!("- {inline}"),
            format!("a: {inline}"),
            format!("{{{inline}: 1}}"),
        ] {
            for dialect in [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize] {
                let value = read(&text, dialect);
                let expected = match text.as_bytes() {
                    [b'[', ..] if inline != text => json!([string]),
                    [b'{', ..] if inline != text => json!({ string: 1 }),
                    [b'-', b' ', ..] if inline != text => json!([string]),
                    [b'a', b':', b' ', ..] if inline != text => json!({ "a": string }),
                    _ => json!(string),
                };
                assert_eq!(value, expected, "{text:?}");
            }
        }
    }
}

#[test]
fn layout() {
    let value = json!({
        "apiVersion": "v1",
        "spec": {"list": [1, {"a": "b", "c": [["x"], []]}, [[], [{}]], "two\nlines\n"], "empty": {}, "nothing": null},
        "yes": "no", "float": [1.0, 1e21, 1.5e-9, -0.0, 123456789.125], "big": 18446744073709551615u64,
    });
    let expected = "apiVersion: v1\nspec:\n  list:\n    - 1\n    - a: b\n      c:\n        - - x\n        - []\n    - - []\n      - - {}\n    - |\n      two\n      lines\n  empty: {}\n  nothing: null\n\"yes\": \"no\"\nfloat:\n  - 1.0\n  - 1.0e+21\n  - 1.5e-9\n  - -0.0\n  - 123456789.125\nbig: 18446744073709551615\n";
    assert_eq!(write(&value), expected);
    assert_eq!(
        write_documents(&[json!({"a": 1}), json!([]), json!("x\ny")]),
        "a: 1\n---\n[]\n---\n|-\n  x\n  y\n"
    );
}

#[test]
fn streams() {
    let values = [json!({"a": "---\n"}), json!(null), json!("...\n"), json!([])];
    let parsed = parse(&write_documents(&values));
    let read: Vec<_> = parsed.documents.iter().map(|document| document.to_value(Dialect::Strict).0).collect();
    assert_eq!(read, values);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value(value in corpus::value()) {
        check(&value);
    }

    #[test]
    fn any_value_with_more_quotes(value in corpus::value(), letter in "[a-z]") {
        let read = |text: String| parse(&text).documents[0].to_value(Dialect::Strict).0;
        let quoted = write_quoting(&value, &|text: &str| text.contains(&letter));
        prop_assert_eq!(read(quoted), read(write(&value)));
    }

    #[test]
    fn any_mapping_of_many_keys(keys in proptest::collection::vec(corpus::string(), 17..60)) {
        let map: Map<String, Value> = keys.into_iter().enumerate().map(|(at, key)| (key, json!(at))).collect();
        let text = write(&Value::Object(map.clone()));
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.problems, &[]);
        for (key, value) in &map {
            let node = parsed.documents[0].root().get(key).expect("it was written");
            let read = node.to_value(Dialect::Strict).0;
            prop_assert_eq!(&read, value);
            let path = node.path();
            prop_assert_eq!(parsed.documents[0].find(&path).map(|found| found.span()), Some(node.span()));
        }
    }
}
