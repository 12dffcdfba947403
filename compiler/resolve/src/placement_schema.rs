//! The placementSchema of a Blueprint agrees with itself, whoever uses it.

use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::Blueprint;

/// Checks the placementSchema of a Blueprint whose spec stands at `spec`.
pub(crate) fn check(blueprint: &Blueprint, spec: &Place, out: &mut Vec<Diagnostic>) {
    let (schema, place) = (&blueprint.spec.placement_schema, spec.child("placementSchema"));
    if let Some(mode) = schema.default.filter(|mode| !schema.modes.contains(mode)) {
        let message = format!("the default mode {mode} of `{}` is none of its modes", blueprint.name);
        out.push(
            Diagnostic::new(&rule::PLACEMENT_OUT_OF_BOUNDS, place.child("default"), message)
                .other(place.child("modes"), "its modes")
                .help(format!("add {mode} to `modes`, or choose another default")),
        );
    }
    if let (Some(least), Some(most)) = (schema.min_regions, schema.max_regions)
        && least > most
    {
        let message = format!("`{}` needs at least {least} regions and at most {most}", blueprint.name);
        out.push(
            Diagnostic::new(&rule::PLACEMENT_OUT_OF_BOUNDS, place.child("minRegions"), message)
                .other(place.child("maxRegions"), "the upper bound")
                .help("let `minRegions` be no more than `maxRegions`"),
        );
    }
}
