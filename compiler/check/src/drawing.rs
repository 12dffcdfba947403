//! Which call of a template draws what an object holds, and which values lead there when they are empty. Found by reading: from the file that
//! makes the object, through the helpers that it includes, to the first call that draws.

use crate::template::{Piece, actions, lines, names};
use catalyst_source::{LineCol, LineIndex, Span};
use std::collections::BTreeSet;

/// A call that draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawingCall {
    /// The template that it stands in, as it was given.
    pub file: String,
    /// Its name in the template.
    pub span: Span,
    /// The same as line and column.
    pub at: LineCol,
    /// The function.
    pub function: String,
    /// Values whose emptiness leads there, the nearest first, as paths in the values of the outermost chart.
    pub values: Vec<String>,
}

/// The call behind a field of an object that `file` makes: that on the line of the field, else the first one that is reached. `templates` are all of
/// a chart and of those in it, by path; `prefix` is where the values of the file's chart stand among all; `draws` knows functions.
pub fn drawing_call(
    templates: &[(String, String)],
    file: usize,
    prefix: &str,
    field: Option<&str>,
    draws: &dyn Fn(&str) -> bool,
) -> Option<DrawingCall> {
    let text = &templates.get(file)?.1;
    let mut search = Search { templates, draws, seen: BTreeSet::new(), found: Vec::new() };
    search.read(file, Piece { start: 0, text }, &[], None, &|at| is_of_field(text, at, field));
    let found = search.found.iter().find(|it| it.2).or(search.found.first())?;
    let (file, name, _, values) = found;
    let (path, text) = &templates[*file];
    let in_chart = |it: &String| match it.starts_with("global.") || prefix.is_empty() {
        true => it.clone(),
        false => format!("{prefix}.{it}"),
    };
    Some(DrawingCall {
        file: path.clone(),
        span: *name,
        at: LineIndex::new(text).line_col(text, name.start),
        function: text[name.range()].to_owned(),
        values: values.iter().map(in_chart).collect(),
    })
}

/// Whether an action fills a field: it stands on the line of its key, or sets a variable that such a line uses.
fn is_of_field(text: &str, action: &Piece<'_>, field: Option<&str>) -> bool {
    let Some(field) = field else { return false };
    let whole = Piece { start: 0, text };
    let is_key = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
        line.strip_prefix(field).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    let variable = action.text.split_once(":=").or_else(|| action.text.split_once('=')).map(|(name, _)| name);
    let variable = variable.map(|it| it.trim_matches(['-', ' '])).filter(|it| it.starts_with('$'));
    lines(&whole).any(|line| {
        let stands_here = (line.start..=line.start + line.text.len()).contains(&action.start);
        is_key(line.text) && (stands_here || variable.is_some_and(|it| line.text.contains(it)))
    })
}

struct Search<'t> {
    templates: &'t [(String, String)],
    draws: &'t dyn Fn(&str) -> bool,
    seen: BTreeSet<String>,
    /// File, name of the function, whether it fills the field, and values.
    found: Vec<(usize, Span, bool, Vec<String>)>,
}

/// An open `if`, `with` or `range`: the values whose emptiness leads into it, and those that lead into its `else`.
struct Guard {
    here: Vec<String>,
    otherwise: Vec<String>,
    is_definition: bool,
}

impl<'t> Search<'t> {
    fn read(
        &mut self,
        file: usize,
        piece: Piece<'t>,
        above: &[String],
        is_wanted: Option<bool>,
        fills: &dyn Fn(&Piece<'_>) -> bool,
    ) {
        let mut guards: Vec<Guard> = Vec::new();
        for action in actions(piece.text) {
            let action = Piece { start: piece.start + action.start, text: action.text };
            let words = names(&action);
            let first = words.first().map_or("", |it| it.text);
            match first {
                "if" | "with" | "range" | "define" | "block" => {
                    let is_negative = words.iter().any(|it| ["not", "empty"].contains(&it.text));
                    let (here, otherwise) = if is_negative {
                        (values(action.text), Vec::new())
                    } else {
                        (Vec::new(), values(action.text))
                    };
                    guards.push(Guard { here, otherwise, is_definition: first == "define" });
                }
                "else" => {
                    if let Some(guard) = guards.last_mut() {
                        guard.here = guard.otherwise.clone();
                        guard.otherwise.extend(values(action.text));
                    }
                }
                "end" => drop(guards.pop()),
                _ => {}
            }
            // What is defined here is read where it is included.
            if guards.iter().any(|it| it.is_definition) {
                continue;
            }
            let mut led = Vec::new();
            let near = values(action.text).into_iter().filter(|_| !["if", "with", "range"].contains(&first));
            let open = guards.iter().rev().flat_map(|it| it.here.clone());
            for value in near.chain(provided(action.text)).chain(open).chain(above.iter().cloned()) {
                if !led.contains(&value) {
                    led.push(value);
                }
            }
            let is_wanted = is_wanted.unwrap_or_else(|| fills(&action));
            for name in &words {
                if (self.draws)(name.text) {
                    self.found.push((file, name.span(0, name.text.len()), is_wanted, led.clone()));
                }
                if ["include", "template"].contains(&name.text) {
                    let behind = &action.text[name.start - action.start + name.text.len()..];
                    let helper = behind.trim_start().strip_prefix('"').and_then(|it| it.split('"').next());
                    self.follow(helper.unwrap_or_default(), &led, is_wanted);
                }
            }
        }
    }

    /// Reads a helper, wherever it is defined; each once.
    fn follow(&mut self, helper: &str, led: &[String], is_wanted: bool) {
        // One that fills the field is read even though another place has led there.
        if helper.is_empty() || !self.seen.insert(format!("{is_wanted} {helper}")) {
            return;
        }
        let templates = self.templates;
        for (file, (_, text)) in templates.iter().enumerate() {
            if let Some(body) = definition(text, helper) {
                self.read(file, body, led, Some(is_wanted), &|_| false);
                return;
            }
        }
    }
}

/// The text between the `define` of a helper and its `end`.
fn definition<'t>(text: &'t str, helper: &str) -> Option<Piece<'t>> {
    let quoted = format!("\"{helper}\"");
    let mut depth = 0_usize;
    let mut start = None;
    for action in actions(text) {
        let first = names(&action).first().map_or("", |it| it.text);
        if start.is_none() {
            let is_it = first == "define" && action.text.contains(&quoted);
            start = is_it.then(|| action.start + action.text.len());
            continue;
        }
        match first {
            "if" | "with" | "range" | "block" | "define" => depth += 1,
            "end" if depth == 0 => {
                let start = start?;
                return Some(Piece { start, text: &text[start..action.start] });
            }
            "end" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The paths of values that an action names.
fn values(action: &str) -> Vec<String> {
    let path = |rest: &str| {
        let end =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
        rest[..end].trim_end_matches('.').to_owned()
    };
    action.split(".Values.").skip(1).map(path).filter(|it| !it.is_empty()).collect()
}

/// The paths that a widespread library of helpers is told to look for a given value: `"providedValues" (list "auth.password")`.
fn provided(action: &str) -> Vec<String> {
    let Some((_, rest)) = action.split_once("\"providedValues\"") else { return Vec::new() };
    let list =
        rest.trim_start().strip_prefix("(list").and_then(|it| it.split(')').next()).unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(templates: &[(&str, &str)], prefix: &str, field: &str) -> String {
        let templates: Vec<(String, String)> =
            templates.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let draws = |name: &str| ["randAlphaNum", "genCA", "uuidv4"].contains(&name);
        match drawing_call(&templates, 0, prefix, Some(field), &draws) {
            None => "none".to_owned(),
            Some(it) => {
                format!("{} {}:{}:{} {}", it.function, it.file, it.at.line, it.at.column, it.values.join(" "))
            }
        }
    }

    #[test]
    fn the_call_and_the_empty_value_are_read() {
        let text =
            "id: {{ uuidv4 }}\npassword: {{ .Values.auth.password | default (randAlphaNum 10) | b64enc }}\n";
        assert_eq!(found(&[("a.yaml", text)], "", "password"), "randAlphaNum a.yaml:2:47 auth.password");
        assert_eq!(found(&[("a.yaml", text)], "db", "id"), "uuidv4 a.yaml:1:8 ");
        assert_eq!(found(&[("a.yaml", text)], "db", "other"), "uuidv4 a.yaml:1:8 ");
        assert_eq!(found(&[("a.yaml", "password: {{ .Values.x }}")], "", "password"), "none");
    }

    #[test]
    fn a_variable_is_filled_at_the_top() {
        let text = "{{- $key := .Values.key | default (randAlphaNum 12) }}\n{{- $ca := genCA \"thing\" 365 }}\nkind: ConfigMap\ndata:\n  key: {{ $key | quote }}\n";
        assert_eq!(found(&[("a.yaml", text)], "thing", "key"), "randAlphaNum a.yaml:1:36 thing.key");
    }

    #[test]
    fn guards_lead_there() {
        let text = "{{- if not .Values.auth.existingSecret }}\n{{- if .Values.on }}\npassword: {{ randAlphaNum 10 }}\n{{- end }}\n{{- end }}\n";
        assert_eq!(
            found(&[("a.yaml", text)], "db", "password"),
            "randAlphaNum a.yaml:3:14 db.auth.existingSecret"
        );
        let text = "{{ if .Values.global.password }}\np: {{ .Values.global.password }}\n{{ else }}\np: {{ randAlphaNum 10 }}\n{{ end }}";
        assert_eq!(found(&[("a.yaml", text)], "db", "p"), "randAlphaNum a.yaml:4:7 global.password");
    }

    #[test]
    fn variables_and_helpers_are_followed() {
        let text = "{{- $ca := genCA \"x\" 1 }}\n{{ $p := include \"db.password\" . }}\npassword: {{ $p | quote }}\n{{ define \"x\" }}{{ uuidv4 }}{{ end }}";
        let helper = "{{ define \"other\" }}{{ uuidv4 }}{{ end }}\n{{- define \"db.password\" -}}\n{{- if .Values.a }}{{ .Values.a }}{{ else }}{{ randAlphaNum 5 }}{{ end }}\n{{- end -}}";
        let all = [("a.yaml", text), ("_h.tpl", helper)];
        assert_eq!(found(&all, "", "password"), "randAlphaNum _h.tpl:3:48 a");
        assert_eq!(found(&all, "", "ca"), "genCA a.yaml:1:12 ");
        let text = "password: {{ include \"common.manage\" (dict \"key\" \"p\" \"providedValues\" (list \"global.p\" \"auth.p\") \"context\" $) }}";
        let helper =
            "{{ define \"common.manage\" }}{{ randAlphaNum 5 }}{{ include \"common.manage\" . }}{{ end }}";
        let all = [("a.yaml", text), ("_h.tpl", helper)];
        assert_eq!(found(&all, "db", "password"), "randAlphaNum _h.tpl:1:32 global.p db.auth.p");
    }

    #[test]
    fn what_never_ends_ends() {
        for text in [
            "{{ if",
            "{{ end }}{{ else }}",
            "{{ define \"a\" }}",
            "{{ include",
            "{{ include \"a",
            "é: {{ $é := uuidv4 }}",
        ] {
            found(&[("a.yaml", text)], "", "é");
        }
    }
}
