//! `forbidden-domain`: a Sovereign or Organization uses a domain that the project allows (domain.md 13.4).
//!
//! Allowed is what stands below `spec.domains` of the project, and the test domains. `openova.io` and `eventforge.io` are never allowed:
//! what runs there is not a test. In other text they are looked for in addresses only, since `openova.io` is also the suffix of the
//! platform's API groups and labels. `admin.` in front of a Sovereign's domain is a host that no longer exists.

use crate::{ChartSubject, Facts, Text, origin, walk};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::DomainName;
use catalyst_plan::{Body, Index};

const NEVER: &[&str] = &["eventforge.io", "openova.io"];
/// Below these, one label `t` and digits: a Sovereign under test.
const TEST_SOVEREIGNS: &[&str] = &["omani.works", "omantel.biz"];
/// Below these, an Organization under test.
const TEST_ORGANIZATIONS: &[&str] = &["omani.homes", "omani.rest", "omani.trade"];
/// Keys whose value is a host name or a domain.
const HOST_KEYS: &[&str] = &[
    "domain",
    "domains",
    "domainFilters",
    "endpoint",
    "externalName",
    "fqdn",
    "host",
    "hostname",
    "hostnames",
    "hosts",
    "issuer",
    "publicServerName",
    "server",
    "serverName",
    "url",
    "zone",
];

/// Domains of Sovereigns and Organizations.
pub(crate) fn domains(index: &Index, out: &mut Vec<Diagnostic>) {
    let allowed: &[DomainName] = index.project.as_ref().map_or(&[], |it| &it.spec.domains);
    for intent in index.sovereigns.values() {
        let sovereign = &intent.sovereign;
        let domain = sovereign.spec.domain.as_str();
        let place = sovereign.place.child("spec").child("domain");
        let known = below_any(domain, allowed) || TEST_SOVEREIGNS.iter().any(|it| is_test(domain, it));
        one(&format!("Sovereign `{}`", sovereign.name), domain, known, place, out);
        for organization in intent.organizations.values() {
            let organization = &organization.organization;
            let Some(own) = &organization.spec.domain else { continue };
            let own = own.as_str();
            let known = below_any(own, allowed)
                || is_below(own, domain)
                || TEST_ORGANIZATIONS.iter().any(|it| is_below(own, it) && own != *it);
            let place = organization.place.child("spec").child("domain");
            one(&format!("Organization `{}`", organization.name), own, known, place, out);
        }
    }
}

fn one(who: &str, domain: &str, known: bool, place: Place, out: &mut Vec<Diagnostic>) {
    if let Some(never) = NEVER.iter().find(|it| is_below(domain, it)) {
        out.push(
            Diagnostic::new(&rule::FORBIDDEN_DOMAIN, place, format!("{who} uses `{domain}`"))
                .label(format!("nothing may stand below `{never}`"))
                .help("use a domain of your own, or a test domain such as `t38.omani.works`"),
        );
    } else if !known {
        out.push(
            Diagnostic::new(
                &rule::FORBIDDEN_DOMAIN,
                place,
                format!("{who} uses `{domain}`, which the project does not allow"),
            )
            .help("add it, or a domain above it, to `spec.domains` in `catalyst.yaml`"),
        );
    }
}

fn below_any(domain: &str, allowed: &[DomainName]) -> bool {
    allowed.iter().any(|it| is_below(domain, it.as_str()))
}

/// Whether a domain is another one or stands below it.
fn is_below(domain: &str, above: &str) -> bool {
    domain.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// `t38.omani.works` for `omani.works`.
fn is_test(domain: &str, above: &str) -> bool {
    let label = domain.strip_suffix(above).and_then(|it| it.strip_suffix('.'));
    let number = label.and_then(|it| it.strip_prefix('t'));
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
}

/// Addresses in any text of a document.
pub(crate) fn addresses(text: &Text<'_>, out: &mut Vec<Diagnostic>) {
    walk::strings(text.value, &mut |trail, value| {
        let Some(host) = address(value, trail.key().unwrap_or_default()) else { return };
        let path = trail.path();
        // Those of Sovereigns and Organizations are reported with their names.
        if matches!(text.kind, "Sovereign" | "Organization") && path == origin::keys(&["spec", "domain"]) {
            return;
        }
        out.push(found(text.place(path), host));
    });
}

/// Addresses in the values of a chart.
pub(crate) fn values(subject: &ChartSubject<'_>, out: &mut Vec<Diagnostic>) {
    let Some((file, values)) = subject.values else { return };
    walk::strings(values, &mut |trail, value| {
        if let Some(host) = address(value, trail.key().unwrap_or_default()) {
            out.push(found(Place::value(file, 0, trail.path()), host));
        }
    });
}

fn found(place: Place, host: &str) -> Diagnostic {
    Diagnostic::new(&rule::FORBIDDEN_DOMAIN, place, format!("`{host}` is a forbidden domain"))
        .help("name a host of the Sovereign: its domain is `sovereign.domain` in an expression")
}

/// A forbidden host in a text: in a URL, behind an `@`, or as the whole value under a key that holds hosts.
fn address<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    for domain in NEVER {
        for (at, _) in text.match_indices(domain) {
            let end = at + domain.len();
            let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*' | '_');
            let start = text[..at].trim_end_matches(inside).len();
            let whole = at == start || text[..at].ends_with('.');
            let mut after = text[end..].chars();
            let ends = match after.next() {
                Some('.') => !after.next().is_some_and(|c| c.is_ascii_alphanumeric()),
                Some(c) => !inside(c),
                None => true,
            };
            let before = &text[..start];
            let addressed = before.ends_with("://") || before.ends_with('@');
            let alone = start == 0 && end == text.len() && HOST_KEYS.contains(&key);
            if whole && ends && (addressed || alone) {
                return text.get(start..end);
            }
        }
    }
    None
}

/// The dead host `admin.<domain>` in what is emitted.
pub(crate) fn dead_hosts(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let dead = format!("admin.{}", facts.subject.plan.facts.domain);
    let mut report = |provenance, path: catalyst_source::KeyPath| {
        let place = origin::of_provenance(provenance, &path);
        out.push(
            // The same words for every Sovereign: a mistake in the kit is one finding.
            Diagnostic::new(&rule::FORBIDDEN_DOMAIN, place, "hosts `admin.` are not served any more")
                .note(format!("this one is `{dead}`"))
                .help("administration is part of the console: `console.` and the path `/bss`"),
        );
    };
    for file in facts.subject.tree.files.values() {
        let mut look = |value, provenance| {
            walk::strings(value, &mut |trail, text| {
                if text.len() >= dead.len() && names(text, &dead) {
                    report(provenance, trail.path());
                }
            });
        };
        match &file.body {
            // Only trees of values hold texts that somebody wrote.
            Body::Objects(objects) => {
                objects
                    .iter()
                    .filter(|it| !it.provenance.values.is_empty())
                    .for_each(|it| look(&it.object, &it.provenance));
            }
            Body::Document(value, provenance) => look(value, provenance),
            Body::Text(_) => {}
        }
    }
}

/// Whether a text names exactly this host.
fn names(text: &str, host: &str) -> bool {
    text.match_indices(host).any(|(at, _)| {
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        !text[..at].ends_with(inside) && !text[at + host.len()..].starts_with(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Scene, index, lines, object, project, text};
    use serde_json::json;

    fn run(domain: &str, own: &str, allowed: &[&str]) -> Vec<String> {
        lines(&project(
            domains,
            &index(&[
                ("catalyst.yaml", "Project", "p", json!({ "domains": allowed })),
                ("sovereign.yaml", "Sovereign", "demo", json!({ "domain": domain })),
                ("organization.yaml", "Organization", "acme", json!({ "sovereign": "demo", "domain": own })),
            ]),
        ))
    }

    #[test]
    fn allowed_and_test_domains_pass() {
        assert!(run("t38.omani.works", "acme.omani.homes", &[]).is_empty());
        assert!(run("bank.example.com", "acme.bank.example.com", &["example.com"]).is_empty());
    }

    #[test]
    fn others_do_not() {
        assert_eq!(
            run("demo.openova.io", "acme.example.com", &["openova.io"]),
            [
                "forbidden-domain sovereign.yaml:spec.domain: Sovereign `demo` uses `demo.openova.io`",
                "forbidden-domain organization.yaml:spec.domain: Organization `acme` uses `acme.example.com`, which the \
                 project does not allow",
            ]
        );
        assert_eq!(run("x38.omani.works", "acme.x38.omani.works", &[]).len(), 1);
        assert_eq!(run("notomani.works", "omani.rest", &["omani.works"]).len(), 2);
    }

    #[test]
    fn addresses_are_told_from_api_groups() {
        let value = json!({ "spec": { "values": {
            "a": "catalyst.openova.io/v1", "b": "openova.io/*", "group": "acme.dynadot.openova.io",
            "c": "https://console.openova.io/x", "d": "who@eventforge.io", "host": "a.openova.io",
            "e": "https://openova.io.example.com", "f": "https://notopenova.io",
        } } });
        let found = text(addresses, "Application", &value);
        let hosts: Vec<_> = found.iter().map(|it| it.message.as_str()).collect();
        let own = serde_json::json!({ "url": "https://console.openova.io", "groupName": "acme.dynadot.openova.io" });
        assert_eq!(crate::testing::chart(values, own, &[]).len(), 1);
        assert_eq!(
            hosts,
            [
                "`console.openova.io` is a forbidden domain",
                "`eventforge.io` is a forbidden domain",
                "`a.openova.io` is a forbidden domain"
            ]
        );
    }

    #[test]
    fn the_admin_host_is_dead() {
        let run = |host: &str| {
            let mut scene = Scene::new();
            let values = json!({ "values": { "host": host } });
            let mut release = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "flux-system/bp-x", values);
            release.provenance.values.push((origin::keys(&["spec", "values"]), Default::default()));
            scene.emit("demo/clusters/hz-fsn-mgt-prod/bootstrap-kit/01-bp-x.yaml", vec![release]);
            scene.run(dead_hosts).len()
        };
        assert_eq!(run("https://admin.t38.omani.works/x"), 1);
        assert_eq!(run("admin.acme-prod.t38.omani.works"), 0);
        assert_eq!(run("sysadmin.t38.omani.works"), 0);
    }
}
