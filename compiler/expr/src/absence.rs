//! Reads that may fail: fields that are neither required nor have a default, read without asking first whether they are there.
//!
//! They are no errors, since the config at hand may well have them, but an author wants to know. A read is guarded by `has(x.y)`,
//! `'y' in x` or `x.?y.hasValue()`, in the condition of a `?:`, or beside it in `&&` and, negated, in `||`, on either side, because these
//! absorb the failure of the other side.

use catalyst_source::Span;

use crate::ast::{Kind, Node, Operator};
use crate::evaluate::absent_help;
use crate::expression::Scope;
use crate::print::brief;
use crate::problem::Problem;
use crate::types::Type;

/// A field by its names, from the variable on.
type Path<'n> = Vec<&'n str>;

/// The unguarded reads, in the order of the text.
pub(crate) fn absences(node: &Node, scope: &Scope) -> Vec<Problem> {
    let mut walk = Walk { scope, locals: Vec::new(), guards: Vec::new(), found: Vec::new() };
    walk.visit(node);
    walk.found.sort_by_key(|problem| problem.span);
    walk.found.dedup();
    walk.found
}

struct Walk<'n> {
    scope: &'n Scope,
    locals: Vec<&'n str>,
    /// What is known to be there.
    guards: Vec<Path<'n>>,
    found: Vec<Problem>,
}

impl<'n> Walk<'n> {
    fn visit(&mut self, node: &'n Node) {
        match &node.kind {
            Kind::Select { optional: false, field_span, .. } => self.read(node, *field_span),
            Kind::Index { optional: false, index, .. } => self.read(node, index.span),
            Kind::And(terms) => self.chain(terms, true),
            Kind::Or(terms) => self.chain(terms, false),
            Kind::Conditional(parts) => {
                let [condition, yes, no] = &**parts;
                self.visit(condition);
                self.given(facts(condition, true), |walk| walk.visit(yes));
                self.given(facts(condition, false), |walk| walk.visit(no));
                return;
            }
            Kind::Macro { target, variable, filter, body, .. } => {
                self.visit(target);
                self.locals.push(variable);
                filter.iter().for_each(|filter| self.visit(filter));
                let known = filter.as_deref().map(|filter| facts(filter, true)).unwrap_or_default();
                self.given(known, |walk| walk.visit(body));
                self.locals.pop();
                return;
            }
            _ => {}
        }
        if !matches!(node.kind, Kind::And(_) | Kind::Or(_)) {
            node.children().for_each(|child| self.visit(child));
        }
    }

    fn given(&mut self, known: Vec<Path<'n>>, visit: impl FnOnce(&mut Self)) {
        let before = self.guards.len();
        self.guards.extend(known);
        visit(self);
        self.guards.truncate(before);
    }

    /// Each term of a chain matters only where the others have not settled it.
    fn chain(&mut self, terms: &'n [Node], truth: bool) {
        let known: Vec<Vec<Path<'n>>> = terms.iter().map(|term| facts(term, truth)).collect();
        for (at, term) in terms.iter().enumerate() {
            let others = known.iter().enumerate().filter(|(other, _)| *other != at);
            let others = others.flat_map(|(_, known)| known.iter().cloned()).collect();
            self.given(others, |walk| walk.visit(term));
        }
    }

    /// Reports the last field of a path, if it may be absent; those before it are reads of their own.
    fn read(&mut self, node: &'n Node, span: Span) {
        let Some((path, root)) = path(node) else { return };
        let Some((name, fields)) = path.split_first() else { return };
        if !root && self.locals.contains(name) || self.guards.iter().any(|known| known.starts_with(&path)) {
            return;
        }
        let mut ty = self.scope.variables.get(*name);
        let mut optional = false;
        for field in fields {
            let objects = ty.map(Type::alternatives).unwrap_or_default().iter();
            let found = objects.filter_map(|ty| match ty {
                Type::Object(fields, _) => fields.get(*field),
                _ => None,
            });
            let found: Vec<_> = found.collect();
            optional = found.iter().any(|field| field.optional);
            ty = found.first().map(|field| &field.ty);
        }
        if optional {
            let problem = Problem::evaluation(span, format!("`{}` may be absent", brief(node)));
            self.found.push(problem.with_help(absent_help(node)));
        }
    }
}

/// `config.postgres['mode']` as a path, and whether it starts with a leading dot. What is read optionally is no path: it cannot fail.
fn path(node: &Node) -> Option<(Path<'_>, bool)> {
    let mut path = Vec::new();
    let mut node = node;
    loop {
        match &node.kind {
            Kind::Name { name, root } => {
                path.push(name.as_str());
                path.reverse();
                return Some((path, *root));
            }
            Kind::Select { operand, field, optional: false, .. } => {
                path.push(field);
                node = operand;
            }
            Kind::Index { operand, index, optional: false } => {
                let Kind::String(key) = &index.kind else { return None };
                path.push(key);
                node = operand;
            }
            _ => return None,
        }
    }
}

/// The paths that are there when `node` has the given value.
fn facts(node: &Node, truth: bool) -> Vec<Path<'_>> {
    let below = |operand, field| path(operand).map(|(path, _)| [path, vec![field]].concat());
    match &node.kind {
        Kind::Not(operand) => facts(operand, !truth),
        Kind::And(terms) if truth => terms.iter().flat_map(|term| facts(term, true)).collect(),
        Kind::Or(terms) if !truth => terms.iter().flat_map(|term| facts(term, false)).collect(),
        Kind::Has { operand, field, .. } if truth => below(operand, field.as_str()).into_iter().collect(),
        Kind::Binary(Operator::In, key, collection) if truth => match &key.kind {
            Kind::String(key) => below(collection, key.as_str()).into_iter().collect(),
            _ => Vec::new(),
        },
        Kind::Call { name, target: Some(target), .. } if truth && name == "hasValue" => match &target.kind {
            Kind::Select { operand, field, .. } => below(operand, field.as_str()).into_iter().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
