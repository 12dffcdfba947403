//! Rendered objects as a folder, which is replaced as a whole: what an earlier render wrote goes, and files of others are never touched.
//!
//! The folder lists its own files in `rendered.json`, by which the next render knows that it may replace them.

use catalyst_source::TreePath;
use catalyst_system::{Delivery, Foreign, IoError, IoErrorKind, foreign, names, read_file};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The file that lists the others.
const LIST: &str = "rendered.json";
/// Largest list that is read.
const MOST: u64 = 64 << 20;

/// Writes files of these names and texts to a folder that is not there, is empty, or holds what an earlier call wrote.
pub fn write_renders(folder: &Path, files: &[(String, String)]) -> Result<(), IoError> {
    let refused = |kind, text: String| IoError { action: "write to", path: folder.to_path_buf(), kind, text };
    let delivery = Delivery::begin(folder)?;
    if let Some(found) = first_of_others(folder) {
        let text = format!("it holds `{found}`, which no render wrote; name another folder, or take it away");
        return Err(refused(IoErrorKind::Refused, text));
    }
    for (name, text) in files {
        let path =
            TreePath::new(name).map_err(|error| refused(IoErrorKind::LeavesTree, error.to_string()))?;
        delivery.write(&path, text.as_bytes())?;
    }
    let list: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let list = format!("{:#}\n", json!({ "version": 1, "files": list }));
    delivery.write(&TreePath::new(LIST).unwrap_or_else(|error| unreachable!("{error}")), list.as_bytes())?;
    delivery.commit(Foreign::Drop)?;
    Ok(())
}

/// A file that stands in a folder and on no list of an earlier render.
fn first_of_others(folder: &Path) -> Option<String> {
    names(folder)?;
    let list = read_file(&folder.join(LIST), MOST).ok();
    let list: Value = list.and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default();
    let listed = list["files"].as_array().filter(|_| list["version"] == 1);
    let mut own: BTreeSet<&str> = listed.into_iter().flatten().filter_map(Value::as_str).collect();
    if listed.is_some() {
        own.insert(LIST);
    }
    foreign(folder, &|path| own.contains(path.as_str())).first().map(ToString::to_string)
}
