//! The switches of a chart: keys named `enabled` in its `values.yaml`, with the comment that stands above them.

use catalyst_catalogue::Toggle;
use catalyst_yaml::{Dialect, Node, NodeKind};

/// The switches in the text of a `values.yaml`, in its order. What is no boolean and no null is no switch.
pub(super) fn toggles(text: &str) -> Vec<Toggle> {
    let parsed = catalyst_yaml::parse(text);
    let mut out = Vec::new();
    for document in &parsed.documents {
        visit(document.root(), document.source(), &mut out);
    }
    out
}

fn visit(node: Node<'_>, source: &str, out: &mut Vec<Toggle>) {
    for (key, value) in node.entries() {
        if key == "enabled" && value.kind() == NodeKind::Scalar {
            // As Helm reads it.
            let (default, _) = value.to_value(Dialect::Kubernetes);
            if default.is_boolean() || default.is_null() {
                let description = comment(value, source).or_else(|| comment(value.parent()?, source));
                let path = value.path().to_string();
                out.push(Toggle { path, default, description: description.unwrap_or_default() });
            }
        }
        visit(value, source, out);
    }
}

/// The lines of comment right above the key of a node.
fn comment(node: Node<'_>, source: &str) -> Option<String> {
    let start = node.key_span()?.start as usize;
    let before = source.get(..start)?;
    // What stands before the key on its own line is indentation, or the map in braces that holds it.
    let above = before.rsplit_once('\n')?.0;
    let lines: Vec<&str> =
        above.lines().rev().map_while(|line| line.trim_start().strip_prefix('#')).collect();
    let text = lines.iter().rev().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_has_the_comment_above_it_or_above_what_it_switches() {
        let text = "\
# Not of a switch.
server:
  # Serve the page.
  # It needs a route.
  enabled: true
  size: 1Gi
# The monitor.
monitor: {enabled: false}
bare:
  enabled: null
text:
  enabled: \"yes\"
list:
  - name: a
    # Not reached: items of lists are no keys of values.
    enabled: true
";
        let found: Vec<_> =
            toggles(text).into_iter().map(|it| (it.path, it.default.to_string(), it.description)).collect();
        let row =
            |path: &str, default: &str, text: &str| (path.to_owned(), default.to_owned(), text.to_owned());
        assert_eq!(
            found,
            [
                row("server.enabled", "true", "Serve the page. It needs a route."),
                row("monitor.enabled", "false", "The monitor."),
                row("bare.enabled", "null", ""),
            ]
        );
    }
}
