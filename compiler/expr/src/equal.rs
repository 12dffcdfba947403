//! Equality and order, as CEL has them: numbers compare by value whatever their type, other types never mix.

use std::cmp::Ordering;

use catalyst_source::Span;

use crate::evaluate::Evaluator;
use crate::problem::Problem;
use crate::value::Value;

/// Values nested deeper than this are not compared.
const DEPTH: usize = 256;

/// The order of two numbers, two strings or two bools; `None` where there is none: for other types, and for NaN.
pub(crate) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Double(b)) => int_to_double(*a, *b),
        (Value::Double(a), Value::Int(b)) => int_to_double(*b, *a).map(Ordering::reverse),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Exact, where a cast would round: 2^53 + 1 is not 2^53.
fn int_to_double(int: i64, double: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        None
    } else if double >= LIMIT {
        Some(Ordering::Less)
    } else if double < -LIMIT {
        Some(Ordering::Greater)
    } else {
        // In range, so the cast only drops the fraction, which then decides between equals.
        let whole = double as i64;
        let fraction = double - double.trunc();
        Some(int.cmp(&whole).then(0.0_f64.partial_cmp(&fraction)?))
    }
}

impl<'a> Evaluator<'a> {
    /// Whether `==` holds.
    pub(crate) fn equal(&mut self, left: &Value<'a>, right: &Value<'a>, span: Span) -> Result<bool, Problem> {
        self.equal_within(left, right, span, DEPTH)
    }

    /// Comparing two long strings is work, though far less than producing them.
    pub(crate) fn pay_for_comparing(
        &mut self,
        a: &Value<'a>,
        b: &Value<'a>,
        span: Span,
    ) -> Result<(), Problem> {
        match (a, b) {
            (Value::String(a), Value::String(b)) => self.pay_for_reading(a.len().min(b.len()), span),
            _ => Ok(()),
        }
    }

    fn equal_within(
        &mut self,
        left: &Value<'a>,
        right: &Value<'a>,
        span: Span,
        depth: usize,
    ) -> Result<bool, Problem> {
        self.spend(1, span)?;
        if depth == 0 {
            return Err(Problem::cost(span, format!("the values nest more than {DEPTH} deep")));
        }
        match (left, right) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::List(a), Value::List(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (a, b) in a.iter().zip(b.iter()) {
                    let (a, b) = (self.known(a, span)?, self.known(b, span)?);
                    if !self.equal_within(&a, &b, span, depth - 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(a), Value::Map(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                self.spend(a.len(), span)?;
                for key in a.keys() {
                    let (Some(a), Some(b)) = (a.get(&key), b.get(&key)) else { return Ok(false) };
                    let (a, b) = (self.known(a, span)?, self.known(b, span)?);
                    if !self.equal_within(&a, &b, span, depth - 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Optional(None), Value::Optional(None)) => Ok(true),
            (Value::Optional(Some(a)), Value::Optional(Some(b))) => self.equal_within(a, b, span, depth - 1),
            (a, b) => {
                self.pay_for_comparing(a, b, span)?;
                Ok(order(a, b) == Some(Ordering::Equal))
            }
        }
    }
}
