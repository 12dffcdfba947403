//! The Blueprint files of the older catalogue: each is read, and `fix` gives a file in the current shape that means the same. They are not
//! part of this repository: `CATALYST_CORPUS` names their folder, else `../shared/corpus/blueprints` beside it is looked for.

use crate::support::{SMALL, repository, write};
use catalyst_diag::{Diagnostic, Severity};
use catalyst_driver::{Project, plan_fixes};
use catalyst_lower::Lowered;
use catalyst_source::TreePath;
use catalyst_system::Discover;
use catalyst_yaml::{Dialect, ProblemKind};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("CATALYST_CORPUS").map(PathBuf::from);
    let found =
        named.or_else(|| Some(repository().join("../shared/corpus/blueprints"))).filter(|it| it.is_dir());
    if found.is_none() {
        // Not by the macro: the harness would keep it from those who look at a green run.
        let _ = writeln!(
            std::io::stderr(),
            "CORPUS MISSING: no older Blueprint was read; CATALYST_CORPUS names their folder"
        );
    }
    found
}

/// Texts by the path that such a Blueprint has in a project.
fn texts(folder: PathBuf) -> BTreeMap<TreePath, String> {
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let path = |file: &PathBuf| {
        TreePath::new(&format!("platform/{}/blueprint.yaml", file.file_stem().unwrap().display())).unwrap()
    };
    files.map(|file| (path(&file), unambiguous(std::fs::read_to_string(&file).unwrap()))).collect()
}

/// With quotes around scalars that readers disagree on. Such a scalar is an error, and rightly: only its author knows what was meant. In
/// these files it is always text.
fn unambiguous(mut text: String) -> String {
    let problems = catalyst_yaml::parse(&text).documents[0].to_value(Dialect::Strict).1;
    for problem in problems.iter().rev().filter(|it| it.kind == ProblemKind::AmbiguousScalar) {
        let quoted = format!("\"{}\"", &text[problem.span.range()]);
        text.replace_range(problem.span.range(), &quoted);
    }
    text
}

fn lower(path: &TreePath, text: &str) -> Lowered {
    catalyst_lower::lower(path, &catalyst_yaml::parse(text))
}

const OLDER: [&str; 2] = ["deprecated-api-version", "legacy-shape"];

fn older(lowered: &Lowered) -> Vec<&Diagnostic> {
    lowered.diagnostics.iter().filter(|it| OLDER.contains(&it.rule.name)).collect()
}

#[test]
fn every_older_blueprint_is_read_and_mended() {
    let Some(folder) = folder() else { return };
    let texts = texts(folder);
    assert_eq!(texts.len(), 48);
    let mut files: Vec<(&str, &str)> = SMALL.iter().take(1).copied().collect();
    files.extend(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let project_folder = write(&files);
    let mut project = Project::open(project_folder.path(), Discover::default(), false).unwrap();
    let fixed = plan_fixes(&mut project, &OLDER.map(str::to_owned));
    assert_eq!(fixed.refused, []);

    let mut shapes = 0;
    for (path, text) in &texts {
        let before = lower(path, text);
        let errors: Vec<_> = before.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{path}: {errors:#?}");
        let intent = before.items[0].intent.as_ref();
        assert!(intent.is_some(), "{path} is read");
        let found = older(&before);
        assert!(found.iter().all(|it| it.severity == Severity::Warning && it.fix.is_some()), "{found:#?}");
        shapes += found.len();

        let mended = fixed.texts.get(path).map_or(text, |(_, after)| after);
        let after = lower(path, mended);
        assert!(older(&after).is_empty(), "{path}: {:#?}\n{mended}", older(&after));
        assert_eq!(after.items[0].intent.as_ref(), intent, "{path}\n{mended}");
    }
    assert!(shapes > 48, "{shapes} older shapes");
}
