//! Choosing versions with PubGrub: one version of each Blueprint for all Applications of an Environment.
//!
//! A constraint becomes the set of catalogue versions that satisfy it, so that pre-releases follow the project's own dialect. Of the
//! versions that fit, the locked one is taken, else the highest.

use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::{BlueprintName, Constraint, Version};
use pubgrub::{
    DefaultStringReporter, Dependencies, DependencyConstraints, DependencyProvider, DerivationTree, Derived,
    External, PackageResolutionStatistics, PubGrubError, Ranges, Reporter,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// One statement that a Blueprint is needed in some versions.
#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    /// Who says so: an Application, or a version of a Blueprint.
    pub by: Requirer,
    /// The Blueprint that is needed.
    pub needs: BlueprintName,
    /// The versions that will do.
    pub constraint: Constraint,
    /// Where it is written.
    pub place: Place,
}

/// Who states a requirement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Requirer {
    /// An Application of the Environment.
    Application(String),
    /// A version of a Blueprint.
    Blueprint(BlueprintName, Version),
}

/// The versions there are, by Blueprint, lowest first.
pub(crate) type Available = BTreeMap<BlueprintName, Vec<Version>>;

type Set = Ranges<Version>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Package {
    Root,
    Blueprint(BlueprintName),
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Package::Root => f.write_str("the Environment"),
            Package::Blueprint(name) => write!(f, "{name}"),
        }
    }
}

struct Provider<'a> {
    available: &'a Available,
    requirements: &'a [Requirement],
    locked: &'a BTreeMap<BlueprintName, Version>,
    root: Version,
}

impl Provider<'_> {
    /// The catalogue versions that satisfy a constraint, as a set.
    fn set(&self, name: &BlueprintName, constraint: &Constraint) -> Set {
        let fitting =
            self.available.get(name).into_iter().flatten().filter(|version| constraint.matches(version));
        fitting.fold(Set::empty(), |set, version| set.union(&Set::singleton(version.clone())))
    }

    fn candidates<'s>(&'s self, package: &Package, range: &'s Set) -> impl Iterator<Item = &'s Version> {
        let versions = match package {
            Package::Root => std::slice::from_ref(&self.root),
            Package::Blueprint(name) => self.available.get(name).map_or(&[][..], Vec::as_slice),
        };
        versions.iter().filter(|version| range.contains(version))
    }
}

impl DependencyProvider for Provider<'_> {
    type P = Package;
    type V = Version;
    type VS = Set;
    type M = String;
    type Err = Infallible;
    /// The package with the most conflicts and the fewest candidates first; names decide among equals, never a hash.
    type Priority = (u32, Reverse<usize>, Reverse<Package>);

    fn prioritize(
        &self,
        package: &Package,
        range: &Set,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        (
            statistics.conflict_count(),
            Reverse(self.candidates(package, range).count()),
            Reverse(package.clone()),
        )
    }

    fn choose_version(&self, package: &Package, range: &Set) -> Result<Option<Version>, Infallible> {
        if let Package::Blueprint(name) = package
            && let Some(locked) = self.locked.get(name)
            && range.contains(locked)
            && self.available.get(name).is_some_and(|versions| versions.contains(locked))
        {
            return Ok(Some(locked.clone()));
        }
        Ok(self.candidates(package, range).last().cloned())
    }

    fn get_dependencies(
        &self,
        package: &Package,
        version: &Version,
    ) -> Result<Dependencies<Package, Set, String>, Infallible> {
        let of_package = self.requirements.iter().filter(|it| match (&it.by, package) {
            (Requirer::Application(_), Package::Root) => true,
            (Requirer::Blueprint(name, of), Package::Blueprint(wanted)) => name == wanted && of == version,
            _ => false,
        });
        let mut constraints: BTreeMap<Package, Set> = BTreeMap::new();
        for requirement in of_package {
            // PubGrub takes no dependency of a package on itself. Such a one rules the version out, or says nothing.
            if let Package::Blueprint(name) = package
                && *name == requirement.needs
            {
                if !requirement.constraint.matches(version) {
                    return Ok(Dependencies::Unavailable(format!(
                        "{name} {version} needs another version of itself"
                    )));
                }
                continue;
            }
            let set = self.set(&requirement.needs, &requirement.constraint);
            constraints
                .entry(Package::Blueprint(requirement.needs.clone()))
                .and_modify(|known| *known = known.intersection(&set))
                .or_insert(set);
        }
        Ok(Dependencies::Available(constraints.into_iter().collect::<DependencyConstraints<_, _>>()))
    }
}

/// One version of each Blueprint that the requirements reach. Where none will do, the diagnostic names every requirement in the conflict.
pub(crate) fn solve(
    available: &Available,
    requirements: &[Requirement],
    locked: &BTreeMap<BlueprintName, Version>,
) -> Result<BTreeMap<BlueprintName, Version>, Box<Diagnostic>> {
    let root: Version = match "0.0.0".parse() {
        Ok(version) => version,
        Err(error) => unreachable!("{error}"),
    };
    let provider = Provider { available, requirements, locked, root: root.clone() };
    match pubgrub::resolve(&provider, Package::Root, root) {
        Ok(chosen) => {
            let chosen: BTreeMap<Package, Version> = chosen.into_iter().collect();
            let blueprints = chosen.into_iter().filter_map(|(package, version)| match package {
                Package::Root => None,
                Package::Blueprint(name) => Some((name, version)),
            });
            Ok(blueprints.collect())
        }
        Err(PubGrubError::NoSolution(mut tree)) => {
            tree.collapse_no_versions();
            Err(Box::new(conflict(&tree, available, requirements)))
        }
        Err(error) => unreachable!("the provider cannot fail: {error}"),
    }
}

/// The conflict as a person would tell it: who needs which versions of the Blueprint in question, and which versions there are.
fn conflict(
    tree: &DerivationTree<Package, Set, String>,
    available: &Available,
    requirements: &[Requirement],
) -> Diagnostic {
    let mut involved = BTreeSet::new();
    packages(tree, &mut involved);
    let told: Vec<&Requirement> = requirements
        .iter()
        .filter(|it| match &it.by {
            Requirer::Application(_) => involved.contains(&it.needs),
            Requirer::Blueprint(name, _) => involved.contains(name) && involved.contains(&it.needs),
        })
        .collect();
    // The Blueprint in question is the one that most statements disagree about: no version satisfies them all.
    let disputed = involved
        .iter()
        .map(|name| {
            let about: Vec<_> = told.iter().filter(|it| it.needs == *name).collect();
            let versions = available.get(name).map_or(&[][..], Vec::as_slice);
            let possible =
                versions.iter().any(|version| about.iter().all(|it| it.constraint.matches(version)));
            (possible, Reverse(about.len()), name)
        })
        .min()
        .map(|(_, _, name)| name.clone());
    let Some(name) = disputed else {
        return Diagnostic::new(
            &rule::VERSION_CONFLICT,
            requirements[0].place.clone(),
            "no versions satisfy all requirements",
        )
        .note(DefaultStringReporter::report(tree));
    };
    let mut about: Vec<&Requirement> = told.iter().copied().filter(|it| it.needs == name).collect();
    about.sort_by(|a, b| (&a.by, &a.place).cmp(&(&b.by, &b.place)));
    let versions = available.get(&name).map_or(&[][..], Vec::as_slice);
    let list = versions.iter().map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", ");
    let headline = if versions.is_empty() {
        format!("`{name}` is in no catalogue")
    } else {
        format!("no version of `{name}` satisfies everybody who needs it")
    };
    let Some((first, rest)) = about.split_first() else {
        return Diagnostic::new(&rule::VERSION_CONFLICT, requirements[0].place.clone(), headline);
    };
    let mut found =
        Diagnostic::new(&rule::VERSION_CONFLICT, first.place.clone(), headline).label(sentence(first));
    for requirement in rest {
        found = found.other(requirement.place.clone(), sentence(requirement));
    }
    // How the Blueprints that disagree came in.
    for requirement in told.iter().filter(|it| it.needs != name) {
        found = found.note(sentence(requirement));
    }
    found
        .note(format!(
            "versions of `{name}` in reach: {}",
            if list.is_empty() { "none".into() } else { list }
        ))
        .help("change one of the constraints, or bring a version of the Blueprint that fits them all")
}

fn sentence(requirement: &Requirement) -> String {
    let by = match &requirement.by {
        Requirer::Application(name) => format!("Application `{name}`"),
        Requirer::Blueprint(name, version) => format!("`{name}` {version}"),
    };
    format!("{by} needs `{}` {}", requirement.needs, requirement.constraint)
}

/// Every Blueprint in a derivation.
fn packages(tree: &DerivationTree<Package, Set, String>, into: &mut BTreeSet<BlueprintName>) {
    let mut add = |package: &Package| {
        if let Package::Blueprint(name) = package {
            into.insert(name.clone());
        }
    };
    match tree {
        DerivationTree::External(External::FromDependencyOf(package, _, dependency, _)) => {
            add(package);
            add(dependency);
        }
        DerivationTree::External(
            External::NotRoot(package, _)
            | External::NoVersions(package, _)
            | External::Custom(package, _, _),
        ) => add(package),
        DerivationTree::Derived(Derived { cause1, cause2, .. }) => {
            packages(cause1, into);
            packages(cause2, into);
        }
    }
}
