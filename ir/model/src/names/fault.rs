//! Why a text is no name, in words, where a schema could only show its pattern.

use super::{
    AppName, BlueprintName, DomainName, EnvironmentName, Label, NameError, Namespace, ObjectName, OrgName,
    RegionCode, RegionKey, SlotId, SovereignName,
};
use std::str::FromStr;

/// What is wrong with a text that should be a name of this kind, as its schema titles it. `None` when nothing is, or the kind is not known.
pub fn name_fault(what: &str, text: &str) -> Option<String> {
    fn why<T: FromStr<Err = NameError>>(text: &str) -> Option<String> {
        text.parse::<T>().err().map(|error| error.why)
    }
    let check: fn(&str) -> Option<String> = match what {
        "Application name" => why::<AppName>,
        "Blueprint name" => why::<BlueprintName>,
        "DNS label" => why::<Label>,
        "domain name" => why::<DomainName>,
        "Environment name" => why::<EnvironmentName>,
        "namespace" => why::<Namespace>,
        "object name" => why::<ObjectName>,
        "Organization slug" => why::<OrgName>,
        "region" => why::<RegionKey>,
        "region code" => why::<RegionCode>,
        "slot id" => why::<SlotId>,
        "Sovereign name" => why::<SovereignName>,
        _ => return None,
    };
    check(text)
}

#[cfg(test)]
mod tests {
    use super::name_fault;

    #[test]
    fn faults_are_in_words() {
        let fault = |what, text| name_fault(what, text).unwrap_or_default();
        assert_eq!(
            fault("Application name", "Site"),
            "it may hold lower-case letters, digits and hyphens only"
        );
        assert_eq!(fault("Organization slug", "ab"), "it must have 3 to 32 characters");
        assert_eq!(fault("Organization slug", "acme"), "");
        assert_eq!(fault("colour", "red"), "");
    }
}
