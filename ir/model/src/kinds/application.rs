use super::{PlacementMode, keys, spec, words_of};
use crate::{AppName, BlueprintName, Constraint, EnvType, OrgName, RegionKey, SovereignName, Values};
use std::collections::BTreeMap;

spec! {
    /// One Application: what it runs, and where. Compiles to one Git repository with a branch for each Environment.
    pub struct ApplicationSpec {
        /// The Organization it belongs to.
        pub organization: OrgName,
        /// The Sovereign; needed only when Organizations of several Sovereigns share the slug.
        #[serde(default)]
        pub sovereign: Option<SovereignName>,
        /// The Blueprint it runs.
        pub blueprint: BlueprintName,
        /// Which versions of the Blueprint will do.
        #[serde(default = "Constraint::any")]
        #[schemars(with = "Option<Constraint>")]
        pub version: Constraint,
        /// Config for all Environments.
        #[serde(default)]
        pub config: Values,
        /// Chart values over what the config gives; a way out, not a habit.
        #[serde(default)]
        pub values: Values,
        /// Size overlay for all Environments.
        #[serde(default)]
        pub size: Option<String>,
        /// How dependencies of the Blueprint are met, by alias. An alias that is not named gets an Application of its own.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("alias")))]
        pub dependencies: BTreeMap<String, DependencyChoice>,
        /// The Environments it runs in, by env type.
        #[schemars(extend("minProperties" = 1, "propertyNames" = keys::<EnvType>()))]
        pub environments: BTreeMap<EnvType, ApplicationEnvironment>,
        /// What to ask of the Application to know that it is well.
        #[serde(default)]
        pub health_check: HealthCheck,
        /// Teams that approve changes, when they are not the Organization's.
        #[serde(default)]
        pub owners: Vec<String>,
    }

    /// How one dependency is met.
    pub struct DependencyChoice {
        /// An existing Application of the same Environment.
        #[serde(rename = "ref")]
        pub existing: AppName,
    }

    /// What differs in one Environment.
    #[derive(Default)]
    pub struct ApplicationEnvironment {
        /// Narrows the version constraint.
        #[serde(default)]
        pub version: Option<Constraint>,
        /// Config over the Application's.
        #[serde(default)]
        pub config: Values,
        /// Chart values over the Application's.
        #[serde(default)]
        pub values: Values,
        /// Size overlay here.
        #[serde(default)]
        pub size: Option<String>,
        /// Where it runs; the Blueprint's default mode in the Environment's first region unless given.
        #[serde(default)]
        pub placement: Option<Placement>,
        /// How dependencies are met here, by alias.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("alias")))]
        pub dependencies: BTreeMap<String, DependencyChoice>,
    }

    /// Where an Application runs.
    pub struct Placement {
        /// How it spans regions.
        pub mode: PlacementMode,
        /// The regions, by key, the primary one first. All regions of the Environment for a multi-region mode unless given.
        #[serde(default)]
        #[schemars(extend("uniqueItems" = true))]
        pub regions: Vec<RegionKey>,
    }

    /// How to ask an Application whether it is well.
    pub struct HealthCheck {
        /// Path of the HTTP request.
        #[serde(default = "healthz")]
        #[schemars(regex(pattern = r"^/[^\s]*$"))]
        pub path: String,
    }
}

impl Default for HealthCheck {
    fn default() -> Self {
        HealthCheck { path: healthz() }
    }
}

fn healthz() -> String {
    "/healthz".into()
}
