//! Findings as JSON and back. Nothing is lost on the way: what is shown from the cache is what a build would show.

use catalyst_diag::{At, Diagnostic, Edit, EditAction, Fix, Label, Part, Place, Severity, find_rule};
use catalyst_source::{KeyPath, Span, Step, TreePath};
use serde_json::{Value, json};

pub(super) fn write(found: &Diagnostic) -> Value {
    let Diagnostic { rule, severity, message, primary, others, notes, help, fix } = found;
    json!([
        rule.name,
        severity.as_str(),
        message,
        label(primary),
        others.iter().map(label).collect::<Vec<_>>(),
        notes,
        help,
        fix.as_ref().map(|fix| json!([fix.title, fix.edits.iter().map(edit).collect::<Vec<_>>()])),
    ])
}

pub(super) fn read(value: &Value) -> Option<Diagnostic> {
    let [rule, severity, message, primary, others, notes, help, fix] = parts(value)?;
    let severities = [Severity::Error, Severity::Warning, Severity::Note];
    Some(Diagnostic {
        rule: find_rule(rule.as_str()?)?,
        severity: severities.into_iter().find(|it| severity == it.as_str())?,
        message: text(message)?,
        primary: read_label(primary)?,
        others: list(others, read_label)?,
        notes: list(notes, text)?,
        help: list(help, text)?,
        fix: match fix {
            Value::Null => None,
            fix => {
                let [title, edits] = parts(fix)?;
                Some(Fix { title: text(title)?, edits: list(edits, read_edit)? })
            }
        },
    })
}

fn label(it: &Label) -> Value {
    json!([place(&it.place), it.text])
}

fn read_label(value: &Value) -> Option<Label> {
    let [place, said] = parts(value)?;
    Some(Label { place: read_place(place)?, text: text(said)? })
}

fn place(it: &Place) -> Value {
    let at = match &it.at {
        At::File => Value::Null,
        At::Bytes(span) => json!([span.start, span.end]),
        At::Node { document, path, part, within } => {
            let step = |step: &Step| match step {
                Step::Key(key) => json!(key.as_ref()),
                Step::Index(index) => json!(index),
            };
            let path: Vec<Value> = path.steps().iter().map(step).collect();
            json!([document, path, *part == Part::Key, within.map(|span| [span.start, span.end])])
        }
    };
    json!([it.file.as_str(), at])
}

fn read_place(value: &Value) -> Option<Place> {
    let [file, at] = parts(value)?;
    let at = match at.as_array().map(Vec::len) {
        None => At::File,
        Some(2) => At::Bytes(span(at)?),
        Some(_) => {
            let [document, path, key, within] = parts(at)?;
            let step = |it: &Value| match it {
                Value::String(key) => Some(Step::Key(key.as_str().into())),
                other => Some(Step::Index(number(other)?)),
            };
            At::Node {
                document: number(document)?,
                path: list(path, step)?.into_iter().collect::<KeyPath>(),
                part: if key.as_bool()? { Part::Key } else { Part::Value },
                within: if within.is_null() { None } else { Some(span(within)?) },
            }
        }
    };
    Some(Place { file: TreePath::new(file.as_str()?).ok()?, at })
}

fn edit(it: &Edit) -> Value {
    let action = match &it.action {
        EditAction::SetValue(value) => json!(["set", value]),
        EditAction::RenameKey(key) => json!(["key", key]),
        EditAction::Remove => json!(["remove"]),
        EditAction::Insert { key, value } => json!(["insert", key, value]),
        EditAction::MoveFile(path) => json!(["move", path]),
    };
    json!([place(&it.place), action])
}

fn read_edit(value: &Value) -> Option<Edit> {
    let [place, action] = parts(value)?;
    let (kind, rest) = action.as_array()?.split_first()?;
    let action = match (kind.as_str()?, rest) {
        ("set", [value]) => EditAction::SetValue(value.clone()),
        ("key", [key]) => EditAction::RenameKey(text(key)?),
        ("remove", []) => EditAction::Remove,
        ("insert", [key, value]) => EditAction::Insert { key: text(key)?, value: value.clone() },
        ("move", [path]) => EditAction::MoveFile(text(path)?),
        _ => return None,
    };
    Some(Edit { place: read_place(place)?, action })
}

pub(super) fn parts<const N: usize>(value: &Value) -> Option<&[Value; N]> {
    value.as_array()?.as_slice().try_into().ok()
}

pub(super) fn list<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

fn span(value: &Value) -> Option<Span> {
    let [start, end] = parts(value)?;
    Some(Span { start: number(start)?, end: number(end)? })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use catalyst_diag::rule;

    /// Findings with every kind of place and of edit.
    pub(crate) fn samples() -> Vec<Diagnostic> {
        let file = TreePath::new("a/b.yaml").unwrap();
        let path = KeyPath::root().key("spec").key("a\"].b").index(3);
        let node = Place::value(&file, 1, path);
        let actions = [
            EditAction::SetValue(json!({ "x": [1, null, "é", 0.1] })),
            EditAction::RenameKey("k".into()),
            EditAction::Remove,
            EditAction::Insert { key: "k".into(), value: json!(true) },
            EditAction::MoveFile("c.yaml".into()),
        ];
        let edits = actions.map(|action| Edit { place: node.on_key(), action }).into();
        let mut other = Diagnostic::new(&rule::SYMLINK_LOOP, Place::file(&file), "");
        other.severity = Severity::Note;
        let full = Diagnostic::new(&rule::INTERNAL_ERROR, node.within(Span::new(1, 4)), "`x`\nsaid → so")
            .label("here")
            .other(Place::bytes(&file, Span::new(0, 9)), "there")
            .other(node.on_key(), "")
            .note("a note")
            .help("do it")
            .fix_all("mend", edits);
        vec![other, full]
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        for found in samples() {
            assert_eq!(read(&write(&found)), Some(found));
        }
        assert_eq!(read(&json!([])), None);
    }
}
