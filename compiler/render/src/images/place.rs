//! Places of images that Blueprints declare: kinds of objects with paths, in which a step may stand for many nodes.

use catalyst_helm::Object;
use catalyst_model::{ImagePlace, KindPattern};
use catalyst_plan::digest;
use catalyst_source::KeyPath;
use serde_json::Value;

/// Places of images in the objects of one chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImagePlaces {
    places: Vec<Place>,
    key: String,
}

/// A place in its checked form.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    kind: KindPattern,
    path: Vec<Part>,
    pub(super) prefix: Option<String>,
    /// Whether it stands for every key of a mapping, so that other texts than images are among them.
    pub(super) is_open: bool,
    /// Whether what stands there is an image.
    pub(super) is_image: bool,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// The entry with this key.
    Key(String),
    /// Every entry of a mapping.
    AnyKey,
    /// Every item of a list.
    Each,
    /// The items whose field has this value; a `*` at its end stands for any rest.
    With(String, String),
}

impl ImagePlaces {
    /// Places as Blueprints declare them. What is no place is left out: the schema has refused it.
    pub fn new<'p>(places: impl IntoIterator<Item = &'p ImagePlace>) -> ImagePlaces {
        let read = |it: &ImagePlace| {
            let path = parts(&it.path)?;
            Some(Place {
                kind: it.kind.parse().ok()?,
                is_open: path.last() == Some(&Part::AnyKey),
                path,
                prefix: it.prefix.clone(),
                is_image: it.not_image.is_none(),
            })
        };
        let declared: Vec<&ImagePlace> = places.into_iter().collect();
        let key = serde_json::to_vec(&declared).unwrap_or_default();
        ImagePlaces { places: declared.into_iter().filter_map(read).collect(), key: digest(&key) }
    }

    /// SHA-256 of what was declared: with other places other images may be found.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The nodes of an object that stand at one of the places. One whose text lacks the prefix does not.
    pub(super) fn of<'o>(&self, object: &'o Object) -> Vec<(&Place, KeyPath, &'o Value)> {
        let mut found = Vec::new();
        for place in self.places.iter().filter(|it| it.kind.matches(object.kind(), object.group())) {
            let mut nodes = Vec::new();
            collect(&object.value, &place.path, &KeyPath::root(), &mut nodes);
            let has_prefix = |value: &Value| match (&place.prefix, value) {
                (Some(prefix), Value::String(text)) => text.starts_with(prefix.as_str()),
                (Some(_), _) => false,
                (None, _) => true,
            };
            found.extend(
                nodes.into_iter().filter(|(_, it)| has_prefix(it)).map(|(path, it)| (place, path, it)),
            );
        }
        found
    }
}

fn collect<'o>(value: &'o Value, path: &[Part], at: &KeyPath, found: &mut Vec<(KeyPath, &'o Value)>) {
    let Some((part, rest)) = path.split_first() else {
        found.push((at.clone(), value));
        return;
    };
    match (part, value) {
        (Part::Key(key), Value::Object(map)) => {
            map.get(key).into_iter().for_each(|below| collect(below, rest, &at.key(key), found));
        }
        (Part::AnyKey, Value::Object(map)) => {
            map.iter().for_each(|(key, below)| collect(below, rest, &at.key(key), found));
        }
        (Part::Each | Part::With(..), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| part.is_of(item)) {
                collect(item, rest, &at.index(index), found);
            }
        }
        _ => {}
    }
}

impl Part {
    /// Whether an item of a list is meant.
    fn is_of(&self, item: &Value) -> bool {
        let Part::With(key, wanted) = self else { return true };
        let Some(text) = item.get(key).and_then(Value::as_str) else { return false };
        wanted.strip_suffix('*').map_or(text == wanted, |start| text.starts_with(start))
    }
}

/// Reads a path; `None` when it is none.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let (key, tail) = after.split_once("\"]")?;
            parts.push(Part::Key(key.to_owned()));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inner, tail) = after.split_once(']')?;
            parts.push(match inner.split_once('=') {
                Some((key, value)) => Part::With(key.to_owned(), value.to_owned()),
                None if inner.is_empty() => Part::Each,
                None => return None,
            });
            rest = tail;
        } else {
            let after = if parts.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = after.find(['.', '[']).unwrap_or(after.len());
            parts.push(match &after[..end] {
                "" => return None,
                "*" => Part::AnyKey,
                key => Part::Key(key.to_owned()),
            });
            rest = &after[end..];
        }
    }
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        let read = |text: &str| parts(text).map(|it| it.len());
        assert_eq!(read("spec.containers[].env[name=A_*].value"), Some(6));
        assert_eq!(read("data[\"a.b\"]"), Some(2));
        assert_eq!(read("spec.*.image"), Some(3));
        for wrong in ["", "a..b", "a[0]", "a[", ".a", "a."] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
