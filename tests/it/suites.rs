//! The suites in `tests/suites`. `CATALYST_SUITES=update` writes what is found into them; read the difference before you commit it.

use crate::support::repository;
use catalyst_tests::suite::{documents, run};
use rayon::prelude::*;

#[test]
fn every_suite_holds() {
    let update = std::env::var("CATALYST_SUITES").is_ok_and(|it| it == "update");
    let paths = documents(&repository().join("tests/suites")).unwrap();
    let reports: Vec<_> = paths.par_iter().map(|path| run(path, update).unwrap()).collect();
    let failures: String = reports.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "\n{failures}");
    assert!(reports.iter().any(|it| !it.tests.is_empty()), "there are tests");
}
