//! Names and codes of domain.md section 13: each kind of name is a type of its own, checked when it is made.

mod blueprint;
mod cluster;
mod codes;
mod fault;
mod kube;
mod patterns;
mod slot;

pub use blueprint::BlueprintName;
pub use cluster::{ClusterName, EnvironmentName, LocationCode};
pub use codes::{BuildingBlock, EnvType, Provider, REGIONS, Region, RegionCode};
pub use fault::name_fault;
pub use kube::{AppName, DomainName, Label, Namespace, ObjectName, OrgName, RegionKey, SovereignName};
pub use patterns::*;
pub use slot::SlotId;

/// Why a text is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    /// What kind of name was asked for, for people: "Organization slug".
    pub what: &'static str,
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

impl NameError {
    pub(crate) fn new(what: &'static str, text: &str, why: impl Into<String>) -> Self {
        NameError { what, text: text.chars().take(80).collect(), why: why.into() }
    }
}

impl std::fmt::Display for NameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` is no {}: {}", self.text, self.what, self.why)
    }
}

impl std::error::Error for NameError {}

/// Makes a type that parses from text and prints as text behave so in serde and in JSON Schema.
macro_rules! textual {
    ($name:ident, $what:literal, $pattern:expr, $max:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "title": $what, "pattern": $pattern, "maxLength": $max })
            }
        }
    };
}
pub(crate) use textual;
