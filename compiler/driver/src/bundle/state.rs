//! What was accepted before, by Sovereign and line: a file of the site's own, that no bundle can write.

use catalyst_bundle::{Digest, json};
use catalyst_sign::Mark;
use catalyst_system::{IoError, IoErrorKind, read_file, write_named};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Accepted releases by Sovereign, then by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State(pub BTreeMap<String, BTreeMap<String, Mark>>);

/// Reads a state; `None` when there is no such file, which is not the same as a state without releases.
pub fn read_state(path: &Path) -> Result<Option<State>, IoError> {
    let bytes = match read_file(path, 1 << 20) {
        Err(error) if error.kind == IoErrorKind::Missing => return Ok(None),
        other => other?,
    };
    let damaged = || IoError {
        action: "read",
        path: path.to_path_buf(),
        kind: IoErrorKind::Other,
        text: "it is no record of accepted releases".to_owned(),
    };
    let value = json::parse(&bytes).map_err(|_| damaged())?;
    parse(&value).map(Some).ok_or_else(damaged)
}

fn parse(value: &Value) -> Option<State> {
    let mark = |(line, it): (&String, &Value)| {
        let digest = Digest::parse(it["digest"].as_str()?).ok()?;
        Some((line.clone(), Mark { sequence: it["sequence"].as_u64()?, digest }))
    };
    let lines = |(sovereign, it): (&String, &Value)| {
        let marks = it.as_object()?.iter().map(mark).collect::<Option<_>>()?;
        Some((sovereign.clone(), marks))
    };
    if value["version"] != 1 {
        return None;
    }
    value["accepted"].as_object()?.iter().map(lines).collect::<Option<_>>().map(State)
}

/// Writes a state; it is on the disk when this returns.
pub fn write_state(path: &Path, state: &State) -> Result<(), IoError> {
    let mark = |it: &Mark| json!({ "sequence": it.sequence, "digest": it.digest.to_string() });
    let lines = |it: &BTreeMap<String, Mark>| -> Value {
        it.iter().map(|(line, it)| (line.clone(), mark(it))).collect::<serde_json::Map<_, _>>().into()
    };
    let accepted: serde_json::Map<_, _> =
        state.0.iter().map(|(name, it)| (name.clone(), lines(it))).collect();
    let text = format!("{:#}\n", json!({ "version": 1, "accepted": accepted }));
    write_named(path, text.as_bytes())
}
