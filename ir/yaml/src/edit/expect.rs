//! What a change means on the data alone. The text after an edit is held against it.

use catalyst_source::{KeyPath, Step};
use serde_json::{Map, Value};

use super::Change;

/// Makes a change to a value.
pub(super) fn change(root: &mut Value, path: &KeyPath, change: &Change) -> Result<(), String> {
    match change {
        Change::SetValue(value) => {
            *at(root, path.steps()).ok_or("there is no such value")? = value.clone();
        }
        Change::RenameKey(to) => {
            let (map, key) = entry(root, path)?;
            if !map.contains_key(key) {
                return Err("there is no such entry".to_owned());
            }
            if key != to && map.contains_key(to) {
                return Err(format!("there is an entry `{to}` already"));
            }
            *map = std::mem::take(map)
                .into_iter()
                .map(|(name, value)| if name == key { (to.clone(), value) } else { (name, value) })
                .collect();
        }
        Change::Remove => {
            let (last, parent) = path.steps().split_last().ok_or("a document cannot be removed")?;
            match (at(root, parent), last) {
                (Some(Value::Object(map)), Step::Key(key)) => {
                    map.shift_remove(&**key).ok_or("there is no such entry")?;
                }
                (Some(Value::Array(list)), Step::Index(index)) if (*index as usize) < list.len() => {
                    list.remove(*index as usize);
                }
                _ => return Err("there is no such value".to_owned()),
            }
        }
        Change::Insert { key, value } => {
            if at(root, path.steps()).is_none() {
                let (map, name) = entry(root, path)?;
                map.insert(name.to_owned(), Value::Object(Map::new()));
            }
            match at(root, path.steps()) {
                Some(Value::Array(list)) if key.is_empty() => list.push(value.clone()),
                Some(Value::Object(map)) if !map.contains_key(key) => {
                    map.insert(key.clone(), value.clone());
                }
                Some(empty @ Value::Null) => {
                    *empty = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
                }
                Some(Value::Object(_)) => return Err(format!("there is an entry `{key}` already")),
                _ => return Err("it is no mapping".to_owned()),
            }
        }
    }
    Ok(())
}

fn at<'v>(root: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps.iter().try_fold(root, |value, step| match step {
        Step::Key(key) => value.as_object_mut()?.get_mut(&**key),
        Step::Index(index) => value.as_array_mut()?.get_mut(*index as usize),
    })
}

/// The mapping that holds, or may hold, the entry at a path, and the entry's key.
fn entry<'v, 'p>(
    root: &'v mut Value,
    path: &'p KeyPath,
) -> Result<(&'v mut Map<String, Value>, &'p str), String> {
    let Some((Step::Key(key), parent)) = path.steps().split_last() else {
        return Err("it is no entry of a mapping".to_owned());
    };
    match at(root, parent) {
        Some(Value::Object(map)) => Ok((map, key)),
        _ => Err("there is no such mapping".to_owned()),
    }
}
