//! A small project for tests: files by path, places by the text they hold.

use super::{Format, Options, render};
use crate::{Diagnostic, Locate, Place};
use catalyst_source::{Span, TreePath};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files in memory. Places of bytes are found as they are, nodes where [`Project::node`] put them.
#[derive(Default)]
pub(super) struct Project {
    files: BTreeMap<TreePath, Arc<str>>,
    nodes: Vec<(Place, Span)>,
}

pub(super) fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

impl Project {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(file, text)| (path(file), Arc::from(*text))).collect();
        Project { files, nodes: Vec::new() }
    }

    /// Lets a place stand for the first occurrence of `text` in its file.
    pub(super) fn node(mut self, place: &Place, text: &str) -> Self {
        let Place { at: crate::At::Bytes(span), .. } = self.at(place.file.as_str(), text) else {
            return self;
        };
        self.nodes.push((place.clone(), span));
        self
    }

    /// The first occurrence of `text` in a file.
    pub(super) fn at(&self, file: &str, text: &str) -> Place {
        let start = self.files[&path(file)].find(text).unwrap();
        Place::bytes(&path(file), Span::new(start, start + text.len()))
    }

    /// Renders without colour on a terminal of 100 columns.
    pub(super) fn render(&self, format: Format, diagnostics: &[Diagnostic]) -> String {
        render(format, diagnostics, self, &PLAIN)
    }
}

pub(super) const PLAIN: Options<'static> =
    Options { color: false, width: 100, show_all: false, tool_version: "1.2.3" };

impl Locate for Project {
    fn text(&self, file: &TreePath) -> Option<Arc<str>> {
        self.files.get(file).cloned()
    }

    fn span(&self, place: &Place) -> Option<Span> {
        match place.at {
            crate::At::Bytes(span) => Some(span),
            _ => self.nodes.iter().find(|(known, _)| known == place).map(|(_, span)| *span),
        }
    }
}
