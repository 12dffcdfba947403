//! `secret-by-value`: a chart takes secrets by reference. It brings no Secret with data of its own: what is in its files is in Git, and what
//! is in its values is in the values of a release, which many may read.

use crate::ChartSubject;
use crate::template::{documents, lines, value_of};
use catalyst_diag::{Diagnostic, Place, rule};

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.templates {
        for document in documents(text) {
            let top = |key: &'static str| lines(&document).filter(move |it| it.text.starts_with(key));
            let is_secret =
                top("kind:").any(|it| value_of(&it, "kind").is_some_and(|it| it.text == "Secret"));
            // One without data is filled in the cluster.
            for line in top("data:").chain(top("stringData:")).filter(|_| is_secret) {
                let end = line.text.find(':').unwrap_or(line.text.len());
                if line.text[end..].trim_start_matches([':', ' ']) == "{}" {
                    continue;
                }
                let place = Place::bytes(file, line.span(0, end));
                out.push(
                    Diagnostic::new(&rule::SECRET_BY_VALUE, place, "the chart brings a Secret with its data").help(
                        "take the name of a Secret as a value, and let an ExternalSecret bring it from OpenBao or a Job draw it in the cluster",
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::chart;
    use serde_json::json;

    #[test]
    fn a_secret_with_data_is_found_and_one_that_is_filled_later_is_not() {
        let run = |text| chart(check, json!({}), &[("secret.yaml", text)]).len();
        assert_eq!(run("kind: Secret\ndata:\n  a: {{ .Values.a }}"), 1);
        assert_eq!(run("kind: Secret\nstringData: {a: b}"), 1);
        assert_eq!(run("kind: Secret\ndata: {}"), 0);
        assert_eq!(run("kind: Secret\ntype: Opaque\n---\nkind: ConfigMap\ndata:\n  a: b"), 0);
        assert_eq!(run("kind: ExternalSecret\nspec:\n  data:\n    - secretKey: a"), 0);
    }
}
