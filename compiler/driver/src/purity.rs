//! The texts of a chart that Helm may run as templates, those of the charts in it too; and whether a render of it may give something else each
//! time, by the functions that they name.

use catalyst_bundle::archive::{Limits, read_tgz};
use catalyst_helm::Chart;

/// Charts within charts that are looked into; what lies deeper may be anything.
const DEPTH: usize = 8;

/// Whether some text that Helm may run as a template names a function that is no function of its arguments.
pub(crate) fn may_differ(chart: &Chart) -> bool {
    let mut found = false;
    let whole = each_text(chart, &mut |_, text| found = found || catalyst_helm::may_differ(text));
    // What cannot be looked into may do anything.
    found || !whole
}

/// Calls `look` with every text of a chart, and of those in it, that Helm may run as a template: all but CRDs and what is written for people.
/// Gives whether all could be looked into.
pub(crate) fn each_text(chart: &Chart, look: &mut dyn FnMut(&str, &str)) -> bool {
    let mut whole = true;
    for (path, bytes) in chart.files() {
        whole &= file(path.as_str(), bytes, DEPTH, look);
    }
    whole
}

fn file(path: &str, bytes: &[u8], depth: usize, look: &mut dyn FnMut(&str, &str)) -> bool {
    let above = |folder: &str| path.split('/').rev().skip(1).any(|it| it == folder);
    if path.ends_with(".tgz") && above("charts") {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let Ok(files) = read_tgz(bytes, &Limits::CHART) else { return false };
        let mut whole = true;
        for (inner, it) in &files {
            whole &= file(inner.as_str(), &it.bytes, depth, look);
        }
        return whole;
    }
    if !above("crds") && !path.ends_with(".md") {
        look(path, &String::from_utf8_lossy(bytes));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_bundle::archive::{File, Files, gzip, tar};
    use catalyst_source::TreePath;

    fn chart(path: &str, bytes: &[u8]) -> Chart {
        let files = [("Chart.yaml", &b"name: bp-x\n"[..]), (path, bytes)];
        Chart::new(files.map(|(path, bytes)| (TreePath::new(path).unwrap(), bytes.into())).into()).unwrap()
    }

    fn archive(path: &str, bytes: &[u8]) -> Vec<u8> {
        gzip(&tar(&Files::from([(TreePath::new(path).unwrap(), File::new(bytes))])).unwrap())
    }

    #[test]
    fn templates_and_values_count_wherever_they_lie() {
        let (drawn, plain) = (&b"a: {{ randAlphaNum 5 }}\n"[..], &b"a: {{ .Values.randAlphaNum }}\n"[..]);
        for path in ["templates/a.yaml", "values.yaml", "charts/y/templates/_h.tpl", "files/a.conf"] {
            assert!(may_differ(&chart(path, drawn)) && !may_differ(&chart(path, plain)), "{path}");
        }
        for path in ["README.md", "crds/a.yaml", "charts/y/crds/a.yaml"] {
            assert!(!may_differ(&chart(path, drawn)), "{path}");
        }
    }

    #[test]
    fn archives_are_looked_into() {
        let packed = |bytes: &[u8]| archive("y/charts/z-1.0.0.tgz", &archive("z/templates/a.yaml", bytes));
        assert!(may_differ(&chart("charts/y-1.0.0.tgz", &packed(b"{{ now }}"))));
        assert!(!may_differ(&chart("charts/y-1.0.0.tgz", &packed(b"now"))));
        assert!(may_differ(&chart("charts/y-1.0.0.tgz", b"no archive")));
        // A file of the chart, not a chart in it.
        assert!(!may_differ(&chart("files/y-1.0.0.tgz", b"no archive")));
    }
}
