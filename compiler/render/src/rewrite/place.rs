//! What becomes of one node that holds images: a reference, a text with references in it, or a mapping of parts.

use super::{Change, NewImage};
use crate::images::{ImageAt, ImageForm};
use catalyst_source::{KeyPath, Step};
use serde_json::{Value, json};

/// Longest text that is replaced as a whole.
const LONGEST: usize = 16 << 10;

/// The changes of one node. The error says why it has to stay.
pub(super) fn changes(
    object: &Value,
    path: &KeyPath,
    images: &[(&ImageAt, &NewImage)],
) -> Result<Vec<Change>, String> {
    let node = at(object, path).ok_or("it is gone")?;
    let Some((first, new)) = images.first() else { return Ok(Vec::new()) };
    match (first.form, node) {
        (ImageForm::Parts, node) => of_parts(node, path, new),
        (ImageForm::Whole, Value::String(_)) => {
            Ok(vec![change(path, node, json!(new.reference(&first.image)))])
        }
        (_, Value::String(text)) if text.len() > LONGEST => {
            Err(format!("a part of a text of {} bytes, and no more than {LONGEST} are replaced", text.len()))
        }
        (_, Value::String(text)) => {
            let mut after = text.clone();
            for (it, new) in images {
                after = replaced(&after, &it.image, &new.reference(&it.image));
            }
            Ok(vec![change(path, node, json!(after))])
        }
        _ => Err("no text".to_owned()),
    }
}

fn change(path: &KeyPath, before: &Value, after: Value) -> Change {
    Change { path: path.clone(), before: before.clone(), after }
}

fn at<'v>(value: &'v Value, path: &KeyPath) -> Option<&'v Value> {
    path.steps().iter().try_fold(value, |node, step| match step {
        Step::Key(key) => node.get(key.as_ref()),
        Step::Index(index) => node.get(*index as usize),
    })
}

/// An image in parts. A digest is stated where there is a place for it; whoever reads the object need not know another.
fn of_parts(node: &Value, path: &KeyPath, new: &NewImage) -> Result<Vec<Change>, String> {
    let text = |key: &str| node.get(key).and_then(Value::as_str);
    let mut changes = Vec::new();
    let mut set = |key: &str, after: &str| {
        if let Some(before) = text(key).filter(|it| *it != after) {
            changes.push(change(&path.key(key), &json!(before), json!(after)));
        }
    };
    match text("registry").filter(|it| !it.is_empty()) {
        Some(_) => {
            let (registry, rest) = new.repository.split_once('/').ok_or("its new name has no registry")?;
            set("registry", registry);
            set("repository", rest);
        }
        None => set("repository", &new.repository),
    }
    if let Some(digest) = &new.digest {
        set("digest", digest);
    }
    Ok(changes)
}

/// A text with every reference `image` in it replaced, but for longer references that begin or end like it.
fn replaced(text: &str, image: &str, by: &str) -> String {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(image) {
        let (before, after) = (&rest[..start], &rest[start + image.len()..]);
        let is_whole = !out.chars().chain(before.chars()).next_back().is_some_and(goes_on)
            && !after.starts_with(goes_on);
        out.push_str(before);
        out.push_str(if is_whole { by } else { image });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_references_are_replaced() {
        let text = "--a=quay.io/a/b:1 --b=quay.io/a/b:1.2 --c=x/quay.io/a/b:1\nimage: \"quay.io/a/b:1\"";
        let wanted = "--a=N --b=quay.io/a/b:1.2 --c=x/quay.io/a/b:1\nimage: \"N\"";
        assert_eq!(replaced(text, "quay.io/a/b:1", "N"), wanted);
    }
}
