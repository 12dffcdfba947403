//! `impure-template`: a template of a chart is a function of its values: it draws no random value, asks no clock and no cluster, makes no key.
//! Rendered twice it would give two things, and rendered here something else than in a cluster.
//!
//! A Blueprint may leave such a function to the cluster (`manifests.deferred`, with a reason): then only Flux's render counts, and nothing that
//! is rendered before is taken for it.

use crate::ChartSubject;
use crate::template::{actions, names};
use catalyst_diag::{Diagnostic, Place, rule};

/// Functions whose result is no function of their arguments, with what they depend on and the way out.
const IMPURE: &[(&[&str], &str, &str)] = &[
    (
        &[
            "randAlphaNum",
            "randAlpha",
            "randAscii",
            "randNumeric",
            "randBytes",
            "randInt",
            "shuffle",
            "uuidv4",
        ],
        "draws a random value",
        "take the value from a Secret that is named in the values, and let an ExternalSecret make it",
    ),
    (
        &[
            "genCA",
            "genCAWithKey",
            "genSelfSignedCert",
            "genSelfSignedCertWithKey",
            "genSignedCert",
            "genSignedCertWithKey",
            "genPrivateKey",
        ],
        "makes a new key",
        "let cert-manager issue it: a Certificate whose Secret is named in the values",
    ),
    (
        &["bcrypt", "htpasswd", "encryptAES"],
        "draws a random salt",
        "take the result from a Secret that is named in the values",
    ),
    (
        &["now", "ago", "date_modify", "dateModify", "htmlDate", "durationRound"],
        "asks the clock",
        "take the time from a value, or leave it out",
    ),
    (
        &["lookup"],
        "asks the cluster",
        "take what it looks for from a value, or by a reference that the cluster resolves",
    ),
    (&["getHostByName"], "asks the network", "take the address from a value"),
];

pub(crate) fn check(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    for (file, text) in subject.templates {
        for name in actions(text).iter().flat_map(names) {
            let Some((_, what, help)) = IMPURE.iter().find(|(names, _, _)| names.contains(&name.text)) else {
                continue;
            };
            if subject.deferred.iter().any(|it| it.function == name.text) {
                continue;
            }
            let place = Place::bytes(file, name.span(0, name.text.len()));
            out.push(
                Diagnostic::new(
                    &rule::IMPURE_TEMPLATE,
                    place,
                    format!("`{}` {what}: the chart gives something else each time", name.text),
                )
                .help(format!(
                    "{help}; or leave it to the cluster, with a reason, under `manifests.deferred`"
                )),
            );
        }
    }
}
