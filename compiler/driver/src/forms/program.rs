//! The checked program.

use super::FORM_VERSION;
use super::position::{Finder, Position};
use crate::Project;
use crate::paths::{get, join, leaves};
use catalyst_model::SovereignName;
use catalyst_plan::{Body, EmittedFile, EmittedTree, LayerKind, Provenance};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Every object that is emitted, and which line of intent, Blueprint, default or rule put each field there.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Program")]
pub struct ProgramForm {
    /// Version of this form.
    pub version: u32,
    /// By Sovereign.
    pub sovereigns: BTreeMap<SovereignName, SovereignProgram>,
}

/// The program of one Sovereign.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SovereignProgram {
    /// Files, by path in the output folder. Files that are plain text are left out.
    pub files: BTreeMap<String, Vec<ProgramObject>>,
}

/// One Kubernetes object, or a document such as chart values.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProgramObject {
    /// The object as it is emitted.
    pub object: Value,
    /// Why it is there, for people.
    pub why: String,
    /// What it was made from.
    pub at: Position,
    /// Where single fields come from. A field that is not listed comes from where the object does.
    pub fields: Vec<ProgramField>,
}

/// Where one field comes from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProgramField {
    /// Key path in the object.
    pub path: String,
    /// Who decided it.
    pub by: Origin,
    /// Why it has its value, for people.
    pub why: String,
    /// Where that is written.
    pub at: Position,
    /// The config that an expression there read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<ProgramConfig>,
}

/// Config that a field was made from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProgramConfig {
    /// Key path in the config.
    pub config: String,
    /// Who decided it.
    pub by: Origin,
    /// Where that is written.
    pub at: Position,
}

/// Who decided a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A default of a configSchema.
    Default,
    /// A Blueprint: its mapping, a size, or what it hands down.
    Blueprint,
    /// The kit.
    Kit,
    /// An Application, an Environment or a Sovereign.
    Intent,
    /// A rule of the compiler, such as order, placement or naming; the place is what it followed.
    Rule,
}

pub(super) fn of<'a>(
    project: &Project,
    trees: impl Iterator<Item = (&'a SovereignName, &'a EmittedTree)>,
) -> ProgramForm {
    let mut finder = Finder::new(project);
    let mut sovereigns = BTreeMap::new();
    for (name, tree) in trees {
        let files =
            tree.files.iter().filter_map(|(path, it)| Some((path.to_string(), objects(it, &mut finder)?)));
        sovereigns.insert(name.clone(), SovereignProgram { files: files.collect() });
    }
    ProgramForm { version: FORM_VERSION, sovereigns }
}

fn objects(file: &EmittedFile, finder: &mut Finder<'_>) -> Option<Vec<ProgramObject>> {
    match &file.body {
        Body::Objects(all) => Some(all.iter().map(|it| object(&it.object, &it.provenance, finder)).collect()),
        Body::Document(value, provenance) => Some(vec![object(value, provenance, finder)]),
        Body::Text(_) => None,
    }
}

fn object(value: &Value, provenance: &Provenance, finder: &mut Finder<'_>) -> ProgramObject {
    let mut fields: Vec<ProgramField> = provenance
        .fields
        .iter()
        .map(|it| ProgramField {
            path: it.path.to_string(),
            by: Origin::Rule,
            why: it.why.clone(),
            at: finder.find(&it.place),
            from: Vec::new(),
        })
        .collect();
    // What a rule decided, no layer did, though one may have the key.
    let ruled: BTreeSet<String> = fields.iter().map(|it| it.path.clone()).collect();
    for (root, layers) in &provenance.values {
        for leaf in leaves(&layers.merged) {
            let Some((layer, place)) = layers.who_set(&leaf).into_iter().next() else { continue };
            let path = join(root, &leaf);
            // Emitters may leave values out, such as those that the agent owns.
            if get(value, &path).is_some() && !ruled.contains(&path.to_string()) {
                let config = layer.made_from.iter().flat_map(|it| it.of(&leaf));
                let from = config.map(|(read, layer, place)| ProgramConfig {
                    config: read.to_string(),
                    by: origin(&layer.kind),
                    at: finder.find(&place),
                });
                fields.push(ProgramField {
                    path: path.to_string(),
                    by: origin(&layer.kind),
                    why: layer.kind.describe(),
                    from: from.collect(),
                    at: finder.find(&place),
                });
            }
        }
    }
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    ProgramObject {
        object: value.clone(),
        why: provenance.why.clone(),
        at: finder.find(&provenance.place),
        fields,
    }
}

fn origin(kind: &LayerKind) -> Origin {
    match kind {
        LayerKind::SchemaDefault => Origin::Default,
        LayerKind::Size(_) | LayerKind::SizeValues(_) | LayerKind::Dependent | LayerKind::Mapping => {
            Origin::Blueprint
        }
        LayerKind::Slot => Origin::Kit,
        LayerKind::AirGap
        | LayerKind::Application
        | LayerKind::ApplicationEnvironment
        | LayerKind::SovereignOverride => Origin::Intent,
        LayerKind::Placement => Origin::Rule,
    }
}
