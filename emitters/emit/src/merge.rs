//! Merging of the trees of several emitters.

use catalyst_plan::EmittedTree;
use catalyst_source::TreePath;
use std::collections::BTreeMap;
use std::fmt;

/// A path that two emitters want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathConflict {
    /// The path that was not taken over.
    pub path: TreePath,
    /// The path it stands against: the same, or a file where the other needs a folder.
    pub against: TreePath,
    /// The emitter whose file stays.
    pub first: &'static str,
    /// The emitter whose file was left out.
    pub second: &'static str,
}

impl fmt::Display for PathConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PathConflict { path, against, first, second } = self;
        if path == against {
            write!(f, "`{path}` is written by `{first}` and by `{second}`")
        } else {
            write!(
                f,
                "`{second}` writes `{path}`, while `{first}` writes `{against}`: one is a folder of the other"
            )
        }
    }
}

impl std::error::Error for PathConflict {}

/// The tree of all emitters, and what did not fit into it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Merged {
    /// The files; of two at one path, the first emitter's.
    pub tree: EmittedTree,
    /// The others, by path.
    pub conflicts: Vec<PathConflict>,
}

/// Merges the trees of emitters, in their order. Takes files over without copying them.
pub fn merge(trees: impl IntoIterator<Item = (&'static str, EmittedTree)>) -> Merged {
    let mut trees: Vec<(&'static str, EmittedTree)> = trees.into_iter().collect();
    let mut merged = Merged::default();
    if is_apart(&trees) {
        for (_, tree) in &mut trees {
            merged.tree.files.append(&mut tree.files);
        }
        return merged;
    }
    let mut owners: BTreeMap<TreePath, &'static str> = BTreeMap::new();
    for (name, tree) in trees {
        for (path, file) in tree.files {
            if let Some((against, first)) = in_the_way(&owners, &path) {
                merged.conflicts.push(PathConflict { path, against, first, second: name });
            } else {
                owners.insert(path.clone(), name);
                merged.tree.files.insert(path, file);
            }
        }
    }
    merged.conflicts.sort_by(|a, b| (&a.path, a.second).cmp(&(&b.path, b.second)));
    merged
}

/// Whether no file has the path of another or stands where another needs a folder. Paths are ordered by component, so of two such files
/// one follows the other at once, and a look at neighbours will do.
fn is_apart(trees: &[(&'static str, EmittedTree)]) -> bool {
    let mut paths: Vec<&TreePath> = trees.iter().flat_map(|(_, tree)| tree.files.keys()).collect();
    paths.sort();
    paths.windows(2).all(|pair| pair[0] != pair[1] && !pair[1].is_within(pair[0].as_str()))
}

/// The file that keeps a path from being written: one of the same path, above it, or below it.
fn in_the_way(
    owners: &BTreeMap<TreePath, &'static str>,
    path: &TreePath,
) -> Option<(TreePath, &'static str)> {
    let known = |path: &TreePath| owners.get_key_value(path).map(|(path, name)| (path.clone(), *name));
    let above = || std::iter::successors(path.parent(), TreePath::parent).find_map(|folder| known(&folder));
    // Paths are ordered by component, so what stands below a path follows it at once.
    let below = || {
        let (next, name) = owners.range(path..).next()?;
        next.is_within(path.as_str()).then(|| (next.clone(), *name))
    };
    known(path).or_else(above).or_else(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_plan::{Body, EmittedFile};

    fn tree(paths: &[&str]) -> EmittedTree {
        let file = |text: &str| EmittedFile { header: vec![], body: Body::Text(text.into()) };
        EmittedTree { files: paths.iter().map(|path| (TreePath::new(path).unwrap(), file(path))).collect() }
    }

    #[test]
    fn trees_that_stand_apart_are_one() {
        let merged =
            merge([("flux", tree(&["s/a", "s/b/c"])), ("gitea", tree(&["s/a.x", "s/b-c", "s/b/d"]))]);
        let kept: Vec<_> = merged.tree.files.keys().map(TreePath::as_str).collect();
        assert_eq!(kept, ["s/a", "s/a.x", "s/b/c", "s/b/d", "s/b-c"]);
        assert_eq!(merged.conflicts, []);
    }

    #[test]
    fn one_path_has_one_writer() {
        let merged =
            merge([("flux", tree(&["s/a", "s/b/c"])), ("gitea", tree(&["s/a", "s/a/x", "s/b", "s/d"]))]);
        let kept: Vec<_> = merged.tree.files.keys().map(TreePath::as_str).collect();
        assert_eq!(kept, ["s/a", "s/b/c", "s/d"]);
        let told: Vec<_> = merged.conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`s/a` is written by `flux` and by `gitea`",
                "`gitea` writes `s/a/x`, while `flux` writes `s/a`: one is a folder of the other",
                "`gitea` writes `s/b`, while `flux` writes `s/b/c`: one is a folder of the other",
            ]
        );
    }
}
