//! A value in a document, seen where it stands. Aliases are followed silently: a node that is an alias has the kind, text and members of
//! what it stands for, but the span of the alias itself.

use catalyst_source::{KeyPath, Span, Step};
use serde_json::Value;

use crate::record::{Id, NONE, Record, Tag};
use crate::{Dialect, Document, Problem};

/// What a value is, before its scalars are given types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// A piece of text.
    Scalar,
    /// A list.
    Sequence,
    /// A mapping.
    Mapping,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    /// A scalar without quotes; also the empty value after a key.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection written as lines.
    Block,
    /// A collection written in brackets or braces.
    Flow,
}

/// A value in a document.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(crate) document: &'a Document,
    pub(crate) id: Id,
}

impl<'a> Node<'a> {
    /// What it is.
    pub fn kind(self) -> NodeKind {
        match self.target().tag {
            Tag::Sequence => NodeKind::Sequence,
            Tag::Mapping => NodeKind::Mapping,
            Tag::Scalar | Tag::Alias => NodeKind::Scalar,
        }
    }

    /// Whether it is a scalar.
    pub fn is_scalar(self) -> bool {
        self.kind() == NodeKind::Scalar
    }

    /// The bytes of the value: with its quotes, brackets or block header, without its tag and anchor. A block collection ends where its
    /// last member ends. An empty value has an empty span behind its key.
    pub fn span(self) -> Span {
        self.own().span
    }

    /// The bytes of its key, when it stands in a mapping.
    pub fn key_span(self) -> Option<Span> {
        let key = self.own().key;
        (key != NONE).then(|| self.document.record(key).span)
    }

    /// Its key, when it stands in a mapping.
    pub fn key(self) -> Option<&'a str> {
        let key = self.own().key;
        (key != NONE).then(|| self.document.text(self.document.record(key)))
    }

    /// How its key is written, when it stands in a mapping.
    pub fn key_style(self) -> Option<Style> {
        let key = self.own().key;
        (key != NONE).then(|| self.document.record(key).style)
    }

    /// The decoded text of a scalar: escapes resolved, lines folded, of no type yet. The empty value has the empty text.
    pub fn text(self) -> Option<&'a str> {
        let record = self.target();
        (record.tag == Tag::Scalar).then(|| self.document.text(record))
    }

    /// How it is written.
    pub fn style(self) -> Style {
        self.target().style
    }

    /// Its explicit tag: the standard ones in short form (`!!int`), others as written.
    pub fn tag(self) -> Option<&'a str> {
        self.document.tag(self.target()).map(|tag| tag.name.as_str())
    }

    /// The bytes of its explicit tag.
    pub fn tag_span(self) -> Option<Span> {
        self.document.tag(self.target()).map(|tag| tag.span)
    }

    /// Whether an alias stands here, or a merge key brought the entry here.
    pub fn is_alias(self) -> bool {
        self.own().tag == Tag::Alias
    }

    /// Whether every reader takes it for null: an unquoted scalar that is empty, `~` or a spelling of `null`.
    pub fn is_null(self) -> bool {
        let record = self.target();
        record.tag == Tag::Scalar
            && record.style == Style::Plain
            && record.explicit_tag == 0
            && matches!(self.document.text(record), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The entries of a mapping in the order of the text, each key once; nothing for other kinds.
    pub fn entries(self) -> Entries<'a> {
        Entries(self.members(Tag::Mapping))
    }

    /// The items of a list; nothing for other kinds.
    pub fn items(self) -> Items<'a> {
        self.members(Tag::Sequence)
    }

    /// The number of entries or items; 0 for a scalar.
    pub fn len(self) -> usize {
        let record = self.target();
        if record.tag == Tag::Scalar { 0 } else { record.len as usize }
    }

    /// Whether it is a scalar or a collection without members.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value under a key of a mapping.
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        let id = self.document.resolve(self.id);
        if self.document.record(id).tag != Tag::Mapping {
            return None;
        }
        self.document.value_of(id, key).map(|id| self.at(id))
    }

    /// The collection it stands in. Below an alias this is the collection in the anchored value.
    pub fn parent(self) -> Option<Node<'a>> {
        let parent = self.own().parent;
        (parent != NONE).then(|| self.at(parent))
    }

    /// The way from the root to it. A node reached through an alias has the path of the anchored value it belongs to.
    pub fn path(self) -> KeyPath {
        let mut steps = Vec::new();
        let mut node = self;
        while let Some(parent) = node.parent() {
            steps.push(match node.key() {
                Some(key) => Step::Key(key.into()),
                None => Step::Index(parent.items().take_while(|item| item.id != node.id).count() as u32),
            });
            node = parent;
        }
        steps.into_iter().rev().collect()
    }

    /// The value as a reader of this dialect sees it, and what is wrong with it. Where a scalar is at fault the value is its text.
    pub fn to_value(self, dialect: Dialect) -> (Value, Vec<Problem>) {
        crate::value::to_value(self, dialect)
    }

    /// The byte in the source that holds byte `offset` of the decoded text. `None` where escapes or folding part the two, or beyond the
    /// end; `offset` may be the length of the text.
    pub fn scalar_offset(self, offset: usize) -> Option<u32> {
        let record = self.target();
        let text = self.text()?;
        let rest = text.get(offset..)?;
        let source = &*self.document.source;
        let at = match record.style {
            Style::Literal => self.literal_offset(text, offset)?,
            Style::Folded => return None,
            Style::SingleQuoted | Style::DoubleQuoted => record.span.start as usize + 1 + offset,
            _ => record.span.start as usize + offset,
        };
        // Escapes, folding and line endings would show here: whatever lies between must be the same text.
        let same = match record.style {
            Style::Literal => rest.is_empty() || source.get(at..)?.chars().next() == rest.chars().next(),
            _ => source.get(at - offset..at)? == text.get(..offset)?,
        };
        let one = rest.chars().next().map_or(0, char::len_utf8);
        let same = same && (rest.starts_with('\n') || source.get(at..at + one)? == &rest[..one]);
        same.then(|| u32::try_from(at).ok()).flatten()
    }

    /// Finds a byte of a literal block: its lines stand in the source one by one, each behind the block's indentation.
    fn literal_offset(self, text: &str, offset: usize) -> Option<usize> {
        let source = &*self.document.source;
        let before = text.get(..offset)?;
        let line = before.matches('\n').count();
        let column = offset - before.rfind('\n').map_or(0, |at| at + 1);
        let block = source.get(self.target().span.range())?;
        let mut starts = block.match_indices('\n').map(|(at, _)| at + 1);
        let indent = {
            let first = text.split('\n').position(|line| !line.is_empty())?;
            let decoded = text.split('\n').nth(first)?;
            let raw = block.lines().nth(first + 1)?;
            raw.strip_suffix(decoded)?.len()
        };
        let start = starts.nth(line)?;
        let at = start + if column == 0 && text[offset..].starts_with('\n') { 0 } else { indent + column };
        Some(self.target().span.start as usize + at)
    }

    fn members(self, tag: Tag) -> Items<'a> {
        let id = self.document.resolve(self.id);
        let record = self.document.record(id);
        Items { document: self.document, next: if record.tag == tag { record.first } else { NONE } }
    }

    fn at(self, id: Id) -> Node<'a> {
        Node { document: self.document, id }
    }

    pub(crate) fn own(self) -> &'a Record {
        self.document.record(self.id)
    }

    pub(crate) fn target(self) -> &'a Record {
        self.document.record(self.document.resolve(self.id))
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let span = self.span();
        write!(f, "Node({:?} {}..{})", self.kind(), span.start, span.end)
    }
}

/// The items of a list.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    document: &'a Document,
    next: Id,
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        if self.next == NONE {
            return None;
        }
        let node = Node { document: self.document, id: self.next };
        self.next = node.own().next;
        Some(node)
    }
}

/// The entries of a mapping.
#[derive(Debug, Clone)]
pub struct Entries<'a>(Items<'a>);

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let node = self.0.next()?;
        Some((node.key().unwrap_or_default(), node))
    }
}
