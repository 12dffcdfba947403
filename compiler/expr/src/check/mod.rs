//! The checker: the type of every node, and every definite misuse. What may be right is left to evaluation, so an unknown type is never
//! an error. A fault yields an unknown type, so that one mistake gives one finding.

mod calls;
mod names;
mod operators;

use std::borrow::Cow;
use std::collections::BTreeMap;

use catalyst_source::Span;

use self::names::suggestion;
use crate::ast::{Entry, Kind, Macro, Node, Number};
use crate::export::accepts;
use crate::expression::Scope;
use crate::print::{brief, operand};
use crate::problem::Problem;
use crate::types::{Field, Type};

/// A type that mostly lives in the scope.
type Known<'s> = Cow<'s, Type>;

/// How many parts all types together may have that the checker makes: literals inside macros can make them grow without end. Past it,
/// the checker knows nothing more, and finds less.
const PARTS: usize = 50_000;

const DYN: Known<'static> = Cow::Owned(Type::Dyn);

/// What the surroundings of a node want it to be.
#[derive(Clone, Copy)]
struct Wanted<'w> {
    ty: &'w Type,
    /// Who wants it, for the message.
    by: &'w str,
}

/// Checks the tree, and writes down in it how numbers are to be read. The type of the whole, and what is wrong.
pub(crate) fn check(node: &mut Node, scope: &Scope, expect: Option<&Type>) -> (Type, Vec<Problem>) {
    let mut checker = Checker { scope, locals: Vec::new(), problems: Vec::new(), left: PARTS };
    let wanted = expect.map(|ty| Wanted { ty, by: "this place" });
    let ty = checker.check(node, wanted);
    let ty = checker.own(ty);
    if checker.problems.is_empty() && holds_optional(&ty) {
        let message = format!("`{}` may be absent", brief(node));
        let help = "say what to take instead: `.orValue(x)`".to_owned();
        checker.problems.push(Problem::typing(node.span, message).with_help(help));
    }
    checker.problems.sort_by_key(|problem| problem.span);
    (ty, checker.problems)
}

struct Checker<'s> {
    scope: &'s Scope,
    /// The variables of the macros around the current node, innermost last.
    locals: Vec<(String, Known<'s>)>,
    problems: Vec<Problem>,
    left: usize,
}

impl<'s> Checker<'s> {
    fn check(&mut self, node: &mut Node, wanted: Option<Wanted<'_>>) -> Known<'s> {
        let ty = match self.infer(node, wanted) {
            Cow::Owned(ty) if !ty.pay(&mut self.left) => DYN,
            ty => ty,
        };
        node.number = match *ty {
            Type::Int => Number::Int,
            Type::Double => Number::Double,
            _ => Number::AsFound,
        };
        // A conditional and a list hand the wish on to their parts, which report it more exactly.
        let handed_on = match node.kind {
            Kind::Conditional(_) => true,
            Kind::List(_) => wanted.is_some_and(|wanted| element_of(wanted.ty).is_some()),
            Kind::Map(_) => wanted.is_some_and(|wanted| matches!(wanted.ty, Type::Map(_) | Type::Object(..))),
            _ => false,
        };
        if let Some(wanted) = wanted
            && !handed_on
        {
            self.want(node, &ty, wanted);
        }
        ty
    }

    /// The type on its own, paid for where it has to be copied.
    fn own(&mut self, ty: Known<'s>) -> Type {
        match ty {
            Cow::Owned(ty) => ty,
            Cow::Borrowed(ty) if ty.pay(&mut self.left) => ty.clone(),
            Cow::Borrowed(_) => Type::Dyn,
        }
    }

    fn want(&mut self, node: &Node, ty: &Type, wanted: Wanted<'_>) {
        if let Kind::String(text) = &node.kind
            && self.is_not_listed(node.span, text, wanted.ty, wanted.by)
        {
            return;
        }
        if !ty.fits(wanted.ty) {
            let message = format!("{} wants {}, but this is {}", wanted.by, wanted.ty, ty);
            let help = conversion(ty, wanted.ty, node);
            self.problems.push(Problem::typing(node.span, message).with_help(help));
        }
    }

    fn infer(&mut self, node: &mut Node, wanted: Option<Wanted<'_>>) -> Known<'s> {
        let span = node.span;
        match &mut node.kind {
            Kind::Null => Cow::Owned(Type::Null),
            Kind::Bool(_) => Cow::Owned(Type::Bool),
            Kind::Int(_) => Cow::Owned(Type::Int),
            Kind::Double(_) => Cow::Owned(Type::Double),
            Kind::String(_) => Cow::Owned(Type::String),
            Kind::List(elements) => {
                let inner = wanted.and_then(|wanted| Some(Wanted { ty: element_of(wanted.ty)?, ..wanted }));
                let types: Vec<Type> = elements
                    .iter_mut()
                    .map(|element| self.part(&mut element.value, element.optional, inner))
                    .collect();
                Cow::Owned(Type::list(Type::join_all(types)))
            }
            Kind::Map(entries) => Cow::Owned(self.map(entries, span, wanted)),
            Kind::Name { name, root } => self.name(name, *root, span),
            Kind::Select { operand, field, field_span, optional } => {
                let ty = self.check(operand, None);
                let found = self.field(&ty, operand, field, *field_span);
                if *optional && !is_optional(&ty) {
                    Cow::Owned(Type::optional(self.own(found)))
                } else {
                    found
                }
            }
            Kind::Has { operand, field, field_span } => {
                let ty = self.check(operand, None);
                self.field(&ty, operand, field, *field_span);
                Cow::Owned(Type::Bool)
            }
            Kind::Index { operand, index, optional } => {
                let ty = self.check(operand, None);
                let at = self.check(index, None);
                let found = self.index(&ty, operand, &at, index);
                if *optional && !is_optional(&ty) {
                    Cow::Owned(Type::optional(self.own(found)))
                } else {
                    found
                }
            }
            Kind::Not(operand) => {
                self.check(operand, Some(Wanted { ty: &Type::Bool, by: "`!`" }));
                Cow::Owned(Type::Bool)
            }
            Kind::Negate(operand) => {
                let ty = self.check(operand, None);
                let numbers =
                    ty.alternatives().iter().filter(|ty| matches!(ty, Type::Int | Type::Double | Type::Dyn));
                let numbers: Vec<Type> = numbers.cloned().collect();
                if numbers.is_empty() {
                    let message = format!("`-` wants a number, but this is {ty}");
                    self.problems.push(Problem::typing(operand.span, message));
                }
                Cow::Owned(Type::join_all(numbers))
            }
            Kind::Binary(operator, left, right) => {
                let operator = *operator;
                let a = self.check(left, None);
                let b = self.check(right, None);
                Cow::Owned(self.binary(operator, (left, &a), (right, &b), span))
            }
            Kind::And(terms) | Kind::Or(terms) => {
                for term in terms {
                    self.check(term, Some(Wanted { ty: &Type::Bool, by: "a condition" }));
                }
                Cow::Owned(Type::Bool)
            }
            Kind::Conditional(parts) => {
                let [condition, yes, no] = &mut **parts;
                self.check(condition, Some(Wanted { ty: &Type::Bool, by: "a condition" }));
                let (yes, no) = (self.check(yes, wanted), self.check(no, wanted));
                if yes == no { yes } else { Cow::Owned(self.own(yes).join(self.own(no))) }
            }
            Kind::Call { name, name_span, target, arguments } => {
                let name_span = *name_span;
                if let Some(Kind::Name { name: namespace, .. }) = target.as_ref().map(|target| &target.kind)
                    && namespace == "optional"
                    && matches!(name.as_str(), "of" | "none")
                {
                    let full = format!("optional.{name}");
                    return Cow::Owned(self.call(&full, name_span, None, arguments, span));
                }
                Cow::Owned(self.call(name, name_span, target.as_deref_mut(), arguments, span))
            }
            Kind::Macro { name, target, variable, filter, body, .. } => {
                let ty = self.check(target, None);
                let element = self.element(&ty, target);
                self.locals.push((variable.clone(), element.clone()));
                let truth = Wanted { ty: &Type::Bool, by: "a condition" };
                if let Some(filter) = filter {
                    self.check(filter, Some(truth));
                }
                let result = self.check(body, (*name != Macro::Map).then_some(truth));
                self.locals.pop();
                Cow::Owned(match name {
                    Macro::All | Macro::Exists | Macro::ExistsOne => Type::Bool,
                    Macro::Filter => Type::list(self.own(element)),
                    Macro::Map => Type::list(self.own(result)),
                })
            }
        }
    }

    /// A map literal: an object where all keys are literals too.
    fn map(&mut self, entries: &mut [Entry], span: Span, wanted: Option<Wanted<'_>>) -> Type {
        let mut fields = BTreeMap::new();
        let mut all = Vec::new();
        let mut literal = true;
        for entry in entries {
            self.check(&mut entry.key, Some(Wanted { ty: &Type::String, by: "a key" }));
            let name = match &entry.key.kind {
                Kind::String(name) => Some(name.clone()),
                _ => None,
            };
            let inner = wanted.and_then(|wanted| value_of(wanted.ty, name.as_deref()));
            let inner = inner.map(|ty| Wanted { ty, by: "this key" });
            let ty = self.part(&mut entry.value, entry.optional, inner);
            all.push(ty.clone());
            let Some(name) = name else {
                literal = false;
                continue;
            };
            if let Some(Wanted { ty: Type::Object(known, false), .. }) = wanted
                && !known.contains_key(&name)
            {
                let help = suggestion(&name, known.keys().map(String::as_str));
                let problem = Problem::undefined(entry.key.span, format!("there is no key '{name}' here"));
                self.problems.push(problem.with_help(help));
            }
            let field = Field { ty, optional: entry.optional };
            if fields.insert(name.clone(), field).is_some() {
                self.problems
                    .push(Problem::typing(entry.key.span, format!("the key '{name}' is written twice")));
            }
        }
        if !literal || fields.is_empty() && wanted.is_none() {
            return Type::map(Type::join_all(all));
        }
        if let Some(Wanted { ty: Type::Object(known, _), .. }) = wanted {
            let missing = known.iter().filter(|(name, field)| !field.optional && !fields.contains_key(*name));
            let missing =
                missing.map(|(name, _)| Problem::typing(span, format!("the key '{name}' is missing")));
            self.problems.extend(missing);
        }
        Type::Object(fields, false)
    }

    /// A part of a list or map literal; an optional one must be optional.
    fn part(&mut self, node: &mut Node, optional: bool, wanted: Option<Wanted<'_>>) -> Type {
        if !optional {
            let ty = self.check(node, wanted);
            return self.own(ty);
        }
        let ty = self.check(node, None);
        let inner = ty.alternatives().iter().filter_map(|ty| match ty {
            Type::Optional(inner) => Some((**inner).clone()),
            Type::Dyn => Some(Type::Dyn),
            _ => None,
        });
        let inner: Vec<Type> = inner.collect();
        if inner.is_empty() {
            let message = format!("`?` wants an optional value, but this is {ty}");
            let help = "an optional value comes from `config.?field`".to_owned();
            self.problems.push(Problem::typing(node.span, message).with_help(help));
        }
        Type::join_all(inner)
    }
}

fn is_optional(ty: &Type) -> bool {
    ty.alternatives().iter().all(|ty| matches!(ty, Type::Optional(_)))
}

/// Whether the value of the whole is optional, or a literal that holds an optional value.
fn holds_optional(ty: &Type) -> bool {
    match ty {
        Type::List(element) => holds_optional(element),
        Type::Map(value) => holds_optional(value),
        Type::Object(fields, _) => fields.values().any(|field| holds_optional(&field.ty)),
        ty => is_optional(ty),
    }
}

/// What an element of a list must be that goes where `ty` is wanted.
fn element_of(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(element) => Some(element),
        _ => None,
    }
}

/// What the value of a key must be in a map that goes where `ty` is wanted.
fn value_of<'t>(ty: &'t Type, key: Option<&str>) -> Option<&'t Type> {
    match ty {
        Type::Map(value) => Some(value),
        Type::Object(fields, _) => fields.get(key?).map(|field| &field.ty),
        _ => None,
    }
}

/// How to make what is wanted from what there is.
fn conversion(found: &Type, wanted: &Type, node: &Node) -> Option<String> {
    let by = |function: &str| Some(format!("write `{function}({})`", brief(node)));
    match (&node.kind, found, wanted) {
        (_, Type::Optional(_), _) => {
            Some(format!("say what to take when it is absent: `{}.orValue(…)`", operand(node)))
        }
        (Kind::Bool(_) | Kind::Int(_) | Kind::Double(_), _, Type::String) => {
            Some(format!("write `'{}'`", brief(node)))
        }
        (Kind::String(text), ..) => {
            let value = serde_json::from_str::<serde_json::Value>(text).ok()?;
            accepts(wanted, &value).then(|| format!("write `{text}`"))
        }
        (_, Type::Bool | Type::Int | Type::Double, Type::String) => by("string"),
        (_, Type::String | Type::Double, Type::Int) => by("int"),
        (_, Type::String, Type::Double) => by("double"),
        (_, Type::String, Type::Bool) => by("bool"),
        (_, Type::List(_), Type::Bool) => Some(format!("write `{}.size() > 0`", operand(node))),
        (_, Type::Int, Type::Bool) => Some(format!("write `{} > 0`", operand(node))),
        _ => None,
    }
}
