//! Meeting one dependency of one Application.

use super::{DEPTH, Draft, Flatten, is_composite, kebab, owner};
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{AppName, BlueprintName, Dependency, DependencyChoice};
use catalyst_plan::{InstallOrigin, InstallTarget};
use std::collections::BTreeMap;

impl Flatten<'_> {
    /// The Application or slot that meets a dependency, made where there is none yet. `None` when nothing does, which has been reported.
    pub(super) fn meet(
        &mut self,
        name: &AppName,
        dependency: &Dependency,
        alias: &str,
        place: &Place,
        choice: Option<&(DependencyChoice, Place)>,
    ) -> Option<InstallTarget> {
        if let Some((choice, at)) = choice {
            return self.existing(dependency, choice, at, place);
        }
        let needs = &dependency.blueprint;
        if self.scene.is_platform(needs) {
            return self.platform(name, dependency, place);
        }
        // A dependency without a version is reported where its Blueprint is checked.
        let compiled = self.version_of(needs)?;
        // What is needed by what it needs is a cycle of Blueprints, reported where they are checked.
        if self.stands_on(name, needs) {
            return None;
        }
        let parent = self.installs.get(name)?;
        let composite = is_composite(parent.compiled);
        let shared = composite || !compiled.entry.blueprint.spec.provides.apis.is_empty();
        if let Some(fellow) = self.fellow(name, needs) {
            return Some(InstallTarget::Application(fellow));
        }
        let (depth, size) = (parent.depth + 1, parent.size.clone().map(|(size, _)| (size, None)));
        if depth > DEPTH {
            return None;
        }
        if shared
            && let Some(there) =
                self.scene.applications().find(|it| it.spec.blueprint == *needs && it.name != *name)
            && self.installs.contains_key(&there.name)
        {
            return Some(InstallTarget::Application(there.name.clone()));
        }
        let wanted = if shared { needs.short().to_owned() } else { format!("{name}-{}", kebab(alias)) };
        let own = match AppName::new(&wanted) {
            Ok(own) => own,
            Err(error) => {
                self.out.push(
                    Diagnostic::new(&rule::INVALID_NAME, place.clone(), format!("the Application for `{alias}` cannot be named: {error}"))
                        .other(self.installs.get(name).map_or_else(|| place.clone(), owner), "for this Application")
                        .help("give the Application a shorter name, or point the dependency at an existing one with `ref`"),
                );
                return None;
            }
        };
        match self.installs.get(&own) {
            Some(there) if there.compiled.entry.blueprint.name != *needs => {
                let other = owner(there);
                self.out.push(
                    Diagnostic::new(
                        &rule::DUPLICATE_IDENTITY,
                        place.clone(),
                        format!("the Application `{own}` for dependency `{alias}` of `{name}` has the name of another one"),
                    )
                    .other(other, format!("runs `{}`", there.compiled.entry.blueprint.name))
                    .help("rename that Application, or point the dependency at an existing one with `ref`"),
                );
                return None;
            }
            Some(_) => {}
            None => {
                let origin = InstallOrigin::Dependency {
                    of: name.clone(),
                    alias: alias.to_owned(),
                    place: place.clone(),
                };
                let draft =
                    Draft { compiled, origin, size, handed_down: BTreeMap::new(), depth, edges: Vec::new() };
                self.installs.insert(own.clone(), draft);
                self.open.push_back(own.clone());
            }
        }
        Some(InstallTarget::Application(own))
    }

    /// Whether an Application runs a Blueprint, or came along with one that does.
    fn stands_on(&self, name: &AppName, blueprint: &BlueprintName) -> bool {
        let mut at = name;
        while let Some(draft) = self.installs.get(at) {
            if draft.compiled.entry.blueprint.name == *blueprint {
                return true;
            }
            let InstallOrigin::Dependency { of, .. } = &draft.origin else { break };
            at = of;
        }
        false
    }

    /// The fellow member that runs a Blueprint, when the Application came with a composite that has one: members of a composite are made
    /// to work together.
    fn fellow(&self, name: &AppName, needs: &BlueprintName) -> Option<AppName> {
        let mut at = name;
        while let InstallOrigin::Dependency { of, .. } = &self.installs.get(at)?.origin {
            let above = self.installs.get(of)?;
            let members = above.edges.iter().filter_map(|edge| match &edge.target {
                InstallTarget::Application(to) if to != name => Some(to),
                _ => None,
            });
            let runs = |it: &&AppName| {
                self.installs.get(*it).is_some_and(|it| it.compiled.entry.blueprint.name == *needs)
            };
            if is_composite(above.compiled)
                && let Some(fellow) = members.into_iter().find(runs)
            {
                return Some(fellow.clone());
            }
            at = of;
        }
        None
    }

    /// An Application that intent names.
    fn existing(
        &mut self,
        dependency: &Dependency,
        choice: &DependencyChoice,
        at: &Place,
        place: &Place,
    ) -> Option<InstallTarget> {
        let Some(target) = self.scene.application(&choice.existing) else {
            if self.scene.input.is_broken("Application", choice.existing.as_str()) {
                return None;
            }
            let fitting = self
                .scene
                .applications()
                .filter(|it| it.spec.blueprint == dependency.blueprint)
                .map(|it| it.name.as_str());
            let found = Diagnostic::new(
                &rule::UNDEFINED_APPLICATION,
                at.clone(),
                format!("no Application of Environment `{}` is named `{}`", self.scene.name, choice.existing),
            );
            let near = suggest::nearest(
                choice.existing.as_str(),
                self.scene.applications().map(|it| it.name.as_str()),
            );
            self.out.push(match near {
                Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                    format!("replace `{}` by `{near}`", choice.existing),
                    at.clone(),
                    EditAction::SetValue(near.into()),
                ),
                None => {
                    let fitting: Vec<&str> = fitting.collect();
                    match fitting.as_slice() {
                        [] => found.help(format!(
                            "no Application here runs `{}`; leave `ref` out to get one",
                            dependency.blueprint
                        )),
                        some => found.help(format!(
                            "Applications here that run `{}`: {}",
                            dependency.blueprint,
                            some.join(", ")
                        )),
                    }
                }
            });
            return None;
        };
        if target.spec.blueprint != dependency.blueprint {
            self.out.push(
                Diagnostic::new(
                    &rule::UNDEFINED_APPLICATION,
                    at.clone(),
                    format!(
                        "`{}` runs `{}`, not `{}`",
                        target.name, target.spec.blueprint, dependency.blueprint
                    ),
                )
                .other(place.child("blueprint"), "needed here")
                .other(target.place.child("spec").child("blueprint"), "the Blueprint it runs"),
            );
            return None;
        }
        if let Some(version) = self.chosen.get(&dependency.blueprint)
            && !dependency.version.matches(version)
        {
            return None;
        }
        Some(InstallTarget::Application(target.name.clone()))
    }

    /// The slot of the kit.
    fn platform(&mut self, name: &AppName, dependency: &Dependency, place: &Place) -> Option<InstallTarget> {
        let needs = &dependency.blueprint;
        if self.scene.input.kit.is_none() {
            return Some(InstallTarget::Platform(needs.clone()));
        }
        let Some(node) = self.scene.kit.nodes.get(needs) else {
            let owner = self.installs.get(name).map_or_else(|| place.clone(), owner);
            self.out.push(
                Diagnostic::new(
                    &rule::UNDEFINED_SLOT,
                    place.clone(),
                    format!("`{needs}` runs in host clusters only, and the kit does not install it"),
                )
                .other(owner, "needed by this Application")
                .help(format!("give `{needs}` a slot in the kit")),
            );
            return None;
        };
        if !dependency.version.matches(&node.version) {
            let by = self
                .installs
                .get(name)
                .map(|it| it.compiled.entry.blueprint.name.to_string())
                .unwrap_or_default();
            self.out.push(
                Diagnostic::new(
                    &rule::VERSION_CONFLICT,
                    place.child("version"),
                    format!(
                        "`{by}` needs `{needs}` {}, and the kit installs {}",
                        dependency.version, node.version
                    ),
                )
                .other(node.version_place.clone(), "the pin of the kit"),
            );
        }
        Some(InstallTarget::Platform(needs.clone()))
    }
}
