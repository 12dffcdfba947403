//! What `helm template` prints, as objects.
//!
//! Each document of it stands behind `---` and a comment that names the file it was made of. A file of CRDs is printed as it is, so that more
//! than one document may follow such a comment.

use crate::{ChartFault, Object};
use catalyst_source::TreePath;
use catalyst_yaml::{Dialect, ProblemKind};
use serde_json::Value;

/// What stands before each document.
const HEAD: &str = "---\n# Source: ";

/// The objects in a text, in order.
pub(crate) fn objects(chart: &str, text: &str) -> Result<Vec<Object>, Box<ChartFault>> {
    let mut objects = Vec::new();
    if !text.trim().is_empty() && !text.trim_start().starts_with(HEAD) {
        return Err(
            ChartFault::new("the rendered text does not begin with the source of its first object").into()
        );
    }
    for piece in pieces(text) {
        let (source, body) = piece.split_once('\n').unwrap_or((piece, ""));
        let source = source.trim();
        let Some(file) = source.split_once('/').and_then(|(_, below)| TreePath::new(below).ok()) else {
            let message = format!("Helm names `{source}` as a source, which is no file of a chart");
            return Err(ChartFault::new(message).into());
        };
        let parsed = catalyst_yaml::parse_lax(body);
        let broken = |it: &&catalyst_yaml::Problem| {
            matches!(it.kind, ProblemKind::Syntax | ProblemKind::Limit | ProblemKind::UndefinedAlias)
        };
        if let Some(problem) = parsed.problems.iter().find(broken) {
            let line = 1 + body[..problem.span.start as usize].matches('\n').count();
            let message = format!("line {line} of the rendered text: {}", problem.message);
            return Err(ChartFault::in_file(file, message).into());
        }
        for document in &parsed.documents {
            let value = document.to_value(Dialect::Kubernetes).0;
            add(&mut objects, chart_of(chart, &file), &file, value)?;
        }
    }
    Ok(objects)
}

/// Adds a document; the items of a list are objects of their own, as they are when it is applied.
fn add(objects: &mut Vec<Object>, chart: &str, file: &TreePath, value: Value) -> Result<(), Box<ChartFault>> {
    match value {
        Value::Null => Ok(()),
        Value::Object(mut map) => {
            let is_list = map.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
            match map.get_mut("items").filter(|_| is_list) {
                Some(Value::Array(items)) => {
                    std::mem::take(items).into_iter().try_for_each(|item| add(objects, chart, file, item))
                }
                _ => {
                    let (chart, file) = (chart.to_owned(), file.clone());
                    objects.push(Object { chart, file, value: Value::Object(map) });
                    Ok(())
                }
            }
        }
        _ => Err(ChartFault::in_file(file.clone(), "a document of the rendered text is no mapping").into()),
    }
}

/// The text behind each head. Where there are hooks only, an empty line stands before the first one.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_start().strip_prefix(HEAD);
    std::iter::from_fn(move || {
        let now = rest?;
        match now.find(&format!("\n{HEAD}")) {
            Some(at) => {
                rest = Some(&now[at + 1 + HEAD.len()..]);
                Some(&now[..=at])
            }
            None => {
                rest = None;
                Some(now)
            }
        }
    })
}

/// The chart that a file belongs to: the innermost of those whose folders it stands in.
fn chart_of<'a>(root: &'a str, file: &'a TreePath) -> &'a str {
    let mut parts = file.as_str();
    let mut chart = root;
    while let Some((name, below)) = parts.strip_prefix("charts/").and_then(|rest| rest.split_once('/')) {
        (chart, parts) = (name, below);
    }
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        let objects = objects("bp-x", text).unwrap();
        objects.iter().map(|it| format!("{} {} {it}", it.chart, it.file)).collect()
    }

    #[test]
    fn every_document_knows_its_file_and_chart() {
        let text = "---\n# Source: bp-x/crds/a.yaml\n# ours\n---\nkind: A\nmetadata: {name: one}\n---\nkind: A\nmetadata: {name: two}\n\n---\n# Source: bp-x/charts/y/charts/z/templates/b.yaml\napiVersion: apps/v1\nkind: B\nmetadata:\n  name: three\ndata: |\n  ---\n  # Source: nowhere\n---\n# Source: bp-x/templates/empty.yaml\n# nothing\n";
        assert_eq!(
            shown(text),
            [
                "bp-x crds/a.yaml A/one",
                "bp-x crds/a.yaml A/two",
                "z charts/y/charts/z/templates/b.yaml B.apps/three",
            ]
        );
        assert_eq!(shown(""), [""; 0]);
        let hooks_only = "\n---\n# Source: bp-x/templates/job.yaml\nkind: Job\nmetadata: {name: a}\n";
        assert_eq!(shown(hooks_only), ["bp-x templates/job.yaml Job/a"]);
    }

    #[test]
    fn texts_are_read_as_helm_and_kubectl_read_them() {
        let read = |body: &str| {
            let text = format!("{HEAD}bp-x/templates/a.yaml\n{body}");
            objects("bp-x", &text).unwrap().into_iter().map(|it| it.value).collect::<Vec<_>>()
        };
        // Two documents that nothing parts: of each key the last counts.
        let twice = "kind: A\nmetadata:\nmetadata: {name: a}\nkind: B\n";
        assert_eq!(read(twice), [serde_json::json!({"kind": "B", "metadata": {"name": "a"}})]);
        // Two merges in one mapping are both done, the later one over the earlier one; kubectl says so.
        let merges = "kind: A\ndata:\n  <<: {x: one, w: one}\n  <<: {x: two, z: two}\n";
        assert_eq!(
            read(merges),
            [serde_json::json!({"kind": "A", "data": {"x": "two", "w": "one", "z": "two"}})]
        );
        let left = "kind: A\nspec:\n  text: 'one\n  two'\n";
        assert_eq!(read(left), [serde_json::json!({"kind": "A", "spec": {"text": "one two"}})]);
    }

    #[test]
    fn items_of_a_list_are_objects() {
        let text = "---\n# Source: bp-x/templates/a.yaml\nkind: ConfigMapList\nitems:\n  - {kind: ConfigMap, metadata: {name: a}}\n  - {kind: ConfigMap, metadata: {name: b}}\n";
        assert_eq!(shown(text), ["bp-x templates/a.yaml ConfigMap/a", "bp-x templates/a.yaml ConfigMap/b"]);
    }

    #[test]
    fn what_is_no_object_is_a_fault_of_its_file() {
        let fault = objects("bp-x", "---\n# Source: bp-x/templates/a.yaml\n- a\n").unwrap_err();
        assert_eq!(fault.to_string(), "templates/a.yaml: a document of the rendered text is no mapping");
        let fault = objects("bp-x", "---\n# Source: bp-x/templates/a.yaml\na: b\n  c: d\n").unwrap_err();
        assert!(fault.to_string().starts_with("templates/a.yaml: line 2 of the rendered text: "), "{fault}");
    }

    proptest! {
        /// Documents come back one by one, in order, whatever stands in their texts.
        #[test]
        fn documents_come_back(texts in proptest::collection::vec("[ -~\n]{0,40}", 0..6)) {
            let printed: String = texts.iter().enumerate().map(|(at, text)| {
                let value = serde_json::json!({ "kind": "A", "metadata": { "name": format!("n{at}") }, "text": text });
                format!("{HEAD}bp-x/templates/{at}.yaml\n{}", catalyst_yaml::write(&value))
            }).collect();
            let back = objects("bp-x", &printed).unwrap();
            prop_assert_eq!(back.iter().map(|it| it.value["text"].as_str().unwrap()).collect::<Vec<_>>(), texts);
        }
    }
}
