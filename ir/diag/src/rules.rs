//! The registry of rules: every name a diagnostic may carry, with its default level. Each has a page, `docs/src/rules/<name>.md`, which
//! `catalystc explain` prints: the command holds them all, and a rule without one does not compile there. A page does not repeat what
//! stands here; whoever shows it puts both together.

use crate::{Diagnostic, Severity};
use std::collections::BTreeMap;

/// What a project does about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not shown.
    Allow,
    /// For information only.
    Note,
    /// A warning.
    Warn,
    /// An error.
    Deny,
}

impl Level {
    /// The severity of a finding at this level; `Allow` counts as a note until [`Levels`] takes it away.
    pub fn severity(self) -> Severity {
        match self {
            Level::Deny => Severity::Error,
            Level::Warn => Severity::Warning,
            Level::Note | Level::Allow => Severity::Note,
        }
    }

    /// The word used in `catalyst.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

/// A rule: its stable name, what it says, and how seriously it is taken unless the project says otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable, in kebab case.
    pub name: &'static str,
    /// One line: what holds when the rule is kept.
    pub summary: &'static str,
    /// Default level.
    pub level: Level,
    /// Whether the level above is the only one: a project may not allow what would leave the output undefined.
    pub fixed: bool,
}

// A line a rule: its constant, its name, its default level, `(fixed)` where a project may not change that, and what holds when it is kept.
// The order is that of the pipeline; reports list rules in it.
macro_rules! rules {
    (($dollar:tt) $($ident:ident $name:literal $level:ident $(($fixed:ident))? $summary:literal;)*) => {
        /// The rules as values, one constant each, for use at the place that finds them broken.
        pub mod rule {
            use super::{Level, Rule};
            $(
                #[doc = $summary]
                pub static $ident: Rule = Rule {
                    name: $name,
                    summary: $summary,
                    level: Level::$level,
                    fixed: rules!(@fixed $($fixed)?),
                };
            )*
        }
        /// All rules, in the order of the registry.
        pub static RULES: &[&Rule] = &[$(&rule::$ident),*];

        /// Calls a macro with the names of all rules, for what has to exist for each of them when a program is compiled.
        #[macro_export]
        macro_rules! with_rule_names {
            ($dollar callback:ident) => { $dollar callback! { $($name)* } };
        }
    };
    (@fixed fixed) => { true };
    (@fixed) => { false };
}

rules! { ($)
    // reading files
    UNREADABLE_FILE "unreadable-file" Deny (fixed) "every file of the project can be read";
    HOSTILE_PATH "hostile-path" Deny (fixed) "paths stay inside the project and name files that every system can hold";
    SYMLINK_LOOP "symlink-loop" Deny (fixed) "symbolic links lead to a file";
    INPUT_LIMIT "input-limit" Deny (fixed) "a file stays within the limits of size, depth and alias expansion";
    NOT_UTF8 "not-utf8" Deny (fixed) "files are UTF-8";
    // YAML
    YAML_SYNTAX "yaml-syntax" Deny (fixed) "files are well-formed YAML";
    DUPLICATE_KEY "duplicate-key" Deny (fixed) "a mapping has each key once";
    AMBIGUOUS_SCALAR "ambiguous-scalar" Deny (fixed) "a plain scalar reads the same to every YAML reader";
    NON_STRING_KEY "non-string-key" Deny (fixed) "keys are strings";
    MERGE_KEY "merge-key" Warn "intent is written without `<<` merge keys";
    UNDEFINED_ALIAS "undefined-alias" Deny (fixed) "an alias has an anchor before it, and does not contain itself";
    UNKNOWN_TAG "unknown-tag" Deny (fixed) "values carry no YAML tags beyond the core schema";
    EMPTY_DOCUMENT "empty-document" Warn "a file holds at least one document";
    // lowering
    UNKNOWN_KIND "unknown-kind" Deny (fixed) "a document has an apiVersion and a kind that the compiler knows";
    UNKNOWN_FIELD "unknown-field" Deny (fixed) "a field exists in the schema of its kind";
    MISSING_FIELD "missing-field" Deny (fixed) "required fields are given";
    WRONG_TYPE "wrong-type" Deny (fixed) "a value has the type that its field asks for";
    INVALID_VALUE "invalid-value" Deny (fixed) "a value is one of those its field admits";
    INVALID_NAME "invalid-name" Deny (fixed) "a name follows its pattern and the limits of Kubernetes and DNS";
    RESERVED_NAME "reserved-name" Deny (fixed) "an Organization does not take a reserved word as its slug";
    LEGACY_SHAPE "legacy-shape" Warn "a Blueprint is written in the current shape";
    DEPRECATED_API_VERSION "deprecated-api-version" Warn "kinds are written under their current API group";
    MULTIPLE_DOCUMENTS "multiple-documents" Deny (fixed) "an intent file holds one document";
    PATH_MISMATCH "path-mismatch" Warn "a file stands where its identity says";
    MISPLACED_FILE "misplaced-file" Warn "a file under an intent folder is one the compiler reads";
    // index and references
    DUPLICATE_IDENTITY "duplicate-identity" Deny (fixed) "a kind and name stand once in their scope";
    UNDEFINED_SOVEREIGN "undefined-sovereign" Deny (fixed) "a Sovereign that is named exists";
    UNDEFINED_ORGANIZATION "undefined-organization" Deny (fixed) "an Organization that is named exists";
    UNDEFINED_ENVIRONMENT "undefined-environment" Deny (fixed) "an Environment that is named exists";
    UNDEFINED_APPLICATION "undefined-application" Deny (fixed) "an Application that is named exists in the same Environment";
    UNDEFINED_BLUEPRINT "undefined-blueprint" Deny (fixed) "a Blueprint that is named exists in a scope that can see it";
    UNDEFINED_REGION "undefined-region" Deny (fixed) "a region that is named belongs to the Sovereign or Environment";
    UNDEFINED_CLUSTER "undefined-cluster" Deny (fixed) "a host cluster that is named belongs to the Sovereign";
    UNDEFINED_SLOT "undefined-slot" Deny (fixed) "a slot or Blueprint of the kit that is named is in the kit";
    UNDEFINED_TARGET "undefined-target" Deny (fixed) "a target that is named is declared in `catalyst.yaml`";
    UNDEFINED_RULE "undefined-rule" Warn "a rule that is named exists";
    INVISIBLE_BLUEPRINT "invisible-blueprint" Deny (fixed) "a Blueprint is used where its visibility allows";
    UNDECLARED_EXTERN "undeclared-extern" Deny "what a tree uses and nobody in it produces is declared in `catalyst.yaml`";
    UNUSED_EXTERN "unused-extern" Warn "a declared extern is used";
    // versions and dependencies
    INVALID_VERSION "invalid-version" Deny (fixed) "versions and constraints are in the dialect of semantic versions";
    UNPINNED_VERSION "unpinned-version" Deny "the kit pins exact versions";
    VERSION_MISMATCH "version-mismatch" Deny "Blueprint, chart, kit pin and installer name the same version";
    VERSION_CONFLICT "version-conflict" Deny (fixed) "one version of each Blueprint satisfies all constraints";
    DEPENDENCY_CYCLE "dependency-cycle" Deny (fixed) "dependencies form no cycle";
    DEPENDENCY_DRIFT "dependency-drift" Warn "an edge of the graph is written once, in the Blueprint or in the kit";
    UNKNOWN_ALIAS "unknown-alias" Deny (fixed) "an alias that is used is declared under `depends`";
    DUPLICATE_ALIAS "duplicate-alias" Deny (fixed) "each dependency of a Blueprint has its own alias";
    LOCK_OUTDATED "lock-outdated" Deny (fixed) "`catalyst.lock` fits the project";
    LOCK_MISSING "lock-missing" Deny (fixed) "a locked build has a `catalyst.lock`";
    CHART_UNAVAILABLE "chart-unavailable" Deny (fixed) "a chart that is needed can be fetched, and is fit for use";
    CHART_CHANGED "chart-changed" Deny (fixed) "the content of a chart stays what it was when it was locked";
    CHART_NOT_VENDORED "chart-not-vendored" Deny (fixed) "charts that are needed are in the lock and in the store";
    IMAGE_UNAVAILABLE "image-unavailable" Deny "an image that is needed has a digest at its registry";
    IMAGE_CHANGED "image-changed" Deny (fixed) "the tag of an image means what it meant when it was locked";
    PUBLISHED_CONTENT "published-content" Deny (fixed) "what is published under a version stays what it was";
    // expressions and configuration
    INVALID_EXPRESSION "invalid-expression" Deny (fixed) "an expression parses and has the type that its place asks for";
    EXPRESSION_COST "expression-cost" Deny (fixed) "an expression ends within its cost limit";
    UNDEFINED_VARIABLE "undefined-variable" Deny (fixed) "an expression names only what is in scope and in the configSchema";
    INVALID_SCHEMA "invalid-schema" Deny (fixed) "a configSchema is a schema in the supported dialect";
    INVALID_CONFIG "invalid-config" Deny (fixed) "config holds to the configSchema of the Blueprint";
    MISSING_CONFIG "missing-config" Deny (fixed) "required config is given";
    UNKNOWN_CONFIG "unknown-config" Warn "config names only properties of the configSchema";
    UNMAPPED_CONFIG "unmapped-config" Allow "each property of a configSchema reaches the chart values";
    INVALID_DEFAULT "invalid-default" Deny "a default holds to its own schema";
    UNKNOWN_SIZE "unknown-size" Deny (fixed) "a size that is chosen is an overlay of the Blueprint";
    // placement
    PLACEMENT_OUT_OF_BOUNDS "placement-out-of-bounds" Deny (fixed) "placement keeps to the modes and region bounds of the Blueprint";
    STANDBY_WITHOUT_REPLICAS "standby-without-replicas" Deny "an active-hotstandby Application says which values hold its replicas";
    NO_HOST_CLUSTER "no-host-cluster" Deny (fixed) "an Environment has a host cluster in each of its regions";
    ENVIRONMENT_COLLISION "environment-collision" Deny (fixed) "two Environments of an Organization do not share a host cluster";
    MISSING_BRANCH "missing-branch" Deny (fixed) "an Environment without a conventional branch names its own";
    MANAGEMENT_CLUSTER "management-cluster" Deny (fixed) "a Sovereign has exactly one management cluster";
    MISSING_CONTINUUM "missing-continuum" Warn "an active-hotstandby Application has a Continuum that fails it over";
    CONTINUUM_MISMATCH "continuum-mismatch" Deny "a Continuum fits the placement of its Application";
    // the kit
    SLOT_COLLISION "slot-collision" Deny (fixed) "a slot id stands once, and a reserved slot stays empty";
    PHASE_NOT_CLOSED "phase-not-closed" Note "a phase names all that its members depend on";
    NAMESPACE_OWNER "namespace-owner" Deny "a namespace of the kit is declared by one slot";
    WIDENED_SLOT "widened-slot" Note "a slot of the management cluster runs wherever its API is needed";
    SLOT_INVERSION "slot-inversion" Allow "a slot depends on slots with lower numbers";
    // interfaces and targets
    UNMET_REQUIREMENT "unmet-requirement" Deny "what a Blueprint requires is provided on its cluster";
    PROVIDED_TOO_LATE "provided-too-late" Deny "what a Blueprint requires is provided by something installed before it";
    UNAVAILABLE_API "unavailable-api" Deny "an API that is used is served by the target or by an earlier release";
    DUPLICATE_OBJECT "duplicate-object" Deny (fixed) "an object has one owner in a cluster";
    DANGLING_REFERENCE "dangling-reference" Deny (fixed) "an emitted reference names an emitted object";
    LABEL_VOCABULARY "label-vocabulary" Deny (fixed) "objects carry the labels of the vocabulary, with values that Kubernetes admits";
    FOREIGN_SUBSTITUTION "foreign-substitution" Deny "a `${…}` in emitted text belongs to exactly one layer";
    DEPRECATED_TARGET "deprecated-target" Warn "a target names versions that the compiler knows";
    // charts
    HOLLOW_CHART "hollow-chart" Deny "a chart wraps an upstream chart or has workloads of its own";
    UNSUPPORTED_SOURCE "unsupported-source" Deny "a published artifact that stands for a chart is a Helm chart in a registry";
    UPSTREAM_STAMP "upstream-stamp" Deny "the values of a chart name the upstream chart that it depends on";
    TOGGLE_ON "toggle-on" Deny "observability and autoscaling are off by default";
    UNCOVERED_TOGGLE "uncovered-toggle" Warn "each toggle of a chart has a case by default, one on and one off";
    MUTABLE_IMAGE "mutable-image" Deny "an image has a tag other than `latest`, or a digest";
    UNTHREADED_IMAGE "unthreaded-image" Deny "every image of a template goes through `global.imageRegistry`";
    HARDCODED_VALUE "hardcoded-value" Deny "replicas, sizes, storage classes, issuers, regions and host names are values";
    UNNAMED_VALUE "unnamed-value" Deny "a render that fails for want of a value names the value";
    WILDCARD_RBAC "wildcard-rbac" Deny "roles of charts name verbs, resources and groups";
    HOST_PATH "host-path" Deny "only node agents mount paths of a node, and say why";
    SECRET_BY_VALUE "secret-by-value" Deny "charts take secrets by reference";
    FOREIGN_STORE "foreign-store" Deny "data is kept in the five stores of the platform";
    MISSING_LABEL "missing-label" Allow "objects of a chart carry the labels that the chart knows";
    IMPURE_TEMPLATE "impure-template" Deny "a template is a function of its values";
    FAILED_RENDER "failed-render" Deny (fixed) "a chart renders with the values that it is given";
    UNSTABLE_RENDER "unstable-render" Deny "a chart that is rendered twice gives the same objects";
    UNUSED_PIN "unused-pin" Warn "what is pinned is drawn by a release";
    STALE_PIN "stale-pin" Deny "a pin fits what the chart draws";
    UNAVAILABLE_FUNCTION "unavailable-function" Deny "templates use only what the Helm of their cluster has";
    UNRENDERABLE_RELEASE "unrenderable-release" Deny "a release of a rendered Sovereign can be written as plain manifests";
    INTERFACE_DRIFT "interface-drift" Warn "the objects of a chart are those that its Blueprint provides and requires";
    UNCLASSIFIED_IMAGE "unclassified-image" Deny "every image of a rendered object stands at a place that is known";
    FAILED_CASE "failed-case" Deny (fixed) "what a case of a chart expects holds";
    HELM_MISMATCH "helm-mismatch" Warn "charts are rendered by the Helm that renders them in the cluster";
    // text
    PLAINTEXT_SECRET "plaintext-secret" Deny "secrets stand in intent and values by reference only";
    BANNED_TERM "banned-term" Warn "product text uses the words of the glossary";
    FORBIDDEN_DOMAIN "forbidden-domain" Deny "a Sovereign or Organization uses an allowed domain, and no text names a forbidden one";
    OUTSIDE_HOST "outside-host" Deny "what is compiled for an air-gapped Sovereign names no host outside of it";
    // the tool itself
    STALE_OUTPUT "stale-output" Deny "committed outputs are those the compiler makes";
    FOREIGN_FILE "foreign-file" Warn "the output folder holds only what the compiler wrote";
    GRAPH_DRIFT "graph-drift" Deny (fixed) "a table of the graph in a document equals the graph";
    INTERNAL_ERROR "internal-error" Deny (fixed) "the compiler has no bugs";
}

/// The rule of this name.
pub fn find_rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// The levels that a project has set, by rule name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<&'static str, Level>);

impl Levels {
    /// Sets the level of a rule. A fixed rule stays as it is.
    pub fn set(&mut self, rule: &'static Rule, level: Level) {
        if !rule.fixed {
            self.0.insert(rule.name, level);
        }
    }

    /// The level in force.
    pub fn get(&self, rule: &Rule) -> Level {
        self.0.get(rule.name).copied().unwrap_or(rule.level)
    }

    /// Puts the levels in force on findings: drops what is allowed, sets the severity where the project has set a level. Elsewhere a
    /// finding keeps its own, which may be milder than its rule's.
    pub fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain_mut(|diagnostic| {
            if let Some(level) = self.0.get(diagnostic.rule.name) {
                diagnostic.severity = level.severity();
            }
            self.get(diagnostic.rule) != Level::Allow
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_kebab_case_and_summaries_one_phrase() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        for rule in RULES {
            assert!(
                rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit()),
                "{}",
                rule.name
            );
            assert!(!rule.summary.ends_with('.') && rule.summary.len() < 110, "{}", rule.name);
        }
    }

    #[test]
    fn a_fixed_rule_keeps_its_level() {
        let mut levels = Levels::default();
        levels.set(&rule::YAML_SYNTAX, Level::Allow);
        levels.set(&rule::MERGE_KEY, Level::Deny);
        assert_eq!(levels.get(&rule::YAML_SYNTAX), Level::Deny);
        assert_eq!(levels.get(&rule::MERGE_KEY), Level::Deny);
    }

    #[test]
    fn a_finding_milder_than_its_rule_stays_so() {
        let place = crate::Place::file(&catalyst_source::TreePath::new("a.yaml").unwrap());
        let mild = |rule| {
            let mut found = Diagnostic::new(rule, place.clone(), "x");
            found.severity = Severity::Warning;
            found
        };
        let mut found =
            vec![mild(&rule::SYMLINK_LOOP), mild(&rule::UNDECLARED_EXTERN), mild(&rule::SLOT_INVERSION)];
        let mut levels = Levels::default();
        levels.set(&rule::UNDECLARED_EXTERN, Level::Note);
        levels.apply(&mut found);
        let severities: Vec<_> = found.iter().map(|it| (it.rule.name, it.severity)).collect();
        assert_eq!(severities, [("symlink-loop", Severity::Warning), ("undeclared-extern", Severity::Note)]);
    }
}
