//! The rules, one file each, and the lists that run them.

use crate::Text;
use catalyst_diag::Diagnostic;
use catalyst_plan::Index;

mod path_mismatch;

/// A rule over all intent.
pub(crate) type ProjectRule = fn(&Index, &mut Vec<Diagnostic>);
/// A rule over one document.
pub(crate) type TextRule = fn(&Text<'_>, &mut Vec<Diagnostic>);

/// Rules over all intent.
pub(crate) static PROJECT: &[ProjectRule] = &[path_mismatch::check];

/// Rules over one document.
pub(crate) static TEXT: &[TextRule] = &[];
