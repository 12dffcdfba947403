//! Values against JSON Schemas: what jsonschema finds, put in our own words and tied to places by key path.

use crate::expansion;
use catalyst_diag::suggest::nearest;
use catalyst_source::{KeyPath, Step};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// A schema that is ready to check values.
#[derive(Debug)]
pub struct Schema {
    document: Value,
    validator: Validator,
}

/// What is wrong with one node of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The node.
    pub path: KeyPath,
    /// The keyword of the schema that it breaks.
    pub schema_path: KeyPath,
    /// What is wrong.
    pub kind: FindingKind,
}

/// Kinds of finding.
#[derive(Debug, Clone, PartialEq)]
pub enum FindingKind {
    /// A key that the schema does not know, and the nearest one it knows. The path leads to the entry.
    Unknown {
        /// The key.
        key: String,
        /// The nearest known one.
        nearest: Option<String>,
        /// All known ones.
        known: Vec<String>,
    },
    /// A required key is missing.
    Missing {
        /// The key.
        key: String,
    },
    /// A value of another type.
    Type {
        /// What is asked for, as in `string` or `integer or string`.
        expected: String,
        /// What is there.
        found: &'static str,
    },
    /// None of the words that are admitted.
    Word {
        /// The words.
        admitted: Vec<String>,
        /// What is there.
        found: String,
        /// The nearest word.
        nearest: Option<String>,
    },
    /// A text of another form. `what` is the title of the schema, such as "Organization slug".
    Form {
        /// What kind of text is asked for.
        what: Option<String>,
        /// What is there.
        found: String,
        /// Why it does not do.
        why: String,
    },
    /// Anything else, in a sentence.
    Other(String),
}

/// Why a document is no schema.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaError {
    /// The part at fault.
    pub path: KeyPath,
    /// What is wrong with it, in a sentence.
    pub message: String,
}

impl SchemaError {
    fn new(document: &Value, error: &ValidationError<'_>) -> SchemaError {
        let path = pointer(document, error.instance_path().as_str());
        let message = match get(document, &path) {
            Some(Value::String(found)) if path.steps().last() == Some(&Step::Key("type".into())) => {
                format!(
                    "`{found}` is no type; types are array, boolean, integer, null, number, object and string"
                )
            }
            _ => error.to_string(),
        };
        SchemaError { path, message }
    }
}

impl Schema {
    /// Compiles a schema. Patterns run in linear time; references to other documents, and those that never end, are refused. An error
    /// says what is wrong with the schema, and where.
    pub fn compile(document: Value) -> Result<Schema, SchemaError> {
        expansion::check(&document).map_err(|(path, message)| SchemaError { path, message })?;
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex().size_limit(1 << 20).dfa_size_limit(1 << 20))
            .should_validate_formats(true)
            .build(&document)
            .map_err(|error| SchemaError::new(&document, &error))?;
        Ok(Schema { document, validator })
    }

    /// The schema as a document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Everything that is wrong with a value, by path.
    pub fn findings(&self, value: &Value) -> Vec<Finding> {
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for error in self.validator.iter_errors(value) {
            self.collect(value, &error, &mut findings, 0);
        }
        findings.sort_by(|a, b| (&a.path, &a.schema_path).cmp(&(&b.path, &b.schema_path)));
        findings.dedup();
        findings
    }

    fn collect(&self, root: &Value, error: &ValidationError<'_>, into: &mut Vec<Finding>, depth: usize) {
        let path = pointer(root, error.instance_path().as_str());
        let schema_path = pointer(&self.document, error.schema_path().as_str());
        let instance = error.instance();
        let mut push =
            |path: KeyPath, kind| into.push(Finding { path, schema_path: schema_path.clone(), kind });
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let known = self.properties(&schema_path);
                for key in unexpected {
                    let nearest = nearest(key, known.iter().map(String::as_str)).map(str::to_owned);
                    push(
                        path.key(key),
                        FindingKind::Unknown { key: key.clone(), nearest, known: known.clone() },
                    );
                }
            }
            ValidationErrorKind::Required { property } => {
                push(path, FindingKind::Missing { key: property.as_str().unwrap_or_default().to_owned() });
            }
            ValidationErrorKind::Type { .. } => {
                let expected = self.types(&schema_path);
                push(path, FindingKind::Type { expected, found: type_name(instance) });
            }
            ValidationErrorKind::Enum { options } => {
                push(path, word(instance, options.as_array().map_or(&[], Vec::as_slice)))
            }
            ValidationErrorKind::Constant { expected_value } => {
                push(path, word(instance, std::slice::from_ref(expected_value.as_ref())));
            }
            ValidationErrorKind::Pattern { pattern } => {
                let (what, found) = (self.title(&schema_path), shown(instance));
                push(path, FindingKind::Form { what, found, why: self.unmatched(&schema_path, pattern) });
            }
            ValidationErrorKind::MaxLength { limit } => {
                let (what, found) = (self.title(&schema_path), shown(instance));
                push(
                    path,
                    FindingKind::Form { what, found, why: format!("it has more than {limit} characters") },
                );
            }
            ValidationErrorKind::MinLength { limit } => {
                let (what, found) = (self.title(&schema_path), shown(instance));
                push(
                    path,
                    FindingKind::Form { what, found, why: format!("it has less than {limit} characters") },
                );
            }
            ValidationErrorKind::Format { format } => {
                push(
                    path,
                    FindingKind::Form {
                        what: Some(format.clone()),
                        found: shown(instance),
                        why: "it has another form".into(),
                    },
                );
            }
            ValidationErrorKind::PropertyNames { error } => {
                let key = shown(error.instance());
                let kind = match error.kind() {
                    ValidationErrorKind::Enum { options } => {
                        word(error.instance(), options.as_array().map_or(&[], Vec::as_slice))
                    }
                    ValidationErrorKind::Pattern { pattern } => FindingKind::Form {
                        what: self.key_title(&schema_path),
                        found: key.clone(),
                        why: self.unmatched(&schema_path, pattern),
                    },
                    ValidationErrorKind::MaxLength { limit } => FindingKind::Form {
                        what: self.key_title(&schema_path),
                        found: key.clone(),
                        why: format!("it has more than {limit} characters"),
                    },
                    _ => FindingKind::Form { what: None, found: key.clone(), why: error.to_string() },
                };
                push(path.key(error.instance().as_str().unwrap_or(&key)), kind);
            }
            ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context }
                if depth < 8 =>
            {
                // The branch that comes nearest: one whose constants hold, else the one with the fewest errors.
                let mistaken = |errors: &[ValidationError<'_>]| {
                    errors
                        .iter()
                        .filter(|e| {
                            matches!(
                                e.kind(),
                                ValidationErrorKind::Constant { .. } | ValidationErrorKind::Type { .. }
                            )
                        })
                        .count()
                };
                if let Some(best) = context.iter().min_by_key(|errors| (mistaken(errors), errors.len())) {
                    let constants: Vec<Value> = context
                        .iter()
                        .flatten()
                        .filter_map(|e| match e.kind() {
                            ValidationErrorKind::Constant { expected_value } => {
                                Some(expected_value.as_ref().clone())
                            }
                            _ => None,
                        })
                        .collect();
                    match best.iter().find(|e| matches!(e.kind(), ValidationErrorKind::Constant { .. })) {
                        Some(error) => {
                            push(
                                pointer(root, error.instance_path().as_str()),
                                word(error.instance(), &constants),
                            );
                        }
                        None => best.iter().for_each(|error| self.collect(root, error, into, depth + 1)),
                    }
                }
            }
            _ => push(path, FindingKind::Other(error.to_string())),
        }
    }

    /// The object that holds the keyword a path leads to.
    fn holder(&self, keyword: &KeyPath) -> Option<&Value> {
        let mut node = &self.document;
        for step in keyword.parent()?.steps() {
            node = match step {
                Step::Key(key) => node.get(key.as_ref())?,
                Step::Index(index) => node.get(*index as usize)?,
            };
        }
        Some(node)
    }

    fn properties(&self, keyword: &KeyPath) -> Vec<String> {
        let properties =
            self.holder(keyword).and_then(|holder| holder.get("properties")).and_then(Value::as_object);
        properties.map(|map| map.keys().cloned().collect()).unwrap_or_default()
    }

    fn title(&self, keyword: &KeyPath) -> Option<String> {
        self.holder(keyword)?.get("title")?.as_str().map(str::to_owned)
    }

    /// Why a text does not match. Where the pattern takes lines, the words about the field say more.
    fn unmatched(&self, keyword: &KeyPath, pattern: &str) -> String {
        let about = self.holder(keyword).and_then(|holder| holder.get("description")?.as_str());
        match about {
            Some(about) if pattern.len() > 200 => format!("it is not what is asked for: {about}"),
            _ => format!("it does not match `{pattern}`"),
        }
    }

    /// What the keys of a mapping are, by the path of its `propertyNames` or of a keyword in it.
    fn key_title(&self, keyword: &KeyPath) -> Option<String> {
        let holder = self.holder(keyword)?;
        holder.get("propertyNames").unwrap_or(holder).get("title")?.as_str().map(str::to_owned)
    }

    fn types(&self, keyword: &KeyPath) -> String {
        match self.holder(keyword).and_then(|holder| holder.get("type")) {
            Some(Value::String(one)) => one.clone(),
            Some(Value::Array(many)) => {
                many.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
            }
            _ => "another type".into(),
        }
    }
}

fn pointer(root: &Value, pointer: &str) -> KeyPath {
    KeyPath::from_pointer(pointer, |path| get(root, path).is_some_and(Value::is_array))
}

/// The node of a value at a path.
pub fn get<'a>(root: &'a Value, path: &KeyPath) -> Option<&'a Value> {
    path.steps().iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key.as_ref()),
        Step::Index(index) => node.get(*index as usize),
    })
}

fn word(instance: &Value, options: &[Value]) -> FindingKind {
    let admitted: Vec<String> = options.iter().map(shown).collect();
    let found = shown(instance);
    let nearest = nearest(&found, admitted.iter().map(String::as_str)).map(str::to_owned);
    FindingKind::Word { admitted, found, nearest }
}

/// A value in a message: strings bare, everything else as JSON, cut when it is long.
pub fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() > 60 { text.chars().take(57).chain("...".chars()).collect() } else { text }
}

/// The JSON type of a value.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "mapping",
    }
}

/// The name of a type with its article; null has none.
pub fn with_article(name: &str) -> String {
    match name {
        "null" => "empty".to_owned(),
        name if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {name}"),
        name => format!("a {name}"),
    }
}
