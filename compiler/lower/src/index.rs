//! All items of a project, by identity. Who belongs to whom is read from the documents, never from their paths.

use crate::Item;
use catalyst_diag::{Diagnostic, Place, rule, suggest};
use catalyst_model::*;
use catalyst_plan::{
    CatalogEntry, Catalogue, ChartFacts, Index, OrganizationIntent, Scope, Sourced, SovereignIntent,
};
use catalyst_source::TreePath;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Gathers items, which come in order of path, and the charts by the folder they stand in. `broken` are the files with errors: the names
/// in them may be what is wrong, so what stands at their path by convention counts as there and broken, too.
pub fn index<'a>(
    items: impl Iterator<Item = &'a Item> + Clone,
    charts: &BTreeMap<TreePath, ChartFacts>,
    broken: impl Iterator<Item = &'a TreePath>,
) -> (Index, Vec<Diagnostic>) {
    let named =
        items.clone().filter(|it| it.intent.is_none()).map(|it| (it.kind.to_owned(), it.name.clone()));
    let broken = named.chain(broken.filter_map(expected)).collect();
    let mut builder = Builder { broken, ..Builder::default() };
    // Owners before what they own: three passes over the items, each cheap.
    for item in items.clone() {
        builder.roots(item, charts);
    }
    for item in items.clone() {
        builder.organizations(item);
    }
    for item in items {
        builder.members(item);
    }
    builder.finish()
}

/// The kind and name of the document that stands at a path by convention.
fn expected(path: &TreePath) -> Option<(String, String)> {
    let parts: Vec<&str> = path.components().collect();
    let stem = |name: &'_ str| name.strip_suffix(".yaml").map(str::to_owned);
    let (kind, name) = match parts.as_slice() {
        ["catalyst.yaml"] => ("Project", String::new()),
        ["clusters", "_template", "kit.yaml"] => ("Kit", String::new()),
        ["platform" | "products", name, .., "blueprint.yaml"] => ("Blueprint", format!("bp-{name}")),
        ["sovereigns", name, "sovereign.yaml"] => ("Sovereign", (*name).to_owned()),
        ["sovereigns", _, "catalog", name, .., "blueprint.yaml"] => ("Blueprint", format!("bp-{name}")),
        ["sovereigns", _, "organizations", org, rest @ ..] => match rest {
            ["organization.yaml"] => ("Organization", (*org).to_owned()),
            ["environments", file] => ("Environment", stem(file)?),
            ["applications", file] => ("Application", stem(file)?),
            ["continuums", file] => ("Continuum", stem(file)?),
            ["blueprints", name, .., "blueprint.yaml"] => ("Blueprint", format!("bp-{name}")),
            _ => return None,
        },
        _ => return None,
    };
    Some((kind.to_owned(), name))
}

#[derive(Default)]
struct Builder {
    index: Index,
    catalogue: Catalogue,
    sovereigns: BTreeMap<SovereignName, SovereignIntent>,
    broken: BTreeSet<(String, String)>,
    diagnostics: Vec<Diagnostic>,
}

fn sourced<T>(value: &Arc<T>, item: &Item) -> Sourced<T> {
    Sourced { value: value.clone(), place: item.place.clone() }
}

/// The place of a spec field of an item.
fn field(item: &Item, name: &str) -> Place {
    item.place.child("spec").child(name)
}

impl Builder {
    fn roots(&mut self, item: &Item, charts: &BTreeMap<TreePath, ChartFacts>) {
        match &item.intent {
            Some(Intent::Project(it)) => match &self.index.project {
                Some(first) => self.duplicate(item, &first.place.clone(), "a project has one project file"),
                None => self.index.project = Some(sourced(it, item)),
            },
            Some(Intent::Kit(it)) => match &self.index.kit {
                Some(first) => self.duplicate(item, &first.place.clone(), "a project has one kit"),
                None => self.index.kit = Some(sourced(it, item)),
            },
            Some(Intent::Sovereign(it)) => match self.sovereigns.get(&it.name) {
                Some(first) => {
                    self.duplicate(item, &first.sovereign.place.clone(), "Sovereigns have names of their own")
                }
                None => {
                    self.one_domain(it, item);
                    let intent = SovereignIntent {
                        sovereign: sourced(it, item),
                        organizations: BTreeMap::new(),
                        environment_policies: BTreeMap::new(),
                        secret_policies: BTreeMap::new(),
                        runbooks: BTreeMap::new(),
                        user_accesses: BTreeMap::new(),
                    };
                    self.sovereigns.insert(it.name.clone(), intent);
                }
            },
            Some(Intent::Blueprint(it)) => self.blueprint(it, item, charts),
            _ => {}
        }
    }

    /// A domain is the zone of one Sovereign.
    fn one_domain(&mut self, it: &Sovereign, item: &Item) {
        let same = self.sovereigns.values().find(|other| other.sovereign.spec.domain == it.spec.domain);
        if let Some(other) = same {
            let message = format!("Sovereigns `{}` and `{}` have one domain", other.sovereign.name, it.name);
            self.diagnostics.push(
                Diagnostic::new(&rule::DUPLICATE_IDENTITY, field(item, "domain"), message)
                    .other(other.sovereign.place.child("spec").child("domain"), "the first one")
                    .help("give each Sovereign a domain of its own; its zone holds the records of the control plane"),
            );
        }
    }

    fn blueprint(&mut self, it: &Arc<Blueprint>, item: &Item, charts: &BTreeMap<TreePath, ChartFacts>) {
        let scope = match (&it.spec.catalog.sovereign, &it.spec.catalog.organization) {
            (None, None) => Scope::Public,
            (Some(sovereign), None) => Scope::Sovereign(sovereign.clone()),
            (Some(sovereign), Some(org)) => Scope::Organization(sovereign.clone(), org.clone()),
            (None, Some(_)) => {
                let at = item.place.child("spec").child("catalog");
                self.diagnostics.push(
                    Diagnostic::new(
                        &rule::MISSING_FIELD,
                        at,
                        "a Blueprint of an Organization names its Sovereign as well",
                    )
                    .help("add `sovereign:` beside `organization:`"),
                );
                self.broken.insert((item.kind.to_owned(), item.name.clone()));
                return;
            }
        };
        let entries = self.catalogue.blueprints.entry(it.name.clone()).or_default();
        let same = entries
            .iter()
            .find(|entry| entry.scope == scope && entry.blueprint.spec.version == it.spec.version);
        if let Some(first) = same {
            let (first, why) = (first.blueprint.place.clone(), format!("{scope} has this version already"));
            self.duplicate(item, &first, &why);
            return;
        }
        let folder = item.place.file.parent();
        let chart = it.spec.manifests.chart.as_deref().unwrap_or("./chart").trim_start_matches("./");
        let chart =
            folder.and_then(|folder| folder.join(chart).ok()).and_then(|folder| charts.get(&folder).cloned());
        entries.push(CatalogEntry { scope, blueprint: sourced(it, item), chart });
    }

    fn organizations(&mut self, item: &Item) {
        let Some(Intent::Organization(it)) = &item.intent else { return };
        let place = field(item, "sovereign");
        let free = self.is_free(it, item);
        let name = self.sovereign(&it.spec.sovereign, &place).filter(|_| free);
        let Some(sovereign) = name.and_then(|name| self.sovereigns.get_mut(&name)) else {
            // What belongs to it is not reported once more.
            self.broken.insert((item.kind.to_owned(), item.name.clone()));
            return;
        };
        if let Some(first) = sovereign.organizations.get(&it.name) {
            let first = first.organization.place.clone();
            self.duplicate(item, &first, "Organizations of a Sovereign have slugs of their own");
            return;
        }
        let organization = sourced(it, item);
        let intent = OrganizationIntent {
            organization,
            environments: BTreeMap::new(),
            applications: BTreeMap::new(),
            continuums: BTreeMap::new(),
        };
        sovereign.organizations.insert(it.name.clone(), intent);
    }

    /// Whether the namespace that an Organization has in host clusters is its own. Namespaces of the platform are nobody's slug.
    fn is_free(&mut self, it: &Organization, item: &Item) -> bool {
        let slug = it.name.as_str();
        let slots = self.index.kit.iter().flat_map(|kit| {
            let place = kit.place.child("spec").child("slots");
            kit.spec.slots.iter().enumerate().map(move |(at, slot)| (slot, place.item(at)))
        });
        let slot = slots.into_iter().find(|(slot, _)| slot.namespace() == slug);
        let (why, other) = if let Some((slot, place)) = slot {
            (format!("slot {} installs into the namespace of this name", slot.id), Some((place, "the slot")))
        } else if self.phase_zero_has(slug) {
            ("phase 0 brings the namespace of this name".to_owned(), None)
        } else if BUILT_IN_NAMESPACES.contains(&slug) {
            ("every cluster has a namespace of this name".to_owned(), None)
        } else {
            return true;
        };
        let place = item.place.child("metadata").child("name");
        let found =
            Diagnostic::new(&rule::RESERVED_NAME, place, format!("`{slug}` is a namespace of the platform"))
                .label(why)
                .help("give the Organization another slug: it becomes a namespace in host clusters");
        self.diagnostics.push(match other {
            Some((place, text)) => found.other(place, text),
            None => found,
        });
        false
    }

    fn phase_zero_has(&self, namespace: &str) -> bool {
        let namespaces = self.index.kit.iter().flat_map(|it| &it.spec.phase_zero.provides.namespaces);
        namespaces.into_iter().any(|it| it.name == namespace)
    }

    fn members(&mut self, item: &Item) {
        macro_rules! of_organization {
            ($it:ident, $map:ident, $key:expr, $why:literal) => {{
                let Some((sovereign, org)) =
                    self.organization(&$it.spec.organization, $it.spec.sovereign.as_ref(), item)
                else {
                    return;
                };
                self.insert_member(
                    &sovereign,
                    &org,
                    item,
                    |org| &mut org.$map,
                    $key,
                    sourced($it, item),
                    $why,
                )
            }};
        }
        macro_rules! of_sovereign {
            ($it:ident, $map:ident, $why:literal) => {{
                let Some(name) = self.sovereign(&$it.spec.sovereign, &field(item, "sovereign")) else {
                    return;
                };
                let Some(sovereign) = self.sovereigns.get_mut(&name) else { return };
                match sovereign.$map.get(&$it.name) {
                    Some(first) => {
                        let first = first.place.clone();
                        self.duplicate(item, &first, $why);
                    }
                    None => {
                        sovereign.$map.insert($it.name.clone(), sourced($it, item));
                    }
                }
            }};
        }
        match &item.intent {
            Some(Intent::Environment(it)) => {
                if it.name.org != it.spec.organization {
                    self.diagnostics.push(
                        Diagnostic::new(
                            &rule::INVALID_NAME,
                            item.place.child("metadata").child("name"),
                            format!(
                                "Environment `{}` does not belong to `{}`",
                                it.name, it.spec.organization
                            ),
                        )
                        .other(field(item, "organization"), "the Organization")
                        .help(format!("an Environment is named `{}-{}`", it.spec.organization, it.name.env)),
                    );
                    let meant = format!("{}-{}", it.spec.organization, it.name.env);
                    self.broken.insert((item.kind.to_owned(), meant));
                    return;
                }
                of_organization!(
                    it,
                    environments,
                    it.name.env,
                    "an Organization has one Environment of each type"
                )
            }
            Some(Intent::Application(it)) => {
                of_organization!(
                    it,
                    applications,
                    it.name.clone(),
                    "Applications of an Organization have names of their own"
                )
            }
            Some(Intent::Continuum(it)) => {
                let Some((sovereign, org)) = self.organization(&it.spec.organization, None, item) else {
                    return;
                };
                let why = "an Application has one Continuum";
                self.insert_member(
                    &sovereign,
                    &org,
                    item,
                    |org| &mut org.continuums,
                    it.name.clone(),
                    sourced(it, item),
                    why,
                )
            }
            Some(Intent::EnvironmentPolicy(it)) => self.environment_policy(it, item),
            Some(Intent::SecretPolicy(it)) => {
                of_sovereign!(it, secret_policies, "SecretPolicies have names of their own")
            }
            Some(Intent::Runbook(it)) => of_sovereign!(it, runbooks, "Runbooks have names of their own"),
            Some(Intent::UserAccess(it)) => {
                of_sovereign!(it, user_accesses, "UserAccesses have names of their own")
            }
            _ => {}
        }
    }

    fn environment_policy(&mut self, it: &Arc<EnvironmentPolicy>, item: &Item) {
        let Some(first) = it.spec.applies_to.environments.first() else { return };
        let at = field(item, "appliesTo").child("environments").item(0);
        let Some((sovereign, _)) =
            self.find_organization(&first.org, it.spec.sovereign.as_ref(), &at, &field(item, "sovereign"))
        else {
            return;
        };
        let Some(intent) = self.sovereigns.get_mut(&sovereign) else { return };
        if let Some(first) = intent.environment_policies.get(&it.name) {
            let first = first.place.clone();
            self.duplicate(item, &first, "EnvironmentPolicies have names of their own");
            return;
        }
        intent.environment_policies.insert(it.name.clone(), sourced(it, item));
    }

    #[expect(clippy::too_many_arguments, reason = "one private function for the members of an Organization")]
    fn insert_member<K: Ord, T>(
        &mut self,
        sovereign: &SovereignName,
        org: &OrgName,
        item: &Item,
        map: impl Fn(&mut OrganizationIntent) -> &mut BTreeMap<K, Sourced<T>>,
        key: K,
        value: Sourced<T>,
        why: &str,
    ) {
        let Some(org) = self.sovereigns.get_mut(sovereign).and_then(|it| it.organizations.get_mut(org))
        else {
            return;
        };
        let map = map(org);
        if let Some(first) = map.get(&key) {
            let first = first.place.clone();
            self.duplicate(item, &first, why);
        } else {
            map.insert(key, value);
        }
    }

    /// The Sovereign of this name, else a diagnostic, unless it is there and broken.
    fn sovereign(&mut self, name: &SovereignName, place: &Place) -> Option<SovereignName> {
        if self.sovereigns.contains_key(name) {
            return Some(name.clone());
        }
        if !self.is_broken("Sovereign", name.as_str()) {
            let near = suggest::nearest(name.as_str(), self.sovereigns.keys().map(SovereignName::as_str))
                .map(str::to_owned);
            self.diagnostics.push(undefined(
                &rule::UNDEFINED_SOVEREIGN,
                "Sovereign",
                name.as_str(),
                place,
                near,
            ));
        }
        None
    }

    fn organization(
        &mut self,
        org: &OrgName,
        sovereign: Option<&SovereignName>,
        item: &Item,
    ) -> Option<(SovereignName, OrgName)> {
        self.find_organization(org, sovereign, &field(item, "organization"), &field(item, "sovereign"))
    }

    fn find_organization(
        &mut self,
        org: &OrgName,
        sovereign: Option<&SovereignName>,
        place: &Place,
        sovereign_place: &Place,
    ) -> Option<(SovereignName, OrgName)> {
        if let Some(name) = sovereign {
            self.sovereign(name, sovereign_place)?;
        }
        let holders: Vec<SovereignName> = self
            .sovereigns
            .iter()
            .filter(|(name, it)| {
                sovereign.is_none_or(|wanted| wanted == *name) && it.organizations.contains_key(org)
            })
            .map(|(name, _)| name.clone())
            .collect();
        match holders.as_slice() {
            [one] => return Some((one.clone(), org.clone())),
            [] if self.is_broken("Organization", org.as_str()) => {}
            [] => {
                let known =
                    self.sovereigns.values().flat_map(|it| it.organizations.keys().map(OrgName::as_str));
                let near = suggest::nearest(org.as_str(), known).map(str::to_owned);
                self.diagnostics.push(undefined(
                    &rule::UNDEFINED_ORGANIZATION,
                    "Organization",
                    org.as_str(),
                    place,
                    near,
                ));
            }
            many => {
                let names: Vec<_> = many.iter().map(|it| format!("`{it}`")).collect();
                self.diagnostics.push(
                    Diagnostic::new(
                        &rule::UNDEFINED_ORGANIZATION,
                        place.clone(),
                        format!(
                            "Organization `{org}` exists in {} Sovereigns: {}",
                            many.len(),
                            names.join(", ")
                        ),
                    )
                    .help("name the Sovereign: `spec.sovereign`"),
                );
            }
        }
        None
    }

    fn is_broken(&self, kind: &str, name: &str) -> bool {
        self.broken.contains(&(kind.to_owned(), name.to_owned()))
    }

    fn duplicate(&mut self, item: &Item, first: &Place, why: &str) {
        self.diagnostics.push(
            Diagnostic::new(
                &rule::DUPLICATE_IDENTITY,
                item.place.child("metadata").child("name"),
                format!("{} `{}` stands in two files", item.kind, item.name),
            )
            .label(why)
            .other(first.child("metadata").child("name"), "the first one")
            .help("delete one of them, or give it another name"),
        );
    }

    fn finish(mut self) -> (Index, Vec<Diagnostic>) {
        for entries in self.catalogue.blueprints.values_mut() {
            entries.sort_by(|a, b| {
                (&a.scope, &a.blueprint.spec.version).cmp(&(&b.scope, &b.blueprint.spec.version))
            });
        }
        self.index.catalogue = Arc::new(self.catalogue);
        self.index.sovereigns = self.sovereigns.into_iter().map(|(name, it)| (name, Arc::new(it))).collect();
        self.index.broken = Arc::new(self.broken);
        (self.index, self.diagnostics)
    }
}

/// A name that nothing has, with the nearest one that something has.
fn undefined(
    rule: &'static catalyst_diag::Rule,
    what: &str,
    name: &str,
    place: &Place,
    near: Option<String>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule, place.clone(), format!("no {what} is named `{name}`"));
    match near {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(
            format!("replace `{name}` by `{near}`"),
            place.clone(),
            catalyst_diag::EditAction::SetValue(near.into()),
        ),
        None => diagnostic,
    }
}
