//! The text of one document: a line for editors, a comment, the envelope, the spec.

use catalyst_model::find_kind;
use std::fmt::Display;

/// A document under construction. Values are written with [`quoted`] unless they are names, which never need quotes.
pub(super) struct Document {
    text: String,
}

impl Document {
    /// A document of `kind` that will stand at `path`. `schemas` is the folder of the schemas, where the project has one.
    pub(super) fn new(
        kind: &str,
        name: impl Display,
        path: &str,
        schemas: Option<&str>,
        comment: &str,
    ) -> Self {
        let info = find_kind(kind).unwrap_or_else(|| unreachable!("`{kind}` is in the table of kinds"));
        let mut text = String::new();
        if let Some(schemas) = schemas {
            let up = "../".repeat(path.matches('/').count());
            let file = kind.to_lowercase();
            text.push_str(&format!("# yaml-language-server: $schema={up}{schemas}/{file}.json\n"));
        }
        for line in comment.lines() {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&format!(
            "apiVersion: {}\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n",
            info.api_version()
        ));
        Document { text }
    }

    /// Lines of the spec, indented by two.
    #[must_use]
    pub(super) fn spec(mut self, lines: &str) -> Self {
        for line in lines.lines() {
            if line.is_empty() {
                self.text.push('\n');
            } else {
                self.text.push_str(&format!("  {line}\n"));
            }
        }
        self
    }

    /// `key: value`, when there is a value.
    #[must_use]
    pub(super) fn field(self, key: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.spec(&format!("{key}: {value}")),
            None => self,
        }
    }

    /// The text in canonical form.
    pub(super) fn text(self) -> String {
        canonical(&self.text)
    }
}

/// A text in canonical form. What is written here always has one.
pub(super) fn canonical(text: &str) -> String {
    catalyst_yaml::format::format(text).unwrap_or_else(|_| text.to_owned())
}

/// A text of a person as a scalar that every reader takes for a text.
pub(super) fn quoted(text: &str) -> String {
    catalyst_yaml::scalar(text)
}

/// A list on one line.
pub(super) fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|it| quoted(&it.to_string())).collect();
    format!("[{}]", items.join(", "))
}

/// `online-shop` as `Online shop`.
pub(super) fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
