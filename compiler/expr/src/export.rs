//! Values to JSON, within the limit of a result.

use catalyst_source::Span;
use serde_json::{Number, Value as Json};

use crate::evaluate::Evaluator;
use crate::limits;
use crate::problem::Problem;
use crate::types::Type;
use crate::value::{List, Map, Value};

/// What may still be exported, and who pays for it.
pub(crate) struct Export<'e, 'a> {
    evaluator: &'e mut Evaluator<'a>,
    span: Span,
    /// Bytes.
    left: usize,
}

impl<'e, 'a> Export<'e, 'a> {
    pub(crate) fn new(evaluator: &'e mut Evaluator<'a>, span: Span) -> Self {
        Export { evaluator, span, left: limits::RESULT }
    }

    pub(crate) fn json(&mut self, value: &Value<'a>) -> Result<Json, Problem> {
        self.evaluator.spend(1, self.span)?;
        match value {
            Value::Null => self.scalar(Json::Null),
            Value::Bool(value) => self.scalar(Json::Bool(*value)),
            Value::Int(value) => self.scalar(Json::Number(Number::from(*value))),
            Value::Double(value) => {
                let number = number(*value).ok_or_else(|| {
                    Problem::evaluation(self.span, format!("{value} cannot be written in YAML or JSON"))
                })?;
                self.scalar(Json::Number(number))
            }
            Value::String(text) => {
                self.take(text.len() + 2)?;
                Ok(Json::String(text.to_string()))
            }
            Value::List(List::Json(elements)) => {
                self.weigh_list(elements)?;
                Ok(Json::Array(elements.to_vec()))
            }
            Value::Map(Map::Json(fields)) => {
                self.weigh_map(fields)?;
                Ok(Json::Object((*fields).clone()))
            }
            Value::List(List::Owned(elements)) => {
                self.take(2 + elements.len().saturating_sub(1))?;
                elements.iter().map(|element| self.json(element)).collect::<Result<_, _>>().map(Json::Array)
            }
            Value::Map(Map::Owned(entries)) => {
                self.take(2 + entries.len().saturating_sub(1))?;
                let mut object = serde_json::Map::new();
                for (key, value) in entries.iter() {
                    self.take(key.len() + 3)?;
                    object.insert(key.to_string(), self.json(value)?);
                }
                Ok(Json::Object(object))
            }
            Value::Optional(_) => Err(Problem::evaluation(self.span, "the value may be absent")
                .with_help("say what to take instead: `.orValue(x)`".to_owned())),
        }
    }

    /// Pays for bytes of the result.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                Err(Problem::cost(self.span, format!("the result is larger than {} bytes", limits::RESULT)))
            }
        }
    }

    fn scalar(&mut self, json: Json) -> Result<Json, Problem> {
        self.weigh(&json)?;
        Ok(json)
    }

    /// Pays for JSON that is copied as it is.
    fn weigh(&mut self, json: &Json) -> Result<(), Problem> {
        match json {
            Json::Null | Json::Bool(true) => self.take(4),
            Json::Bool(false) => self.take(5),
            Json::Number(number) => self.take(number.to_string().len()),
            Json::String(text) => self.take(text.len() + 2),
            Json::Array(elements) => self.weigh_list(elements),
            Json::Object(fields) => self.weigh_map(fields),
        }
    }

    fn weigh_list(&mut self, elements: &[Json]) -> Result<(), Problem> {
        self.take(2 + elements.len().saturating_sub(1))?;
        elements.iter().try_for_each(|element| self.weigh(element))
    }

    fn weigh_map(&mut self, fields: &serde_json::Map<String, Json>) -> Result<(), Problem> {
        self.take(2 + fields.len().saturating_sub(1))?;
        fields.iter().try_for_each(|(key, value)| {
            self.take(key.len() + 3)?;
            self.weigh(value)
        })
    }
}

/// A double as JSON: a whole number without a fraction, as Go's encoder, and so every Kubernetes tool, writes it.
fn number(value: f64) -> Option<Number> {
    // Up to 2^53 every whole number is exact, so the cast loses nothing.
    if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        Some(Number::from(value as i64))
    } else {
        Number::from_f64(value)
    }
}

/// Whether a value is of a type, by its outermost kind.
pub(crate) fn accepts(ty: &Type, json: &Json) -> bool {
    ty.alternatives().iter().any(|ty| match (ty, json) {
        (Type::Dyn, _) | (Type::Null, Json::Null) | (Type::Bool, Json::Bool(_)) => true,
        (Type::Int, Json::Number(number)) => number.is_i64(),
        (Type::Double, Json::Number(_)) => true,
        (Type::String, Json::String(_)) => true,
        (Type::Enum(texts), Json::String(text)) => texts.contains(text),
        (Type::List(_), Json::Array(_)) => true,
        (Type::Map(_) | Type::Object(..), Json::Object(_)) => true,
        _ => false,
    })
}
