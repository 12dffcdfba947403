//! One document of a file: the arena, the texts it points into, and access by path.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalyst_source::{KeyPath, Span, Step};
use serde_json::Value;

use crate::record::{Id, Record, Tag};
use crate::{Dialect, Node, Problem, Style};

/// One document. It holds the text it was read from, so its nodes lend their texts and spans.
///
/// Every document is finite and tree-like to those who walk it: an alias never leads back to a collection that holds it, and the whole
/// tree with all aliases followed keeps within the [`Limits`](crate::Limits) on depth and number of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(crate) source: Arc<str>,
    /// The bytes from the document's start (its marker, if it has one) to the start of the next.
    pub(crate) extent: Span,
    pub(crate) records: Vec<Record>,
    /// Text of scalars that do not stand in the source byte for byte.
    pub(crate) decoded: String,
    pub(crate) tags: Vec<ExplicitTag>,
    /// Values of mappings with many keys, ordered by key; ordered by mapping.
    pub(crate) indexes: Vec<(Id, Box<[Id]>)>,
    /// Entries before a merge key, and the merged values that go-yaml v2, and so kubectl, takes instead.
    pub(crate) overrides: BTreeMap<Id, Id>,
}

/// A tag as written and as resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExplicitTag {
    pub(crate) span: Span,
    /// `!!int` and the like in this short form, other tags as written.
    pub(crate) name: String,
}

impl Document {
    /// The root value; an empty document has a root of the empty scalar, which is null.
    pub fn root(&self) -> Node<'_> {
        Node { document: self, id: 0 }
    }

    /// The node at `path`.
    pub fn find(&self, path: &KeyPath) -> Option<Node<'_>> {
        path.steps().iter().try_fold(self.root(), Node::step)
    }

    /// The deepest node that exists on the way to `path`; the root if there is nothing else.
    pub fn nearest(&self, path: &KeyPath) -> Node<'_> {
        let mut node = self.root();
        for step in path.steps() {
            match node.step(step) {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// The value of the whole document as a reader of this dialect sees it.
    pub fn to_value(&self, dialect: Dialect) -> (Value, Vec<Problem>) {
        self.root().to_value(dialect)
    }

    /// The bytes of the document, from its `---` if it has one to the start of the next document or the end of the text.
    pub fn extent(&self) -> Span {
        self.extent
    }

    /// The comments of the document in order, each from its `#` to the end of its line. They are looked for when asked for.
    pub fn comments(&self) -> Vec<Span> {
        let inside = |comment: &Span| self.extent.start <= comment.start && comment.start < self.extent.end;
        let mut comments = crate::read::parse_as_written(&self.source).2.comments;
        comments.retain(inside);
        comments
    }

    /// The text of the file the document was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn record(&self, id: Id) -> &Record {
        // Ids come from this document's own records, so they are in range.
        &self.records[id as usize]
    }

    pub(crate) fn text(&self, record: &Record) -> &str {
        let range = record.first as usize..(record.first + record.len) as usize;
        let text = if record.decoded { self.decoded.get(range) } else { self.source.get(range) };
        text.unwrap_or_default()
    }

    pub(crate) fn key_text(&self, value: &Record) -> &str {
        self.text(self.record(value.key))
    }

    /// The explicit tag of a record.
    pub(crate) fn tag(&self, record: &Record) -> Option<&ExplicitTag> {
        self.tags.get(record.explicit_tag.checked_sub(1)? as usize)
    }

    /// Whether a key is the merge key: `<<` without quotes, with its own tag or none.
    pub(crate) fn is_merge_key(&self, key: Id) -> bool {
        let key = self.record(key);
        key.len == 2
            && key.style == Style::Plain
            && self.text(key) == "<<"
            && self.tag(key).is_none_or(|it| it.name == "!!merge")
    }

    /// The record an id finally stands for.
    pub(crate) fn resolve(&self, mut id: Id) -> Id {
        while self.record(id).tag == Tag::Alias {
            id = self.record(id).first;
        }
        id
    }

    /// The value under a key of a mapping record.
    pub(crate) fn value_of(&self, mapping: Id, key: &str) -> Option<Id> {
        if let Ok(at) = self.indexes.binary_search_by_key(&mapping, |(id, _)| *id) {
            let values = &self.indexes[at].1;
            let at = values.binary_search_by(|&id| self.key_text(self.record(id)).cmp(key)).ok()?;
            return values.get(at).copied();
        }
        let mut id = self.record(mapping).first;
        while id != crate::record::NONE {
            let record = self.record(id);
            if self.key_text(record) == key {
                return Some(id);
            }
            id = record.next;
        }
        None
    }
}

impl<'a> Node<'a> {
    /// The member that one step of a path leads to.
    pub fn step(self, step: &Step) -> Option<Node<'a>> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => self.items().nth(*index as usize),
        }
    }
}
