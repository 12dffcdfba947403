//! A walk over all scalars of a tree of values. Paths are kept as a chain on the stack and made into a [`KeyPath`] only when something is
//! found.

use catalyst_source::KeyPath;
use serde_json::Value;

/// Deepest level that is looked at. Readers admit less; the limit is for trees that were made another way.
const MAX_DEPTH: usize = 256;

/// The way from the root of a walk to a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trail<'p> {
    above: Option<&'p Trail<'p>>,
    step: Step<'p>,
    depth: usize,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Trail<'p> {
    /// The root of a walk.
    pub(crate) fn root() -> Self {
        Trail { above: None, step: Step::Root, depth: 0 }
    }

    fn below(&'p self, step: Step<'p>) -> Self {
        Trail { above: Some(self), step, depth: self.depth + 1 }
    }

    /// The path from the root of the walk.
    pub(crate) fn path(&self) -> KeyPath {
        let mut steps = Vec::with_capacity(self.depth);
        let mut at = Some(self);
        while let Some(trail) = at {
            match trail.step {
                Step::Root => {}
                Step::Key(key) => steps.push(catalyst_source::Step::Key(key.into())),
                Step::Index(index) => steps.push(catalyst_source::Step::Index(index as u32)),
            }
            at = trail.above;
        }
        steps.into_iter().rev().collect()
    }

    /// The nearest key: that of the entry, or of the entry whose list holds the item.
    pub(crate) fn key(&self) -> Option<&'p str> {
        let mut at = Some(self);
        while let Some(trail) = at {
            match trail.step {
                Step::Key(key) => return Some(key),
                Step::Root => return None,
                Step::Index(_) => at = trail.above,
            }
        }
        None
    }

    /// Whether the node is the value of an entry, and not an item of a list.
    pub(crate) fn is_entry(&self) -> bool {
        matches!(self.step, Step::Key(_))
    }

    /// The trail of the mapping or list that holds the node.
    pub(crate) fn parent(&self) -> Option<&'p Trail<'p>> {
        self.above
    }

    /// Whether one of the keys on the way is one of these.
    pub(crate) fn passes(&self, keys: &[&str]) -> bool {
        let mut at = Some(self);
        while let Some(trail) = at {
            if matches!(trail.step, Step::Key(key) if keys.contains(&key)) {
                return true;
            }
            at = trail.above;
        }
        false
    }
}

/// Visits every node of a tree, parents first, in the order of the document.
pub(crate) fn nodes<'v>(value: &'v Value, visit: &mut dyn FnMut(&Trail<'_>, &'v Value)) {
    step(value, &Trail::root(), visit);
}

/// Visits every string of a tree, in the order of the document.
pub(crate) fn strings<'v>(value: &'v Value, visit: &mut dyn FnMut(&Trail<'_>, &'v str)) {
    nodes(value, &mut |trail, value| {
        if let Value::String(text) = value {
            visit(trail, text);
        }
    });
}

fn step<'v>(value: &'v Value, trail: &Trail<'_>, visit: &mut dyn FnMut(&Trail<'_>, &'v Value)) {
    visit(trail, value);
    if trail.depth >= MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                step(below, &trail.below(Step::Key(key)), visit);
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                step(below, &trail.below(Step::Index(index)), visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_and_keys_are_those_of_the_document() {
        let value = json!({ "a": { "b": ["x", { "c": "y" }] } });
        let mut found = Vec::new();
        strings(&value, &mut |trail, text| {
            found.push(format!("{} {:?} {text}", trail.path(), trail.key()));
        });
        assert_eq!(found, ["a.b[0] Some(\"b\") x", "a.b[1].c Some(\"c\") y"]);
    }

    #[test]
    fn a_bottomless_tree_does_not_overflow() {
        let mut value = json!("x");
        for _ in 0..2_000 {
            value = Value::Array(vec![value]);
        }
        let mut seen = 0;
        nodes(&value, &mut |_, _| seen += 1);
        assert_eq!(seen, MAX_DEPTH + 1);
        // Dropping such a tree recurses as well; this one is still shallow enough for it.
    }
}
