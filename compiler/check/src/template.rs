//! Templates of charts as text: what stands in them can be known without rendering, as far as it is written out.
//!
//! A template is no YAML before it is rendered. What is looked for here stands on lines of its own, in documents that `---` parts; what is
//! made of values is seen in the values, or when the chart is rendered.

use catalyst_source::Span;

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
