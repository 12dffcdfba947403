//! The suites in `tests/suites`. `CATALYST_SUITES=update` writes what is found into them; read the difference before you commit it.

use crate::support::repository;
use catalyst_diag::Severity;
use catalyst_tests::suite::{Test, documents, run};
use rayon::prelude::*;

/// How many projects of the suites have an error at least.
const WRONG_INPUTS: usize = 580;

#[test]
fn every_suite_holds() {
    let update = std::env::var("CATALYST_SUITES").is_ok_and(|it| it == "update");
    let paths = documents(&repository().join("tests/suites")).unwrap();
    let reports: Vec<_> = paths.par_iter().map(|path| run(path, update).unwrap()).collect();
    let failures: String = reports.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "\n{failures}");
    let is_wrong = |test: &&Test| test.findings.iter().any(|it| it.severity == Severity::Error);
    let mut wrong = 0;
    for report in &reports {
        let own = report.tests.iter().filter(is_wrong).count();
        println!("{own} wrong inputs in {}", report.path.display());
        wrong += own;
    }
    assert!(wrong >= WRONG_INPUTS, "{wrong} wrong inputs, and {WRONG_INPUTS} are promised");
}
