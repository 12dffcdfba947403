//! The reader, the writer, the formatter and edits, on any text.
#![no_main]

use catalyst_yaml::edit::{Change, apply};
use catalyst_yaml::{Dialect, Limits, Node, format::format, parse, write};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const DIALECTS: [Dialect; 3] = [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize];

fuzz_target!(|data: &[u8]| {
    let text = catalyst_fuzz::text(data);
    let parsed = parse(&text);
    let mut nodes = 0;
    let mut last = None;
    for (at, document) in parsed.documents.iter().enumerate() {
        nodes += walk(document.root(), &text, 0);
        for dialect in DIALECTS {
            written_values_come_back(&document.to_value(dialect).0, dialect);
        }
        last = deepest_last(document.root()).map(|path| (at as u32, path)).or(last);
    }
    assert!(nodes <= Limits::default().nodes, "{nodes} nodes");
    for problem in &parsed.problems {
        let spans = std::iter::once(problem.span).chain(problem.other.iter().map(|(span, _)| *span));
        assert!(spans.into_iter().all(|span| text.get(span.range()).is_some()), "{problem:?}");
    }
    formatting(&text);
    if let Some((document, path)) = last {
        editing(&text, document, &path);
    }
});

/// Every span lies on the text, and nothing is deeper than it may be. Gives the number of nodes.
fn walk(node: Node<'_>, text: &str, depth: usize) -> usize {
    assert!(depth <= Limits::default().depth, "too deep");
    assert!(text.get(node.span().range()).is_some(), "{:?}", node.span());
    assert!(node.key_span().is_none_or(|span| text.get(span.range()).is_some()));
    if let Some(decoded) = node.text() {
        for offset in [0, 1, decoded.len() / 2, decoded.len()] {
            let on_text = node.scalar_offset(offset).is_none_or(|at| text.is_char_boundary(at as usize));
            assert!(on_text, "{offset}");
        }
    }
    let members = node.items().chain(node.entries().map(|(_, value)| value));
    1 + members.map(|member| walk(member, text, depth + 1)).sum::<usize>()
}

/// What is written is read as the same value, without a problem.
fn written_values_come_back(value: &Value, dialect: Dialect) {
    let text = write(value);
    let parsed = parse(&text);
    assert!(parsed.problems.is_empty() && parsed.documents.len() == 1, "{text:?}: {:?}", parsed.problems);
    let (again, problems) = parsed.documents[0].to_value(dialect);
    // Readers disagree on integers beyond 63 bits, whatever the text.
    let is_big = |text: &str| text.parse::<u64>().is_ok_and(|n| i64::try_from(n).is_err());
    assert!(problems.iter().all(|it| is_big(&text[it.span.range()])), "{text:?}: {problems:?}");
    if problems.is_empty() {
        assert_eq!(&again, value, "{text:?}");
        assert_eq!(write(&again), text);
    }
}

/// Formatting keeps the value and is done after one time.
fn formatting(text: &str) {
    let Ok(formatted) = format(text) else { return };
    assert_eq!(format(&formatted).as_deref(), Ok(formatted.as_str()), "formatting again changes something");
    let values = |text: &str| -> Vec<Value> {
        let parsed = parse(text);
        parsed.documents.iter().flat_map(|it| DIALECTS.map(|dialect| it.to_value(dialect).0)).collect()
    };
    assert_eq!(values(text), values(&formatted));
}

/// A path to something deep.
fn deepest_last(node: Node<'_>) -> Option<catalyst_source::KeyPath> {
    let next = node.entries().last().map(|(_, value)| value).or_else(|| node.items().last());
    match next {
        Some(next) if !next.is_alias() => deepest_last(next).or_else(|| Some(next.path())),
        _ => None,
    }
}

/// An edit is refused, or its result still holds as many documents; taking out what was put in gives the old values.
fn editing(text: &str, document: u32, path: &catalyst_source::KeyPath) {
    let values = |text: &str| -> Vec<Value> {
        parse(text).documents.iter().map(|it| it.to_value(Dialect::Kubernetes).0).collect()
    };
    for change in [
        Change::SetValue(json!("new: # value\n")),
        Change::SetValue(json!({"a": [1, "x"]})),
        Change::RenameKey("other key".to_owned()),
        Change::Remove,
        Change::Insert { key: "inserted".to_owned(), value: json!({"b": ""}) },
    ] {
        let Ok(edited) = apply(text, &[(document, path.clone(), change.clone())]) else { continue };
        assert_eq!(values(&edited).len(), values(text).len(), "{change:?}: {edited:?}");
        if let Change::Insert { key, .. } = &change
            && parse(text).documents[document as usize]
                .find(path)
                .is_some_and(|it| it.get(key).is_none() && !it.is_null())
            && let Ok(back) = apply(&edited, &[(document, path.key(key), Change::Remove)])
        {
            assert_eq!(values(&back), values(text), "{edited:?}");
        }
    }
}
