//! What the compiler finds before anything is evaluated: the exact text it underlines, what it says, and what it advises.

mod absence;
mod names;
mod operators;
mod places;
mod syntax;

use catalyst_expr::{Field, Problem, ProblemKind, Scope, Type, compile};
use serde_json::json;

fn scope() -> Scope {
    let config = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "replicas": {"type": "integer", "default": 1},
            "ratio": {"type": "number", "default": 0.5},
            "ha": {"type": "boolean", "default": false},
            "tags": {"type": "array", "items": {"type": "string"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "postgres": {"type": "object", "properties": {
                "mode": {"type": "string", "enum": ["embedded", "external"], "default": "embedded"},
                "size": {"type": "string"},
            }},
            "cert-manager": {"type": "object", "properties": {"issuer": {"type": "string"}}},
            "port": {"x-kubernetes-int-or-string": true},
            "free": {},
        },
    });
    Scope::default()
        .with("config", Type::from_schema(&config))
        .with("region", Type::String)
        .with("application", Type::object([("name", Field::required(Type::String))]))
}

/// One line for each finding: kind, underlined text, message and help.
fn findings(text: &str) -> Vec<String> {
    show(text, compile(text, &scope(), None).err())
}

fn show(text: &str, problems: Option<Vec<Problem>>) -> Vec<String> {
    let one = |problem: Problem| {
        let kind = match problem.kind {
            ProblemKind::Syntax => "syntax",
            ProblemKind::Type => "type",
            ProblemKind::UndefinedVariable => "undefined",
            ProblemKind::Cost => "cost",
            ProblemKind::Evaluation => "evaluation",
        };
        let help = problem.help.map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{kind} <{}> {}{help}", &text[problem.span.range()], problem.message)
    };
    problems.unwrap_or_default().into_iter().map(one).collect()
}

#[track_caller]
fn finds(rows: &[(&str, &[&str])]) {
    for (text, expected) in rows {
        assert_eq!(findings(text), *expected, "{text}");
    }
}
