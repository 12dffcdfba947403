use catalyst_diag::Place;
use catalyst_model::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value and the document it was read from. The value holds no positions; the place leads back to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: Arc<T>,
    /// The root of its document.
    pub place: Place,
}

impl<T> std::ops::Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// All intent of a project, by identity. Duplicates are reported when the index is made; the first file by path stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Index {
    /// The project file.
    pub project: Option<Sourced<Project>>,
    /// The kit.
    pub kit: Option<Sourced<Kit>>,
    /// All Blueprints.
    pub catalogue: Arc<Catalogue>,
    /// All Sovereigns with what belongs to them.
    pub sovereigns: BTreeMap<SovereignName, Arc<SovereignIntent>>,
    /// Documents that are there and could not be read, as kind and name. References to them are not reported a second time.
    pub broken: Arc<BTreeSet<(String, String)>>,
}

/// One Sovereign and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct SovereignIntent {
    /// The Sovereign.
    pub sovereign: Sourced<Sovereign>,
    /// Its Organizations.
    pub organizations: BTreeMap<OrgName, OrganizationIntent>,
    /// Its EnvironmentPolicies, by name.
    pub environment_policies: BTreeMap<ObjectName, Sourced<EnvironmentPolicy>>,
    /// Its SecretPolicies, by name.
    pub secret_policies: BTreeMap<ObjectName, Sourced<SecretPolicy>>,
    /// Its Runbooks, by name.
    pub runbooks: BTreeMap<ObjectName, Sourced<Runbook>>,
    /// Its UserAccesses, by name.
    pub user_accesses: BTreeMap<ObjectName, Sourced<UserAccess>>,
}

/// One Organization and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationIntent {
    /// The Organization.
    pub organization: Sourced<Organization>,
    /// Its Environments.
    pub environments: BTreeMap<EnvType, Sourced<Environment>>,
    /// Its Applications.
    pub applications: BTreeMap<AppName, Sourced<Application>>,
    /// Its Continuums, by Application.
    pub continuums: BTreeMap<AppName, Sourced<Continuum>>,
}

/// A catalogue scope. Consulted in this order when several hold the same version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The public catalogue.
    Public,
    /// Curated by a Sovereign.
    Sovereign(SovereignName),
    /// Private to an Organization.
    Organization(SovereignName, OrgName),
}

impl Scope {
    /// Whether Blueprints of this scope may use those of another: the wider ones and its own.
    pub fn sees(&self, other: &Scope) -> bool {
        match (self, other) {
            (_, Scope::Public) => true,
            (Scope::Sovereign(a) | Scope::Organization(a, _), Scope::Sovereign(b)) => a == b,
            (scope, other) => scope == other,
        }
    }

    /// Whether it belongs to an Organization.
    pub fn is_organization(&self) -> bool {
        matches!(self, Scope::Organization(..))
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scope::Public => f.write_str("the public catalogue"),
            Scope::Sovereign(sovereign) => write!(f, "the catalogue of Sovereign `{sovereign}`"),
            Scope::Organization(sovereign, org) => {
                write!(f, "the Blueprints of Organization `{org}` in `{sovereign}`")
            }
        }
    }
}

/// Who looks into the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// The Sovereign.
    pub sovereign: &'a SovereignName,
    /// The Organization; `None` for the kit.
    pub organization: Option<&'a OrgName>,
}

/// All Blueprints of all scopes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    /// By name; entries by scope, then version.
    pub blueprints: BTreeMap<BlueprintName, Vec<CatalogEntry>>,
}

/// One version of one Blueprint in one scope.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogEntry {
    /// Whose catalogue.
    pub scope: Scope,
    /// The Blueprint.
    pub blueprint: Sourced<Blueprint>,
    /// What its chart says of itself, where the chart is in the project.
    pub chart: Option<ChartFacts>,
}

/// What a `Chart.yaml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartFacts {
    /// The root of `Chart.yaml`.
    pub place: Place,
    /// `name`.
    pub name: String,
    /// `version`, as written.
    pub version: String,
    /// `appVersion`, as written.
    pub app_version: Option<String>,
    /// `dependencies`.
    pub dependencies: Vec<ChartDependency>,
    /// Annotations, such as `catalyst.openova.io/no-upstream`.
    pub annotations: BTreeMap<String, String>,
}

/// A dependency in a `Chart.yaml`.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartDependency {
    /// Where `Chart.yaml` says so.
    pub place: Place,
    /// Name of the chart.
    pub name: String,
    /// Version or constraint, as written.
    pub version: String,
    /// Where it comes from.
    pub repository: Option<String>,
}

impl CatalogEntry {
    /// Whether installing it makes a release of its own. A composite without workloads only brings its parts.
    pub fn has_chart(&self) -> bool {
        let manifests = &self.blueprint.spec.manifests;
        manifests.chart.is_some() || manifests.source.is_some() || self.chart.is_some()
    }

    /// Whether a viewer may use it: the public catalogue is open, a Sovereign's catalogue serves its Organizations, an Organization's
    /// Blueprints serve itself. A private Blueprint of a Sovereign's catalogue serves the kit only.
    pub fn visible_to(&self, viewer: Viewer<'_>) -> bool {
        let private = self.blueprint.spec.visibility == Visibility::Private;
        match &self.scope {
            Scope::Public => !private || viewer.organization.is_none(),
            Scope::Sovereign(sovereign) => {
                sovereign == viewer.sovereign && (!private || viewer.organization.is_none())
            }
            Scope::Organization(sovereign, org) => {
                sovereign == viewer.sovereign && Some(org) == viewer.organization
            }
        }
    }
}

impl Catalogue {
    /// The entries of a Blueprint that a viewer may use, lowest version first; of equal versions the wider scope first.
    pub fn visible<'a>(&'a self, name: &BlueprintName, viewer: Viewer<'_>) -> Vec<&'a CatalogEntry> {
        let mut entries: Vec<_> =
            self.entries(name).iter().filter(|entry| entry.visible_to(viewer)).collect();
        entries.sort_by(|a, b| {
            (&a.blueprint.spec.version, &a.scope).cmp(&(&b.blueprint.spec.version, &b.scope))
        });
        entries
    }

    /// All entries of a Blueprint.
    pub fn entries(&self, name: &BlueprintName) -> &[CatalogEntry] {
        self.blueprints.get(name).map_or(&[], Vec::as_slice)
    }

    /// The entry of exactly this version that a viewer may use.
    pub fn find<'a>(
        &'a self,
        name: &BlueprintName,
        version: &Version,
        viewer: Viewer<'_>,
    ) -> Option<&'a CatalogEntry> {
        self.visible(name, viewer).into_iter().find(|entry| entry.blueprint.spec.version == *version)
    }
}
