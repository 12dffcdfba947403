use super::{KitOverride, keys, spec, words, words_of};
use crate::{BlueprintName, Constraint, Interface, Namespace, SlotId, Values};
use std::collections::BTreeMap;

spec! {
    /// The bootstrap kit: what every Sovereign installs, in numbered slots. The numbers carry no order; the order is that of the
    /// dependencies.
    pub struct KitSpec {
        /// The slots.
        #[schemars(length(min = 1))]
        pub slots: Vec<Slot>,
        /// Slot ids that must stay empty, with the reason.
        #[serde(default)]
        #[schemars(extend("propertyNames" = keys::<SlotId>()))]
        pub reserved: BTreeMap<SlotId, String>,
        /// Named sets of slots. A set stands for its dependency closure.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("phase")))]
        pub phases: BTreeMap<String, Phase>,
        /// What exists in a cluster before the kit: what the installer brings.
        #[serde(default)]
        pub phase_zero: PhaseZero,
    }

    /// One slot.
    pub struct Slot {
        /// Its id.
        pub id: SlotId,
        /// The Blueprint it installs.
        pub blueprint: BlueprintName,
        /// The exact version.
        pub version: Constraint,
        /// Tier, for people.
        pub tier: String,
        /// Every host cluster, or the management cluster only.
        pub layer: Layer,
        /// Namespace it installs into; the Blueprint's short name unless given.
        #[serde(default)]
        pub namespace: Option<Namespace>,
        /// Whether the slot declares its namespace. Not so for built-in namespaces and those of another slot.
        #[serde(default = "yes")]
        pub owns_namespace: bool,
        /// How long Flux waits for the release, as in `15m`.
        #[serde(default)]
        #[schemars(regex(pattern = r"^([0-9]+(h|m|s))+$"))]
        pub timeout: Option<String>,
        /// Whether Helm waits for the workloads. Not so unless given, since readiness may need a later slot.
        #[serde(default)]
        pub wait: bool,
        /// Whether an upgrade keeps the values of the release before.
        #[serde(default)]
        pub preserve_values: bool,
        /// Whether the slot installs nothing that runs until somebody asks for it.
        #[serde(default)]
        pub dormant: bool,
        /// Whether only a Sovereign that asks for it by `spec.kit.blueprints` installs it.
        #[serde(default)]
        pub opt_in: bool,
        /// Size overlay.
        #[serde(default)]
        pub size: Option<String>,
        /// Config.
        #[serde(default)]
        pub config: Values,
        /// Chart values over those made from config.
        #[serde(default)]
        pub values: Values,
        /// Slots that come first without being a dependency of the Blueprint.
        #[serde(default)]
        pub after: Vec<After>,
        /// What it is for, for people; printed into the slot file.
        pub purpose: String,
    }

    /// An edge that only orders.
    pub struct After {
        /// The Blueprint whose slot comes first.
        pub blueprint: BlueprintName,
        /// Why.
        #[schemars(length(min = 1))]
        pub reason: String,
    }

    /// A named set of slots.
    pub struct Phase {
        /// Its members; their dependencies come along.
        #[schemars(length(min = 1))]
        pub slots: Vec<SlotId>,
        /// What it is for.
        pub purpose: String,
    }

    /// What the installer brings to every cluster.
    #[derive(Default)]
    pub struct PhaseZero {
        /// Versions of what it installs, by Blueprint. Must equal the kit's pins of the upstream component.
        #[serde(default)]
        #[schemars(extend("propertyNames" = words_of("component")))]
        pub versions: BTreeMap<String, String>,
        /// What it provides.
        #[serde(default)]
        pub provides: Interface,
    }
}

words! {
    /// Where a slot runs.
    pub enum Layer {
        /// Every host cluster.
        Host,
        /// The management cluster only.
        Mgt,
    }
}

impl Slot {
    /// The namespace it installs into.
    pub fn namespace(&self) -> &str {
        self.namespace.as_ref().map_or(self.blueprint.short(), |it| it.as_str())
    }

    /// Whether a Sovereign with these changes installs it.
    pub fn is_installed(&self, changes: Option<&KitOverride>) -> bool {
        match changes {
            Some(changes) => !changes.disabled && (!self.opt_in || changes.enabled),
            None => !self.opt_in,
        }
    }
}

fn yes() -> bool {
    true
}
