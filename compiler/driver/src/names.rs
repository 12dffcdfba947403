//! Names that a project knows, so that a slip can be told from a name that is new.

use crate::Project;
use catalyst_diag::suggest::nearest;
use catalyst_model::{BlueprintName, EnvironmentName, SovereignName};
use catalyst_plan::SovereignIntent;

/// Why something that was asked for cannot be: what is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, in one sentence.
    pub text: String,
    /// What to do.
    pub help: Option<String>,
}

impl Refusal {
    pub(crate) fn new(text: impl Into<String>, help: impl Into<String>) -> Self {
        Refusal { text: text.into(), help: Some(help.into()) }
    }

    /// A name of a `what` that nobody knows, among those that are.
    pub fn unknown(what: &str, name: &str, known: &[String]) -> Self {
        const SHOWN: usize = 12;
        let all = || known.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let help = match (nearest(name, known.iter().map(String::as_str)), known.len()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, 0) => "there is none".to_owned(),
            (None, ..=SHOWN) => format!("known are {}", all()),
            (None, count) => format!("known are {} and {} more", all(), count - SHOWN),
        };
        Refusal::new(format!("no {what} is named `{name}`"), help)
    }
}

impl Project {
    /// The names of all Sovereigns.
    pub fn sovereigns(&self) -> Vec<SovereignName> {
        catalyst_db::sovereigns(&self.db, self.files).clone()
    }

    /// Refuses names of Sovereigns that do not exist.
    pub fn known_sovereigns(&self, names: &[SovereignName]) -> Result<(), Refusal> {
        let known = self.sovereigns();
        match names.iter().find(|name| !known.contains(name)) {
            Some(name) => Err(Refusal::unknown("Sovereign", name.as_str(), &texts(&known))),
            None => Ok(()),
        }
    }

    /// Refuses names of Blueprints that no catalogue has.
    pub fn known_blueprints(&self, names: &[BlueprintName]) -> Result<(), Refusal> {
        let known = &catalyst_db::index(&self.db, self.files).0.catalogue.blueprints;
        match names.iter().find(|name| !known.contains_key(*name)) {
            Some(name) => {
                let known: Vec<_> = known.keys().collect();
                Err(Refusal::unknown("Blueprint", name.as_str(), &texts(&known)))
            }
            None => Ok(()),
        }
    }

    /// The one Sovereign that has this Environment; `named` decides when there are several.
    pub fn sovereign_of(
        &self,
        environment: &EnvironmentName,
        named: Option<SovereignName>,
    ) -> Result<SovereignName, Refusal> {
        if let Some(named) = &named {
            self.known_sovereigns(std::slice::from_ref(named))?;
        }
        let sovereigns = &catalyst_db::index(&self.db, self.files).0.sovereigns;
        let mut holders: Vec<_> =
            sovereigns.iter().filter(|(_, it)| holds(it, environment)).map(|(name, _)| name).collect();
        holders.retain(|name| named.as_ref().is_none_or(|named| named == *name));
        match holders.as_slice() {
            [one] => Ok((*one).clone()),
            [_, _, ..] => Err(Refusal::new(
                format!("more than one Sovereign has an Environment `{environment}`"),
                format!("name one with `--sovereign`: {}", texts(&holders).join(", ")),
            )),
            [] => {
                let organizations = sovereigns
                    .iter()
                    .filter(|(name, _)| named.as_ref().is_none_or(|named| named == *name))
                    .flat_map(|(_, it)| it.organizations.values());
                let mut known: Vec<_> = organizations
                    .flat_map(|it| it.environments.values())
                    .map(|it| it.name.to_string())
                    .collect();
                known.sort();
                known.dedup();
                Err(Refusal::unknown("Environment", &environment.to_string(), &known))
            }
        }
    }
}

fn holds(intent: &SovereignIntent, environment: &EnvironmentName) -> bool {
    let organization = intent.organizations.get(&environment.org);
    organization.is_some_and(|it| it.environments.contains_key(&environment.env))
}

/// Names as texts.
pub(crate) fn texts(names: &[impl ToString]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
