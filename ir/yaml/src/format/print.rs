//! Prints the values of a text in canonical form, in the order of the source.

use crate::build::{Layout, Layouts};
use crate::dialect::{self, Dialect, Scalar};
use crate::places::token_after;
use crate::record::{Id, NONE, Record, Tag};
use crate::{Document, Style, quote};

use super::trivia::Weave;

/// Prints all documents.
pub(super) fn stream(text: &str, documents: &[Document], layouts: &Layouts) -> String {
    let mut weave = Weave::new(text, &layouts.comments);
    for (at, (tree, layout)) in documents.iter().zip(&layouts.documents).enumerate() {
        let until = match documents.get(at + 1) {
            Some(next) => next.extent.start as usize,
            None => text.len(),
        };
        if let Some(marker) = layout.marker.filter(|_| at == 0) {
            weave.comments(marker.start as usize, 0, None);
            weave.start_line(marker.start as usize, 0);
            weave.token("---", marker.end as usize);
            weave.opened = true;
        } else if at > 0 {
            let start = layout.marker.map_or(tree.extent.start, |marker| marker.start) as usize;
            weave.comments(start, 0, None);
            weave.end_line();
            weave.token("---", layout.marker.map_or(start, |marker| marker.end as usize));
            weave.opened = true;
        }
        let mut printer = Printer { text, tree, layout, weave };
        printer.value(0, 0, Place::Root, until);
        weave = printer.weave;
    }
    weave.comments(usize::MAX, 0, None);
    weave.end_line();
    weave.out
}

/// What a value stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Key,
    Dash,
}

/// A key that takes more bytes stands behind `? `.
const LONGEST_KEY: usize = 1000;

struct Printer<'a> {
    text: &'a str,
    tree: &'a Document,
    layout: &'a Layout,
    weave: Weave<'a>,
}

impl Printer<'_> {
    /// Prints a value behind its key or dash, which stands at column `indent`. What follows it in the source starts at `until`.
    fn value(&mut self, id: Id, indent: usize, place: Place, until: usize) {
        let record = self.record(id).clone();
        let start = record.span.start as usize;
        let inner = if place == Place::Root { indent } else { indent + 2 };
        let properties = self.properties(id);
        if record.style == Style::Block {
            let first = self.entry_start(record.first, None);
            if place == Place::Dash && properties.is_none() && !self.weave.has_comment_before(first) {
                self.weave.token(" ", first);
                return self.members(id, inner, true, until);
            }
            if let Some((properties, end)) = properties {
                self.property_line(&properties, end, place);
            }
            self.weave.opened = true;
            return self.members(id, inner, false, until);
        }
        if record.tag == Tag::Scalar && record.span.is_empty() && record.style == Style::Plain {
            if let Some((properties, end)) = properties {
                self.property_line(&properties, end, place);
            }
            return;
        }
        let mut space = place != Place::Root;
        if self.weave.has_comment_before(start) {
            if let Some((properties, end)) = properties {
                self.property_line(&properties, end, place);
            }
            self.weave.comments(start, inner, None);
            self.weave.start_line(start, inner);
            space = false;
        } else {
            if place == Place::Root {
                self.weave.start_line(start, inner);
            }
            if let Some((properties, end)) = properties {
                self.weave.token(if space { " " } else { "" }, end);
                self.weave.token(&properties, end);
                space = true;
            }
        }
        if space {
            self.weave.token(" ", start);
        }
        match (record.tag, record.style) {
            // Of a block without a visible character nobody can tell how far it is indented.
            (Tag::Scalar, Style::Literal | Style::Folded) if !self.tree.text(&record).trim().is_empty() => {
                self.block_scalar(id, &record, indent + 2);
            }
            _ => self.inline(id, inner, true),
        }
    }

    fn property_line(&mut self, properties: &str, end: usize, place: Place) {
        if place == Place::Root {
            self.weave.start_line(end, 0);
        } else {
            self.weave.token(" ", end);
        }
        self.weave.token(properties, end);
    }

    /// Prints the entries or items of a block collection; the first one goes behind a dash that is there already if `inline`.
    fn members(&mut self, id: Id, indent: usize, mut inline: bool, until: usize) {
        let record = self.record(id).clone();
        let mut next = record.first;
        let mut before = None;
        let column = self.weave.column(self.entry_start(record.first, None));
        while next != NONE {
            let member = next;
            next = self.record(member).next;
            let start = self.entry_start(member, before);
            self.weave.comments(start, indent, before.map(|_| column));
            if !std::mem::take(&mut inline) {
                self.weave.start_line(start, indent);
            }
            let until = if next == NONE { until } else { self.entry_start(next, Some(member)) };
            if record.tag == Tag::Mapping {
                self.key(self.record(member).key, indent);
                self.value(member, indent, Place::Key, until);
            } else {
                self.weave.token("-", start + 1);
                self.value(member, indent, Place::Dash, until);
            }
            before = Some(member);
        }
        // At the column of its key, a list shares that column with the entries around it.
        let shared = record.key != NONE && self.weave.column(self.start(record.key)) >= column;
        self.weave.comments_within(until, indent, if shared { column + 1 } else { column });
    }

    fn key(&mut self, key: Id, indent: usize) {
        let record = self.record(key).clone();
        let end = record.span.end as usize;
        let mut text = String::new();
        if let Some((properties, _)) = self.properties(key) {
            text.push_str(&properties);
            text.push(' ');
        }
        self.push_scalar(&mut text, &record, true, false);
        if self.is_alias(&record) {
            text.push(' ');
        }
        if text.len() > LONGEST_KEY {
            self.weave.token("? ", end);
            self.weave.token(&text, end);
            self.weave.start_line(end, indent);
        } else {
            self.weave.token(&text, end);
        }
        self.weave.token(":", end);
    }

    /// Prints a scalar, an alias or a flow collection where it stands; the brackets of a collection over several lines close at `close`.
    fn inline(&mut self, id: Id, close: usize, own_properties: bool) {
        let record = self.record(id).clone();
        let end = record.span.end as usize;
        if !own_properties && let Some((properties, _)) = self.properties(id) {
            self.weave.token(&properties, end);
            if !record.span.is_empty() {
                self.weave.token(" ", end);
            }
        }
        match record.tag {
            Tag::Scalar | Tag::Alias => {
                let flow = self.parent_is_flow(&record);
                let mut text = String::new();
                self.push_scalar(&mut text, &record, false, flow);
                self.weave.token(&text, end);
            }
            Tag::Sequence | Tag::Mapping => {
                let (open, shut) = if record.tag == Tag::Sequence { ("[", "]") } else { ("{", "}") };
                let source = &self.text[record.span.range()];
                let lines = source.contains('\n');
                // `[a: b]` holds a mapping that has no braces in the source.
                let bracket = usize::from(source.starts_with(open));
                self.weave.token(open, record.span.start as usize + bracket);
                self.weave.opened = true;
                self.flow_members(&record, close, lines);
                if lines {
                    self.weave.comments(end - bracket, close + 2, None);
                    self.weave.opened = true;
                    self.weave.start_line(end - bracket, close);
                }
                self.weave.token(shut, end);
            }
        }
    }

    fn flow_members(&mut self, record: &Record, close: usize, lines: bool) {
        let mut next = record.first;
        while next != NONE {
            let id = next;
            let member = self.record(id).clone();
            next = member.next;
            if lines {
                let start = self.start(if member.key == NONE { id } else { member.key });
                self.weave.comments(start, close + 2, None);
                self.weave.start_line(start, close + 2);
            }
            if member.key != NONE {
                let key = self.record(member.key).clone();
                let mut text = String::new();
                if let Some((properties, _)) = self.properties(member.key) {
                    text.push_str(&properties);
                    text.push(' ');
                }
                self.push_scalar(&mut text, &key, true, true);
                let empty =
                    member.tag == Tag::Scalar && member.span.is_empty() && self.properties(id).is_none();
                if !empty {
                    text.push_str(if self.is_alias(&key) { " :" } else { ":" });
                }
                self.weave.token(&text, key.span.end as usize);
                let start = self.start(id);
                if !empty && self.weave.has_comment_before(start) {
                    self.weave.comments(start, close + 4, None);
                    self.weave.start_line(start, close + 4);
                } else if !empty {
                    self.weave.token(" ", start);
                }
            }
            self.inline(id, close + 2, false);
            if lines {
                self.weave.token(",", member.span.end as usize);
            } else if next != NONE {
                self.weave.token(", ", member.span.end as usize);
            }
        }
    }

    fn block_scalar(&mut self, id: Id, record: &Record, column: usize) {
        let header = &self.text[record.span.range()];
        let header = &header[..header.find('\n').unwrap_or(header.len())];
        let Some((lines, indent)) = self.layout.block(id) else { return };
        let text = self.tree.text(record);
        let chomp =
            header.chars().skip(1).take_while(|c| !c.is_whitespace()).find(|c| matches!(c, '+' | '-'));
        // A last line without a line break gets one here; that must not become part of the text.
        let chomp = if text.ends_with('\n') { chomp } else { Some('-') };
        // Lines that start with blanks need to be told how far the block is indented.
        let first = text.split('\n').find(|line| !line.is_empty()).unwrap_or_default();
        let mut token = (if record.style == Style::Literal { "|" } else { ">" }).to_owned();
        if first.starts_with([' ', '\t']) || (first.is_empty() && text.len() > 1) {
            token.push('2');
        }
        token.extend(chomp);
        let header_end = record.span.start as usize + header.len();
        self.weave.token(&token, record.span.start as usize + 1);
        self.weave.comments(header_end, column, None);
        self.weave.end_line();
        let raw = &self.text[self.text[..lines.start as usize].rfind('\n').map_or(0, |at| at + 1)..];
        let raw = &raw[..lines.end as usize - (self.text.len() - raw.len())];
        // Leading empty lines are not in the span.
        let skipped = &self.text[header_end..(lines.start as usize).max(header_end)];
        let leading = skipped.matches('\n').count().saturating_sub(1);
        let mut body = "\n".repeat(leading);
        for line in raw.split_inclusive('\n') {
            let line = line.trim_end_matches(['\n', '\r']);
            let content = line.get(indent..).unwrap_or_default();
            if !content.is_empty() {
                body.extend(std::iter::repeat_n(' ', column));
                body.push_str(content);
            }
            body.push('\n');
        }
        if chomp != Some('+') {
            body.truncate(body.trim_end_matches('\n').len());
            if !body.is_empty() {
                body.push('\n');
            }
        }
        self.weave.token(&body, record.span.end as usize);
        self.weave.block(column);
    }

    /// Appends a scalar on one line, quoted if it must be and as it was if it need not change.
    fn push_scalar(&self, out: &mut String, record: &Record, key: bool, flow: bool) {
        let raw = &self.text[record.span.range()];
        let text = self.tree.text(record);
        let several = raw.contains(['\n', '\r']);
        let plain = quote::is_plain(text) && !(flow && text.contains(','));
        let string = record.explicit_tag == 0
            && match record.style {
                Style::Plain => !(key && text == "<<") && is_string(text),
                _ => true,
            };
        if record.tag == Tag::Alias
            || self.is_alias(record)
            || (text.is_empty() && record.style == Style::Plain)
        {
            out.push_str(raw);
        } else if string && plain {
            out.push_str(text);
        } else if several
            || matches!(record.style, Style::Literal | Style::Folded)
            || (string && record.style == Style::Plain)
            || quote::needs_escapes(raw)
        {
            quote::push_double(out, text);
        } else {
            out.push_str(raw);
        }
    }

    /// The tag and anchor of a node in their order, and where they end.
    fn properties(&self, id: Id) -> Option<(String, usize)> {
        let record = self.record(id);
        let tag = self.tree.tag(record).map(|tag| tag.span);
        let mut spans: Vec<_> = tag.into_iter().chain(self.layout.anchor(id)).collect();
        spans.sort();
        let end = spans.last()?.end as usize;
        let texts: Vec<&str> = spans.iter().map(|span| &self.text[span.range()]).collect();
        Some((texts.join(" "), end))
    }

    fn start(&self, id: Id) -> usize {
        let record = self.record(id);
        let tag = self.tree.tag(record).map(|tag| tag.span);
        let starts = tag.into_iter().chain(self.layout.anchor(id)).map(|span| span.start);
        starts.fold(record.span.start, u32::min) as usize
    }

    /// Where an entry's key or an item's dash stands; `before` is the member before it.
    fn entry_start(&self, id: Id, before: Option<Id>) -> usize {
        let record = self.record(id);
        if record.key != NONE {
            return self.start(record.key);
        }
        match before {
            None => self.record(record.parent).span.start as usize,
            Some(before) => {
                token_after(self.text, self.record(before).span.end as usize, |byte| byte == b'-')
                    .unwrap_or(record.span.start as usize)
            }
        }
    }

    fn parent_is_flow(&self, record: &Record) -> bool {
        record.parent != NONE && self.record(record.parent).style == Style::Flow
    }

    /// An alias in the place of a key has the style of what it stands for.
    fn is_alias(&self, record: &Record) -> bool {
        self.text[record.span.range()].starts_with('*')
    }

    fn record(&self, id: Id) -> &Record {
        self.tree.record(id)
    }
}

/// Whether every reader takes a plain scalar for the string it is.
fn is_string(text: &str) -> bool {
    dialect::is_clearly_text(text)
        || [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize]
            .into_iter()
            .all(|dialect| dialect::plain(text, dialect) == Scalar::Str(text.into()))
}
