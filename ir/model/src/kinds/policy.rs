use super::{keys, spec, words};
use crate::labels::key_schema;
use crate::{EnvironmentName, ObjectName, OrgName, RegionKey, SovereignName};
use std::collections::BTreeMap;

/// One field of cron: `*`, a value or a range, each with an optional step; several with commas between them.
macro_rules! cron {
    ($value:literal) => {
        concat!(
            r"(\*|",
            $value,
            "(-",
            $value,
            ")?)(/[1-9][0-9]?)?",
            r"(,(\*|",
            $value,
            "(-",
            $value,
            ")?)(/[1-9][0-9]?)?)*"
        )
    };
}

/// Minute, hour, day of the month, month, day of the week, as crontab(5) has them.
const CRON: &str = concat!(
    "^",
    cron!("[0-5]?[0-9]"),
    " ",
    cron!("([01]?[0-9]|2[0-3])"),
    " ",
    cron!("(0?[1-9]|[12][0-9]|3[01])"),
    " ",
    cron!("(0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"),
    " ",
    cron!("([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)"),
    "$"
);

spec! {
    /// What a change must pass to reach an Environment. The name is `{environment}-policy`.
    pub struct EnvironmentPolicySpec {
        /// The Sovereign; needed only when Organizations of several Sovereigns share the slug.
        #[serde(default)]
        pub sovereign: Option<SovereignName>,
        /// Environments it applies to.
        pub applies_to: AppliesToEnvironments,
        /// The gates, all of which must open.
        #[serde(default)]
        pub rules: Vec<PolicyRule>,
        /// Mode and weight of compliance policies, by policy name.
        #[serde(default)]
        #[schemars(extend("propertyNames" = keys::<ObjectName>()))]
        pub compliance: BTreeMap<String, Compliance>,
    }

    /// Environments, by name.
    pub struct AppliesToEnvironments {
        /// The names.
        #[schemars(length(min = 1))]
        pub environments: Vec<EnvironmentName>,
    }

    /// How a compliance policy counts.
    pub struct Compliance {
        /// Report, or refuse.
        #[serde(default)]
        pub mode: Option<ComplianceMode>,
        /// Weight in the score.
        #[serde(default)]
        #[schemars(range(max = 100))]
        pub weight: Option<u32>,
    }

    /// How long secrets live.
    pub struct SecretPolicySpec {
        /// The Sovereign it belongs to.
        pub sovereign: SovereignName,
        /// Organizations it applies to.
        pub applies_to: AppliesToOrganizations,
        /// The rules, by kind of secret.
        #[schemars(length(min = 1))]
        pub rules: Vec<SecretRule>,
    }

    /// Organizations, by label.
    #[derive(Default)]
    pub struct AppliesToOrganizations {
        /// Labels they must carry; none means all.
        #[serde(default)]
        #[schemars(extend("propertyNames" = key_schema()))]
        pub organization_labels: BTreeMap<String, String>,
    }

    /// One rule of a SecretPolicy.
    pub struct SecretRule {
        /// Kind of secret.
        pub kind: SecretKind,
        /// Longest life, as in `90d`, or `cert-manager-managed`.
        #[serde(rename = "maxTTL")]
        #[schemars(regex(pattern = r"^(([0-9]+(d|h|m|s))+|cert-manager-managed)$"))]
        pub max_ttl: String,
        /// Whether it rotates by itself.
        #[serde(default)]
        pub auto_rotate: bool,
        /// How long before the end of its life it is renewed.
        #[serde(default)]
        #[schemars(regex(pattern = r"^([0-9]+(d|h|m|s))+$"))]
        pub rotate_before: Option<String>,
        /// Teams that approve a rotation.
        #[serde(default)]
        pub require_approval: Vec<String>,
        /// What happens at the end of its life.
        #[serde(default)]
        pub action: Option<SecretAction>,
    }

    /// What to run when an alert fires.
    pub struct RunbookSpec {
        /// The Sovereign it belongs to.
        pub sovereign: SovereignName,
        /// What starts it.
        #[schemars(length(min = 1))]
        pub triggers: Vec<Trigger>,
        /// What must hold before it starts.
        #[serde(default)]
        pub preconditions: Vec<Precondition>,
        /// What it does, in order.
        #[schemars(length(min = 1))]
        pub steps: Vec<RunbookStep>,
        /// How to undo it.
        #[serde(default)]
        pub rollback: Vec<RunbookStep>,
    }

    /// What starts a Runbook.
    pub struct Trigger {
        /// Name of an alert.
        pub alert_name: String,
    }

    /// What must hold before a Runbook starts.
    pub struct Precondition {
        /// Dotted path of a check.
        #[schemars(regex(pattern = r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$"))]
        pub check: String,
    }

    /// Failover of one Application between two regions.
    pub struct ContinuumSpec {
        /// The Organization.
        pub organization: OrgName,
        /// The Environment.
        pub environment: EnvironmentName,
        /// Region that serves.
        pub primary: RegionKey,
        /// Regions that stand by.
        #[schemars(length(min = 1))]
        pub standby: Vec<RegionKey>,
        /// Who decides a switchover.
        #[serde(default = "automatic")]
        pub mode: ContinuumMode,
        /// The lease that the serving region holds.
        #[serde(default)]
        pub lease: Lease,
        /// Who witnesses the lease.
        #[serde(default)]
        pub witness: Witness,
        /// Fields that the agent owns and Flux leaves alone: paths of chart values that hold replica counts.
        #[serde(default)]
        pub replica_paths: Vec<String>,
    }

    /// A lease, in seconds.
    pub struct Lease {
        /// How often it is renewed.
        #[schemars(range(min = 1, max = 3600))]
        pub renew_seconds: u32,
        /// How long it holds.
        #[schemars(range(min = 1, max = 3600))]
        pub ttl_seconds: u32,
    }

    /// Witnesses of a lease.
    pub struct Witness {
        /// The first choice.
        pub kind: WitnessKind,
        /// Resolvers asked when the first choice is out of reach.
        pub resolvers: Vec<String>,
        /// How many of them must agree.
        #[schemars(range(min = 1, max = 16))]
        pub quorum: u32,
    }

    /// A person's tier in a scope.
    pub struct UserAccessSpec {
        /// The Sovereign it belongs to.
        pub sovereign: SovereignName,
        /// The person, as the identity provider knows them.
        #[schemars(length(min = 1))]
        pub user: String,
        /// What they may do.
        pub tier: AccessTier,
        /// Where: all scopes must hold.
        #[schemars(length(min = 1))]
        pub scopes: Vec<AccessScope>,
    }

    /// One label that objects in a scope carry.
    pub struct AccessScope {
        /// Key of the label, or `*`.
        pub label_key: String,
        /// Its value, or `*`.
        pub label_value: String,
    }
}

/// One gate of an EnvironmentPolicy.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum PolicyRule {
    /// A pull request with approvals.
    PrRequired {
        /// Teams that may approve.
        #[schemars(length(min = 1))]
        approvers: Vec<String>,
        /// How many must.
        #[schemars(range(min = 1, max = 16))]
        min_approvals: u32,
    },
    /// A compliance score.
    ReScoreGate {
        /// Lowest score that passes.
        #[schemars(range(max = 100))]
        min_score: u32,
        /// What a lower score does.
        severity: GateSeverity,
    },
    /// Time in another Environment first.
    Soak {
        /// That Environment.
        source_environment: EnvironmentName,
        /// How long, as in `72h`.
        #[schemars(regex(pattern = r"^([0-9]+(d|h|m|s))+$"))]
        duration: String,
    },
    /// Only at certain times.
    ChangeWindow {
        /// When it opens: minute, hour, day, month and weekday, as cron has them.
        #[schemars(regex(pattern = CRON))]
        cron: String,
        /// How long it stays open.
        #[schemars(regex(pattern = r"^([0-9]+(d|h|m|s))+$"))]
        duration: String,
    },
}

/// One step of a Runbook: something to run, or something to verify.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum RunbookStep {
    /// An action to run.
    Run(String),
    /// A check that must hold.
    Verify(String),
}

words! {
    /// What a compliance policy does.
    pub enum ComplianceMode {
        /// Reports.
        Permissive,
        /// Refuses.
        Enforcing,
    }

    /// What a failed gate does.
    pub enum GateSeverity {
        /// Warns.
        Advisory,
        /// Blocks.
        Blocking,
    }

    /// Kinds of secret.
    pub enum SecretKind {
        /// Credentials of a database.
        DatabaseCredentials,
        /// A token for an API.
        ApiToken,
        /// A client secret of OAuth.
        OauthClientSecret,
        /// A key that signs.
        SigningKey,
        /// A TLS certificate.
        TlsCert,
    }

    /// What happens at the end of a secret's life.
    pub enum SecretAction {
        /// It rotates.
        Rotate,
        /// Somebody is warned.
        Warn,
        /// Use is refused.
        Block,
    }

    /// Who decides a switchover.
    pub enum ContinuumMode {
        /// The agent.
        Automatic,
        /// The agent asks first.
        SemiAutomatic,
        /// A person.
        Manual,
    }

    /// First choice of witness.
    pub enum WitnessKind {
        /// A key-value store at Cloudflare.
        CloudflareKv,
        /// A quorum of DNS resolvers.
        DnsQuorum,
    }

    /// The five tiers of access.
    pub enum AccessTier {
        /// Reads.
        Viewer,
        /// Works in dev.
        Developer,
        /// Operates.
        Operator,
        /// Administers.
        Admin,
        /// Owns.
        Owner,
    }
}

impl AccessTier {
    /// The level of the tier.
    pub fn level(self) -> u32 {
        match self {
            AccessTier::Viewer => 10,
            AccessTier::Developer => 20,
            AccessTier::Operator => 30,
            AccessTier::Admin => 40,
            AccessTier::Owner => 50,
        }
    }
}

impl Default for Lease {
    fn default() -> Self {
        Lease { renew_seconds: 10, ttl_seconds: 30 }
    }
}

impl Default for Witness {
    fn default() -> Self {
        let resolvers = ["8.8.8.8", "1.1.1.1", "9.9.9.9"].map(String::from).into();
        Witness { kind: WitnessKind::CloudflareKv, resolvers, quorum: 2 }
    }
}

fn automatic() -> ContinuumMode {
    ContinuumMode::Automatic
}
