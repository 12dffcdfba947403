//! Config of one release: its layers, and whether the whole holds to the configSchema.
//!
//! Precedence, lowest first: defaults of the configSchema, the size overlay, what a dependent hands down, the slot or the Application, the
//! Application's section for the Environment, the Sovereign's override.

use crate::Compiled;
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_lower::schema::{FindingKind, with_article};
use catalyst_plan::{Layer, LayerKind, Layered};
use serde_json::{Map, Value};

/// The two lowest layers: defaults, and the overlay of a size. A size that was asked for by name must exist; one that only is the habit of
/// an Environment is used where it exists.
pub(crate) fn base(
    compiled: &Compiled,
    size: Option<(&str, Option<&Place>)>,
    out: &mut Vec<Diagnostic>,
) -> (Layered, Option<String>) {
    let spec = compiled.entry.blueprint.place.child("spec");
    let mut config = Layered::default();
    let place = spec.child("configSchema");
    config.push(Layer::new(LayerKind::SchemaDefault, place, compiled.defaults.clone()));
    let Some((size, asked)) = size else { return (config, None) };
    match (compiled.overlays.get(size), asked) {
        (Some((values, _)), _) => {
            let place = spec.child("overlays").child(size).child("config");
            config.push(Layer::new(LayerKind::Size(size.to_owned()), place, values.clone()));
            (config, Some(size.to_owned()))
        }
        (None, Some(place)) => {
            let name = &compiled.entry.blueprint.name;
            let mut found =
                Diagnostic::new(&rule::UNKNOWN_SIZE, place.clone(), format!("`{name}` has no size `{size}`"));
            let known: Vec<&str> = compiled.overlays.keys().map(String::as_str).collect();
            found = match suggest::nearest(size, known.iter().copied()) {
                Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                    format!("replace `{size}` by `{near}`"),
                    place.clone(),
                    EditAction::SetValue(near.into()),
                ),
                None if known.is_empty() => found.help("the Blueprint has no overlays; leave `size` out"),
                None => found.help(format!("sizes of `{name}` are {}", known.join(", "))),
            };
            out.push(found);
            (config, None)
        }
        (None, None) => (config, None),
    }
}

/// Checks config against the configSchema. Each finding is shown at the layer that caused it, beside the line of the schema.
pub(crate) fn check(compiled: &Compiled, config: &Layered, owner: &Place, out: &mut Vec<Diagnostic>) {
    let name = &compiled.entry.blueprint.name;
    let schema_place = compiled.entry.blueprint.place.child("spec").child("configSchema");
    let Some(schema) = &compiled.schema else {
        // Without a schema there is no config; a broken schema has been reported already.
        if compiled.entry.blueprint.spec.config_schema.is_none()
            && let Some(layer) = config.layers.last()
        {
            out.push(
                Diagnostic::new(
                    &rule::UNKNOWN_CONFIG,
                    layer.place.on_key(),
                    format!("`{name}` takes no config"),
                )
                .other(
                    compiled.entry.blueprint.place.child("spec").on_key(),
                    "the Blueprint has no configSchema",
                ),
            );
        }
        return;
    };
    for finding in schema.findings(&Value::Object(config.merged.clone())) {
        let missing = matches!(finding.kind, FindingKind::Missing { .. });
        let at = config.who_set(&finding.path).into_iter().next();
        // A default that breaks its schema is the Blueprint's fault, and reported there. One that leaves a key open is none.
        if !missing && at.as_ref().is_some_and(|(layer, _)| layer.kind == LayerKind::SchemaDefault) {
            continue;
        }
        let place = at.map_or_else(|| owner.clone(), |(_, place)| place);
        let broken = schema_place.below(&finding.schema_path);
        let shown =
            if finding.path.is_root() { "config".to_owned() } else { format!("config.{}", finding.path) };
        out.push(match &finding.kind {
            FindingKind::Unknown { key, nearest, known } => {
                let place = place.on_key();
                let found = Diagnostic::new(
                    &rule::UNKNOWN_CONFIG,
                    place.clone(),
                    format!("`{name}` has no config `{key}`"),
                );
                match nearest {
                    Some(near) => found.label(format!("did you mean `{near}`?")).fix(
                        format!("rename `{key}` to `{near}`"),
                        place,
                        EditAction::RenameKey(near.clone()),
                    ),
                    None => found.help(format!("config of `{name}`: {}", known.join(", "))),
                }
            }
            FindingKind::Missing { key } => {
                let holder = if finding.path.is_root() { owner.clone() } else { place };
                Diagnostic::new(
                    &rule::MISSING_CONFIG,
                    holder,
                    format!("`{name}` needs `{shown}.{key}`, and nothing sets it"),
                )
                .other(broken, "required here")
                .help(format!("set `{key}` under `config`"))
            }
            kind => Diagnostic::new(
                &rule::INVALID_CONFIG,
                place,
                format!("`{shown}` of `{name}` does not hold to its schema"),
            )
            .label(reason(kind))
            .other(broken, "the rule it breaks"),
        });
    }
}

/// A finding in a few words, for a label.
pub(crate) fn reason(kind: &FindingKind) -> String {
    match kind {
        FindingKind::Unknown { key, .. } => format!("`{key}` is not known"),
        FindingKind::Missing { key } => format!("`{key}` is missing"),
        FindingKind::Type { expected, found } => {
            format!("this is {}, not {}", with_article(found), with_article(expected))
        }
        FindingKind::Word { admitted, found, .. } => format!("`{found}` is none of {}", admitted.join(", ")),
        FindingKind::Form { what: Some(what), found, .. } => format!("`{found}` is no {what}"),
        FindingKind::Form { what: None, why, .. } => why.clone(),
        FindingKind::Other(message) => message.clone(),
    }
}

/// Adds a layer whose values stand in the source as they are.
pub(crate) fn layer(config: &mut Layered, kind: LayerKind, place: Place, values: &Map<String, Value>) {
    config.push(Layer::new(kind, place, values.clone()));
}
