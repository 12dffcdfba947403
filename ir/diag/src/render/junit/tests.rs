use crate::render::Format;
use crate::render::fixture::{Project, path};
use crate::{Diagnostic, Place, rule};
use insta::assert_snapshot;

#[test]
fn suites_by_file_and_failures_for_errors() {
    let project = Project::new(&[("b.yaml", "kind: X\n")]);
    let findings = [
        Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("b.yaml", "X"), "unknown `a < b && \"c\"`")
            .label("isn't <this>")
            .help("mend\nit"),
        Diagnostic::new(&rule::MERGE_KEY, Place::file(&path("a.yaml")), "a warning"),
        Diagnostic::new(&rule::INVALID_NAME, project.at("b.yaml", "kind"), "second"),
    ];
    assert_snapshot!(project.render(Format::Junit, &findings), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="catalystc" tests="3" failures="2" errors="0">
      <testsuite name="a.yaml" tests="1" failures="0" errors="0">
        <testcase name="merge-key" classname="a.yaml" file="a.yaml">
          <system-out>warning[merge-key] a.yaml: a warning</system-out>
        </testcase>
      </testsuite>
      <testsuite name="b.yaml" tests="2" failures="2" errors="0">
        <testcase name="unknown-field" classname="b.yaml" file="b.yaml" line="1">
          <failure type="unknown-field" message="unknown `a &lt; b &amp;&amp; &quot;c&quot;`">b.yaml:1:7: unknown `a &lt; b &amp;&amp; &quot;c&quot;`
    isn&apos;t &lt;this&gt;
    help: mend
    it</failure>
        </testcase>
        <testcase name="invalid-name" classname="b.yaml" file="b.yaml" line="1">
          <failure type="invalid-name" message="second">b.yaml:1:1: second</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn nothing_found_is_a_passing_case() {
    assert_snapshot!(Project::new(&[]).render(Format::Junit, &[]), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="catalystc" tests="1" failures="0" errors="0">
      <testsuite name="catalystc" tests="1" failures="0" errors="0">
        <testcase name="no findings" classname="catalystc"/>
      </testsuite>
    </testsuites>
    "#);
}

/// Counts agree with the elements, tags close in order, and no character is left that XML 1.0 forbids.
#[test]
fn is_well_formed_whatever_is_found() {
    let nasty = "]]> <!-- & \u{0}\u{1b}[1m\u{b}\u{fffe}\u{202e}\u{9b}\u{2028}'\"\n\t</failure>";
    let project = Project::new(&[]);
    let findings = [
        Diagnostic::new(&rule::UNKNOWN_FIELD, Place::file(&path("a&<\"'>.yaml")), nasty)
            .note(nasty)
            .label(nasty),
        Diagnostic::new(&rule::MERGE_KEY, Place::file(&path("a.yaml")), nasty).help(nasty),
    ];
    let xml = project.render(Format::Junit, &findings);
    assert!(!xml.chars().any(|c| c != '\n' && super::is_hidden(c)), "{xml}");
    let mut open = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
    while let Some((text, after)) = rest.split_once('<') {
        for reference in text.split('&').skip(1) {
            let name = reference.split_once(';').unwrap().0;
            assert!(["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with("#x"), "{name}");
        }
        let (tag, after) = after.split_once('>').unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
        rest = after;
    }
    assert!(open.is_empty());
    assert_eq!(xml.matches("<testcase ").count(), 2);
    assert!(xml.contains(r#"<testsuites name="catalystc" tests="2" failures="1" errors="0">"#));
}
