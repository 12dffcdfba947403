use std::fmt;
use std::sync::Arc;

/// One step from a collection to a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The entry of a mapping with this key.
    Key(Arc<str>),
    /// The item of a sequence at this index, from 0.
    Index(u32),
}

/// The way from the root of a document to one of its nodes. Holds no positions: an edit elsewhere in the file leaves it unchanged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyPath(Vec<Step>);

impl KeyPath {
    /// The root of the document.
    pub fn root() -> Self {
        KeyPath::default()
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the mapping entry `key` below this node.
    pub fn key(&self, key: impl AsRef<str>) -> Self {
        self.with(Step::Key(key.as_ref().into()))
    }

    /// The path of item `index` below this node.
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index as u32))
    }

    /// This path and one step more.
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        KeyPath(steps)
    }

    /// This path followed by all steps of `below`.
    pub fn join(&self, below: &KeyPath) -> Self {
        KeyPath(self.0.iter().chain(&below.0).cloned().collect())
    }

    /// The node that holds this one; the root's parent is `None`.
    pub fn parent(&self) -> Option<KeyPath> {
        let (_, rest) = self.0.split_last()?;
        Some(KeyPath(rest.to_vec()))
    }

    /// The last step.
    pub fn last(&self) -> Option<&Step> {
        self.0.last()
    }

    /// Reads the form that `Display` writes: `spec.depends[0].version`; a key with a dot or bracket stands in `["…"]`.
    /// Returns `None` when the text has no such form.
    pub fn parse(text: &str) -> Option<KeyPath> {
        let mut path = KeyPath::root();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[\"") {
                let (key, tail) = after.split_once("\"]")?;
                path = path.key(key);
                rest = tail;
            } else if let Some(after) = rest.strip_prefix('[') {
                let (index, tail) = after.split_once(']')?;
                path = path.index(index.parse().ok()?);
                rest = tail;
            } else {
                let after = if path.is_root() { rest } else { rest.strip_prefix('.')? };
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return None;
                }
                path = path.key(&after[..end]);
                rest = &after[end..];
            }
        }
        Some(path)
    }

    /// Reads a JSON pointer (RFC 6901). Whether a numeric token is a key or an index is asked of `is_list`, which gets the path so far.
    pub fn from_pointer(pointer: &str, mut is_list: impl FnMut(&KeyPath) -> bool) -> KeyPath {
        let mut path = KeyPath::root();
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            path = match token.parse::<u32>() {
                Ok(index) if is_list(&path) => path.with(Step::Index(index)),
                _ => path.key(token),
            };
        }
        path
    }
}

impl FromIterator<Step> for KeyPath {
    fn from_iter<T: IntoIterator<Item = Step>>(iter: T) -> Self {
        KeyPath(iter.into_iter().collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '"']) => {
                    write!(f, "[\"{key}\"]")?
                }
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let path = KeyPath::root().key("spec").key("a.b/c").index(3).key("x");
        assert_eq!(path.to_string(), "spec[\"a.b/c\"][3].x");
        assert_eq!(KeyPath::parse(&path.to_string()), Some(path));
        assert_eq!(KeyPath::parse("a..b"), None);
        assert_eq!(KeyPath::parse("a[x]"), None);
    }

    #[test]
    fn pointers_keep_numeric_keys() {
        let path = KeyPath::from_pointer("/a/0/b~1c", |p| p.to_string() == "a");
        assert_eq!(path.to_string(), "a[0].b/c");
        assert_eq!(KeyPath::from_pointer("/a/0", |_| false), KeyPath::root().key("a").key("0"));
    }
}
