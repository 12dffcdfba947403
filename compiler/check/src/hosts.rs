//! Which hosts a text names, and whose they are: the proof that an air-gapped Sovereign needs nothing from outside of it.
//!
//! What follows `://` is a host. What has dots and ends in a top-level domain may be one, and may as well be the group of an API, a file or
//! a mail address: each of these is told by what is known of the Sovereign's own objects, and everything that was judged can be listed.

use crate::walk::{self, Trail};
use catalyst_plan::{Body, Capability, EmittedTree, Plan};
use catalyst_source::KeyPath;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a host was found to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is the Sovereign's own.
    Own,
    /// It is inside of a cluster, or an address of a private network.
    Inside,
    /// The intent allows it, for this reason.
    Allowed(String),
    /// It is the group of an API or the prefix of a label.
    Group,
    /// It is the domain of a mail address.
    Mail,
    /// It stands in a text for people.
    Documentation,
    /// It is the name of a file.
    File,
    /// It is outside.
    Outside,
}

impl Verdict {
    /// As a word, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Verdict::Own => "own",
            Verdict::Inside => "inside",
            Verdict::Allowed(_) => "allowed",
            Verdict::Group => "api-group",
            Verdict::Mail => "mail",
            Verdict::Documentation => "documentation",
            Verdict::File => "file",
            Verdict::Outside => "outside",
        }
    }
}

/// What is known of an air-gapped Sovereign.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// Domains; what stands below them is its own.
    own: Vec<String>,
    allowed: BTreeMap<String, String>,
    groups: BTreeSet<String>,
}

/// How a text names a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Behind `://`.
    Url,
    /// In front of a path, a port or a digest.
    Reference,
    /// By itself.
    Bare,
    /// Behind an `@` that is no part of a URL.
    Mail,
}

/// Keys of texts for people.
const DOCUMENTATION: [&str; 8] =
    ["description", "title", "home", "sources", "icon", "documentation", "externalDocs", "example"];
/// Prefixes of annotations for people.
const FOR_PEOPLE: [&str; 2] = ["artifacthub.io/", "meta.helm.sh/"];
/// Hosts below the domains of Kubernetes that are none of its API groups.
const REAL_HOSTS: [&str; 4] = ["registry.k8s.io", "dl.k8s.io", "packages.k8s.io", "pkgs.k8s.io"];
/// Top-level domains beside those of countries, which have two letters.
const TOP: [&str; 40] = [
    "academy",
    "agency",
    "app",
    "arpa",
    "biz",
    "blog",
    "cloud",
    "com",
    "company",
    "dev",
    "digital",
    "edu",
    "email",
    "global",
    "gov",
    "homes",
    "info",
    "int",
    "io",
    "live",
    "mil",
    "museum",
    "name",
    "net",
    "network",
    "online",
    "org",
    "page",
    "pro",
    "rest",
    "run",
    "services",
    "site",
    "solutions",
    "systems",
    "tech",
    "tools",
    "trade",
    "works",
    "xyz",
];
/// Endings of names inside of clusters and machines.
const INSIDE: [&str; 8] = ["svc", "local", "internal", "localdomain", "localhost", "lan", "test", "invalid"];
/// Endings of two letters that are no top-level domains.
const NO_TOP: [&str; 10] = ["cs", "db", "go", "gz", "js", "kt", "rb", "ts", "vb", "xz"];
/// Top-level domains of two letters that are endings of files too.
const FILES: [&str; 12] = ["sh", "py", "rs", "md", "pl", "so", "ps", "cc", "tf", "st", "in", "ml"];

impl Hosts {
    /// What is known of a Sovereign; `None` when it is not air-gapped.
    pub fn of(plan: &Plan, tree: &EmittedTree) -> Option<Hosts> {
        let air_gap = plan.sovereign.spec.air_gap.as_ref()?;
        let allowed = air_gap.allowed.iter().map(|it| (it.host.to_string(), it.reason.clone())).collect();
        let mut hosts = Hosts { own: vec![plan.facts.domain.clone()], allowed, groups: BTreeSet::new() };
        hosts.own.extend(plan.organizations.values().map(|it| it.domain.to_string()));
        for release in plan.clusters.values().flat_map(|it| it.releases.values()) {
            hosts.groups.extend(release.interface.provides.iter().filter_map(|(it, _)| match it {
                Capability::Api { group, .. } => Some(group.clone()),
                Capability::Named { .. } => None,
            }));
        }
        for file in tree.files.values() {
            match &file.body {
                Body::Objects(objects) => objects.iter().for_each(|it| hosts.learn(&it.object)),
                Body::Document(value, _) => hosts.learn(value),
                Body::Text(_) => {}
            }
        }
        Some(hosts)
    }

    /// Takes note of the API groups and label prefixes of an object.
    pub fn learn(&mut self, value: &Value) {
        walk::nodes(value, &mut |trail, value| {
            if let Value::Object(map) = value {
                for key in map.keys() {
                    if let Some((prefix, _)) = key.split_once('/').filter(|(prefix, _)| is_domain(prefix)) {
                        self.groups.insert(prefix.to_owned());
                    }
                }
            }
            if let Value::String(text) = value {
                match trail.key() {
                    Some("apiVersion") => {
                        if let Some((group, _)) = text.split_once('/') {
                            self.groups.insert(group.to_owned());
                        }
                    }
                    Some("group" | "apiGroup" | "apiGroups") => {
                        self.groups.insert(text.clone());
                    }
                    _ => {}
                }
            }
        });
    }

    /// Whether the host of an image, with its port or without, is outside.
    pub fn is_outside(&self, host: &str) -> bool {
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host).to_ascii_lowercase();
        // In front of an image there is no group of an API.
        self.verdict(&host, Form::Url, None, &host) == Verdict::Outside
    }

    /// Visits every host that a tree of values names, with its place, the text and what it is.
    pub fn visit(&self, value: &Value, found: &mut dyn FnMut(KeyPath, &str, &str, Verdict)) {
        walk::nodes(value, &mut |trail, value| match value {
            Value::String(text) => {
                for (host, verdict) in self.judge(text, Some(trail)) {
                    found(trail.path(), text, &host, verdict);
                }
            }
            Value::Object(map) => {
                for key in map.keys() {
                    // A key with a host in front of its slash is a label or an annotation.
                    for (host, form) in hosts_in(key).into_iter().filter(|(_, form)| *form == Form::Url) {
                        let verdict = self.verdict(&host, form, None, key);
                        found(trail.path().key(key), key, &host, verdict);
                    }
                }
            }
            _ => {}
        });
    }

    /// The hosts that a text names.
    pub fn in_text(&self, text: &str) -> Vec<(String, Verdict)> {
        self.judge(text, None)
    }

    fn judge(&self, text: &str, trail: Option<&Trail<'_>>) -> Vec<(String, Verdict)> {
        let judged = |(host, form): (String, Form)| {
            let verdict = self.verdict(&host, form, trail, text);
            (host, verdict)
        };
        hosts_in(text).into_iter().map(judged).collect()
    }

    fn verdict(&self, host: &str, form: Form, trail: Option<&Trail<'_>>, text: &str) -> Verdict {
        let last = host.rsplit('.').next().unwrap_or(host);
        if self.own.iter().any(|it| is_below(host, it)) {
            return Verdict::Own;
        }
        if is_address(host) {
            return if is_private(host) { Verdict::Inside } else { Verdict::Outside };
        }
        if !host.contains('.') || INSIDE.contains(&last) || host.contains(".svc.") {
            return Verdict::Inside;
        }
        if let Some((_, reason)) = self.allowed.iter().find(|(it, _)| is_below(host, it)) {
            return Verdict::Allowed(reason.clone());
        }
        if form != Form::Url && self.is_group(host) {
            return Verdict::Group;
        }
        if form == Form::Mail {
            return Verdict::Mail;
        }
        let for_people = |key: &str| FOR_PEOPLE.iter().any(|it| key.starts_with(it));
        if trail.is_some_and(|it| it.passes(&DOCUMENTATION) || it.key().is_some_and(for_people)) {
            return Verdict::Documentation;
        }
        if form == Form::Bare && FILES.contains(&last) && host.matches('.').count() == 1 {
            return Verdict::File;
        }
        // A comment in a script or in a file of settings.
        if let Some(at) = text.find(host) {
            let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start();
            if line.starts_with('#') || line.starts_with("//") {
                return Verdict::Documentation;
            }
        }
        Verdict::Outside
    }

    /// Whether a name is known as the group of an API, or is one of Kubernetes' own.
    fn is_group(&self, host: &str) -> bool {
        let own = || ["k8s.io", "kubernetes.io"].iter().any(|it| is_below(host, it));
        // `certificates.cert-manager.io` is the name of a definition.
        let known = || {
            self.groups.contains(host) || host.split_once('.').is_some_and(|(_, it)| self.groups.contains(it))
        };
        !REAL_HOSTS.contains(&host) && (known() || own())
    }
}

/// What may be a host in a text, each once, in its order.
fn hosts_in(text: &str) -> Vec<(String, Form)> {
    let mut found: Vec<(String, Form)> = Vec::new();
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
    let mut at = 0;
    while let Some(start) = text[at..].find(of_name).map(|it| at + it) {
        let end = text[start..].find(|c| !of_name(c)).map_or(text.len(), |it| start + it);
        at = end;
        let token = text[start..end].trim_matches(['.', '-', '_', '*']);
        let (before, after) = (&text[..start], &text[end..]);
        let in_url = |before: &str| {
            before.rfind("://").is_some_and(|it| !before[it + 3..].contains(['/', ' ', '\n', '"', '\'', '?']))
        };
        let is_url = before.ends_with("://") || (before.ends_with(['@', ':']) && in_url(before));
        let form = if is_url && !(before.ends_with(':') && token.chars().all(|c| c.is_ascii_digit())) {
            // A name before an `@` is a user.
            if after.starts_with('@') || (after.starts_with(':') && is_user(after)) {
                continue;
            }
            Form::Url
        } else if before.ends_with('@') {
            Form::Mail
        } else if before.ends_with(['/', '\\', '$', '{', '%']) || !is_domain(token) {
            continue;
        } else if after.starts_with('/')
            || (after.starts_with(':') && after[1..].starts_with(char::is_alphanumeric))
        {
            Form::Reference
        } else if after.starts_with(['@', '(', '{', '[', '=']) {
            continue;
        } else {
            Form::Bare
        };
        let host = token.to_ascii_lowercase();
        if !host.is_empty() && !found.iter().any(|(it, known)| *it == host && *known == form) {
            found.push((host, form));
        }
    }
    found
}

/// Whether what follows is `:password@`.
fn is_user(after: &str) -> bool {
    let end = after.find(['/', ' ', '\n', '"']).unwrap_or(after.len());
    after[..end].contains('@')
}

/// Whether a text has the form of a name with a top-level domain, or of an address.
fn is_domain(text: &str) -> bool {
    let label = |it: &str| {
        !it.is_empty()
            && it.len() <= 63
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    if is_address(text) {
        return true;
    }
    let Some((name, top)) = text.rsplit_once('.') else { return false };
    let of_country =
        |it: &str| it.len() == 2 && it.bytes().all(|c| c.is_ascii_lowercase()) && !NO_TOP.contains(&it);
    let is_top = of_country(top) || TOP.contains(&top);
    is_top && name.split('.').all(label) && name.bytes().any(|c| c.is_ascii_lowercase())
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

fn is_private(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok_and(|it| {
        let shared = it.octets()[0] == 100 && (64..128).contains(&it.octets()[1]);
        it.is_private()
            || it.is_loopback()
            || it.is_link_local()
            || it.is_unspecified()
            || it.is_broadcast()
            || it.is_multicast()
            || it.is_documentation()
            || shared
    })
}

/// Whether a domain is another one or stands below it.
fn is_below(domain: &str, above: &str) -> bool {
    domain.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hosts() -> Hosts {
        let mut hosts = Hosts {
            own: vec!["t38.omani.works".into(), "acme.omani.homes".into()],
            allowed: [("login.bank.example.com".to_owned(), "by a line of its own".to_owned())].into(),
            groups: BTreeSet::new(),
        };
        hosts.learn(&json!({
            "apiVersion": "cert-manager.io/v1",
            "metadata": { "labels": { "openova.io/blueprint": "bp-x" } },
        }));
        hosts
    }

    fn judged(text: &str) -> Vec<String> {
        hosts().in_text(text).into_iter().map(|(host, it)| format!("{host} {}", it.as_str())).collect()
    }

    #[test]
    fn in_front_of_an_image_stands_a_host() {
        // The second is one below the group of an API.
        for outside in ["docker.io", "xpkg.cert-manager.io", "registry.k8s.io", "8.8.8.8:5000", "QUAY.io"] {
            assert!(hosts().is_outside(outside), "{outside}");
        }
        let inside = ["localhost:5000", "registry.svc.cluster.local:5000", "10.0.0.1"];
        for own in inside.iter().chain(&["harbor.t38.omani.works", "login.bank.example.com:443"]) {
            assert!(!hosts().is_outside(own), "{own}");
        }
    }

    #[test]
    fn hosts_are_told_from_what_only_looks_like_them() {
        for (text, wanted) in [
            ("https://console.t38.omani.works/x", "console.t38.omani.works own"),
            ("harbor.t38.omani.works/ghcr.io/a/b:v1", "harbor.t38.omani.works own"),
            ("oci://registry.acme.omani.homes/a", "registry.acme.omani.homes own"),
            ("https://notomani.works", "notomani.works outside"),
            ("quay.io/jetstack/cert-manager-controller:v1.16.2", "quay.io outside"),
            ("ghcr.io", "ghcr.io outside"),
            ("registry.k8s.io/kubectl", "registry.k8s.io outside"),
            ("https://user:secret@git.example.org:8443/a.git", "git.example.org outside"),
            ("ssh://git@git.example.org/a.git", "git.example.org outside"),
            ("http://web.shop.svc:8080", "web.shop.svc inside"),
            ("postgres://app@db-rw:5432/x", "db-rw inside"),
            ("https://10.0.0.1:6443", "10.0.0.1 inside"),
            ("8.8.8.8", "8.8.8.8 outside"),
            ("cert-manager.io/v1", "cert-manager.io api-group"),
            ("certificates.cert-manager.io", "certificates.cert-manager.io api-group"),
            ("openova.io/sovereign", "openova.io api-group"),
            ("rbac.authorization.k8s.io", "rbac.authorization.k8s.io api-group"),
            ("https://openova.io", "openova.io outside"),
            ("https://login.bank.example.com/v2", "login.bank.example.com allowed"),
            ("ops@example.com", "example.com mail"),
            ("run.sh", "run.sh file"),
            ("# see https://docs.example.org", "docs.example.org documentation"),
        ] {
            assert_eq!(judged(text), [wanted], "{text}");
        }
        for text in [
            "1.2.3",
            "v1.16.2",
            "values.yaml",
            "/etc/ssl/ca.pem",
            "Release.Namespace",
            "spec.replicas",
            "a.b.c",
            "{{ .Values.global.io }}",
            "${host.io}",
            "file.tar.gz",
            "sha256:0f",
        ] {
            assert_eq!(judged(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn several_hosts_in_one_text_are_each_named() {
        assert_eq!(
            judged("mirror https://a.example.org and b.example.net:443, not https://c.t38.omani.works"),
            ["a.example.org outside", "b.example.net outside", "c.t38.omani.works own"]
        );
    }

    #[test]
    fn what_people_read_is_listed_and_no_error() {
        let value = json!({
            "spec": { "schema": { "description": "see https://kubernetes.io/docs" }, "url": "https://kubernetes.io" },
            "data": { "https://key.example.org": "x" },
        });
        let mut found = Vec::new();
        hosts().visit(&value, &mut |path, _, host, it| found.push(format!("{path} {host} {}", it.as_str())));
        found.sort();
        assert_eq!(
            found,
            [
                "data[\"https://key.example.org\"] key.example.org outside",
                "spec.schema.description kubernetes.io documentation",
                "spec.url kubernetes.io outside",
            ]
        );
    }
}
