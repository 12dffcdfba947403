//! Sovereigns, Organizations, Environments and Applications as texts.

use super::document::{Document, list, quoted};
use catalyst_model::*;
use serde_json::{Map, Value};

/// A Sovereign.
pub(super) struct SovereignText<'a> {
    pub(super) name: &'a SovereignName,
    pub(super) title: &'a str,
    pub(super) contact: &'a str,
    pub(super) domain: &'a DomainName,
    pub(super) regions: &'a [(Provider, RegionCode)],
}

impl SovereignText<'_> {
    pub(super) fn text(&self, path: &str, schemas: Option<&str>) -> String {
        let mut regions = "regions:".to_owned();
        for (at, (provider, region)) in self.regions.iter().enumerate() {
            let (comment, blocks) = match at {
                0 => (
                    "# mgt is the control plane, rtz runs Applications. Exactly one region has the control plane.\n    ",
                    "[mgt, rtz]",
                ),
                _ => ("", "[rtz]"),
            };
            regions.push_str(&format!(
                "\n  - provider: {provider}\n    region: {region}\n    {comment}blocks: {blocks}"
            ));
        }
        Document::new(
            "Sovereign",
            self.name,
            path,
            schemas,
            "One deployed platform: its domain, and where it runs.",
        )
        .spec(&format!("title: {}", quoted(self.title)))
        .spec(&format!("contact: {}", quoted(self.contact)))
        .spec(&format!("domain: {}", self.domain))
        .spec(&regions)
        .text()
    }
}

/// An Organization.
pub(super) struct OrganizationText<'a> {
    pub(super) name: &'a OrgName,
    pub(super) sovereign: &'a SovereignName,
    pub(super) title: &'a str,
    pub(super) kind: OrganizationKind,
    pub(super) contact: &'a str,
}

impl OrganizationText<'_> {
    pub(super) fn text(&self, path: &str, schemas: Option<&str>) -> String {
        let comment =
            "Who shares a namespace, a vCluster and a Git organization, and nothing else with anybody.";
        Document::new("Organization", self.name, path, schemas, comment)
            .spec(&format!("sovereign: {}", self.sovereign))
            .spec(&format!("title: {}", quoted(self.title)))
            .spec(&format!("kind: {}", self.kind))
            .spec("# Size of its vCluster: s, m, l or xl.\nplan: s")
            .spec(&format!("contact: {}", quoted(self.contact)))
            .text()
    }
}

/// An Environment.
pub(super) struct EnvironmentText<'a> {
    pub(super) name: &'a EnvironmentName,
    /// Only where the Organization's slug does not say it.
    pub(super) sovereign: Option<&'a SovereignName>,
    pub(super) regions: &'a [RegionKey],
}

impl EnvironmentText<'_> {
    pub(super) fn text(&self, path: &str, schemas: Option<&str>) -> String {
        let comment = match self.regions {
            [_] => "Where the Organization runs Applications of this type.",
            _ => {
                "Where the Organization runs Applications of this type. The first region is the primary one."
            }
        };
        let own = self.name.env.branch().is_none().then_some(self.name.env);
        Document::new("Environment", self.name, path, schemas, comment)
            .spec(&format!("organization: {}", self.name.org))
            .field("sovereign", self.sovereign)
            .spec(&format!("regions: {}", list(self.regions)))
            .field("branch", own)
            .text()
    }
}

/// An Application.
pub(super) struct ApplicationText<'a> {
    pub(super) name: &'a AppName,
    pub(super) organization: &'a OrgName,
    /// Only where the Organization's slug does not say it.
    pub(super) sovereign: Option<&'a SovereignName>,
    pub(super) blueprint: &'a BlueprintName,
    pub(super) version: &'a str,
    pub(super) config: &'a Map<String, Value>,
    pub(super) environments: &'a [EnvType],
}

impl ApplicationText<'_> {
    pub(super) fn text(&self, path: &str, schemas: Option<&str>) -> String {
        let comment =
            "What runs, and in which Environments. What differs in one of them stands below its name.";
        let mut document = Document::new("Application", self.name, path, schemas, comment)
            .spec(&format!("organization: {}", self.organization))
            .field("sovereign", self.sovereign)
            .spec(&format!("blueprint: {}", self.blueprint))
            .spec(&format!("version: {}", quoted(self.version)));
        if !self.config.is_empty() {
            let mut config = String::new();
            catalyst_yaml::write_into(&mut config, &Value::Object(self.config.clone()), 2);
            document = document.spec(&format!("config:\n{}", config.trim_end()));
        }
        let environments: Vec<String> =
            self.environments.iter().map(|env| format!("\n  {env}: {{}}")).collect();
        document.spec(&format!("environments:{}", environments.concat())).text()
    }
}
