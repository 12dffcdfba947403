//! Operators: what they take, and comparisons that cannot be meant.

use catalyst_diag::suggest::nearest;
use catalyst_source::Span;

use super::Checker;
use crate::ast::{Kind, Node, Operator};
use crate::print::brief;
use crate::problem::Problem;
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: (&Node, &Type),
        right: (&Node, &Type),
        span: Span,
    ) -> Type {
        match operator {
            Operator::Equal | Operator::NotEqual => {
                if self.compares_unlisted(left, right.0) || self.compares_unlisted(right, left.0) {
                } else if !left.1.comparable(right.1) {
                    let verdict = if operator == Operator::Equal { "never" } else { "always" };
                    let message = format!("this is {verdict} true: {} is not {}", left.1, right.1);
                    let help = match (left, right) {
                        ((field, _), (_, Type::Null)) if matches!(field.kind, Kind::Select { .. }) => {
                            Some(format!("whether it is set is written `has({})`", brief(field)))
                        }
                        _ => None,
                    };
                    self.problems.push(Problem::typing(span, message).with_help(help));
                }
                Type::Bool
            }
            Operator::In => {
                if let Kind::List(elements) = &right.0.kind {
                    for element in elements {
                        self.compares_unlisted(left, &element.value);
                    }
                }
                let fits = right.1.alternatives().iter().any(|collection| match collection {
                    Type::Dyn => true,
                    Type::List(element) => left.1.comparable(element),
                    Type::Map(_) | Type::Object(..) => left.1.comparable(&Type::String),
                    _ => false,
                });
                if !fits {
                    self.mismatch(operator, left.1, right.1, span);
                }
                Type::Bool
            }
            _ => {
                let mut results = Vec::new();
                for a in left.1.alternatives() {
                    results.extend(right.1.alternatives().iter().filter_map(|b| arithmetic(operator, a, b)));
                }
                if results.is_empty() {
                    self.mismatch(operator, left.1, right.1, span);
                    if operator.is_relation() { Type::Bool } else { Type::Dyn }
                } else {
                    Type::join_all(results)
                }
            }
        }
    }

    pub(super) fn mismatch(&mut self, operator: Operator, left: &Type, right: &Type, span: Span) {
        let message =
            format!("`{}` does not take {} and {}", operator.symbol(), left.article(), right.article());
        let text = |ty: &Type| Type::String.comparable(ty);
        let help = match (left, right) {
            (Type::Int, Type::Double) | (Type::Double, Type::Int) => {
                Some("convert one side: `double(x)` or `int(x)`")
            }
            (a, b) if operator == Operator::Add && (text(a) || text(b)) => {
                Some("make text of the other side: `string(x)`")
            }
            _ => None,
        };
        self.problems.push(Problem::typing(span, message).with_help(help.map(str::to_owned)));
    }

    /// Whether a text is compared with a value that is never that text; reports it.
    pub(super) fn compares_unlisted(&mut self, (value, ty): (&Node, &Type), literal: &Node) -> bool {
        let Kind::String(text) = &literal.kind else { return false };
        let by = format!("`{}`", brief(value));
        ty.alternatives().iter().all(|ty| matches!(ty, Type::Enum(_)))
            && self.is_not_listed(literal.span, text, ty, &by)
    }

    pub(super) fn is_not_listed(&mut self, span: Span, text: &str, ty: &Type, by: &str) -> bool {
        let mut listed: Vec<&str> = Vec::new();
        for ty in ty.alternatives() {
            match ty {
                Type::Enum(texts) => listed.extend(texts.iter().map(String::as_str)),
                Type::String | Type::Dyn => return false,
                _ => {}
            }
        }
        if listed.is_empty() || listed.contains(&text) {
            return false;
        }
        let help = match nearest(text, listed.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("it is {}", Type::Enum(listed.iter().map(|text| (*text).to_owned()).collect())),
        };
        let message = format!("{by} is never '{text}'");
        self.problems.push(Problem::typing(span, message).with_help(help));
        true
    }
}

/// The type of an arithmetic operation or an ordering, where it exists.
fn arithmetic(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    let number = |ty: &Type| matches!(ty, Type::Int | Type::Double);
    let text = |ty: &Type| matches!(ty, Type::String | Type::Enum(_));
    if operator.is_relation() {
        let known = |ty: &Type| number(ty) || text(ty) || *ty == Type::Bool;
        let fits = match (left, right) {
            (Type::Dyn, other) | (other, Type::Dyn) => known(other) || *other == Type::Dyn,
            (a, b) => number(a) && number(b) || text(a) && text(b) || *a == Type::Bool && *b == Type::Bool,
        };
        return fits.then_some(Type::Bool);
    }
    match (operator, left, right) {
        (_, Type::Dyn, Type::Dyn) => Some(Type::Dyn),
        (Operator::Add, Type::Dyn, Type::List(_)) | (Operator::Add, Type::List(_), Type::Dyn) => {
            Some(Type::list(Type::Dyn))
        }
        (_, Type::Dyn, other) | (_, other, Type::Dyn) => arithmetic(operator, other, other),
        (_, Type::Int, Type::Int) => Some(Type::Int),
        (Operator::Remainder, _, _) => None,
        (_, Type::Double, Type::Double) => Some(Type::Double),
        (Operator::Add, a, b) if text(a) && text(b) => Some(Type::String),
        (Operator::Add, Type::List(a), Type::List(b)) => Some(Type::list((**a).clone().join((**b).clone()))),
        _ => None,
    }
}
