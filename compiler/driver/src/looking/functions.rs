//! `unavailable-function` in charts of others: their templates are read as they were fetched. Those of a Blueprint's own chart every check
//! reads.

use crate::charts::{self, BlueprintChart};
use crate::{Project, purity};
use catalyst_check::{unavailable_functions, unavailable_message};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{Archives, Chart};
use catalyst_source::LineIndex;
use rayon::prelude::*;

/// What the charts inside of the project's charts use, and the Helm of some target does not have. Charts that are not at hand are left out.
pub(super) fn of_others(project: &Project, archives: &dyn Archives) -> Vec<Diagnostic> {
    let helms = charts::helms(project);
    let Some((target, helm)) = helms.iter().min_by_key(|(_, helm)| *helm) else { return Vec::new() };
    let root = &project.root;
    let read = |of: &BlueprintChart| {
        let chart = charts::read_chart(root, &of.folder).ok()?;
        let chart = charts::whole_chart(&chart, archives).ok()?;
        let mut found = Vec::new();
        each_foreign_template(&chart, &mut |path, text| {
            for it in unavailable_functions(text, *helm) {
                let at = LineIndex::new(text).line_col(text, it.span.start);
                found.push((path.to_owned(), at, it));
            }
        });
        Some((of.clone(), found))
    };
    let all = charts::charts(project, &[]);
    let read: Vec<_> = all.par_iter().filter_map(read).collect();
    let mut out = Vec::new();
    for (of, found) in read {
        for (path, at, it) in found {
            let own = of.folder.join(&path).ok().filter(|file| project.file(file).is_some());
            let chart = || Place::file(&of.folder.join("Chart.yaml").unwrap_or_else(|_| of.folder.clone()));
            let place = own.map_or_else(chart, |file| Place::bytes(&file, it.span));
            let message = unavailable_message(&it, target, *helm);
            let message = format!("{message}: `{path}:{}:{}`", at.line, at.column);
            let help = "take a version of the chart that the target renders, or raise the target under `spec.targets` once the clusters run it";
            out.push(Diagnostic::new(&rule::UNAVAILABLE_FUNCTION, place, message).help(help));
        }
    }
    out
}

/// The templates of charts inside of a chart.
fn each_foreign_template(chart: &Chart, look: &mut dyn FnMut(&str, &str)) {
    purity::each_text(chart, &mut |path, text| {
        let parts: Vec<&str> = path.split('/').collect();
        let is_template = parts.iter().rev().skip(1).any(|it| *it == "templates");
        // A path that begins with `templates` is one of the chart itself; inside of archives the name of the chart comes first.
        if is_template && parts.first() != Some(&"templates") {
            look(path, text);
        }
    });
}
