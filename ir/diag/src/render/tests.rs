use super::fixture::{PLAIN, Project, path};
use super::{Format, Options, render};
use crate::{Diagnostic, Locate, Place, RULES, rule};
use catalyst_source::{Span, TreePath};
use std::sync::Arc;

#[test]
fn formats_have_names_and_unknown_names_an_answer() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(*format));
    }
    assert_eq!(format!("{:>6}|", Format::Full), "  full|");
    let error = |text: &str| text.parse::<Format>().unwrap_err().to_string();
    assert_eq!(error("sarff"), "unknown format `sarff`; did you mean `sarif`?");
    assert_eq!(
        error("\u{1b}xml"),
        "unknown format `<U+001B>xml`; known are full, concise, json, jsonl, github, gitlab, sarif, junit"
    );
}

#[test]
fn a_thousand_findings_in_a_large_file_and_in_a_minified_one() {
    let lines = "key: value # and a comment\n".repeat(20_000);
    let minified = format!("{{{}}}", "\"key\": \"value\", ".repeat(6_000));
    let project = Project::new(&[("large.yaml", &lines), ("minified.json", &minified)]);
    let at = |file: &str, start| Place::bytes(&path(file), Span::new(start, start + 3));
    let findings: Vec<_> = (0..1000)
        .map(|n| {
            let (file, step) = if n % 2 == 0 { ("large.yaml", 270) } else { ("minified.json", 48) };
            Diagnostic::new(RULES[n % RULES.len()], at(file, n * step), format!("finding {n}"))
                .other(at("large.yaml", n * 540), "far away")
        })
        .collect();
    for format in Format::ALL {
        let text = render(*format, &findings, &project, &Options { show_all: true, ..PLAIN });
        assert!(*format == Format::Github || text.contains("finding 999"), "{format}");
        assert!(text.lines().all(|line| *format != Format::Full || line.chars().count() < 130), "{format}");
    }
}

#[test]
fn no_text_and_no_span_brings_a_renderer_down() {
    let pieces = [
        "a: b",
        "\n",
        "\r\n",
        "\t",
        " ",
        "\r",
        "é",
        "大",
        "🙂",
        "👩\u{200d}💻",
        "\u{202e}",
        "\u{1b}[1m",
        "e\u{301}",
        "\u{0}",
        "---\n",
        "\"x\"",
        "\u{feff}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "\n\n\n\n\n\n\n\n",
    ];
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    for round in 0..400 {
        let text: String = (0..random(60)).map(|_| pieces[random(pieces.len())]).collect();
        let project = Project::new(&[("a.yaml", &text), ("b.yaml", "x")]);
        let mut place = || {
            let start = random(text.len() + 4);
            let end = if random(4) == 0 { start } else { random(text.len() + 9) };
            Place::bytes(&path(if random(9) == 0 { "b.yaml" } else { "a.yaml" }), Span::new(start, end))
        };
        let mut found = Diagnostic::new(&rule::INVALID_VALUE, place(), text.clone()).label("the first label");
        for label in ["", "second", "a label that is longer than most of them are in practice, and then some"]
        {
            found = found.other(place(), label);
        }
        let found = [found.note(text.clone())];
        for format in Format::ALL {
            let options = Options { width: [0, 40, 80, 5000][round % 4], color: round % 2 == 0, ..PLAIN };
            let out = render(*format, &found, &project, &options);
            assert!(
                options.color || !out.chars().any(|c| c != '\n' && super::visible::is_hidden(c)),
                "{out:?}"
            );
        }
    }
}

/// Answers with spans that fit no text.
struct Liar;

impl Locate for Liar {
    fn text(&self, _: &TreePath) -> Option<Arc<str>> {
        Some("é\né".into())
    }

    fn span(&self, _: &Place) -> Option<Span> {
        Some(Span { start: 4, end: u32::MAX })
    }
}

#[test]
fn spans_outside_of_their_text_are_brought_in() {
    let place = Place::bytes(&path("a.yaml"), Span::new(0, 0));
    let found = [Diagnostic::new(&rule::INVALID_VALUE, place, "no")];
    let out = render(Format::Concise, &found, &Liar, &PLAIN);
    assert_eq!(out, "a.yaml:2:1: error[invalid-value] no\n");
}

#[test]
fn renderers_keep_the_order_they_are_given() {
    let findings: Vec<_> =
        ["b", "a", "c"].map(|file| Diagnostic::new(&rule::MERGE_KEY, Place::file(&path(file)), "w")).into();
    let out = render(Format::Concise, &findings, &Project::default(), &PLAIN);
    assert_eq!(out.lines().map(|line| &line[..1]).collect::<String>(), "bac");
}
