//! What can be wrong with an expression, and where.

use catalyst_source::Span;

/// The kind of a [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The text is not an expression.
    Syntax,
    /// An operator, a function or the place of use does not take a value of this type.
    Type,
    /// A variable, a field or a function that does not exist.
    UndefinedVariable,
    /// A limit of [`limits`](crate::limits) is exceeded.
    Cost,
    /// The expression has no value for these variables: division by zero, an absent field, an overflow.
    Evaluation,
}

/// One finding in the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// What is wrong, for programs.
    pub kind: ProblemKind,
    /// The bytes of the given text that cause it.
    pub span: Span,
    /// What is wrong, for people: one clause, no full stop.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, span: Span, message: impl Into<String>) -> Self {
        Problem { kind, span, message: message.into(), help: None }
    }

    pub(crate) fn syntax(span: Span, message: impl Into<String>) -> Self {
        Problem::new(ProblemKind::Syntax, span, message)
    }

    pub(crate) fn typing(span: Span, message: impl Into<String>) -> Self {
        Problem::new(ProblemKind::Type, span, message)
    }

    pub(crate) fn undefined(span: Span, message: impl Into<String>) -> Self {
        Problem::new(ProblemKind::UndefinedVariable, span, message)
    }

    pub(crate) fn cost(span: Span, message: impl Into<String>) -> Self {
        Problem::new(ProblemKind::Cost, span, message)
    }

    pub(crate) fn evaluation(span: Span, message: impl Into<String>) -> Self {
        Problem::new(ProblemKind::Evaluation, span, message)
    }

    pub(crate) fn with_help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

impl std::error::Error for Problem {}
