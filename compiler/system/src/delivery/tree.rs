//! What is in an output tree.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use catalyst_source::TreePath;

use crate::error::{IoError, IoErrorKind};
use crate::meta::Meta;

/// One entry of a tree that is no folder.
pub(super) struct Entry {
    /// Relative to the tree, in the system's form.
    pub(super) below: PathBuf,
    /// The same as a tree path, unless the name cannot be one.
    pub(super) path: Option<TreePath>,
    pub(super) full: PathBuf,
    pub(super) metadata: std::fs::Metadata,
}

/// Calls `each` for everything below that is no folder, sorted by name within each folder. Links are entries, never followed. Hidden names
/// count: a tree holds whatever it holds.
pub(super) fn visit(tree: &Path, each: &mut dyn FnMut(Entry) -> Result<(), IoError>) -> Result<(), IoError> {
    visit_folder(tree, &PathBuf::new(), each)
}

fn visit_folder(
    tree: &Path,
    folder: &Path,
    each: &mut dyn FnMut(Entry) -> Result<(), IoError>,
) -> Result<(), IoError> {
    let full = tree.join(folder);
    let error = |e: std::io::Error| IoError::from_io("list", &full, &e);
    let listed = match std::fs::read_dir(&full) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.map_err(error)?,
    };
    let mut entries = listed.collect::<Result<Vec<_>, _>>().map_err(error)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let below = folder.join(entry.file_name());
        let metadata = match entry.metadata() {
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            other => other.map_err(error)?,
        };
        if metadata.is_dir() {
            visit_folder(tree, &below, each)?;
        } else {
            let path = below.to_str().and_then(|text| TreePath::new(text).ok());
            each(Entry { full: entry.path(), below, path, metadata })?;
        }
    }
    Ok(())
}

/// What is done with each entry: its path where it has a legal one, and what the file system says of it.
type Visit<'a> = &'a mut dyn FnMut(Option<TreePath>, &std::fs::Metadata) -> Result<(), IoError>;

/// Calls `each` for everything below one folder of a tree that is no folder, with its path in the tree unless the name cannot be one.
pub(crate) fn visit_files(tree: &Path, folder: &TreePath, each: Visit<'_>) -> Result<(), IoError> {
    visit_folder(tree, Path::new(folder.as_str()), &mut |entry| each(entry.path, &entry.metadata))
}

/// Every file in a tree with its meta, sorted; empty when there is no tree. Links and special files are listed with their own meta; names
/// that no [`TreePath`] can hold are left out.
pub fn list_tree(tree: &Path) -> Result<Vec<(TreePath, Meta)>, IoError> {
    let mut files = Vec::new();
    visit(tree, &mut |entry| {
        files.extend(entry.path.map(|path| (path, Meta::of(&entry.metadata))));
        Ok(())
    })?;
    files.sort();
    Ok(files)
}

/// Every file in a tree, sorted, of one that holds nothing else: an error when there is a link, a special file, or a name that no
/// [`TreePath`] can hold.
pub fn list_plain(tree: &Path) -> Result<Vec<TreePath>, IoError> {
    let mut files = Vec::new();
    visit(tree, &mut |entry| {
        let odd = |text| IoError::new("read", &entry.full, IoErrorKind::Refused, text);
        if !entry.metadata.is_file() {
            return Err(odd("it is neither a file nor a folder"));
        }
        files.push(entry.path.ok_or_else(|| odd("its name is not accepted"))?);
        Ok(())
    })?;
    files.sort();
    Ok(files)
}

/// Files in the destination that no index knows, sorted. An unreadable or missing destination has none that could be named.
pub fn foreign(dest: &Path, known: &dyn Fn(&TreePath) -> bool) -> Vec<TreePath> {
    let files = list_tree(dest).unwrap_or_default();
    files.into_iter().map(|(path, _)| path).filter(|path| !known(path)).collect()
}
