//! From events to the arena of one document after the other.
//!
//! Aliases are links here, never copies. What following them would cost is counted when they are linked: each anchored value knows its
//! size and height with everything followed, so an expansion bomb is found without being set off. An alias of a value that is still open
//! would be a cycle and becomes an empty scalar.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalyst_source::Span;
use granit_parser::{Event, ScalarStyle, StructureStyle};

use crate::document::ExplicitTag;
use crate::places;
use crate::record::{Id, NONE, Record, Tag};
use crate::{Document, Limits, Problem, Style};

/// Why reading cannot go on.
pub(crate) enum Halt {
    /// This document is lost, the next one may be fine.
    Document,
    /// A limit that holds for the text as a whole.
    Text,
}

/// Builds documents from events.
pub(crate) struct Builder<'l> {
    pub(crate) limits: &'l Limits,
    /// Where the event parser's byte 0 is.
    base: usize,
    documents: Vec<Document>,
    problems: Vec<Problem>,
    pub(crate) current: Document,
    open: Vec<Frame>,
    anchors: BTreeMap<usize, Anchored>,
    /// Values and keys in all documents so far, aliases followed.
    pub(crate) nodes: usize,
    /// Where the last token of a node or its properties ended; a block scalar's header comes after it.
    last_end: usize,
    /// A document was dropped since the last one that was kept.
    gap: bool,
    /// How the documents are written, when that is wanted; then they are left as written, with repeated keys and merge keys.
    layouts: Option<Layouts>,
}

/// How a text is written, beyond what nodes tell.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    /// Of each document.
    pub(crate) documents: Vec<Layout>,
    /// All comments, from the `#` to the end of the line.
    pub(crate) comments: Vec<Span>,
    current: Layout,
}

/// How one document is written.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The `---` at its start.
    pub(crate) marker: Option<Span>,
    /// By node, as the next.
    pub(crate) anchors: Vec<(Id, Span)>,
    /// The lines of block scalars, all empty lines that follow included, and their indentation.
    pub(crate) blocks: Vec<(Id, Span, usize)>,
}

/// A collection that is not closed yet.
struct Frame {
    id: Id,
    anchor: usize,
    last: Id,
    key: Key,
    /// Nodes and levels below, aliases followed.
    size: usize,
    height: usize,
    /// One of its values belongs to a merge key.
    merges: bool,
}

/// What a mapping waits for.
#[derive(Clone, Copy)]
enum Key {
    /// A key, or the frame is a list.
    Wanted,
    /// The value of this key.
    Read(Id),
    /// The value of a key that cannot be one; the entry is not linked.
    Unusable,
}

/// An anchored value. While it is open it has no size.
#[derive(Clone, Copy)]
struct Anchored {
    id: Id,
    cost: Option<(usize, usize)>,
}

impl Layout {
    /// Where the anchor of a node stands.
    pub(crate) fn anchor(&self, id: Id) -> Option<Span> {
        let at = self.anchors.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        Some(self.anchors[at].1)
    }

    /// The lines of a block scalar and their indentation.
    pub(crate) fn block(&self, id: Id) -> Option<(Span, usize)> {
        let at = self.blocks.binary_search_by_key(&id, |(node, ..)| *node).ok()?;
        Some((self.blocks[at].1, self.blocks[at].2))
    }
}

impl<'l> Builder<'l> {
    pub(crate) fn new(source: &Arc<str>, base: usize, limits: &'l Limits, as_written: bool) -> Self {
        Builder {
            limits,
            base,
            documents: Vec::new(),
            problems: Vec::new(),
            current: empty(source),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            last_end: base,
            gap: false,
            layouts: as_written.then(Layouts::default),
        }
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn finish(mut self) -> (Vec<Document>, Vec<Problem>, Layouts) {
        if let (Some(last), false) = (self.documents.last_mut(), self.gap) {
            last.extent.end = last.source.len() as u32;
        }
        (self.documents, self.problems, self.layouts.unwrap_or_default())
    }

    /// Drops the document that is being read.
    pub(crate) fn abandon(&mut self) {
        self.gap = true;
        self.current = empty(&self.current.source);
        self.open.clear();
        self.anchors.clear();
    }

    /// The quote that opens behind what was read last.
    pub(crate) fn open_quote(&self) -> Option<Span> {
        let at =
            places::token_after(&self.current.source, self.last_end, |byte| matches!(byte, b'"' | b'\''))?;
        Some(Span::new(at, at + 1))
    }

    /// The innermost bracket or brace that is open.
    pub(crate) fn open_bracket(&self) -> Option<Span> {
        let mut starts = self.open.iter().rev().map(|frame| self.current.record(frame.id).span.start);
        // `[a: b]` holds a mapping without braces.
        let start = starts.find(|&start| self.current.source[start as usize..].starts_with(['[', '{']))?;
        Some(Span { start, end: start + 1 })
    }

    pub(crate) fn event(&mut self, event: Event<'_>, at: &granit_parser::Span) -> Result<(), Halt> {
        let span = self.span(at);
        match event {
            Event::DocumentStart(explicit, _) => {
                if let Some(layouts) = &mut self.layouts {
                    layouts.current = Layout { marker: explicit.then_some(span), ..Layout::default() };
                }
                let start = match self.documents.last_mut() {
                    // What stands between two documents belongs to the first of them.
                    Some(last) if !self.gap => {
                        last.extent.end = last.extent.end.max(span.start);
                        span.start
                    }
                    Some(_) => span.start,
                    None if self.gap => span.start,
                    None => 0,
                };
                // A document without marker reports the place of its first token here.
                if explicit {
                    self.last_end = span.end as usize;
                } else if self.gap {
                    self.last_end = span.start as usize;
                }
                self.gap = false;
                self.current.extent = Span { start, end: span.end };
            }
            Event::DocumentEnd => {
                self.current.extent.end = self.current.extent.end.max(span.end);
                self.last_end = self.last_end.max(span.end as usize);
                let source = Arc::clone(&self.current.source);
                let mut document = std::mem::replace(&mut self.current, empty(&source));
                document.indexes.sort_by_key(|(id, _)| *id);
                document.records.shrink_to_fit();
                self.documents.push(document);
                if let Some(layouts) = &mut self.layouts {
                    layouts.documents.push(std::mem::take(&mut layouts.current));
                }
                self.open.clear();
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), at);
                let bare = tag == 0 && anchor == 0;
                let id = self.scalar(&text, style, span, at.indent, bare)?;
                self.current.records[id as usize].explicit_tag = tag;
                self.anchored(anchor, id, Some((1, 0)));
                self.done(id, 1, 0);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), at);
                self.collection(Tag::Sequence, style, anchor, tag, span)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), at);
                self.collection(Tag::Mapping, style, anchor, tag, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => {
                self.problem(Problem::undefined_alias(span, &name));
                let id = self.empty_scalar(span)?;
                self.done(id, 1, 0);
            }
            Event::Anchor(anchor, _) => {
                if let (Some(layouts), Some(node)) = (&mut self.layouts, self.anchors.get(&anchor)) {
                    layouts.current.anchors.push((node.id, span));
                }
            }
            Event::Comment(..) => {
                if let Some(layouts) = &mut self.layouts {
                    layouts.comments.push(span);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn span(&self, at: &granit_parser::Span) -> Span {
        let range = at.byte_range().unwrap_or(0..0);
        Span::new(self.base + range.start, self.base + range.end)
    }

    fn scalar(
        &mut self,
        mut text: &str,
        style: ScalarStyle,
        mut span: Span,
        indent: Option<usize>,
        bare: bool,
    ) -> Result<Id, Halt> {
        let source = &*self.current.source;
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let content = match style {
            Style::Plain if span.is_empty() => {
                let span = if bare { self.empty_span(span) } else { span };
                return self.empty_scalar(span);
            }
            Style::SingleQuoted | Style::DoubleQuoted => {
                Span { start: span.start + 1, end: span.end.saturating_sub(1).max(span.start + 1) }
            }
            Style::Literal | Style::Folded => {
                let block = places::block_scalar(source, self.last_end, span, text, indent.unwrap_or(0));
                if let Some(layouts) = &mut self.layouts {
                    let id = self.current.records.len() as Id;
                    layouts.current.blocks.push((id, block.lines, indent.unwrap_or(0)));
                }
                text = block.text;
                span = block.span;
                span
            }
            _ => span,
        };
        let mut record = Record::new(Tag::Scalar, style, span, NONE);
        if source.get(content.range()) == Some(text) {
            record.first = content.start;
        } else {
            record.decoded = true;
            record.first = self.current.decoded.len() as u32;
            self.current.decoded.push_str(text);
        }
        record.len = text.len() as u32;
        self.push(record)
    }

    /// The event parser reports the empty value as `~` without extent, somewhere between its key or dash and what follows. This one stands
    /// right behind the colon or dash.
    fn empty_span(&self, span: Span) -> Span {
        let source = &*self.current.source;
        let Some(frame) = self.open.last() else { return span };
        let mark = match frame.key {
            Key::Read(_) => {
                places::token_after(source, span.start as usize, |byte| matches!(byte, b':' | b',' | b'-'))
                    .filter(|&at| source[at..].starts_with(':'))
            }
            Key::Wanted if self.current.record(frame.id).style == Style::Block => {
                let from = match frame.last {
                    NONE => self.current.record(frame.id).span.start as usize,
                    last => self.current.record(last).span.end as usize,
                };
                places::token_after(source, from, |byte| matches!(byte, b'-' | b'?' | b':'))
                    .filter(|&at| source[at..].starts_with('-'))
            }
            _ => None,
        };
        mark.map_or(span, |at| Span::new(at + 1, at + 1))
    }

    fn empty_scalar(&mut self, span: Span) -> Result<Id, Halt> {
        let mut record = Record::new(Tag::Scalar, Style::Plain, span, NONE);
        record.first = span.start;
        self.push(record)
    }

    fn collection(
        &mut self,
        tag: Tag,
        style: StructureStyle,
        anchor: usize,
        explicit_tag: u32,
        mut span: Span,
    ) -> Result<(), Halt> {
        if self.open.len() >= self.limits.depth {
            self.problem(Problem::too_deep(span, self.limits.depth));
            return Err(Halt::Document);
        }
        let style = match style {
            StructureStyle::Block => Style::Block,
            StructureStyle::Flow => Style::Flow,
        };
        let below_key = matches!(self.open.last(), Some(Frame { key: Key::Read(_) | Key::Unusable, .. }));
        if style == Style::Block && tag == Tag::Sequence && below_key {
            // A list at the column of its key is reported from its first item; it starts at the dash.
            let source = &self.current.source;
            let start = span.start as usize;
            let dash = places::token_after(source, self.last_end, |byte| byte == b'-');
            span.start = dash.filter(|&dash| dash < start).unwrap_or(start) as u32;
        }
        let mut record = Record::new(tag, style, span, NONE);
        record.explicit_tag = explicit_tag;
        let id = self.push(record)?;
        self.anchored(anchor, id, None);
        self.open.push(Frame { id, anchor, last: NONE, key: Key::Wanted, size: 1, height: 0, merges: false });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Halt> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let id = frame.id as usize;
        let end = match self.current.records[id].style {
            Style::Flow => span.end,
            _ if frame.last == NONE => self.current.records[id].span.end,
            _ => self.current.records[frame.last as usize].span.end,
        };
        let own = &mut self.current.records[id].span;
        own.end = end.max(own.start);
        self.last_end = own.end as usize;
        let mut size = frame.size;
        if self.current.records[id].tag == Tag::Mapping && self.layouts.is_none() {
            self.settle_keys(frame.id);
            if frame.merges {
                let before = self.nodes;
                self.apply_merges(frame.id)?;
                size += self.nodes - before;
            }
        }
        let height = frame.height + 1;
        self.anchored(frame.anchor, frame.id, Some((size, height)));
        self.done(frame.id, size, height);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Halt> {
        let name = self.current.source.get(span.start as usize + 1..span.end as usize).unwrap_or_default();
        let Some(&Anchored { id: target, cost }) = self.anchors.get(&anchor) else {
            let problem = Problem::undefined_alias(span, name);
            self.problem(problem);
            let id = self.empty_scalar(span)?;
            self.done(id, 1, 0);
            return Ok(());
        };
        let Some((size, height)) = cost else {
            let start = self.current.record(target).span.start as usize;
            let first = self.current.source[start..].chars().next().map_or(0, char::len_utf8);
            let problem = Problem::recursive_alias(span, name, Span::new(start, start + first));
            self.problem(problem);
            let id = self.empty_scalar(span)?;
            self.done(id, 1, 0);
            return Ok(());
        };
        if self.open.len() + height > self.limits.depth {
            self.problem(Problem::too_deep(span, self.limits.depth));
            return Err(Halt::Document);
        }
        let mut record = Record::new(Tag::Alias, Style::Plain, span, NONE);
        record.first = target;
        let id = self.push(record)?;
        self.count(size - 1, span)?;
        self.done(id, size, height);
        Ok(())
    }

    /// Adds a record, unless there are too many.
    pub(crate) fn push(&mut self, mut record: Record) -> Result<Id, Halt> {
        self.count(1, record.span)?;
        match record.style {
            Style::Block => {}
            Style::Flow => self.last_end = self.last_end.max(record.span.start as usize + 1),
            _ => self.last_end = self.last_end.max(record.span.end as usize),
        }
        record.parent = self.open.last().map_or(NONE, |frame| frame.id);
        self.current.records.push(record);
        Ok(self.current.records.len() as u32 - 1)
    }

    /// Counts nodes against the limit.
    pub(crate) fn count(&mut self, nodes: usize, span: Span) -> Result<(), Halt> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limits.nodes {
            return Ok(());
        }
        self.problem(Problem::too_many_nodes(span, self.limits.nodes));
        Err(Halt::Text)
    }

    fn anchored(&mut self, anchor: usize, id: Id, cost: Option<(usize, usize)>) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { id, cost });
        }
    }

    fn tag(&mut self, tag: Option<&granit_parser::Tag>, at: &granit_parser::Span) -> u32 {
        let Some(tag) = tag else { return 0 };
        let span = at.tag_span().map(|at| self.span(&at)).unwrap_or_default();
        self.last_end = self.last_end.max(span.end as usize);
        let name = match tag.suffix_in_namespace("tag:yaml.org,2002:") {
            Some(suffix) => format!("!!{suffix}"),
            None => tag.original(),
        };
        self.current.tags.push(ExplicitTag { span, name });
        self.current.tags.len() as u32
    }

    /// Links a finished node to the collection that holds it, as a key or as a value.
    fn done(&mut self, id: Id, size: usize, height: usize) {
        let Some(frame) = self.open.last() else { return };
        let mapping = self.current.record(frame.id).tag == Tag::Mapping;
        let merge = matches!(frame.key, Key::Read(key) if self.current.is_merge_key(key));
        let key = match frame.key {
            Key::Wanted if mapping => self.as_key(id),
            _ => Key::Wanted,
        };
        let Some(frame) = self.open.last_mut() else { return };
        frame.size = frame.size.saturating_add(size);
        frame.height = frame.height.max(height);
        let records = &mut self.current.records;
        match std::mem::replace(&mut frame.key, key) {
            Key::Wanted if mapping => return,
            Key::Unusable => return,
            Key::Wanted => {}
            Key::Read(key) => {
                records[id as usize].key = key;
                frame.merges |= merge;
            }
        }
        match frame.last {
            NONE => records[frame.id as usize].first = id,
            last => records[last as usize].next = id,
        }
        frame.last = id;
        records[frame.id as usize].len += 1;
    }

    /// A node in the place of a key. An alias of a scalar gets that scalar's text.
    fn as_key(&mut self, id: Id) -> Key {
        let target = self.current.resolve(id);
        let text = self.current.record(target).clone();
        let span = self.current.record(id).span;
        if text.tag != Tag::Scalar {
            self.problem(Problem::non_string_key(span, None));
            return Key::Unusable;
        }
        if target != id {
            let key = &mut self.current.records[id as usize];
            *key = Record { span: key.span, parent: key.parent, ..text };
        }
        Key::Read(id)
    }
}

fn empty(source: &Arc<str>) -> Document {
    Document {
        source: Arc::clone(source),
        extent: Span::default(),
        records: Vec::new(),
        decoded: String::new(),
        tags: Vec::new(),
        indexes: Vec::new(),
        overrides: BTreeMap::new(),
    }
}
