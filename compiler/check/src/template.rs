//! Templates of charts as text: what stands in them can be known without rendering, as far as it is written out.
//!
//! A template is no YAML before it is rendered. What is looked for here stands on lines of its own, in documents that `---` parts; what is
//! made of values is seen in the values, or when the chart is rendered.

use catalyst_source::{Span, TreePath};
use std::collections::{BTreeMap, BTreeSet};

/// A piece of a text and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    /// Its first byte in the template.
    pub(crate) start: usize,
    /// Its text.
    pub(crate) text: &'t str,
}

impl Piece<'_> {
    /// The bytes of a part of the piece.
    pub(crate) fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.start + from, self.start + to)
    }
}

/// The actions of a template, without their braces; comments are left out.
pub(crate) fn actions(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|open| at + open + 2) {
        let body = text[start..].trim_start_matches(['-', ' ', '\t', '\n', '\r']);
        if body.starts_with("/*") {
            at = text[start..].find("*/").map_or(text.len(), |end| start + end + 2);
            continue;
        }
        let end = end_of_action(text, start);
        found.push(Piece { start, text: &text[start..end] });
        at = end;
    }
    found
}

/// Where the action that starts at a byte ends: before `}}` that stands in no text.
fn end_of_action(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'`' | b'\'') => at = end_of_text(bytes, at, quote),
            b'}' if bytes.get(at + 1) == Some(&b'}') => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The byte behind a text in quotes.
fn end_of_text(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != b'`' => at += 2,
            b if b == quote => return at + 1,
            // A character such as an apostrophe in a word opens no text that goes on for lines.
            b'\n' if quote == b'\'' => return start + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The names in an action that may be functions: no fields, no variables, nothing in texts.
pub(crate) fn names<'t>(action: &Piece<'t>) -> Vec<Piece<'t>> {
    let bytes = action.text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'`' | b'\'') => at = end_of_text(bytes, at, quote),
            b if b.is_ascii_alphanumeric() || b == b'_' => {
                let end =
                    at + bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let is_part = at > 0 && matches!(bytes[at - 1], b'.' | b'$');
                if !is_part {
                    found.push(Piece { start: action.start + at, text: &action.text[at..end] });
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    found
}

/// The documents of a template: what stands between lines of `---`.
pub(crate) fn documents(text: &str) -> Vec<Piece<'_>> {
    let mut found = vec![Piece { start: 0, text: "" }];
    for line in lines(&Piece { start: 0, text }) {
        let end = line.start + line.text.len();
        if line.text.starts_with("---") {
            found.push(Piece { start: end, text: "" });
        } else if let Some(last) = found.last_mut() {
            last.text = &text[last.start..end];
        }
    }
    found
}

/// The lines of a piece, without their ends.
pub(crate) fn lines<'t>(piece: &Piece<'t>) -> impl Iterator<Item = Piece<'t>> {
    let (base, text) = (piece.start, piece.text);
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = base + at;
        at += line.len();
        Piece { start, text: line.trim_end_matches(['\n', '\r']) }
    })
}

/// The value of a line `key: value`, or of an item `- value` when no key is asked for; comments and blanks around it taken away.
pub(crate) fn value_of<'t>(line: &Piece<'t>, key: &str) -> Option<Piece<'t>> {
    let text = line.text.trim_start();
    let text = text.strip_prefix("- ").unwrap_or(text).trim_start();
    let rest = text.strip_prefix(key)?.strip_prefix(':')?;
    let value = rest.trim_start();
    let start = line.start + (line.text.len() - value.len());
    let end = value.find(" #").unwrap_or(value.len());
    Some(Piece { start, text: value[..end].trim_end() })
}

/// Whether a document makes objects of one of these kinds, as far as it writes the kind out.
pub(crate) fn is_of_kind(document: &Piece<'_>, kinds: &[&str]) -> bool {
    lines(document).any(|line| value_of(&line, "kind").is_some_and(|kind| kinds.contains(&kind.text)))
}

/// The texts of the named helpers of a chart: each from its `define` to the next.
pub(crate) fn helpers<'t>(templates: &[(&TreePath, &'t str)]) -> BTreeMap<&'t str, &'t str> {
    let mut found = BTreeMap::new();
    for (_, text) in templates {
        let mut open: Option<(&str, usize)> = None;
        for action in actions(text) {
            let Some(name) = argument(&action, &["define"]) else { continue };
            if let Some((last, start)) = open.replace((name, action.start)) {
                found.insert(last, &text[start..action.start]);
            }
        }
        found.extend(open.map(|(last, start)| (last, &text[start..])));
    }
    found
}

/// The text in quotes behind one of these functions.
fn argument<'t>(action: &Piece<'t>, functions: &[&str]) -> Option<&'t str> {
    let name = names(action).into_iter().find(|it| functions.contains(&it.text))?;
    let rest = &action.text[name.start + name.text.len() - action.start..];
    rest.trim_start().strip_prefix('"')?.split('"').next()
}

/// Whether a text holds a word, itself or in a helper that it includes.
pub(crate) fn reaches(text: &str, helpers: &BTreeMap<&str, &str>, word: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![text];
    while let Some(text) = open.pop() {
        if text.contains(word) {
            return true;
        }
        for action in actions(text) {
            let name = argument(&action, &["include", "template"]).filter(|it| seen.insert(*it));
            open.extend(name.and_then(|it| helpers.get(it)));
        }
    }
    false
}

/// An entry of a mapping in a template, or an item of a list, whose value is written beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'t> {
    /// Its key; for an item that of its list.
    pub(crate) key: &'t str,
    /// The key of the mapping that holds it, if it has one.
    pub(crate) above: Option<&'t str>,
    /// What is written: a scalar, or an action.
    pub(crate) value: Piece<'t>,
}

/// The entries and items with a value in a document. What stands in actions and comments is none of it.
pub(crate) fn entries<'t>(document: &Piece<'t>) -> Vec<Entry<'t>> {
    let mut found = Vec::new();
    // Keys whose value goes on below, with their indentation.
    let mut open: Vec<(usize, &str)> = Vec::new();
    for line in lines(document) {
        let mut at = line.text.len() - line.text.trim_start().len();
        if line.text[at..].is_empty() || line.text[at..].starts_with(['#', '{']) {
            continue;
        }
        // A list may stand at the indentation of its key.
        let is_item = line.text[at..].starts_with("- ");
        open.retain(|(indent, _)| *indent < at || is_item && *indent == at);
        while let Some(rest) = line.text[at..].strip_prefix("- ") {
            at += 2 + rest.len() - rest.trim_start().len();
            open.retain(|(indent, _)| *indent < at);
        }
        let rest = &line.text[at..];
        let above = open.last().map(|(_, key)| *key);
        if let Some((key, value)) = key_of(rest) {
            let start = line.start + line.text.len() - value.len();
            if value.is_empty() || value.starts_with('#') {
                open.push((at, key));
            } else {
                flow(key, above, Piece { start, text: value }, &mut found);
            }
        } else if let Some(above) = above {
            flow(
                above,
                open.iter().rev().nth(1).map(|(_, key)| *key),
                Piece { start: line.start + at, text: rest },
                &mut found,
            );
        }
    }
    found
}

/// `key: value` or `key:`, with the blanks before the value taken away.
fn key_of(text: &str) -> Option<(&str, &str)> {
    let end = text.find([':', ' ', '"', '{'])?;
    let value = text[end..].strip_prefix(':')?;
    (value.is_empty() || value.starts_with(' ')).then(|| (&text[..end], value.trim_start()))
}

/// The entries of a value on one line: those of a flow mapping, the items of a flow list, or the value itself.
fn flow<'t>(key: &'t str, above: Option<&'t str>, value: Piece<'t>, found: &mut Vec<Entry<'t>>) {
    let text = value.text;
    let is_mapping = text.starts_with('{') && !text.starts_with("{{");
    if !is_mapping && !text.starts_with('[') {
        let end = if text.starts_with("{{") { text.len() } else { text.find(" #").unwrap_or(text.len()) };
        let text = text[..end].trim_end();
        found.push(Entry { key, above, value: Piece { start: value.start, text } });
        return;
    }
    for part in parts(text) {
        let blank = text[part.0..part.1].len() - text[part.0..part.1].trim_start().len();
        let inner = Piece { start: value.start + part.0 + blank, text: text[part.0..part.1].trim() };
        match key_of(inner.text).filter(|_| is_mapping) {
            Some((name, value)) => {
                let start = inner.start + inner.text.len() - value.len();
                flow(name, Some(key), Piece { start, text: value }, found);
            }
            None if !is_mapping && !inner.text.is_empty() => flow(key, above, inner, found),
            None => {}
        }
    }
}

/// The bytes between the commas of a flow collection, its braces left out.
fn parts(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut found, mut start, mut depth, mut at) = (Vec::new(), 1, 0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'{' if bytes.get(at + 1) == Some(&b'{') => at = end_of_action(text, at + 2) + 1,
            quote @ (b'"' | b'\'') => at = end_of_text(bytes, at, quote) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push((start, at));
                    return found;
                }
            }
            b',' if depth == 1 => {
                found.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Vec<&str> {
        actions(text).iter().flat_map(names).map(|it| it.text).collect()
    }

    #[test]
    fn names_stand_outside_of_texts_fields_and_comments() {
        let text = "{{/* lookup */}}\na: {{- include \"now }}\" (dict \"k\" .Values.now $lookup) | quote -}}\nb: {{ `}} now` }} now\n{{- /* now */ -}}{{ now }}";
        assert_eq!(functions(text), ["include", "dict", "quote", "now"]);
        let action = actions(text).pop().unwrap();
        let name = names(&action)[0];
        assert_eq!(&text[name.start..name.start + 3], "now");
    }

    #[test]
    fn what_never_ends_ends() {
        for text in ["{{", "{{ \"", "{{/*", "{{ a }", "{{ 'a\n }}", "}}", "{{ \"\\", "é {{ é"] {
            assert!(actions(text).len() <= 1, "{text}");
            functions(text);
        }
    }

    #[test]
    fn helpers_reach_through_helpers() {
        let path = crate::testing::path("_helpers.tpl");
        let text = "{{- define \"a\" -}}\n{{ include \"b\" . }}\n{{- end }}\n{{ define \"b\" }}\nx: y\n{{ include \"a\" . }}{{ end }}";
        let templates = [(&path, text)];
        let helpers = helpers(&templates);
        assert_eq!(helpers.keys().copied().collect::<Vec<_>>(), ["a", "b"]);
        assert!(reaches("z: {{ include \"a\" . }}", &helpers, "x: y"));
        assert!(!reaches("{{ include \"a\" . }}{{ include \"c\" . }}", &helpers, "z"));
    }

    #[test]
    fn entries_stand_in_blocks_flows_and_lists() {
        let text = "a:\n  b: 1 # one\n  c: {d: {e: \"2, 3\", f: {{ .g }}}, h: [i, {{ \"}\" }}]}\n  # k: 4\n  l:\n  - m\n  - n: 5\n    o: 6\n{{- if .p }}\nq: {{ .r }} # s\n{{- end }}\nt:\n  - u:\n      v: 7\n";
        let found = entries(&Piece { start: 0, text });
        let shown: Vec<_> = found
            .iter()
            .map(|it| format!("{}/{}={}", it.above.unwrap_or(""), it.key, it.value.text))
            .collect();
        let wanted = [
            "a/b=1",
            "d/e=\"2, 3\"",
            "d/f={{ .g }}",
            "c/h=i",
            "c/h={{ \"}\" }}",
            "a/l=m",
            "l/n=5",
            "l/o=6",
            "/q={{ .r }} # s",
            "u/v=7",
        ];
        assert_eq!(shown, wanted);
        for it in found {
            assert_eq!(&text[it.value.start..it.value.start + it.value.text.len()], it.value.text);
        }
        for text in ["a: {", "a: [b", "a: {b: \"", "a: {{", "- - -", "a: }", "é: [é, {é: é}]"] {
            entries(&Piece { start: 0, text });
        }
    }

    #[test]
    fn documents_and_lines_know_where_they_stand() {
        let text = "kind: A\n---\n# x\nkind: B # why\nimage: a:b\n";
        let found = documents(text);
        assert_eq!(
            found.iter().map(|it| it.text.trim()).collect::<Vec<_>>(),
            ["kind: A", "# x\nkind: B # why\nimage: a:b"]
        );
        assert!(is_of_kind(&found[1], &["B"]) && !is_of_kind(&found[1], &["A"]));
        for line in found.iter().flat_map(lines) {
            assert_eq!(&text[line.start..line.start + line.text.len()], line.text);
        }
        let image = found.iter().flat_map(lines).find_map(|line| value_of(&line, "image")).unwrap();
        assert_eq!((&text[image.start..image.start + 3], image.text), ("a:b", "a:b"));
    }
}
