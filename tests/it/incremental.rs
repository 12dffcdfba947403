//! Which queries run again after which edit.

use crate::support::{SMALL, write};
use catalyst_db::Database;
use catalyst_driver::{CompileOptions, NoProgress, Project, compile};
use catalyst_source::TreePath;
use catalyst_system::Discover;
use std::collections::BTreeMap;

/// [`SMALL`] and a second Sovereign beside it.
fn two() -> Vec<(String, String)> {
    let own = |text: &str| text.replace("tiny", "other").replace("acme", "umbrella").replace("t77", "t78");
    let second = SMALL.iter().filter(|(path, _)| path.starts_with("sovereigns/"));
    let second = second.map(|(path, text)| (own(path), own(text)));
    SMALL.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).chain(second).collect()
}

/// The queries that run after `edit` of the file at `path`, each with how often it ran.
fn reruns(path: &str, edit: impl Fn(&str) -> String) -> BTreeMap<String, usize> {
    let files = two();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = write(&files);
    let db = Database::logging();
    let mut project = Project::open_on(db, folder.path(), Discover::default(), false).unwrap();
    let run = |project: &Project| drop(compile(project, &CompileOptions::default(), &NoProgress, |_, _| ()));
    run(&project);
    project.database().0.take_log();
    let path = TreePath::new(path).unwrap();
    let text = edit(&project.text(&path).unwrap());
    assert!(project.set_text(&path, &text));
    run(&project);
    let mut counts = BTreeMap::new();
    for name in project.database().0.take_log() {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts
}

/// As counts of queries.
fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.map(|(name, count)| (name.to_owned(), count)).into()
}

const SITE: &str = "sovereigns/tiny/organizations/acme/applications/site.yaml";

#[test]
fn a_comment_stops_at_its_own_file() {
    let again = reruns(SITE, |text| format!("# a comment\n{text}"));
    assert_eq!(again, counts([("parsed", 1), ("lowered", 1), ("checked", 1)]));
}

#[test]
fn the_same_text_is_no_edit() {
    assert_eq!(reruns(SITE, str::to_owned), counts([]));
}

/// What is narrow is asked of the new index for both Sovereigns, and stops there for the one that has no part in the edit.
#[test]
fn a_value_reaches_the_plan_of_its_own_sovereign_and_no_blueprint() {
    let again = reruns(SITE, |text| text.replace("replicas: 3", "replicas: 4"));
    let narrow = [
        ("catalogue", 1),
        ("kit", 1),
        ("project", 1),
        ("broken", 1),
        ("sovereigns", 1),
        ("sovereign_intent", 2),
    ];
    let mut expected = counts(narrow);
    expected.extend(counts([("parsed", 1), ("lowered", 1), ("checked", 1), ("index", 1)]));
    expected.extend(counts([("resolved", 1), ("planned", 1)]));
    assert_eq!(again, expected);
}

#[test]
fn a_version_bump_compiles_the_blueprints_and_all_plans_again() {
    let again =
        reruns("platform/web/blueprint.yaml", |text| text.replace("version: 1.2.0", "version: 1.3.0"));
    assert_eq!(again.get("blueprints"), Some(&1), "{again:?}");
    assert_eq!((again.get("resolved"), again.get("planned")), (Some(&2), Some(&2)), "{again:?}");
    assert_eq!(again.get("parsed"), Some(&1), "{again:?}");
    assert_eq!(again.get("compiled_kit"), None, "{again:?}");
}

/// Mappings are equal whatever the order of their keys, and output keeps that of the source.
#[test]
fn another_order_of_keys_is_an_edit() {
    let replicas = "        replicas: \"{{ config.replicas }}\"\n";
    let host = "        host: \"{{ application.name }}.{{ sovereign.domain }}\"\n";
    let again = reruns("platform/web/blueprint.yaml", |text| {
        let swapped = text.replace(&format!("{replicas}{host}"), &format!("{host}{replicas}"));
        assert_ne!(swapped, text);
        swapped
    });
    assert_eq!(again.get("planned"), Some(&2), "{again:?}");
}

/// A file that comes or goes is read, and the files that were there are not looked at again.
#[test]
fn an_unrelated_file_is_parsed_alone() {
    let folder = write(SMALL);
    let mut project =
        Project::open_on(Database::logging(), folder.path(), Discover::default(), false).unwrap();
    let run = |project: &Project| drop(compile(project, &CompileOptions::default(), &NoProgress, |_, _| ()));
    run(&project);
    project.database().0.take_log();
    std::fs::write(folder.path().join("sovereigns/tiny/notes.yaml"), "# nothing yet\n").unwrap();
    std::fs::write(folder.path().join("notes.yaml"), "a: 1\n").unwrap();
    let edited = project.reload_all();
    assert_eq!(edited.files, [TreePath::new("sovereigns/tiny/notes.yaml").unwrap()]);
    run(&project);
    let again = project.database().0.take_log();
    assert_eq!(again.iter().filter(|name| *name == "parsed").count(), 1, "{again:?}");
    for untouched in ["resolved", "planned", "blueprints"] {
        assert!(!again.contains(&untouched.to_owned()), "{untouched}: {again:?}");
    }
}
