//! Trees of values whose scalars may hold expressions.

use catalyst_diag::{Diagnostic, Place, Rule, rule};
use catalyst_expr::{Problem, ProblemKind, Scope, Template, template};
use catalyst_source::{KeyPath, Span};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A tree of values, its expressions compiled.
#[derive(Debug)]
pub struct ValueTree(Node);

#[derive(Debug)]
enum Node {
    Plain(Value),
    Expression(Template),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// What could not be compiled, which has been reported.
    Broken,
}

impl ValueTree {
    /// Compiles a tree that stands at `place`. What cannot be compiled is reported and left out.
    pub fn compile(
        values: &Map<String, Value>,
        scope: &Scope,
        place: &Place,
        out: &mut Vec<Diagnostic>,
    ) -> ValueTree {
        ValueTree(Node::Map(
            values
                .iter()
                .map(|(key, value)| (key.clone(), node(value, scope, &place.child(key), out)))
                .collect(),
        ))
    }

    /// Puts values in place of the expressions. A failing one is reported at its place below `place` and left out.
    pub fn evaluate(
        &self,
        variables: &BTreeMap<String, Value>,
        place: &Place,
        out: &mut Vec<Diagnostic>,
    ) -> Map<String, Value> {
        match evaluate(&self.0, variables, &KeyPath::root(), place, out) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// The paths that each expression reads, such as `config.replicas`, with the path in the tree where it stands.
    pub fn references(&self) -> Vec<(KeyPath, Vec<String>)> {
        let mut found = Vec::new();
        references(&self.0, &KeyPath::root(), &mut found);
        found
    }
}

fn node(value: &Value, scope: &Scope, place: &Place, out: &mut Vec<Diagnostic>) -> Node {
    match value {
        Value::String(text) => match template(text, scope) {
            Ok(None) => Node::Plain(value.clone()),
            Ok(Some(template)) => Node::Expression(template),
            Err(problems) => {
                out.extend(problems.iter().map(|problem| diagnostic(problem, place)));
                Node::Broken
            }
        },
        Value::Array(items) => Node::List(
            items.iter().enumerate().map(|(at, item)| node(item, scope, &place.item(at), out)).collect(),
        ),
        Value::Object(map) => Node::Map(
            map.iter()
                .map(|(key, value)| (key.clone(), node(value, scope, &place.child(key), out)))
                .collect(),
        ),
        plain => Node::Plain(plain.clone()),
    }
}

fn evaluate(
    node: &Node,
    variables: &BTreeMap<String, Value>,
    path: &KeyPath,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) -> Option<Value> {
    match node {
        Node::Plain(value) => Some(value.clone()),
        Node::Broken => None,
        Node::Expression(template) => match template.evaluate(variables) {
            Ok(value) => Some(value),
            Err(problem) => {
                out.push(diagnostic(&problem, &place.below(path)));
                None
            }
        },
        Node::List(items) => Some(Value::Array(
            items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| evaluate(item, variables, &path.index(at), place, out))
                .collect(),
        )),
        Node::Map(entries) => {
            let mut map = Map::with_capacity(entries.len());
            for (key, node) in entries {
                if let Some(value) = evaluate(node, variables, &path.key(key), place, out) {
                    map.insert(key.clone(), value);
                }
            }
            Some(Value::Object(map))
        }
    }
}

fn references(node: &Node, path: &KeyPath, into: &mut Vec<(KeyPath, Vec<String>)>) {
    match node {
        Node::Plain(_) | Node::Broken => {}
        Node::Expression(template) => {
            into.extend(template.references().into_iter().map(|it| (path.clone(), it)))
        }
        Node::List(items) => {
            items.iter().enumerate().for_each(|(at, item)| references(item, &path.index(at), into))
        }
        Node::Map(entries) => entries.iter().for_each(|(key, node)| references(node, &path.key(key), into)),
    }
}

/// A problem of an expression as a diagnostic at the scalar that holds it.
pub fn diagnostic(problem: &Problem, scalar: &Place) -> Diagnostic {
    let rule: &'static Rule = match problem.kind {
        ProblemKind::UndefinedVariable => &rule::UNDEFINED_VARIABLE,
        ProblemKind::Cost => &rule::EXPRESSION_COST,
        ProblemKind::Syntax | ProblemKind::Type | ProblemKind::Evaluation => &rule::INVALID_EXPRESSION,
    };
    let span = if problem.span.is_empty() {
        Span { start: problem.span.start, end: problem.span.start + 1 }
    } else {
        problem.span
    };
    let found = Diagnostic::new(rule, scalar.within(span), problem.message.clone());
    match &problem.help {
        Some(help) => found.help(help.clone()),
        None => found,
    }
}
