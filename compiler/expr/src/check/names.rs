//! Names: variables, fields, indexes, and what to suggest for one that nobody knows.

use std::borrow::Cow;

use catalyst_diag::suggest::nearest;
use catalyst_source::Span;

use super::{Checker, DYN, Known};
use crate::ast::{Kind, Node};
use crate::functions::SIGNATURES;
use crate::print::{self, brief};
use crate::problem::Problem;
use crate::types::Type;

impl<'s> Checker<'s> {
    pub(super) fn name(&mut self, name: &str, root: bool, span: Span) -> Known<'s> {
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
    pub(super) fn field(
        &mut self,
        ty: &Known<'s>,
        operand: &Node,
        field: &str,
        field_span: Span,
    ) -> Known<'s> {
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
            Problem::typing(
                field_span,
                format!("`{}` is {}, which has no fields", brief(operand), ty.article()),
            )
        } else {
            let dashed = fields.iter().find(|name| name.starts_with(&format!("{field}-")));
            let help = match dashed {
                Some(name) => {
                    Some(format!("a name with a dash is written `{}['{name}']`", print::operand(operand)))
                }
                None => suggestion(field, fields.iter().copied()),
            };
            Problem::undefined(field_span, format!("`{}` has no field `{field}`", brief(operand)))
                .with_help(help)
        };
        self.problems.push(problem);
        DYN
    }

    pub(super) fn index(&mut self, ty: &Known<'s>, operand: &Node, at: &Type, index: &Node) -> Known<'s> {
        if let Kind::String(key) = &index.kind
            && ty.alternatives().iter().any(|ty| matches!(ty, Type::Object(..)))
        {
            return self.field(ty, operand, key, index.span);
        }
        let found: Vec<Type> = ty.alternatives().iter().filter_map(|ty| element_at(ty, at)).collect();
        if found.is_empty() {
            let message =
                format!("`{}` is {}, which has no index of type {at}", brief(operand), ty.article());
            self.problems.push(Problem::typing(index.span, message));
        }
        Cow::Owned(Type::join_all(found))
    }

    /// What a macro visits in a value of type `ty`.
    pub(super) fn element(&mut self, ty: &Known<'s>, target: &Node) -> Known<'s> {
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
            let message =
                format!("a macro visits a list or a map, but `{}` is {}", brief(target), ty.article());
            self.problems.push(Problem::typing(target.span, message));
        }
        Cow::Owned(Type::join_all(found))
    }
}

/// The nearest of the names, or all of them where they are few.
pub(super) fn suggestion<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    // One letter for another is no slip where there is only one letter.
    let near = if word.len() > 2 { nearest(word, names.iter().copied()) } else { None };
    match near {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if (1..=8).contains(&names.len()) => Some(format!("there is: `{}`", names.join("`, `"))),
        None => None,
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
