//! Edits and the formatter on texts written at random in many styles: the data is as expected and the comments are all there.

use std::fmt::Write as _;

use catalyst_source::{KeyPath, Step};
use catalyst_yaml::edit::{self, Change};
use catalyst_yaml::{Dialect, format::format, parse, scalar};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::corpus;

/// Writes a value in styles chosen by a small generator of random numbers.
struct Scribe {
    seed: u64,
    out: String,
    comments: usize,
}

impl Scribe {
    fn chance(&mut self, one_in: u64) -> bool {
        self.pick(one_in) == 0
    }

    fn pick(&mut self, of: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % of
    }

    fn comment(&mut self) {
        self.comments += 1;
        let text = ["", " a: b", "# x", " 'open", " - [", " é"][self.pick(6) as usize];
        let _ = write!(self.out, "# c{}{text}", self.comments);
    }

    /// Whatever may stand before an entry on lines of its own.
    fn lines(&mut self, indent: usize) {
        while self.chance(4) {
            match self.pick(3) {
                0 => self.out.push('\n'),
                1 => self.out.push_str("  \n"),
                _ => {
                    self.pad(indent);
                    self.comment();
                    self.out.push('\n');
                }
            }
        }
    }

    fn end_line(&mut self) {
        if self.chance(4) {
            let blanks = self.pick(3) as usize;
            self.pad(blanks);
            self.out.push(' ');
            self.comment();
        } else if self.chance(6) {
            self.out.push_str("  ");
        }
        self.out.push('\n');
    }

    fn pad(&mut self, indent: usize) {
        self.out.push_str(&" ".repeat(indent));
    }

    fn block(&mut self, value: &Value, indent: usize, mut inline: bool) {
        let members: Vec<(Option<&String>, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, value)| (Some(key), value)).collect(),
            Value::Array(list) => list.iter().map(|value| (None, value)).collect(),
            _ => Vec::new(),
        };
        for (key, value) in members {
            if !std::mem::take(&mut inline) {
                self.lines(indent);
                self.pad(indent);
            }
            match key {
                Some(key) => {
                    self.string(key, true);
                    self.out.push(':');
                }
                None => self.out.push('-'),
            }
            self.value(value, indent, key.is_some());
        }
    }

    fn value(&mut self, value: &Value, indent: usize, below_key: bool) {
        let members = match value {
            Value::Object(map) => !map.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => false,
        };
        if members && !self.chance(4) {
            let step = if below_key && value.is_array() { self.pick(4) } else { 1 + self.pick(4) } as usize;
            if !below_key && self.chance(2) {
                self.pad(step);
                return self.block(value, indent + step + 1, true);
            }
            self.end_line();
            return self.block(value, indent + step, false);
        }
        if value.is_null() && self.chance(3) {
            return self.end_line();
        }
        if let Value::String(text) = value
            && text.contains('\n')
            && self.literal(text, indent)
        {
            return;
        }
        if self.chance(8) {
            self.end_line();
            self.lines(indent + 1);
            self.pad(indent + 2);
        } else {
            let blanks = [" ", "  ", "\t"][self.pick(3) as usize];
            self.out.push_str(blanks);
        }
        self.flow(value, indent + 1);
        self.end_line();
    }

    /// A literal block, where the text can be one.
    fn literal(&mut self, text: &str, indent: usize) -> bool {
        let body = text.trim_end_matches('\n');
        if body.is_empty()
            || body.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}', '\t', '\u{7f}'])
        {
            return false;
        }
        if body.chars().any(|c| c.is_control() && c != '\n') || body.contains(['\u{fffe}', '\u{ffff}']) {
            return false;
        }
        let first = body.split('\n').find(|line| !line.is_empty()).unwrap_or_default();
        let step = 1 + self.pick(4) as usize;
        self.out.push_str(" |");
        if first.starts_with(' ') || body.starts_with('\n') {
            let _ = write!(self.out, "{step}");
        }
        match text.len() - body.len() {
            0 => self.out.push('-'),
            1 => {}
            _ => self.out.push('+'),
        }
        self.end_line();
        for line in text.split('\n').take(text.matches('\n').count() + usize::from(!text.ends_with('\n'))) {
            if !line.is_empty() {
                self.pad(indent + step);
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
        true
    }

    fn flow(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.string(text, false),
            Value::Array(list) => {
                let lines = self.chance(3);
                self.out.push('[');
                for value in list {
                    self.flow_break(lines, indent);
                    self.flow(value, indent + 1);
                    self.out.push(',');
                }
                self.flow_break(lines, indent);
                self.out.push(']');
            }
            Value::Object(map) => {
                let lines = self.chance(3);
                self.out.push('{');
                for (at, (key, value)) in map.iter().enumerate() {
                    if at > 0 {
                        self.out.push(',');
                    }
                    self.flow_break(lines, indent);
                    self.string(key, false);
                    self.out.push_str(": ");
                    self.flow(value, indent + 1);
                }
                self.flow_break(lines, indent);
                self.out.push('}');
            }
            other => self.out.push_str(catalyst_yaml::write(other).trim_end()),
        }
    }

    fn flow_break(&mut self, lines: bool, indent: usize) {
        if lines {
            self.end_line();
            self.lines(indent);
            self.pad(indent);
        } else if self.chance(3) {
            self.out.push(' ');
        }
    }

    fn string(&mut self, text: &str, key: bool) {
        let printable = !text.is_empty() && text.chars().all(|c| (' '..='~').contains(&c));
        match self.pick(4) {
            0 if printable => {
                let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
            }
            1 if text.chars().all(|c| !c.is_control() && (c < '\u{2000}')) => {
                let _ = write!(self.out, "{}", Value::String(text.to_owned()));
            }
            _ => self.out.push_str(&scalar(text)),
        }
        // A key of more than 1024 characters would need another form.
        assert!(!key || text.len() < 200);
    }
}

fn text_of(value: &Value, seed: u64) -> String {
    let mut scribe = Scribe { seed: seed | 1, out: String::new(), comments: 0 };
    scribe.lines(0);
    if scribe.chance(4) {
        scribe.out.push_str("---");
        scribe.end_line();
        scribe.lines(0);
    }
    scribe.block(value, 0, false);
    scribe.lines(0);
    scribe.out
}

fn root() -> impl Strategy<Value = Value> {
    let short = corpus::value().prop_map(shorten).boxed();
    let key = corpus::string().prop_map(|key| key.chars().take(40).collect::<String>());
    prop_oneof![
        3 => proptest::collection::vec((key, short.clone()), 1..6).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        1 => proptest::collection::vec(short, 1..6).prop_map(Value::Array),
    ]
}

/// Long strings tell nothing here and make failures hard to read; readers disagree on integers beyond 63 bits.
fn shorten(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.chars().take(60).collect()),
        Value::Number(number) if number.is_u64() && !number.is_i64() => json!(7),
        Value::Array(list) => list.into_iter().map(shorten).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (key.chars().take(40).collect(), shorten(value))).collect(),
        ),
        other => other,
    }
}

fn read(text: &str) -> Value {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    assert_eq!(parsed.documents.len(), 1, "{text}");
    parsed.documents[0].to_value(Dialect::Strict).0
}

/// The numbers of the comments in a text, in order.
fn comments(text: &str) -> Vec<String> {
    let parsed = parse(text);
    parsed.documents[0]
        .comments()
        .into_iter()
        .map(|comment| text[comment.range()].trim_end().to_owned())
        .collect()
}

fn paths(value: &Value, path: &KeyPath, found: &mut Vec<KeyPath>) {
    found.push(path.clone());
    match value {
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| paths(value, &path.index(at), found))
        }
        Value::Object(map) => map.iter().for_each(|(key, value)| paths(value, &path.key(key), found)),
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &KeyPath) -> &'v mut Value {
    path.steps().iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[&**key],
        Step::Index(index) => &mut value[*index as usize],
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn formatting(value in root(), seed in any::<u64>()) {
        let text = text_of(&value, seed);
        let before = read(&text);
        let once = format(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        prop_assert_eq!(&read(&once), &before, "{}\n{}", text, once);
        prop_assert_eq!(comments(&once), comments(&text), "{}\n{}", text, once);
        let twice = format(&once);
        prop_assert_eq!(twice.as_ref(), Ok(&once), "{}\n{}", text, once);
    }

    #[test]
    fn canonical_text_is_formatted(value in root()) {
        let text = catalyst_yaml::write(&value);
        prop_assert_eq!(format(&text), Ok(text));
    }

    #[test]
    fn editing(value in root(), seed in any::<u64>(), which in any::<proptest::sample::Index>(), change in 0..4, new in corpus::value()) {
        let text = text_of(&value, seed);
        let mut expected = read(&text);
        let mut all = Vec::new();
        paths(&expected, &KeyPath::root(), &mut all);
        let path = which.get(&all).clone();
        let new = shorten(new);
        let change = match change {
            0 => {
                *at(&mut expected, &path) = new.clone();
                Change::SetValue(new.clone())
            }
            1 => {
                let key = "new key".to_owned();
                match at(&mut expected, &path) {
                    Value::Object(map) => {
                        map.insert(key.clone(), new.clone());
                        Change::Insert { key, value: new.clone() }
                    }
                    Value::Array(list) => {
                        list.push(new.clone());
                        Change::Insert { key: String::new(), value: new.clone() }
                    }
                    null @ Value::Null => {
                        *null = json!({ key.clone(): new.clone() });
                        Change::Insert { key, value: new.clone() }
                    }
                    _ => return Ok(()),
                }
            }
            _ => {
                let (Some(parent), Some(last)) = (path.parent(), path.last()) else { return Ok(()) };
                match (at(&mut expected, &parent), last) {
                    (Value::Object(map), Step::Key(key)) if change == 2 => {
                        let value = map.shift_remove(&**key).unwrap_or_default();
                        map.insert("new name".to_owned(), value);
                        Change::RenameKey("new name".to_owned())
                    }
                    (Value::Object(map), Step::Key(key)) => {
                        map.shift_remove(&**key);
                        Change::Remove
                    }
                    (Value::Array(list), Step::Index(index)) if change == 3 => {
                        list.remove(*index as usize);
                        Change::Remove
                    }
                    _ => return Ok(()),
                }
            }
        };
        let keeps_all = matches!(change, Change::Insert { .. } | Change::RenameKey(_));
        let edited = edit::apply(&text, &[(0, path.clone(), change)]).unwrap_or_else(|why| panic!("{why}\n{text}\n{new}"));
        prop_assert_eq!(read(&edited), expected, "{}\n{}\n{}", path, text, edited);
        let (before, after) = (comments(&text), comments(&edited));
        if keeps_all {
            prop_assert_eq!(before, after, "{}\n{}\n{}", path, text, edited);
        } else {
            let mut rest = before.iter();
            prop_assert!(after.iter().all(|comment| rest.any(|other| other == comment)), "{}\n{}\n{}", path, text, edited);
        }
    }
}
