//! No text makes anything panic, every span lies on the text, and what compiles reads back from its canonical text.

use std::collections::BTreeMap;

use catalyst_expr::{Expression, Field, Problem, Scope, Type, compile, condition, template};
use proptest::prelude::*;
use serde_json::{Value, json};

fn scope() -> Scope {
    let config = Type::object([
        ("name", Field::required(Type::String)),
        ("replicas", Field::required(Type::Int)),
        ("ratio", Field::optional(Type::Double)),
        ("mode", Field::required(Type::Enum(vec!["a".to_owned(), "b".to_owned()]))),
        ("tags", Field::required(Type::list(Type::String))),
        ("either", Field::required(Type::Union(vec![Type::Int, Type::String, Type::list(Type::Dyn)]))),
    ]);
    Scope::default().with("config", config).with("x", Type::Dyn).with("region", Type::String)
}

/// Right, wrong, and missing.
fn variables() -> Vec<BTreeMap<String, Value>> {
    let config = json!({"name": "n", "replicas": 3, "ratio": 1, "mode": "a", "tags": ["t"], "either": [1]});
    vec![
        [("config", config), ("x", json!([1, "a", null])), ("region", json!("r"))],
        [("config", json!([])), ("x", json!({"a": 1.5})), ("region", json!(u64::MAX))],
    ]
    .into_iter()
    .map(|row| row.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    .chain([BTreeMap::new()])
    .collect()
}

fn spans_lie_on(text: &str, problems: &[Problem]) -> Result<(), TestCaseError> {
    for problem in problems {
        prop_assert!(text.get(problem.span.range()).is_some(), "{:?} of {:?}", problem, text);
        prop_assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{:?}", problem);
    }
    Ok(())
}

fn exercise(text: &str, expression: &Expression) -> Result<(), TestCaseError> {
    expression.references();
    for variables in variables() {
        if let Err(problem) = expression.evaluate(&variables) {
            spans_lie_on(text, &[problem])?;
        }
    }
    let canonical = expression.to_string();
    // Canonical text can be longer, and so beyond the limit of a text.
    if canonical.len() <= catalyst_expr::limits::TEXT {
        let again = compile(&canonical, &scope(), None).map(|again| again.to_string());
        prop_assert_eq!(again.as_ref(), Ok(&canonical), "{:?}", text);
    }
    Ok(())
}

fn anything(text: &str) -> Result<(), TestCaseError> {
    match compile(text, &scope(), None) {
        Ok(expression) => exercise(text, &expression)?,
        Err(problems) => spans_lie_on(text, &problems)?,
    }
    match condition(text, &scope()) {
        Ok(expression) => exercise(text, &expression)?,
        Err(problems) => spans_lie_on(text, &problems)?,
    }
    match template(text, &scope()) {
        Ok(Some(template)) => {
            for expression in template.expressions() {
                exercise(text, expression)?;
            }
            template.references();
            for variables in variables() {
                if let Err(problem) = template.evaluate(&variables) {
                    spans_lie_on(text, &[problem])?;
                }
            }
        }
        Ok(None) => prop_assert!(!text.contains("{{"), "{:?}", text),
        Err(problems) => spans_lie_on(text, &problems)?,
    }
    Ok(())
}

/// Pieces of the language in any order: far more of it is legal than of random text.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "config",
        "region",
        "x",
        "name",
        "replicas",
        "ratio",
        "mode",
        "tags",
        "either",
        "nothing",
        "é",
        "optional",
        "of",
        ".",
        ".?",
        "[",
        "]",
        "[?",
        "(",
        ")",
        "{",
        "}",
        "{{",
        "}}",
        ",",
        ":",
        "?",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "&&",
        "||",
        "true",
        "false",
        "null",
        "1",
        "-1",
        "0",
        "1.5",
        "1e9",
        "3u",
        "0x1",
        "9223372036854775807",
        "'a'",
        "\"b\"",
        "'",
        "\"",
        "'''",
        "r'",
        "b'",
        "\\",
        "`",
        "`a-b`",
        "// c\n",
        " ",
        "\n",
        "has(",
        "has(config.name)",
        "size(",
        ".size()",
        ".map(x, ",
        ".filter(x, x)",
        ".all(y, y == 1)",
        ".orValue(1)",
        ".matches('(')",
        ".join(',')",
        ".split(',')",
        "int(",
        "string(",
        "config.tags",
        "config.?ratio",
        "'a': ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2000), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn random_text(text in any::<String>()) {
        anything(&text)?;
        anything(&format!("{{{{{text}}}}}"))?;
    }

    #[test]
    fn random_pieces(text in soup()) {
        anything(&text)?;
        anything(&format!("a {{{{ {text} }}}} b"))?;
    }

    #[test]
    fn random_schemas(schema in schema(), text in soup()) {
        let scope = Scope::default().with("config", Type::from_schema(&schema)).with("x", Type::Dyn);
        let expect = Type::from_schema(&schema);
        if let Err(problems) = compile(&text, &scope, Some(&expect)) {
            spans_lie_on(&text, &problems)?;
        }
        prop_assert!(expect.fits(&expect), "{}", expect);
    }
}

/// Schemas, and JSON that is none.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "string", "integer", "number", "boolean", "null", "array", "object", "other"
        ])
        .prop_map(|name| json!({"type": name})),
        Just(json!({"enum": ["a", "b", 1, null]})),
        Just(json!({"enum": []})),
        Just(json!({"const": 1.5})),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({"type": ["string", "null"], "default": "x"})),
        Just(json!({"x-kubernetes-int-or-string": true})),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({
                "type": "object", "required": ["name", 1], "properties": {"name": a, "tags": b},
            })),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items, "nullable": true})),
            inner.clone().prop_map(|values| json!({"type": "object", "additionalProperties": values})),
            prop::collection::vec(inner, 0..3).prop_map(|choices| json!({"oneOf": choices})),
        ]
    })
}
