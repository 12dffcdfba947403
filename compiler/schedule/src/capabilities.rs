//! What releases of the kit give to each other inside one cluster.

use catalyst_diag::Diagnostic;
use catalyst_plan::{Capability, ReleaseInterface};
use catalyst_resolve::{Compiled, Variables};

/// The interface of a release, conditions decided. A named object without a namespace of its own stands in that of the release.
pub(crate) fn interface(
    compiled: &Compiled,
    variables: &Variables,
    namespace: &str,
    out: &mut Vec<Diagnostic>,
) -> ReleaseInterface {
    let mut decide = |exports: &[catalyst_resolve::CompiledExport]| {
        let mut found = Vec::new();
        for export in exports {
            let holds = match export.when.as_ref().map(|when| when.evaluate(variables)) {
                None => true,
                Some(Ok(value)) => value == true,
                Some(Err(problem)) => {
                    out.push(catalyst_resolve::expression_problem(&problem, &export.place.child("when")));
                    false
                }
            };
            if holds {
                found.push((located(&export.what, namespace), export.place.clone()));
            }
        }
        found
    };
    let requires = decide(&compiled.requires);
    ReleaseInterface { provides: decide(&compiled.provides), requires }
}

/// A Secret, ConfigMap or Service always stands in a namespace.
fn located(what: &Capability, namespace: &str) -> Capability {
    match what {
        Capability::Named { kind: kind @ ("Secret" | "ConfigMap" | "Service"), name, namespace: None } => {
            Capability::Named { kind, name: name.clone(), namespace: Some(namespace.to_owned()) }
        }
        other => other.clone(),
    }
}
