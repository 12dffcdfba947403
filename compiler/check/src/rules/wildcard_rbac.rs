//! `wildcard-rbac`: a Role or ClusterRole of a chart names verbs, resources and groups; it never says `*`.

use crate::ChartSubject;
use crate::template::{Piece, documents, is_of_kind, lines, value_of};
use crate::walk::nodes;
use catalyst_diag::{Diagnostic, Place, rule};
use serde_json::Value;

/// What a rule of RBAC lists.
const LISTS: [&str; 3] = ["verbs", "resources", "apiGroups"];

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.templates {
        for document in documents(text).iter().filter(|it| is_of_kind(it, &["Role", "ClusterRole"])) {
            let mut list = None;
            for line in lines(document) {
                if let Some((name, value)) =
                    LISTS.iter().find_map(|name| Some((*name, value_of(&line, name)?)))
                {
                    list = Some(name);
                    if let Some(at) = star(value.text) {
                        out.push(found(Place::bytes(file, value.span(at, at + 1)), name));
                    }
                } else if let (Some(name), Some(item)) = (list, item(&line)) {
                    if let Some(at) = star(item.text) {
                        out.push(found(Place::bytes(file, item.span(at, at + 1)), name));
                    }
                } else if !line.text.trim_start().starts_with(['#', '{']) && !line.text.trim().is_empty() {
                    list = None;
                }
            }
        }
    }
    if let Some((file, values)) = subject.values {
        nodes(values, &mut |trail, value| {
            let (Some(key), Value::Array(items)) = (trail.key(), value) else { return };
            if let (true, Some(at)) = (LISTS.contains(&key), items.iter().position(|it| it == "*")) {
                out.push(found(Place::value(file, 0, trail.path().index(at)), key));
            }
        });
    }
}

fn found(place: Place, list: &str) -> Diagnostic {
    let what = match list {
        "verbs" => "every verb",
        "resources" => "every resource",
        _ => "every API group",
    };
    Diagnostic::new(&rule::WILDCARD_RBAC, place, format!("`*` in `{list}` gives {what}"))
        .help("list what the workload uses, and nothing else")
}

/// The value of an item of a list that has no key.
fn item<'t>(line: &Piece<'t>) -> Option<Piece<'t>> {
    let rest = line.text.trim_start().strip_prefix("- ")?;
    let is_scalar = !rest.contains(": ") && !rest.ends_with(':');
    is_scalar.then(|| Piece { start: line.start + line.text.len() - rest.len(), text: rest })
}

/// A star that stands for itself: in quotes, or alone.
fn star(value: &str) -> Option<usize> {
    let bare = value.trim_matches(['[', ']', ' ']);
    if bare == "*" {
        return value.find('*');
    }
    ["\"*\"", "'*'"].iter().filter_map(|text| value.find(text)).min().map(|at| at + 1)
}
