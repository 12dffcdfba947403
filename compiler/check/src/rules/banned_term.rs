//! `banned-term`: text that people read uses the words of the glossary (domain.md 14.1, row 14).
//!
//! Looked at are titles, summaries, descriptions, reasons and purposes of intent, and comments and description of charts; never trees of
//! config or chart values, which belong to upstream. Some of the words are right in another meaning, a Kubernetes operator, a Helm template, an OAuth client, so those are found
//! only beside a word that shows which meaning is meant. That misses some; a rule that cries wolf is switched off.

use crate::template::{Piece, lines};
use crate::{ChartSubject, Text, walk};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_source::Span;

/// Keys whose value is prose.
const PROSE: &[&str] = &["description", "how", "purpose", "reason", "summary", "tagline", "title"];
/// Trees that hold no prose of ours.
const FOREIGN: &[&str] = &["config", "default", "enum", "outputs", "values"];

/// When a word is the banned one.
enum When {
    Always,
    /// Right after one of these words.
    After(&'static [&'static str]),
    /// Right before one of these words.
    Before(&'static [&'static str]),
    /// Unless the text has this word as well.
    Without(&'static str),
}

/// A word or two, when they are meant, and what to write instead.
static TERMS: &[(&str, When, &str)] = &[
    ("tenant", When::Always, "Organization"),
    ("workspace", When::Always, "Environment"),
    ("backstage", When::Always, "console"),
    ("lifecycle manager", When::Always, "Catalyst"),
    ("bootstrap wizard", When::Always, "provisioning"),
    ("synapse", When::Without("matrix"), "Axon"),
    ("operator", When::After(&["cloud", "duty", "human", "platform", "sovereign"]), "administrator"),
    (
        "operator",
        When::Before(&[
            "approves", "calls", "chooses", "clicks", "decides", "enters", "knows", "signs", "wants",
        ]),
        "administrator",
    ),
    ("client", When::Before(&["app", "apps", "console", "dashboard", "portal", "screen", "ui"]), "console"),
    ("module", When::After(&["application", "catalyst", "marketplace", "platform", "product"]), "Blueprint"),
    (
        "template",
        When::After(&["app", "application", "catalog", "catalogue", "marketplace", "product", "starter"]),
        "Blueprint",
    ),
    ("instance", When::After(&["catalyst", "platform", "sovereign"]), "Sovereign"),
    ("instance", When::After(&["app", "application", "blueprint"]), "Application"),
];

pub(crate) fn check(text: &Text<'_>, out: &mut Vec<Diagnostic>) {
    walk::strings(text.value, &mut |trail, value| {
        if !trail.is_entry() || !trail.key().is_some_and(|it| PROSE.contains(&it)) || trail.passes(FOREIGN) {
            return;
        }
        prose(value, |span| text.place(trail.path()).within(span), out);
    });
}

/// Comments and the description of a chart are read like the prose of intent.
pub(crate) fn chart(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.texts.iter().chain(subject.templates) {
        for line in lines(&Piece { start: 0, text }) {
            let start = line.text.len() - line.text.trim_start().len();
            let code = &line.text[start..];
            let is_prose = code.starts_with("# ") || code.starts_with("{{/*") || code.starts_with("{{- /*");
            let is_description = code.starts_with("description:") && file.file_name() == "Chart.yaml";
            let from = if is_prose || is_description { Some(start) } else { line.text.find(" # ") };
            if let Some(from) = from {
                prose(
                    &line.text[from..],
                    |it| Place::bytes(file, line.span(from + it.start as usize, from + it.end as usize)),
                    out,
                );
            }
        }
    }
}

/// The terms in a piece of prose.
fn prose(text: &str, place: impl Fn(Span) -> Place, out: &mut Vec<Diagnostic>) {
    let words = words(text);
    for (at, (word, span)) in words.iter().enumerate() {
        let Some((found, end, instead)) = term(&words, at, word) else { continue };
        let place = place(Span::new(span.0 as usize, words[end].1.1 as usize));
        let message = format!("`{found}` is not a word of the platform");
        out.push(
            Diagnostic::new(&rule::BANNED_TERM, place, message)
                .label(format!("the glossary says `{instead}`")),
        );
    }
}

/// The term that starts at a word, the index of its last word, and what to write instead.
fn term(
    words: &[(String, (u32, u32))],
    at: usize,
    word: &str,
) -> Option<(&'static str, usize, &'static str)> {
    let is =
        |at: usize, wanted: &[&str]| words.get(at).is_some_and(|(word, _)| wanted.contains(&word.as_str()));
    TERMS.iter().find_map(|(term, when, instead)| {
        let (first, second) = term.split_once(' ').map_or((*term, None), |(a, b)| (a, Some(b)));
        let end = match second {
            Some(second) if word == first && is(at + 1, &[second]) => at + 1,
            None if word == first || word.strip_suffix('s') == Some(first) => at,
            _ => return None,
        };
        let meant = match when {
            When::Always => true,
            When::After(before) => at > 0 && is(at - 1, before),
            When::Before(after) => is(end + 1, after),
            When::Without(other) => !words.iter().any(|(word, _)| word == other),
        };
        meant.then_some((*term, end, *instead))
    })
}

/// The words of a text in lower case, with their bytes. A hyphen joins: `multi-tenant` is a word of its own.
fn words(text: &str) -> Vec<(String, (u32, u32))> {
    let mut words = Vec::new();
    let mut start = None;
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match start {
            None if c.is_alphanumeric() => start = Some(at),
            Some(from) if !inside(c) => {
                let word = text[from..at].trim_end_matches(['-', '_', '.', '/']);
                words.push((word.to_lowercase(), (from as u32, (from + word.len()) as u32)));
                start = None;
            }
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::text;
    use serde_json::json;

    fn run(prose: &str) -> Vec<String> {
        let value = json!({ "spec": { "card": { "summary": prose } } });
        text(check, "Blueprint", &value).iter().map(|it| it.primary.text.clone()).collect()
    }

    #[test]
    fn words_of_other_meanings_pass() {
        for prose in [
            "Kubernetes operator for PostgreSQL",
            "rendered by a Helm template",
            "a multi-tenant store",
            "OAuth client of the console",
            "Matrix, with Synapse as its server",
            "a database of three instances",
            "lieutenants",
        ] {
            assert_eq!(run(prose), [] as [&str; 0], "{prose}");
        }
        let value =
            json!({ "spec": { "manifests": { "values": { "description": "a tenant" } }, "name": "tenant" } });
        assert!(text(check, "Blueprint", &value).is_empty());
    }

    #[test]
    fn banned_words_are_found() {
        assert_eq!(run("One database for each Tenant."), ["the glossary says `Organization`"]);
        assert_eq!(run("The platform operator decides."), ["the glossary says `administrator`"]);
        assert_eq!(
            run("An application template and two workspaces"),
            ["the glossary says `Blueprint`", "the glossary says `Environment`"]
        );
        assert_eq!(
            run("The Lifecycle Manager of Synapse"),
            ["the glossary says `Catalyst`", "the glossary says `Axon`"]
        );
    }
}
