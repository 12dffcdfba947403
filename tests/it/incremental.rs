//! Which queries run again after which edit.

use crate::support::{SMALL, write};
use catalyst_db::Database;
use catalyst_driver::{CompileOptions, NoProgress, Project, compile};
use catalyst_source::TreePath;
use catalyst_system::Discover;

/// The queries that run after `edit` of the file at `path`.
fn reruns(path: &str, edit: impl Fn(&str) -> String) -> Vec<String> {
    let folder = write(SMALL);
    let db = Database::logging();
    let mut project = Project::open_on(db, folder.path(), Discover::default(), false).unwrap();
    let run = |project: &Project| drop(compile(project, &CompileOptions::default(), &NoProgress, |_, _| ()));
    run(&project);
    project.database().0.take_log();
    let path = TreePath::new(path).unwrap();
    let text = edit(&project.text(&path).unwrap());
    assert!(project.set_text(&path, &text));
    run(&project);
    project.database().0.take_log()
}

const SITE: &str = "sovereigns/tiny/organizations/acme/applications/site.yaml";

#[test]
fn a_comment_stops_at_its_own_file() {
    let again = reruns(SITE, |text| format!("# a comment\n{text}"));
    assert!(again.iter().all(|it| ["parsed", "lowered", "checked"].contains(&it.as_str())), "{again:?}");
    assert!(again.contains(&"lowered".to_owned()));
}

#[test]
fn a_value_reaches_the_plan_and_no_blueprint() {
    let again = reruns(SITE, |text| text.replace("replicas: 3", "replicas: 4"));
    assert!(again.contains(&"planned".to_owned()) && again.contains(&"resolved".to_owned()), "{again:?}");
    assert!(
        !again.contains(&"blueprints".to_owned()) && !again.contains(&"compiled_kit".to_owned()),
        "{again:?}"
    );
}

#[test]
fn a_version_bump_compiles_the_blueprints_again() {
    let again =
        reruns("platform/web/blueprint.yaml", |text| text.replace("version: 1.2.0", "version: 1.3.0"));
    assert!(again.contains(&"blueprints".to_owned()) && again.contains(&"planned".to_owned()), "{again:?}");
}
