use crate::render::fixture::{PLAIN, Project, path};
use crate::render::{Format, Options, render};
use crate::{Diagnostic, EditAction, Place, rule};
use catalyst_source::{KeyPath, Span};
use insta::assert_snapshot;

const BLUEPRINT: &str = "kind: Blueprint\nmetadata: { name: bp-postgres }\nspec:\n  versoin: 1.4.0\n";
const FILE: &str = "platform/postgres/blueprint.yaml";

fn unknown_field(place: Place) -> Diagnostic {
    Diagnostic::new(&rule::UNKNOWN_FIELD, place, "unknown field `versoin` in `Blueprint.spec`")
        .label("did you mean `version`?")
}

fn full(project: &Project, diagnostics: &[Diagnostic]) -> String {
    project.render(Format::Full, diagnostics)
}

#[test]
fn headline_source_label_and_help() {
    let project = Project::new(&[(FILE, BLUEPRINT)]);
    let place = project.at(FILE, "versoin");
    let found = unknown_field(place.clone())
        .note("`spec` admits `version` and `card`\nand nothing else")
        .help("fields are listed by `catalystc schema Blueprint`")
        .fix("rename `versoin` to `version`", place, EditAction::RenameKey("version".into()));
    assert_snapshot!(full(&project, &[found]), @r"
    error[unknown-field]: unknown field `versoin` in `Blueprint.spec`
     --> platform/postgres/blueprint.yaml:4:3
      |
    4 |   versoin: 1.4.0
      |   ^^^^^^^ did you mean `version`?
      |
      = note: `spec` admits `version` and `card`
              and nothing else
      = help: fields are listed by `catalystc schema Blueprint`
      = help: rename `versoin` to `version`
    ");
}

#[test]
fn nodes_are_looked_up() {
    let place = Place::key(&path(FILE), 0, KeyPath::root().key("spec").key("versoin"));
    let project = Project::new(&[(FILE, BLUEPRINT)]).node(&place, "versoin");
    assert_snapshot!(full(&project, &[unknown_field(place)]), @r"
    error[unknown-field]: unknown field `versoin` in `Blueprint.spec`
     --> platform/postgres/blueprint.yaml:4:3
      |
    4 |   versoin: 1.4.0
      |   ^^^^^^^ did you mean `version`?
    ");
}

#[test]
fn several_labels_in_several_files() {
    let catalog = "name: a\nversion: 1.4.0\n";
    let chart = "apiVersion: v2\n# much\n# between\n# them\nversion: 1.5.0\nappVersion: '17'\n";
    let project = Project::new(&[("a/blueprint.yaml", catalog), ("a/chart/Chart.yaml", chart)]);
    let found = Diagnostic::new(
        &rule::VERSION_MISMATCH,
        project.at("a/chart/Chart.yaml", "1.5.0"),
        "chart and Blueprint name different versions",
    )
    .label("the chart says 1.5.0")
    .other(project.at("a/chart/Chart.yaml", "v2"), "")
    .other(project.at("a/blueprint.yaml", "1.4.0"), "the Blueprint says 1.4.0")
    .other(Place::file(&path("kit/pins.yaml")), "names none")
    .help("give both the same version");
    assert_snapshot!(full(&project, &[found]), @r"
    error[version-mismatch]: chart and Blueprint name different versions
     --> a/chart/Chart.yaml:5:10
      |
    1 | apiVersion: v2
      |             --
    ...
    5 | version: 1.5.0
      |          ^^^^^ the chart says 1.5.0
      |
     ::: a/blueprint.yaml:2:10
      |
    2 | version: 1.4.0
      |          ----- the Blueprint says 1.4.0
      |
      = note: kit/pins.yaml: names none
      = help: give both the same version
    ");
}

#[test]
fn a_whole_file_and_a_missing_file_have_no_snippet() {
    let project = Project::new(&[(FILE, BLUEPRINT)]);
    let whole =
        Diagnostic::new(&rule::MISPLACED_FILE, Place::file(&path(FILE)), "the file stands in no folder")
            .label("expected under `products/`")
            .other(project.at(FILE, "bp-postgres"), "because of this name")
            .help("move it");
    let missing = Diagnostic::new(
        &rule::LOCK_MISSING,
        Place::bytes(&path("catalyst.lock"), Span::new(3, 9)),
        "there is no `catalyst.lock`",
    )
    .help("run `catalystc lock`");
    let bare = Diagnostic::new(&rule::UNREADABLE_FILE, Place::file(&path("x.yaml")), "permission denied");
    let unknown =
        Diagnostic::new(&rule::UNKNOWN_KIND, Place::value(&path(FILE), 3, KeyPath::root()), "no such node");
    assert_snapshot!(full(&project, &[whole, missing, bare, unknown]), @r"
    warning[misplaced-file]: the file stands in no folder
     --> platform/postgres/blueprint.yaml
      |
     ::: platform/postgres/blueprint.yaml:2:19
      |
    2 | metadata: { name: bp-postgres }
      |                   ----------- because of this name
      |
      = note: expected under `products/`
      = help: move it

    error[lock-missing]: there is no `catalyst.lock`
     --> catalyst.lock
      = help: run `catalystc lock`

    error[unreadable-file]: permission denied
     --> x.yaml

    error[unknown-kind]: no such node
     --> platform/postgres/blueprint.yaml
    ");
}

#[test]
fn the_end_of_a_file_and_an_empty_file() {
    let project = Project::new(&[("a.yaml", "a: [1,\n\n"), ("b.yaml", "")]);
    let end = Place::bytes(&path("a.yaml"), Span::new(8, 8));
    let empty = Place::bytes(&path("b.yaml"), Span::new(0, 0));
    let findings = [
        Diagnostic::new(&rule::YAML_SYNTAX, end, "the list does not end").label("expected `]`"),
        Diagnostic::new(&rule::EMPTY_DOCUMENT, empty, "the file is empty").label("nothing here"),
    ];
    assert_snapshot!(full(&project, &findings), @r"
    error[yaml-syntax]: the list does not end
     --> a.yaml:1:7
      |
    1 | a: [1,
      |       ^ expected `]`

    warning[empty-document]: the file is empty
     --> b.yaml:1:1
      |
    1 |
      | ^ nothing here
    ");
}

#[test]
fn spans_over_several_lines() {
    let text = "a: 1\nspec:\n  regions:\n    - de\n    - fi\n  mode: single\nb: 2\n";
    let project = Project::new(&[("a.yaml", text)]);
    let found = |words: &str| {
        Diagnostic::new(
            &rule::PLACEMENT_OUT_OF_BOUNDS,
            project.at("a.yaml", words),
            "two regions, one asked for",
        )
        .label("these regions")
    };
    let list = found("- de\n    - fi\n").other(project.at("a.yaml", "single"), "asks for one");
    let twice = found("regions:\n    - de\n    - fi\n  ")
        .other(project.at("a.yaml", "regions:\n    - de\n    - fi\n"), "the same lines");
    assert_snapshot!(full(&project, &[list, twice]), @r"
    error[placement-out-of-bounds]: two regions, one asked for
     --> a.yaml:4:5
      |
    4 | /     - de
    5 | |     - fi
      | |________^ these regions
    6 |     mode: single
      |           ------ asks for one

    error[placement-out-of-bounds]: two regions, one asked for
     --> a.yaml:3:3
      |
    3 | /   regions:
    4 | |     - de
    5 | |     - fi
      | |________^ these regions; the same lines
    ");
}

#[test]
fn a_span_over_very_many_lines_shows_its_first() {
    let text = format!("spec:\n{}end: 1\n", "  - item\n".repeat(500));
    let project = Project::new(&[("a.yaml", &text)]);
    let place = Place::bytes(&path("a.yaml"), Span::new(0, text.find("end").unwrap()));
    let found = Diagnostic::new(&rule::INPUT_LIMIT, place, "too many items")
        .label("500 items")
        .other(project.at("a.yaml", "end"), "after this");
    assert_snapshot!(full(&project, &[found]), @r"
    error[input-limit]: too many items
       --> a.yaml:1:1
        |
      1 | spec:
        | ^^^^^ 500 items
        |
       ::: a.yaml:502:1
        |
    502 | end: 1
        | --- after this
    ");
}

#[test]
fn tabs_wide_characters_and_windows_line_breaks() {
    let text = "a:\t\tb\r\n名前: \"データベース\" # 🙂\r\n";
    let project = Project::new(&[("a.yaml", text)]);
    let found =
        |words, label| Diagnostic::new(&rule::INVALID_VALUE, project.at("a.yaml", words), "no").label(label);
    let findings = [
        found("b", "after tabs"),
        found("\t\t", "the tabs"),
        found("\"データベース\"", "wide"),
        found("b\r\n名前", "over a line break"),
    ];
    assert_snapshot!(full(&project, &findings), @r#"
    error[invalid-value]: no
     --> a.yaml:1:5
      |
    1 | a:        b
      |           ^ after tabs

    error[invalid-value]: no
     --> a.yaml:1:3
      |
    1 | a:        b
      |   ^^^^^^^^ the tabs

    error[invalid-value]: no
     --> a.yaml:2:5
      |
    2 | 名前: "データベース" # 🙂
      |       ^^^^^^^^^^^^^^ wide

    error[invalid-value]: no
     --> a.yaml:1:5
      |
    1 |   a:        b
      |  ___________^
    2 | | 名前: "データベース" # 🙂
      | |____^ over a line break
    "#);
}

#[test]
fn hidden_characters_are_shown() {
    let text = "name: \u{1b}[31mred\u{1b}[0m \u{202e}drowssap\u{202c} \u{9b}31m\u{200b}x\rb\n";
    let project = Project::new(&[("a\u{202e}.yaml", text)]);
    let found = Diagnostic::new(
        &rule::INVALID_NAME,
        project.at("a\u{202e}.yaml", "drowssap"),
        "bad name `\u{1b}[2J\u{202e}x`",
    )
    .label("\u{1b}[2K here\nand there")
    .other(Place::file(&path("b\u{2066}")), "\u{7}")
    .note("\u{1b}]0;title\u{7}")
    .help("remove\u{0} it\u{200f}")
    .fix("\u{8}x", Place::file(&path("b")), EditAction::Remove);
    let shown = full(&project, &[found]);
    assert!(!shown.chars().any(|c| c != '\n' && super::visible::is_hidden(c)));
    assert_snapshot!(shown, @r"
    error[invalid-name]: bad name `<U+001B>[2J<U+202E>x`
     --> a<U+202E>.yaml:1:21
      |
    1 | name: <U+001B>[31mred<U+001B>[0m <U+202E>drowssap<U+202C> <U+009B>31m<U+200B>x<U+000D>b
      |                                          ^^^^^^^^ <U+001B>[2K here and there
      |
      = note: b<U+2066>: <U+0007>
      = note: <U+001B>]0;title<U+0007>
      = help: remove<U+0000> it<U+200F>
      = help: <U+0008>x
    ");
}

#[test]
fn very_long_lines_are_cut() {
    let text =
        format!("{{\"a\":1,{}\"bad\":2,{}\"z\":3}}\n", "\"k\":0,".repeat(8000), "\"k\":0,".repeat(8000));
    assert!(text.len() > 90_000);
    let project = Project::new(&[("a.json", &text)]);
    let whole = Place::bytes(&path("a.json"), Span::new(0, text.len()));
    let findings = [
        Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("a.json", "\"bad\""), "in the middle").label("here"),
        Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("a.json", "\"z\":3}"), "at the end").label("here"),
        Diagnostic::new(&rule::UNKNOWN_FIELD, project.at("a.json", "\"a\""), "far apart")
            .label("here")
            .other(project.at("a.json", "\"z\""), "and here"),
        Diagnostic::new(&rule::UNKNOWN_FIELD, whole, "everything").label("all of it"),
    ];
    let shown = full(&project, &findings);
    assert!(shown.lines().all(|line| line.chars().count() <= 120), "{shown}");
    assert_snapshot!(shown, @r#"
    error[unknown-field]: in the middle
     --> a.json:1:48008
      |
    1 | ...":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"bad":2,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,...
      |                                            ^^^^^ here

    error[unknown-field]: at the end
     --> a.json:1:96016
      |
    1 | ...:0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"z":3}
      |                                           ^^^^^^ here

    error[unknown-field]: far apart
     --> a.json:1:2
      |
    1 | {"a":1,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k...
      |  ^^^ here
      |
     ::: a.json:1:96016
      |
    1 | ...:0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"z":3}
      |                                           --- and here

    error[unknown-field]: everything
     --> a.json:1:1
      |
    1 | {"a":1,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k":0,"k...
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all of it
    "#);
}

#[test]
fn labels_far_apart_have_their_own_windows() {
    let text = format!("first: 1\n{}last: 2\n", "# comment\n".repeat(5000));
    let project = Project::new(&[("a.yaml", &text)]);
    let found = Diagnostic::new(&rule::DUPLICATE_IDENTITY, project.at("a.yaml", "last"), "twice")
        .label("again")
        .other(project.at("a.yaml", "first"), "first here");
    assert_snapshot!(full(&project, &[found]), @r"
    error[duplicate-identity]: twice
        --> a.yaml:5002:1
         |
    5002 | last: 2
         | ^^^^ again
         |
        ::: a.yaml:1:1
         |
       1 | first: 1
         | ----- first here
    ");
}

#[test]
fn repeated_warnings_are_capped_unless_all_are_asked_for() {
    let project = Project::new(&[]);
    let findings: Vec<_> = (0..13)
        .map(|n| Diagnostic::new(&rule::MERGE_KEY, Place::file(&path("a.yaml")), format!("merge key {n}")))
        .collect();
    let shown = full(&project, &findings);
    assert_eq!(shown.matches("merge key").count(), 10);
    assert_snapshot!(shown.lines().last().unwrap(), @"warning[merge-key]: 3 more warnings of this rule are hidden; `--show-all` shows every one");
    let all = render(Format::Full, &findings, &project, &Options { show_all: true, ..PLAIN });
    assert_eq!(all.matches("merge key").count(), 13);
}

#[test]
fn nothing_to_say_is_nothing() {
    assert_eq!(full(&Project::new(&[]), &[]), "");
}

#[test]
fn colours_are_the_only_escapes() {
    let project = Project::new(&[(FILE, BLUEPRINT)]);
    let found = unknown_field(project.at(FILE, "versoin"));
    let shown = render(Format::Full, &[found], &project, &Options { color: true, ..PLAIN });
    assert!(shown.contains("\u{1b}[1m\u{1b}[91merror[unknown-field]\u{1b}[0m"), "{shown:?}");
    assert!(shown.contains("platform/postgres/blueprint.yaml:4:3\n"), "{shown:?}");
    assert!(!shown.contains('\u{1}') && !shown.contains("\u{1b}]"), "{shown:?}");
}

#[test]
fn a_narrow_terminal_gets_narrow_source() {
    let text = format!("key: {} # comment\n", "word ".repeat(40));
    let project = Project::new(&[("a.yaml", &text)]);
    let found =
        Diagnostic::new(&rule::BANNED_TERM, project.at("a.yaml", "# comment"), "a word").label("this");
    let shown = render(Format::Full, &[found], &project, &Options { width: 60, ..PLAIN });
    assert_snapshot!(shown, @r"
    warning[banned-term]: a word
     --> a.yaml:1:207
      |
    1 | ...d word word word  # comment
      |                      ^^^^^^^^^ this
    ");
}
