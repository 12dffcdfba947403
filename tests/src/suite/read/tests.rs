use super::sections;
use std::path::Path;

fn read(text: &str) -> (Vec<super::Section>, Vec<String>) {
    let (sections, failures) = sections(Path::new("suite.md"), text);
    (sections, failures.into_iter().map(|it| format!("{}: {}", it.line, it.message)).collect())
}

fn file<'s>(section: &'s super::Section, path: &str) -> &'s str {
    std::str::from_utf8(&section.files[path]).unwrap_or("not text")
}

#[test]
fn files_are_inherited_and_edited() {
    let text = "# Top\n\n`a.yaml`:\n```yaml\na: 1\nb: 2\n```\n\n## One\n`a.yaml`:\n```diff\n-a: 1\n+a: 3\n```\n\
        ```findings locked\nx\n```\n\n## Two\n\n`a.yaml` is removed.\n`b c.yaml`:\n\n```bytes\n\\0\n```\n```full\n```\n";
    let (sections, failures) = read(text);
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(sections.len(), 2, "the top section expects nothing");
    assert_eq!(sections[0].titles, ["Top", "One"]);
    assert_eq!(file(&sections[0], "a.yaml"), "a: 3\nb: 2\n");
    let expectation = &sections[0].expectations[0];
    assert!(expectation.locked && expectation.text == "x\n" && &text[expectation.body.clone()] == "x\n");
    assert_eq!(sections[1].files.keys().collect::<Vec<_>>(), ["b c.yaml"]);
    assert_eq!(file(&sections[1], "b c.yaml"), "\0\n");
}

#[test]
fn what_is_wrong_with_a_document_is_said_with_its_line() {
    let wrong = [
        ("# A\n## B\n", "2: this section expects nothing"),
        ("```findings\n```\n", "1: this stands before the first heading"),
        ("# A\n```full\n```\n```findings\n", "4: this block does not end"),
        ("# A\n`a`:\n\nprose\n```findings\n```\n", "4: a path stands before its block"),
        ("# A\n```findings\n```\n`a`:\n", "4: a path stands before its block"),
        ("# A\n```findings\n```\n```diff\n```\n", "4: `diff` needs a path before it"),
        ("# A\n`a`:\n```findings\n```\n```full\n```\n", "3: `findings` is of no file"),
        ("# A\n```full\n```\n`a`:\n```diff\n-a\n```\n", "5: there is no `a` to edit"),
        ("# A\n```full\n```\n`a` is removed.\n", "4: there is no `a` to remove"),
        ("# A\n```full\n```\nBase: [x](no/such.md)\n", "4: `no/such.md`: "),
        ("# A\n```full\n```\n`a`:\n```bytes\n\\q\n```\n", "5: unknown escape `\\q`"),
    ];
    for (text, expected) in wrong {
        let (_, failures) = read(text);
        assert!(failures.len() == 1 && failures[0].starts_with(expected), "{text:?}: {failures:?}");
    }
}

#[test]
fn anchors() {
    assert_eq!(super::anchor("A kit, in `two` slots"), "a-kit-in-two-slots");
}
