//! What has to be known of a new document. Names are typed, so that each is checked before anything else is.

use catalyst_model::*;

/// A document to make.
#[derive(Debug, Clone)]
pub enum New {
    /// A Sovereign.
    Sovereign(NewSovereign),
    /// An Organization.
    Organization(NewOrganization),
    /// An Environment.
    Environment(NewEnvironment),
    /// An Application.
    Application(NewApplication),
    /// A Blueprint with a chart.
    Blueprint(NewBlueprint),
    /// A Continuum.
    Continuum(NewContinuum),
    /// An EnvironmentPolicy.
    EnvironmentPolicy(NewEnvironmentPolicy),
    /// A SecretPolicy.
    SecretPolicy(NewSecretPolicy),
    /// A Runbook.
    Runbook(NewRunbook),
    /// A UserAccess.
    UserAccess(NewUserAccess),
}

/// A Sovereign.
#[derive(Debug, Clone)]
pub struct NewSovereign {
    /// Its name.
    pub name: SovereignName,
    /// Its domain.
    pub domain: DomainName,
    /// Its regions; the first holds the management cluster.
    pub regions: Vec<(Provider, RegionCode)>,
    /// Whom to call; `ops@` its domain unless given.
    pub contact: Option<String>,
}

/// An Organization.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its name.
    pub name: OrgName,
    /// The Sovereign; the project's only one unless given.
    pub sovereign: Option<SovereignName>,
    /// Its name for people; made of the name unless given.
    pub title: Option<String>,
    /// Whose it is.
    pub kind: OrganizationKind,
    /// Whom to call; that of the Sovereign unless given.
    pub contact: Option<String>,
}

/// An Environment.
#[derive(Debug, Clone)]
pub struct NewEnvironment {
    /// Its name, which holds the Organization.
    pub name: EnvironmentName,
    /// The Sovereign, where several have such an Organization.
    pub sovereign: Option<SovereignName>,
    /// Its regions; the first that fits unless given.
    pub regions: Vec<RegionKey>,
}

/// An Application.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// Its name.
    pub name: AppName,
    /// The Organization.
    pub organization: OrgName,
    /// The Sovereign, where several have such an Organization.
    pub sovereign: Option<SovereignName>,
    /// The Blueprint.
    pub blueprint: BlueprintName,
    /// Which versions will do; all that are compatible with the newest unless given.
    pub version: Option<Constraint>,
    /// Env types of the Environments it runs in.
    pub environments: Vec<EnvType>,
}

/// A Blueprint with a chart.
#[derive(Debug, Clone)]
pub struct NewBlueprint {
    /// Its name.
    pub name: BlueprintName,
    /// Whose catalogue it belongs to; the public one unless given.
    pub sovereign: Option<SovereignName>,
    /// To which Organization it is private.
    pub organization: Option<OrgName>,
    /// Its name for people; made of the name unless given.
    pub title: Option<String>,
}

/// A Continuum.
#[derive(Debug, Clone)]
pub struct NewContinuum {
    /// The Application, active-hotstandby in the Environment.
    pub application: AppName,
    /// The Environment.
    pub environment: EnvironmentName,
    /// The Sovereign, where several have such an Environment.
    pub sovereign: Option<SovereignName>,
}

/// An EnvironmentPolicy.
#[derive(Debug, Clone)]
pub struct NewEnvironmentPolicy {
    /// The Environment.
    pub environment: EnvironmentName,
    /// The Sovereign, where several have such an Environment.
    pub sovereign: Option<SovereignName>,
    /// Teams that may approve; those of the Organization unless given.
    pub approvers: Vec<String>,
    /// How many must.
    pub approvals: u32,
}

/// A SecretPolicy.
#[derive(Debug, Clone)]
pub struct NewSecretPolicy {
    /// Its name.
    pub name: ObjectName,
    /// The Sovereign; the project's only one unless given.
    pub sovereign: Option<SovereignName>,
}

/// A Runbook.
#[derive(Debug, Clone)]
pub struct NewRunbook {
    /// Its name.
    pub name: ObjectName,
    /// The Sovereign; the project's only one unless given.
    pub sovereign: Option<SovereignName>,
    /// The alert that starts it.
    pub alert: String,
}

/// A UserAccess.
#[derive(Debug, Clone)]
pub struct NewUserAccess {
    /// Its name.
    pub name: ObjectName,
    /// The Sovereign; the project's only one unless given.
    pub sovereign: Option<SovereignName>,
    /// The person.
    pub user: String,
    /// What they may do.
    pub tier: AccessTier,
    /// Where: key and value of labels.
    pub scopes: Vec<(String, String)>,
}
