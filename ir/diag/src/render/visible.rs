//! Makes hidden characters visible: controls, escape sequences, marks that turn the direction of text, and characters without width.
//!
//! A file under review may be hostile. What it holds is shown as `<U+202E>` where a terminal or a reader would otherwise be misled.

/// Whether a character must not reach a terminal as it is. Tabs and line breaks count; callers that allow them ask for them first.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' // soft hyphen, Arabic letter mark, Mongolian vowel separator
            | '\u{200b}'..='\u{200f}' // zero-width characters, left-to-right and right-to-left mark
            | '\u{2028}'..='\u{202e}' // line and paragraph separator, embeddings and overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates, deprecated marks
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' // byte order mark, interlinear annotation
            | '\u{e0000}'..='\u{e007f}') // tags
}

/// Appends a character in visible form.
pub(super) fn push(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str("    "),
        c if is_hidden(c) => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
        c => out.push(c),
    }
}

/// The text in visible form on one line: a line break becomes a space.
pub(super) fn line(text: &str) -> String {
    lines(text, ' ')
}

/// The text in visible form, line breaks kept and line breaks at the end dropped.
pub(super) fn block(text: &str) -> String {
    lines(text, '\n')
}

fn lines(text: &str, between: char) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.trim_end_matches(['\n', '\r']).split('\n').enumerate() {
        if at > 0 {
            out.push(between);
        }
        for c in line.strip_suffix('\r').unwrap_or(line).chars() {
            push(&mut out, c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_steer_a_terminal() {
        assert_eq!(
            line("\u{1b}[31mred\u{9b}0m\u{202e}evil\u{0}"),
            "<U+001B>[31mred<U+009B>0m<U+202E>evil<U+0000>"
        );
        assert_eq!(line("a\r\nb\tc\rd\n"), "a b    c<U+000D>d");
        assert_eq!(block("a\r\nb\n\n"), "a\nb");
        assert_eq!(line("größe 大 🙂"), "größe 大 🙂");
    }
}
