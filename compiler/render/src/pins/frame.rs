//! What stands around a drawn value in one text: a configuration file with a password in it is pinned as a whole, and what is not drawn in it must
//! still be what the chart says.
//!
//! Two draws of a text are compared line by line. Lines that they share are the frame; of a line in which they differ, the words that they share at
//! both ends. Salts and certificates have as many words as they like, so that what stands between is not looked at.

use super::text::{lines, words};
use serde_json::Value;

/// Whether a kept value has what two renders have in common.
pub fn fits(kept: &Value, first: &Value, second: &Value) -> bool {
    match (kept, first, second) {
        (Value::String(kept), Value::String(first), Value::String(second)) => {
            let frame = Frame::of(first, second);
            frame.holds(kept)
        }
        _ => std::mem::discriminant(kept) == std::mem::discriminant(first),
    }
}

/// What two draws of a text share.
pub(super) struct Frame<'t>(Vec<Line<'t>>);

enum Line<'t> {
    Same(&'t str),
    /// Words at both ends.
    Drawn(Vec<&'t str>, Vec<&'t str>),
    /// Any number of lines.
    Any,
}

impl<'t> Frame<'t> {
    pub(super) fn of(first: &'t str, second: &str) -> Frame<'t> {
        let (a, b) = (lines(first), lines(second));
        if a.len() == b.len() {
            return Frame(a.into_iter().zip(b).map(|(a, b)| line(a, b)).collect());
        }
        let (ahead, behind) = ends(&a, &b);
        let mut frame: Vec<Line<'t>> = a[..ahead].iter().copied().map(Line::Same).collect();
        frame.push(Line::Any);
        frame.extend(a[a.len() - behind..].iter().copied().map(Line::Same));
        Frame(frame)
    }

    /// Whether a text has all of it.
    fn holds(&self, text: &str) -> bool {
        let found = lines(text);
        let any = self.0.iter().position(|it| matches!(it, Line::Any));
        let (head, tail) = match any {
            Some(at) => (&self.0[..at], &self.0[at + 1..]),
            None => (&self.0[..], &self.0[..0]),
        };
        let is_long_enough = match any {
            Some(_) => found.len() >= head.len() + tail.len(),
            None => found.len() == head.len(),
        };
        is_long_enough
            && head.iter().zip(&found).all(|(line, text)| line.holds(text))
            && tail.iter().rev().zip(found.iter().rev()).all(|(line, text)| line.holds(text))
    }
}

impl Frame<'_> {
    /// The frame as text, what is drawn left out.
    pub(super) fn text(&self) -> String {
        let line = |line: &Line<'_>| match line {
            Line::Same(text) => format!("={text}"),
            Line::Drawn(ahead, behind) => format!("~{}\0{}\n", ahead.join(" "), behind.join(" ")),
            Line::Any => "*\n".to_owned(),
        };
        self.0.iter().map(line).collect()
    }
}

impl Line<'_> {
    fn holds(&self, text: &str) -> bool {
        match self {
            Line::Same(same) => *same == text,
            Line::Drawn(ahead, behind) => {
                let words = words(text);
                words.len() >= ahead.len() + behind.len()
                    && words.starts_with(ahead)
                    && words.ends_with(behind)
            }
            Line::Any => true,
        }
    }
}

fn line<'t>(first: &'t str, second: &str) -> Line<'t> {
    if first == second {
        return Line::Same(first);
    }
    let (a, b) = (words(first), words(second));
    let (ahead, behind) = ends(&a, &b);
    Line::Drawn(a[..ahead].to_vec(), a[a.len() - behind..].to_vec())
}

/// How many items two lists share at both ends.
fn ends(a: &[&str], b: &[&str]) -> (usize, usize) {
    let ahead = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let most = a.len().min(b.len()) - ahead;
    let behind = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    (ahead, behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn is_fit(kept: &str, first: &str, second: &str) -> bool {
        fits(&json!(kept), &json!(first), &json!(second))
    }

    #[test]
    fn what_is_not_drawn_must_be_what_the_chart_says() {
        let of = |host: &str, password: &str| format!("host: {host}\npassword: {password} # x\nport: 1\n");
        assert!(is_fit(&of("a", "p1"), &of("a", "p2"), &of("a", "p3")));
        assert!(!is_fit(&of("a", "p1"), &of("b", "p2"), &of("b", "p3")));
        assert!(!is_fit(&of("a", "p1").replace("# x", "# y"), &of("a", "p2"), &of("a", "p3")));
        // A salt has dots where it likes.
        assert!(is_fit(&of("a", "$2a$.p.1"), &of("a", "$2a$p2."), &of("a", "$2a$.p3")));
        assert!(!is_fit(&of("a", "$2b$.p.1"), &of("a", "$2a$p2."), &of("a", "$2a$.p3")));
        // Lines may come and go.
        assert!(is_fit("a\nx\ny\nb\n", "a\nz\nb\n", "a\nb\n") && !is_fit("c\nx\nb\n", "a\nz\nb\n", "a\nb\n"));
        assert!(!fits(&json!(1), &json!("x"), &json!("y")) && fits(&json!(1), &json!(2), &json!(3)));
    }

    #[test]
    fn a_certificate_is_one_word() {
        let pem = |body: &str| {
            format!("a: |\n-----BEGIN CERTIFICATE-----\nMIIB\n{body}-----END CERTIFICATE-----\nb")
        };
        assert!(is_fit(&pem("MIIC\nx\n"), &pem("MIID\n"), &pem("MIIE\n")));
        assert!(!is_fit(&pem("x\n").replace("a: ", "c: "), &pem("y\n"), &pem("z\n")));
    }

    #[test]
    fn the_text_of_a_frame_holds_nothing_drawn() {
        let text = |password: &str, host: &str| {
            let of = |password: &str| format!("host {host}\npassword {password} end\n");
            Frame::of(&of(password), &of("other")).text()
        };
        assert_eq!(text("one", "h"), "=host h\n~password\0end\n");
        assert_eq!(text("one", "h"), text("two.three", "h"));
        assert_ne!(text("one", "h"), text("one", "i"));
    }

    proptest! {
        /// Lines are the whole text, and what one of two renders gave always fits.
        #[test]
        fn either_render_fits(first in "([a-c \\-:\n]|-----BEGIN A-----|-----END A-----\n){0,12}", second in "[a-c \\-:\n]{0,20}") {
            prop_assert_eq!(lines(&first).concat(), first.clone());
            prop_assert!(is_fit(&first, &first, &second));
            prop_assert!(is_fit(&second, &first, &second));
        }
    }
}
