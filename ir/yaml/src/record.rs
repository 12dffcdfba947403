//! How a document lies in memory: one flat arena of records, linked by numbers. Because nothing owns anything, clone and drop are plain
//! copies of vectors and need no stack, however deep the document.

use catalyst_source::Span;

use crate::Style;

/// The number of a record in its document.
pub(crate) type Id = u32;

/// Stands for "no record".
pub(crate) const NONE: Id = u32::MAX;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Scalar,
    Sequence,
    Mapping,
    /// Stands for another record, which never contains this one.
    Alias,
}

/// One value, or one key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) tag: Tag,
    pub(crate) style: Style,
    /// The scalar's text lies in [`Document::decoded`](crate::Document), not in the source.
    pub(crate) decoded: bool,
    /// An alias made by a merge key: its key is borrowed from another mapping.
    pub(crate) merged: bool,
    pub(crate) span: Span,
    pub(crate) parent: Id,
    /// The next value in the same collection.
    pub(crate) next: Id,
    /// The key, when this is a value in a mapping.
    pub(crate) key: Id,
    /// A collection's first value, a scalar's first byte of text, or an alias's target.
    pub(crate) first: u32,
    /// A collection's number of values or a scalar's number of bytes.
    pub(crate) len: u32,
    /// Index into the document's tags, from 1; 0 is none.
    pub(crate) explicit_tag: u32,
}

impl Record {
    pub(crate) fn new(tag: Tag, style: Style, span: Span, parent: Id) -> Self {
        Record {
            tag,
            style,
            decoded: false,
            merged: false,
            span,
            parent,
            next: NONE,
            key: NONE,
            first: NONE,
            len: 0,
            explicit_tag: 0,
        }
    }
}
