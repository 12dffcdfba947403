//! What governs Environments, secrets, incidents, failover and people, as texts.

use super::document::{Document, list, quoted};
use catalyst_model::*;

/// An EnvironmentPolicy: a pull request with approvals.
pub(super) fn environment_policy(
    environment: &EnvironmentName,
    sovereign: Option<&SovereignName>,
    approvers: &[String],
    approvals: u32,
    path: &str,
    schemas: Option<&str>,
) -> String {
    let comment = "What a change must pass to reach the Environment: all gates must open.";
    let rules = format!(
        "rules:\n  - kind: pr-required\n    approvers: {}\n    minApprovals: {approvals}",
        list(approvers)
    );
    Document::new("EnvironmentPolicy", format!("{environment}-policy"), path, schemas, comment)
        .field("sovereign", sovereign)
        .spec(&format!("appliesTo:\n  environments: [{environment}]"))
        .spec(&rules)
        .text()
}

/// A SecretPolicy for all Organizations.
pub(super) fn secret_policy(
    name: &ObjectName,
    sovereign: &SovereignName,
    path: &str,
    schemas: Option<&str>,
) -> String {
    let comment = "How long secrets live, by kind, in all Organizations.";
    let rules = "\
rules:
  - kind: database-credentials
    maxTTL: 90d
    autoRotate: true
    rotateBefore: 7d
    action: rotate
  - kind: tls-cert
    maxTTL: cert-manager-managed
";
    Document::new("SecretPolicy", name, path, schemas, comment)
        .spec(&format!("sovereign: {sovereign}\nappliesTo: {{}}"))
        .spec(rules)
        .text()
}

/// A Runbook of one step and one check.
pub(super) fn runbook(
    name: &ObjectName,
    sovereign: &SovereignName,
    alert: &str,
    path: &str,
    schemas: Option<&str>,
) -> String {
    let comment = format!("What to run when {alert} fires, and how to know that it helped.");
    Document::new("Runbook", name, path, schemas, &comment)
        .spec(&format!("sovereign: {sovereign}"))
        .spec(&format!("triggers:\n  - alertName: {}", quoted(alert)))
        .spec("steps:\n  - run: notify.on-call\n  - verify: alert.resolved")
        .text()
}

/// A UserAccess.
pub(super) fn user_access(
    name: &ObjectName,
    sovereign: &SovereignName,
    user: &str,
    tier: AccessTier,
    scopes: &[(String, String)],
    path: &str,
    schemas: Option<&str>,
) -> String {
    let mut all = "scopes:".to_owned();
    for (key, value) in scopes {
        all.push_str(&format!("\n  - labelKey: {}\n    labelValue: {}", quoted(key), quoted(value)));
    }
    Document::new("UserAccess", name, path, schemas, "What a person may do, and where: all labels must hold.")
        .spec(&format!("sovereign: {sovereign}\nuser: {}\ntier: {tier}", quoted(user)))
        .spec(&all)
        .text()
}

/// A Continuum: one region serves, the others stand by.
pub(super) fn continuum(
    application: &AppName,
    environment: &EnvironmentName,
    primary: &RegionKey,
    standby: &[RegionKey],
    path: &str,
    schemas: Option<&str>,
) -> String {
    let comment =
        "Failover of one Application: the agent moves it to a region that stands by when the lease is lost.";
    Document::new("Continuum", application, path, schemas, comment)
        .spec(&format!("organization: {}\nenvironment: {environment}", environment.org))
        .spec(&format!("primary: {primary}\nstandby: {}", list(standby)))
        .spec("# automatic, semi-automatic (the agent asks first) or manual.\nmode: semi-automatic")
        .text()
}
