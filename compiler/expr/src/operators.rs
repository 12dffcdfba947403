//! Operators on values.

use catalyst_source::Span;

use crate::ast::Operator;
use crate::equal::order;
use crate::evaluate::{Evaluator, Outcome};
use crate::problem::Problem;
use crate::value::Value;

impl<'a> Evaluator<'a> {
    pub(crate) fn binary(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
        span: Span,
    ) -> Outcome<'a> {
        match operator {
            Operator::Equal => self.equal(left, right, span).map(Value::Bool),
            Operator::NotEqual => self.equal(left, right, span).map(|equal| Value::Bool(!equal)),
            Operator::In => self.contains(left, right, span),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.pay_for_comparing(left, right, span)?;
                let order =
                    order(left, right).ok_or_else(|| mismatch(operator.symbol(), &[left, right], span))?;
                Ok(Value::Bool(match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessOrEqual => order.is_le(),
                    Operator::Greater => order.is_gt(),
                    _ => order.is_ge(),
                }))
            }
            _ => self.arithmetic(operator, left, right, span),
        }
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
        span: Span,
    ) -> Outcome<'a> {
        match (operator, left, right) {
            (_, Value::Int(a), Value::Int(b)) => integers(operator, *a, *b, span).map(Value::Int),
            (Operator::Add, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
            (Operator::Subtract, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a - b)),
            (Operator::Multiply, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a * b)),
            (Operator::Divide, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
            (Operator::Add, Value::String(a), Value::String(b)) => {
                self.spend(a.len() + b.len(), span)?;
                Ok(Value::text([&**a, &**b].concat()))
            }
            (Operator::Add, Value::List(a), Value::List(b)) => {
                self.spend(a.len() + b.len(), span)?;
                let joined: Result<Vec<Value<'a>>, Problem> =
                    a.iter().chain(b.iter()).map(|element| self.known(element, span)).collect();
                Ok(Value::list(joined?))
            }
            _ => Err(mismatch(operator.symbol(), &[left, right], span)),
        }
    }

    /// `element in collection`
    fn contains(&mut self, element: &Value<'a>, collection: &Value<'a>, span: Span) -> Outcome<'a> {
        match (element, collection) {
            (element, Value::List(elements)) => {
                for candidate in elements.iter() {
                    let candidate = self.known(candidate, span)?;
                    if self.equal(element, &candidate, span)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Ok(Value::Bool(false))
            }
            (Value::String(key), Value::Map(map)) => Ok(Value::Bool(map.contains(key))),
            // A key in other maps of CEL, and so no mistake.
            (Value::Int(_) | Value::Double(_) | Value::Bool(_), Value::Map(_)) => Ok(Value::Bool(false)),
            _ => Err(mismatch("in", &[element, collection], span)),
        }
    }

    /// `operand[index]`; `None` where there is nothing at that index.
    pub(crate) fn index(
        &mut self,
        operand: &Value<'a>,
        index: &Value<'a>,
        span: Span,
    ) -> Result<Option<Value<'a>>, Problem> {
        let found = match (operand, index) {
            (Value::List(list), Value::Int(index)) => {
                usize::try_from(*index).ok().and_then(|index| list.get(index))
            }
            (Value::List(list), Value::Double(index)) if index.fract() == 0.0 && *index >= 0.0 => {
                // A double that is a whole number is a legal index; the cast saturates, and beyond the end is nothing.
                list.get(*index as usize)
            }
            (Value::Map(map), Value::String(key)) => map.get(key),
            _ => return Err(mismatch("[]", &[operand, index], span)),
        };
        found.map(|value| self.known(value, span)).transpose()
    }

    /// What a macro visits: the elements of a list, or the keys of a map.
    pub(crate) fn elements(&mut self, collection: &Value<'a>, span: Span) -> Result<Vec<Value<'a>>, Problem> {
        match collection {
            Value::List(list) => {
                self.spend(list.len(), span)?;
                list.iter().map(|element| self.known(element, span)).collect()
            }
            Value::Map(map) => {
                self.spend(map.len(), span)?;
                Ok(map.keys().into_iter().map(Value::String).collect())
            }
            other => {
                Err(Problem::evaluation(span, format!("expected a list or a map, found {}", other.article())))
            }
        }
    }
}

fn integers(operator: Operator, a: i64, b: i64, span: Span) -> Result<i64, Problem> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide if b == 0 => return Err(Problem::evaluation(span, "division by zero")),
        Operator::Divide => a.checked_div(b),
        Operator::Remainder if b == 0 => {
            return Err(Problem::evaluation(span, "remainder of a division by zero"));
        }
        _ => a.checked_rem(b),
    };
    result.ok_or_else(|| {
        let message = format!("{a} {} {b} does not fit into a signed 64-bit integer", operator.symbol());
        Problem::evaluation(span, message)
    })
}

/// The problem of an operator or a function that does not take these values. The checker finds most of them first.
pub(crate) fn mismatch(name: &str, values: &[&Value<'_>], span: Span) -> Problem {
    let found: Vec<&str> = values
        .iter()
        .map(|value| match value {
            Value::Double(value) if value.is_nan() => "NaN",
            value => value.article(),
        })
        .collect();
    Problem::evaluation(span, format!("`{name}` does not take {}", found.join(" and ")))
}
