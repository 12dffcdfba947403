//! Where in the text a change belongs and which bytes it puts there. Nothing here is trusted: the caller reads the result.

use std::ops::Range;

use catalyst_source::{KeyPath, Span, Step};
use serde_json::Value;

use super::Change;
use crate::build::Layout;
use crate::places::token_after;
use crate::record::{Id, NONE, Record, Tag};
use crate::{Document, Style, quote, write};

/// Bytes to replace and what with.
type Splice = (Range<usize>, String);

/// How new values are written, from the nicest to the most robust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As the canonical writer would.
    Block,
    /// The same without literal blocks, all strings in quotes.
    Quoted,
    /// On one line.
    Flow,
}

/// One document as written.
pub(super) struct Site<'a> {
    pub(super) text: &'a str,
    pub(super) tree: &'a Document,
    pub(super) layout: &'a Layout,
    pub(super) comments: &'a [Span],
}

/// The text with all splices made; they must not overlap.
pub(super) fn join(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|(range, _)| (range.start, range.end));
    let newline = if text.find('\n').is_some_and(|at| text[..at].ends_with('\r')) { "\r\n" } else { "\n" };
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for (range, new) in splices {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        if newline == "\n" {
            out.push_str(&new)
        } else {
            out.push_str(&new.replace('\n', newline))
        }
        done = done.max(range.end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The way to a node as numbers, for ordering; as far as it exists.
pub(super) fn ordinals(tree: &Document, path: &KeyPath) -> Vec<u32> {
    let mut found = Vec::new();
    let mut id = 0;
    for step in path.steps() {
        let Some((ordinal, next)) = member(tree, id, step) else { break };
        found.push(ordinal);
        id = next;
    }
    found
}

/// The member of a collection that is written there, aliases not followed.
fn member(tree: &Document, id: Id, step: &Step) -> Option<(u32, Id)> {
    let record = tree.record(id);
    let mut next = record.first;
    if !matches!(record.tag, Tag::Sequence | Tag::Mapping) {
        return None;
    }
    for ordinal in 0.. {
        if next == NONE {
            return None;
        }
        let found = match step {
            Step::Index(index) => record.tag == Tag::Sequence && ordinal == *index,
            Step::Key(key) => record.tag == Tag::Mapping && tree.key_text(tree.record(next)) == &**key,
        };
        if found {
            return Some((ordinal, next));
        }
        next = tree.record(next).next;
    }
    None
}

impl Site<'_> {
    /// The splices that make a change, if the text there is of a known kind.
    pub(super) fn splices(&self, path: &KeyPath, change: &Change, form: Form) -> Option<Vec<Splice>> {
        let id = path.steps().iter().try_fold(0, |id, step| Some(member(self.tree, id, step)?.1));
        match change {
            Change::SetValue(value) => self.set(id?, value, form),
            Change::RenameKey(key) => {
                let record = self.record(id?);
                let flow = self.parent(record).is_some_and(|parent| parent.style == Style::Flow);
                let mut new = String::new();
                push_string(&mut new, key, flow, form);
                (record.key != NONE).then(|| vec![(self.record(record.key).span.range(), new)])
            }
            Change::Remove => self.remove(id?),
            Change::Insert { key, value } => match id {
                Some(id) => self.insert(id, key, value, form),
                None => {
                    let (Step::Key(name), above) = path.steps().split_last()? else { return None };
                    let above = above.iter().try_fold(0, |id, step| Some(member(self.tree, id, step)?.1))?;
                    self.insert(above, name, &object(key, value), form)
                }
            },
        }
    }

    fn set(&self, id: Id, value: &Value, form: Form) -> Option<Vec<Splice>> {
        let record = self.record(id);
        let start = self.start(id);
        let end = record.span.end as usize;
        let Some(parent) = self.parent(record) else { return Some(self.set_root(id, value, form)) };
        if parent.style == Style::Flow {
            let mut new = flow(value, form);
            // In `{a, b}` the key has no colon.
            if record.key != NONE && start == end && !self.text[..start].ends_with(':') {
                new.insert_str(0, ": ");
            } else if start == end {
                new.insert(0, ' ');
            }
            return Some(vec![(start..end, new)]);
        }
        let (head, column) = self.head(id)?;
        let first_line = self.line_end(head);
        let content = record.span.start as usize;
        let behind = &self.text[head..];
        let mut splices = Vec::new();
        // What is there goes; comments between the key and a value on lines of its own stay.
        let own_lines = (!record.span.is_empty() && content > first_line).then(|| self.line_start(content));
        if let Some(from) = own_lines {
            if start <= first_line {
                let properties = self.text[start..first_line].find(" #").map_or(first_line, |at| start + at);
                splices.push((head..properties, String::new()));
            }
            // A comment behind a value on one line, too.
            let rest = self.text[end..self.line_end(end)].trim();
            let to = if rest.is_empty() || record.style == Style::Block { self.next_line(end) } else { end };
            splices.push((from..to, String::new()));
        } else if matches!(record.style, Style::Literal | Style::Folded) {
            let indicators = self.text[content..first_line].find([' ', '\t']).unwrap_or(first_line - content);
            splices.push((head..content + indicators, String::new()));
            if end > first_line {
                splices.push((self.next_line(first_line)..self.next_line(end), String::new()));
            }
        } else {
            splices.push((head..end.max(head), String::new()));
        }
        let last_line = self.line_end(end.max(head));
        let comment = behind[..first_line - head].contains('#') || last_line > end.max(head) + 1;
        let (inline, mut lines) = rendered(value, column + 2, form);
        if !lines.is_empty()
            && self.record(id).key == NONE
            && own_lines.is_none()
            && !comment
            && inline.is_empty()
        {
            // An item without a comment on its line starts behind its dash.
            splices.push((head..head, format!(" {}", lines.trim())));
            return Some(splices);
        }
        if inline.starts_with(" |") && own_lines.is_some_and(|from| self.text[first_line..from].contains('#'))
        {
            // The literal block would swallow the comments in between.
            return None;
        }
        splices.push((head..head, inline));
        if !lines.is_empty() {
            let at = own_lines.unwrap_or_else(|| match record.style {
                Style::Literal | Style::Folded => self.next_line(first_line),
                _ => self.next_line(last_line),
            });
            if at == self.text.len() && !self.text.ends_with('\n') && own_lines.is_none() {
                lines.insert(0, '\n');
                lines.pop();
            }
            splices.push((at..at, lines));
        }
        Some(splices)
    }

    fn set_root(&self, id: Id, value: &Value, form: Form) -> Vec<Splice> {
        let start = self.start(id);
        let end = self.record(id).span.end as usize;
        let mut new = if form == Form::Flow { flow(value, form) } else { block(value, 0, form) };
        if self.text[end..].starts_with(['\n', '\r']) {
            new.truncate(new.trim_end_matches('\n').len());
        }
        if self.text[self.line_start(start)..start].contains("---") {
            new.insert(0, '\n');
        }
        vec![(start..end, new)]
    }

    fn insert(&self, id: Id, key: &str, value: &Value, form: Form) -> Option<Vec<Splice>> {
        let record = self.record(id);
        let list = record.tag == Tag::Sequence;
        if list != key.is_empty() && list {
            return None;
        }
        if record.len == 0 && self.text[record.span.range()].contains('#') {
            let at = record.span.end as usize - 1;
            let member = if list { flow(value, form) } else { flow(&object(key, value), form) };
            let member = if list { &*member } else { &member[1..member.len() - 1] };
            return Some(vec![(at..at, member.to_owned())]);
        }
        if record.len == 0 || record.tag == Tag::Scalar {
            let whole = if list { Value::Array(vec![value.clone()]) } else { object(key, value) };
            return self.set(id, &whole, form);
        }
        let last = self.members(id).last()?;
        let end = self.record(last).span.end as usize;
        if record.style == Style::Flow {
            let mut new = ", ".to_owned();
            if !list {
                push_string(&mut new, key, true, form);
                new.push_str(": ");
            }
            new.push_str(&flow(value, form));
            return Some(vec![(end..end, new)]);
        }
        let column = if list { self.column(self.dash(last)?) } else { self.column(self.key_start(last)?) };
        let whole = if list { Value::Array(vec![value.clone()]) } else { object(key, value) };
        let mut lines = match form {
            Form::Flow => {
                let mut line = " ".repeat(column);
                if list {
                    line.push_str("- ");
                } else {
                    push_string(&mut line, key, false, form);
                    line.push_str(": ");
                }
                line + &flow(value, form) + "\n"
            }
            _ => block(&whole, column, form),
        };
        let at = self.behind_comments(self.next_line(end), column);
        if at == self.text.len() && !self.text.ends_with('\n') {
            lines.insert(0, '\n');
            lines.pop();
        }
        Some(vec![(at..at, lines)])
    }

    fn remove(&self, id: Id) -> Option<Vec<Splice>> {
        let record = self.record(id);
        let parent = self.parent(record)?;
        if parent.len == 1 {
            let empty = if parent.tag == Tag::Mapping { object_of(None) } else { Value::Array(Vec::new()) };
            return self.set(record.parent, &empty, Form::Block);
        }
        let end = record.span.end as usize;
        let siblings: Vec<Id> = self.members(record.parent).collect();
        let at = siblings.iter().position(|&sibling| sibling == id)?;
        let next = siblings.get(at + 1).copied();
        let from = self.entry_start(id)?;
        if parent.style == Style::Flow {
            if let Some(next) = next {
                return Some(vec![(from..self.entry_start(next)?, String::new())]);
            }
            let before = self.record(siblings[at - 1]).span.end as usize;
            let comma = token_after(self.text, before, |byte| byte == b',')?;
            let from = from.max(comma + 1);
            let behind = if self.text[comma..from].contains('#') { comma + 1 } else { from };
            return Some(vec![(comma..behind, String::new()), (from..end.max(from), String::new())]);
        }
        let line = self.line_start(from);
        if self.text[line..from].trim_start_matches(['\u{feff}', ' ']).is_empty() {
            let line = line + if self.text[line..].starts_with('\u{feff}') { 3 } else { 0 };
            return Some(vec![(line..self.next_line(end), String::new())]);
        }
        // The first entry of a mapping that starts behind a dash; the second one takes its place.
        let next = self.entry_start(next?)?;
        let comments = self.comments.iter().any(|c| (from..next).contains(&(c.start as usize)));
        let to = if comments { self.line_end(end) } else { next };
        Some(vec![(from..to, String::new())])
    }

    fn record(&self, id: Id) -> &Record {
        self.tree.record(id)
    }

    fn parent(&self, record: &Record) -> Option<&Record> {
        (record.parent != NONE).then(|| self.record(record.parent))
    }

    fn members(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let known = |id: Id| (id != NONE).then_some(id);
        std::iter::successors(known(self.record(id).first), move |&id| known(self.record(id).next))
    }

    /// Where a node starts, its tag and anchor included.
    fn start(&self, id: Id) -> usize {
        let record = self.record(id);
        let tag = self.tree.tag(record).map(|tag| tag.span);
        let starts = tag.into_iter().chain(self.layout.anchor(id)).map(|span| span.start);
        starts.fold(record.span.start, u32::min) as usize
    }

    /// Where the line of an entry or item goes on behind its colon or dash, and the column at which it starts.
    fn head(&self, id: Id) -> Option<(usize, usize)> {
        let key = self.record(id).key;
        if key == NONE {
            let dash = self.dash(id)?;
            return Some((dash + 1, self.column(dash)));
        }
        let colon = token_after(self.text, self.record(key).span.end as usize, |byte| byte == b':')?;
        Some((colon + 1, self.column(self.key_start(id)?)))
    }

    fn dash(&self, id: Id) -> Option<usize> {
        let parent = self.record(id).parent;
        let before = self.members(parent).take_while(|&member| member != id).last();
        match before {
            None => Some(self.record(parent).span.start as usize),
            Some(before) => {
                token_after(self.text, self.record(before).span.end as usize, |byte| byte == b'-')
            }
        }
    }

    fn key_start(&self, id: Id) -> Option<usize> {
        let key = self.record(id).key;
        (key != NONE).then(|| self.start(key))
    }

    fn entry_start(&self, id: Id) -> Option<usize> {
        let flow_item = self.parent(self.record(id)).is_some_and(|parent| parent.style == Style::Flow);
        match self.key_start(id) {
            Some(start) => Some(start),
            None if flow_item => Some(self.start(id)),
            None => self.dash(id),
        }
    }

    /// Lines of comments below an entry that stand deeper than its mapping belong to it.
    fn behind_comments(&self, from: usize, column: usize) -> usize {
        let mut found = from;
        let mut at = from;
        while at < self.text.len() {
            let line = &self.text[at..self.line_end(at)];
            let text = line.trim_start_matches(' ');
            if text.starts_with('#') && line.len() - text.len() > column {
                found = self.next_line(at);
            } else if !text.trim().is_empty() {
                break;
            }
            at = self.next_line(at);
        }
        found
    }

    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].trim_start_matches('\u{feff}').len()
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        at + line.trim_end_matches('\r').len()
    }

    fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |line| at + line + 1)
    }
}

fn object(key: &str, value: &Value) -> Value {
    object_of(Some((key.to_owned(), value.clone())))
}

fn object_of(entry: Option<(String, Value)>) -> Value {
    Value::Object(entry.into_iter().collect())
}

/// A value behind a colon or dash: what goes on its line, and the lines that follow.
fn rendered(value: &Value, indent: usize, form: Form) -> (String, String) {
    if form == Form::Flow {
        return (format!(" {}", flow(value, form)), String::new());
    }
    let members = match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    };
    if members {
        return (String::new(), block(value, indent, form));
    }
    // A literal block is the only leaf of several lines; the writer puts them one step right of what it is told.
    let text = block(value, indent.saturating_sub(2), form);
    let text = text.trim_start_matches(' ');
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    (format!(" {line}"), rest.to_owned())
}

fn block(value: &Value, indent: usize, form: Form) -> String {
    let mut out = String::new();
    if form == Form::Block {
        write::write_into(&mut out, value, indent);
    } else {
        write::write_quoted(&mut out, value, indent);
    }
    out
}

/// A value on one line that may stand anywhere.
fn flow(value: &Value, form: Form) -> String {
    let mut out = String::new();
    push_flow(&mut out, value, form);
    out
}

fn push_flow(out: &mut String, value: &Value, form: Form) {
    match value {
        Value::String(text) => push_string(out, text, true, form),
        Value::Array(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                push_flow(out, item, form);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                push_string(out, key, true, form);
                out.push_str(": ");
                push_flow(out, value, form);
            }
            out.push('}');
        }
        _ => write::atom(out, value),
    }
}

fn push_string(out: &mut String, text: &str, flow: bool, form: Form) {
    if form == Form::Block { quote::push_inline(out, text, flow) } else { quote::push_double(out, text) }
}
