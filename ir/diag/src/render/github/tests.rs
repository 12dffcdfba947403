use crate::render::Format;
use crate::render::fixture::{Project, path};
use crate::{Diagnostic, Place, Rule, rule};
use insta::assert_snapshot;

#[test]
fn escapes_data_and_properties() {
    let project = Project::new(&[("a,b: 100%.yaml", "kind: X\nspec: |\n  a\n  b\n")]);
    let findings = [
        Diagnostic::new(
            &rule::UNKNOWN_FIELD,
            project.at("a,b: 100%.yaml", "X"),
            "100% of `a: b`, twice\r\nover",
        )
        .label("here")
        .help("mend it\nsoon"),
        Diagnostic::new(&rule::MERGE_KEY, project.at("a,b: 100%.yaml", "|\n  a\n  b"), "two lines and more"),
        Diagnostic::new(&rule::WIDENED_SLOT, Place::file(&path("b.yaml")), "a whole file\u{1b}[1m")
            .other(project.at("a,b: 100%.yaml", "X"), "and here"),
    ];
    assert_snapshot!(project.render(Format::Github, &findings), @r"
    ::error title=unknown-field,file=a%2Cb%3A 100%25.yaml,line=1,endLine=1,col=7,endColumn=8::100%25 of `a: b`, twice over%0Ahere%0Ahelp: mend it%0Asoon
    ::warning title=merge-key,file=a%2Cb%3A 100%25.yaml,line=2,endLine=4::two lines and more
    ::notice title=widened-slot,file=b.yaml::a whole file<U+001B>[1m%0Aa,b: 100%25.yaml:1:7: and here
    ");
}

fn many(rule: &'static Rule, count: usize) -> Vec<Diagnostic> {
    (0..count).map(|n| Diagnostic::new(rule, Place::file(&path("a.yaml")), format!("number {n}"))).collect()
}

#[test]
fn errors_first_ten_of_a_kind_and_a_count_of_the_rest() {
    let project = Project::new(&[]);
    let mut findings = many(&rule::MERGE_KEY, 12);
    findings.extend(many(&rule::WIDENED_SLOT, 10));
    findings.extend(many(&rule::UNKNOWN_FIELD, 11));
    let text = project.render(Format::Github, &findings);
    let count = |prefix: &str| text.lines().filter(|line| line.starts_with(prefix)).count();
    assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 10));
    assert!(text.starts_with("::error "));
    assert_snapshot!(text.lines().last().unwrap(), @"::notice title=catalystc::not annotated: 1 error, 2 warnings, 1 note; GitHub shows 10 annotations of a kind in a step, `--format concise` lists all findings");
}

#[test]
fn ten_of_each_fit_without_a_count() {
    let mut findings = many(&rule::MERGE_KEY, 10);
    findings.extend(many(&rule::WIDENED_SLOT, 10));
    let text = Project::new(&[]).render(Format::Github, &findings);
    assert_eq!(text.lines().count(), 20);
    assert!(!text.contains("not annotated"));
}
