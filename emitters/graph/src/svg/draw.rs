//! Ink: nodes, edges, legend, style.

use super::layout::{Layout, Route, layout};
use super::order::order;
use super::place::{HEIGHT, rows};
use crate::view::{View, condition};
use catalyst_plan::graph::{Edge, Graph, Node};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Space around the drawing.
const MARGIN: f64 = 24.0;
/// Space for the title.
const TITLE: f64 = 44.0;
/// Space between two columns, for the curves.
const COLUMN_GAP: f64 = 84.0;
/// Space between nodes that stand alone.
const GAP: f64 = 12.0;
/// Length of an arrow head.
const HEAD: f64 = 6.0;
/// Least width, so that title and legend have room.
const LEAST_WIDTH: f64 = 560.0;

/// All rules are below `.cg`: the drawing may stand inside a page, whose style it must not touch. Colours are written out, since some
/// programs that draw SVG know no variables; dark colours come last and win where the reader prefers them.
const STYLE: &str = "
.cg{background:#fff;font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
.cg text{fill:#1f2328;font-size:13px}
.cg .t{font-size:16px;font-weight:600}
.cg .s{font-size:10.5px;fill:#59636e}
.cg .n rect{fill:#f6f8fa;stroke:#d1d9e0}
.cg .n:hover rect{stroke:#1f2328}
.cg .n .k{stroke:none;fill:#1a7f37}
.cg .n .host{fill:#0969da}
.cg .n .mgt{fill:#8250df}
.cg .e{fill:none;stroke:#8c959f;stroke-width:1.2}
.cg .w{stroke-dasharray:6 4}
.cg .o{stroke-dasharray:2 3}
.cg .i{opacity:.5}
.cg .h{fill:#8c959f;stroke:none}
.cg .e:hover{stroke:#0969da;stroke-width:2.4}
@media(prefers-color-scheme:dark){
.cg{background:#0d1117}
.cg text{fill:#e6edf3}
.cg .s{fill:#9198a1}
.cg .n rect{fill:#161b22;stroke:#3d444d}
.cg .n:hover rect{stroke:#e6edf3}
.cg .n .k{fill:#3fb950}
.cg .n .host{fill:#4493f8}
.cg .n .mgt{fill:#ab7df8}
.cg .e{stroke:#656c76}
.cg .h{fill:#656c76}
.cg .e:hover{stroke:#4493f8}
}
";

/// Draws the graph.
pub(super) fn draw(graph: &Graph) -> String {
    let view = View::new(graph);
    let mut layout = layout(&view);
    order(&mut layout);
    let y = rows(&layout);
    let columns = columns(&view, &layout);
    let right = columns.last().map_or(MARGIN, |&(x, width)| x + width);
    let bottom = y.iter().map(|y| y + HEIGHT / 2.0).fold(0.0, f64::max);
    let at = |vertex: usize| {
        let (x, width) = columns[layout.vertices[vertex].layer];
        (x, x + width, MARGIN + TITLE + y[vertex])
    };

    let mut ink = String::new();
    for route in &layout.routes {
        edge(&mut ink, route, &at);
    }
    for (vertex, it) in layout.vertices.iter().enumerate() {
        if let Some(node) = it.node {
            let (x, end, middle) = at(vertex);
            box_of(&mut ink, view.nodes[node], x, middle - HEIGHT / 2.0, end - x);
        }
    }
    let width = right.max(LEAST_WIDTH);
    let bottom = alone(&mut ink, &view, &layout, width, MARGIN + TITLE + bottom);
    let legend_end = legend(&mut ink, &view, bottom + 34.0);
    let (width, height) = (width.max(legend_end) + MARGIN, bottom + 34.0 + MARGIN);
    let (width, height) = (number(width.ceil()), number(height.ceil()));

    let title = escape(if graph.title.is_empty() { "Dependencies" } else { &graph.title });
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n\
         <text class=\"t\" x=\"{}\" y=\"{}\">{title}</text>\n\
         <text class=\"s\" x=\"{}\" y=\"{}\">{} nodes, {} edges; what stands left comes first</text>\n{ink}</svg>\n",
        number(MARGIN),
        number(MARGIN + 12.0),
        number(MARGIN),
        number(MARGIN + 29.0),
        view.nodes.len(),
        view.edges.len(),
    )
}

/// Left side and width of each column.
fn columns(view: &View<'_>, layout: &Layout<'_>) -> Vec<(f64, f64)> {
    let mut x = MARGIN;
    let mut columns = Vec::with_capacity(layout.layers.len());
    for column in &layout.layers {
        let nodes = column.iter().filter_map(|&vertex| layout.vertices[vertex].node);
        let width = nodes.map(|node| width_of(view.nodes[node])).fold(0.0, f64::max);
        columns.push((x, width));
        x += width + COLUMN_GAP;
    }
    columns
}

/// Nodes without edges, in lines below the rest. Gives the new bottom.
fn alone(ink: &mut String, view: &View<'_>, layout: &Layout<'_>, right: f64, bottom: f64) -> f64 {
    let (mut x, mut y) = (MARGIN, bottom + 2.0 * GAP);
    for &node in &layout.alone {
        let width = width_of(view.nodes[node]);
        if x > MARGIN && x + width > right {
            x = MARGIN;
            y += HEIGHT + GAP;
        }
        box_of(ink, view.nodes[node], x, y, width);
        x += width + GAP;
    }
    if layout.alone.is_empty() { bottom } else { y + HEIGHT }
}

fn width_of(node: &Node) -> f64 {
    (text_width(&node.name, 13.0).max(text_width(&under(node), 10.5)) + 26.0).ceil()
}

/// The small line: slot, layer or Blueprint, version.
fn under(node: &Node) -> String {
    let blueprint = (node.blueprint != node.name).then_some(node.blueprint.as_str());
    let parts = [node.slot.as_deref(), node.layer.as_deref(), blueprint, Some(node.version.as_str())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn box_of(ink: &mut String, node: &Node, x: f64, y: f64, width: f64) {
    let mut tip = format!("{} {}", node.name, node.version);
    let facts =
        [("Blueprint", Some(&node.blueprint)), ("slot", node.slot.as_ref()), ("tier", node.tier.as_ref())];
    let more = [("layer", node.layer.as_ref()), ("namespace", node.namespace.as_ref())];
    for (what, value) in facts.into_iter().chain(more) {
        if let Some(value) = value {
            let _ = write!(tip, "\n{what}: {value}");
        }
    }
    let class = match node.layer.as_deref() {
        Some("host") => "k host",
        Some("mgt") => "k mgt",
        _ => "k",
    };
    let _ = writeln!(
        ink,
        "<g class=\"n\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\
         <rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>\
         <text x=\"{}\" y=\"{}\">{}</text><text class=\"s\" x=\"{}\" y=\"{}\">{}</text></g>",
        escape(&tip),
        number(x),
        number(y),
        number(width),
        number(HEIGHT),
        number(x + 5.0),
        number(y + 7.0),
        number(HEIGHT - 14.0),
        number(x + 16.0),
        number(y + 17.0),
        escape(&node.name),
        number(x + 16.0),
        number(y + 30.0),
        escape(&under(node)),
    );
}

/// One curve from the earlier node to the later one: cubic between columns, straight through them.
fn edge(ink: &mut String, route: &Route<'_>, at: &impl Fn(usize) -> (f64, f64, f64)) {
    let mut path = String::new();
    let mut tip = (0.0, 0.0);
    for (step, pair) in route.way.windows(2).enumerate() {
        let ((_, from_x, from_y), (to_x, to_end, to_y)) = (at(pair[0]), at(pair[1]));
        let last = step + 2 == route.way.len();
        let to_x = if last { to_x - HEAD } else { to_x };
        if step == 0 {
            let _ = write!(path, "M{} {}", number(from_x), number(from_y));
        }
        let bend = (to_x - from_x).abs() / 2.0;
        let _ = write!(
            path,
            "C{} {} {} {} {} {}",
            number(from_x + bend),
            number(from_y),
            number(to_x - bend),
            number(to_y),
            number(to_x),
            number(to_y)
        );
        if last {
            tip = (to_x, to_y);
        } else {
            let _ = write!(path, "H{}", number(to_end));
        }
    }
    let (x, y) = tip;
    let class = class_of(route.edge);
    let _ = writeln!(
        ink,
        "<g{}><path class=\"{class}\" d=\"{path}\"><title>{}</title></path><path class=\"h\" d=\"M{} {}l{HEAD} 4l-{HEAD} 4z\"/></g>",
        if route.edge.active { "" } else { " class=\"i\"" },
        escape(&tooltip(route.edge)),
        number(x),
        number(y - 4.0),
    );
}

fn class_of(edge: &Edge) -> &'static str {
    match (condition(edge), &edge.reason) {
        (Some(_), _) => "e w",
        (None, Some(_)) => "e o",
        (None, None) => "e",
    }
}

fn tooltip(edge: &Edge) -> String {
    let mut tip = format!("{} comes after {}", edge.from, edge.to);
    if let Some(when) = condition(edge) {
        let _ = write!(tip, "\nwhen {when}");
    }
    if let Some(reason) = &edge.reason {
        let _ = write!(tip, "\norder only: {reason}");
    }
    if !edge.active {
        tip.push_str("\nnot in force here");
    }
    tip
}

/// Explains the marks that the drawing holds, in one line. Gives where it ends.
fn legend(ink: &mut String, view: &View<'_>, y: f64) -> f64 {
    let mut x = MARGIN;
    let layers: BTreeSet<&str> = view.nodes.iter().filter_map(|node| node.layer.as_deref()).collect();
    for (layer, word) in [("host", "host: every host cluster"), ("mgt", "mgt: management cluster")] {
        if layers.contains(layer) {
            let _ = writeln!(
                ink,
                "<g class=\"n\"><rect class=\"k {layer}\" x=\"{}\" y=\"{}\" width=\"4\" height=\"12\" rx=\"2\"/>\
                 <text class=\"s\" x=\"{}\" y=\"{}\">{word}</text></g>",
                number(x),
                number(y - 9.0),
                number(x + 10.0),
                number(y)
            );
            x += text_width(word, 10.5) + 30.0;
        }
    }
    let has = |test: fn(&Edge) -> bool| view.edges.iter().any(|edge| test(edge));
    let lines = [
        ("e", "depends", has(|edge| edge.when.is_none() && edge.reason.is_none() && edge.active)),
        ("e w", "under a condition", has(|edge| edge.when.is_some())),
        ("e o", "order only", has(|edge| edge.when.is_none() && edge.reason.is_some())),
        ("e i", "not in force here", has(|edge| !edge.active)),
    ];
    for (class, word, _) in lines.into_iter().filter(|(_, _, shown)| *shown) {
        let _ = writeln!(
            ink,
            "<path class=\"{class}\" d=\"M{} {}h24\"/><text class=\"s\" x=\"{}\" y=\"{}\">{word}</text>",
            number(x),
            number(y - 3.5),
            number(x + 30.0),
            number(y)
        );
        x += text_width(word, 10.5) + 50.0;
    }
    x
}

/// Width of a text, estimated: there is no font at hand, and the reader's is unknown anyhow.
fn text_width(text: &str, size: f64) -> f64 {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' | ' ' | '·' => 0.34,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.9,
        'A'..='Z' => 0.7,
        ' '..='~' => 0.58,
        _ => 1.0,
    };
    text.chars().map(width).sum::<f64>() * size
}

/// A coordinate with at most one decimal.
fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    let sign = if tenths < 0 { "-" } else { "" };
    if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// Text for XML. Characters that XML 1.0 cannot hold at all become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
