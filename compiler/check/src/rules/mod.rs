//! The rules, one file each, and the lists that run them.

use crate::{ChartSubject, Facts, Text};
use catalyst_diag::Diagnostic;
use catalyst_plan::Index;

mod access_scope;
mod banned_term;
mod continuum_mismatch;
mod dangling_reference;
mod dependency_cycle;
mod dependency_drift;
pub(crate) mod deprecated_target;
mod duplicate_object;
mod forbidden_domain;
mod foreign_store;
mod foreign_substitution;
mod hardcoded_value;
pub(crate) mod hollow_chart;
mod host_path;
mod impure_template;
mod installer_version;
mod invalid_name;
mod label_vocabulary;
mod missing_continuum;
mod missing_label;
mod mutable_image;
mod namespace_owner;
mod outside_host;
mod path_mismatch;
mod phase_not_closed;
mod plaintext_secret;
mod provided_too_late;
mod secret_by_value;
mod slot_collision;
mod slot_inversion;
mod toggle_on;
mod unavailable_api;
pub(crate) mod unavailable_function;
mod uncovered_toggle;
pub(crate) mod undeclared_extern;
mod undefined_blueprint;
pub(crate) mod undefined_environment;
mod undefined_rule;
mod undefined_slot;
mod unmet_requirement;
mod unnamed_value;
mod unsupported_source;
mod unthreaded_image;
pub(crate) mod unused_extern;
mod upstream_stamp;
pub(crate) mod version_mismatch;
mod widened_slot;
mod wildcard_rbac;

/// A rule over all intent.
pub(crate) type ProjectRule = fn(&Index, &mut Vec<Diagnostic>);
/// A rule over one document.
pub(crate) type TextRule = fn(&Text<'_>, &mut Vec<Diagnostic>);
/// A rule over one chart, as it stands in the project.
pub(crate) type ChartRule = fn(&ChartSubject<'_>, &mut Vec<Diagnostic>);
/// A rule over one Sovereign.
pub(crate) type SovereignRule = fn(&Facts<'_>, &mut Vec<Diagnostic>);

/// Rules over all intent.
pub(crate) static PROJECT: &[ProjectRule] = &[
    dependency_cycle::check,
    dependency_drift::check,
    deprecated_target::check,
    forbidden_domain::domains,
    foreign_store::kit,
    installer_version::check,
    label_vocabulary::intent,
    namespace_owner::check,
    path_mismatch::check,
    slot_collision::check,
    undefined_blueprint::check,
    undefined_rule::check,
    undefined_slot::check,
    unsupported_source::check,
    version_mismatch::check,
];

/// Rules over one document.
pub(crate) static TEXT: &[TextRule] =
    &[banned_term::check, forbidden_domain::addresses, foreign_substitution::intent, plaintext_secret::check];

/// Rules over one chart.
pub(crate) static CHART: &[ChartRule] = &[
    hollow_chart::check,
    upstream_stamp::check,
    toggle_on::check,
    uncovered_toggle::check,
    mutable_image::check,
    unthreaded_image::check,
    hardcoded_value::check,
    unnamed_value::check,
    wildcard_rbac::check,
    host_path::check,
    secret_by_value::check,
    plaintext_secret::values,
    foreign_store::check,
    missing_label::check,
    impure_template::check,
    unavailable_function::check,
    banned_term::chart,
    forbidden_domain::values,
];

/// Whether a chart of this name is a library: it has helpers for templates, and no objects.
pub(crate) fn is_library(chart: &str) -> bool {
    chart == "common" || ["-common", "-lib", "-library"].iter().any(|ending| chart.ends_with(ending))
}

/// Rules over one Sovereign.
pub(crate) static SOVEREIGN: &[SovereignRule] = &[
    access_scope::check,
    continuum_mismatch::check,
    missing_continuum::check,
    dangling_reference::check,
    duplicate_object::check,
    forbidden_domain::dead_hosts,
    foreign_substitution::emitted,
    invalid_name::check,
    label_vocabulary::emitted,
    outside_host::check,
    phase_not_closed::check,
    slot_inversion::check,
    undefined_environment::check,
    widened_slot::check,
];

/// Rules over one Sovereign whose tree holds the objects of charts: what somebody else wrote is asked only for what no cluster would take, or
/// nobody may read.
pub(crate) static RENDERED: &[SovereignRule] =
    &[duplicate_object::check, outside_host::check, plaintext_secret::rendered, unavailable_api::check];

/// Rules over one Sovereign that ask what its clusters have. While a part of the kit is broken, nobody knows.
pub(crate) static CLUSTERS: &[SovereignRule] =
    &[provided_too_late::check, unavailable_api::check, undeclared_extern::check, unmet_requirement::check];
