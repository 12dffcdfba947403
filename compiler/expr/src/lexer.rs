//! Text to tokens. In a template the lexer also finds the `}}` that ends an expression, since braces inside strings and map literals
//! do not end it.

use catalyst_source::Span;

use crate::limits;
use crate::literal;
use crate::problem::Problem;

/// One token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// Without its sign, so that the smallest integer can be written.
    Int(u64),
    Double(f64),
    String(String),
    Name(String),
    /// A field name in backticks: legal after a dot only.
    Quoted(String),
    /// An operator or a bracket; `in` is one too.
    Symbol(&'static str),
    End,
}

/// The tokens of one expression, the last one being [`TokenKind::End`].
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    /// One past the last byte, which includes the closing `}}` in a template.
    pub(crate) end: usize,
}

/// Longest first, so that a prefix never wins.
const SYMBOLS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", ".?", "+", "-", "*", "/", "%", "<", ">", "!", "?", ":", ",", ".",
    "(", ")", "[", "]", "{", "}",
];

/// Reads the expression that starts at byte `start`. With `braces`, it ends at the `}}` that closes it, which must be there.
pub(crate) fn lex(text: &str, start: usize, braces: bool) -> Result<Lexed, Problem> {
    let mut lexer = Lexer { text, at: start, start };
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    if braces && lexer.rest().starts_with("- ") {
        return Err(Problem::syntax(Span::new(start, start + 1), "there are no trim markers")
            .with_help("write `{{`; a text keeps the blanks around its expressions".to_owned()));
    }
    loop {
        lexer.skip_blank();
        lexer.check_length()?;
        let from = lexer.at;
        if lexer.rest().is_empty() {
            if braces {
                let open = Span::new(start.saturating_sub(2), start);
                return Err(Problem::syntax(open, "the expression has no closing `}}`"));
            }
            tokens.push(Token { kind: TokenKind::End, span: Span::new(from, from) });
            return Ok(Lexed { tokens, end: from });
        }
        if braces && depth == 0 && lexer.rest().starts_with("}}") {
            tokens.push(Token { kind: TokenKind::End, span: Span::new(from, from + 2) });
            return Ok(Lexed { tokens, end: from + 2 });
        }
        let kind = lexer.token()?;
        match kind {
            TokenKind::Symbol("{") => depth += 1,
            TokenKind::Symbol("}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.push(Token { kind, span: Span::new(from, lexer.at) });
    }
}

/// The problem of an expression that is longer than the limit.
pub(crate) fn too_long(start: usize, end: usize) -> Problem {
    let message = format!("the expression is longer than {} bytes", limits::TEXT);
    Problem::cost(Span::new(start, end), message)
        .with_help("move the logic into the chart, or split it over several values".to_owned())
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    start: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn check_length(&self) -> Result<(), Problem> {
        if self.at - self.start > limits::TEXT { Err(too_long(self.start, self.at)) } else { Ok(()) }
    }

    /// Whitespace and `//` comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']).len();
            let comment = match rest.get(blank..) {
                Some(comment) if comment.starts_with("//") => comment.find('\n').unwrap_or(comment.len()),
                _ => 0,
            };
            if blank + comment == 0 {
                return;
            }
            self.at += blank + comment;
        }
    }

    fn token(&mut self) -> Result<TokenKind, Problem> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or_default();
        let second = chars.next().unwrap_or_default();
        if first.is_ascii_digit() || first == '.' && second.is_ascii_digit() {
            return self.number();
        }
        if let Some(literal) = literal::string(rest) {
            return self.string(literal);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let length = name_length(rest);
            let name = rest[..length].to_owned();
            self.at += length;
            return Ok(if name == "in" { TokenKind::Symbol("in") } else { TokenKind::Name(name) });
        }
        if first == '`' {
            return self.quoted();
        }
        for symbol in SYMBOLS {
            if rest.starts_with(symbol) {
                self.at += symbol.len();
                return Ok(TokenKind::Symbol(symbol));
            }
        }
        Err(self.unexpected(first))
    }

    fn unexpected(&self, found: char) -> Problem {
        let help = match found {
            '|' => {
                Some("expressions have no pipes; call a function instead, as in `config.name.lowerAscii()`")
            }
            '&' => Some("`and` is written `&&`"),
            '=' => Some("equality is written `==`"),
            '$' => Some("a variable is named without `$`"),
            '#' => Some("a comment starts with `//`"),
            _ => None,
        };
        let span = Span::new(self.at, self.at + found.len_utf8());
        Problem::syntax(span, format!("unexpected character `{}`", found.escape_debug()))
            .with_help(help.map(str::to_owned))
    }

    fn string(&mut self, literal: Result<literal::Literal, literal::Fault>) -> Result<TokenKind, Problem> {
        match literal {
            Ok(literal) => {
                self.at += literal.length;
                Ok(TokenKind::String(literal.value))
            }
            Err(fault) => {
                let span = Span::new(self.at + fault.start, self.at + fault.end);
                Err(Problem::syntax(span, fault.message).with_help(fault.help.map(str::to_owned)))
            }
        }
    }

    fn number(&mut self) -> Result<TokenKind, Problem> {
        let rest = self.rest();
        let (length, kind) = literal::number(rest);
        let span = Span::new(self.at, self.at + length);
        let kind = kind.map_err(|message| Problem::syntax(span, message));
        self.at += length;
        kind
    }

    fn quoted(&mut self) -> Result<TokenKind, Problem> {
        let rest = self.rest();
        let legal = |c: char| c.is_ascii_alphanumeric() || "_-./ ".contains(c);
        let name: String = rest.chars().skip(1).take_while(|c| legal(*c)).collect();
        let end = 1 + name.len();
        if name.is_empty() || !rest[end..].starts_with('`') {
            let span = Span::new(self.at, self.at + end);
            return Err(Problem::syntax(
                span,
                "a name in backticks is not closed, or holds an illegal character",
            )
            .with_help("any key can be written as an index: `config['key']`".to_owned()));
        }
        self.at += end + 1;
        Ok(TokenKind::Quoted(name))
    }
}

/// The length of the name at the beginning of the text.
pub(crate) fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Whether the text can stand as a variable's name or after a dot.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && name_length(text) == text.len()
        && !matches!(text, "true" | "false" | "null" | "in")
}
