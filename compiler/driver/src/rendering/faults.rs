//! Renders that fail, as findings at the line of the template, with the value of intent behind it.

use super::wanted::Wanted;
use crate::Project;
use crate::charts::BlueprintChart;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{ChartFault, RenderError};
use catalyst_source::{LineIndex, Span};

/// A render that fails, at the line of the template and with the value of intent behind it.
pub(super) fn failed(
    project: &Project,
    of: &BlueprintChart,
    wanted: &Wanted,
    error: &RenderError,
) -> Diagnostic {
    let place = match error {
        RenderError::Chart(fault) => spot(project, of, fault),
        _ => chart_file(of),
    };
    let what = match error {
        RenderError::Chart(fault) => fault.message.clone(),
        other => other.to_string(),
    };
    let mut found =
        Diagnostic::new(&rule::FAILED_RENDER, place, format!("`{}` does not render: {what}", of.blueprint))
            .note(format!("rendered for `{}`", wanted.name));
    if wanted.is_looked_at {
        found = found.help("these are its own values; where they cannot do, add a case to `tests/` of the chart that expects `fails`, and one of scope `full` with values that do: it is looked at with these");
    }
    if let RenderError::Chart(fault) = error {
        if let Some(spot) = fault.spot.as_ref() {
            found = found.note(format!("Helm says: {spot}"));
        }
        let set = fault.value.as_ref().zip(wanted.layers.as_ref());
        let layers = set.map(|(path, layers)| layers.who_set(path)).unwrap_or_default();
        if let Some((layer, place)) = layers.into_iter().next() {
            found = found.other(place, format!("the value is set here, by {}", layer.kind.describe()));
        }
    }
    found
}

/// The line of a fault in an own template; the `Chart.yaml` for what stands in an upstream chart.
fn spot(project: &Project, of: &BlueprintChart, fault: &ChartFault) -> Place {
    let place = || {
        let spot = fault.spot.as_ref()?;
        let file = of.folder.join(spot.file.as_str()).ok()?;
        let text = project.text(&file)?;
        let Some(line) = spot.line else { return Some(Place::file(&file)) };
        let lines = LineIndex::new(&text);
        if line == 0 || line as usize > lines.len() {
            return Some(Place::file(&file));
        }
        let range = lines.line_span(&text, line);
        let start =
            (range.start as usize + spot.column.map_or(0, |it| it as usize - 1)).min(range.end as usize);
        Some(Place::bytes(&file, Span::new(start, range.end as usize)))
    };
    place().unwrap_or_else(|| chart_file(of))
}

/// The file that makes a folder a chart.
pub(super) fn chart_file(of: &BlueprintChart) -> Place {
    Place::file(&of.folder.join("Chart.yaml").unwrap_or_else(|_| of.folder.clone()))
}
