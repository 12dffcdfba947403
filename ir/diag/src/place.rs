use catalyst_source::{KeyPath, Span, TreePath};

/// Which part of a node a label underlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The key of a mapping entry.
    Key,
    /// The value.
    Value,
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// The file as such.
    File,
    /// These bytes; only for what is known before a tree exists, such as syntax errors.
    Bytes(Span),
    /// A node of a document.
    Node {
        /// Which document of the file, from 0.
        document: u32,
        /// The way to the node.
        path: KeyPath,
        /// Its key or its value.
        part: Part,
        /// Bytes within the decoded scalar, for instance one name in an expression.
        within: Option<Span>,
    },
}

/// A place in the source: a file and where in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: TreePath,
    /// Where in the file.
    pub at: At,
}

impl Place {
    /// A whole file.
    pub fn file(file: &TreePath) -> Self {
        Place { file: file.clone(), at: At::File }
    }

    /// Bytes of a file.
    pub fn bytes(file: &TreePath, span: Span) -> Self {
        Place { file: file.clone(), at: At::Bytes(span) }
    }

    /// The value at `path` in document `document`.
    pub fn value(file: &TreePath, document: u32, path: KeyPath) -> Self {
        Place { file: file.clone(), at: At::Node { document, path, part: Part::Value, within: None } }
    }

    /// The key at `path` in document `document`.
    pub fn key(file: &TreePath, document: u32, path: KeyPath) -> Self {
        Place { file: file.clone(), at: At::Node { document, path, part: Part::Key, within: None } }
    }

    /// The path in the document, the root when the place is not a node.
    pub fn path(&self) -> KeyPath {
        match &self.at {
            At::Node { path, .. } => path.clone(),
            _ => KeyPath::root(),
        }
    }

    /// The value below this one; a place that is no node stays as it is.
    pub fn child(&self, key: &str) -> Self {
        self.below(&KeyPath::root().key(key))
    }

    /// The item of this list.
    pub fn item(&self, index: usize) -> Self {
        self.below(&KeyPath::root().index(index))
    }

    /// The value at a path below this one.
    pub fn below(&self, below: &KeyPath) -> Self {
        match &self.at {
            At::Node { document, path, .. } => Place::value(&self.file, *document, path.join(below)),
            _ => self.clone(),
        }
    }

    /// The key of this entry instead of its value.
    pub fn on_key(&self) -> Self {
        let mut place = self.clone();
        if let At::Node { part, within, .. } = &mut place.at {
            *part = Part::Key;
            *within = None;
        }
        place
    }

    /// Bytes of the decoded scalar at this place.
    pub fn within(&self, span: Span) -> Self {
        let mut place = self.clone();
        if let At::Node { within, .. } = &mut place.at {
            *within = Some(span);
        }
        place
    }
}

/// Finds texts and positions for places. The driver answers from its parsed files.
pub trait Locate {
    /// The text of a file, `None` when the file is not part of the project.
    fn text(&self, file: &TreePath) -> Option<std::sync::Arc<str>>;
    /// The bytes a place stands for. A node that does not exist gives its nearest existing ancestor.
    fn span(&self, place: &Place) -> Option<Span>;
}
