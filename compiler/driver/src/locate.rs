//! Places to positions, through the parsed files.

use crate::Project;
use catalyst_diag::{At, Diagnostic, Locate, Part, Place};
use catalyst_source::{KeyPath, Span, TreePath};
use catalyst_yaml::Node;
use std::sync::Arc;

/// Positions in the files of a project.
#[derive(Debug, Clone, Copy)]
pub struct Positions<'a>(pub &'a Project);

impl Positions<'_> {
    /// Text of `catalyst.lock` or `catalyst.pins`, which are no source files.
    fn written(&self, file: &TreePath) -> Option<Arc<str>> {
        let (db, files) = self.0.database();
        match file.as_str() {
            catalyst_system::LOCK_FILE => files.lock(db).clone(),
            catalyst_system::PINS_FILE => self.0.pins.clone(),
            _ => None,
        }
    }
}

impl Locate for Positions<'_> {
    fn text(&self, file: &TreePath) -> Option<Arc<str>> {
        match self.0.file(file) {
            Some(source) => Some(source.text(&self.0.db).clone()),
            None => self.written(file),
        }
    }

    fn span(&self, place: &Place) -> Option<Span> {
        match &place.at {
            At::File => None,
            At::Bytes(span) => Some(*span),
            At::Node { document, path, part, within } => {
                let owned;
                let parsed = match self.0.file(&place.file) {
                    Some(source) => catalyst_db::parsed(&self.0.db, source),
                    None => {
                        owned = catalyst_yaml::parse(&self.written(&place.file)?);
                        &owned
                    }
                };
                let document = parsed.documents.get(*document as usize)?;
                let Some(node) = document.find(path) else {
                    return Some(on_key(nearest_entry(document.root(), path)));
                };
                Some(match (part, within) {
                    (Part::Key, _) => on_key(node),
                    (Part::Value, Some(span)) => inside(node, *span).unwrap_or_else(|| value(node)),
                    (Part::Value, None) => value(node),
                })
            }
        }
    }
}

/// Puts findings of the same severity and file in the order of their lines, which a stable order by key path is not.
pub(crate) fn sort_by_line(project: &Project, diagnostics: &mut [Diagnostic]) {
    let positions = Positions(project);
    diagnostics.sort_by_cached_key(|it| {
        let start = positions.span(&it.primary.place).map(|span| span.start);
        (it.severity, it.primary.place.file.clone(), start)
    });
}

/// The deepest entry on the way to a node that does not exist.
fn nearest_entry<'a>(root: Node<'a>, path: &KeyPath) -> Node<'a> {
    let mut node = root;
    for step in path.steps() {
        let Some(next) = node.step(step) else { break };
        node = next;
    }
    node
}

/// The key of an entry; of a list item or a root, its first line's worth: the first key in it, or the value.
fn on_key(node: Node<'_>) -> Span {
    node.key_span()
        .or_else(|| node.entries().next().and_then(|(_, first)| first.key_span()))
        .unwrap_or_else(|| node.span())
}

/// A scalar whole; of a collection its key, since underlining a page says nothing.
fn value(node: Node<'_>) -> Span {
    if node.is_scalar() && !node.span().is_empty() { node.span() } else { on_key(node) }
}

/// Bytes inside of a scalar.
fn inside(node: Node<'_>, span: Span) -> Option<Span> {
    let start = node.scalar_offset(span.start as usize)?;
    let end = node.scalar_offset(span.end as usize)?;
    (start <= end).then(|| Span::new(start as usize, end as usize))
}
