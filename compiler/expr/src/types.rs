//! The types of the language, and how they relate: which value may stand where, and what two branches have in common.

use std::collections::BTreeMap;
use std::fmt;

/// So many texts of an enum are shown.
const SHOWN: usize = 8;

/// How deep two types are compared; what lies deeper is left to evaluation. Bounds the work on unions inside unions.
const COMPARED: usize = 8;

/// A union never grows beyond this many members; past it, the checker knows nothing.
const MEMBERS: usize = 8;

/// What is known at compile time about a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Only `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// A 64-bit floating-point number.
    Double,
    /// Any text.
    String,
    /// One of these texts: a string with an `enum` in its schema.
    Enum(Vec<String>),
    /// A list of elements of one type.
    List(Box<Type>),
    /// A map from any string to values of one type.
    Map(Box<Type>),
    /// A map with known fields; an open one may hold others too.
    Object(BTreeMap<String, Field>, bool),
    /// What `.?field` gives: a value that may be absent, to be resolved with `orValue`.
    Optional(Box<Type>),
    /// One of several types.
    Union(Vec<Type>),
    /// Not known before evaluation.
    Dyn,
}

/// A field of an object type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// The type of its value.
    pub ty: Type,
    /// Whether it may be absent: neither required nor filled by a default.
    pub optional: bool,
}

impl Field {
    /// A field that is always there.
    pub fn required(ty: Type) -> Self {
        Field { ty, optional: false }
    }

    /// A field that may be absent.
    pub fn optional(ty: Type) -> Self {
        Field { ty, optional: true }
    }
}

impl Type {
    /// A closed object with the given fields.
    pub fn object<N: Into<String>>(fields: impl IntoIterator<Item = (N, Field)>) -> Type {
        Type::Object(fields.into_iter().map(|(name, field)| (name.into(), field)).collect(), false)
    }

    /// A list of the given type.
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// A map from strings to the given type.
    pub fn map(value: Type) -> Type {
        Type::Map(Box::new(value))
    }

    pub(crate) fn optional(inner: Type) -> Type {
        match inner {
            Type::Optional(_) => inner,
            inner => Type::Optional(Box::new(inner)),
        }
    }

    /// The types this one may turn out to be: the members of a union, or itself.
    pub(crate) fn alternatives(&self) -> &[Type] {
        match self {
            Type::Union(members) => members,
            other => std::slice::from_ref(other),
        }
    }

    /// Whether a value of this type may turn out to be one that `expected` takes. Says no only where every value is wrong: what is not
    /// known until evaluation is checked then.
    pub fn fits(&self, expected: &Type) -> bool {
        fits(self, expected, COMPARED)
    }

    /// Whether `==` between the two can ever be true.
    pub(crate) fn comparable(&self, other: &Type) -> bool {
        comparable(self, other, COMPARED)
    }

    /// The type of a value that has either type.
    pub(crate) fn join(self, other: Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a,
            (Type::Dyn, _) | (_, Type::Dyn) => Type::Dyn,
            (Type::List(a), Type::List(b)) => Type::list(a.join(*b)),
            (Type::Map(a), Type::Map(b)) => Type::map(a.join(*b)),
            (Type::Optional(a), Type::Optional(b)) => Type::optional(a.join(*b)),
            (Type::Enum(_), Type::String) | (Type::String, Type::Enum(_)) => Type::String,
            (Type::Enum(mut a), Type::Enum(b)) => {
                a.extend(b);
                let mut seen = std::collections::BTreeSet::new();
                a.retain(|text| seen.insert(text.clone()));
                Type::Enum(a)
            }
            (a, b) => union(a.alternatives().iter().chain(b.alternatives()).cloned()),
        }
    }

    /// The type that the given ones have in common; nothing known when there are none.
    pub(crate) fn join_all(types: impl IntoIterator<Item = Type>) -> Type {
        types.into_iter().reduce(Type::join).unwrap_or(Type::Dyn)
    }

    /// Takes the parts of the type from `left`; `false` when it has more than that.
    pub(crate) fn pay(&self, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(1) else { return false };
        *left = rest;
        match self {
            Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => inner.pay(left),
            Type::Object(fields, _) => fields.values().all(|field| field.ty.pay(left)),
            Type::Union(members) => members.iter().all(|member| member.pay(left)),
            _ => true,
        }
    }

    /// The name of the type without its parts, for messages about what was found.
    pub(crate) fn article(&self) -> String {
        match self {
            Type::Null => "null".to_owned(),
            Type::Bool => "a bool".to_owned(),
            Type::Int => "an int".to_owned(),
            Type::Double => "a double".to_owned(),
            Type::String | Type::Enum(_) => "a string".to_owned(),
            Type::List(_) => "a list".to_owned(),
            Type::Map(_) => "a map".to_owned(),
            Type::Object(..) => "an object".to_owned(),
            Type::Optional(_) => "an optional value".to_owned(),
            Type::Union(members) => {
                let mut names: Vec<String> = members.iter().map(Type::article).collect();
                names.dedup();
                names.join(" or ")
            }
            Type::Dyn => "a value of unknown type".to_owned(),
        }
    }
}

fn union(members: impl IntoIterator<Item = Type>) -> Type {
    let mut members: Vec<Type> = members.into_iter().collect();
    members.sort();
    members.dedup();
    match members.len() {
        1 => members.remove(0),
        2..=MEMBERS if !members.contains(&Type::Dyn) => Type::Union(members),
        _ => Type::Dyn,
    }
}

fn fits(actual: &Type, expected: &Type, depth: usize) -> bool {
    let one = |actual| expected.alternatives().iter().any(|expected| fits_one(actual, expected, depth - 1));
    depth == 0 || actual.alternatives().iter().any(one)
}

fn fits_one(actual: &Type, expected: &Type, depth: usize) -> bool {
    match (actual, expected) {
        (Type::Dyn, _) | (_, Type::Dyn) => true,
        (Type::Int, Type::Double) => true,
        (Type::String, Type::Enum(_)) | (Type::Enum(_), Type::String) => true,
        (Type::Enum(a), Type::Enum(b)) => a.iter().any(|text| b.contains(text)),
        (Type::List(a), Type::List(b)) | (Type::Map(a), Type::Map(b)) => fits(a, b, depth),
        (Type::Optional(a), Type::Optional(b)) => fits(a, b, depth),
        (Type::Object(..), Type::Map(_)) | (Type::Map(_), Type::Object(..)) => true,
        (Type::Object(have, have_open), Type::Object(want, want_open)) => {
            let known = |name| *want_open || want.contains_key(name);
            have.iter().all(|(name, field)| field.optional || known(name))
                && want.iter().all(|(name, field)| match have.get(name) {
                    Some(found) => fits(&found.ty, &field.ty, depth),
                    None => field.optional || *have_open,
                })
        }
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

fn comparable(a: &Type, b: &Type, depth: usize) -> bool {
    let one = |a| b.alternatives().iter().any(|b| comparable_one(a, b, depth - 1));
    depth == 0 || a.alternatives().iter().any(one)
}

fn comparable_one(a: &Type, b: &Type, depth: usize) -> bool {
    match (a, b) {
        (Type::Int, Type::Double) | (Type::Double, Type::Int) => true,
        (Type::Object(..) | Type::Map(_), Type::Object(..) | Type::Map(_)) => true,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => comparable(a, b, depth),
        (a, b) => fits_one(a, b, depth),
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Null => f.write_str("null"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Double => f.write_str("double"),
            Type::String => f.write_str("string"),
            Type::Enum(texts) => {
                let shown: Vec<String> = texts.iter().take(SHOWN).map(|text| format!("'{text}'")).collect();
                let more = if texts.len() > SHOWN { ", …" } else { "" };
                write!(f, "one of {}{more}", shown.join(", "))
            }
            Type::List(element) => write!(f, "list({element})"),
            Type::Map(value) => write!(f, "map(string, {value})"),
            Type::Object(..) => f.write_str("object"),
            Type::Optional(inner) => write!(f, "optional({inner})"),
            Type::Union(members) => {
                for (index, member) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { " or " })?;
                    member.fmt(f)?;
                }
                Ok(())
            }
            Type::Dyn => f.write_str("dyn"),
        }
    }
}
