//! What the functions do. The list of functions and their types is in `functions.rs`.

use std::cmp::Ordering;

use catalyst_source::Span;
use regex_lite::RegexBuilder;

use crate::ast::Node;
use crate::equal::order;
use crate::evaluate::{Evaluator, Outcome};
use crate::operators::mismatch;
use crate::problem::Problem;
use crate::value::{List, Text, Value};

/// The memory a compiled pattern may take, in bytes, which bounds the work of a match at each byte of the text.
const PATTERN: usize = 32 << 10;

/// A compiled pattern, or why it is none.
pub(crate) fn pattern(text: &str) -> Result<regex_lite::Regex, String> {
    RegexBuilder::new(text).size_limit(PATTERN).build().map_err(|error| error.to_string())
}

impl<'a> Evaluator<'a> {
    pub(crate) fn call(
        &mut self,
        name: &str,
        target: Option<&'a Node>,
        arguments: &'a [Node],
        span: Span,
    ) -> Outcome<'a> {
        // `optional` in `optional.of(x)` is a namespace, which the checker has made sure of.
        let namespace = matches!(name, "of" | "none");
        let target = target.filter(|_| !namespace);
        let values = target.into_iter().chain(arguments).map(|node| self.evaluate(node));
        let values = values.collect::<Result<Vec<Value<'a>>, Problem>>()?;
        match (name, values.as_slice()) {
            ("of", [value]) => Ok(Value::some(value.clone())),
            ("none", []) => Ok(Value::Optional(None)),
            ("dyn", [value]) => Ok(value.clone()),
            ("orValue", [Value::Optional(found), other]) => {
                Ok(found.as_ref().map_or_else(|| other.clone(), |value| (**value).clone()))
            }
            ("or", [first @ Value::Optional(found), second @ Value::Optional(_)]) => {
                Ok(if found.is_some() { first.clone() } else { second.clone() })
            }
            ("hasValue", [Value::Optional(found)]) => Ok(Value::Bool(found.is_some())),
            ("value", [Value::Optional(Some(value))]) => Ok((**value).clone()),
            ("value", [Value::Optional(None)]) => {
                Err(Problem::evaluation(span, "the optional value is absent")
                    .with_help("`.orValue(x)` says what to take instead".to_owned()))
            }
            ("size", [Value::String(text)]) => {
                self.pay_for_reading(text.len(), span)?;
                count(text.chars().count())
            }
            ("size", [Value::List(list)]) => count(list.len()),
            ("size", [Value::Map(map)]) => count(map.len()),
            ("int", [value]) => to_int(value, span).map(Value::Int),
            ("uint", [value]) => match to_int(value, span)? {
                negative @ ..0 => Err(Problem::evaluation(span, format!("{negative} is negative"))),
                value => Ok(Value::Int(value)),
            },
            ("double", [value]) => to_double(value, span).map(Value::Double),
            ("bool", [value]) => to_bool(value, span).map(Value::Bool),
            ("string", [value]) => {
                let text = to_text(value).ok_or_else(|| mismatch("string", &[value], span))?;
                self.spend(text.len(), span)?;
                Ok(Value::String(text))
            }
            (name, [Value::String(text), rest @ ..]) => self.on_string(name, text, rest, span),
            (name, [Value::List(list), rest @ ..]) => self.on_list(name, list, rest, span),
            (name, values) => Err(mismatch(name, &values.iter().collect::<Vec<_>>(), span)),
        }
    }

    fn on_string(&mut self, name: &str, text: &Text<'a>, rest: &[Value<'a>], span: Span) -> Outcome<'a> {
        self.pay_for_reading(text.len(), span)?;
        match (name, rest) {
            ("contains", [Value::String(part)]) => Ok(Value::Bool(text.contains(&**part))),
            ("startsWith", [Value::String(part)]) => Ok(Value::Bool(text.starts_with(&**part))),
            ("endsWith", [Value::String(part)]) => Ok(Value::Bool(text.ends_with(&**part))),
            ("matches", [Value::String(part)]) => {
                self.spend(text.len().saturating_add(part.len()), span)?;
                let regex = pattern(part).map_err(|error| {
                    Problem::evaluation(span, format!("'{}' is not a regular expression: {error}", &**part))
                })?;
                Ok(Value::Bool(regex.is_match(text)))
            }
            ("lowerAscii", []) => self.produce(text.to_ascii_lowercase(), span),
            ("upperAscii", []) => self.produce(text.to_ascii_uppercase(), span),
            ("trim", []) => self.produce(text.trim().to_owned(), span),
            ("replace", [Value::String(from), Value::String(to)]) => self.replace(text, from, to, -1, span),
            ("replace", [Value::String(from), Value::String(to), Value::Int(limit)]) => {
                self.replace(text, from, to, *limit, span)
            }
            ("split", [Value::String(separator)]) => self.split(text, separator, -1, span),
            ("split", [Value::String(separator), Value::Int(limit)]) => {
                self.split(text, separator, *limit, span)
            }
            ("substring", [Value::Int(start)]) => self.substring(text, *start, None, span),
            ("substring", [Value::Int(start), Value::Int(end)]) => {
                self.substring(text, *start, Some(*end), span)
            }
            ("charAt", [Value::Int(at)]) => {
                match usize::try_from(*at).ok().map(|at| (text.chars().nth(at), at)) {
                    Some((Some(found), _)) => self.produce(found.to_string(), span),
                    Some((None, at)) if at == text.chars().count() => self.produce(String::new(), span),
                    _ => Err(Problem::evaluation(span, format!("there is no character {at}"))),
                }
            }
            ("indexOf", [Value::String(part)]) => found_at(text, text.find(&**part)),
            ("lastIndexOf", [Value::String(part)]) => found_at(text, text.rfind(&**part)),
            _ => Err(mismatch(name, &others(&Value::String(text.clone()), rest), span)),
        }
    }

    fn on_list(&mut self, name: &str, list: &List<'a>, rest: &[Value<'a>], span: Span) -> Outcome<'a> {
        let elements = self.elements(&Value::List(list.clone()), span)?;
        match (name, rest) {
            ("join", []) => self.join(&elements, "", span),
            ("join", [Value::String(separator)]) => self.join(&elements, separator, span),
            ("indexOf", [wanted]) => {
                for (index, element) in elements.iter().enumerate() {
                    if self.equal(element, wanted, span)? {
                        return count(index);
                    }
                }
                Ok(Value::Int(-1))
            }
            ("lastIndexOf", [wanted]) => {
                for (index, element) in elements.iter().enumerate().rev() {
                    if self.equal(element, wanted, span)? {
                        return count(index);
                    }
                }
                Ok(Value::Int(-1))
            }
            ("min" | "max", []) => self.extreme(elements, name, span),
            ("sort", []) => self.sorted(elements, name, span).map(Value::list),
            ("isSorted", []) => {
                for pair in elements.windows(2) {
                    let [a, b] = pair else { continue };
                    let order = order(a, b).ok_or_else(|| mismatch(name, &[a, b], span))?;
                    if order.is_gt() {
                        return Ok(Value::Bool(false));
                    }
                }
                Ok(Value::Bool(true))
            }
            ("sum", []) => elements.iter().try_fold(Value::Int(0), |sum, element| match (sum, element) {
                (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int).ok_or_else(|| {
                    Problem::evaluation(span, "the sum does not fit into a signed 64-bit integer")
                }),
                (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
                (Value::Double(a), Value::Int(b)) => Ok(Value::Double(a + *b as f64)),
                (Value::Int(a), Value::Double(b)) => Ok(Value::Double(a as f64 + b)),
                (_, other) => Err(mismatch(name, &[other], span)),
            }),
            ("reverse", []) => Ok(Value::list(elements.into_iter().rev().collect::<Vec<_>>())),
            ("distinct", []) => {
                let mut kept: Vec<Value<'a>> = Vec::new();
                for element in elements {
                    let mut seen = false;
                    for other in &kept {
                        seen = seen || self.equal(&element, other, span)?;
                    }
                    if !seen {
                        kept.push(element);
                    }
                }
                Ok(Value::list(kept))
            }
            _ => Err(mismatch(name, &others(&Value::List(list.clone()), rest), span)),
        }
    }

    /// The elements in order, equal ones as they came.
    fn sorted(
        &mut self,
        mut elements: Vec<Value<'a>>,
        name: &str,
        span: Span,
    ) -> Result<Vec<Value<'a>>, Problem> {
        self.check_order(&elements, name, span)?;
        elements.sort_by(total);
        Ok(elements)
    }

    fn extreme(&mut self, elements: Vec<Value<'a>>, name: &str, span: Span) -> Outcome<'a> {
        self.check_order(&elements, name, span)?;
        let elements = elements.into_iter();
        let found = if name == "min" { elements.min_by(total) } else { elements.rev().max_by(total) };
        found.ok_or_else(|| {
            Problem::evaluation(span, format!("`{name}` of an empty list"))
                .with_help("ask first: `list.size() > 0 ? … : …`".to_owned())
        })
    }

    /// That all elements are numbers, or all strings, or all bools; and pays for comparing them.
    fn check_order(&mut self, elements: &[Value<'a>], name: &str, span: Span) -> Result<(), Problem> {
        let Some(first) = elements.first() else { return Ok(()) };
        for other in elements {
            if order(first, other).is_none() {
                return Err(mismatch(name, &[first, other], span));
            }
            self.pay_for_comparing(other, other, span)?;
        }
        Ok(())
    }

    fn join(&mut self, elements: &[Value<'a>], separator: &str, span: Span) -> Outcome<'a> {
        let mut parts: Vec<&str> = Vec::with_capacity(elements.len());
        for element in elements {
            let Value::String(part) = element else { return Err(mismatch("join", &[element], span)) };
            self.spend(part.len() + separator.len(), span)?;
            parts.push(part);
        }
        Ok(Value::text(parts.join(separator)))
    }

    /// Pays for a text, and gives it.
    fn produce(&mut self, text: String, span: Span) -> Outcome<'a> {
        self.spend(text.len(), span)?;
        Ok(Value::text(text))
    }

    fn replace(&mut self, text: &str, from: &str, to: &str, limit: i64, span: Span) -> Outcome<'a> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let hits = text.matches(from).take(limit).count();
        self.spend(text.len().saturating_add(hits.saturating_mul(to.len())), span)?;
        Ok(Value::text(text.replacen(from, to, limit)))
    }

    fn split(&mut self, text: &str, separator: &str, limit: i64, span: Span) -> Outcome<'a> {
        self.spend(text.len().saturating_mul(2), span)?;
        let parts: Vec<&str> = match (separator, usize::try_from(limit)) {
            (_, Ok(0)) => Vec::new(),
            // An empty separator splits into characters, without the empty ends that Rust would add.
            ("", limit) => characters(text, limit.unwrap_or(usize::MAX)),
            (separator, Ok(limit)) => text.splitn(limit, separator).collect(),
            (separator, Err(_)) => text.split(separator).collect(),
        };
        Ok(Value::list(parts.into_iter().map(Value::text).collect::<Vec<_>>()))
    }

    /// Characters, not bytes: `start` and `end` count code points.
    fn substring(&mut self, text: &str, start: i64, end: Option<i64>, span: Span) -> Outcome<'a> {
        let length = text.chars().count();
        let end = end.map_or(Ok(length), usize::try_from);
        match (usize::try_from(start), end) {
            (Ok(start), Ok(end)) if start <= end && end <= length => {
                self.produce(text.chars().skip(start).take(end - start).collect(), span)
            }
            _ => Err(Problem::evaluation(
                span,
                format!("the range lies outside of a text of {length} characters"),
            )),
        }
    }
}

/// The order of elements that `check_order` has looked at.
fn total(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    order(a, b).unwrap_or(Ordering::Equal)
}

fn characters(text: &str, limit: usize) -> Vec<&str> {
    let mut rest = text;
    let mut parts = Vec::new();
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 == limit {
            parts.push(rest);
            break;
        }
        let (part, tail) = rest.split_at(first.len_utf8());
        parts.push(part);
        rest = tail;
    }
    parts
}

fn others<'v, 'a>(first: &'v Value<'a>, rest: &'v [Value<'a>]) -> Vec<&'v Value<'a>> {
    std::iter::once(first).chain(rest).collect()
}

fn count<'a>(count: usize) -> Outcome<'a> {
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// The index of a character from the index of a byte; -1 for none.
fn found_at<'a>(text: &str, byte: Option<usize>) -> Outcome<'a> {
    byte.map_or(Ok(Value::Int(-1)), |byte| count(text.get(..byte).map_or(0, |before| before.chars().count())))
}

fn to_int(value: &Value<'_>, span: Span) -> Result<i64, Problem> {
    let fault = |text: &str| Problem::evaluation(span, format!("{text} is not a signed 64-bit integer"));
    match value {
        Value::Int(value) => Ok(*value),
        // The cast truncates towards zero, as CEL does; the range check keeps it exact.
        Value::Double(value) if value.abs() < 9_223_372_036_854_775_807.0 => Ok(*value as i64),
        Value::Double(value) => Err(fault(&value.to_string())),
        Value::String(text) => text.parse().map_err(|_| fault(&format!("'{}'", &**text))),
        other => Err(mismatch("int", &[other], span)),
    }
}

fn to_double(value: &Value<'_>, span: Span) -> Result<f64, Problem> {
    match value {
        Value::Int(value) => Ok(*value as f64),
        Value::Double(value) => Ok(*value),
        Value::String(text) => {
            text.parse().map_err(|_| Problem::evaluation(span, format!("'{}' is not a number", &**text)))
        }
        other => Err(mismatch("double", &[other], span)),
    }
}

fn to_bool(value: &Value<'_>, span: Span) -> Result<bool, Problem> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::String(text) => match &**text {
            "true" | "True" | "TRUE" | "t" | "1" => Ok(true),
            "false" | "False" | "FALSE" | "f" | "0" => Ok(false),
            text => Err(Problem::evaluation(span, format!("'{text}' is neither true nor false"))),
        },
        other => Err(mismatch("bool", &[other], span)),
    }
}

/// The text of a scalar.
pub(crate) fn to_text<'a>(value: &Value<'a>) -> Option<Text<'a>> {
    match value {
        Value::Bool(value) => Some(Text::Owned(value.to_string().into())),
        Value::Int(value) => Some(Text::Owned(value.to_string().into())),
        Value::Double(value) => Some(Text::Owned(value.to_string().into())),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}
