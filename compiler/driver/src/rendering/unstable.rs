//! `unstable-render`: what two renders of one release differ in, with the way out: the call that draws it and the values that lead there when they
//! are empty, read from the templates.

use super::faults::chart_file;
use super::wanted::Wanted;
use crate::charts::BlueprintChart;
use crate::{Project, purity};
use catalyst_check::{DrawingCall, drawing_call};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{Chart, Object};
use catalyst_render::Draws;
use catalyst_source::{KeyPath, Step};

/// The finding of a release that draws; nothing when it does not.
pub(super) fn unstable(
    project: &Project,
    wanted: &Wanted,
    of: &BlueprintChart,
    chart: &Chart,
    draws: &Draws<'_>,
) -> Option<Diagnostic> {
    let (object, message) = match (draws.places.first(), draws.strays.first()) {
        (Some(it), _) if it.path.is_root() => {
            (it.object, format!("`{}` is another one in each render", it.object))
        }
        (Some(it), _) => (it.object, format!("`{}` of `{}` is another one in each render", it.path, it.key)),
        (None, Some(stray)) => (*stray, format!("`{stray}` has another name in each render")),
        (None, None) => return None,
    };
    let path = draws.places.first().map(|it| &it.path);
    let call = call_of(chart, object, path);
    let place = call.as_ref().and_then(|it| {
        let file = of.folder.join(&it.file).ok().filter(|file| project.file(file).is_some())?;
        Some(Place::bytes(&file, it.span))
    });
    let place = place.unwrap_or_else(|| place_of(project, of, object));
    let mut found = Diagnostic::new(&rule::UNSTABLE_RENDER, place, message)
        .note(format!("made by `{}` of chart `{}`", object.file, object.chart));
    if let Some(it) = &call {
        found = found
            .note(format!("drawn by `{}` at `{}:{}:{}`", it.function, it.file, it.at.line, it.at.column));
    }
    let others = draws.places.len() + draws.strays.len() - 1;
    if others > 0 {
        let noun = if others == 1 { "place" } else { "places" };
        found = found.note(format!("{others} other {noun} of the release too"));
    }
    let values: Vec<String> =
        call.iter().flat_map(|it| &it.values).take(3).map(|it| format!("`{it}`")).collect();
    let given = match values.as_slice() {
        [] => {
            "give the value that the chart makes up when it is empty, such as the name of an existing Secret"
                .to_owned()
        }
        [one] => format!("give the chart value {one}, which leads there when it is empty"),
        several => {
            format!(
                "give one of the chart values {}, which lead there when they are empty",
                several.join(", ")
            )
        }
    };
    let help = if wanted.is_written {
        format!("{given}; or keep what is drawn, by `catalystc pin {}`", wanted.name)
    } else {
        if !wanted.is_smoke() {
            found = found.note("Flux renders it in the cluster, where pins have no effect".to_owned());
        }
        format!("{given}; or leave it to the cluster under `manifests.deferred`")
    };
    Some(found.help(help))
}

/// The file that makes an object, where it stands in the project; the chart otherwise.
pub(super) fn place_of(project: &Project, of: &BlueprintChart, object: &Object) -> Place {
    let own = of.folder.join(object.file.as_str()).ok().filter(|it| project.file(it).is_some());
    own.map_or_else(|| chart_file(of), |file| Place::file(&file))
}

/// The call that draws what an object holds at a path.
fn call_of(chart: &Chart, object: &Object, path: Option<&KeyPath>) -> Option<DrawingCall> {
    // Charts in archives and charts in folders have one name here: that of their folder, without `charts/`.
    let plain = |path: &str| path.split('/').filter(|it| *it != "charts").collect::<Vec<_>>().join("/");
    let mut templates: Vec<(String, String)> = Vec::new();
    purity::each_text(chart, &mut |path, text| {
        if path.split('/').any(|it| it == "templates") {
            templates.push((plain(path), text.to_owned()));
        }
    });
    let made = plain(object.file.as_str());
    // What lies deeper than one archive has lost the names of those around it.
    let is_it = |path: &str| made == path || made.ends_with(&format!("/{path}"));
    let (file, _) = templates
        .iter()
        .enumerate()
        .filter(|(_, (path, _))| is_it(path))
        .max_by_key(|(_, (path, _))| path.len())?;
    let prefix = made
        .split_once("templates/")
        .map_or("", |(charts, _)| charts)
        .trim_end_matches('/')
        .replace('/', ".");
    let field = path.and_then(|it| {
        it.steps().iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.to_string()),
            Step::Index(_) => None,
        })
    });
    drawing_call(&templates, file, &prefix, field.as_deref(), &catalyst_helm::draws)
}
