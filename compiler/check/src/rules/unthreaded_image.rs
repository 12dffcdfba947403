//! `unthreaded-image`: every image that a template of a chart names goes through `global.imageRegistry`, so that a Sovereign can pull all of
//! them from its own registry. What templates of upstream charts name is set by their values, and seen when they are rendered.

use crate::ChartSubject;
use crate::template::{Piece, actions, documents, helpers, lines, reaches, value_of};
use catalyst_diag::{Diagnostic, Place, rule};
use std::collections::BTreeMap;

/// What the result depends on.
const VALUE: &str = "imageRegistry";
/// Fields that hold a reference: of a container, and of the resources that make containers.
const FIELDS: [&str; 2] = ["image", "imageName"];

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let helpers = helpers(subject.templates);
    for (file, text) in subject.templates {
        for document in documents(text) {
            let mut above = None;
            for line in lines(&document) {
                let value = match FIELDS.iter().find_map(|field| value_of(&line, field)) {
                    // A long action stands on the line below its key.
                    Some(value) if value.text.is_empty() => {
                        above = Some(());
                        continue;
                    }
                    Some(value) => Some(value),
                    None => above.take().and_then(|()| action(&line)),
                };
                above = None;
                // A mapping, as in a schema or in the values of another chart, is no reference.
                let Some(value) = value.filter(|it| is_reference(it.text)) else { continue };
                if !is_threaded(value.text, text, &helpers) {
                    let place = Place::bytes(file, value.span(0, value.text.len()));
                    let message =
                        "this image is pulled from its own registry, whatever `global.imageRegistry` says";
                    out.push(Diagnostic::new(&rule::UNTHREADED_IMAGE, place, message).help(
                        "make the reference by a helper of the chart that puts `.Values.global.imageRegistry` in front of registry and repository",
                    ));
                }
            }
        }
    }
}

fn is_reference(text: &str) -> bool {
    !matches!(text.trim_matches(['"', '\'']), "" | "null")
        && (text.starts_with("{{") || !text.starts_with(['{', '[', '|', '>']))
}

/// A line that is an action and nothing else.
fn action<'t>(line: &Piece<'t>) -> Option<Piece<'t>> {
    let text = line.text.trim();
    let start = line.start + line.text.len() - line.text.trim_start().len();
    (text.starts_with("{{") && text.ends_with("}}")).then_some(Piece { start, text })
}

/// Whether a reference is made of the value, by itself, by a helper, or by a variable that is.
fn is_threaded(value: &str, template: &str, helpers: &BTreeMap<&str, &str>) -> bool {
    let variables = || {
        value.split('$').skip(1).filter_map(|it| {
            let end = it.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(it.len());
            it.get(..end).filter(|name| !name.is_empty())
        })
    };
    let is_made_so = |name: &str| {
        actions(template).iter().any(|it| {
            let code = it.text.trim_start_matches(['-', ' ']);
            let rest = code.strip_prefix('$').and_then(|it| it.strip_prefix(name)).map(str::trim_start);
            rest.is_some_and(|it| it.starts_with([':', '=']))
                && reaches(&template[it.start - 2..it.start + it.text.len()], helpers, VALUE)
        })
    };
    reaches(value, helpers, VALUE) || variables().any(is_made_so)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::chart;
    use serde_json::json;

    fn run(line: &str) -> usize {
        let helpers = "{{ define \"image\" }}{{ include \"registry\" . }}/x:1{{ end }}\n\
                       {{ define \"registry\" }}{{ .Values.global.imageRegistry }}{{ end }}\n\
                       {{ define \"plain\" }}x:1{{ end }}";
        chart(check, json!({}), &[("_helpers.tpl", helpers), ("pod.yaml", line)]).len()
    }

    #[test]
    fn references_lead_to_the_value_by_helpers_and_variables() {
        for right in [
            "image: {{ include \"image\" . }}",
            "- image: \"{{ .Values.global.imageRegistry }}/x:1\"",
            "image:\n  {{ include \"image\" . }}",
            "{{- $image := include \"image\" . }}\nimage: {{ $image }}",
            // A schema, values of another chart, an object.
            "image: {type: string, default: {{ .Values.image }}}",
            "image:\n  repository: x",
        ] {
            assert_eq!(run(right), 0, "{right}");
        }
        for wrong in [
            "image: x:1",
            "imageName: {{ .Values.image }}",
            "image:\n  {{ include \"plain\" . }}",
            "{{- $image := include \"plain\" . }}\nimage: {{ $image }}",
        ] {
            assert_eq!(run(wrong), 1, "{wrong}");
        }
    }
}
