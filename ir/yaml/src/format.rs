//! The canonical form of a text that people write: two columns a level, list items below their key, quotes where they are needed and not
//! elsewhere, at most one blank line, comments where they were. The order of keys, the choice between block and flow style, and how
//! numbers, anchors and merge keys are written stay as they are.
//!
//! The result is read again and held against the input: data, comments and their order must be the same, or the text is left alone.

mod print;
mod trivia;

use catalyst_source::Span;

use crate::read::parse_as_written;
use crate::{Dialect, Problem, ProblemKind, parse};

/// Formats a text. Formatting the result again changes nothing.
///
/// # Errors
///
/// What keeps the text from being read: syntax, limits, keys that are no scalars, directives.
pub fn format(text: &str) -> Result<String, Vec<Problem>> {
    let (documents, problems, layouts) = parse_as_written(text);
    let hopeless =
        |p: &Problem| matches!(p.kind, ProblemKind::Syntax | ProblemKind::Limit | ProblemKind::NonStringKey);
    let mut problems: Vec<Problem> = problems.into_iter().filter(hopeless).collect();
    problems.extend(trivia::directives(text, &documents, &layouts).map(Problem::directive));
    problems.extend(lone_carriage_return(text).map(Problem::lone_carriage_return));
    if !problems.is_empty() {
        return Err(problems);
    }
    let formatted = print::stream(text, &documents, &layouts);
    if same(text, &formatted) { Ok(formatted) } else { Err(vec![Problem::unformattable()]) }
}

/// A carriage return that no line feed follows. YAML takes it for a line break, no editor does, and splicing and printing count lines.
pub(crate) fn lone_carriage_return(text: &str) -> Option<Span> {
    let alone = |&(at, _): &(usize, &str)| !text[at + 1..].starts_with('\n');
    text.match_indices('\r').find(alone).map(|(at, _)| Span::new(at, at + 1))
}

/// Whether two texts hold the same data for every reader, and the same comments.
fn same(a: &str, b: &str) -> bool {
    let comments = |text: &str| -> Vec<String> {
        let comments = parse_as_written(text).2.comments;
        comments.iter().map(|span| text[span.range()].trim_end().to_owned()).collect()
    };
    let (read_a, read_b) = (parse(a), parse(b));
    let kinds = |problems: &[Problem]| -> Vec<ProblemKind> { problems.iter().map(|p| p.kind).collect() };
    let data = |parsed: &crate::Parsed, dialect| -> Vec<_> {
        parsed.documents.iter().map(|document| document.to_value(dialect).0).collect()
    };
    kinds(&read_a.problems) == kinds(&read_b.problems)
        && [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize]
            .into_iter()
            .all(|dialect| data(&read_a, dialect) == data(&read_b, dialect))
        && comments(a) == comments(b)
}

#[cfg(test)]
mod tests;
