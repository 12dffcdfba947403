//! Composed names: clusters, location codes, Environments.

use super::{BuildingBlock, EnvType, NameError, OrgName, Provider, Region, RegionCode, textual};
use std::fmt;
use std::str::FromStr;

/// Name of a host cluster, also its context: `{prov}-{reg}-{bb}-{env}`, as in `hz-fsn-rtz-prod`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName {
    /// The provider.
    pub provider: Provider,
    /// The region.
    pub region: RegionCode,
    /// The building block.
    pub block: BuildingBlock,
    /// The env type.
    pub env: EnvType,
}

impl ClusterName {
    /// The location code of domain.md 13.1; `None` when the provider has no table of regions yet.
    pub fn location(&self) -> Option<LocationCode> {
        let region = Region::find(self.provider, self.region.as_str())?;
        Some(LocationCode { provider: self.provider, region: *region, block: self.block, env: self.env })
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", self.provider.code(), self.region, self.block, self.env)
    }
}

impl FromStr for ClusterName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let bad = || {
            NameError::new(
                "cluster name",
                text,
                "its form is `{provider}-{region}-{block}-{env}`, as in `hz-fsn-rtz-prod`",
            )
        };
        let parts: Vec<&str> = text.split('-').collect();
        let &[provider, region, block, env] = parts.as_slice() else { return Err(bad()) };
        Ok(ClusterName {
            provider: Provider::from_code(provider).ok_or_else(bad)?,
            region: region.parse().map_err(|_| bad())?,
            block: block.parse().map_err(|_| bad())?,
            env: env.parse().map_err(|_| bad())?,
        })
    }
}

textual!(ClusterName, "cluster name", "^[a-z]{2,3}-[a-z]{2,4}-(rtz|dmz|mgt)-(prod|stg|uat|dev|poc)$", 18);

/// Four letters, one each for provider, region, building block and env type: `hfrp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocationCode {
    /// The provider.
    pub provider: Provider,
    /// The region.
    pub region: Region,
    /// The building block.
    pub block: BuildingBlock,
    /// The env type.
    pub env: EnvType,
}

impl fmt::Display for LocationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}{}{}",
            self.provider.letter(),
            self.region.letter,
            self.block.letter(),
            self.env.letter()
        )
    }
}

impl FromStr for LocationCode {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let bad = || {
            NameError::new(
                "location code",
                text,
                "it is four letters: provider, region, building block, env type",
            )
        };
        let letters: Vec<char> = text.chars().collect();
        let &[p, r, b, e] = letters.as_slice() else { return Err(bad()) };
        let provider = Provider::ALL.iter().copied().find(|it| it.letter() == p).ok_or_else(bad)?;
        Ok(LocationCode {
            provider,
            region: *super::REGIONS
                .iter()
                .find(|it| it.provider == provider && it.letter == r)
                .ok_or_else(bad)?,
            block: BuildingBlock::ALL.iter().copied().find(|it| it.letter() == b).ok_or_else(bad)?,
            env: EnvType::ALL.iter().copied().find(|it| it.letter() == e).ok_or_else(bad)?,
        })
    }
}

/// Name of an Environment: `{org}-{env_type}`, parsed from the right, since a slug may hold hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentName {
    /// The Organization.
    pub org: OrgName,
    /// The env type.
    pub env: EnvType,
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.org, self.env)
    }
}

impl FromStr for EnvironmentName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some((org, env)) = text.rsplit_once('-') else {
            return Err(NameError::new(
                "Environment name",
                text,
                "its form is `{organization}-{env_type}`, as in `acme-prod`",
            ));
        };
        let wrap = |error: NameError| NameError::new("Environment name", text, error.to_string());
        Ok(EnvironmentName { org: org.parse().map_err(wrap)?, env: env.parse().map_err(wrap)? })
    }
}

textual!(EnvironmentName, "Environment name", "^[a-z]([a-z0-9-]*[a-z0-9])?-(prod|stg|uat|dev|poc)$", 37);
