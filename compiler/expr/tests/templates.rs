//! Scalars that hold expressions.

use std::collections::BTreeMap;

use catalyst_expr::{Field, Problem, ProblemKind, Scope, Template, Type, template};
use serde_json::{Value, json};

fn scope() -> Scope {
    let config = Type::object([
        ("name", Field::required(Type::String)),
        ("replicas", Field::required(Type::Int)),
        ("ratio", Field::required(Type::Double)),
        ("on", Field::required(Type::Bool)),
        ("tags", Field::required(Type::list(Type::String))),
        ("free", Field::optional(Type::Dyn)),
    ]);
    Scope::default().with("config", config).with("region", Type::String)
}

fn variables() -> BTreeMap<String, Value> {
    let config =
        json!({"name": "shop", "replicas": 3, "ratio": 2, "on": true, "tags": ["a", "b"], "free": [1]});
    [("config".to_owned(), config), ("region".to_owned(), json!("fsn1"))].into()
}

fn compiled(text: &str) -> Template {
    template(text, &scope()).expect("no problems").expect("an expression")
}

fn problems(text: &str) -> Vec<Problem> {
    template(text, &scope()).expect_err("problems")
}

#[test]
fn values() {
    for (text, expected) in [
        // One expression alone keeps its type.
        ("{{ config.replicas }}", json!(3)),
        ("{{config.replicas}}", json!(3)),
        ("{{ config.tags }}", json!(["a", "b"])),
        ("{{ config.on }}", json!(true)),
        ("{{ config.ratio }}", json!(2)),
        ("{{ config.name }}", json!("shop")),
        ("{{ {'a': {'b': 1}} }}", json!({"a": {"b": 1}})),
        ("{{ {'a': {'b': 1}}}}", json!({"a": {"b": 1}})),
        ("{{ '}}' }}", json!("}}")),
        ("{{ // a comment\n config.name }}", json!("shop")),
        // Anything around it, even a blank, makes text.
        ("{{ config.replicas }} ", json!("3 ")),
        ("{{ config.replicas }}\n", json!("3\n")),
        ("{{ config.name }}-{{ region }}", json!("shop-fsn1")),
        ("https://{{ config.name }}.{{ region }}.example/é", json!("https://shop.fsn1.example/é")),
        ("{{ config.on }}/{{ config.ratio }}/{{ config.replicas }}", json!("true/2/3")),
        ("{{ config.ratio / 4.0 }}x", json!("0.5x")),
        // The escape.
        ("{{ \"{{\" }}", json!("{{")),
        ("{{ '{{' }} .Values.x {{ '}}' }}", json!("{{ .Values.x }}")),
        ("a }} b {{ region }}", json!("a }} b fsn1")),
        ("{ {{ region }} }", json!("{ fsn1 }")),
    ] {
        assert_eq!(compiled(text).evaluate(&variables()).as_ref(), Ok(&expected), "{text}");
    }
}

#[test]
fn plain_text_is_no_template() {
    for text in ["", "a", "{ a }", "}}", "{}", "{ {", "$(x) ${y}"] {
        assert_eq!(template(text, &scope()), Ok(None), "{text}");
    }
}

#[test]
fn shape() {
    let one = compiled("{{ config.replicas }}");
    assert_eq!(
        (one.ty(), one.whole().map(ToString::to_string)),
        (&Type::Int, Some("config.replicas".to_owned()))
    );
    let two = compiled("{{ config.name }}-{{ region + config.name }}");
    assert_eq!((two.ty(), two.whole()), (&Type::String, None));
    assert_eq!(two.references(), [vec!["config".to_owned(), "name".to_owned()], vec!["region".to_owned()]]);
    assert_eq!(two.expressions().count(), 2);
    let text = "x{{ region }}";
    assert_eq!(&text[compiled(text).expressions().next().unwrap().span().range()], "region");
}

/// Spans count from the beginning of the scalar, and every expression is looked at.
#[test]
fn problems_of_all_expressions() {
    let text = "é {{ cofnig.name }} and {{ config.nme }} and {{ 1 + }}";
    let found: Vec<_> = problems(text).into_iter().map(|p| (p.kind, &text[p.span.range()])).collect();
    assert_eq!(
        found,
        [
            (ProblemKind::UndefinedVariable, "cofnig"),
            (ProblemKind::UndefinedVariable, "nme"),
            (ProblemKind::Syntax, "}}"),
        ]
    );
}

#[test]
fn what_cannot_stand_inside_text() {
    let text = "tags: {{ config.tags }}";
    let [problem] = &problems(text)[..] else { panic!("one problem") };
    assert_eq!(problem.message, "a list cannot stand inside text");
    assert_eq!(
        problem.help.as_deref(),
        Some("join the elements: `config.tags.join(',')`, or leave nothing around the braces")
    );
    assert_eq!(&text[problem.span.range()], "config.tags");
    assert_eq!(problems("x{{ null }}")[0].message, "null cannot stand inside text");
    assert_eq!(problems("x{{ config }}")[0].message, "an object cannot stand inside text");

    // What is not known before evaluation is found then.
    let text = "x{{ config.free }}";
    let problem = compiled(text).evaluate(&variables()).unwrap_err();
    assert_eq!((problem.kind, &text[problem.span.range()]), (ProblemKind::Evaluation, "config.free"));
    assert_eq!(problem.message, "a list cannot stand inside text");
    assert_eq!(
        compiled("x{{ 0.0 / 0.0 }}").evaluate(&variables()).unwrap_err().message,
        "NaN cannot be written as text"
    );
}

#[test]
fn syntax() {
    let first = |text: &str| {
        let problem = problems(text).remove(0);
        (text[problem.span.range()].to_owned(), problem.message, problem.help.unwrap_or_default())
    };
    assert_eq!(first("a {{ config.name").1, "the expression has no closing `}}`");
    assert_eq!(first("a {{ config.name").0, "{{");
    assert_eq!(first("{{ config.name }").1, "the expression has no closing `}}`");
    assert_eq!(first("{{ '}} }}").1, "the string is not closed");
    assert_eq!(first("{{}}").1, "the expression is empty");
    assert_eq!(first("{{- config.name }}").1, "there are no trim markers");
    assert_eq!(first("{{ config.name -}}").2, "there are no trim markers: write `}}`");
    assert_eq!(first("{{ .Values.x }}").0, ".Values");
    assert_eq!(
        first("{{ include 'x' . }}"),
        (
            "'x'".to_owned(),
            "expected an operator or the end of the expression, found a string".to_owned(),
            "a function is called with parentheses: `include(…)`".to_owned()
        )
    );
}
