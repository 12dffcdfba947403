//! `unnamed-value`: a chart that cannot do without a value fails where it is missing, and its message names the value.

use crate::ChartSubject;
use crate::template::{Piece, actions, names};
use catalyst_diag::{Diagnostic, Place, rule};

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.templates {
        for action in actions(text) {
            for name in names(&action).iter().filter(|it| it.text == "required") {
                let Some((message, value)) = arguments(&action, name) else { continue };
                let last = value.rsplit('.').next().unwrap_or(value);
                if last.is_empty() || message.contains(last) {
                    continue;
                }
                let place = Place::bytes(file, name.span(0, name.text.len()));
                let found = format!("the message of a missing `{value}` does not name it");
                out.push(Diagnostic::new(&rule::UNNAMED_VALUE, place, found).help(
                    "write the path of the value into the message: whoever reads it has the values before them",
                ));
            }
        }
    }
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
