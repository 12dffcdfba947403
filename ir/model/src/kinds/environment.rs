use super::spec;
use crate::{BuildingBlock, EnvType, OrgName, RegionKey, SovereignName};

spec! {
    /// Where an Organization installs Applications. The name is `{organization}-{env_type}`.
    pub struct EnvironmentSpec {
        /// The Organization. The name must agree.
        pub organization: OrgName,
        /// The Sovereign; needed only when Organizations of several Sovereigns share the slug.
        #[serde(default)]
        pub sovereign: Option<SovereignName>,
        /// The regions it spans, by key; the first is the primary one.
        #[schemars(length(min = 1), extend("uniqueItems" = true))]
        pub regions: Vec<RegionKey>,
        /// The building block its clusters belong to.
        #[serde(default = "rtz")]
        pub block: BuildingBlock,
        /// Env type of the host clusters, when it is not the Environment's own.
        #[serde(default)]
        pub cluster_env_type: Option<EnvType>,
        /// The branch of the Application repositories. Needed for `uat` and `poc`, which have no conventional one.
        #[serde(default)]
        #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$"))]
        pub branch: Option<String>,
        /// Size overlay of Applications that name none.
        #[serde(default)]
        pub size: Option<String>,
    }
}

fn rtz() -> BuildingBlock {
    BuildingBlock::Rtz
}
