//! The checker: the type of every node, and every definite misuse. What may be right is left to evaluation, so an unknown type is never
//! an error. A fault yields an unknown type, so that one mistake gives one finding.

use std::borrow::Cow;

use catalyst_diag::suggest::nearest;
use catalyst_source::Span;

use crate::ast::{Kind, Macro, Node, Number, Operator};
use crate::expression::Scope;
use crate::functions::{SIGNATURES, Signature, elsewhere};
use crate::methods::pattern;
use crate::problem::Problem;
use crate::types::{Field, Type};

/// A type that mostly lives in the scope.
type Known<'s> = Cow<'s, Type>;

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
    let mut checker = Checker { scope, locals: Vec::new(), problems: Vec::new() };
    let wanted = expect.map(|ty| Wanted { ty, by: "this place" });
    let ty = checker.check(node, wanted).into_owned();
    if checker.problems.is_empty() && holds_optional(&ty) {
        let message = format!("`{node}` may be absent");
        let help = "say what to take instead: `.orValue(x)`".to_owned();
        checker.problems.push(Problem::typing(node.span, message).with_help(help));
    }
    (ty, checker.problems)
}

struct Checker<'s> {
    scope: &'s Scope,
    /// The variables of the macros around the current node, innermost last.
    locals: Vec<(String, Known<'s>)>,
    problems: Vec<Problem>,
}

impl<'s> Checker<'s> {
    fn check(&mut self, node: &mut Node, wanted: Option<Wanted<'_>>) -> Known<'s> {
        let ty = self.infer(node, wanted);
        node.number = match *ty {
            Type::Int => Number::Int,
            Type::Double => Number::Double,
            _ => Number::AsFound,
        };
        // A conditional and a list hand the wish on to their parts, which report it more exactly.
        let handed_on = match node.kind {
            Kind::Conditional(_) => true,
            Kind::List(_) => wanted.is_some_and(|wanted| element_of(wanted.ty).is_some()),
            _ => false,
        };
        if let Some(wanted) = wanted
            && !handed_on
        {
            self.want(node, &ty, wanted);
        }
        ty
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
            Kind::Map(entries) => {
                let mut fields = std::collections::BTreeMap::new();
                let mut all = Vec::new();
                let mut literal = true;
                for entry in entries {
                    let key = self.check(&mut entry.key, Some(Wanted { ty: &Type::String, by: "a key" }));
                    drop(key);
                    let name = match &entry.key.kind {
                        Kind::String(name) => Some(name.clone()),
                        _ => None,
                    };
                    let inner = wanted.and_then(|wanted| value_of(wanted.ty, name.as_deref()));
                    let inner = inner.map(|ty| Wanted { ty, by: "this key" });
                    let ty = self.part(&mut entry.value, entry.optional, inner);
                    all.push(ty.clone());
                    match name {
                        Some(name) => {
                            let field = Field { ty, optional: entry.optional };
                            if fields.insert(name.clone(), field).is_some() {
                                let message = format!("the key '{name}' is written twice");
                                self.problems.push(Problem::typing(entry.key.span, message));
                            }
                        }
                        None => literal = false,
                    }
                }
                Cow::Owned(if literal && !fields.is_empty() {
                    Type::Object(fields, false)
                } else {
                    Type::map(Type::join_all(all))
                })
            }
            Kind::Name { name, root } => self.name(name, *root, span),
            Kind::Select { operand, field, field_span, optional } => {
                let ty = self.check(operand, None);
                let found = self.field(&ty, operand, field, *field_span);
                if *optional && !is_optional(&ty) {
                    Cow::Owned(Type::optional(found.into_owned()))
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
                    Cow::Owned(Type::optional(found.into_owned()))
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
                if yes == no { yes } else { Cow::Owned(yes.into_owned().join(no.into_owned())) }
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
                    Macro::Filter => Type::list(element.into_owned()),
                    Macro::Map => Type::list(result.into_owned()),
                })
            }
        }
    }

    /// A part of a list or map literal; an optional one must be optional.
    fn part(&mut self, node: &mut Node, optional: bool, wanted: Option<Wanted<'_>>) -> Type {
        if !optional {
            return self.check(node, wanted).into_owned();
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

    fn name(&mut self, name: &str, root: bool, span: Span) -> Known<'s> {
        if let Some((_, ty)) = self.locals.iter().rev().find(|(local, _)| !root && local == name) {
            return ty.clone();
        }
        if let Some(ty) = self.scope.variables.get(name) {
            return Cow::Borrowed(ty);
        }
        let names = self
            .locals
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(self.scope.variables.keys().map(String::as_str));
        let help = match name {
            "Values" | "Release" | "Chart" | "Capabilities" | "Template" | "Files" => Some(
                "this is a Helm template; text that the chart is to see is written `{{ \"{{ … }}\" }}`"
                    .to_owned(),
            ),
            _ if SIGNATURES.iter().any(|signature| signature.name == name) => {
                Some(format!("`{name}` is a function: `{name}(…)`"))
            }
            _ => suggestion(name, names),
        };
        self.problems
            .push(Problem::undefined(span, format!("there is no variable `{name}`")).with_help(help));
        DYN
    }

    /// The type of a field of a value of type `ty`.
    fn field(&mut self, ty: &Known<'s>, operand: &Node, field: &str, field_span: Span) -> Known<'s> {
        if let Cow::Borrowed(Type::Object(fields, _)) = ty
            && let Some(found) = fields.get(field)
        {
            return Cow::Borrowed(&found.ty);
        }
        let found: Vec<Type> = ty.alternatives().iter().filter_map(|ty| field_of(ty, field)).collect();
        if !found.is_empty() {
            return Cow::Owned(Type::join_all(found));
        }
        let fields = ty.alternatives().iter().filter_map(|ty| match ty {
            Type::Object(fields, _) => Some(fields.keys()),
            Type::Optional(inner) => match &**inner {
                Type::Object(fields, _) => Some(fields.keys()),
                _ => None,
            },
            _ => None,
        });
        let fields: Vec<&str> = fields.flatten().map(String::as_str).collect();
        let problem = if fields.is_empty() && !matches!(**ty, Type::Object(..)) {
            Problem::typing(field_span, format!("`{operand}` is {}, which has no fields", ty.article()))
        } else {
            let dashed = fields.iter().find(|name| name.starts_with(&format!("{field}-")));
            let help = match dashed {
                Some(name) => Some(format!("a name with a dash is written `{operand}['{name}']`")),
                None => suggestion(field, fields.iter().copied()),
            };
            Problem::undefined(field_span, format!("`{operand}` has no field `{field}`")).with_help(help)
        };
        self.problems.push(problem);
        DYN
    }

    fn index(&mut self, ty: &Known<'s>, operand: &Node, at: &Type, index: &Node) -> Known<'s> {
        if let Kind::String(key) = &index.kind
            && ty.alternatives().iter().any(|ty| matches!(ty, Type::Object(..)))
        {
            return self.field(ty, operand, key, index.span);
        }
        let found: Vec<Type> = ty.alternatives().iter().filter_map(|ty| element_at(ty, at)).collect();
        if found.is_empty() {
            let message = format!("`{operand}` is {}, which has no index of type {at}", ty.article());
            self.problems.push(Problem::typing(index.span, message));
        }
        Cow::Owned(Type::join_all(found))
    }

    /// What a macro visits in a value of type `ty`.
    fn element(&mut self, ty: &Known<'s>, target: &Node) -> Known<'s> {
        if let Cow::Borrowed(Type::List(element)) = ty {
            return Cow::Borrowed(element);
        }
        let found: Vec<Type> = ty
            .alternatives()
            .iter()
            .filter_map(|ty| match ty {
                Type::List(element) => Some((**element).clone()),
                Type::Map(_) | Type::Object(..) => Some(Type::String),
                Type::Dyn => Some(Type::Dyn),
                _ => None,
            })
            .collect();
        if found.is_empty() {
            let message = format!("a macro visits a list or a map, but `{target}` is {}", ty.article());
            self.problems.push(Problem::typing(target.span, message));
        }
        Cow::Owned(Type::join_all(found))
    }

    fn binary(
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
                            Some(format!("whether it is set is written `has({field})`"))
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

    fn mismatch(&mut self, operator: Operator, left: &Type, right: &Type, span: Span) {
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
    fn compares_unlisted(&mut self, (value, ty): (&Node, &Type), literal: &Node) -> bool {
        let Kind::String(text) = &literal.kind else { return false };
        let by = format!("`{value}`");
        ty.alternatives().iter().all(|ty| matches!(ty, Type::Enum(_)))
            && self.is_not_listed(literal.span, text, ty, &by)
    }

    fn is_not_listed(&mut self, span: Span, text: &str, ty: &Type, by: &str) -> bool {
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
            None => format!("it is one of: '{}'", listed.join("', '")),
        };
        let message = format!("{by} is never '{text}'");
        self.problems.push(Problem::typing(span, message).with_help(help));
        true
    }

    fn call(
        &mut self,
        name: &str,
        name_span: Span,
        target: Option<&mut Node>,
        arguments: &mut [Node],
        span: Span,
    ) -> Type {
        let method = target.is_some();
        let mut nodes: Vec<&mut Node> = target.into_iter().chain(arguments).collect();
        let types: Vec<Type> = nodes.iter_mut().map(|node| self.check(node, None).into_owned()).collect();
        let nodes: Vec<&Node> = nodes.into_iter().map(|node| &*node).collect();
        let known: Vec<&Signature> = SIGNATURES.iter().filter(|signature| signature.name == name).collect();
        let callable: Vec<&Signature> =
            known.iter().copied().filter(|known| known.is_called_as(method)).collect();
        if callable.is_empty() {
            self.unknown_function(name, name_span, method, &known);
            return Type::Dyn;
        }
        if let ("matches", Some(Kind::String(text))) = (name, nodes.get(1).map(|node| &node.kind))
            && let Err(error) = pattern(text)
        {
            let span = nodes.get(1).map_or(span, |node| node.span);
            self.problems.push(Problem::typing(span, format!("this is not a regular expression: {error}")));
        }
        let results: Vec<Type> = callable
            .iter()
            .filter(|signature| signature.parameters.len() == types.len())
            .filter(|signature| signature.parameters.iter().zip(&types).all(|(shape, ty)| shape.takes(ty)))
            .map(|signature| signature.result(&types))
            .collect();
        if results.is_empty() {
            self.wrong_arguments(name, &callable, &nodes, &types, span);
        }
        Type::join_all(results)
    }

    fn unknown_function(&mut self, name: &str, span: Span, method: bool, known: &[&Signature]) {
        let names = || {
            let functions =
                SIGNATURES.iter().filter(|known| known.is_called_as(method)).map(|known| known.name);
            functions.chain(Macro::NAMES.iter().filter(|_| method).map(|(name, _)| *name))
        };
        let help = match known.first() {
            Some(_) if method => Some(format!("it is called as `{name}(x)`")),
            Some(_) => Some(format!("it is called as `x.{name}(…)`")),
            None => elsewhere(name)
                .map(str::to_owned)
                .or_else(|| nearest(name, names()).map(|near| format!("did you mean `{near}`?"))),
        };
        let problem = if known.is_empty() {
            Problem::undefined(span, format!("unknown function `{name}`"))
        } else {
            Problem::typing(span, format!("`{name}` is not called this way"))
        };
        self.problems.push(problem.with_help(help));
    }

    fn wrong_arguments(
        &mut self,
        name: &str,
        callable: &[&Signature],
        nodes: &[&Node],
        types: &[Type],
        span: Span,
    ) {
        let method = callable.iter().all(|signature| !signature.is_called_as(false));
        let counted = usize::from(method);
        let fitting: Vec<&&Signature> =
            callable.iter().filter(|signature| signature.parameters.len() == types.len()).collect();
        if fitting.is_empty() {
            let mut counts: Vec<String> =
                callable.iter().map(|signature| (signature.parameters.len() - counted).to_string()).collect();
            counts.dedup();
            let found = types.len() - counted;
            let message = format!("`{name}` takes {} arguments, but there are {found}", counts.join(" or "));
            self.problems.push(Problem::typing(span, message));
            return;
        }
        // The first argument that no signature takes is where the mistake is; else the combination is.
        for (index, ty) in types.iter().enumerate() {
            let mut wanted: Vec<&str> = Vec::new();
            for signature in &fitting {
                let shape = signature.parameters[index];
                if shape.takes(ty) {
                    wanted.clear();
                    break;
                }
                if !wanted.contains(&shape.describe()) {
                    wanted.push(shape.describe());
                }
            }
            if !wanted.is_empty() {
                let message = format!("`{name}` takes {}, but this is {ty}", wanted.join(" or "));
                self.problems.push(Problem::typing(nodes[index].span, message));
                return;
            }
        }
        let found: Vec<String> = types.iter().map(Type::article).collect();
        self.problems.push(Problem::typing(span, format!("`{name}` does not take {}", found.join(" and "))));
    }
}

/// The nearest of the names, or all of them where they are few.
fn suggestion<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    match nearest(word, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if (1..=8).contains(&names.len()) => Some(format!("there is: `{}`", names.join("`, `"))),
        None => None,
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

fn field_of(ty: &Type, field: &str) -> Option<Type> {
    match ty {
        Type::Dyn => Some(Type::Dyn),
        Type::Map(value) => Some((**value).clone()),
        Type::Object(fields, open) => match fields.get(field) {
            Some(found) => Some(found.ty.clone()),
            None => open.then_some(Type::Dyn),
        },
        Type::Optional(inner) => {
            let found: Vec<Type> = inner.alternatives().iter().filter_map(|ty| field_of(ty, field)).collect();
            (!found.is_empty()).then(|| Type::optional(Type::join_all(found)))
        }
        _ => None,
    }
}

fn element_at(ty: &Type, at: &Type) -> Option<Type> {
    match ty {
        Type::Dyn => Some(Type::Dyn),
        Type::List(element) if at.fits(&Type::Int) => Some((**element).clone()),
        Type::Map(value) if at.fits(&Type::String) => Some((**value).clone()),
        Type::Object(..) if at.fits(&Type::String) => Some(Type::Dyn),
        Type::Optional(inner) => {
            let found: Vec<Type> = inner.alternatives().iter().filter_map(|ty| element_at(ty, at)).collect();
            (!found.is_empty()).then(|| Type::optional(Type::join_all(found)))
        }
        _ => None,
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

/// How to make what is wanted from what there is.
fn conversion(found: &Type, wanted: &Type, node: &Node) -> Option<String> {
    let text = |function: &str| Some(format!("write `{function}({node})`"));
    match (found, wanted) {
        (Type::Optional(_), _) => Some(format!("say what to take when it is absent: `{node}.orValue(…)`")),
        (Type::Bool | Type::Int | Type::Double, Type::String) => text("string"),
        (Type::String, Type::Int) => text("int"),
        (Type::Double, Type::Int) => text("int"),
        (Type::String, Type::Double) => text("double"),
        (Type::String, Type::Bool) => text("bool"),
        (Type::List(_), Type::Bool) => Some(format!("write `{node}.size() > 0`")),
        (Type::Int, Type::Bool) => Some(format!("write `{node} > 0`")),
        _ => None,
    }
}
