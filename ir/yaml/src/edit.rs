//! Changes to a text that keep everything else in it: comments, indentation, quoting, order.
//!
//! An edit is a splice at the bytes of one node. What it should mean is computed on the data beside it, and a splice whose result does not
//! read back as exactly that is not used; a plainer way of writing the new value is tried, and if none works the edit is refused. So a
//! text that is odd beyond what the splicing knows is never damaged.
//!
//! Order of phases: put the edits in an order in which none moves another's path, then for each: read, splice, read again, compare.

mod expect;
mod splice;

use catalyst_source::{KeyPath, Step};
use serde_json::Value;

use crate::format::lone_carriage_return;
use crate::read::parse_as_written;
use crate::{ProblemKind, parse};
use splice::{Form, Site};

/// One change to the node at a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Puts a value in place of the one that is there.
    SetValue(Value),
    /// Gives the entry another key.
    RenameKey(String),
    /// Takes the entry or item out, with the comment on its line; a collection that loses its last member is written `{}` or `[]`.
    Remove,
    /// Adds an entry behind the last one of the mapping at the path, or with an empty key an item to the list there. An empty value in its
    /// place counts as an empty mapping. If there is nothing at the path but a mapping one level up, the mapping is made.
    Insert {
        /// The new key.
        key: String,
        /// Its value.
        value: Value,
    },
}

/// Applies changes to the documents of a text. All paths are those of the text as given, whatever the other changes do.
///
/// # Errors
///
/// A sentence that says which change cannot be made and why. A value is not found behind an alias or a merge key: what is changed must be
/// written at its place.
pub fn apply(text: &str, edits: &[(u32, KeyPath, Change)]) -> Result<String, String> {
    let (documents, problems, _) = parse_as_written(text);
    if let Some(problem) =
        problems.iter().find(|p| matches!(p.kind, ProblemKind::Syntax | ProblemKind::Limit))
    {
        return Err(format!("the text cannot be read: {}", problem.message));
    }
    if lone_carriage_return(text).is_some() {
        return Err("the text cannot be edited: it has a carriage return without a line feed".to_owned());
    }
    let mut order = Vec::with_capacity(edits.len());
    for (at, (document, path, change)) in edits.iter().enumerate() {
        let tree =
            documents.get(*document as usize).ok_or_else(|| format!("there is no document {document}"))?;
        let rank = match change {
            Change::SetValue(_) => 0,
            Change::Insert { .. } => 1,
            Change::RenameKey(_) => 2,
            Change::Remove => 3,
        };
        // From the end of the text to its start and from inside to outside, no change moves the path of one that follows.
        order.push((*document, splice::ordinals(tree, path), std::cmp::Reverse((rank, at))));
    }
    order.sort();
    let mut text = text.to_owned();
    for (document, _, std::cmp::Reverse((_, at))) in order.into_iter().rev() {
        let (_, path, change) = &edits[at];
        text = apply_one(&text, document as usize, path, change)
            .map_err(|why| format!("cannot change `{path}`: {why}"))?;
    }
    Ok(text)
}

fn apply_one(text: &str, document: usize, path: &KeyPath, change: &Change) -> Result<String, String> {
    let (documents, _, layouts) = parse_as_written(text);
    let (Some(tree), Some(layout)) = (documents.get(document), layouts.documents.get(document)) else {
        return Err("the document is gone".to_owned());
    };
    let mut expected = values(text);
    let Some(value) = expected.get_mut(document) else { return Err("the document is gone".to_owned()) };
    expect::change(value, path, change)?;

    let site = Site { text, tree, layout, comments: &layouts.comments };
    for form in [Form::Block, Form::Quoted, Form::Flow] {
        let Some(splices) = site.splices(path, change, form) else { continue };
        let result = splice::join(text, splices);
        if parse(&result).problems.iter().all(|p| p.kind != ProblemKind::Syntax)
            && values(&result) == expected
        {
            return Ok(result);
        }
    }
    if let Some(ended) = with_last_line_ended(text) {
        return apply_one(&ended, document, path, change);
    }
    Err(match path.last() {
        Some(Step::Key(_) | Step::Index(_)) => "the text there is written in a way that cannot be edited",
        None => "the document is written in a way that cannot be edited",
    }
    .to_owned())
}

/// The text with a line break at its end, if it has none, and the same data: a block scalar in the last line must not gain it.
fn with_last_line_ended(text: &str) -> Option<String> {
    if text.ends_with('\n') {
        return None;
    }
    let (documents, _, layouts) = parse_as_written(text);
    let &(last, ..) = layouts.documents.last()?.blocks.last()?;
    let header = documents.last()?.record(last).span.start as usize;
    if !text.get(header..)?.starts_with(['|', '>']) {
        return None;
    }
    let mut ended = format!("{text}\n");
    ended.insert(header + 1, '-');
    (values(&ended) == values(text)).then_some(ended)
}

/// The data of all documents. Ambiguous scalars are no obstacle: mending them is a change like any other.
fn values(text: &str) -> Vec<Value> {
    parse(text).documents.iter().map(|document| crate::value::core_value(document.root())).collect()
}

#[cfg(test)]
mod tests;
