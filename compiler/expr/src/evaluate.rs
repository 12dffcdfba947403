//! The evaluator: a walk over the tree that pays for every step.

use std::collections::BTreeMap;
use std::rc::Rc;

use catalyst_source::Span;
use serde_json::Value as Json;

use crate::ast::{Kind, Macro, Node, Number};
use crate::limits;
use crate::operators::mismatch;
use crate::print::{self, brief};
use crate::problem::{Problem, ProblemKind};
use crate::value::{Map, Text, Value};

pub(crate) type Outcome<'a> = Result<Value<'a>, Problem>;

pub(crate) struct Evaluator<'a> {
    variables: &'a BTreeMap<String, Json>,
    /// The variables of the macros around the current node, innermost last.
    locals: Vec<(&'a str, Value<'a>)>,
    /// What may still be spent.
    left: usize,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(variables: &'a BTreeMap<String, Json>) -> Self {
        Evaluator { variables, locals: Vec::new(), left: limits::COST }
    }

    /// Pays for work, before it is done.
    pub(crate) fn spend(&mut self, amount: usize, span: Span) -> Result<(), Problem> {
        match self.left.checked_sub(amount) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                Err(Problem::cost(span, format!("the evaluation costs more than {} steps", limits::COST))
                    .with_help("compute less: shorter lists, fewer macros inside macros".to_owned()))
            }
        }
    }

    /// Pays for looking at this many bytes once.
    pub(crate) fn pay_for_reading(&mut self, bytes: usize, span: Span) -> Result<(), Problem> {
        self.spend(bytes / 64, span)
    }

    /// A value read from the variables, or the problem of one that does not fit.
    pub(crate) fn known(&self, value: Result<Value<'a>, String>, span: Span) -> Outcome<'a> {
        value.map_err(|message| Problem::evaluation(span, message))
    }

    pub(crate) fn evaluate(&mut self, node: &'a Node) -> Outcome<'a> {
        self.spend(1, node.span)?;
        let value = self.visit(node)?;
        Ok(match (node.number, value) {
            (Number::Double, Value::Int(value)) => Value::Double(value as f64),
            (Number::Int, Value::Double(value)) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Value::Int(value as i64)
            }
            (_, value) => value,
        })
    }

    fn visit(&mut self, node: &'a Node) -> Outcome<'a> {
        let span = node.span;
        match &node.kind {
            Kind::Null => Ok(Value::Null),
            Kind::Bool(value) => Ok(Value::Bool(*value)),
            Kind::Int(value) => Ok(Value::Int(*value)),
            Kind::Double(value) => Ok(Value::Double(*value)),
            Kind::String(value) => Ok(Value::String(Text::Borrowed(value))),
            Kind::List(elements) => {
                let mut values = Vec::with_capacity(elements.len());
                for element in elements {
                    let value = self.evaluate(&element.value)?;
                    values.extend(present(value, element.optional, element.value.span)?);
                }
                Ok(Value::list(values))
            }
            Kind::Map(entries) => {
                let mut values = BTreeMap::new();
                for entry in entries {
                    let key = self.evaluate(&entry.key)?;
                    let Value::String(key) = key else {
                        let message = format!("a key is a string, not {}", key.article());
                        return Err(Problem::evaluation(entry.key.span, message));
                    };
                    let value = self.evaluate(&entry.value)?;
                    if let Some(value) = present(value, entry.optional, entry.value.span)?
                        && values.insert(key.clone(), value).is_some()
                    {
                        let message = format!("the key '{}' is written twice", &*key);
                        return Err(Problem::evaluation(entry.key.span, message));
                    }
                }
                Ok(Value::Map(Map::Owned(Rc::new(values))))
            }
            Kind::Name { name, root } => self.name(name, *root, span),
            Kind::Select { operand, field, field_span, optional } => {
                let operand = self.evaluate(operand)?;
                self.select(node, operand, field, *field_span, *optional)
            }
            Kind::Has { operand, field, field_span } => match self.evaluate(operand)? {
                Value::Map(map) => Ok(Value::Bool(map.contains(field))),
                Value::Optional(None) => Ok(Value::Bool(false)),
                Value::Optional(Some(inner)) => match &*inner {
                    Value::Map(map) => Ok(Value::Bool(map.contains(field))),
                    other => Err(no_fields(other, *field_span)),
                },
                other => Err(no_fields(&other, *field_span)),
            },
            Kind::Index { operand, index, optional } => {
                let operand = self.evaluate(operand)?;
                let index = self.evaluate(index)?;
                self.index_into(operand, index, *optional, span)
            }
            Kind::Not(operand) => match self.evaluate(operand)? {
                Value::Bool(value) => Ok(Value::Bool(!value)),
                other => Err(mismatch("!", &[&other], span)),
            },
            Kind::Negate(operand) => match self.evaluate(operand)? {
                Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(|| {
                    Problem::evaluation(span, format!("-({value}) does not fit into a signed 64-bit integer"))
                }),
                Value::Double(value) => Ok(Value::Double(-value)),
                other => Err(mismatch("-", &[&other], span)),
            },
            Kind::Binary(operator, left, right) => {
                let left = self.evaluate(left)?;
                let right = self.evaluate(right)?;
                self.binary(*operator, &left, &right, span)
            }
            Kind::And(terms) => self.logic(terms.iter(), false),
            Kind::Or(terms) => self.logic(terms.iter(), true),
            Kind::Conditional(parts) => {
                let [condition, yes, no] = &**parts;
                if self.truth(condition)? { self.evaluate(yes) } else { self.evaluate(no) }
            }
            Kind::Call { name, target, arguments, .. } => self.call(name, target.as_deref(), arguments, span),
            Kind::Macro { name, target, variable, filter, body, .. } => {
                let collection = self.evaluate(target)?;
                let elements = self.elements(&collection, target.span)?;
                self.comprehension(*name, elements, variable, filter.as_deref(), body)
            }
        }
    }

    fn name(&self, name: &str, root: bool, span: Span) -> Outcome<'a> {
        let local = self.locals.iter().rev().find(|(local, _)| !root && *local == name);
        match (local, self.variables.get(name)) {
            (Some((_, value)), _) => Ok(value.clone()),
            (None, Some(json)) => self.known(Value::of(json), span),
            (None, None) => Err(Problem::evaluation(span, format!("`{name}` is not set"))),
        }
    }

    fn select(
        &mut self,
        node: &'a Node,
        operand: Value<'a>,
        field: &str,
        field_span: Span,
        optional: bool,
    ) -> Outcome<'a> {
        let (inner, optional) = match operand {
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => ((*inner).clone(), true),
            operand => (operand, optional),
        };
        let Value::Map(map) = &inner else { return Err(no_fields(&inner, field_span)) };
        match (map.get(field), optional) {
            (Some(value), true) => self.known(value, node.span).map(Value::some),
            (Some(value), false) => self.known(value, node.span),
            (None, true) => Ok(Value::Optional(None)),
            (None, false) => Err(absent(node, field_span)),
        }
    }

    fn index_into(
        &mut self,
        operand: Value<'a>,
        index: Value<'a>,
        optional: bool,
        span: Span,
    ) -> Outcome<'a> {
        let (inner, optional) = match operand {
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => ((*inner).clone(), true),
            operand => (operand, optional),
        };
        match (self.index(&inner, &index, span)?, optional) {
            (Some(value), true) => Ok(Value::some(value)),
            (Some(value), false) => Ok(value),
            (None, true) => Ok(Value::Optional(None)),
            (None, false) => Err(match (&inner, &index) {
                (Value::Map(_), Value::String(key)) => {
                    Problem::evaluation(span, format!("there is no key '{}'", &**key))
                        .with_help(format!("ask first: `'{}' in …`, or use `[?…].orValue(…)`", &**key))
                }
                (Value::List(list), Value::Int(index)) => Problem::evaluation(
                    span,
                    format!("there is no element {index} in a list of {}", list.len()),
                ),
                _ => Problem::evaluation(span, "there is no such element"),
            }),
        }
    }

    /// `&&` and `||`: `decisive` is the value that settles the chain, even when terms before it failed.
    fn logic(&mut self, terms: impl Iterator<Item = &'a Node>, decisive: bool) -> Outcome<'a> {
        let mut failure = None;
        for term in terms {
            match self.truth(term) {
                Ok(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(problem) if problem.kind == ProblemKind::Cost => return Err(problem),
                Err(problem) => failure = failure.or(Some(problem)),
            }
        }
        failure.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    fn truth(&mut self, node: &'a Node) -> Result<bool, Problem> {
        match self.evaluate(node)? {
            Value::Bool(value) => Ok(value),
            other => {
                let message = format!("expected a bool, found {}", other.article());
                Err(Problem::evaluation(node.span, message))
            }
        }
    }

    fn comprehension(
        &mut self,
        name: Macro,
        elements: Vec<Value<'a>>,
        variable: &'a str,
        filter: Option<&'a Node>,
        body: &'a Node,
    ) -> Outcome<'a> {
        let mut kept = Vec::new();
        let mut count = 0_usize;
        let mut failure = None;
        for element in elements {
            self.locals.push((variable, element.clone()));
            let outcome = self.step(name, filter, body);
            self.locals.pop();
            match (name, outcome) {
                (Macro::All, Ok(Value::Bool(false))) => return Ok(Value::Bool(false)),
                (Macro::Exists, Ok(Value::Bool(true))) => return Ok(Value::Bool(true)),
                (Macro::ExistsOne, Ok(Value::Bool(true))) => count += 1,
                (Macro::Filter, Ok(Value::Bool(true))) => kept.push(element),
                (Macro::Map, Ok(Value::Optional(Some(mapped)))) => kept.push((*mapped).clone()),
                (Macro::All | Macro::Exists, Err(problem)) if problem.kind != ProblemKind::Cost => {
                    failure = failure.or(Some(problem));
                }
                (_, Err(problem)) => return Err(problem),
                (_, Ok(_)) => {}
            }
        }
        match (name, failure) {
            (_, Some(problem)) => Err(problem),
            (Macro::All, None) => Ok(Value::Bool(true)),
            (Macro::Exists, None) => Ok(Value::Bool(false)),
            (Macro::ExistsOne, None) => Ok(Value::Bool(count == 1)),
            (Macro::Filter | Macro::Map, None) => Ok(Value::list(kept)),
        }
    }

    /// One round of a macro: the truth of its body, or for `map` what to keep, if anything.
    fn step(&mut self, name: Macro, filter: Option<&'a Node>, body: &'a Node) -> Outcome<'a> {
        if name != Macro::Map {
            return self.truth(body).map(Value::Bool);
        }
        match filter {
            Some(filter) if !self.truth(filter)? => Ok(Value::Optional(None)),
            _ => self.evaluate(body).map(Value::some),
        }
    }
}

/// The value of an element, or nothing when it is an optional element that is absent.
fn present<'a>(value: Value<'a>, optional: bool, span: Span) -> Result<Option<Value<'a>>, Problem> {
    match (value, optional) {
        (value, false) => Ok(Some(value)),
        (Value::Optional(value), true) => Ok(value.map(|value| (*value).clone())),
        (other, true) => {
            Err(Problem::evaluation(span, format!("expected an optional value, found {}", other.article())))
        }
    }
}

fn no_fields(value: &Value<'_>, field_span: Span) -> Problem {
    Problem::evaluation(field_span, format!("{} has no fields", value.article()))
}

/// The problem of a field that is not there.
fn absent(node: &Node, field_span: Span) -> Problem {
    Problem::evaluation(field_span, format!("`{}` is not set", brief(node))).with_help(absent_help(node))
}

/// The ways to allow for a field that is not there.
pub(crate) fn absent_help(node: &Node) -> Option<String> {
    let (operand, ask, optional) = match &node.kind {
        Kind::Select { operand, field, .. } => {
            (operand, format!("has({})", brief(node)), format!(".?{}", print::name(field)))
        }
        Kind::Index { operand, index, .. } => {
            let index = brief(index);
            (operand, format!("{index} in {}", print::operand(operand)), format!("[?{index}]"))
        }
        _ => return None,
    };
    let operand = print::operand(operand);
    Some(format!("where it may be absent, write `{ask} ? … : …` or `{operand}{optional}.orValue(…)`"))
}
