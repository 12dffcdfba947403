//! One expression: compiled once, evaluated as often as needed.

use std::collections::BTreeMap;

use catalyst_source::Span;
use serde_json::Value as Json;

use crate::absence::absences;
use crate::ast::Node;
use crate::check::check;
use crate::evaluate::Evaluator;
use crate::export::{Export, accepts};
use crate::lexer::{self, lex};
use crate::limits;
use crate::parser::parse;
use crate::print::operand;
use crate::problem::Problem;
use crate::references::references;
use crate::types::Type;
use crate::value::Value;

/// What an expression can name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Scope {
    /// The variables and their types.
    pub variables: BTreeMap<String, Type>,
}

impl Scope {
    /// The scope with one variable more.
    pub fn with(mut self, name: impl Into<String>, ty: Type) -> Self {
        self.variables.insert(name.into(), ty);
        self
    }
}

/// An expression that has passed the checker. Its `Display` is the canonical text: it reads back as the same expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    node: Node,
    ty: Type,
    expect: Option<Type>,
    warnings: Vec<Problem>,
}

// A literal is never NaN, so equality is reflexive.
impl Eq for Expression {}

/// Compiles the text of one expression, without braces. With `expect`, a value of another type is a problem: here where no value can
/// be right, and at evaluation otherwise.
pub fn compile(text: &str, scope: &Scope, expect: Option<&Type>) -> Result<Expression, Vec<Problem>> {
    if text.len() > limits::TEXT {
        return Err(vec![lexer::too_long(0, text.len())]);
    }
    let lexed = lex(text, 0, false).map_err(|problem| vec![problem])?;
    Expression::from_tokens(&lexed.tokens, scope, expect)
}

impl Expression {
    pub(crate) fn from_tokens(
        tokens: &[lexer::Token],
        scope: &Scope,
        expect: Option<&Type>,
    ) -> Result<Expression, Vec<Problem>> {
        let mut node = parse(tokens).map_err(|problem| vec![problem])?;
        let (ty, problems) = check(&mut node, scope, expect);
        if !problems.is_empty() {
            return Err(problems);
        }
        let warnings = absences(&node, scope);
        Ok(Expression { node, ty, expect: expect.cloned(), warnings })
    }

    /// The type of its value, as far as it is known.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The bytes of the text that it takes, without braces and blanks around it.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Fields that it reads without asking whether they are there, although they are neither required nor have a default. Evaluation
    /// fails where such a field is absent.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Its value for the given variables.
    pub fn evaluate(&self, variables: &BTreeMap<String, Json>) -> Result<Json, Problem> {
        let mut evaluator = Evaluator::new(variables);
        let value = self.value(&mut evaluator)?;
        let json = Export::new(&mut evaluator, self.node.span).json(&value)?;
        match &self.expect {
            Some(expected) if !accepts(expected, &json) => {
                let message = format!("this place wants {expected}, but the value is {}", value.article());
                Err(Problem::evaluation(self.node.span, message))
            }
            _ => Ok(json),
        }
    }

    /// The expression as a message shows it before a `.`.
    pub(crate) fn brief(&self) -> String {
        operand(&self.node)
    }

    pub(crate) fn value<'a>(&'a self, evaluator: &mut Evaluator<'a>) -> Result<Value<'a>, Problem> {
        evaluator.evaluate(&self.node)
    }

    /// The variables and fields that it reads, as paths like `["config", "postgres", "mode"]`: sorted, each once, and as long as they
    /// are known without evaluating.
    pub fn references(&self) -> Vec<Vec<String>> {
        references(&self.node)
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}
