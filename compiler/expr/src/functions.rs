//! The functions of the language: what each takes and gives. Their work is done in `methods.rs`.

use crate::types::Type;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Any,
    Bool,
    Int,
    Double,
    String,
    List,
    /// A list of strings.
    Strings,
    /// A list of values that have an order.
    Ordered,
    /// A list of numbers.
    Numbers,
    Map,
    Optional,
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Bool,
    Int,
    Double,
    String,
    Strings,
    /// The element of the list that comes first.
    Element,
    /// The type of what comes first.
    Same,
    /// What the optional value that comes first holds.
    Inner,
    /// The same, or the second argument.
    InnerOrSecond,
    /// An optional value of the last argument.
    Optional,
    Dyn,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `name(a, b)`
    Global,
    /// `a.name(b)`
    Method,
    /// Either way.
    Both,
}

/// One way to call a function. A method's first parameter is what it is called on.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) style: Style,
    pub(crate) parameters: &'static [Shape],
    pub(crate) gives: Gives,
}

const fn row(style: Style, name: &'static str, parameters: &'static [Shape], gives: Gives) -> Signature {
    Signature { name, style, parameters, gives }
}

use Shape::{Any, Bool, Double, Int, List, Map, Numbers, Optional, Ordered, String, Strings};
use Style::{Both, Global, Method};

/// Every function, in the order of the book.
pub(crate) const SIGNATURES: &[Signature] = &[
    row(Both, "size", &[String], Gives::Int),
    row(Both, "size", &[List], Gives::Int),
    row(Both, "size", &[Map], Gives::Int),
    row(Method, "contains", &[String, String], Gives::Bool),
    row(Method, "startsWith", &[String, String], Gives::Bool),
    row(Method, "endsWith", &[String, String], Gives::Bool),
    row(Both, "matches", &[String, String], Gives::Bool),
    row(Method, "lowerAscii", &[String], Gives::String),
    row(Method, "upperAscii", &[String], Gives::String),
    row(Method, "trim", &[String], Gives::String),
    row(Method, "replace", &[String, String, String], Gives::String),
    row(Method, "replace", &[String, String, String, Int], Gives::String),
    row(Method, "split", &[String, String], Gives::Strings),
    row(Method, "split", &[String, String, Int], Gives::Strings),
    row(Method, "join", &[Strings], Gives::String),
    row(Method, "join", &[Strings, String], Gives::String),
    row(Method, "substring", &[String, Int], Gives::String),
    row(Method, "substring", &[String, Int, Int], Gives::String),
    row(Method, "charAt", &[String, Int], Gives::String),
    row(Method, "indexOf", &[String, String], Gives::Int),
    row(Method, "indexOf", &[List, Any], Gives::Int),
    row(Method, "lastIndexOf", &[String, String], Gives::Int),
    row(Method, "lastIndexOf", &[List, Any], Gives::Int),
    row(Method, "min", &[Ordered], Gives::Element),
    row(Method, "max", &[Ordered], Gives::Element),
    row(Method, "sum", &[Numbers], Gives::Element),
    row(Method, "isSorted", &[Ordered], Gives::Bool),
    row(Method, "sort", &[Ordered], Gives::Same),
    row(Method, "distinct", &[List], Gives::Same),
    row(Method, "reverse", &[List], Gives::Same),
    row(Global, "int", &[Int], Gives::Int),
    row(Global, "int", &[Double], Gives::Int),
    row(Global, "int", &[String], Gives::Int),
    row(Global, "uint", &[Int], Gives::Int),
    row(Global, "uint", &[Double], Gives::Int),
    row(Global, "uint", &[String], Gives::Int),
    row(Global, "double", &[Int], Gives::Double),
    row(Global, "double", &[Double], Gives::Double),
    row(Global, "double", &[String], Gives::Double),
    row(Global, "string", &[Bool], Gives::String),
    row(Global, "string", &[Int], Gives::String),
    row(Global, "string", &[Double], Gives::String),
    row(Global, "string", &[String], Gives::String),
    row(Global, "bool", &[Bool], Gives::Bool),
    row(Global, "bool", &[String], Gives::Bool),
    row(Global, "dyn", &[Any], Gives::Dyn),
    row(Method, "orValue", &[Optional, Any], Gives::InnerOrSecond),
    row(Method, "or", &[Optional, Optional], Gives::Same),
    row(Method, "hasValue", &[Optional], Gives::Bool),
    row(Method, "value", &[Optional], Gives::Inner),
    row(Global, "optional.of", &[Any], Gives::Optional),
    row(Global, "optional.none", &[], Gives::Optional),
];

/// Names that are CEL somewhere else, and why they are not here.
pub(crate) fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "timestamp" | "duration" | "now" => "the result of a build never depends on the time",
        "quantity" | "isQuantity" | "ip" | "cidr" | "url" | "semver" | "format" | "find" | "findAll" => {
            "this extension of Kubernetes is not part of Blueprint expressions"
        }
        "bytes" => "bytes are not supported",
        "type" => "types are checked when the Blueprint is compiled",
        "min" | "max" | "sum" => "it is called on a list, as in `[a, b].max()`",
        "default" => "a value that may be absent is written `config.?field.orValue(x)`",
        "quote" | "toYaml" | "include" | "required" | "tpl" | "printf" | "lookup" | "lower" | "upper" => {
            "this is a function of Helm templates; expressions are CEL"
        }
        _ => return None,
    })
}

impl Shape {
    /// Whether a value of this type may turn out to be one that the parameter takes.
    pub(crate) fn takes(self, ty: &Type) -> bool {
        ty.alternatives().iter().any(|ty| match (self, ty) {
            (_, Type::Dyn) | (Any, _) => true,
            (Bool, Type::Bool) | (Int, Type::Int) | (Double, Type::Double) => true,
            (String, Type::String | Type::Enum(_)) => true,
            (List, Type::List(_)) | (Optional, Type::Optional(_)) => true,
            (Map, Type::Map(_) | Type::Object(..)) => true,
            (Strings, Type::List(element)) => String.takes(element),
            (Numbers, Type::List(element)) => Int.takes(element) || Double.takes(element),
            (Ordered, Type::List(element)) => {
                [Bool, Int, Double, String].iter().any(|shape| shape.takes(element))
            }
            _ => false,
        })
    }

    /// The parameter in a message.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Any => "any value",
            Bool => "a bool",
            Int => "an int",
            Double => "a double",
            String => "a string",
            List => "a list",
            Strings => "a list of strings",
            Ordered => "a list of numbers, strings or bools",
            Numbers => "a list of numbers",
            Map => "a map",
            Optional => "an optional value",
        }
    }
}

impl Signature {
    pub(crate) fn is_called_as(&self, method: bool) -> bool {
        matches!((self.style, method), (Both, _) | (Global, false) | (Method, true))
    }

    /// What the call gives for arguments of these types.
    pub(crate) fn result(&self, arguments: &[Type]) -> Type {
        let first = || arguments.first().cloned().unwrap_or(Type::Dyn);
        let inner = || Type::join_all(first().alternatives().iter().map(inner));
        match self.gives {
            Gives::Bool => Type::Bool,
            Gives::Int => Type::Int,
            Gives::Double => Type::Double,
            Gives::String => Type::String,
            Gives::Strings => Type::list(Type::String),
            Gives::Element | Gives::Inner => inner(),
            Gives::Same => arguments.iter().cloned().reduce(Type::join).unwrap_or(Type::Dyn),
            Gives::InnerOrSecond => inner().join(arguments.get(1).cloned().unwrap_or(Type::Dyn)),
            Gives::Optional => Type::optional(arguments.last().cloned().unwrap_or(Type::Dyn)),
            Gives::Dyn => Type::Dyn,
        }
    }
}

fn inner(ty: &Type) -> Type {
    match ty {
        Type::List(inner) | Type::Optional(inner) => (**inner).clone(),
        _ => Type::Dyn,
    }
}

#[cfg(test)]
mod tests {
    use super::SIGNATURES;
    use crate::ast::Macro;
    use crate::limits::{COST, NESTING, RESULT, TEXT};

    /// The page of the book names every function and every limit.
    #[test]
    fn the_book_has_them_all() {
        let page = include_str!("../../../docs/src/reference/expressions.md");
        let names = SIGNATURES.iter().map(|it| it.name).chain(Macro::NAMES.map(|(name, _)| name));
        for name in names.filter(|it| *it != "existsOne") {
            assert!(page.contains(&format!("`{name}`")) || page.contains(&format!("{name}(")), "{name}");
        }
        let limits = [
            format!("{TEXT} bytes"),
            format!("{NESTING} levels"),
            format!("{} 000:", COST / 1000),
            format!("{} MiB", RESULT >> 20),
        ];
        for limit in limits {
            assert!(page.contains(&limit), "{limit}");
        }
    }
}
