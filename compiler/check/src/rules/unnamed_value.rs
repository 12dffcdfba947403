//! `unnamed-value`: a chart that cannot do without a value fails where it is missing, and its message names the value.

use crate::ChartSubject;
use crate::template::{Piece, actions, names};
use catalyst_diag::{Diagnostic, Place, rule};

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.templates {
        // What the last condition asks for: a `fail` behind it is about that.
        let mut asked: Vec<&str> = Vec::new();
        for action in actions(text) {
            let words = names(&action);
            match words.first().map(|it| it.text) {
                Some("if") => asked = values(action.text),
                Some("else" | "with" | "range" | "define") => asked.clear(),
                _ => {}
            }
            for name in words.iter().filter(|it| it.text == "fail") {
                let Some(message) = literal(&action, name) else { continue };
                if asked.is_empty() || asked.iter().any(|it| message.contains(it)) {
                    continue;
                }
                let place = Place::bytes(file, name.span(0, name.text.len()));
                let found = format!("the message names no value that it is about, such as `{}`", asked[0]);
                out.push(Diagnostic::new(&rule::UNNAMED_VALUE, place, found).help(HELP));
            }
            for name in words.iter().filter(|it| it.text == "required") {
                let Some((message, value)) = arguments(&action, name) else { continue };
                let last = value.rsplit('.').next().unwrap_or(value);
                if last.is_empty() || message.contains(last) {
                    continue;
                }
                let place = Place::bytes(file, name.span(0, name.text.len()));
                let found = format!("the message of a missing `{value}` does not name it");
                out.push(Diagnostic::new(&rule::UNNAMED_VALUE, place, found).help(HELP));
            }
        }
    }
}

const HELP: &str =
    "write the path of the value into the message: whoever reads it has the values before them";

/// The last keys of the values that an action reads.
fn values(action: &str) -> Vec<&str> {
    let paths = action.split(".Values.").skip(1);
    let end = |it: &str| it.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
    let paths = paths.map(|it| it[..end(it).unwrap_or(it.len())].trim_end_matches('.'));
    paths.filter_map(|it| it.rsplit('.').next()).filter(|it| !it.is_empty()).collect()
}

/// The message of `fail`, when it is written out, also inside of a `printf`.
fn literal<'t>(action: &Piece<'t>, name: &Piece<'t>) -> Option<&'t str> {
    let rest = action.text[name.start - action.start + name.text.len()..].trim_start();
    let rest = rest.strip_prefix("(printf").map_or(rest, str::trim_start);
    rest.strip_prefix('"')?.split('"').next()
}

/// The message of `required`, and the path of the value that it asks for, when both are written out.
fn arguments<'t>(action: &Piece<'t>, name: &Piece<'t>) -> Option<(&'t str, &'t str)> {
    let start = name.start - action.start;
    let rest = action.text[start + name.text.len()..].trim_start().strip_prefix('"')?;
    let (message, rest) = rest.split_once('"')?;
    let piped = || action.text[..start].trim_end().strip_suffix('|')?.split_whitespace().next_back();
    let rest = rest.trim_start();
    let is_piped = rest.is_empty() || rest.starts_with(['|', ')', '-']);
    let value = if is_piped { piped()? } else { rest.split([' ', ')', '|']).next()? };
    let path = value.trim_start_matches(['(', '$']);
    (path.starts_with('.') && !path.contains('"')).then(|| (message, value.trim_start_matches('(')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::actions;

    #[test]
    fn a_failure_names_what_its_condition_asks_for() {
        let run = |text: &str| crate::testing::chart(check, serde_json::json!({}), &[("a.yaml", text)]).len();
        for right in [
            r#"{{ if not .Values.a.host }}{{ fail "a.host is empty" }}{{ end }}"#,
            r#"{{ if and .Values.a.x .Values.b }}{{ fail (printf "b is %s" .Values.b) }}{{ end }}"#,
            // The condition is about something else, or the message is made of values.
            r#"{{ if eq .kind "x" }}{{ fail "no" }}{{ end }}"#,
            r#"{{ if not .Values.a.host }}{{ fail $message }}{{ end }}"#,
        ] {
            assert_eq!(run(right), 0, "{right}");
        }
        assert_eq!(run(r#"{{ if not .Values.a.host }}{{ fail "it is missing" }}{{ end }}"#), 1);
    }

    #[test]
    fn message_and_value_are_read_in_both_orders() {
        for (text, wanted) in [
            (r#"{{ required "a.b is empty" .Values.a.b }}"#, Some(("a.b is empty", ".Values.a.b"))),
            (r#"{{ .Values.a.b | required "a.b is empty" | quote }}"#, Some(("a.b is empty", ".Values.a.b"))),
            (r#"{{ .Values.a.b | required "no" }}"#, Some(("no", ".Values.a.b"))),
            (r#"{{ include "x" (dict "y" (required "no" $.Values.z)) }}"#, Some(("no", "$.Values.z"))),
            (r#"{{ required (printf "%s" .path) .image.tag }}"#, None),
            (r#"{{ required "no" (index .Values.x "y") }}"#, None),
        ] {
            let action = actions(text)[0];
            let name = names(&action).into_iter().find(|it| it.text == "required").unwrap();
            assert_eq!(arguments(&action, &name), wanted, "{text}");
        }
    }
}
