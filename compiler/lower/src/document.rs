//! One file: its documents, checked against the schemas of their kinds, as typed items.

use crate::schema::{Finding, FindingKind, Schema, get, type_name, with_article};
use crate::{from_problem, legacy};
use catalyst_diag::{Diagnostic, EditAction, Place, Rule, rule, suggest};
use catalyst_model::schema::{document_schema, legacy_api_versions};
use catalyst_model::{Intent, KINDS, KindInfo, find_kind, name_fault};
use catalyst_source::{KeyPath, Step, TreePath};
use catalyst_yaml::{Dialect, Document, NodeKind, Parsed, ProblemKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// One document of intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its kind.
    pub kind: &'static str,
    /// `metadata.name`, empty when there is none.
    pub name: String,
    /// The root of the document.
    pub place: Place,
    /// The typed value; `None` when the document is broken, which has been reported.
    pub intent: Option<Intent>,
}

/// What a file gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lowered {
    /// Its items.
    pub items: Vec<Item>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// The file that makes a folder a project.
const PROJECT_FILE: &str = "catalyst.yaml";

impl Lowered {
    /// Whether something is wrong with it that keeps it from being used.
    pub fn has_errors(&self) -> bool {
        errors(&self.diagnostics) > 0
    }
}

/// Lowers one file. A file below `sovereigns` holds intent only, and so does one in the place of a Blueprint, the kit or the project;
/// elsewhere documents of foreign API groups are passed over.
pub fn lower(file: &TreePath, parsed: &Parsed) -> Lowered {
    let mut out = Lowered::default();
    out.diagnostics.extend(parsed.problems.iter().map(|problem| from_problem(file, problem)));
    // What an alias of nothing stands for is not known, so no document of the file has a value to go on with.
    let holes = parsed
        .problems
        .iter()
        .any(|it| matches!(it.kind, ProblemKind::UndefinedAlias | ProblemKind::NonStringKey));
    let mut documents = 0;
    for (number, document) in parsed.documents.iter().enumerate() {
        if document.root().is_null() {
            continue;
        }
        documents += 1;
        if documents == 2 {
            let place = Place::value(file, number as u32, KeyPath::root());
            out.diagnostics.push(
                Diagnostic::new(&rule::MULTIPLE_DOCUMENTS, place, "the file holds more than one document")
                    .help("give each document a file of its own"),
            );
        }
        lower_document(file, number as u32, document, holes, &mut out);
    }
    if file.as_str() == PROJECT_FILE {
        project_file(file, &mut out);
    } else if documents == 0 && parsed.problems.is_empty() {
        out.diagnostics.push(
            Diagnostic::new(&rule::EMPTY_DOCUMENT, Place::file(file), "the file holds no document")
                .help("delete the file, or fill it"),
        );
    }
    out
}

/// Without a Project nothing can be planned, so its file is never taken for one that merely holds nothing.
fn project_file(file: &TreePath, out: &mut Lowered) {
    if errors(&out.diagnostics) == 0 && !out.items.iter().any(|item| item.kind == "Project") {
        out.diagnostics.push(
            Diagnostic::new(&rule::MISSING_FIELD, Place::file(file), "the project file holds no Project")
                .help("write one into it: `catalystc schema Project` prints what belongs into it"),
        );
    }
}

/// Whether a file holds nothing but intent. A slip in the `apiVersion` of a Blueprint must not make it a foreign document.
fn is_of_intent(file: &TreePath) -> bool {
    let parts: Vec<&str> = file.components().collect();
    match parts.as_slice() {
        ["sovereigns", ..] | [PROJECT_FILE] | ["clusters", "_template", "kit.yaml" | "kit.yml"] => true,
        ["platform" | "products", _, name] => matches!(*name, "blueprint.yaml" | "blueprint.yml"),
        _ => false,
    }
}

fn lower_document(file: &TreePath, number: u32, document: &Document, holes: bool, out: &mut Lowered) {
    let place = Place::value(file, number, KeyPath::root());
    let (mut value, problems) = document.to_value(Dialect::Strict);
    let foreign_allowed = !is_of_intent(file);
    if document.root().kind() != NodeKind::Mapping {
        if !foreign_allowed {
            out.diagnostics.push(
                Diagnostic::new(&rule::WRONG_TYPE, place, "the document is no mapping")
                    .help("a document of intent has `apiVersion`, `kind`, `metadata` and `spec`"),
            );
        }
        return;
    }
    let Some(kind) = kind_of(&value, &place, foreign_allowed, &mut out.diagnostics) else { return };
    if file.as_str() == PROJECT_FILE && kind.kind != "Project" {
        let message = format!("`{file}` holds a {}, not a Project", kind.kind);
        out.diagnostics.push(Diagnostic::new(&rule::UNKNOWN_KIND, place.child("kind"), message).help(
            "the file at the root of a project describes the project; give the document a file of its own",
        ));
        return;
    }
    let errors_before = errors(&out.diagnostics);
    out.diagnostics.extend(problems.iter().map(|problem| from_problem(file, problem)));
    legacy::normalise(kind, file, &mut value, &place, &mut out.diagnostics);
    let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if !holes {
        let findings = first_causes(schema_of(kind).findings(&value));
        out.diagnostics
            .extend(findings.into_iter().map(|finding| diagnostic(kind.kind, &value, &place, finding)));
    }
    let mut intent = None;
    if errors(&out.diagnostics) == errors_before && !holes {
        match (kind.read)(&value) {
            Ok(read) => intent = Some(read),
            Err(message) => out.diagnostics.push(unreadable(&value, &place, &message)),
        }
    }
    out.items.push(Item { kind: kind.kind, name, place, intent });
}

pub(crate) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|it| it.severity == catalyst_diag::Severity::Error).count()
}

/// The kind of a document, by `apiVersion` and `kind`. Reports what is missing or unknown.
fn kind_of(
    value: &Value,
    place: &Place,
    foreign_allowed: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'static KindInfo> {
    let api_version = value.get("apiVersion").and_then(Value::as_str);
    let ours = api_version.is_some_and(|it| {
        it.split('/').next().is_some_and(|group| KINDS.iter().any(|kind| kind.group == group))
    });
    if foreign_allowed && !ours {
        return None;
    }
    if let Some(found) = ["apiVersion", "kind"].iter().find_map(|key| not_text(value, place, key)) {
        diagnostics.push(found);
        return None;
    }
    let Some(word) = value.get("kind").and_then(Value::as_str) else {
        diagnostics.push(
            Diagnostic::new(&rule::MISSING_FIELD, place.clone(), "the document has no `kind`")
                .help(format!("kinds of intent are {}", list(KINDS.iter().map(|kind| kind.kind)))),
        );
        return None;
    };
    let Some(kind) = find_kind(word) else {
        let mut diagnostic =
            Diagnostic::new(&rule::UNKNOWN_KIND, place.child("kind"), format!("unknown kind `{word}`"));
        diagnostic = match suggest::nearest(word, KINDS.iter().map(|kind| kind.kind)) {
            Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(
                format!("replace `{word}` by `{near}`"),
                place.child("kind"),
                EditAction::SetValue(near.into()),
            ),
            None => {
                diagnostic.help(format!("kinds of intent are {}", list(KINDS.iter().map(|kind| kind.kind))))
            }
        };
        diagnostics.push(diagnostic);
        return None;
    };
    let current = kind.api_version();
    match api_version {
        Some(it) if it == current || legacy_api_versions(kind).iter().any(|legacy| legacy == it) => {}
        Some(it) => {
            diagnostics.push(
                Diagnostic::new(
                    &rule::UNKNOWN_KIND,
                    place.child("apiVersion"),
                    format!("`{it}` has no kind `{word}`"),
                )
                .label(format!("`{word}` belongs to `{current}`"))
                .fix(
                    format!("replace `{it}` by `{current}`"),
                    place.child("apiVersion"),
                    EditAction::SetValue(current.clone().into()),
                ),
            );
            return None;
        }
        None => {
            diagnostics.push(
                Diagnostic::new(&rule::MISSING_FIELD, place.clone(), "the document has no `apiVersion`")
                    .help(format!("write `apiVersion: {current}`"))
                    .fix(
                        format!("add `apiVersion: {current}`"),
                        place.clone(),
                        EditAction::Insert { key: "apiVersion".into(), value: current.clone().into() },
                    ),
            );
            return None;
        }
    }
    Some(kind)
}

/// A field of the document itself that is there and no text.
fn not_text(value: &Value, place: &Place, key: &str) -> Option<Diagnostic> {
    let found = value.get(key).filter(|it| !it.is_string())?;
    let message = format!("`{key}` is {}, not a string", with_article(type_name(found)));
    Some(Diagnostic::new(&rule::WRONG_TYPE, place.child(key), message).label("expected a string"))
}

fn schema_of(kind: &'static KindInfo) -> &'static Schema {
    static SCHEMAS: OnceLock<BTreeMap<&'static str, OnceLock<Schema>>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| KINDS.iter().map(|kind| (kind.kind, OnceLock::new())).collect());
    schemas[kind.kind].get_or_init(|| match Schema::compile(document_schema(kind)) {
        Ok(schema) => schema,
        Err(error) => unreachable!("the schema of {} is made from its type: {error:?}", kind.kind),
    })
}

/// Findings without those that follow from others: a required key is not missing as well when it is misspelt, and a text has one finding
/// however many keywords it breaks.
pub(crate) fn first_causes(findings: Vec<Finding>) -> Vec<Finding> {
    let misspelt: Vec<(KeyPath, String)> = findings
        .iter()
        .filter_map(|it| match &it.kind {
            FindingKind::Unknown { nearest: Some(near), .. } => {
                Some((it.path.parent().unwrap_or_default(), near.clone()))
            }
            _ => None,
        })
        .collect();
    let mut texts = BTreeSet::new();
    let mut keeps = |it: &Finding| match &it.kind {
        FindingKind::Missing { key } => !misspelt.contains(&(it.path.clone(), key.clone())),
        FindingKind::Form { .. } => texts.insert(it.path.clone()),
        _ => true,
    };
    findings.into_iter().filter(|it| keeps(it)).collect()
}

/// A finding of the schema as a diagnostic. `what` is what the document is, for people.
pub(crate) fn diagnostic(what: &str, value: &Value, root: &Place, finding: Finding) -> Diagnostic {
    let place = root.below(&finding.path);
    let holder = |path: &KeyPath| if path.is_root() { what.to_owned() } else { format!("{what}.{path}") };
    match finding.kind {
        FindingKind::Unknown { key, nearest, known } => {
            let parent = finding.path.parent().unwrap_or_default();
            let at = place.on_key();
            let found = Diagnostic::new(
                &rule::UNKNOWN_FIELD,
                at.clone(),
                format!("unknown field `{key}` in `{}`", holder(&parent)),
            );
            match nearest {
                Some(near) => {
                    let taken = get(value, &parent).is_some_and(|holder| holder.get(&near).is_some());
                    let found = found.label(format!("did you mean `{near}`?"));
                    if taken {
                        found
                    } else {
                        found.fix(format!("rename `{key}` to `{near}`"), at, EditAction::RenameKey(near))
                    }
                }
                None if known.is_empty() => found,
                None => found.help(format!("fields here are {}", list(known.iter().map(String::as_str)))),
            }
        }
        FindingKind::Missing { key } => Diagnostic::new(
            &rule::MISSING_FIELD,
            place,
            format!("`{}` has no field `{key}`", holder(&finding.path)),
        )
        .label(format!("`{key}` is required here")),
        FindingKind::Type { expected, found } => {
            let expected_type = with_article(&expected.replace("array", "list").replace("object", "mapping"));
            let message = format!("`{}` is {}, not {expected_type}", finding.path, with_article(found));
            let diagnostic = Diagnostic::new(&rule::WRONG_TYPE, place.clone(), message)
                .label(format!("expected {expected_type}"));
            match get(value, &finding.path) {
                Some(scalar @ (Value::Number(_) | Value::Bool(_))) if expected == "string" => {
                    let text = scalar.to_string();
                    diagnostic.help(format!("write `\"{text}\"`")).fix(
                        "put the value in quotes",
                        place,
                        EditAction::SetValue(Value::String(text)),
                    )
                }
                _ => diagnostic,
            }
        }
        // A key of a mapping whose keys are words.
        FindingKind::Word { admitted, found, nearest }
            if finding.path.steps().last() == Some(&Step::Key(found.as_str().into()))
                && get(value, &finding.path).and_then(Value::as_str) != Some(&found) =>
        {
            let parent = finding.path.parent().unwrap_or_default();
            let at = place.on_key();
            let diagnostic = Diagnostic::new(
                &rule::INVALID_VALUE,
                at.clone(),
                format!("`{found}` is no key of `{parent}`"),
            );
            match nearest {
                Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(
                    format!("rename `{found}` to `{near}`"),
                    at,
                    EditAction::RenameKey(near),
                ),
                None => {
                    diagnostic.help(format!("keys here are {}", list(admitted.iter().map(String::as_str))))
                }
            }
        }
        FindingKind::Word { admitted, found, nearest } => {
            let diagnostic = Diagnostic::new(
                &rule::INVALID_VALUE,
                place.clone(),
                format!("`{found}` is no value of `{}`", finding.path),
            );
            match nearest {
                Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(
                    format!("replace `{found}` by `{near}`"),
                    place,
                    EditAction::SetValue(near.into()),
                ),
                None => {
                    diagnostic.help(format!("values here are {}", list(admitted.iter().map(String::as_str))))
                }
            }
        }
        FindingKind::Form { what: Some(what), found, why } => {
            let text = get(value, &finding.path).and_then(Value::as_str);
            let why = text.and_then(|text| name_fault(&what, text)).unwrap_or(why);
            Diagnostic::new(name_rule(&what), place, format!("`{found}` is no {what}")).label(why)
        }
        FindingKind::Form { what: None, found, why } => Diagnostic::new(
            &rule::INVALID_VALUE,
            place,
            format!("`{found}` is no value of `{}`", finding.path),
        )
        .label(why),
        FindingKind::Other(message) => {
            Diagnostic::new(&rule::INVALID_VALUE, place, format!("`{}` is out of bounds", finding.path))
                .label(message)
        }
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The rule that a text of the wrong form breaks. `what` is the title of its schema.
fn name_rule(what: &str) -> &'static Rule {
    if matches!(what, "version" | "version constraint") {
        &rule::INVALID_VERSION
    } else {
        &rule::INVALID_NAME
    }
}

/// The schema accepts the document and the type does not: a name that breaks a law which a pattern cannot state, such as a reserved word.
/// The message is `` `TEXT` is no WHAT: WHY ``, and the text leads to the scalar.
fn unreadable(value: &Value, root: &Place, message: &str) -> Diagnostic {
    let text = message.strip_prefix('`').and_then(|rest| rest.split_once('`')).map(|(text, _)| text);
    let path = text.and_then(|text| find_scalar(value, text, &KeyPath::root())).unwrap_or_default();
    let (headline, why) = message.split_once(": ").unwrap_or((message, ""));
    let what = headline.rsplit_once(" is no ").map_or("", |(_, what)| what);
    let rule = if why.contains("reserved word") { &rule::RESERVED_NAME } else { name_rule(what) };
    Diagnostic::new(rule, root.below(&path), headline.to_owned()).label(why.to_owned())
}

/// The path of the first key or string that equals `text`.
fn find_scalar(value: &Value, text: &str, path: &KeyPath) -> Option<KeyPath> {
    match value {
        Value::String(it) if it == text => Some(path.clone()),
        Value::Object(map) => map.iter().find_map(|(key, below)| {
            if key == text { Some(path.key(key)) } else { find_scalar(below, text, &path.key(key)) }
        }),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| find_scalar(item, text, &path.index(at)))
        }
        _ => None,
    }
}
