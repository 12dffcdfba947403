//! The Applications of each Environment: versions chosen, dependencies met, composites flattened.
//!
//! Conditions depend on config, and config on the chosen version, so the three are found together: solve with the dependencies known to
//! hold, flatten, and solve again when a condition turned out to hold that was not counted before. The set only grows, so this ends.

use crate::flatten::{Flatten, Outcome};
use crate::scope::application_variables;
use crate::versions::{Available, Requirement, Requirer, solve};
use crate::{Compiled, Input};
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{
    AppName, Application, BlueprintName, Constraint, EnvironmentName, InstallScope, Version,
};
use catalyst_plan::{EnvironmentGraph, KitGraph, OrganizationIntent, Sourced, Viewer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A dependency of a Blueprint version whose condition holds for some Application.
pub(crate) type Active = BTreeSet<(BlueprintName, Version, usize)>;

pub(crate) fn resolve_environments(
    input: Input<'_>,
    kit: &KitGraph,
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<EnvironmentName, EnvironmentGraph> {
    let mut found = BTreeMap::new();
    for org in input.sovereign.organizations.values() {
        environments_exist(input, org, out);
        for environment in org.environments.values() {
            let scene =
                Scene { input, kit, org, name: &environment.name, size: environment.spec.size.as_deref() };
            found.insert(environment.name.clone(), scene.resolve(out));
        }
    }
    found
}

/// Applications name Environments of their Organization.
fn environments_exist(input: Input<'_>, org: &OrganizationIntent, out: &mut Vec<Diagnostic>) {
    for application in org.applications.values() {
        for env in application.spec.environments.keys().filter(|env| !org.environments.contains_key(env)) {
            let name = format!("{}-{env}", org.organization.name);
            if input.is_broken("Environment", &name) {
                continue;
            }
            let place = application.place.child("spec").child("environments").child(env.as_str()).on_key();
            let known: Vec<String> = org.environments.values().map(|it| it.name.to_string()).collect();
            let found = Diagnostic::new(
                &rule::UNDEFINED_ENVIRONMENT,
                place,
                format!("no Environment is named `{name}`"),
            );
            out.push(if known.is_empty() {
                found.help(format!("Organization `{}` has no Environment yet", org.organization.name))
            } else {
                found.help(format!("Environments of `{}` are {}", org.organization.name, known.join(", ")))
            });
        }
    }
}

/// One Environment and what its resolution may look at.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub input: Input<'a>,
    pub kit: &'a KitGraph,
    pub org: &'a OrganizationIntent,
    pub name: &'a EnvironmentName,
    /// Size overlay of Applications that name none.
    pub size: Option<&'a str>,
}

impl<'a> Scene<'a> {
    pub(crate) fn viewer(&self) -> Viewer<'a> {
        Viewer {
            sovereign: &self.input.sovereign.sovereign.name,
            organization: Some(&self.org.organization.name),
        }
    }

    /// The Blueprint versions that Applications here may run.
    pub(crate) fn visible(&self, name: &BlueprintName) -> Vec<&'a Arc<Compiled>> {
        self.input.catalogue.visible(name, self.viewer())
    }

    /// The Applications of intent that run here.
    pub(crate) fn applications(&self) -> impl Iterator<Item = &'a Sourced<Application>> + use<'a> {
        let env = self.name.env;
        self.org.applications.values().filter(move |it| it.spec.environments.contains_key(&env))
    }

    pub(crate) fn application(&self, name: &AppName) -> Option<&'a Sourced<Application>> {
        self.org.applications.get(name).filter(|it| it.spec.environments.contains_key(&self.name.env))
    }

    /// The node of an Application's section for this Environment.
    pub(crate) fn section(&self, application: &Sourced<Application>) -> Place {
        application.place.child("spec").child("environments").child(self.name.env.as_str())
    }

    pub(crate) fn variables(&self, app: &str) -> crate::Variables {
        let name = self.name.to_string();
        let org = &self.org.organization;
        application_variables(self.input.facts, self.input.sovereign, org, app, &name, self.name.env.as_str())
    }

    fn resolve(&self, out: &mut Vec<Diagnostic>) -> EnvironmentGraph {
        let applications: Vec<_> = self.applications().filter(|it| self.may_run(it, out)).collect();
        if applications.is_empty() {
            return EnvironmentGraph::default();
        }
        let mut available = Available::new();
        let reachable = self.reachable(&applications, &mut available);
        let root = format!("{}/{}", self.input.sovereign.sovereign.name, self.name);
        let none = BTreeMap::new();
        let locked = self.input.lock.and_then(|lock| lock.roots.get(&root)).unwrap_or(&none);
        let mut active = Active::new();
        loop {
            let requirements = self.requirements(&applications, &reachable, &active);
            let chosen = match solve(&available, &requirements, locked) {
                Ok(chosen) => chosen,
                Err(conflict) => {
                    out.push(*conflict);
                    return EnvironmentGraph::default();
                }
            };
            let Outcome { graph, active: now, diagnostics } =
                Flatten::new(*self, &applications, &chosen).run();
            if now.is_subset(&active) {
                out.extend(diagnostics);
                return graph;
            }
            active.extend(now);
        }
    }

    /// Whether an Application's Blueprint exists, is visible here, and can run in a vCluster.
    fn may_run(&self, application: &Sourced<Application>, out: &mut Vec<Diagnostic>) -> bool {
        let (name, place) = (&application.spec.blueprint, application.place.child("spec").child("blueprint"));
        let visible = self.visible(name);
        if let Some(latest) = visible.last() {
            let scopes = &latest.entry.blueprint.spec.placement_schema.scopes;
            if scopes.contains(&InstallScope::Vcluster) {
                return true;
            }
            let schema = latest.entry.blueprint.place.child("spec").child("placementSchema").child("scopes");
            out.push(
                Diagnostic::new(
                    &rule::PLACEMENT_OUT_OF_BOUNDS,
                    place,
                    format!("`{name}` is installed in host clusters only"),
                )
                .other(schema, "its scopes")
                .help("the kit installs it; an Application needs a Blueprint with scope `vcluster`"),
            );
            return false;
        }
        if self.input.is_broken("Blueprint", name.as_str()) {
            return false;
        }
        let hidden = self.input.catalogue.catalogue.entries(name).first();
        out.push(match hidden {
            Some(entry) => Diagnostic::new(
                &rule::INVISIBLE_BLUEPRINT,
                place,
                format!("`{name}` is not visible to Organization `{}`", self.org.organization.name),
            )
            .other(
                entry.blueprint.place.child("metadata").child("name"),
                format!("it belongs to {}", entry.scope),
            )
            .help("publish it in a wider catalogue, or use a Blueprint that is visible here"),
            None => unknown_blueprint(self.input, name, &place),
        });
        false
    }

    /// Every Blueprint version that the Applications could need, and the versions there are.
    fn reachable(
        &self,
        applications: &[&'a Sourced<Application>],
        available: &mut Available,
    ) -> Vec<&'a Arc<Compiled>> {
        let mut open: Vec<&BlueprintName> = applications.iter().map(|it| &it.spec.blueprint).collect();
        let mut found = Vec::new();
        while let Some(name) = open.pop() {
            if available.contains_key(name) {
                continue;
            }
            let versions = self.visible(name);
            available.insert(
                name.clone(),
                versions.iter().map(|it| it.entry.blueprint.spec.version.clone()).collect(),
            );
            for compiled in versions {
                found.push(compiled);
                open.extend(compiled.entry.blueprint.spec.depends.iter().flatten().map(|it| &it.blueprint));
            }
        }
        found
    }

    fn requirements(
        &self,
        applications: &[&'a Sourced<Application>],
        reachable: &[&'a Arc<Compiled>],
        active: &Active,
    ) -> Vec<Requirement> {
        let mut found = Vec::new();
        for application in applications {
            let mut add = |constraint: &Constraint, place: Place| {
                let by = Requirer::Application(application.name.to_string());
                let needs = application.spec.blueprint.clone();
                found.push(Requirement { by, needs, constraint: constraint.clone(), place });
            };
            // Who asks for no version asks for the Blueprint.
            let key = if application.spec.version == Constraint::any() { "blueprint" } else { "version" };
            add(&application.spec.version, application.place.child("spec").child(key));
            if let Some(version) =
                application.spec.environments.get(&self.name.env).and_then(|it| it.version.as_ref())
            {
                add(version, self.section(application).child("version"));
            }
        }
        for compiled in reachable {
            let blueprint = &compiled.entry.blueprint;
            for (at, dependency) in blueprint.spec.depends.iter().flatten().enumerate() {
                let key = (blueprint.name.clone(), blueprint.spec.version.clone(), at);
                let counts = dependency.when.is_none() || active.contains(&key);
                // What nobody in the Blueprint's own scope can see is reported there, once.
                let entries = self.input.catalogue.catalogue.entries(&dependency.blueprint);
                let seen = entries.iter().any(|it| compiled.entry.scope.sees(&it.scope));
                if counts && seen && !self.is_platform(&dependency.blueprint) {
                    let by = Requirer::Blueprint(key.0, key.1);
                    let place = compiled.dependencies[at].place.child("version");
                    found.push(Requirement {
                        by,
                        needs: dependency.blueprint.clone(),
                        constraint: dependency.version.clone(),
                        place,
                    });
                }
            }
        }
        found
    }

    /// Whether a Blueprint only runs in host clusters, so that the kit meets a dependency on it.
    pub(crate) fn is_platform(&self, name: &BlueprintName) -> bool {
        let visible = self.visible(name);
        !visible.is_empty()
            && !visible
                .iter()
                .any(|it| it.entry.blueprint.spec.placement_schema.scopes.contains(&InstallScope::Vcluster))
    }
}

/// A Blueprint that no catalogue holds.
pub(crate) fn unknown_blueprint(input: Input<'_>, name: &BlueprintName, place: &Place) -> Diagnostic {
    let known = input.catalogue.catalogue.blueprints.keys().map(BlueprintName::as_str);
    let found =
        Diagnostic::new(&rule::UNDEFINED_BLUEPRINT, place.clone(), format!("no Blueprint is named `{name}`"));
    match suggest::nearest(name.as_str(), known) {
        Some(near) => found.label(format!("did you mean `{near}`?")).fix(
            format!("replace `{name}` by `{near}`"),
            place.clone(),
            EditAction::SetValue(near.into()),
        ),
        None => found.help("run `catalystc list blueprints` to see what there is"),
    }
}
