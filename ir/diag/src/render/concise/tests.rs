use crate::render::fixture::{PLAIN, Project, path};
use crate::render::{Format, Options, render};
use crate::{Diagnostic, Place, rule};
use insta::assert_snapshot;

#[test]
fn one_line_each_whatever_the_message_holds() {
    let project = Project::new(&[("a.yaml", "kind: X\nspéc: 1\n")]);
    let findings = [
        Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("a.yaml", ": 1"), "after a letter of two bytes"),
        Diagnostic::new(&rule::MERGE_KEY, Place::file(&path("b.yaml")), "two\nlines\r\nand \u{1b}[1mmore\n"),
        Diagnostic::new(&rule::WIDENED_SLOT, Place::file(&path("x\u{202e}.yaml")), "a note").label("unseen"),
    ];
    assert_snapshot!(project.render(Format::Concise, &findings), @r"
    a.yaml:2:5: error[unknown-field] after a letter of two bytes
    b.yaml:1:1: warning[merge-key] two lines and <U+001B>[1mmore
    x<U+202E>.yaml:1:1: note[widened-slot] a note
    ");
}

#[test]
fn colour_stays_on_the_severity() {
    let project = Project::new(&[("a.yaml", "kind: X\n")]);
    let found = Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("a.yaml", "X"), "no");
    let shown = render(Format::Concise, &[found], &project, &Options { color: true, ..PLAIN });
    assert_eq!(shown, "a.yaml:1:7: \u{1b}[1m\u{1b}[91merror[unknown-field]\u{1b}[0m no\n");
}
