//! Fields of a parsed document.

use super::{LARGEST_MANIFEST, MOST_ENTRIES, OciError};
use crate::json::parse;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) type Object = Map<String, Value>;

/// Parses a document with schema version 2 that is of one of the types, where it says so.
pub(super) fn document(bytes: &[u8], media_type: &str) -> Result<Object, OciError> {
    if bytes.len() as u64 > LARGEST_MANIFEST {
        return Err(OciError::TooLarge);
    }
    let Value::Object(object) = parse(bytes).map_err(OciError::Json)? else {
        return Err(OciError::Field("schemaVersion"));
    };
    if object.get("schemaVersion").and_then(Value::as_u64) != Some(2) {
        return Err(OciError::Field("schemaVersion"));
    }
    // Helm writes none.
    if let Some(found) = text(&object, "mediaType")?
        && found != media_type
    {
        return Err(OciError::MediaType { wanted: media_type.to_owned(), found });
    }
    if object.contains_key("manifests") && (object.contains_key("layers") || object.contains_key("config")) {
        return Err(OciError::Ambiguous);
    }
    Ok(object)
}

pub(super) fn text(object: &Object, name: &'static str) -> Result<Option<String>, OciError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(OciError::Field(name)),
    }
}

pub(super) fn list<'a>(object: &'a Object, name: &'static str) -> Result<&'a [Value], OciError> {
    match object.get(name) {
        Some(Value::Array(items)) if items.len() > MOST_ENTRIES => Err(OciError::TooManyEntries),
        Some(Value::Array(items)) => Ok(items),
        _ => Err(OciError::Field(name)),
    }
}

pub(super) fn annotations(object: &Object) -> Result<BTreeMap<String, String>, OciError> {
    let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    match object.get("annotations") {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(map)) => {
            map.iter().map(pair).collect::<Option<_>>().ok_or(OciError::Field("annotations"))
        }
        Some(_) => Err(OciError::Field("annotations")),
    }
}
