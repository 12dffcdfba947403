use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_diag::Severity;
use catalyst_driver::scaffold::{
    New, NewApplication, NewBlueprint, NewContinuum, NewEnvironment, NewEnvironmentPolicy, NewOrganization,
    NewRunbook, NewSecretPolicy, NewSovereign, NewUserAccess, Scaffold, plan_new,
};
use catalyst_model::{
    AccessTier, AppName, BlueprintName, Constraint, DomainName, EnvType, EnvironmentName, ObjectName,
    OrgName, OrganizationKind, Provider, RegionCode, RegionKey, SovereignName,
};
use std::process::ExitCode;
use std::str::FromStr;

/// Add a document of intent to the project
///
/// Writes it at its conventional path, in canonical form. Names that it refers to are looked up first, and what it leads to is compiled:
/// a document that brings errors is not written. Nothing is written over.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new organization shop --title Shop\n  catalystc new environment shop-prod\n  catalystc new application site --organization shop --blueprint bp-wordpress --env prod\n  catalystc new blueprint bp-portal --dry-run"
)]
pub(crate) struct NewVerb {
    #[command(subcommand)]
    kind: Kind,
    /// Print the files and write nothing
    #[arg(long, global = true)]
    dry_run: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Kind {
    Application(Application),
    Blueprint(Blueprint),
    Continuum(Continuum),
    Environment(Environment),
    #[command(visible_alias = "policy")]
    EnvironmentPolicy(EnvironmentPolicy),
    Organization(Organization),
    Runbook(Runbook),
    SecretPolicy(SecretPolicy),
    Sovereign(Sovereign),
    UserAccess(UserAccess),
}

/// A running deployment of a Blueprint in Environments of an Organization
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new application shop --organization acme --blueprint bp-wordpress --env prod\n  catalystc new application shop --organization acme --blueprint bp-wordpress --version ~1.3 --env dev --env prod"
)]
struct Application {
    /// Name of the Application
    name: AppName,
    /// The Organization it belongs to
    #[arg(long, short, value_name = "NAME")]
    organization: OrgName,
    /// The Blueprint it runs
    #[arg(long, short, value_name = "NAME")]
    blueprint: BlueprintName,
    /// Env type of an Environment it runs in; may be given more than once
    #[arg(long, short, value_name = "TYPE", required = true)]
    env: Vec<EnvType>,
    /// Which versions of the Blueprint will do; all compatible with the newest unless given
    #[arg(long, value_name = "CONSTRAINT")]
    version: Option<Constraint>,
    /// The Sovereign, where several have such an Organization
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// What can be installed: a chart with a card, config, dependencies
///
/// Without a Sovereign it belongs to the public catalogue and stands in platform/. The chart has a Deployment and a Service.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new blueprint bp-portal --title Portal\n  catalystc new blueprint bp-portal --organization acme"
)]
struct Blueprint {
    /// Name of the Blueprint, `bp-` and a short name
    name: BlueprintName,
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Put it into the catalogue of this Sovereign
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
    /// Make it private to this Organization
    #[arg(long, short, value_name = "NAME")]
    organization: Option<OrgName>,
}

/// Failover of one Application between regions
///
/// The Application is active-hotstandby in the Environment; its first region serves, the others stand by.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  catalystc new continuum ledger --environment core-banking-prod")]
struct Continuum {
    /// Name of the Application
    application: AppName,
    /// The Environment
    #[arg(long, short, value_name = "NAME")]
    environment: EnvironmentName,
    /// The Sovereign, where several have such an Environment
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// Where an Organization installs Applications
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new environment acme-dev\n  catalystc new environment acme-prod --region fsn --region hel"
)]
struct Environment {
    /// Its name: the Organization and the env type (prod, stg, uat, dev, poc), as in `acme-prod`
    name: EnvironmentName,
    /// A region, the primary one first; the first of the Sovereign that fits unless given
    #[arg(long, value_name = "REGION")]
    region: Vec<RegionKey>,
    /// The Sovereign, where several have such an Organization
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// What a change must pass to reach an Environment
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new environment-policy acme-prod --approver platform-team --approvals 2"
)]
struct EnvironmentPolicy {
    /// The Environment; the policy is named after it
    environment: EnvironmentName,
    /// A team that may approve; the teams of the Organization unless given
    #[arg(long, value_name = "TEAM")]
    approver: Vec<String>,
    /// How many approvals a change needs
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    approvals: u32,
    /// The Sovereign, where several have such an Environment
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// A customer, or a part of the owner: namespace, vCluster, Git organization
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new organization shop --title Shop --contact ops@shop.omani.homes\n  catalystc new organization finance --kind internal --sovereign omantel"
)]
struct Organization {
    /// Name of the Organization
    name: OrgName,
    /// Its name for people
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// `customer`, or `internal` for a part of the owner
    #[arg(long, value_name = "KIND", default_value = "customer", value_parser = word(OrganizationKind::ALL))]
    kind: OrganizationKind,
    /// Whom to call; the contact of the Sovereign unless given
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
    /// The Sovereign; not needed where there is only one
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// What to run when an alert fires
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  catalystc new runbook disk-full --alert NodeDiskFull")]
struct Runbook {
    /// Name of the Runbook
    name: ObjectName,
    /// Name of the alert that starts it
    #[arg(long, value_name = "NAME")]
    alert: String,
    /// The Sovereign; not needed where there is only one
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// How long secrets live
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  catalystc new secret-policy standard")]
struct SecretPolicy {
    /// Name of the policy
    name: ObjectName,
    /// The Sovereign; not needed where there is only one
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

/// A deployed platform: its domain, and where it runs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new sovereign east --domain t51.omani.works\n  catalystc new sovereign east --domain t51.omani.works --region hetzner/fsn --region hetzner/hel"
)]
struct Sovereign {
    /// Name of the Sovereign
    name: SovereignName,
    /// Its domain
    #[arg(long, value_name = "DOMAIN")]
    domain: DomainName,
    /// A region; the first holds the management cluster
    #[arg(long, value_name = "PROVIDER/REGION", default_value = "hetzner/fsn")]
    region: Vec<RegionArg>,
    /// Whom to call; ops@DOMAIN unless given
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
}

/// What a person may do, and where
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc new user-access ada --user ada@omani.works --tier operator --scope openova.io/organization=acme"
)]
struct UserAccess {
    /// Name of the document
    name: ObjectName,
    /// The person, as the identity provider knows them
    #[arg(long, value_name = "ADDRESS")]
    user: String,
    /// viewer, developer, operator, admin or owner
    #[arg(long, value_name = "TIER", value_parser = word(AccessTier::ALL))]
    tier: AccessTier,
    /// A label that objects in the scope carry; may be given more than once, and all must hold
    #[arg(long, value_name = "LABEL=VALUE", required = true, value_parser = pair)]
    scope: Vec<(String, String)>,
    /// The Sovereign; not needed where there is only one
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<SovereignName>,
}

impl Kind {
    fn arguments(self) -> New {
        match self {
            Kind::Application(it) => New::Application(NewApplication {
                name: it.name,
                organization: it.organization,
                sovereign: it.sovereign,
                blueprint: it.blueprint,
                version: it.version,
                environments: it.env,
            }),
            Kind::Blueprint(it) => New::Blueprint(NewBlueprint {
                name: it.name,
                sovereign: it.sovereign,
                organization: it.organization,
                title: it.title,
            }),
            Kind::Continuum(it) => New::Continuum(NewContinuum {
                application: it.application,
                environment: it.environment,
                sovereign: it.sovereign,
            }),
            Kind::Environment(it) => New::Environment(NewEnvironment {
                name: it.name,
                sovereign: it.sovereign,
                regions: it.region,
            }),
            Kind::EnvironmentPolicy(it) => New::EnvironmentPolicy(NewEnvironmentPolicy {
                environment: it.environment,
                sovereign: it.sovereign,
                approvers: it.approver,
                approvals: it.approvals,
            }),
            Kind::Organization(it) => New::Organization(NewOrganization {
                name: it.name,
                sovereign: it.sovereign,
                title: it.title,
                kind: it.kind,
                contact: it.contact,
            }),
            Kind::Runbook(it) => {
                New::Runbook(NewRunbook { name: it.name, sovereign: it.sovereign, alert: it.alert })
            }
            Kind::SecretPolicy(it) => {
                New::SecretPolicy(NewSecretPolicy { name: it.name, sovereign: it.sovereign })
            }
            Kind::Sovereign(it) => New::Sovereign(NewSovereign {
                name: it.name,
                domain: it.domain,
                regions: it.region.into_iter().map(|it| it.0).collect(),
                contact: it.contact,
            }),
            Kind::UserAccess(it) => New::UserAccess(NewUserAccess {
                name: it.name,
                sovereign: it.sovereign,
                user: it.user,
                tier: it.tier,
                scopes: it.scope,
            }),
        }
    }
}

impl NewVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let mut project = session.project(false)?;
        let made = plan_new(&project, &self.kind.arguments())?;
        if let [first, ..] = made.conflicts(&project.root).as_slice() {
            return Err(Failure::new(format!("{first} is already there, and not written over")));
        }
        if self.dry_run {
            return show(session, &made);
        }
        let found = made.prove(&mut project);
        session.print_findings(&project, &found)?;
        if found.iter().any(|it| it.severity == Severity::Error) {
            session.say("these would come with it; nothing was written");
            return Ok(ExitCode::from(FINDINGS));
        }
        made.write(&project.root)?;
        for file in &made.files {
            session.print(&format!("{}\n", file.path))?;
        }
        for remark in &made.remarks {
            session.say(&format!("note: {remark}"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints files instead of writing them: each after its path, in a form that a shell comment cannot be taken for a part of.
pub(super) fn show(session: &Session, made: &Scaffold) -> Result<ExitCode, Failure> {
    for file in &made.files {
        session.print(&format!("==> {} <==\n{}\n", file.path, file.text))?;
    }
    for remark in &made.remarks {
        session.say(&format!("note: {remark}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// A provider and one of its regions, `hetzner/fsn`.
#[derive(Debug, Clone)]
pub(super) struct RegionArg(pub(super) (Provider, RegionCode));

impl FromStr for RegionArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (provider, region) =
            text.split_once('/').ok_or("a provider and a region are wanted, as in `hetzner/fsn`")?;
        let provider: Provider = provider.parse().map_err(|error| format!("{error}"))?;
        Ok(RegionArg((provider, region.parse().map_err(|error| format!("{error}"))?)))
    }
}

/// A word of a closed list.
fn word<T: Copy + Send + Sync + std::fmt::Display + 'static>(
    all: &'static [T],
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let known = || all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let found = all.iter().copied().find(|it| it.to_string() == text);
        found.ok_or_else(|| format!("known are {}", known()))
    }
}

/// `key=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("a label and its value are wanted, as in `openova.io/organization=acme`")?;
    Ok((key.to_owned(), value.to_owned()))
}
