use crate::{Place, Rule};
use serde_json::Value;

/// How bad it is. Errors stop delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Delivery is refused.
    Error,
    /// Something to mend; delivery goes on.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// The word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A place and what to say of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What; may be empty.
    pub text: String,
}

/// One finding: a rule, a headline, the places involved, and what to do.
///
/// The headline is one phrase in lower case without a full stop, names in backticks, and reads well alone on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// How bad; starts at the rule's own level and is set by [`crate::Levels`].
    pub severity: Severity,
    /// The headline.
    pub message: String,
    /// The cause.
    pub primary: Label,
    /// The other places involved.
    pub others: Vec<Label>,
    /// What is known beyond the labels.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

/// A change to the source that mends a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// What it does, as an order: "rename `versoin` to `version`".
    pub title: String,
    /// The edits, in any order; they do not overlap.
    pub edits: Vec<Edit>,
}

/// One edit at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The node or file that is edited.
    pub place: Place,
    /// What happens to it.
    pub action: EditAction,
}

/// What an edit does.
#[derive(Debug, Clone, PartialEq)]
pub enum EditAction {
    /// Puts another value in place of the node's value.
    SetValue(Value),
    /// Gives the mapping entry another key.
    RenameKey(String),
    /// Takes the entry or item out.
    Remove,
    /// Adds an entry to the mapping at the place, or sets it where it exists.
    Insert {
        /// Key of the entry.
        key: String,
        /// Its value.
        value: Value,
    },
    /// Moves the file to another path of the tree.
    MoveFile(String),
}

impl Diagnostic {
    /// A finding of `rule` at `place`, with the rule's default severity.
    pub fn new(rule: &'static Rule, place: Place, message: impl Into<String>) -> Self {
        Diagnostic {
            rule,
            severity: rule.level.severity(),
            message: message.into(),
            primary: Label { place, text: String::new() },
            others: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            fix: None,
        }
    }

    /// What to write under the cause.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place involved.
    #[must_use]
    pub fn other(mut self, place: Place, text: impl Into<String>) -> Self {
        self.others.push(Label { place, text: text.into() });
        self
    }

    /// A fact beyond the labels.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// A machine fix of one edit.
    #[must_use]
    pub fn fix(self, title: impl Into<String>, place: Place, action: EditAction) -> Self {
        self.fix_all(title, vec![Edit { place, action }])
    }

    /// A machine fix of several edits.
    #[must_use]
    pub fn fix_all(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix = Some(Fix { title: title.into(), edits });
        self
    }

    /// The order in which findings are shown: errors first, then by file, place, rule and text.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.severity, &self.primary, self.rule.name, &self.message).cmp(&(
            other.severity,
            &other.primary,
            other.rule.name,
            &other.message,
        ))
    }
}

/// Sorts findings for display and drops those that say the same of the same place.
pub fn arrange(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(Diagnostic::order);
    diagnostics.dedup_by(|a, b| a.order(b).is_eq());
}
