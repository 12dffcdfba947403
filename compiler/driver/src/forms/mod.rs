//! The intermediate forms as documents for other programs: the resolved graph, the plan, and the checked program with where everything
//! comes from. Each has a version and a JSON Schema, and is a public promise: the types here are apart from those of the compiler, so that
//! these may change.

mod graph;
mod plan;
mod position;
mod program;

pub use graph::GraphForm;
pub use plan::PlanForm;
pub use position::Position;
pub use program::ProgramForm;

use crate::{Compilation, CompileOptions, Progress, Project, compile};
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Version of all forms. It grows when a field changes its meaning or goes; a new field does not change it.
pub const FORM_VERSION: u32 = 1;

/// One of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// What depends on what, versions chosen.
    Graph,
    /// What runs where, with which values.
    Plan,
    /// Every object, with the places its fields come from.
    Program,
}

impl Form {
    /// All of them, in the order of the pipeline.
    pub const ALL: &'static [Form] = &[Form::Graph, Form::Plan, Form::Program];

    /// The word on the command line and in file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Graph => "graph",
            Form::Plan => "plan",
            Form::Program => "program",
        }
    }

    /// The JSON Schema of the form.
    pub fn schema(self) -> Value {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let schema = match self {
            Form::Graph => generator.into_root_schema_for::<GraphForm>(),
            Form::Plan => generator.into_root_schema_for::<PlanForm>(),
            Form::Program => generator.into_root_schema_for::<ProgramForm>(),
        };
        schema.to_value()
    }
}

/// Compiles a project and gives the wanted forms as JSON, with the findings. With an error among them there are no forms.
pub fn forms(
    project: &Project,
    wanted: &[Form],
    options: &CompileOptions,
    progress: &dyn Progress,
) -> (BTreeMap<Form, String>, Compilation<()>) {
    let keep_trees = wanted.contains(&Form::Program);
    let done = compile(project, options, progress, |_, mut output| {
        if !keep_trees {
            output.tree = Default::default();
        }
        output
    });
    let failed = done.has_errors() || done.cancelled;
    let mut texts = BTreeMap::new();
    for form in wanted.iter().copied().filter(|_| !failed) {
        let names = done.sovereigns.keys();
        let text = match form {
            Form::Graph => json(&graph::of(project, names)),
            Form::Plan => {
                let plans = done.sovereigns.iter().filter_map(|(name, it)| Some((name, it.plan.as_deref()?)));
                json(&plan::of(project, plans))
            }
            Form::Program => {
                let trees = done.sovereigns.iter().map(|(name, it)| (name, &it.tree));
                json(&program::of(project, trees))
            }
        };
        texts.insert(form, text);
    }
    let Compilation { sovereigns, diagnostics, cancelled } = done;
    let sovereigns = sovereigns.into_keys().map(|name| (name, ())).collect();
    (texts, Compilation { sovereigns, diagnostics, cancelled })
}

fn json(form: &impl Serialize) -> String {
    // Keys are strings and numbers are finite: nothing here can fail.
    let mut text = serde_json::to_string_pretty(form).unwrap_or_else(|error| unreachable!("{error}"));
    text.push('\n');
    text
}
