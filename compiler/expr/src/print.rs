//! The canonical text of a tree: single quotes, one space around operators, and no parentheses but those that are needed.

use std::borrow::Cow;
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

/// Longer expressions are cut in messages, which underline them anyway.
const BRIEF: usize = 60;

/// The node as a message shows it.
pub(crate) fn brief(node: &Node) -> String {
    cut(node.to_string())
}

/// The node as a message shows it before a `.` or an operator.
pub(crate) fn operand(node: &Node) -> String {
    cut(At(7, node).to_string())
}

fn cut(text: String) -> String {
    match text.char_indices().nth(BRIEF) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
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

/// A name as it stands after a dot.
pub(crate) fn name(name: &str) -> Cow<'_, str> {
    if is_name(name) { Cow::Borrowed(name) } else { Cow::Owned(format!("`{name}`")) }
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
            Kind::Select { operand, field, optional, .. } => {
                write!(f, "{}.{}", At(7, operand), mark(optional))?;
                f.write_str(&name(field))
            }
            Kind::Has { operand, field, .. } => {
                write!(f, "has({}.", At(7, operand))?;
                f.write_str(&name(field))?;
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

#[cfg(test)]
mod tests {
    use catalyst_source::Span;
    use proptest::prelude::*;

    use super::*;
    use crate::ast::{Element, Entry};
    use crate::lexer::lex;
    use crate::parser::parse;

    fn node(kind: Kind) -> Node {
        Node::new(Span::default(), kind)
    }

    /// The tree without its spans.
    fn shape(node: &Node) -> String {
        let debug = format!("{node:?}");
        let mut parts = debug.split("Span { ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |shape, part| shape + part.split_once('}').map_or(part, |(_, rest)| rest))
    }

    fn name() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            "a", "config", "_x1", "size", "map", "all", "optional", "u", "e1", "r", "b",
        ])
        .prop_map(str::to_owned)
    }

    fn leaf() -> impl Strategy<Value = Kind> {
        prop_oneof![
            Just(Kind::Null),
            any::<bool>().prop_map(Kind::Bool),
            any::<i64>().prop_map(Kind::Int),
            (-3_i64..3).prop_map(Kind::Int),
            any::<f64>().prop_filter("literals are finite", |value| value.is_finite()).prop_map(Kind::Double),
            prop::sample::select(vec![0.0, -0.0, 1.0, -1.5, 1e300, 5e-324]).prop_map(Kind::Double),
            any::<String>().prop_map(Kind::String),
            (name(), any::<bool>()).prop_map(|(name, root)| Kind::Name { name, root }),
        ]
    }

    fn tree() -> impl Strategy<Value = Node> {
        let operators = [
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Remainder,
            Operator::Equal,
            Operator::NotEqual,
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Greater,
            Operator::GreaterOrEqual,
            Operator::In,
        ];
        leaf().prop_map(node).prop_recursive(5, 40, 3, move |inner| {
            let boxed = inner.clone().prop_map(Box::new).boxed();
            let field = prop_oneof![name(), "[a-zA-Z0-9_./ -]{1,8}"];
            let span = Span::default();
            prop_oneof![
                prop::collection::vec((inner.clone(), any::<bool>()), 0..3).prop_map(|all| Kind::List(
                    all.into_iter().map(|(value, optional)| Element { value, optional }).collect()
                )),
                prop::collection::vec((inner.clone(), inner.clone(), any::<bool>()), 0..3).prop_map(|all| {
                    Kind::Map(
                        all.into_iter()
                            .map(|(key, value, optional)| Entry { key, value, optional })
                            .collect(),
                    )
                }),
                (boxed.clone(), field.clone(), any::<bool>()).prop_map(move |(operand, field, optional)| {
                    Kind::Select { operand, field, field_span: span, optional }
                }),
                (boxed.clone(), boxed.clone(), any::<bool>())
                    .prop_map(|(operand, index, optional)| Kind::Index { operand, index, optional }),
                (boxed.clone(), field).prop_map(move |(operand, field)| Kind::Has {
                    operand,
                    field,
                    field_span: span
                }),
                boxed.clone().prop_map(Kind::Not),
                boxed.clone().prop_map(Kind::Negate),
                (prop::sample::select(operators.to_vec()), boxed.clone(), boxed.clone())
                    .prop_map(|(operator, left, right)| Kind::Binary(operator, left, right)),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Kind::And),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Kind::Or),
                [inner.clone(), inner.clone(), inner.clone()]
                    .prop_map(|parts| Kind::Conditional(Box::new(parts))),
                (
                    prop::sample::select(vec!["f", "size", "b", "r", "int"]),
                    prop::option::of(boxed.clone()),
                    prop::collection::vec(inner, 0..3)
                )
                    .prop_map(move |(name, target, arguments)| Kind::Call {
                        name: name.to_owned(),
                        name_span: span,
                        target,
                        arguments
                    }),
                (
                    prop::sample::select(Macro::NAMES.to_vec()),
                    boxed.clone(),
                    name(),
                    prop::option::of(boxed.clone()),
                    boxed
                )
                    .prop_map(move |((_, name), target, variable, filter, body)| {
                        Kind::Macro {
                            name,
                            target,
                            variable,
                            variable_span: span,
                            filter: filter.filter(|_| name == Macro::Map),
                            body,
                        }
                    }),
            ]
            .prop_map(node)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: ProptestConfig::default().cases.max(2000), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_printed_reads_back(tree in tree()) {
            let text = tree.to_string();
            // Long strings take the text beyond its limit; that is another test's.
            prop_assume!(text.len() <= crate::limits::TEXT);
            let lexed = lex(&text, 0, false).map_err(|problem| TestCaseError::fail(format!("{text}: {problem}")))?;
            let again = parse(&lexed.tokens).map_err(|problem| TestCaseError::fail(format!("{text}: {problem}")))?;
            prop_assert_eq!(shape(&again), shape(&tree), "{}", text);
        }
    }
}
