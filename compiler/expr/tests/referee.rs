//! The same expression has the same value in `cel`, an implementation that nobody here wrote: for a corpus, and for generated
//! expressions.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use catalyst_expr::{ProblemKind, Scope, Type, compile};
use cel::objects::Key;
use cel::{Context, Env, extensions};
use proptest::prelude::*;
use serde_json::{Value, json};

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    env.add_extension(extensions::strings).expect("declared once");
    env.add_extension(extensions::lists).expect("declared once");
    Arc::new(env)
});

/// What an implementation says about an expression. Failures are alike, whatever they are called.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    Value(Value),
    Failure,
}

fn variables() -> BTreeMap<String, Value> {
    [
        ("i".to_owned(), json!(7)),
        ("d".to_owned(), json!(2.5)),
        ("s".to_owned(), json!("Grün-Weiß")),
        ("b".to_owned(), json!(true)),
        ("n".to_owned(), json!(null)),
        ("l".to_owned(), json!([3, 1, 2])),
        ("t".to_owned(), json!(["x", "y", "x"])),
        ("m".to_owned(), json!({"a": 1, "b": {"c": "deep"}, "k-k": [1]})),
    ]
    .into()
}

fn scope() -> Scope {
    variables().into_keys().fold(Scope::default(), |scope, name| scope.with(name, Type::Dyn))
}

fn ours(text: &str) -> Result<Verdict, String> {
    match compile(text, &scope(), None) {
        Ok(expression) => Ok(match expression.evaluate(&variables()) {
            Ok(value) => Verdict::Value(whole(&value)),
            Err(_) => Verdict::Failure,
        }),
        // A definite misuse is found before evaluation here, and by evaluation there.
        Err(problems) if problems.iter().all(|problem| problem.kind == ProblemKind::Type) => {
            Ok(Verdict::Failure)
        }
        Err(problems) => Err(format!("{problems:?}")),
    }
}

fn theirs(text: &str) -> Verdict {
    let Ok(program) = ENV.compile(text) else { return Verdict::Failure };
    let mut context = Context::with_env(ENV.clone());
    for (name, value) in variables() {
        context.add_variable_from_value(name, import(&value));
    }
    match program.execute(&context).ok().and_then(|value| export(&value)) {
        Some(value) => Verdict::Value(value),
        None => Verdict::Failure,
    }
}

/// By hand, since serde would make unsigned integers of positive ones, a type that the language here does not have.
fn import(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(value) => cel::Value::Int(value),
            None => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(elements) => cel::Value::List(Arc::new(elements.iter().map(import).collect())),
        Value::Object(fields) => {
            let entries = fields.iter().map(|(key, value)| (Key::from(key.as_str()), import(value)));
            cel::Value::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
        }
    }
}

/// Whole doubles and integers are one in JSON, and an infinity is none.
fn export(value: &cel::Value) -> Option<Value> {
    Some(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(value) => json!(value),
        cel::Value::Int(value) => json!(value),
        cel::Value::UInt(value) => json!(value),
        cel::Value::Float(value) if value.is_finite() => whole(&json!(value)),
        cel::Value::String(text) => json!(text.as_str()),
        cel::Value::List(elements) => elements.iter().map(export).collect::<Option<_>>()?,
        cel::Value::Map(map) => {
            let entry = |(key, value): (&Key, &cel::Value)| match key {
                Key::String(key) => Some((key.to_string(), export(value)?)),
                _ => None,
            };
            Value::Object(map.map.iter().map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn whole(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(double) if number.is_f64() && double.fract() == 0.0 && double.abs() < 1e15 => {
                json!(double as i64)
            }
            _ => value.clone(),
        },
        Value::Array(elements) => elements.iter().map(whole).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), whole(value))).collect(),
        other => other.clone(),
    }
}

/// Every line of the corpus is legal for both, and both say the same.
#[test]
fn corpus() {
    let corpus = include_str!("corpus.txt");
    let mut differences = Vec::new();
    let mut lines = 0;
    for text in corpus.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        lines += 1;
        let (ours, theirs) = (ours(text), theirs(text));
        if ours.as_ref() != Ok(&theirs) {
            differences.push(format!("{text}\n    ours   {ours:?}\n    theirs {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{} of {lines} differ\n{}", differences.len(), differences.join("\n"));
    assert!(lines > 250, "{lines} lines are not the whole corpus");
}

/// Where the two differ, and why ours is right.
#[test]
fn known_differences() {
    for (text, expected, why) in [
        (
            "9007199254740993 > 9007199254740992.0",
            Verdict::Value(json!(true)),
            "numbers of different types compare by value, not after rounding",
        ),
        ("[1] + dyn({'a': 2})", Verdict::Failure, "a map is no list"),
    ] {
        assert_eq!(ours(text), Ok(expected), "{text}: {why}");
        assert_ne!(ours(text), Ok(theirs(text)), "{text} does not differ any more: {why}");
    }
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        (-20_i64..20).prop_map(|value| value.to_string()),
        prop::sample::select(vec![
            "9223372036854775807",
            "-9223372036854775808",
            "0x10",
            "0.5",
            "1.0",
            "-2.25",
            "1e3",
            "''",
            "'a'",
            "'äöü'",
            "'a-b'",
            "\"x\"",
            "r'\\d'",
            "true",
            "false",
            "null",
            "[]",
            "{}",
        ])
        .prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "i",
        "d",
        "s",
        "b",
        "n",
        "l",
        "t",
        "m",
        "m.a",
        "m.b.c",
        "m['k-k']",
        "m.zz",
        "m.?zz.orValue(1)",
        "l[0]",
        "has(m.b)",
        "has(m.zz)",
        ".i",
        "m.b[?'c'].orValue(s)",
    ])
    .prop_map(str::to_owned)
}

/// Expressions without regard to types: both sides must refuse the same.
fn expression(wrap: fn(String) -> String) -> impl Strategy<Value = String> {
    prop_oneof![literal(), name()].prop_map(wrap).prop_recursive(4, 24, 3, move |inner| {
        let operator = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||",
        ]);
        // Both have more on lists than the other; on strings they agree. The order of a map's keys is nobody's promise.
        let method = prop::sample::select(vec![
            "({}).size()",
            "({}).contains('a')",
            "({}).startsWith('a')",
            "({}).endsWith('b')",
            "({}).lowerAscii()",
            "({}).upperAscii()",
            "({}).trim()",
            "({}).split('-')",
            "({}).join('-')",
            "({}).substring(1)",
            "({}).replace('a', 'b')",
            "({}).matches('^a')",
            "({}).charAt(0)",
            "({}).distinct()",
            "string({}).indexOf('-')",
            "string({}).lastIndexOf('a')",
            "(({}) + []).reverse()",
            "({}).all(x, BODY)",
            "({}).exists(x, BODY)",
            "({}).exists_one(x, BODY)",
            "(({}) + []).filter(x, BODY)",
            "(({}) + []).map(x, BODY)",
            "(({}) + []).map(x, BODY, x)",
        ]);
        let function = prop::sample::select(vec!["size", "int", "double", "string", "bool"]);
        let body = prop::sample::select(vec!["x > 1", "x == 'x'", "x", "x + x", "1 / x > 0", "x in l"]);
        prop_oneof![
            3 => (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            2 => (inner.clone(), method, body)
                .prop_map(|(a, method, body)| method.replace("{}", &a).replace("BODY", body)),
            1 => (function, inner.clone()).prop_map(|(function, a)| format!("{function}({a})")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(", "))),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{'k': {a}, 'j': {b}}}")),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("({a})[{b}]")),
        ]
        .prop_map(wrap)
    })
}

/// What a sensible expression may be.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Int,
    Double,
    Text,
    Bool,
    Ints,
    Texts,
}

/// Expressions that an author would write: every operand is of the type that its operator takes.
fn sensible(wanted: Wanted, depth: u32) -> BoxedStrategy<String> {
    use Wanted::{Bool, Double, Int, Ints, Text, Texts};
    let rows: &[(&str, &[Wanted])] = match wanted {
        Int => &[
            ("($ + $)", &[Int, Int]),
            ("($ - $)", &[Int, Int]),
            ("($ * $)", &[Int, Int]),
            ("($ / $)", &[Int, Int]),
            ("($ % $)", &[Int, Int]),
            ("-($)", &[Int]),
            ("size($)", &[Text]),
            ("($).size()", &[Ints]),
            ("($).indexOf('a')", &[Text]),
            ("int($)", &[Double]),
            ("($ ? $ : $)", &[Bool, Int, Int]),
            ("($)[$]", &[Ints, Int]),
            ("m.?zz.orValue($)", &[Int]),
            ("optional.of($).orValue(1)", &[Int]),
        ],
        Double => &[
            ("($ + $)", &[Double, Double]),
            ("($ * $)", &[Double, Double]),
            ("($ / $)", &[Double, Double]),
            ("double($)", &[Int]),
            ("($ ? $ : $)", &[Bool, Double, Double]),
        ],
        Text => &[
            ("($ + $)", &[Text, Text]),
            ("string($)", &[Int]),
            ("string($)", &[Double]),
            ("string($)", &[Bool]),
            ("($).lowerAscii()", &[Text]),
            ("($).upperAscii()", &[Text]),
            ("($).trim()", &[Text]),
            ("($).replace($, $)", &[Text, Text, Text]),
            ("($).replace($, $, $)", &[Text, Text, Text, Int]),
            ("($).substring($)", &[Text, Int]),
            ("($).substring(0, $)", &[Text, Int]),
            ("($).charAt($)", &[Text, Int]),
            ("($).join($)", &[Texts, Text]),
            ("($ ? $ : $)", &[Bool, Text, Text]),
            ("{'k': $}.k", &[Text]),
            ("dyn({'k': $})[?$].orValue('none')", &[Text, Text]),
        ],
        Bool => &[
            ("($ && $)", &[Bool, Bool]),
            ("($ || $)", &[Bool, Bool]),
            ("!($)", &[Bool]),
            ("($ < $)", &[Int, Int]),
            ("($ <= $)", &[Int, Double]),
            ("($ > $)", &[Text, Text]),
            ("($ == $)", &[Int, Double]),
            ("($ == $)", &[Text, Text]),
            ("($ != $)", &[Ints, Ints]),
            ("($ in $)", &[Int, Ints]),
            ("($ in $)", &[Text, Texts]),
            ("($).contains($)", &[Text, Text]),
            ("($).startsWith($)", &[Text, Text]),
            ("($).endsWith($)", &[Text, Text]),
            ("($).matches('^[a-z]+')", &[Text]),
            ("($).all(x, x > $)", &[Ints, Int]),
            ("($).exists(x, x == $)", &[Ints, Int]),
            ("($).exists_one(x, x in $)", &[Ints, Ints]),
        ],
        Ints => &[
            ("[$, $]", &[Int, Int]),
            ("($ + $)", &[Ints, Ints]),
            ("($).map(x, x * $)", &[Ints, Int]),
            ("($).map(x, x > $, x - 1)", &[Ints, Int]),
            ("($).filter(x, x != $)", &[Ints, Int]),
            ("($).map(x, size(x))", &[Texts]),
            ("($).reverse()", &[Ints]),
            ("($).distinct()", &[Ints]),
            ("($).sort()", &[Ints]),
        ],
        Texts => &[
            ("[$, $]", &[Text, Text]),
            ("($).split($)", &[Text, Text]),
            ("($).split($, $)", &[Text, Text, Int]),
            ("($).map(x, string(x) + $)", &[Ints, Text]),
            ("($).map(x, x + $)", &[Texts, Text]),
            ("($).filter(x, $)", &[Texts, Bool]),
            ("($).sort()", &[Texts]),
        ],
    };
    let leaves: &[&str] = match wanted {
        Int => &["i", "m.a", "l[0]", "0", "1", "-3", "9223372036854775807"],
        Double => &["d", "0.5", "-1e2", "0.0"],
        Text => &["s", "m.b.c", "''", "'a'", "'-'", "'ab-c'", "'äö'"],
        Bool => &["b", "true", "false", "has(m.zz)"],
        Ints => &["l", "[]", "m['k-k']"],
        Texts => &["t", "['b', 'a']"],
    };
    let leaf = prop::sample::select(leaves).prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    let branch = prop::sample::select(rows).prop_flat_map(move |(text, operands)| {
        let operands: Vec<_> = operands.iter().map(|operand| sensible(*operand, depth - 1)).collect();
        operands.prop_map(move |operands| {
            let mut operands = operands.into_iter();
            text.split('$').flat_map(|part| [part.to_owned(), operands.next().unwrap_or_default()]).collect()
        })
    });
    prop_oneof![1 => leaf, 4 => branch].boxed()
}

/// Whether the two agree, apart from the known differences.
fn agree(text: &str) -> Result<(), TestCaseError> {
    let problem =
        compile(text, &scope(), None).ok().and_then(|expression| expression.evaluate(&variables()).err());
    let map_as_list = problem.is_some_and(|problem| problem.message == "`+` does not take a list and a map");
    let rounding = text.contains("922337203685477580") && text.contains("double(");
    if !map_as_list && !rounding {
        prop_assert_eq!(ours(text), Ok(theirs(text)), "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2000), failure_persistence: None, ..ProptestConfig::default() })]

    /// With types known, what compiles here has the same value there. What does not compile is refused for its types.
    #[test]
    fn typed(text in expression(|text| text)) {
        match compile(&text, &scope(), None) {
            Ok(_) => agree(&text)?,
            Err(problems) => {
                let expected = |kind| matches!(kind, ProblemKind::Type | ProblemKind::UndefinedVariable);
                prop_assert!(problems.iter().all(|problem| expected(problem.kind)), "{}: {:?}", text, problems);
            }
        }
    }

    #[test]
    fn sensible_ones(text in prop::sample::select(vec![Wanted::Int, Wanted::Double, Wanted::Text, Wanted::Bool, Wanted::Ints, Wanted::Texts])
        .prop_flat_map(|wanted| sensible(wanted, 3)))
    {
        prop_assert!(compile(&text, &scope(), None).is_ok(), "{}", text);
        agree(&text)?;
    }

    /// With types unknown, everything compiles, and evaluation alone decides.
    #[test]
    fn dynamic(text in expression(|text| format!("dyn({text})"))) {
        agree(&text)?;
    }
}
