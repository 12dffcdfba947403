//! The code tables of domain.md 13.1: providers, regions, building blocks, env types.

use super::NameError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident $text:literal $letter:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline, title = $what)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// All of them, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word in names and labels.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The letter in location codes.
            pub fn letter(self) -> char {
                match self { $($name::$variant => $letter),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let known = || $name::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ");
                $name::ALL.iter().copied().find(|code| code.as_str() == text)
                    .ok_or_else(|| NameError::new($what, text, format!("known are {}", known())))
            }
        }
    };
}

codes! {
    /// A cloud provider, by its label name.
    Provider, "provider" {
        /// Hetzner Cloud.
        Hetzner "hetzner" 'h';
        /// Huawei Cloud.
        Huawei "huawei" 'w';
        /// Oracle Cloud Infrastructure.
        Oci "oci" 'o';
        /// Amazon Web Services.
        Aws "aws" 'a';
        /// Google Cloud.
        Gcp "gcp" 'g';
        /// Microsoft Azure.
        Azure "azure" 'z';
        /// Contabo.
        Contabo "contabo" 'c';
    }
}

impl Provider {
    /// The code in cluster names, 2 or 3 characters.
    pub fn code(self) -> &'static str {
        match self {
            Provider::Hetzner => "hz",
            Provider::Huawei => "hw",
            Provider::Oci => "oci",
            Provider::Aws => "aws",
            Provider::Gcp => "gcp",
            Provider::Azure => "az",
            Provider::Contabo => "ct",
        }
    }

    /// The provider with this code.
    pub fn from_code(code: &str) -> Option<Provider> {
        Provider::ALL.iter().copied().find(|provider| provider.code() == code)
    }
}

codes! {
    /// A security zone; the part of a cluster's name that says what runs there.
    BuildingBlock, "building block" {
        /// Restricted trust zone: production workloads.
        Rtz "rtz" 'r';
        /// Internet-facing zone.
        Dmz "dmz" 'd';
        /// Management: the control plane of the Sovereign.
        Mgt "mgt" 'm';
    }
}

codes! {
    /// Type of an Environment. Disaster recovery is a placement, never a type.
    EnvType, "env type" {
        /// Production.
        Prod "prod" 'p';
        /// Staging.
        Stg "stg" 's';
        /// User acceptance.
        Uat "uat" 'u';
        /// Development.
        Dev "dev" 'd';
        /// Proof of concept.
        Poc "poc" 'c';
    }
}

impl EnvType {
    /// The conventional branch of the Application repositories; `uat` and `poc` have none.
    pub fn branch(self) -> Option<&'static str> {
        match self {
            EnvType::Dev => Some("develop"),
            EnvType::Stg => Some("staging"),
            EnvType::Prod => Some("main"),
            EnvType::Uat | EnvType::Poc => None,
        }
    }
}

/// A region of a provider: its code in names, its letter in location codes, and the provider's own ids for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The provider.
    pub provider: Provider,
    /// 2 to 4 letters.
    pub code: &'static str,
    /// Unique within the provider.
    pub letter: char,
    /// What the provider's API calls it.
    pub cloud_id: &'static str,
    /// Where it is.
    pub city: &'static str,
}

macro_rules! regions {
    ($($provider:ident $code:literal $letter:literal $cloud:literal $city:literal;)*) => {
        /// The regions of domain.md 13.1. AWS, GCP and Azure have no table yet.
        pub static REGIONS: &[Region] = &[$(Region {
            provider: Provider::$provider, code: $code, letter: $letter, cloud_id: $cloud, city: $city,
        }),*];
    };
}

regions! {
    Hetzner "fsn" 'f' "fsn1" "Falkenstein";
    Hetzner "nbg" 'n' "nbg1" "Nuremberg";
    Hetzner "hel" 'l' "hel1" "Helsinki";
    Hetzner "ash" 'a' "ash" "Ashburn";
    Hetzner "hil" 'i' "hil" "Hillsboro";
    Hetzner "sin" 's' "sin" "Singapore";
    Huawei "apse" 'p' "ap-southeast-3" "Singapore";
    Huawei "cnn" 'c' "cn-north-4" "Beijing";
    Huawei "las" 'q' "la-south-2" "Santiago";
    Huawei "mer" 'r' "me-east-1" "Riyadh";
    Oci "dxb" 'x' "me-dubai-1" "Dubai";
    Oci "fra" 'r' "eu-frankfurt-1" "Frankfurt";
    Oci "sg" 'g' "ap-singapore-1" "Singapore";
    Oci "iad" 'd' "us-ashburn-1" "Ashburn";
    Oci "syd" 'y' "ap-sydney-1" "Sydney";
    Contabo "eu" 'e' "EU" "Nuremberg";
}

/// The code of a region, 2 to 4 lower-case letters. Whether the provider has it is asked of [`Region::find`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(std::sync::Arc<str>);

impl RegionCode {
    /// Checks the form, not the table.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if (2..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase()) {
            Ok(RegionCode(text.into()))
        } else {
            Err(NameError::new("region code", text, "it must have 2 to 4 lower-case letters"))
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegionCode {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        RegionCode::new(text)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

super::textual!(RegionCode, "region code", "^[a-z]{2,4}$", 4);

impl Region {
    /// The region of a provider with this code.
    pub fn find(provider: Provider, code: &str) -> Option<&'static Region> {
        REGIONS.iter().find(|region| region.provider == provider && region.code == code)
    }
}
