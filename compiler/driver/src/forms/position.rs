//! Places as lines and columns, for readers that have no parser.

use crate::{Positions, Project};
use catalyst_diag::{At, Locate, Place};
use catalyst_source::{LineIndex, TreePath};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Position {
    /// Path of the file, from the root of the project.
    pub file: String,
    /// Key path in it; empty for the document as a whole.
    pub path: String,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// Looks positions up, each file's lines counted once.
pub(super) struct Finder<'p> {
    positions: Positions<'p>,
    files: BTreeMap<TreePath, Option<(Arc<str>, LineIndex)>>,
}

impl<'p> Finder<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Finder { positions: Positions(project), files: BTreeMap::new() }
    }

    pub(super) fn find(&mut self, place: &Place) -> Position {
        let positions = self.positions;
        let file = self.files.entry(place.file.clone()).or_insert_with(|| {
            let text = positions.text(&place.file)?;
            let lines = LineIndex::new(&text);
            Some((text, lines))
        });
        let at =
            file.as_ref().and_then(|(text, lines)| Some(lines.line_col(text, positions.span(place)?.start)));
        let path = match &place.at {
            At::Node { path, .. } => path.to_string(),
            _ => String::new(),
        };
        Position {
            file: place.file.to_string(),
            path,
            line: at.as_ref().map(|it| it.line),
            column: at.as_ref().map(|it| it.column),
        }
    }
}
