//! Source text as the compiler sees it: where a file stands in the tree, byte spans in it, lines and columns, and paths of keys inside a
//! document.
//!
//! This crate knows no file system. A [`TreePath`] is relative to the project root, so moving a project cannot change what it compiles to.

mod key_path;
mod lines;
mod span;
mod tree_path;

pub use key_path::{KeyPath, Step};
pub use lines::{LineCol, LineIndex};
pub use span::Span;
pub use tree_path::{TreePath, TreePathError};

use std::sync::Arc;

/// One source file: its place in the tree and its whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// Where the file stands, relative to the project root.
    pub path: TreePath,
    /// The text, UTF-8, byte order mark removed.
    pub text: Arc<str>,
}
