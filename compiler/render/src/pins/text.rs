//! Texts as words, and what two draws of one text share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Shortest word by which a value is known again elsewhere.
const SHORTEST: usize = 4;
/// Texts in texts are followed this far.
const DEPTH: usize = 3;

/// The lines of a text; a block of PEM is one line.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = || rest.find('\n').map_or(rest.len(), |at| at + 1);
        let end = pem(rest).map_or_else(line, |(end, _)| end);
        // A block that begins within a line begins a line of its own.
        let end = rest[..end].find("-----BEGIN ").filter(|at| *at > 0).unwrap_or(end);
        lines.push(&rest[..end]);
        rest = &rest[end..];
    }
    lines
}

/// The words of a text, without what stands between them; a block of PEM is one word.
pub(super) fn words(text: &str) -> Vec<&str> {
    let split = |line| match pem(line) {
        Some(_) => vec![line],
        None => line.split(|c| !is_word(c)).filter(|it| !it.is_empty()).collect(),
    };
    lines(text).into_iter().flat_map(split).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "+/=_".contains(c)
}

/// The end of the block of PEM that a text starts with, and its label.
fn pem(text: &str) -> Option<(usize, &str)> {
    let (label, _) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let close = format!("-----END {label}-----");
    let end = text.find(&close)? + close.len();
    let end = if text[end..].starts_with('\n') { end + 1 } else { end };
    Some((end, label))
}

/// Whether a line is a block of PEM that everybody may read.
fn is_public(line: &str) -> bool {
    let Some((_, label)) = pem(line) else { return false };
    [
        "CERTIFICATE",
        "PUBLIC KEY",
        "CERTIFICATE REQUEST",
        "NEW CERTIFICATE REQUEST",
        "X509 CRL",
        "TRUSTED CERTIFICATE",
    ]
    .contains(&label)
        || label.ends_with(" PUBLIC KEY")
}

/// A text as somebody sees it who looks into Base64 as well, certificates and public keys taken away unless they count.
pub(super) fn seen(text: &str, with_public: bool) -> Vec<String> {
    let mut out = Vec::new();
    look(text, with_public, DEPTH, &mut out);
    out
}

fn look(text: &str, with_public: bool, depth: usize, out: &mut Vec<String>) {
    let mut plain = String::new();
    for line in lines(text) {
        if is_public(line) && !with_public {
            continue;
        }
        if pem(line).is_some() {
            plain.push_str(line);
            continue;
        }
        let mut rest = line;
        while !rest.is_empty() {
            let first = rest.starts_with(is_word);
            let end = rest.find(|c| is_word(c) != first).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            rest = behind;
            let inner = Some(word).filter(|_| first && depth > 0).and_then(decoded);
            let before = out.len();
            if let Some(inner) = &inner {
                look(inner, with_public, depth - 1, out);
            }
            // A word that is nothing but a certificate in Base64 is as public as that.
            if inner.is_none() || out[before..].iter().any(|it| !it.trim().is_empty()) {
                plain.push_str(word);
            }
        }
    }
    out.push(plain);
}

/// The text that a word of Base64 stands for.
fn decoded(word: &str) -> Option<String> {
    let bytes = STANDARD.decode(word).ok().filter(|_| word.len() >= 8)?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(|c: char| c.is_control() && !c.is_whitespace())).then_some(text)
}

/// What is drawn in a text, by which it is known again: words that another draw does not have, and the piece in which the two differ.
pub(super) fn drawn(first: &str, second: &str, with_public: bool) -> Vec<String> {
    let others = seen(second, with_public);
    let mut found = Vec::new();
    for text in seen(first, with_public) {
        let new = |word: &&str| word.len() >= SHORTEST && !others.iter().any(|other| other.contains(*word));
        found.extend(words(&text).into_iter().filter(new).map(str::to_owned));
    }
    let piece = piece(first, second);
    if piece.len() >= SHORTEST && seen(piece, with_public).iter().any(|it| it == piece) {
        found.push(piece.to_owned());
    }
    found
}

/// What is left of a text when what it shares with another one at both ends is taken away.
fn piece<'t>(first: &'t str, second: &str) -> &'t str {
    let ahead: usize =
        first.chars().zip(second.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (a, b) = (&first[ahead..], &second[ahead..]);
    let behind: usize =
        a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    &a[..a.len() - behind]
}
