//! Which functions of templates give something else each time, and whether a text calls one of them.
//!
//! Names count where a function can stand: within `{{ }}`, not behind a dot or a dollar sign. Texts in quotes count when they hold `{{`
//! themselves, since `tpl` may run them; for the same reason values are read like templates. Whether a call is reached is not known.

/// Functions whose result is no function of their arguments. `lookup` is none of them: without a cluster it always gives nothing.
const NAMES: [&str; 27] = [
    "ago",
    "bcrypt",
    "date",
    "dateInZone",
    "date_in_zone",
    "durationRound",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htmlDate",
    "htmlDateInZone",
    "htpasswd",
    // In the order of a Go map, which is another one each time.
    "keys",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
];
/// In the order of a Go map too; apart from the others, since fields are more often called so.
const VALUES: &str = "values";
/// Texts in texts are followed this far.
const DEPTH: usize = 4;

/// Whether a text calls a function that may give something else each time.
pub fn may_differ(text: &str) -> bool {
    calls(text, DEPTH)
}

/// Whether a function gives something else each time, so that what it gave once can be kept. One that asks the cluster or the network does not.
pub fn draws(function: &str) -> bool {
    NAMES.binary_search(&function).is_ok() || function == VALUES
}

fn calls(text: &str, depth: usize) -> bool {
    let mut rest = text;
    while let Some((_, action)) = rest.split_once("{{") {
        let comment = action.trim_start_matches(['-', ' ', '\t', '\r', '\n']).strip_prefix("/*");
        rest = match comment {
            Some(comment) => comment.split_once("*/").map_or("", |(_, behind)| behind),
            None => match action_calls(action, depth) {
                Some(behind) => behind,
                None => return true,
            },
        };
    }
    false
}

/// What stands behind an action; `None` when it calls such a function.
fn action_calls(action: &str, depth: usize) -> Option<&str> {
    let mut rest = action;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '}' if rest.starts_with("}}") => return Some(&rest[2..]),
            '"' | '`' | '\'' => {
                let length = quoted(rest, first);
                if depth > 0 && rest[..length].contains("{{") && calls(&rest[..length], depth - 1) {
                    return None;
                }
                length
            }
            _ if is_word(first) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let word = &rest[..length];
                let is_function = before != '.' && before != '$';
                if is_function && (NAMES.binary_search(&word).is_ok() || word == VALUES) {
                    return None;
                }
                length
            }
            _ => first.len_utf8(),
        };
        before = first;
        rest = &rest[length..];
    }
    Some("")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of a text in quotes, both quotes included; to the end where it is not closed.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn calls_are_found_where_functions_stand() {
        for text in [
            "a: {{ randAlphaNum 5 }}",
            "{{- $x := now | date \"2006\" -}}",
            "{{ .Values.a }}{{ (genCA \"x\" 3).Cert }}",
            "{{/* a */}}{{ .a | default (uuidv4) }}",
            "{{ tpl \"{{ now }}\" . }}",
            "{{ tpl `a: {{ randInt 1 2 }}` . }}",
            "{{ range keys .Values.a }}{{ end }}",
            "{{ values .a | first }}",
            "{{ \"}}\" }}{{ shuffle \"a\" }}",
            "{{ now",
        ] {
            assert!(may_differ(text), "{text}");
        }
    }

    #[test]
    fn words_elsewhere_are_no_calls() {
        for text in [
            "now: {{ .Values.a }} randAlphaNum",
            "{{ .Values.now }} {{ $now }} {{ .now.keys }} {{ $.Values.values }}",
            "{{ include \"knowledge.shuffled\" . }} {{ snow | unknown }}",
            "{{/* randAlphaNum 5 */}} {{- /* now */ -}}",
            "{{ \"now\" | quote }} {{ `randInt` }} {{ \"a \\\" now\" }}",
            "{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}",
            "{{ `{{ .now }}` }}",
            "",
            "{{",
            "}} now }}",
        ] {
            assert!(!may_differ(text), "{text}");
        }
    }
}
