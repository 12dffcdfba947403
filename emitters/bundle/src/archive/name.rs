//! Names of entries: what every file system, shell and reader takes for the same name, or a refusal.

use super::{ArchiveError, Limits, Refusal};
use catalyst_source::TreePath;

/// Longest name, and longest component of one.
const LONGEST: usize = 1024;
const COMPONENT: usize = 255;

/// Names that are devices on some system, whatever their ending.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// The path that a name means; `None` for the folder that everything is in. Leading `./` and the trailing `/` of folders are as good as
/// absent, every writer has its own habit there.
pub(super) fn path_of(raw: &[u8], limits: &Limits) -> Result<Option<TreePath>, ArchiveError> {
    let refuse = |refusal: Refusal| Err(refusal.of(raw));
    if raw.is_empty() || raw.len() > LONGEST || !raw.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return refuse(Refusal::BadName);
    }
    if raw.starts_with(b"/") {
        return refuse(Refusal::LeavesFolder);
    }
    // Printable ASCII, as seen above.
    let Ok(text) = std::str::from_utf8(raw) else { return refuse(Refusal::BadName) };
    let text = text.strip_prefix("./").unwrap_or(text);
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.is_empty() || text == "." {
        return Ok(None);
    }
    for component in text.split('/') {
        if component == ".." {
            return refuse(Refusal::LeavesFolder);
        }
        if !is_portable(component) {
            return refuse(Refusal::BadName);
        }
    }
    match TreePath::new(text) {
        Ok(path) if path.components().count() > limits.depth + 1 => refuse(Refusal::TooDeep),
        Ok(path) => Ok(Some(path)),
        Err(_) => refuse(Refusal::BadName),
    }
}

fn is_portable(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or(component).trim_end().to_ascii_lowercase();
    !component.is_empty()
        && component.len() <= COMPONENT
        && component != "."
        && !component.contains(['\\', ':'])
        && !component.ends_with(['.', ' '])
        && !DEVICES.contains(&stem.as_str())
}
