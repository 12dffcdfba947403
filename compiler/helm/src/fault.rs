//! What Helm says of a chart that it cannot render, as a message and a place.
//!
//! Helm prints one line with a chain of places, outermost first, or (from version 4 on, for most errors) the same chain over several lines.
//! The last place is where it went wrong; those before it are the includes that led there. Lines are those of the template; of an object that is
//! no YAML Helm knows the line in the rendered text only, which is no place of the chart.

use catalyst_source::{KeyPath, TreePath};
use std::fmt;

/// Why a chart cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartFault {
    /// What is wrong, in the words of the template or of Helm, in one line.
    pub message: String,
    /// Where.
    pub spot: Option<Spot>,
    /// The places that led there, outermost first.
    pub via: Vec<Spot>,
    /// The value that was read there, below `.Values`.
    pub value: Option<KeyPath>,
    /// Everything that Helm says.
    pub text: String,
}

/// A place in a chart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file, below the folder of the request's chart.
    pub file: TreePath,
    /// Its line, from 1.
    pub line: Option<u32>,
    /// The byte in the line, from 1.
    pub column: Option<u32>,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

impl fmt::Display for ChartFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spot.as_ref().map_or(Ok(()), |spot| write!(f, "{spot}: "))?;
        f.write_str(&self.message)
    }
}

impl std::error::Error for ChartFault {}

/// Longest message that is kept; the text stays whole.
const LONGEST: usize = 400;

impl ChartFault {
    /// A fault that has no place.
    pub fn new(message: impl Into<String>) -> ChartFault {
        let message = message.into();
        ChartFault { text: message.clone(), message, spot: None, via: Vec::new(), value: None }
    }

    /// A fault of a file as a whole.
    pub(crate) fn in_file(file: TreePath, message: impl Into<String>) -> ChartFault {
        ChartFault { spot: Some(Spot { file, line: None, column: None }), ..ChartFault::new(message) }
    }

    /// Reads what the program printed to standard error. `chart` is the name of the chart, with which Helm's places start.
    pub(crate) fn read(chart: &str, printed: &str) -> ChartFault {
        let body = body(printed);
        let fault =
            |message: &str| ChartFault { text: body.to_owned(), ..ChartFault::new(one_line(message)) };
        const BROKEN: &str = "YAML parse error on ";
        if let Some((path, message)) = body.strip_prefix(BROKEN).and_then(|it| it.split_once(": ")) {
            let spot = file_of(chart, path).map(|file| Spot { file, line: None, column: None });
            let message = message.strip_prefix("error converting YAML to JSON: ").unwrap_or(message);
            return ChartFault { spot, ..fault(&format!("the rendered text is no YAML: {message}")) };
        }
        let mut places = places(chart, body);
        let Some((spot, end)) = places.pop() else { return fault(body) };
        let rest = body.get(end..).unwrap_or_default().trim_start_matches([')', ':']).trim_start();
        let (node, message) = match rest.strip_prefix("executing ").and_then(|rest| {
            let end = [">: ", ">:\n"].iter().filter_map(|mark| rest.find(mark)).min()?;
            Some((&rest[..end], &rest[end + 3..]))
        }) {
            Some((node, message)) => (node, message),
            None => ("", rest),
        };
        ChartFault {
            spot: Some(spot),
            via: places.into_iter().map(|(spot, _)| spot).collect(),
            value: value_in(node),
            ..fault(message)
        }
    }
}

/// The error without what stands before it (warnings) and after it (advice on flags).
fn body(printed: &str) -> &str {
    let start = match printed.starts_with("Error: ") {
        true => 7,
        false => printed.find("\nError: ").map_or(0, |at| at + 8),
    };
    let body = &printed[start..];
    body.split("\n\nUse --debug flag").next().unwrap_or(body).trim()
}

/// Every `chart/path:line:column` in a text, with the byte behind it.
fn places(chart: &str, text: &str) -> Vec<(Spot, usize)> {
    let mut found: Vec<(Spot, usize)> = Vec::new();
    let mut from = 0;
    while let Some(colon) = text[from..].find(':').map(|at| from + at) {
        from = colon + 1;
        let Some((line, mut end)) = number(text, colon + 1) else { continue };
        let start = text[..colon].rfind([' ', '\n', '\t', '(', '"', '<']).map_or(0, |at| at + 1);
        let Some(file) = file_of(chart, &text[start..colon]) else { continue };
        let mut column = None;
        if text[end..].starts_with(':')
            && let Some((number, after)) = number(text, end + 1)
        {
            // Go counts the bytes of a line from 0.
            (column, end) = (number.checked_add(1), after);
        }
        found.push((Spot { file, line: Some(line), column }, end));
        from = end;
    }
    found
}

/// The number that starts at a byte, and where it ends.
fn number(text: &str, start: usize) -> Option<(u32, usize)> {
    let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    Some((text[start..start + digits].parse().ok()?, start + digits))
}

/// `bp-x/templates/a.yaml` as `templates/a.yaml`.
fn file_of(chart: &str, path: &str) -> Option<TreePath> {
    TreePath::new(path.strip_prefix(chart)?.strip_prefix('/')?).ok()
}

/// `.Values.a.b` in a node of a template.
fn value_in(node: &str) -> Option<KeyPath> {
    let (_, rest) = node.split_once(".Values.")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
    KeyPath::parse(rest[..end].trim_end_matches('.')).filter(|path| !path.is_root())
}

/// A text of several lines as one, cut when nobody would read it to its end.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(printed: &str) -> (String, Option<String>) {
        let fault = ChartFault::read("bp-x", printed);
        (fault.to_string(), fault.value.map(|it| it.to_string()))
    }

    /// What the programs print; the tail is that of every error of a template.
    const TAIL: &str = "\n\nUse --debug flag to render out invalid YAML\n";

    #[test]
    fn the_place_is_where_it_went_wrong() {
        let required =
            format!("Error: execution error at (bp-x/templates/a.yaml:3:6): image.tag is empty{TAIL}");
        assert_eq!(read(&required), ("templates/a.yaml:3:7: image.tag is empty".to_owned(), None));
        let nil = "template: bp-x/templates/a.yaml:3:13: executing \"bp-x/templates/a.yaml\" at <.Values.foo.bar>: nil pointer evaluating interface {}.bar";
        let found = (
            "templates/a.yaml:3:14: nil pointer evaluating interface {}.bar".to_owned(),
            Some("foo.bar".to_owned()),
        );
        assert_eq!(read(&format!("Error: {nil}{TAIL}")), found);
        let lines = "Error: bp-x/templates/a.yaml:3:13\n  executing \"bp-x/templates/a.yaml\" at <.Values.foo.bar>:\n    nil pointer evaluating interface {}.bar";
        assert_eq!(read(&format!("{lines}{TAIL}")), found);
        let unknown =
            format!("Error: parse error at (bp-x/templates/a.yaml:2): function \"foo\" not defined{TAIL}");
        assert_eq!(read(&unknown).0, "templates/a.yaml:2: function \"foo\" not defined");
    }

    #[test]
    fn includes_are_followed_to_their_end() {
        let chain = "Error: template: bp-x/templates/a.yaml:4:3: executing \"bp-x/templates/a.yaml\" at <include \"bp-x.b\" .>: error calling include: template: bp-x/charts/y/templates/_b.tpl:9:12: executing \"bp-x.b\" at <.Values.a>: wrong type";
        let fault = ChartFault::read("bp-x", chain);
        assert_eq!(fault.to_string(), "charts/y/templates/_b.tpl:9:13: wrong type");
        assert_eq!(fault.via.iter().map(ToString::to_string).collect::<Vec<_>>(), ["templates/a.yaml:4:4"]);
    }

    #[test]
    fn what_has_no_place_is_kept() {
        let yaml = "coalesce.go:237: warning: skipped\nError: YAML parse error on bp-x/templates/a.yaml: error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context";
        assert_eq!(
            read(yaml).0,
            "templates/a.yaml: the rendered text is no YAML: yaml: line 3: mapping values are not allowed in this context"
        );
        let schema = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nbp-x:\n- (root): a is required\n";
        assert!(read(schema).0.ends_with("bp-x: - (root): a is required"));
        assert_eq!(read("killed").0, "killed");
        assert_eq!(read("").0, "");
    }

    proptest! {
        /// Whatever a program prints, reading it ends, and loses nothing of it.
        #[test]
        fn any_text_is_read(printed in "(Error: |bp-x/templates/a.yaml|:[0-9]{1,12}|<.Values.|>: |\\PC{0,8}|\n|executing ){0,12}") {
            let fault = ChartFault::read("bp-x", &printed);
            prop_assert!(printed.contains(&fault.text));
            prop_assert!(!fault.message.contains('\n'));
        }
    }
}
