//! The canonical text of a tree: single quotes, one space around operators, and no parentheses but those that are needed.

use std::fmt::{self, Display, Formatter, Write};

use crate::ast::{Kind, Macro, Node, Operator};
use crate::lexer::is_name;
use crate::literal;

/// How tightly the outermost operator of a node binds.
fn power(node: &Node) -> u8 {
    match &node.kind {
        Kind::Conditional(_) => 0,
        Kind::Or(_) => 1,
        Kind::And(_) => 2,
        Kind::Binary(operator, ..) => Operator::parse(operator.symbol()).map_or(3, |(_, power)| power),
        Kind::Not(_) | Kind::Negate(_) => 6,
        _ => 7,
    }
}

/// The node, in parentheses if it binds less tightly than its place needs.
struct At<'n>(u8, &'n Node);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if power(self.1) < self.0 { write!(f, "({})", self.1) } else { self.1.fmt(f) }
    }
}

/// Parts with a separator between them.
fn separated<T>(
    f: &mut Formatter<'_>,
    parts: &[T],
    separator: &str,
    mut write: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        write(f, part)?;
    }
    Ok(())
}

fn double(value: f64, f: &mut Formatter<'_>) -> fmt::Result {
    let text = format!("{value:?}");
    f.write_str(&text)?;
    if text.contains(['.', 'e', 'E']) { Ok(()) } else { f.write_str(".0") }
}

fn field(name: &str, f: &mut Formatter<'_>) -> fmt::Result {
    if is_name(name) { f.write_str(name) } else { write!(f, "`{name}`") }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mark = |optional: &bool| if *optional { "?" } else { "" };
        match &self.kind {
            Kind::Null => f.write_str("null"),
            Kind::Bool(value) => write!(f, "{value}"),
            Kind::Int(value) => write!(f, "{value}"),
            Kind::Double(value) => double(*value, f),
            Kind::String(value) => literal::write(value, f),
            Kind::List(elements) => {
                f.write_char('[')?;
                separated(f, elements, ", ", |f, element| {
                    write!(f, "{}{}", mark(&element.optional), element.value)
                })?;
                f.write_char(']')
            }
            Kind::Map(entries) => {
                f.write_char('{')?;
                separated(f, entries, ", ", |f, entry| {
                    write!(f, "{}{}: {}", mark(&entry.optional), entry.key, entry.value)
                })?;
                f.write_char('}')
            }
            Kind::Name { name, root } => write!(f, "{}{name}", if *root { "." } else { "" }),
            Kind::Select { operand, field: name, optional, .. } => {
                write!(f, "{}.{}", At(7, operand), mark(optional))?;
                field(name, f)
            }
            Kind::Has { operand, field: name, .. } => {
                write!(f, "has({}.", At(7, operand))?;
                field(name, f)?;
                f.write_char(')')
            }
            Kind::Index { operand, index, optional } => {
                write!(f, "{}[{}{index}]", At(7, operand), mark(optional))
            }
            Kind::Not(operand) => write!(f, "!{}", At(6, operand)),
            // The parentheses keep the sign apart from a number, which would swallow it.
            Kind::Negate(operand) => {
                let text = At(6, operand).to_string();
                if text.starts_with(|c: char| c.is_ascii_digit()) {
                    write!(f, "-({text})")
                } else {
                    write!(f, "-{text}")
                }
            }
            Kind::Binary(operator, left, right) => {
                let power = power(self);
                write!(f, "{} {} {}", At(power, left), operator.symbol(), At(power + 1, right))
            }
            Kind::And(terms) => separated(f, terms, " && ", |f, term| At(3, term).fmt(f)),
            Kind::Or(terms) => separated(f, terms, " || ", |f, term| At(2, term).fmt(f)),
            Kind::Conditional(parts) => {
                let [condition, yes, no] = &**parts;
                write!(f, "{} ? {} : {no}", At(1, condition), At(1, yes))
            }
            Kind::Call { name, target, arguments, .. } => {
                if let Some(target) = target {
                    write!(f, "{}.", At(7, target))?;
                }
                write!(f, "{name}(")?;
                separated(f, arguments, ", ", |f, argument| argument.fmt(f))?;
                f.write_char(')')
            }
            Kind::Macro { name, target, variable, filter, body, .. } => {
                write!(f, "{}.{}({variable}, ", At(7, target), Macro::name(*name))?;
                if let Some(filter) = filter {
                    write!(f, "{filter}, ")?;
                }
                write!(f, "{body})")
            }
        }
    }
}
