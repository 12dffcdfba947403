//! The form for people: headline, source lines with the cause underlined, notes, help.
//!
//! Each finding becomes one report of annotate-snippets, the layout of rustc, over windows of the files involved. Positions are put in
//! afterwards, because the windows are cut and escaped and the layout would count columns in them.

use super::sources::Sources;
use super::summary::{cap, counted};
use super::window::{Mark, windows};
use super::{Options, plain, visible};
use crate::{Diagnostic, Label, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use catalyst_source::TreePath;

/// Writes the findings with an empty line between them, and a last line for each rule whose repeated warnings are hidden.
pub(super) fn full(diagnostics: &[Diagnostic], sources: &Sources<'_>, options: &Options<'_>) -> String {
    let width = options.width.clamp(40, 1000);
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() }.term_width(width);
    let capped = if options.show_all { None } else { Some(cap(diagnostics)) };
    let (shown, hidden) = match capped {
        Some(capped) => (capped.shown, capped.hidden),
        None => (diagnostics.iter().collect(), Default::default()),
    };
    let mut parts: Vec<String> =
        shown.into_iter().map(|diagnostic| one(diagnostic, sources, &renderer, width)).collect();
    for ((severity, rule), count) in hidden {
        let more = counted(count, &format!("more {}", severity.as_str()));
        let verb = if count == 1 { "is" } else { "are" };
        let text = format!("{more} of this rule {verb} hidden; `--show-all` shows every one");
        parts.push(renderer.render(&[Group::with_title(level(severity).primary_title(text).id(rule))]));
    }
    let mut out = parts.join("\n\n");
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// One finding, without a line break at the end.
fn one(diagnostic: &Diagnostic, sources: &Sources<'_>, renderer: &Renderer, width: usize) -> String {
    let mut positions = Vec::new();
    let mut remarks = Vec::new();
    let title = level(diagnostic.severity)
        .primary_title(visible::block(&diagnostic.message))
        .id(diagnostic.rule.name);
    let mut group = Group::with_title(title);

    let mut files = by_file(diagnostic, sources);
    if sources.region(&diagnostic.primary.place).is_none() {
        // The cause is a whole file: its path stands first, its label among the notes.
        group = group.element(Origin::path(visible::line(diagnostic.primary.place.file.as_str())));
        if !diagnostic.primary.text.is_empty() {
            remarks.push(visible::line(&diagnostic.primary.text));
        }
    }
    for (path, marks) in &mut files {
        let Some(file) = sources.file(path) else { continue };
        for window in windows(file, std::mem::take(marks), width) {
            let marks = window.marks.into_iter().map(|(span, text, primary)| {
                let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(span).label(Some(text).filter(|text| !text.is_empty()))
            });
            let snippet = Snippet::source(window.text).line_start(window.line as usize);
            group = group.element(snippet.path(placeholder(positions.len())).annotations(marks));
            let path = visible::line(path.as_str());
            positions.push(format!("{path}:{}:{}", window.at.line, window.at.column));
        }
    }
    for Label { place, text } in &diagnostic.others {
        if sources.region(place).is_none() {
            let path = visible::line(place.file.as_str());
            let text = if text.is_empty() { "also involved".to_owned() } else { visible::line(text) };
            remarks.push(format!("{path}: {text}"));
        }
    }
    remarks.extend(diagnostic.notes.iter().map(|note| visible::block(note)));
    group = group.elements(remarks.into_iter().map(|note| Level::NOTE.message(note)));
    group = group.elements(plain::advice(diagnostic).map(|help| Level::HELP.message(visible::block(help))));
    let text = put_positions(&renderer.render(&[group]), &positions);
    if positions.is_empty() { indented(&text, diagnostic.message.lines().count()) } else { text }
}

/// Moves what follows the headline to where it stands in findings with source lines: without line numbers the layout has no gutter.
fn indented(text: &str, headline: usize) -> String {
    let lines = text.split('\n').enumerate();
    let lines =
        lines.map(|(at, line)| if at < headline.max(1) { line.to_owned() } else { format!(" {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// The labels that can be underlined, by file; the file of the cause first, then as they are mentioned.
fn by_file<'a>(diagnostic: &'a Diagnostic, sources: &Sources<'_>) -> Vec<(&'a TreePath, Vec<Mark>)> {
    let mut files: Vec<(&TreePath, Vec<Mark>)> = Vec::new();
    let primary = std::iter::once((&diagnostic.primary, true));
    for (label, primary) in primary.chain(diagnostic.others.iter().map(|label| (label, false))) {
        let Some(region) = sources.region(&label.place) else { continue };
        let mark = Mark { region, text: visible::line(&label.text), primary };
        match files.iter_mut().find(|(file, _)| *file == &label.place.file) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((&label.place.file, vec![mark])),
        }
    }
    files
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// Encloses the number of a position. No other text holds it: hidden characters are escaped.
const FENCE: char = '\u{1}';

/// A path that stands for a position until the layout is done.
fn placeholder(number: usize) -> String {
    format!("{FENCE}{number}{FENCE}")
}

/// Puts positions where their placeholders are, in place of the line and column that the layout computed.
fn put_positions(text: &str, positions: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split(FENCE).enumerate() {
        match (at % 2, part.parse().ok().and_then(|number: usize| positions.get(number))) {
            (1, Some(position)) => out.push_str(position),
            (0, _) if at > 0 => {
                out.push_str(part.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
            }
            _ => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests;
