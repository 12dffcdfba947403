use std::fmt;
use std::sync::Arc;

/// A path below the project root: relative, separated by `/`, without `.`, `..` or empty components, without control characters.
/// Ordered by its components, so that a folder's files stand together.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TreePath(Arc<str>);

/// Why a text is no [`TreePath`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreePathError {
    /// Nothing at all.
    Empty,
    /// It starts at the root of a file system.
    Absolute,
    /// It contains `.`, `..` or an empty component.
    NotNormal,
    /// It contains a control character or a backslash.
    BadCharacter(char),
}

impl fmt::Display for TreePathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TreePathError::Empty => f.write_str("the path is empty"),
            TreePathError::Absolute => f.write_str("the path is absolute"),
            TreePathError::NotNormal => f.write_str("the path has an empty, `.` or `..` component"),
            TreePathError::BadCharacter(c) => write!(f, "the path contains {c:?}"),
        }
    }
}

impl std::error::Error for TreePathError {}

impl TreePath {
    /// Accepts a path in normal form, else says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, TreePathError> {
        if text.is_empty() {
            return Err(TreePathError::Empty);
        }
        if text.starts_with('/') {
            return Err(TreePathError::Absolute);
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() || *c == '\\') {
            return Err(TreePathError::BadCharacter(bad));
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(TreePathError::NotNormal);
        }
        Ok(TreePath(text.into()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components, outermost first; never empty.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder that holds the file; `None` at the top.
    pub fn parent(&self) -> Option<TreePath> {
        self.0.rsplit_once('/').map(|(parent, _)| TreePath(parent.into()))
    }

    /// A path below this one.
    pub fn join(&self, below: &str) -> Result<TreePath, TreePathError> {
        TreePath::new(below)?;
        Ok(TreePath(format!("{}/{below}", self.0).into()))
    }

    /// Whether this path is `folder` or stands below it.
    pub fn is_within(&self, folder: &str) -> bool {
        self.0.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Ord for TreePath {
    /// As if component by component, in one pass: the end comes first, then `/`, then every other byte.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        match a.iter().zip(b).find(|(x, y)| x != y) {
            Some((x, y)) => (*x != b'/', x).cmp(&(*y != b'/', y)),
            None => a.len().cmp(&b.len()),
        }
    }
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_whatever_could_leave_the_tree() {
        for bad in ["", "/etc", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "a\nb", "a\u{0}"] {
            assert!(TreePath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(TreePath::new("a/b.yaml").unwrap().file_name(), "b.yaml");
    }

    #[test]
    fn orders_by_component() {
        let mut paths: Vec<_> = ["a-b/c", "a/z", "a/b"].map(|p| TreePath::new(p).unwrap()).into();
        paths.sort();
        assert_eq!(paths.iter().map(TreePath::as_str).collect::<Vec<_>>(), ["a/b", "a/z", "a-b/c"]);
        let paths = ["a", "a/b", "a/b/c", "a-b", "ab", "a b/c", "b", "a/b-c", "é/a", "é", "a/é"];
        for (a, b) in paths.iter().flat_map(|a| paths.map(|b| (*a, b))) {
            let (x, y) = (TreePath::new(a).unwrap(), TreePath::new(b).unwrap());
            assert_eq!(x.cmp(&y), x.components().cmp(y.components()), "{a} {b}");
        }
    }
}
