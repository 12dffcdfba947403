//! YAML scalars that hold expressions: `{{ expression }}` alone keeps the type of the expression, text around it makes it text.

use std::collections::{BTreeMap, BTreeSet};

use catalyst_source::Span;
use serde_json::Value as Json;

use crate::evaluate::Evaluator;
use crate::expression::{Expression, Scope, compile};
use crate::lexer::lex;
use crate::limits;
use crate::methods::to_text;
use crate::problem::Problem;
use crate::types::Type;
use crate::value::Value;

/// A scalar with at least one expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
    ty: Type,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Expression(Expression),
}

/// Compiles a scalar; `None` when it holds no `{{`. Spans are relative to the whole scalar.
///
/// A scalar that is one expression and nothing else, not even a blank, keeps the type of the expression. In any other, every expression
/// must be a string, a number or a bool, and the whole is a string. `{{ "{{" }}` writes two braces.
pub fn template(text: &str, scope: &Scope) -> Result<Option<Template>, Vec<Problem>> {
    let mut parts = Vec::new();
    let mut problems = Vec::new();
    let mut at = 0;
    let whole = text.starts_with("{{");
    while let Some((before, _)) = text.get(at..).and_then(|rest| rest.split_once("{{")) {
        let open = at + before.len();
        let lexed = match lex(text, open + 2, true) {
            Ok(lexed) => lexed,
            Err(problem) => {
                problems.push(problem);
                return Err(problems);
            }
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let alone = whole && open == 0 && lexed.end == text.len();
        match Expression::from_tokens(&lexed.tokens, scope, None) {
            Ok(expression) => {
                problems.extend(if alone { None } else { not_text(&expression) });
                parts.push(Part::Expression(expression));
            }
            Err(found) => problems.extend(found),
        }
        at = lexed.end;
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let rest = text.get(at..).unwrap_or_default();
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    let ty = match parts.as_slice() {
        [] | [Part::Text(_)] => return Ok(None),
        [Part::Expression(expression)] => expression.ty().clone(),
        _ => Type::String,
    };
    Ok(Some(Template { parts, ty }))
}

/// Compiles a condition, written with braces or without; its value is a bool.
pub fn condition(text: &str, scope: &Scope) -> Result<Expression, Vec<Problem>> {
    let start = text.len() - text.trim_start().len();
    if !text[start..].starts_with("{{") {
        return compile(text, scope, Some(&Type::Bool));
    }
    let lexed = lex(text, start + 2, true).map_err(|problem| vec![problem])?;
    if text[lexed.end..].trim().is_empty() {
        return Expression::from_tokens(&lexed.tokens, scope, Some(&Type::Bool));
    }
    let problem = Problem::syntax(Span::new(lexed.end, text.len()), "a condition is one expression")
        .with_help("write `&&` and `||` inside the braces, or leave the braces out".to_owned());
    Err(vec![problem])
}

/// The problem of an expression that cannot stand inside text.
fn not_text(expression: &Expression) -> Option<Problem> {
    let ty = expression.ty();
    let fits = |ty: &Type| {
        matches!(ty, Type::Bool | Type::Int | Type::Double | Type::String | Type::Enum(_) | Type::Dyn)
    };
    if ty.alternatives().iter().any(fits) {
        return None;
    }
    let help = match ty {
        Type::List(_) => Some(format!(
            "join the elements: `{}.join(',')`, or leave nothing around the braces",
            expression.brief()
        )),
        _ => None,
    };
    Some(
        Problem::typing(expression.span(), format!("{} cannot stand inside text", ty.article()))
            .with_help(help),
    )
}

impl Template {
    /// Its value for the given variables. All expressions together have the cost of one.
    pub fn evaluate(&self, variables: &BTreeMap<String, Json>) -> Result<Json, Problem> {
        if let Some(expression) = self.whole() {
            return expression.evaluate(variables);
        }
        let mut evaluator = Evaluator::new(variables);
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Expression(expression) => {
                    let value = expression.value(&mut evaluator)?;
                    let part = to_text(&value).ok_or_else(|| {
                        let message = format!("{} cannot stand inside text", value.article());
                        Problem::evaluation(expression.span(), message)
                    })?;
                    if matches!(value, Value::Double(value) if !value.is_finite()) {
                        let message = format!("{} cannot be written as text", &*part);
                        return Err(Problem::evaluation(expression.span(), message));
                    }
                    evaluator.spend(part.len(), expression.span())?;
                    text.push_str(&part);
                }
            }
        }
        if text.len() + 2 > limits::RESULT {
            let span = self.expressions().next().map(Expression::span).unwrap_or_default();
            return Err(Problem::cost(span, format!("the result is larger than {} bytes", limits::RESULT)));
        }
        Ok(Json::String(text))
    }

    /// The variables and fields that its expressions read: sorted, each once.
    pub fn references(&self) -> Vec<Vec<String>> {
        let all: BTreeSet<Vec<String>> = self.expressions().flat_map(Expression::references).collect();
        all.into_iter().collect()
    }

    /// Fields that its expressions read without asking whether they are there: see [`Expression::warnings`].
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.expressions().flat_map(Expression::warnings)
    }

    /// The expression, where the scalar is one expression and nothing else.
    pub fn whole(&self) -> Option<&Expression> {
        match self.parts.as_slice() {
            [Part::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    /// Its expressions, in the order of the text.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Text(_) => None,
        })
    }

    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.ty
    }
}
