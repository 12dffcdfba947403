//! The tree of an expression. Every node knows its bytes, and the height of the tree below it, so that no walk is deeper than
//! [`limits::NESTING`](crate::limits::NESTING).

use catalyst_source::Span;

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) height: usize,
    /// How the checker wants the number this node yields to be read.
    pub(crate) number: Number,
    pub(crate) kind: Kind,
}

/// YAML and JSON do not tell `3` from `3.0`; the schema does. The checker writes down what the schema says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Number {
    #[default]
    AsFound,
    Int,
    Double,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(String),
    List(Vec<Element>),
    Map(Vec<Entry>),
    Name {
        name: String,
        /// Written with a leading dot: the variable of that name even where a macro's variable hides it.
        root: bool,
    },
    Select {
        operand: Box<Node>,
        field: String,
        field_span: Span,
        /// Written `.?field`.
        optional: bool,
    },
    Index {
        operand: Box<Node>,
        index: Box<Node>,
        /// Written `[?index]`.
        optional: bool,
    },
    /// `has(operand.field)`
    Has {
        operand: Box<Node>,
        field: String,
        field_span: Span,
    },
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// A chain of `&&`.
    And(Vec<Node>),
    /// A chain of `||`.
    Or(Vec<Node>),
    Conditional(Box<[Node; 3]>),
    Call {
        name: String,
        name_span: Span,
        target: Option<Box<Node>>,
        arguments: Vec<Node>,
    },
    Macro {
        name: Macro,
        target: Box<Node>,
        variable: String,
        variable_span: Span,
        /// The filter of a `map` with three arguments.
        filter: Option<Box<Node>>,
        body: Box<Node>,
    },
}

/// An element of a list literal; an optional one (`[?x]`) is left out when it is absent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element {
    pub(crate) value: Node,
    pub(crate) optional: bool,
}

/// An entry of a map literal; an optional one (`{?'key': x}`) is left out when its value is absent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Node,
    pub(crate) value: Node,
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Operator {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Remainder => "%",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
        }
    }

    /// Whether it compares by order.
    pub(crate) fn is_relation(self) -> bool {
        matches!(self, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual)
    }

    /// The operator with this symbol and how tightly it binds: 3 for relations, 4 for sums, 5 for products.
    pub(crate) fn parse(symbol: &str) -> Option<(Operator, u8)> {
        Some(match symbol {
            "==" => (Operator::Equal, 3),
            "!=" => (Operator::NotEqual, 3),
            "<" => (Operator::Less, 3),
            "<=" => (Operator::LessOrEqual, 3),
            ">" => (Operator::Greater, 3),
            ">=" => (Operator::GreaterOrEqual, 3),
            "in" => (Operator::In, 3),
            "+" => (Operator::Add, 4),
            "-" => (Operator::Subtract, 4),
            "*" => (Operator::Multiply, 5),
            "/" => (Operator::Divide, 5),
            "%" => (Operator::Remainder, 5),
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Macro {
    pub(crate) const NAMES: [(&'static str, Macro); 6] = [
        ("all", Macro::All),
        ("exists", Macro::Exists),
        ("exists_one", Macro::ExistsOne),
        ("existsOne", Macro::ExistsOne),
        ("filter", Macro::Filter),
        ("map", Macro::Map),
    ];

    pub(crate) fn parse(name: &str) -> Option<Macro> {
        Macro::NAMES.iter().find(|(known, _)| *known == name).map(|(_, found)| *found)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Macro::All => "all",
            Macro::Exists => "exists",
            Macro::ExistsOne => "exists_one",
            Macro::Filter => "filter",
            Macro::Map => "map",
        }
    }
}

impl Node {
    pub(crate) fn new(span: Span, kind: Kind) -> Node {
        let mut node = Node { span, height: 1, number: Number::AsFound, kind };
        node.height = 1 + node.children().map(|child| child.height).max().unwrap_or(0);
        node
    }

    /// The nodes right below this one, in the order of the text.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Node> {
        let mut children: Vec<&Node> = Vec::new();
        match &self.kind {
            Kind::Null
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Double(_)
            | Kind::String(_)
            | Kind::Name { .. } => {}
            Kind::List(elements) => children.extend(elements.iter().map(|element| &element.value)),
            Kind::Map(entries) => {
                children.extend(entries.iter().flat_map(|entry| [&entry.key, &entry.value]));
            }
            Kind::Select { operand, .. } | Kind::Has { operand, .. } => children.push(operand),
            Kind::Index { operand, index, .. } => children.extend([&**operand, &**index]),
            Kind::Not(operand) | Kind::Negate(operand) => children.push(operand),
            Kind::Binary(_, left, right) => children.extend([&**left, &**right]),
            Kind::And(terms) | Kind::Or(terms) => children.extend(terms),
            Kind::Conditional(parts) => children.extend(parts.iter()),
            Kind::Call { target, arguments, .. } => {
                children.extend(target.as_deref());
                children.extend(arguments);
            }
            Kind::Macro { target, filter, body, .. } => {
                children.push(target);
                children.extend(filter.as_deref());
                children.push(body);
            }
        }
        children.into_iter()
    }
}
