//! From nodes to `serde_json::Value`, the data value of the whole compiler. Documents are at most 255 levels deep with aliases followed,
//! so recursion is fine here and wherever else a value is walked.

use serde_json::{Map, Number, Value};

use crate::dialect::{self, Mismatch, Scalar};
use crate::record::Record;
use crate::{Dialect, Node, NodeKind, Problem, Style};

pub(crate) fn to_value(node: Node<'_>, dialect: Dialect) -> (Value, Vec<Problem>) {
    let mut conversion = Conversion { dialect, alone: false, problems: Vec::new() };
    let value = conversion.value(node);
    // What an alias repeats is wrong only once.
    conversion.problems.sort_by_key(|problem| problem.span);
    conversion.problems.dedup();
    (value, conversion.problems)
}

/// The value by the core schema of YAML 1.2 alone, whatever other readers make of it.
pub(crate) fn core_value(node: Node<'_>) -> Value {
    Conversion { dialect: Dialect::Strict, alone: true, problems: Vec::new() }.value(node)
}

struct Conversion {
    dialect: Dialect,
    /// Other readers are not asked.
    alone: bool,
    problems: Vec<Problem>,
}

/// More problems than this in one conversion are dropped.
const MOST_PROBLEMS: usize = 1000;

impl Conversion {
    fn value(&mut self, node: Node<'_>) -> Value {
        match node.kind() {
            NodeKind::Scalar => self.scalar(node),
            NodeKind::Sequence => {
                self.collection_tag(node, "!!seq");
                let mut items = Vec::with_capacity(node.len());
                items.extend(node.items().map(|item| self.value(item)));
                Value::Array(items)
            }
            NodeKind::Mapping => {
                self.collection_tag(node, "!!map");
                let mut map = Map::with_capacity(node.len());
                for (key, value) in node.entries() {
                    self.key(node, value);
                    let read = match self.dialect {
                        Dialect::Kubernetes => node.document.overrides.get(&value.id),
                        _ => None,
                    };
                    let value = read.map_or(value, |&id| Node { document: node.document, id });
                    map.insert(key.to_owned(), self.value(value));
                }
                Value::Object(map)
            }
        }
    }

    fn scalar(&mut self, node: Node<'_>) -> Value {
        let record = node.target();
        let text = node.document.text(record);
        if record.explicit_tag == 0 && (record.style != Style::Plain || dialect::is_clearly_text(text)) {
            return Value::String(text.to_owned());
        }
        let scalar = match self.resolve(node, record, text) {
            Ok(scalar) => scalar,
            Err(problem) => {
                self.problem(problem);
                return Value::String(text.to_owned());
            }
        };
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Int(value) => Value::Number(value.into()),
            Scalar::Uint(value) => Value::Number(value.into()),
            Scalar::Str(text) => Value::String(text.into_owned()),
            Scalar::Float(value) => self.float(node, text, value),
            // The other readers have the nearest float; that it is the same number has been checked.
            Scalar::Big(digits) => self.float(node, text, digits.parse().unwrap_or(f64::NAN)),
            Scalar::NotFinite => self.float(node, text, f64::NAN),
        }
    }

    fn float(&mut self, node: Node<'_>, text: &str, value: f64) -> Value {
        match Number::from_f64(value) {
            Some(number) => Value::Number(number),
            None => {
                self.problem(Problem::not_finite(node.target().span, text));
                Value::String(text.to_owned())
            }
        }
    }

    fn resolve<'t>(&self, node: Node<'_>, record: &Record, text: &'t str) -> Result<Scalar<'t>, Problem> {
        let span = record.span;
        let tag = node.tag();
        let read = |dialect| match tag {
            None if record.style == Style::Plain => Ok(dialect::plain(text, dialect)),
            None => Ok(Scalar::Str(text.into())),
            Some(tag) => dialect::tagged(text, tag, dialect),
        };
        let tag_span = node.tag_span().unwrap_or(span);
        let mismatch = |Mismatch| Problem::tag_mismatch(tag_span, tag.unwrap_or_default(), text);
        if self.dialect != Dialect::Strict {
            return read(self.dialect).map_err(mismatch);
        }
        if let Some(tag) = tag
            && !matches!(tag, "!!str" | "!!int" | "!!float" | "!!bool" | "!!null")
        {
            return Err(Problem::unknown_tag(tag_span, tag));
        }
        let core = read(Dialect::Strict).map_err(mismatch)?;
        if self.alone {
            return Ok(core);
        }
        let (kubectl, kustomize) = (read(Dialect::Kubernetes), read(Dialect::Kustomize));
        let same =
            |other: &Result<Scalar<'_>, Mismatch>| other.as_ref().is_ok_and(|o| dialect::agree(&core, o));
        if same(&kubectl) && same(&kustomize) {
            return Ok(core);
        }
        Err(Problem::ambiguous(
            span,
            text,
            &shown(&kubectl, text),
            &shown(&kustomize, text),
            &shown(&Ok(core), text),
        ))
    }

    fn key(&mut self, mapping: Node<'_>, value: Node<'_>) {
        let Some(key) = mapping.document.records.get(value.own().key as usize) else { return };
        let text = mapping.document.text(key);
        if key.style != Style::Plain || (key.explicit_tag == 0 && dialect::is_clearly_text(text)) {
            return;
        }
        let tag = mapping.document.tag(key);
        let read = |dialect| match tag {
            None => dialect::plain(text, dialect),
            Some(tag) => dialect::tagged(text, &tag.name, dialect).unwrap_or(Scalar::Str(text.into())),
        };
        let own = read(self.dialect);
        if !matches!(own, Scalar::Str(_)) {
            let name = dialect::type_name(&own);
            self.problem(Problem::non_string_key(key.span, Some((text, name))));
        } else if self.dialect == Dialect::Strict {
            let (kubectl, kustomize) = (read(Dialect::Kubernetes), read(Dialect::Kustomize));
            if kubectl != own || kustomize != own {
                let (kubectl, kustomize) = (shown(&Ok(kubectl), text), shown(&Ok(kustomize), text));
                self.problem(Problem::ambiguous(
                    key.span,
                    text,
                    &kubectl,
                    &kustomize,
                    &shown(&Ok(own), text),
                ));
            }
        } else if own != Scalar::Str(text.into()) {
            self.problem(Problem::non_string_key(key.span, Some((text, "a timestamp"))));
        }
    }

    fn collection_tag(&mut self, node: Node<'_>, own: &str) {
        if self.dialect == Dialect::Strict
            && let Some(tag) = node.tag()
            && tag != own
        {
            let span = node.tag_span().unwrap_or(node.span());
            self.problem(Problem::unknown_tag(span, tag));
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// A reading as it stands in a message.
fn shown(read: &Result<Scalar<'_>, Mismatch>, text: &str) -> String {
    match read {
        Err(Mismatch) => "an error".to_owned(),
        Ok(Scalar::Null) => "null".to_owned(),
        Ok(Scalar::Bool(value)) => value.to_string(),
        Ok(Scalar::Int(value)) => value.to_string(),
        Ok(Scalar::Uint(value)) => value.to_string(),
        Ok(Scalar::Float(value)) => format!("{value}"),
        Ok(Scalar::Big(digits)) => (*digits).to_owned(),
        Ok(Scalar::NotFinite) => "no finite number".to_owned(),
        Ok(Scalar::Str(read)) if read == text => "a string".to_owned(),
        Ok(Scalar::Str(read)) => format!("the string `{read}`"),
    }
}
