use super::{spec, words, words_of};
use crate::{DomainName, Version};
use serde_json::Value;
use std::collections::BTreeMap;

spec! {
    /// What holds for the whole project: where artifacts come from, what clusters run, what is taken as given.
    pub struct ProjectSpec {
        /// The OCI registry that Blueprints are published to and pulled from.
        pub registry: Registry,
        /// The Git repository that host clusters read.
        pub git: GitSource,
        /// What clusters run, by name. `default` is used where a Sovereign or cluster names no other.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("target")))]
        pub targets: BTreeMap<String, Target>,
        /// What the trees use and nobody in them produces.
        #[serde(default)]
        pub externs: Vec<Extern>,
        /// The `helm` program that renders charts: an absolute path, or one below the root of the project. The first one in `PATH`
        /// unless given.
        #[serde(default)]
        #[schemars(length(min = 1))]
        pub helm: Option<String>,
        /// Whether `build`, `check` and `fix` render charts and look into what they give, as with `--render`. What cannot be rendered is
        /// listed.
        #[serde(default)]
        pub render: bool,
        /// What the releases of a Sovereign are written as, when it does not say so itself; `releases` unless given.
        #[serde(default)]
        pub output: Option<super::OutputProfile>,
        /// Whom Secrets are encrypted for that a build writes, when the Sovereign does not say so itself.
        #[serde(default)]
        pub secrets: Option<super::Secrets>,
        /// Levels of rules, by rule name.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("rule")))]
        pub rules: BTreeMap<String, RuleLevel>,
        /// Domains that Sovereigns and Organizations may use, beside the test domains. A domain allows all names below it.
        #[serde(default)]
        pub domains: Vec<DomainName>,
        /// Folders and files below the root that hold no intent, as patterns of an ignore file.
        #[serde(default)]
        pub ignore: Vec<String>,
    }

    /// An OCI registry.
    pub struct Registry {
        /// Host and port, without a scheme.
        #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$"))]
        pub host: String,
        /// Path of the repositories below the host.
        #[serde(default = "default_path")]
        #[schemars(regex(pattern = r"^[a-z0-9]+([._/-][a-z0-9]+)*$"))]
        pub path: String,
        /// Name of the image-pull Secret in namespace `flux-system`.
        #[serde(default = "default_pull_secret")]
        pub pull_secret: String,
    }

    /// A Git repository.
    pub struct GitSource {
        /// Its URL.
        #[schemars(regex(pattern = r"^(https|ssh)://[^\s$]+$"))]
        pub url: String,
        /// The branch that clusters follow.
        #[serde(default = "default_branch")]
        #[schemars(regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$"))]
        pub branch: String,
        /// The folder of the emitted tree in the repository.
        #[serde(default = "default_folder")]
        #[schemars(regex(pattern = r"^\.?[A-Za-z0-9_-][A-Za-z0-9._-]*(/\.?[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"))]
        pub folder: String,
    }

    /// The versions that a cluster runs. Whatever the compiler calls valid is valid for a target.
    pub struct Target {
        /// Kubernetes minor version, as in `1.31`.
        #[schemars(regex(pattern = r"^1\.[0-9]{1,3}$"))]
        pub kubernetes: String,
        /// Flux minor version, as in `2.7`. It decides API versions and shapes of the emitted objects.
        #[schemars(regex(pattern = r"^2\.[0-9]{1,3}$"))]
        pub flux: String,
        /// Version of the Gateway API, as in `1.2`.
        #[serde(default)]
        #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"))]
        pub gateway_api: Option<String>,
        /// Helm version inside helm-controller.
        #[serde(default)]
        pub helm: Option<Version>,
    }

    /// Something that exists in clusters although nothing in the tree produces it.
    pub struct Extern {
        /// Kind of the object, or `Service` for an endpoint.
        #[schemars(length(min = 1))]
        pub kind: String,
        /// Its name.
        #[schemars(length(min = 1))]
        pub name: String,
        /// Its namespace, when it has one.
        #[serde(default)]
        pub namespace: Option<String>,
        /// Who brings it.
        #[schemars(length(min = 1))]
        pub by: String,
        /// Why it is not in the tree.
        #[schemars(length(min = 1))]
        pub reason: String,
    }
}

words! {
    /// What to do about a rule.
    pub enum RuleLevel {
        /// Do not show it.
        Allow,
        /// Show it for information.
        Note,
        /// Show it as a warning.
        Warn,
        /// Treat it as an error.
        Deny,
    }
}

fn default_path() -> String {
    "openova-io".into()
}

fn default_pull_secret() -> String {
    "ghcr-pull".into()
}

fn default_branch() -> String {
    "main".into()
}

fn default_folder() -> String {
    "snapshots".into()
}

/// A tree of values without a fixed shape.
pub type Values = serde_json::Map<String, Value>;
