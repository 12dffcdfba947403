//! What is required of a named object beyond its name: keys of a Secret or ConfigMap, the port of a Service.

use crate::facts::Facts;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::{BlueprintName, Export, Interface};
use catalyst_plan::{Capability, Release};
use std::collections::{BTreeMap, BTreeSet};

/// An object in the interface of a release, conditions decided.
struct Stated<'a> {
    what: &'a Capability,
    by: &'a BlueprintName,
    export: &'a Export,
    place: &'a Place,
}

/// Reports objects that somebody in the cluster provides, though not as they are required. Who names no keys and no port promises
/// nothing about them, and is believed.
pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for realm in facts.realms.iter().filter(|it| it.vcluster.is_none()) {
        let releases = &realm.cluster.releases;
        // Clusters with the same releases say the same.
        if !seen.insert(releases.keys().collect::<Vec<_>>()) {
            continue;
        }
        let mut provided: BTreeMap<&Capability, Vec<Stated<'_>>> = BTreeMap::new();
        for (name, release) in releases {
            for given in stated(name, release, "provides") {
                provided.entry(given.what).or_default().push(given);
            }
        }
        for (name, release) in releases {
            for wanted in stated(name, release, "requires") {
                let given = provided.get(wanted.what).map_or(&[] as &[Stated<'_>], Vec::as_slice);
                let lacks: Vec<_> = given.iter().map(|it| lack(wanted.export, it.export)).collect();
                if let (Some(given), Some(Some(lack))) = (given.first(), lacks.first())
                    && lacks.iter().all(Option::is_some)
                {
                    out.push(finding(&wanted, given, lack));
                }
            }
        }
    }
}

/// What of the interface of a release is in force, with how it is written.
fn stated<'a>(name: &'a BlueprintName, release: &'a Release, side: &'static str) -> Vec<Stated<'a>> {
    let blueprint = &release.entry.blueprint;
    let (interface, decided): (&Interface, _) = match side {
        "provides" => (&blueprint.spec.provides, &release.interface.provides),
        _ => (&blueprint.spec.requires, &release.interface.requires),
    };
    let root = blueprint.place.child("spec").child(side);
    let decided: BTreeMap<&Place, &Capability> = decided.iter().map(|(what, place)| (place, what)).collect();
    let lists = [
        ("secrets", &interface.secrets),
        ("configMaps", &interface.config_maps),
        ("services", &interface.services),
    ];
    let mut found = Vec::new();
    for (field, exports) in lists {
        for (at, export) in exports.iter().enumerate() {
            if let Some((place, what)) = decided.get_key_value(&root.child(field).item(at)) {
                found.push(Stated { what, by: name, export, place });
            }
        }
    }
    found
}

/// What is required and not provided, in words.
fn lack(wanted: &Export, given: &Export) -> Option<String> {
    if let (Some(wanted), Some(given)) = (wanted.port, given.port)
        && wanted != given
    {
        return Some(format!("at port {wanted}"));
    }
    let missing: Vec<String> =
        wanted.keys.iter().filter(|key| !given.keys.contains(key)).map(|key| format!("`{key}`")).collect();
    if given.keys.is_empty() || missing.is_empty() {
        return None;
    }
    Some(format!("with the key{} {}", if missing.len() == 1 { "" } else { "s" }, missing.join(", ")))
}

fn finding(wanted: &Stated<'_>, given: &Stated<'_>, lack: &str) -> Diagnostic {
    let has = match given.export.port {
        Some(port) => format!("`{}` provides it at port {port}", given.by),
        None => format!("`{}` provides it with {}", given.by, given.export.keys.join(", ")),
    };
    let message = format!("`{}` requires {} {lack}, which it does not have", wanted.by, wanted.what);
    Diagnostic::new(&rule::UNMET_REQUIREMENT, wanted.place.clone(), message)
        .other(given.place.clone(), has)
        .help("make both sides say what the object has")
}
