//! What can be wrong with a YAML text, and the sentences about it, so that they can be read and changed side by side. Those about syntax
//! stand in `explain.rs`, next to the errors of the event parser.

use catalyst_source::Span;

use crate::quote;

/// Which kind of problem this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The text is not YAML; the document is not read.
    Syntax,
    /// A mapping has the same key twice; the first one counts, and for kubectl the last.
    DuplicateKey,
    /// Readers disagree on an unquoted scalar, or no value of JSON can hold it.
    AmbiguousScalar,
    /// A key that is not a string.
    NonStringKey,
    /// A merge key (`<<`). It is applied; whether to tolerate it is the caller's choice.
    MergeKey,
    /// An alias of nothing, or of the collection that holds it.
    UndefinedAlias,
    /// A tag outside the core schema, or one that does not fit its value.
    UnknownTag,
    /// A bound on size, depth or number of nodes was exceeded.
    Limit,
}

/// One problem and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub kind: ProblemKind,
    /// The bytes at fault.
    pub span: Span,
    /// A short sentence without full stop.
    pub message: String,
    /// A second place that belongs to the story, and its caption.
    pub other: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
    /// Text that mends the problem when put in place of `span`.
    pub replacement: Option<String>,
}

impl Problem {
    fn new(kind: ProblemKind, span: Span, message: impl Into<String>) -> Self {
        Problem { kind, span, message: message.into(), other: None, help: None, replacement: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn syntax(span: Span, message: String) -> Self {
        Problem::new(ProblemKind::Syntax, span, message)
    }

    pub(crate) fn duplicate_key(key: &str, first: Span, second: Span) -> Self {
        let mut problem =
            Problem::new(ProblemKind::DuplicateKey, second, format!("duplicate key `{}`", shown(key)));
        problem.other = Some((first, "first given here".to_owned()));
        problem.help("remove one of the two entries; some readers take the first, some the last, some fail")
    }

    pub(crate) fn non_string_key(span: Span, key: Option<(&str, &str)>) -> Self {
        match key {
            Some(("", _)) => Problem::new(ProblemKind::NonStringKey, span, "an entry without a key")
                .help("write the key before the colon, or remove the entry"),
            Some((key, type_name)) => {
                let mut problem = Problem::new(
                    ProblemKind::NonStringKey,
                    span,
                    format!("the key `{}` is {type_name}, not a string", shown(key)),
                )
                .help("put the key in quotes");
                problem.replacement = Some(quote::double_quoted(key));
                problem
            }
            None => Problem::new(
                ProblemKind::NonStringKey,
                span,
                "a list or mapping cannot be the key of a mapping",
            )
            .help("put text that starts with a bracket in quotes, as in `\"{{ config.replicas }}\"`"),
        }
    }

    pub(crate) fn merge_key(span: Span) -> Self {
        Problem::new(ProblemKind::MergeKey, span, "merge key `<<`")
            .help("YAML 1.2 has no merge keys and readers apply them differently; write the entries out")
    }

    pub(crate) fn merge_of_scalar(span: Span) -> Self {
        Problem::new(ProblemKind::Syntax, span, "only a mapping or a list of mappings can be merged")
    }

    pub(crate) fn undefined_alias(span: Span, name: &str) -> Self {
        Problem::new(
            ProblemKind::UndefinedAlias,
            span,
            format!("no anchor `&{}` stands before this alias", shown(name)),
        )
    }

    pub(crate) fn recursive_alias(span: Span, name: &str, anchored: Span) -> Self {
        let mut problem = Problem::new(
            ProblemKind::UndefinedAlias,
            span,
            format!("the value of `&{}` contains itself", shown(name)),
        );
        problem.other = Some((anchored, "the anchored value starts here".to_owned()));
        problem
    }

    pub(crate) fn ambiguous(span: Span, text: &str, kubectl: &str, kustomize: &str, core: &str) -> Self {
        let mut problem = Problem::new(
            ProblemKind::AmbiguousScalar,
            span,
            format!("readers disagree on the unquoted scalar `{}`", shown(text)),
        )
        .help(format!(
            "kubectl reads {kubectl}, Kustomize reads {kustomize}, YAML 1.2 reads {core}; put it in quotes if it is text"
        ));
        problem.replacement = Some(quote::double_quoted(text));
        problem
    }

    pub(crate) fn not_finite(span: Span, text: &str) -> Self {
        let mut problem = Problem::new(
            ProblemKind::AmbiguousScalar,
            span,
            format!("`{}` is not a finite number", shown(text)),
        )
        .help("Kubernetes has no such value; put it in quotes if it is text");
        problem.replacement = Some(quote::double_quoted(text));
        problem
    }

    pub(crate) fn unknown_tag(span: Span, tag: &str) -> Self {
        Problem::new(ProblemKind::UnknownTag, span, format!("unknown tag `{}`", shown(tag)))
            .help("only `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and `!!map` are known")
    }

    pub(crate) fn tag_mismatch(span: Span, tag: &str, text: &str) -> Self {
        Problem::new(
            ProblemKind::UnknownTag,
            span,
            format!("`{}` cannot be read as `{}`", shown(text), shown(tag)),
        )
    }

    pub(crate) fn directive(span: Span) -> Self {
        Problem::syntax(span, "directives cannot be formatted".to_owned())
            .help("remove the directive; nothing of Kubernetes needs one")
    }

    pub(crate) fn lone_carriage_return(span: Span) -> Self {
        Problem::syntax(span, "a carriage return without a line feed".to_owned())
            .help("end lines with a line feed")
    }

    pub(crate) fn unformattable() -> Self {
        Problem::syntax(Span::default(), "the text is written in a way that cannot be formatted".to_owned())
    }

    pub(crate) fn too_large(bytes: usize, limit: usize) -> Self {
        Problem::new(
            ProblemKind::Limit,
            Span::default(),
            format!("the text has {bytes} bytes, more than the limit of {limit}"),
        )
    }

    pub(crate) fn too_deep(span: Span, limit: usize) -> Self {
        Problem::new(ProblemKind::Limit, span, format!("nested more than {limit} levels deep"))
    }

    pub(crate) fn too_many_nodes(span: Span, limit: usize) -> Self {
        Problem::new(
            ProblemKind::Limit,
            span,
            format!("more than {limit} values, counting every use of an alias"),
        )
    }
}

/// A text from the source as it may stand in a message: short, on one line, without control characters.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == MOST {
            out.push('…');
            break;
        }
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}
