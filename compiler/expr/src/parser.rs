//! Tokens to a tree: a Pratt parser over the grammar of CEL. It stops at the first fault.

use catalyst_source::Span;

use crate::ast::{Element, Entry, Kind, Macro, Node, Operator};
use crate::lexer::{Token, TokenKind};
use crate::limits;
use crate::problem::Problem;

/// Words that CEL keeps for itself: legal after a dot, but not as a variable.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The tree of the tokens of one expression, which end in [`TokenKind::End`].
pub(crate) fn parse(tokens: &[Token]) -> Result<Node, Problem> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    if let (TokenKind::End, span) = parser.peek() {
        return Err(Problem::syntax(span, "the expression is empty"));
    }
    let node = parser.expression()?;
    match parser.peek() {
        (TokenKind::End, _) => Ok(node),
        _ => Err(parser.expected("an operator or the end of the expression")),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

const END: &TokenKind = &TokenKind::End;

impl<'t> Parser<'t> {
    fn peek(&self) -> (&'t TokenKind, Span) {
        self.tokens.get(self.at).map_or((END, Span::default()), |token| (&token.kind, token.span))
    }

    fn previous(&self) -> Option<&'t TokenKind> {
        self.tokens.get(self.at.checked_sub(1)?).map(|token| &token.kind)
    }

    fn next(&mut self) -> (&'t TokenKind, Span) {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn symbol(&self) -> Option<&'static str> {
        match self.peek() {
            (TokenKind::Symbol(symbol), _) => Some(symbol),
            _ => None,
        }
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = self.symbol() == Some(symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<Span, Problem> {
        let (_, span) = self.peek();
        if self.eat(symbol) { Ok(span) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    /// The problem of finding something else at this place.
    fn expected(&self, wanted: &str) -> Problem {
        let (kind, span) = self.peek();
        let found = match kind {
            TokenKind::Int(_) | TokenKind::Double(_) => "a number".to_owned(),
            TokenKind::String(_) => "a string".to_owned(),
            TokenKind::Name(name) | TokenKind::Quoted(name) => format!("`{name}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end of the expression".to_owned(),
        };
        let help = match kind {
            TokenKind::Name(name) if name == "and" => Some("`and` is written `&&`"),
            TokenKind::Name(name) if name == "or" => Some("`or` is written `||`"),
            TokenKind::End if matches!(self.previous(), Some(TokenKind::Symbol("-"))) && !span.is_empty() => {
                Some("there are no trim markers: write `}}`")
            }
            TokenKind::Quoted(_) => Some("a name in backticks stands after a dot: config.`a-b`"),
            _ => None,
        };
        let help = match (kind, self.previous()) {
            (
                TokenKind::String(_) | TokenKind::Int(_) | TokenKind::Double(_),
                Some(TokenKind::Name(name)),
            ) => Some(format!("a function is called with parentheses: `{name}(…)`")),
            _ => help.map(str::to_owned),
        };
        Problem::syntax(span, format!("expected {wanted}, found {found}")).with_help(help)
    }

    fn node(&self, span: Span, kind: Kind) -> Result<Node, Problem> {
        let node = Node::new(span, kind);
        if node.height > limits::NESTING { Err(too_deep(span)) } else { Ok(node) }
    }

    fn expression(&mut self) -> Result<Node, Problem> {
        if self.depth > limits::NESTING {
            return Err(too_deep(self.peek().1));
        }
        self.depth += 1;
        let condition = self.binary(1)?;
        let node = if self.eat("?") {
            let yes = self.binary(1)?;
            self.expect(":")?;
            let no = self.expression()?;
            let span = cover(condition.span, no.span);
            self.node(span, Kind::Conditional(Box::new([condition, yes, no])))?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    /// Operators that bind at least as tightly as `minimum`.
    fn binary(&mut self, minimum: u8) -> Result<Node, Problem> {
        let mut left = self.unary()?;
        while let Some(symbol) = self.symbol() {
            if let ("||", 1) | ("&&", 1..=2) = (symbol, minimum) {
                left = self.chain(left, symbol)?;
                continue;
            }
            match Operator::parse(symbol) {
                Some((operator, power)) if power >= minimum => {
                    self.at += 1;
                    let right = self.binary(power + 1)?;
                    let span = cover(left.span, right.span);
                    left = self.node(span, Kind::Binary(operator, Box::new(left), Box::new(right)))?;
                }
                _ => break,
            }
        }
        Ok(left)
    }

    /// `first && b && c`, or the same with `||`: one node, as deep as its deepest term.
    fn chain(&mut self, first: Node, symbol: &'static str) -> Result<Node, Problem> {
        let power = if symbol == "||" { 2 } else { 3 };
        let mut span = first.span;
        let mut terms = vec![first];
        while self.eat(symbol) {
            let term = self.binary(power)?;
            span = cover(span, term.span);
            terms.push(term);
        }
        self.node(span, if symbol == "||" { Kind::Or(terms) } else { Kind::And(terms) })
    }

    fn unary(&mut self) -> Result<Node, Problem> {
        let mut signs = Vec::new();
        while let Some(symbol @ ("!" | "-")) = self.symbol() {
            let (_, span) = self.next();
            if let ("-", (kind @ (TokenKind::Int(_) | TokenKind::Double(_)), number)) = (symbol, self.peek())
            {
                self.at += 1;
                let literal = self.node(cover(span, number), negative(kind, cover(span, number))?)?;
                let operand = self.postfix(literal)?;
                return self.signed(signs, operand);
            }
            signs.push((symbol, span));
        }
        let primary = self.primary()?;
        let operand = self.postfix(primary)?;
        self.signed(signs, operand)
    }

    fn signed(&self, signs: Vec<(&'static str, Span)>, operand: Node) -> Result<Node, Problem> {
        signs.into_iter().rev().try_fold(operand, |operand, (sign, at)| {
            let span = cover(at, operand.span);
            let operand = Box::new(operand);
            self.node(span, if sign == "!" { Kind::Not(operand) } else { Kind::Negate(operand) })
        })
    }

    fn primary(&mut self) -> Result<Node, Problem> {
        let (token, span) = self.peek();
        match token {
            TokenKind::Int(value) => {
                self.at += 1;
                let value = i64::try_from(*value).map_err(|_| {
                    Problem::syntax(span, "the number does not fit into a signed 64-bit integer")
                })?;
                self.node(span, Kind::Int(value))
            }
            TokenKind::Double(value) => {
                self.at += 1;
                self.node(span, Kind::Double(*value))
            }
            TokenKind::String(value) => {
                self.at += 1;
                self.node(span, Kind::String(value.clone()))
            }
            TokenKind::Name(name) => {
                self.at += 1;
                self.name(name, span, false)
            }
            TokenKind::Symbol(".") => {
                self.at += 1;
                match self.next() {
                    (TokenKind::Name(name), end) => self.name(name, cover(span, end), true),
                    _ => {
                        self.at -= 1;
                        Err(self.expected("a name"))
                    }
                }
            }
            TokenKind::Symbol("(") => {
                self.at += 1;
                let mut inner = self.expression()?;
                let close = self.expect(")")?;
                inner.span = cover(span, close);
                Ok(inner)
            }
            TokenKind::Symbol("[") => self.list(),
            TokenKind::Symbol("{") => self.map(),
            _ => Err(self.expected("an expression")),
        }
    }

    /// A variable, a constant or a call.
    fn name(&mut self, name: &str, span: Span, root: bool) -> Result<Node, Problem> {
        if self.symbol() == Some("(") {
            return self.call(None, name, span);
        }
        match name {
            "true" | "false" if !root => self.node(span, Kind::Bool(name == "true")),
            "null" if !root => self.node(span, Kind::Null),
            name if RESERVED.contains(&name) => {
                let message = format!("`{name}` is a reserved word and cannot name a variable");
                let help = "a choice is written `condition ? a : b`".to_owned();
                Err(Problem::syntax(span, message).with_help((name == "if").then_some(help)))
            }
            name if self.symbol() == Some("{") => {
                let message = format!("there are no messages: `{name}{{` begins none");
                Err(Problem::syntax(span, message).with_help("a map is written `{'key': value}`".to_owned()))
            }
            name => self.node(span, Kind::Name { name: name.to_owned(), root }),
        }
    }

    /// Fields, indexes and method calls after an operand.
    fn postfix(&mut self, mut operand: Node) -> Result<Node, Problem> {
        loop {
            if self.eat(".") {
                let (field, field_span) = self.field()?;
                let quoted =
                    matches!(self.tokens.get(self.at - 1), Some(Token { kind: TokenKind::Quoted(_), .. }));
                if self.symbol() == Some("(") && !quoted {
                    operand = self.call(Some(operand), &field, field_span)?;
                    continue;
                }
                operand = self.select(operand, field, field_span, false)?;
            } else if self.eat(".?") {
                let (field, field_span) = self.field()?;
                operand = self.select(operand, field, field_span, true)?;
            } else if self.eat("[") {
                let optional = self.eat("?");
                let index = Box::new(self.expression()?);
                let span = cover(operand.span, self.expect("]")?);
                operand = self.node(span, Kind::Index { operand: Box::new(operand), index, optional })?;
            } else {
                return Ok(operand);
            }
        }
    }

    fn select(
        &self,
        operand: Node,
        field: String,
        field_span: Span,
        optional: bool,
    ) -> Result<Node, Problem> {
        let span = cover(operand.span, field_span);
        self.node(span, Kind::Select { operand: Box::new(operand), field, field_span, optional })
    }

    fn field(&mut self) -> Result<(String, Span), Problem> {
        match self.peek() {
            (TokenKind::Name(name), span) if !matches!(name.as_str(), "true" | "false" | "null") => {
                self.at += 1;
                Ok((name.clone(), span))
            }
            (TokenKind::Quoted(name), span) => {
                self.at += 1;
                Ok((name.clone(), span))
            }
            (TokenKind::Name(name), _) => {
                let help = format!("this key is written as an index: `['{name}']`");
                Err(self.expected("a field name").with_help(help))
            }
            (TokenKind::Symbol("in"), _) => Err(self
                .expected("a field name")
                .with_help("this key is written as an index: `['in']`".to_owned())),
            _ => Err(self.expected("a field name")),
        }
    }

    fn call(&mut self, target: Option<Node>, name: &str, name_span: Span) -> Result<Node, Problem> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while self.symbol() != Some(")") {
            arguments.push(self.expression()?);
            if !self.eat(",") {
                break;
            }
        }
        let close = self.expect(")")?;
        let span = cover(target.as_ref().map_or(name_span, |target| target.span), close);
        let kind = match (target, Macro::parse(name)) {
            (None, _) if name == "has" => has(span, arguments)?,
            (Some(target), Some(found)) => comprehension(found, name_span, target, arguments)?,
            (target, _) => {
                Kind::Call { name: name.to_owned(), name_span, target: target.map(Box::new), arguments }
            }
        };
        self.node(span, kind)
    }

    fn list(&mut self) -> Result<Node, Problem> {
        let open = self.expect("[")?;
        let mut elements = Vec::new();
        while self.symbol() != Some("]") {
            let optional = self.eat("?");
            elements.push(Element { value: self.expression()?, optional });
            if !self.eat(",") {
                break;
            }
        }
        let close = self.expect("]")?;
        self.node(cover(open, close), Kind::List(elements))
    }

    fn map(&mut self) -> Result<Node, Problem> {
        let open = self.expect("{")?;
        let mut entries = Vec::new();
        while self.symbol() != Some("}") {
            let optional = self.eat("?");
            let key = self.expression()?;
            self.expect(":")?;
            entries.push(Entry { key, value: self.expression()?, optional });
            if !self.eat(",") {
                break;
            }
        }
        let close = self.expect("}")?;
        self.node(cover(open, close), Kind::Map(entries))
    }
}

fn negative(number: &TokenKind, span: Span) -> Result<Kind, Problem> {
    match number {
        TokenKind::Double(value) => Ok(Kind::Double(-value)),
        TokenKind::Int(value) => i64::try_from(-i128::from(*value))
            .map(Kind::Int)
            .map_err(|_| Problem::syntax(span, "the number does not fit into a signed 64-bit integer")),
        _ => Err(Problem::syntax(span, "expected a number")),
    }
}

fn has(span: Span, arguments: Vec<Node>) -> Result<Kind, Problem> {
    let mut arguments = arguments.into_iter();
    match (arguments.next().map(|argument| argument.kind), arguments.next()) {
        (Some(Kind::Select { operand, field, field_span, optional: false }), None) => {
            Ok(Kind::Has { operand, field, field_span })
        }
        _ => Err(Problem::syntax(span, "`has` takes one field, as in `has(config.name)`")
            .with_help("whether a key is there is written `'key' in config`".to_owned())),
    }
}

fn comprehension(name: Macro, name_span: Span, target: Node, arguments: Vec<Node>) -> Result<Kind, Problem> {
    let usage = |message: String| {
        let example = if name == Macro::Map { "x + 1" } else { "x > 1" };
        Problem::syntax(name_span, message).with_help(format!("as in `list.{}(x, {example})`", name.name()))
    };
    let count = arguments.len();
    let mut arguments = arguments.into_iter();
    let (Some(variable), Some(first)) = (arguments.next(), arguments.next()) else {
        return Err(usage(format!("`{}` takes a variable and an expression", name.name())));
    };
    let (filter, body) = match (count, arguments.next()) {
        (2, None) => (None, first),
        (3, Some(second)) if name == Macro::Map => (Some(Box::new(first)), second),
        _ => return Err(usage(format!("`{}` takes a variable and an expression", name.name()))),
    };
    let variable_span = variable.span;
    let Kind::Name { name: variable, root: false } = variable.kind else {
        let mut problem = usage(format!("the first argument of `{}` names its variable", name.name()));
        problem.span = variable_span;
        return Err(problem);
    };
    Ok(Kind::Macro { name, target: Box::new(target), variable, variable_span, filter, body: Box::new(body) })
}

fn too_deep(span: Span) -> Problem {
    Problem::cost(span, format!("the expression nests more than {} deep", limits::NESTING))
}

fn cover(first: Span, last: Span) -> Span {
    Span { start: first.start, end: last.end.max(first.start) }
}
