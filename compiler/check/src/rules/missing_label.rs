//! `missing-label`: every object that a chart makes carries the labels that the chart knows: what it is, of which release, by whom it is
//! managed, and of which Blueprint in which version (domain.md 13.3). The others, of cluster and Organization, are added where they are known.

use crate::ChartSubject;
use crate::template::{Piece, documents, helpers, lines, reaches, value_of};
use catalyst_diag::{Diagnostic, Place, rule};

/// The labels, as they are written before a value.
const LABELS: [&str; 5] = [
    "app.kubernetes.io/name:",
    "app.kubernetes.io/instance:",
    "app.kubernetes.io/managed-by:",
    "openova.io/blueprint:",
    "openova.io/blueprint-version:",
];

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let helpers = helpers(subject.templates);
    for (file, text) in subject.templates.iter().filter(|(file, _)| !file.as_str().ends_with(".tpl")) {
        for document in documents(text) {
            let kind = lines(&document)
                .filter(|it| it.text.starts_with("kind:"))
                .find_map(|it| value_of(&it, "kind"))
                .filter(|it| !it.text.is_empty());
            let Some(kind) = kind else { continue };
            let metadata = metadata(text, &document);
            let missing: Vec<_> = LABELS
                .iter()
                .filter(|label| !reaches(metadata, &helpers, label))
                .map(|label| format!("`{}`", label.trim_end_matches(':')))
                .collect();
            if !missing.is_empty() {
                let place = Place::bytes(file, kind.span(0, kind.text.len()));
                let message = format!("this object lacks {}", missing.join(", "));
                out.push(
                    Diagnostic::new(&rule::MISSING_LABEL, place, message)
                        .help("write a helper that gives the labels of the chart, and include it under `metadata.labels`"),
                );
            }
        }
    }
}

/// The block `metadata` of a document: its line, and those below it that are indented.
fn metadata<'t>(text: &'t str, document: &Piece<'t>) -> &'t str {
    let mut block: Option<(usize, usize)> = None;
    for line in lines(document) {
        let end = line.start + line.text.len();
        match block {
            None if line.text.starts_with("metadata:") => block = Some((line.start, end)),
            // Comments and actions stand anywhere.
            Some((start, _)) if line.text.starts_with([' ', '#', '{']) || line.text.is_empty() => {
                block = Some((start, end));
            }
            Some(_) => break,
            None => {}
        }
    }
    block.map_or("", |(start, end)| &text[start..end])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::chart;
    use serde_json::json;

    const HELPER: &str = "{{ define \"labels\" }}\napp.kubernetes.io/name: web\napp.kubernetes.io/instance: web\n\
                          app.kubernetes.io/managed-by: Helm\nopenova.io/blueprint: bp-web\nopenova.io/blueprint-version: 1.0.0\n{{ end }}";

    fn run(text: &str) -> Vec<String> {
        chart(check, json!({}), &[("_helpers.tpl", HELPER), ("x.yaml", text)])
    }

    #[test]
    fn labels_are_those_of_the_object_and_not_of_its_pods() {
        let none: [&str; 0] = [];
        assert_eq!(
            run(
                "{{- if .x }}\nkind: A\nmetadata:\n  labels:\n    {{- include \"labels\" . | nindent 4 }}\nspec: {}\n{{- end }}"
            ),
            none
        );
        let pods = "kind: A\nmetadata:\n  name: a\nspec:\n  template:\n    metadata:\n      labels: {{ include \"labels\" . }}";
        assert_eq!(run(pods).len(), 1);
        // What is no object has no kind at its root.
        assert_eq!(run("{{ include \"all\" . }}\n---\n  kind: A"), none);
    }
}
