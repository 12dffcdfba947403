//! Files: the inputs, and the queries over one file.

use crate::Db;
use catalyst_diag::Diagnostic;
use catalyst_lower::{ChartTestFile, Lowered};
use catalyst_plan::ChartFacts;
use catalyst_source::TreePath;
use catalyst_yaml::{Dialect, Parsed};
use std::sync::Arc;

/// What a file is to the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A document of intent.
    Intent,
    /// The `Chart.yaml` of a chart.
    Chart,
    /// The `values.yaml` of a chart.
    Values,
    /// A template of a chart: text, and no YAML.
    Template,
    /// Cases of a chart.
    Tests,
}

/// One file. Made once for a path, and given a new text when the file changes.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Where it stands.
    #[returns(ref)]
    pub path: TreePath,
    /// What it is.
    #[returns(copy)]
    pub kind: FileKind,
    /// Its text.
    #[returns(ref)]
    pub text: Arc<str>,
}

/// All files of the project, in order of path, and the lock.
#[salsa::input(singleton, debug)]
pub struct Files {
    /// The files.
    #[returns(ref)]
    pub files: Vec<SourceFile>,
    /// Text of `catalyst.lock`, when there is one.
    #[returns(ref)]
    pub lock: Option<Arc<str>>,
}

/// The tree of a file with its positions.
#[salsa::tracked(returns(ref))]
pub fn parsed(db: &dyn Db, file: SourceFile) -> Parsed {
    catalyst_yaml::parse(file.text(db))
}

/// The items of a file of intent.
#[salsa::tracked(returns(ref))]
pub fn lowered(db: &dyn Db, file: SourceFile) -> Lowered {
    catalyst_lower::lower(file.path(db), parsed(db, file))
}

/// What a `Chart.yaml` says.
#[salsa::tracked(returns(ref))]
pub fn chart(db: &dyn Db, file: SourceFile) -> Option<ChartFacts> {
    catalyst_lower::chart_facts(file.path(db), parsed(db, file))
}

/// What keeps a `Chart.yaml` from being read.
#[salsa::tracked(returns(ref))]
pub fn chart_problems(db: &dyn Db, file: SourceFile) -> Vec<Diagnostic> {
    catalyst_lower::chart_problems(file.path(db), parsed(db, file))
}

/// The cases in a file.
#[salsa::tracked(returns(ref))]
pub fn chart_tests(db: &dyn Db, file: SourceFile) -> ChartTestFile {
    catalyst_lower::lower_chart_tests(file.path(db), parsed(db, file))
}

/// Findings of the rules over texts, for one file.
pub type Checked = Vec<Diagnostic>;

/// Findings of the rules over texts.
#[salsa::tracked(returns(ref))]
pub fn checked(db: &dyn Db, file: SourceFile) -> Checked {
    let mut out = Vec::new();
    for item in &lowered(db, file).items {
        let catalyst_diag::At::Node { document, .. } = item.place.at else { continue };
        let Some(node) = parsed(db, file).documents.get(document as usize) else { continue };
        let (value, _) = node.to_value(Dialect::Strict);
        out.extend(catalyst_check::check_text(file.path(db), &value, document, item.kind));
    }
    out
}
