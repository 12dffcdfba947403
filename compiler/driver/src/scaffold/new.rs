//! One document of intent: what is taken for arguments that are not given, and what is refused.

use super::Scaffold;
use super::application::{ApplicationText, EnvironmentText, OrganizationText, SovereignText};
use super::arguments::*;
use super::blueprint::BlueprintText;
use super::document::title;
use super::placeholder::placeholders;
use super::policies;
use crate::names::texts;
use crate::{Project, Refusal};
use catalyst_model::*;
use catalyst_plan::{Index, OrganizationIntent, SovereignIntent, Viewer};
use std::sync::Arc;

/// The files of a new document. Names that it refers to exist, or the document is refused.
pub fn plan_new(project: &Project, new: &New) -> Result<Scaffold, Refusal> {
    let (db, files) = project.database();
    let known = Known { project, index: &catalyst_db::index(db, files).0, schemas: schemas(project) };
    let mut out = Scaffold::default();
    match new {
        New::Sovereign(it) => known.new_sovereign(it, &mut out),
        New::Organization(it) => known.new_organization(it, &mut out)?,
        New::Environment(it) => known.new_environment(it, &mut out)?,
        New::Application(it) => known.new_application(it, &mut out)?,
        New::Blueprint(it) => known.new_blueprint(it, &mut out)?,
        New::Continuum(it) => known.new_continuum(it, &mut out)?,
        New::EnvironmentPolicy(it) => known.new_environment_policy(it, &mut out)?,
        New::SecretPolicy(it) => {
            let sovereign = known.sovereign(it.sovereign.as_ref())?.0;
            let path = format!("sovereigns/{sovereign}/policies/{}.yaml", it.name);
            out.push(path.clone(), policies::secret_policy(&it.name, sovereign, &path, known.schemas()));
        }
        New::Runbook(it) => {
            let sovereign = known.sovereign(it.sovereign.as_ref())?.0;
            let path = format!("sovereigns/{sovereign}/runbooks/{}.yaml", it.name);
            out.push(path.clone(), policies::runbook(&it.name, sovereign, &it.alert, &path, known.schemas()));
            out.remark("`steps` hold placeholders: write what to run, and how to see that it helped");
        }
        New::UserAccess(it) => {
            let sovereign = known.sovereign(it.sovereign.as_ref())?.0;
            let path = format!("sovereigns/{sovereign}/access/{}.yaml", it.name);
            let text = policies::user_access(
                &it.name,
                sovereign,
                &it.user,
                it.tier,
                &it.scopes,
                &path,
                known.schemas(),
            );
            out.push(path, text);
        }
    }
    Ok(out)
}

/// The folder of schemas that the project file names in its line for editors.
fn schemas(project: &Project) -> Option<String> {
    let path = catalyst_source::TreePath::new(catalyst_system::PROJECT_FILE).ok()?;
    let text = project.text(&path)?;
    let line = text.lines().next()?.strip_prefix("# yaml-language-server: $schema=")?;
    let folder = line.strip_suffix("/project.json")?;
    (!folder.contains(':') && !folder.starts_with('/')).then(|| folder.to_owned())
}

/// What the project knows.
struct Known<'a> {
    project: &'a Project,
    index: &'a Index,
    schemas: Option<String>,
}

impl<'a> Known<'a> {
    fn schemas(&self) -> Option<&str> {
        self.schemas.as_deref()
    }

    /// The Sovereign of this name; the only one when none is named.
    fn sovereign(
        &self,
        named: Option<&SovereignName>,
    ) -> Result<(&'a SovereignName, &'a Arc<SovereignIntent>), Refusal> {
        let all: Vec<_> = self.index.sovereigns.iter().collect();
        let names = || texts(&all.iter().map(|(name, _)| name).collect::<Vec<_>>());
        match (named, all.as_slice()) {
            (Some(named), _) => self
                .index
                .sovereigns
                .get_key_value(named)
                .ok_or_else(|| Refusal::unknown("Sovereign", named.as_str(), &names())),
            (None, [one]) => Ok(*one),
            (None, []) => {
                Err(Refusal::new("the project has no Sovereign", "make one: `catalystc new sovereign`"))
            }
            (None, _) => Err(Refusal::new(
                "the project has several Sovereigns",
                format!("name one with `--sovereign`: {}", names().join(", ")),
            )),
        }
    }

    /// The Organization of this name, and whether the Sovereign has to be written down with it.
    fn organization(
        &self,
        name: &OrgName,
        named: Option<&SovereignName>,
    ) -> Result<(&'a SovereignName, &'a OrganizationIntent, bool), Refusal> {
        if let Some(named) = named {
            self.sovereign(Some(named))?;
        }
        let all = || {
            self.index
                .sovereigns
                .iter()
                .flat_map(|(of, it)| it.organizations.iter().map(move |org| (of, org)))
        };
        let same: Vec<_> = all().filter(|(_, (slug, _))| *slug == name).collect();
        let fits: Vec<_> = same.iter().filter(|(of, _)| named.is_none_or(|named| named == *of)).collect();
        match fits.as_slice() {
            [(of, (_, organization))] => Ok((of, organization, same.len() > 1)),
            [] => {
                let here = all().filter(|(of, _)| named.is_none_or(|named| named == *of));
                let known: Vec<String> = here.map(|(_, (slug, _))| slug.to_string()).collect();
                Err(Refusal::unknown("Organization", name.as_str(), &known))
            }
            _ => Err(Refusal::new(
                format!("more than one Sovereign has an Organization `{name}`"),
                format!(
                    "name one with `--sovereign`: {}",
                    texts(&fits.iter().map(|(of, _)| of).collect::<Vec<_>>()).join(", ")
                ),
            )),
        }
    }

    fn new_sovereign(&self, it: &NewSovereign, out: &mut Scaffold) {
        let path = format!("sovereigns/{}/sovereign.yaml", it.name);
        let contact = it.contact.clone().unwrap_or_else(|| format!("ops@{}", it.domain));
        let text = SovereignText {
            name: &it.name,
            title: &title(it.name.as_str()),
            contact: &contact,
            domain: &it.domain,
            regions: &it.regions,
        };
        out.push(path.clone(), text.text(&path, self.schemas()));
        if it.contact.is_none() {
            out.remark(format!("`contact` is a guess: {contact}"));
        }
        out.remark(format!("next: `catalystc new organization NAME --sovereign {}`", it.name));
    }

    fn new_organization(&self, it: &NewOrganization, out: &mut Scaffold) -> Result<(), Refusal> {
        let (name, intent) = self.sovereign(it.sovereign.as_ref())?;
        let spec = &intent.sovereign.spec;
        let path = format!("sovereigns/{name}/organizations/{}/organization.yaml", it.name);
        let guess = || spec.contact.clone().unwrap_or_else(|| format!("ops@{}", spec.domain));
        let contact = it.contact.clone().unwrap_or_else(guess);
        let text = OrganizationText {
            name: &it.name,
            sovereign: name,
            title: &it.title.clone().unwrap_or_else(|| title(it.name.as_str())),
            kind: it.kind,
            contact: &contact,
        };
        out.push(path.clone(), text.text(&path, self.schemas()));
        if it.contact.is_none() {
            out.remark(format!("`contact` is that of the Sovereign: {contact}"));
        }
        out.remark(format!("next: `catalystc new environment {}-prod`", it.name));
        Ok(())
    }

    fn new_environment(&self, it: &NewEnvironment, out: &mut Scaffold) -> Result<(), Refusal> {
        let (sovereign, _, shared) = self.organization(&it.name.org, it.sovereign.as_ref())?;
        let regions = &self.sovereign(Some(sovereign))?.1.sovereign.spec.regions;
        let known: Vec<RegionKey> = regions.iter().map(RegionSpec::key).collect();
        if let Some(region) = it.regions.iter().find(|it| !known.contains(it)) {
            return Err(Refusal::unknown(
                &format!("region of Sovereign `{sovereign}`"),
                &region.to_string(),
                &texts(&known),
            ));
        }
        let fits =
            |it: &&RegionSpec, env| it.blocks.contains(&BuildingBlock::Rtz) && it.env_types.contains(&env);
        let chosen = match it.regions.as_slice() {
            [] => {
                let first = regions.iter().find(|region| fits(region, it.name.env)).ok_or_else(|| {
                    Refusal::new(
                        format!("no region of Sovereign `{sovereign}` has clusters for `{}`", it.name.env),
                        format!(
                            "add `{}` to `envTypes` of a region in `sovereigns/{sovereign}/sovereign.yaml`, and `rtz` to its `blocks`",
                            it.name.env
                        ),
                    )
                })?;
                vec![first.key()]
            }
            given => given.to_vec(),
        };
        let path =
            format!("sovereigns/{sovereign}/organizations/{}/environments/{}.yaml", it.name.org, it.name);
        let text =
            EnvironmentText { name: &it.name, sovereign: shared.then_some(sovereign), regions: &chosen };
        out.push(path.clone(), text.text(&path, self.schemas()));
        if it.name.env.branch().is_none() {
            out.remark(format!(
                "`branch` is the env type, since no convention names one for `{}`",
                it.name.env
            ));
        }
        out.remark(format!(
            "next: `catalystc new application NAME --organization {} --blueprint NAME --env {}`",
            it.name.org, it.name.env
        ));
        Ok(())
    }

    fn new_application(&self, it: &NewApplication, out: &mut Scaffold) -> Result<(), Refusal> {
        let (sovereign, intent, shared) = self.organization(&it.organization, it.sovereign.as_ref())?;
        if let Some(env) = it.environments.iter().find(|env| !intent.environments.contains_key(env)) {
            let known: Vec<String> = intent.environments.keys().map(ToString::to_string).collect();
            let what = format!("Environment of Organization `{}`", it.organization);
            let mut refusal = Refusal::unknown(&what, env.as_str(), &known);
            let make = format!("make one with `catalystc new environment {}-{env}`", it.organization);
            refusal.help = Some(match known.as_slice() {
                [] => make,
                known => format!("known are {}; {make}", known.join(", ")),
            });
            return Err(refusal);
        }
        let viewer = Viewer { sovereign, organization: Some(&it.organization) };
        let entries = self.index.catalogue.visible(&it.blueprint, viewer);
        let Some(newest) = entries.last() else { return Err(self.no_blueprint(&it.blueprint, viewer)) };
        let newest_version = &newest.blueprint.spec.version;
        let fits =
            |wanted: &Constraint| entries.iter().rev().find(|it| wanted.matches(&it.blueprint.spec.version));
        let (version, entry) = match &it.version {
            Some(wanted) => {
                let entry = fits(wanted).ok_or_else(|| {
                    let all: Vec<_> = entries.iter().map(|it| it.blueprint.spec.version.clone()).collect();
                    Refusal::new(
                        format!("no version of `{}` is `{wanted}`", it.blueprint),
                        format!("there are {}", texts(&all).join(", ")),
                    )
                })?;
                (wanted.to_string(), entry)
            }
            None => (format!("^{newest_version}"), newest),
        };
        let (config, forced) = placeholders(entry.blueprint.spec.config_schema.as_ref());
        let path =
            format!("sovereigns/{sovereign}/organizations/{}/applications/{}.yaml", it.organization, it.name);
        let text = ApplicationText {
            name: &it.name,
            organization: &it.organization,
            sovereign: shared.then_some(sovereign),
            blueprint: &it.blueprint,
            version: &version,
            config: &config,
            environments: &it.environments,
        };
        out.push(path.clone(), text.text(&path, self.schemas()));
        for key in forced {
            out.remark(format!(
                "`{}` asks for `config.{key}`: what stands there is a placeholder",
                it.blueprint
            ));
        }
        if self.project.has_lock() {
            out.remark("next: `catalystc lock`, and commit `catalyst.lock` with the file");
        }
        Ok(())
    }

    fn no_blueprint(&self, name: &BlueprintName, viewer: Viewer<'_>) -> Refusal {
        if !self.index.catalogue.entries(name).is_empty() {
            let help = "it belongs to another catalogue; `catalystc list blueprints` says to which";
            return Refusal::new(format!("`{name}` is not visible to this Organization"), help);
        }
        let names = self.index.catalogue.blueprints.keys();
        let known: Vec<String> = names
            .filter(|it| !self.index.catalogue.visible(it, viewer).is_empty())
            .map(ToString::to_string)
            .collect();
        let mut refusal = Refusal::unknown("Blueprint", name.as_str(), &known);
        if known.len() > 12 && !refusal.help.as_ref().is_some_and(|it| it.starts_with("did")) {
            refusal.help = Some("`catalystc list blueprints` shows all".into());
        }
        refusal
    }

    fn new_blueprint(&self, it: &NewBlueprint, out: &mut Scaffold) -> Result<(), Refusal> {
        let sovereign = match (&it.sovereign, &it.organization) {
            (sovereign, Some(org)) => Some(self.organization(org, sovereign.as_ref())?.0),
            (Some(sovereign), None) => Some(self.sovereign(Some(sovereign))?.0),
            (None, None) => None,
        };
        let own = title(it.name.short());
        let title = it.title.as_deref().unwrap_or(&own);
        let text = BlueprintText {
            name: &it.name,
            title,
            summary: &format!("What {title} is for, in a sentence."),
            sovereign,
            organization: it.organization.as_ref(),
        };
        for (path, text) in text.files(self.schemas()) {
            out.push(path, text);
        }
        out.remark("`card.summary` and the image in `chart/values.yaml` are placeholders");
        Ok(())
    }

    fn new_continuum(&self, it: &NewContinuum, out: &mut Scaffold) -> Result<(), Refusal> {
        let sovereign = self.project.sovereign_of(&it.environment, it.sovereign.clone())?;
        let (_, intent, _) = self.organization(&it.environment.org, Some(&sovereign))?;
        let Some(application) = intent.applications.get(&it.application) else {
            let known: Vec<String> = intent.applications.keys().map(ToString::to_string).collect();
            return Err(Refusal::unknown("Application", it.application.as_str(), &known));
        };
        let placement =
            application.spec.environments.get(&it.environment.env).and_then(|it| it.placement.as_ref());
        let Some(placement) = placement.filter(|it| it.mode == PlacementMode::ActiveHotstandby) else {
            return Err(Refusal::new(
                format!("Application `{}` is not active-hotstandby in `{}`", it.application, it.environment),
                format!(
                    "a Continuum fails over between regions: give the Application `placement: {{mode: active-hotstandby}}` in `environments.{}`",
                    it.environment.env
                ),
            ));
        };
        let all = || {
            intent.environments.get(&it.environment.env).map(|it| it.spec.regions.clone()).unwrap_or_default()
        };
        let regions = if placement.regions.is_empty() { all() } else { placement.regions.clone() };
        let [primary, standby @ ..] = regions.as_slice() else {
            return Err(Refusal::new(format!("`{}` has no region", it.environment), "give it one"));
        };
        let path = format!(
            "sovereigns/{sovereign}/organizations/{}/continuums/{}.yaml",
            it.environment.org, it.application
        );
        let text =
            policies::continuum(&it.application, &it.environment, primary, standby, &path, self.schemas());
        out.push(path, text);
        Ok(())
    }

    fn new_environment_policy(&self, it: &NewEnvironmentPolicy, out: &mut Scaffold) -> Result<(), Refusal> {
        let sovereign = self.project.sovereign_of(&it.environment, it.sovereign.clone())?;
        let (_, intent, shared) = self.organization(&it.environment.org, Some(&sovereign))?;
        let teams = &intent.organization.spec.teams;
        let approvers = if it.approvers.is_empty() { teams } else { &it.approvers };
        if approvers.is_empty() {
            return Err(Refusal::new(
                format!("nobody approves: Organization `{}` has no teams", it.environment.org),
                "name a team with `--approver`",
            ));
        }
        let path = format!("sovereigns/{sovereign}/policies/{}-policy.yaml", it.environment);
        let text = policies::environment_policy(
            &it.environment,
            shared.then_some(&sovereign),
            approvers,
            it.approvals,
            &path,
            self.schemas(),
        );
        out.push(path, text);
        if it.approvers.is_empty() {
            out.remark(format!("approvers are the teams of the Organization: {}", approvers.join(", ")));
        }
        Ok(())
    }
}
