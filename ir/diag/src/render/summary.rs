//! How many findings there are, and which repeated ones are left out of the long form.

use crate::{Diagnostic, Severity};
use std::collections::BTreeMap;

/// How many findings of one rule and one wording the long form shows. Each error stops delivery, so more of them are shown; the hundredth of a
/// kind helps nobody.
fn cap_of(severity: Severity) -> usize {
    if severity == Severity::Error { 50 } else { 10 }
}

/// The findings counted, in words: `2 errors, 1 warning`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (count(diagnostics, severity), severity.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// How many findings have this severity.
pub(super) fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
}

/// A number and its noun, in the plural where the number asks for it.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What the cap leaves of the findings.
pub(super) struct Capped<'a> {
    /// Shown, in order.
    pub(super) shown: Vec<&'a Diagnostic>,
    /// How many are hidden, by severity and rule.
    pub(super) hidden: BTreeMap<(Severity, &'static str), usize>,
}

/// Hides findings past the first so many ([`cap_of`]) of the same rule and wording.
pub(super) fn cap(diagnostics: &[Diagnostic]) -> Capped<'_> {
    let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut capped = Capped { shown: Vec::new(), hidden: BTreeMap::new() };
    for diagnostic in diagnostics {
        let count = seen.entry((diagnostic.rule.name, shape(&diagnostic.message))).or_insert(0);
        *count += 1;
        if *count > cap_of(diagnostic.severity) {
            *capped.hidden.entry((diagnostic.severity, diagnostic.rule.name)).or_insert(0) += 1;
        } else {
            capped.shown.push(diagnostic);
        }
    }
    capped
}

/// A message without its names and numbers: two messages of one shape say the same of different things.
fn shape(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 1 {
            out.push('`');
            continue;
        }
        for c in part.chars() {
            match c {
                c if c.is_ascii_digit() && out.ends_with('0') => {}
                c if c.is_ascii_digit() => out.push('0'),
                c => out.push(c),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Rule, rule};
    use catalyst_source::TreePath;

    fn finding(rule: &'static Rule, message: &str) -> Diagnostic {
        Diagnostic::new(rule, Place::file(&TreePath::new("a.yaml").unwrap()), message)
    }

    #[test]
    fn counts_in_words() {
        let error = finding(&rule::UNKNOWN_FIELD, "e");
        let warning = finding(&rule::MERGE_KEY, "w");
        let note = finding(&rule::WIDENED_SLOT, "n");
        assert_eq!(summary(&[]), "no findings");
        assert_eq!(summary(std::slice::from_ref(&warning)), "1 warning");
        assert_eq!(summary(&[error.clone(), error, warning]), "2 errors, 1 warning");
        assert_eq!(summary(&[note.clone(), note]), "2 notes");
    }

    #[test]
    fn names_and_numbers_are_no_part_of_a_shape() {
        assert_eq!(shape("unknown `a` in 12 of `b`"), shape("unknown `xyz` in 3 of `c`"));
        assert_ne!(shape("unknown `a`"), shape("undefined `a`"));
        assert_ne!(shape("a `b"), shape("a b"));
    }

    #[test]
    fn hides_what_repeats() {
        let mut all: Vec<_> = (0..15).map(|n| finding(&rule::MERGE_KEY, &format!("key `k{n}`"))).collect();
        all.extend((0..52).map(|n| finding(&rule::UNKNOWN_FIELD, &format!("field `k{n}`"))));
        all.push(finding(&rule::MERGE_KEY, "another wording"));
        let capped = cap(&all);
        assert_eq!(capped.shown.len(), 10 + 50 + 1);
        let hidden = [((Severity::Error, "unknown-field"), 2), ((Severity::Warning, "merge-key"), 5)];
        assert_eq!(capped.hidden, BTreeMap::from(hidden));
    }
}
