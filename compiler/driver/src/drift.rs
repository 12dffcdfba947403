//! `graph-drift`: a table of the graph in a document equals the graph.

use catalyst_diag::{At, Diagnostic, Locate, Place, rule};
use catalyst_graph::check_table;
use catalyst_plan::graph::Graph;
use catalyst_source::{Span, TreePath};
use std::path::Path;
use std::sync::Arc;

/// A document that is no file of the project, with findings about it.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its path, for people.
    pub path: TreePath,
    /// Its text.
    pub text: Arc<str>,
}

impl Document {
    /// A document at a path of the machine; it is shown by its path below the project, or by its name when it stands elsewhere.
    pub fn new(root: &Path, path: &Path, text: &str) -> Self {
        let below = path.strip_prefix(root).ok().and_then(Path::to_str).and_then(|it| TreePath::new(it).ok());
        let name = || path.file_name().and_then(|it| it.to_str()).and_then(|it| TreePath::new(it).ok());
        let path = below.or_else(name).unwrap_or_else(crate::fresh::project_file);
        Document { path, text: text.into() }
    }

    /// Every difference between the tables of the document and a graph, at its line.
    pub fn drift(&self, graph: &Graph) -> Vec<Diagnostic> {
        let at = |line| Place::bytes(&self.path, self.line(line));
        check_table(&self.text, graph)
            .into_iter()
            .map(|drift| {
                Diagnostic::new(&rule::GRAPH_DRIFT, at(drift.line), drift.text)
                    .help("put the table in place that `catalystc graph --as markdown` prints")
            })
            .collect()
    }

    /// The bytes of a line, without its end; of none that is there, the end of the text.
    fn line(&self, number: usize) -> Span {
        let mut start = 0;
        for (at, line) in self.text.split_inclusive('\n').enumerate() {
            if at + 1 == number {
                return Span::new(start, start + line.trim_end().len());
            }
            start += line.len();
        }
        Span::new(start, start)
    }
}

impl Locate for Document {
    fn text(&self, file: &TreePath) -> Option<Arc<str>> {
        (*file == self.path).then(|| self.text.clone())
    }

    fn span(&self, place: &Place) -> Option<Span> {
        match place.at {
            At::Bytes(span) => Some(span),
            At::File | At::Node { .. } => None,
        }
    }
}
