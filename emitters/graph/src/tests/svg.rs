use super::kit::kit;
use super::small;
use crate::svg;

/// Reads XML far enough to know that it is well-formed: every element closed in turn, attributes quoted, no stray `<` or `&`, one root.
/// Gives the names of all elements.
fn elements(xml: &str) -> Vec<String> {
    let (mut open, mut seen, mut rest) = (Vec::new(), Vec::new(), xml);
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(!open.is_empty() || text.trim().is_empty(), "text outside of the root: {text:?}");
        entities(text);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase()), "{name:?}");
        assert!(!open.is_empty() || seen.is_empty(), "a second root");
        self::attributes(attributes);
        seen.push(name.to_owned());
        if !closed {
            open.push(name.to_owned());
        }
    }
    assert_eq!((open, rest), (Vec::<String>::new(), "\n"));
    seen
}

fn attributes(mut text: &str) {
    let mut names = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = text.trim_start().split_once("=\"").expect("an attribute has a quoted value");
        let (value, rest) = rest.split_once('"').expect("a value ends");
        assert!(!names.contains(&name), "twice: {name}");
        assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
        names.push(name);
        entities(value);
        text = rest;
    }
}

fn entities(text: &str) {
    for after in text.split('&').skip(1) {
        let name = after.split(';').next().unwrap_or_default();
        assert!(matches!(name, "amp" | "lt" | "gt" | "quot" | "#10"), "&{name}");
    }
}

#[test]
fn is_well_formed_and_shows_everything() {
    for graph in [small(), kit(false), kit(true)] {
        let drawing = svg(&graph);
        let elements = elements(&drawing);
        let titles = elements.iter().filter(|name| *name == "title").count();
        assert_eq!(titles, 1 + graph.nodes.len() + graph.edges.len());
        for node in &graph.nodes {
            assert!(drawing.contains(&format!(">{}</text>", node.name)), "{}", node.name);
        }
    }
    let drawing = svg(&small());
    assert!(drawing.contains("Kit of &quot;t38&quot; &lt;test&gt; &amp; more"));
    assert!(
        drawing.contains(
            "bp-keycloak comes after bp-cnpg&#10;when config.size &gt; 1 || ha&#10;not in force here"
        )
    );
    assert!(drawing.contains("order only: its webhook is slow | &quot;first&quot; run"));
    assert!(
        !drawing.contains("http://") || drawing.matches("http").count() == 1,
        "nothing is loaded from elsewhere"
    );
}

#[test]
fn hostile_names_stay_text() {
    let mut graph = small();
    graph.nodes[0].name = "</title><script>alert(1)</script>\u{1}\u{0}".into();
    graph.nodes[0].version = "\"'><&amp;".into();
    assert!(!elements(&svg(&graph)).contains(&"script".to_owned()));
}

/// No two boxes overlap, and every box is inside of the drawing.
#[test]
fn boxes_keep_their_distance() {
    let drawing = svg(&kit(true));
    let number = |text: &str, name: &str| -> f64 {
        text.split_once(&format!(" {name}=\"")).unwrap().1.split('"').next().unwrap().parse().unwrap()
    };
    let (width, height) = (number(&drawing, "width"), number(&drawing, "height"));
    let boxes: Vec<_> = drawing
        .match_indices("<rect x=")
        .map(|(at, _)| &drawing[at..at + drawing[at..].find('>').unwrap()])
        .map(|tag| (number(tag, "x"), number(tag, "y"), number(tag, "width"), number(tag, "height")))
        .collect();
    assert_eq!(boxes.len(), 48);
    for (at, a) in boxes.iter().enumerate() {
        assert!(a.0 >= 0.0 && a.1 >= 0.0 && a.0 + a.2 <= width && a.1 + a.3 <= height, "{a:?}");
        for b in &boxes[at + 1..] {
            let apart = a.0 + a.2 <= b.0 || b.0 + b.2 <= a.0 || a.1 + a.3 <= b.1 || b.1 + b.3 <= a.1;
            assert!(apart, "{a:?} {b:?}");
        }
    }
}
