//! Problems of the YAML layer as diagnostics.

use catalyst_diag::{Diagnostic, Place, Rule, rule};
use catalyst_source::TreePath;
use catalyst_yaml::{Problem, ProblemKind};

/// The diagnostic for a problem that the reader found in `file`.
pub fn from_problem(file: &TreePath, problem: &Problem) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(rule_of(problem.kind), Place::bytes(file, problem.span), problem.message.clone());
    if let Some((span, text)) = &problem.other {
        diagnostic = diagnostic.other(Place::bytes(file, *span), text.clone());
    }
    if let Some(help) = &problem.help {
        diagnostic = diagnostic.help(help.clone());
    } else if let Some(replacement) = &problem.replacement {
        diagnostic = diagnostic.help(format!("write `{replacement}`"));
    }
    diagnostic
}

fn rule_of(kind: ProblemKind) -> &'static Rule {
    match kind {
        ProblemKind::Syntax => &rule::YAML_SYNTAX,
        ProblemKind::DuplicateKey => &rule::DUPLICATE_KEY,
        ProblemKind::AmbiguousScalar => &rule::AMBIGUOUS_SCALAR,
        ProblemKind::NonStringKey => &rule::NON_STRING_KEY,
        ProblemKind::MergeKey => &rule::MERGE_KEY,
        ProblemKind::UndefinedAlias => &rule::UNDEFINED_ALIAS,
        ProblemKind::UnknownTag => &rule::UNKNOWN_TAG,
        ProblemKind::Limit => &rule::INPUT_LIMIT,
    }
}
