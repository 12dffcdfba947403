//! Another parser, written by others, must see the same structure and texts.

use catalyst_yaml::{Dialect, parse, write};
use proptest::prelude::*;
use serde_json::{Value, json};
use yaml_rust2::parser::{Event, EventReceiver, Parser};

use crate::corpus;

/// The texts of a stream as nested lists, without types: what both parsers must agree on.
#[derive(Default)]
struct Texts {
    open: Vec<Vec<Value>>,
    documents: Vec<Value>,
}

impl Texts {
    fn push(&mut self, value: Value) {
        match self.open.last_mut() {
            Some(list) => list.push(value),
            None => self.documents.push(value),
        }
    }
}

impl EventReceiver for Texts {
    fn on_event(&mut self, event: Event) {
        match event {
            Event::Scalar(text, ..) => self.push(normal(&text)),
            Event::SequenceStart(..) | Event::MappingStart(..) => self.open.push(Vec::new()),
            Event::SequenceEnd | Event::MappingEnd => {
                let list = self.open.pop().unwrap_or_default();
                self.push(Value::Array(list));
            }
            _ => {}
        }
    }
}

fn theirs(text: &str) -> Option<Vec<Value>> {
    let mut texts = Texts::default();
    Parser::new_from_str(text).load(&mut texts, true).ok()?;
    Some(texts.documents)
}

/// They report the empty value sometimes as `~`, and an empty block scalar at the end of a text as a line break.
fn normal(text: &str) -> Value {
    json!(if text == "~" || text.trim_end_matches('\n').is_empty() { "" } else { text })
}

pub(crate) fn ours(node: catalyst_yaml::Node<'_>) -> Value {
    if let Some(text) = node.text() {
        return normal(text);
    }
    let mut members: Vec<Value> = node.items().map(ours).collect();
    for (key, value) in node.entries() {
        members.push(normal(key));
        members.push(ours(value));
    }
    Value::Array(members)
}

/// Left out, because yaml-rust2 is known to differ: raw control characters and byte order marks (it takes them), tabs as separation (it
/// refuses them), block scalars as the root of a document (it reads over the end of the document), aliases and repeated keys (resolved above the events here). The texts end in a line break,
/// because it gives one to a block scalar that ends a file without.
fn comparable(text: &str) -> bool {
    !text.chars().any(|c| c == '\t' || c == '\u{feff}' || (c.is_control() && c != '\n'))
        && !text.lines().any(|line| line.trim_start().starts_with(['|', '>']))
        && !text.contains(['*', '&', '!', '%', '\u{85}', '\u{2028}', '\u{2029}'])
}

#[test]
fn hostile_strings_as_we_write_them() {
    for string in corpus::hostile_strings() {
        let text = write(&json!({ "k": [string, { string.clone(): string }] }));
        let theirs = theirs(&text).unwrap_or_else(|| panic!("they refuse {text:?}"));
        let ours: Vec<Value> = parse(&text).documents.iter().map(|document| ours(document.root())).collect();
        assert_eq!(ours, theirs, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values(value in corpus::value()) {
        let text = write(&value);
        let ours: Vec<Value> = parse(&text).documents.iter().map(|document| ours(document.root())).collect();
        prop_assert_eq!(Some(ours), theirs(&text), "{}", text);
    }

    #[test]
    fn texts(
        lines in corpus::lines_of_yaml()) {
        let text = lines.join("\n") + "\n";
        let parsed = parse(&text);
        if parsed.problems.is_empty() && comparable(&text) && let Some(theirs) = theirs(&text) {
            let ours: Vec<Value> = parsed.documents.iter().map(|document| ours(document.root())).collect();
            prop_assert_eq!(ours, theirs, "{}", text);
        }
        for document in &parsed.documents {
            document.to_value(Dialect::Strict);
        }
    }
}
