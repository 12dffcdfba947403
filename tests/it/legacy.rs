//! Older Blueprint shapes: each file is read with warnings only, and `fix` gives a file in the current shape that means the same.
//!
//! `tests/older` has every shape. `CATALYST_CORPUS` may name a folder with more such files, say the whole of an older catalogue.

use crate::support::{SMALL, repository, write};
use catalyst_diag::{Diagnostic, Severity};
use catalyst_driver::{Project, plan_fixes};
use catalyst_lower::Lowered;
use catalyst_source::TreePath;
use catalyst_system::Discover;
use catalyst_yaml::{Dialect, ProblemKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Texts by the path that such a Blueprint has in a project.
fn texts(folder: &Path) -> BTreeMap<TreePath, String> {
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

/// Reads and mends all of them. Gives what was found, and the files as they are then.
fn mend(texts: &BTreeMap<TreePath, String>) -> (Vec<String>, BTreeMap<TreePath, String>) {
    let mut files: Vec<(&str, &str)> = SMALL.iter().take(1).copied().collect();
    files.extend(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let project_folder = write(&files);
    let mut project = Project::open(project_folder.path(), Discover::default(), false).unwrap();
    let fixed = plan_fixes(&mut project, &OLDER.map(str::to_owned));
    assert_eq!(fixed.refused, []);

    let (mut messages, mut mended) = (Vec::new(), BTreeMap::new());
    for (path, text) in texts {
        let before = lower(path, text);
        let errors: Vec<_> = before.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{path}: {errors:#?}");
        let intent = before.items[0].intent.as_ref();
        assert!(intent.is_some(), "{path} is read");
        let found = older(&before);
        assert!(found.iter().all(|it| it.severity == Severity::Warning && it.fix.is_some()), "{found:#?}");
        messages.extend(found.iter().map(|it| format!("{path}: {}", it.message)));

        let new = fixed.texts.get(path).map_or(text, |(_, after)| after);
        let after = lower(path, new);
        assert!(older(&after).is_empty(), "{path}: {:#?}\n{new}", older(&after));
        assert_eq!(after.items[0].intent.as_ref(), intent, "{path}\n{new}");
        mended.insert(path.clone(), new.clone());
    }
    (messages, mended)
}

#[test]
fn every_older_shape_is_read_and_mended() {
    let (messages, mended) = mend(&texts(&repository().join("tests/older")));
    insta::assert_snapshot!(messages.join("\n"));
    let files: Vec<String> = mended.iter().map(|(path, text)| format!("# {path}\n{text}")).collect();
    insta::assert_snapshot!(files.join("---\n"));
}

#[test]
fn an_older_catalogue_is_read_and_mended() {
    let Some(folder) = std::env::var_os("CATALYST_CORPUS").map(PathBuf::from) else { return };
    let texts = texts(&folder);
    let (messages, _) = mend(&texts);
    assert!(!texts.is_empty() && messages.len() >= texts.len(), "{} shapes", messages.len());
}
