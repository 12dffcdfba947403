//! Expressions: parsing, typing and evaluation, alone and inside of templates.
#![no_main]

use catalyst_expr::{
    Expression, Field, Problem, ProblemKind, Scope, Type, compile, condition, limits, template,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
    let config = Type::object([
        ("name", Field::required(Type::String)),
        ("replicas", Field::required(Type::Int)),
        ("ratio", Field::optional(Type::Double)),
        ("on", Field::required(Type::Bool)),
        ("mode", Field::required(Type::Enum(vec!["a".to_owned(), "b".to_owned()]))),
        ("tags", Field::required(Type::list(Type::String))),
        ("labels", Field::optional(Type::map(Type::String))),
        ("either", Field::required(Type::Union(vec![Type::Int, Type::String, Type::list(Type::Dyn)]))),
    ]);
    Scope::default().with("config", config).with("x", Type::Dyn).with("region", Type::String)
});

/// Values of the right types.
static RIGHT: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let config = json!({
        "name": "näme", "replicas": 3, "ratio": 1.5, "on": true, "mode": "a", "tags": ["t", "", "u"],
        "labels": {"k": "v"}, "either": [1, "x", null],
    });
    row(config, json!([1, "a", null, {"b": [2.5]}]), json!("nbg"))
});

/// Values of other types: whoever calls has checked nothing.
static WRONG: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| row(json!(["not an object"]), json!({"a": u64::MAX}), json!(-1)));

fn row(config: Value, x: Value, region: Value) -> BTreeMap<String, Value> {
    [("config", config), ("x", x), ("region", region)].map(|(name, value)| (name.to_owned(), value)).into()
}

fuzz_target!(|data: &[u8]| {
    let text = &*catalyst_fuzz::text(data);
    match compile(text, &SCOPE, None) {
        Ok(expression) => compiled(text, &expression),
        Err(problems) => on_text(text, &problems),
    }
    match condition(text, &SCOPE) {
        Ok(expression) => match expression.evaluate(&RIGHT) {
            Ok(value) => assert!(value.is_boolean(), "{text:?} gives {value}"),
            Err(problem) => on_text(text, &[problem]),
        },
        Err(problems) => on_text(text, &problems),
    }
    for text in [text, &format!("a{{{{ {text} }}}}b")] {
        match template(text, &SCOPE) {
            Ok(Some(template)) => {
                template.expressions().for_each(|it| compiled(text, it));
                template.references();
                for variables in [&*RIGHT, &*WRONG] {
                    let value = template.evaluate(variables);
                    assert_eq!(value, template.evaluate(variables));
                    if let Err(problem) = value {
                        on_text(text, &[problem]);
                    }
                }
            }
            Ok(None) => assert!(!text.contains("{{"), "{text:?}"),
            Err(problems) => on_text(text, &problems),
        }
    }
});

/// What compiles can be printed, read again, and evaluated any number of times with one result of the type it has.
fn compiled(text: &str, expression: &Expression) {
    expression.references();
    on_text(text, expression.warnings());
    for variables in [&*RIGHT, &*WRONG] {
        let value = expression.evaluate(variables);
        assert_eq!(value, expression.evaluate(variables), "{text:?}");
        match value {
            Ok(value) => assert!(value.to_string().len() <= limits::RESULT, "{text:?}"),
            Err(problem) => on_text(text, &[problem]),
        }
    }
    let canonical = expression.to_string();
    if canonical.len() > limits::TEXT {
        return;
    }
    let again = match compile(&canonical, &SCOPE, None) {
        Ok(again) => again,
        Err(problems) => panic!("{text:?} prints as {canonical:?}: {problems:?}"),
    };
    assert_eq!(again.to_string(), canonical, "{text:?}");
    assert_eq!(again.ty(), expression.ty(), "{text:?}");
    // Positions differ between the two texts, values do not.
    let value = |it: &Expression| it.evaluate(&RIGHT).map_err(|problem| problem.kind);
    assert_eq!(value(&again), value(expression), "{text:?}");
    // An expression gives what its type says, or the types promise too much.
    if let (Ok(typed), Ok(plain)) =
        (compile(&canonical, &SCOPE, Some(expression.ty())), expression.evaluate(&RIGHT))
    {
        assert_eq!(typed.evaluate(&RIGHT), Ok(plain), "{text:?} is said to be {}", expression.ty());
    }
    // Types leave evaluation nothing to say about syntax.
    if let Err(problem) = expression.evaluate(&RIGHT) {
        assert!(problem.kind != ProblemKind::Syntax, "{text:?}: {problem:?}");
    }
}

fn on_text(text: &str, problems: &[Problem]) {
    for problem in problems {
        assert!(text.get(problem.span.range()).is_some(), "{problem:?} of {text:?}");
        assert!(!problem.message.is_empty(), "{problem:?}");
    }
}
