//! A file in `chart/tests` as cases that can be run.

use crate::document::{diagnostic, errors, first_causes};
use crate::from_problem;
use crate::schema::Schema;
use catalyst_diag::{Diagnostic, Place, rule, suggest};
use catalyst_model::schema::chart_tests_schema;
use catalyst_model::{ChartCase, Expect};
use catalyst_source::{KeyPath, Step, TreePath};
use catalyst_yaml::{Dialect, Parsed};
use serde::Deserialize as _;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// One case, with the places of what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// The case.
    pub case: Arc<ChartCase>,
    /// Its node.
    pub place: Place,
    /// What it expects, with the node that says so.
    pub expects: Vec<(Expect, Place)>,
}

/// What a file of cases gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartTestFile {
    /// The cases that can be run.
    pub cases: Vec<TestCase>,
    /// Names of the others.
    pub broken: BTreeSet<String>,
    /// What is wrong with the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file of cases. A case with something wrong in it is reported and left out.
pub fn lower_chart_tests(file: &TreePath, parsed: &Parsed) -> ChartTestFile {
    let mut out = ChartTestFile::default();
    out.diagnostics.extend(parsed.problems.iter().map(|problem| from_problem(file, problem)));
    let Some(document) = parsed.documents.first() else {
        if out.diagnostics.is_empty() {
            let found = Diagnostic::new(&rule::EMPTY_DOCUMENT, Place::file(file), "the file holds no cases");
            out.diagnostics.push(found.help("write `cases:` with a case into it, or delete the file"));
        }
        return out;
    };
    if parsed.documents.len() > 1 {
        let place = Place::value(file, 1, KeyPath::root());
        let found =
            Diagnostic::new(&rule::MULTIPLE_DOCUMENTS, place, "the file holds more than one document");
        out.diagnostics.push(found.help("put all cases under one `cases:`, or into files of their own"));
    }
    let (value, problems) = document.to_value(Dialect::Strict);
    out.diagnostics.extend(problems.iter().map(|problem| from_problem(file, problem)));
    let root = Place::value(file, 0, KeyPath::root());
    let findings = first_causes(schema().findings(&value));
    // What is wrong with one case leaves the others as they are; what is wrong with the text as a whole does not.
    let is_read = errors(&out.diagnostics) == 0;
    let mut wrong: BTreeSet<usize> = BTreeSet::new();
    for finding in &findings {
        if let [Step::Key(_), Step::Index(at), ..] = finding.path.steps() {
            wrong.insert(*at as usize);
        }
    }
    out.diagnostics.extend(findings.into_iter().map(|it| diagnostic("ChartTests", &value, &root, it)));
    let cases = value.get("cases").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (at, value) in cases.iter().enumerate() {
        let place = root.child("cases").item(at);
        let case =
            if is_read && !wrong.contains(&at) { read(value, place, &mut out.diagnostics) } else { None };
        match (case, value.get("name").and_then(Value::as_str)) {
            (Some(case), _) => out.cases.push(case),
            (None, Some(name)) => drop(out.broken.insert(name.to_owned())),
            (None, None) => {}
        }
    }
    out
}

/// A case that the schema has accepted; `None` when it means nothing, which is reported.
fn read(value: &Value, place: Place, diagnostics: &mut Vec<Diagnostic>) -> Option<TestCase> {
    let case = match ChartCase::deserialize(value) {
        Ok(case) => case,
        // The schema is made from the type: what it accepts, the type reads, but for the size of a number.
        Err(error) => {
            diagnostics.push(Diagnostic::new(&rule::INVALID_VALUE, place, error.to_string()));
            return None;
        }
    };
    let mut expects = Vec::new();
    let before = diagnostics.len();
    for (at, expectation) in case.expect.iter().enumerate() {
        let here = place.child("expect").item(at);
        match expectation.read() {
            Ok(expect) => expects.push((expect, here)),
            Err((key, why)) => {
                let at = key.map_or(here.clone(), |key| here.child(key));
                diagnostics.push(Diagnostic::new(&rule::INVALID_VALUE, at, why));
            }
        }
    }
    (diagnostics.len() == before).then(|| TestCase { case: Arc::new(case), place, expects })
}

/// What is wrong with the cases of all files of a Blueprint together: names that stand twice, and cases that are named and are not there.
pub fn names_of_cases(files: &[&ChartTestFile]) -> Vec<Diagnostic> {
    let cases: Vec<&TestCase> = files.iter().flat_map(|file| &file.cases).collect();
    let is_broken = |name: &str| files.iter().any(|file| file.broken.contains(name));
    let mut out = Vec::new();
    let mut first: BTreeMap<&str, &TestCase> = BTreeMap::new();
    for case in &cases {
        let name = case.case.name.as_str();
        match first.get(name) {
            Some(other) => out.push(
                Diagnostic::new(
                    &rule::DUPLICATE_IDENTITY,
                    case.place.child("name"),
                    format!("two cases are named `{name}`"),
                )
                .other(other.place.child("name"), "the first one")
                .help("give each case of the Blueprint a name of its own"),
            ),
            None => drop(first.insert(name, case)),
        }
    }
    for case in &cases {
        for (expect, place) in &case.expects {
            let Expect::SameAs(other) = expect else { continue };
            let place = place.child("sameAs");
            if *other == case.case.name {
                out.push(Diagnostic::new(&rule::INVALID_VALUE, place, "a case is always the same as itself"));
            } else if !first.contains_key(other.as_str()) && !is_broken(other) {
                let found =
                    Diagnostic::new(&rule::INVALID_VALUE, place, format!("no case is named `{other}`"));
                out.push(match suggest::nearest(other, first.keys().copied()) {
                    Some(near) => found.label(format!("did you mean `{near}`?")),
                    None => found.help("name a case of the same Blueprint"),
                });
            }
        }
    }
    out
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| match Schema::compile(chart_tests_schema()) {
        Ok(schema) => schema,
        Err(error) => unreachable!("the schema is made from its type: {error:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ChartTestFile {
        lower_chart_tests(
            &TreePath::new("platform/web/chart/tests/a.yaml").unwrap(),
            &catalyst_yaml::parse(text),
        )
    }

    fn found(text: &str) -> Vec<String> {
        let show = |it: &Diagnostic| format!("{} {}: {}", it.rule.name, it.primary.place.path(), it.message);
        read(text).diagnostics.iter().map(show).collect()
    }

    #[test]
    fn a_case_has_defaults() {
        let file = read("cases:\n  - name: default\n    expect: [{kinds: {}}]\n");
        assert_eq!(file.diagnostics, []);
        let case = &file.cases[0].case;
        assert!(case.values.is_empty() && case.api_versions.is_empty() && case.kube_version.is_none());
        assert_eq!(case.scope, catalyst_model::CaseScope::Own);
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        assert_eq!(
            found("cases:\n  - nmae: a\n    expect: [{kinds: {}}]\n"),
            ["unknown-field cases[0].nmae: unknown field `nmae` in `ChartTests.cases[0]`"]
        );
        assert_eq!(found("cases: []\n").len(), 1);
        assert_eq!(found(""), ["empty-document : the file holds no cases"]);
        let two = "cases:\n  - name: a\n    expect: [{kinds: {}, fails: x}]\n  - name: b\n    expect: [{lacks: [A]}]\n";
        assert!(
            found(two)[0].starts_with("invalid-value cases[0].expect[0].fails: it has 2 keys"),
            "{:?}",
            found(two)
        );
        assert_eq!((read(two).cases.len(), read(two).broken.len()), (1, 1));
        let one_of_two =
            "cases:\n  - name: a\n    expect: [{knids: {}}]\n  - name: b\n    expect: [{sameAs: a}]\n";
        let file = read(one_of_two);
        assert_eq!((file.cases.len(), file.diagnostics.len()), (1, 1));
        assert_eq!(names_of_cases(&[&file]), []);
        let version = found("cases:\n  - name: a\n    kubeVersion: 1.31\n    expect: [{kinds: {}}]\n");
        assert!(version.iter().any(|it| it.starts_with("wrong-type cases[0].kubeVersion")), "{version:?}");
    }

    #[test]
    fn names_are_unique_and_lead_to_cases() {
        let text = "cases:\n  - name: a\n    expect: [{kinds: {}}]\n  - name: a\n    expect: [{sameAs: a}]\n  - name: other\n    expect: [{sameAs: othr}]\n";
        let file = read(text);
        let found: Vec<_> = names_of_cases(&[&file]).into_iter().map(|it| it.message).collect();
        assert_eq!(
            found,
            ["two cases are named `a`", "a case is always the same as itself", "no case is named `othr`"]
        );
    }
}
