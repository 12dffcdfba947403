//! Values during evaluation. They borrow from the variables and from the tree wherever they can, so that reading one field of a large
//! config copies nothing.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use serde_json::Value as Json;

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(Text<'a>),
    List(List<'a>),
    Map(Map<'a>),
    Optional(Option<Rc<Value<'a>>>),
}

#[derive(Debug, Clone)]
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Rc<str>),
}

#[derive(Debug, Clone)]
pub(crate) enum List<'a> {
    Json(&'a [Json]),
    Owned(Rc<[Value<'a>]>),
}

#[derive(Debug, Clone)]
pub(crate) enum Map<'a> {
    Json(&'a serde_json::Map<String, Json>),
    Owned(Rc<BTreeMap<Text<'a>, Value<'a>>>),
}

impl<'a> Value<'a> {
    /// A view of JSON; the message of an integer that CEL cannot hold.
    pub(crate) fn of(json: &'a Json) -> Result<Value<'a>, String> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(value), _) => Value::Int(value),
                (None, Some(value)) if number.is_f64() => Value::Double(value),
                _ => return Err(format!("{number} does not fit into a signed 64-bit integer")),
            },
            Json::String(text) => Value::String(Text::Borrowed(text)),
            Json::Array(elements) => Value::List(List::Json(elements)),
            Json::Object(fields) => Value::Map(Map::Json(fields)),
        })
    }

    pub(crate) fn text(text: impl Into<Rc<str>>) -> Value<'a> {
        Value::String(Text::Owned(text.into()))
    }

    pub(crate) fn list(elements: impl Into<Rc<[Value<'a>]>>) -> Value<'a> {
        Value::List(List::Owned(elements.into()))
    }

    pub(crate) fn some(value: Value<'a>) -> Value<'a> {
        Value::Optional(Some(Rc::new(value)))
    }

    /// The kind of the value, for messages.
    pub(crate) fn article(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a bool",
            Value::Int(_) => "an int",
            Value::Double(_) => "a double",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Optional(_) => "an optional value",
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Owned(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            List::Json(elements) => elements.len(),
            List::Owned(elements) => elements.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Result<Value<'a>, String>> {
        match self {
            List::Json(elements) => elements.get(index).map(Value::of),
            List::Owned(elements) => elements.get(index).cloned().map(Ok),
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Result<Value<'a>, String>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'a> Map<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Map::Json(fields) => fields.len(),
            Map::Owned(entries) => entries.len(),
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        match self {
            Map::Json(fields) => fields.contains_key(key),
            Map::Owned(entries) => entries.contains_key(key),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Result<Value<'a>, String>> {
        match self {
            Map::Json(fields) => fields.get(key).map(Value::of),
            Map::Owned(entries) => entries.get(key).cloned().map(Ok),
        }
    }

    /// The keys in alphabetical order, whatever the order in the file.
    pub(crate) fn keys(&self) -> Vec<Text<'a>> {
        match self {
            Map::Json(fields) => {
                let mut keys: Vec<Text<'a>> = fields.keys().map(|key| Text::Borrowed(key)).collect();
                keys.sort();
                keys
            }
            Map::Owned(entries) => entries.keys().cloned().collect(),
        }
    }
}
