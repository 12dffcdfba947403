//! Every short text over the letters that numbers, dates and times are made of, and longer ones that look like them: what the writer leaves
//! without quotes is a string to every reader. Here the readings of this crate; `referees` asks other programs.

use catalyst_yaml::{Dialect, parse, scalar};
use serde_json::Value;

/// The digits stand for all: zero, the end of binary, octal and base 60, the end of decimal.
const LETTERS: &[u8] = b"0169.:_exobEinfNa+-TZsmh ";

/// Longer texts: what files of this kind hold, and near misses of numbers, dates and times.
const LONGER: &[&str] = &[
    "15m",
    "1h30m",
    "720h0m0s",
    "10-cert-manager.yaml",
    "06a-bp-self-sovereign-cutover.yaml",
    "1.1.2",
    "0.33.1",
    "1.1.2-rc.1",
    "1.2.3-0",
    "1.2.3+45",
    "1.2.3e+5",
    "1.2.3E5",
    "1.2.3_4",
    "1.2.3:4",
    "1.2.3.4",
    "127.0.0.1",
    "10.0.0.0/8",
    "1.1.1.1:53,9.9.9.9:53",
    "00:1b:44:11:3a:b7",
    "00:11:22:33:44:55",
    "2001:db8::1",
    "190:20:30",
    "190:20:30.15",
    "190:20:30.15s",
    "1:20pm",
    "12:30:45",
    "12:30:45.5Z",
    "2020-01-01",
    "2020-1-1",
    "2020-01-01T00:00:00Z",
    "2020-01-01t00:00:00.5z",
    "2020-01-01 00:00:00 +1",
    "2020-01-01T00:00:00+05:30",
    "2020-01-01-notes",
    "2020-01",
    "2020-W01-1",
    "20200101T000000Z",
    "1,000",
    "1,000.5",
    "1_000",
    "1_000m",
    "1e400",
    "12e03",
    "12e0345",
    "1e10s",
    "0x1F",
    "0x1p-2",
    "0x1.8p3",
    "0o17",
    "0b101",
    "0b1 of 2",
    "1.inf",
    "1nan",
    "10Gi",
    "500m",
    "1E",
    "1Ei",
    "1f",
    "1d",
    "10L",
    "1/2",
    "1@2",
    "1 a",
    "1- a",
    "3 of 4, or so",
    "9007199254740993n",
    "018",
    "0_8",
    "08:00-17:00",
    "./chart",
    "../../values.yaml",
    "./1",
    "./.5",
    "../1e3",
    ".5m",
    "..",
    "./",
];

/// All texts of at most `longest` letters that the writer leaves without quotes, and the longer ones it leaves so.
pub(crate) fn unquoted(longest: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = vec![String::new()];
    for _ in 0..longest {
        before = before
            .iter()
            .flat_map(|text| LETTERS.iter().map(move |&letter| format!("{text}{}", char::from(letter))))
            .collect();
        found.extend(before.iter().filter(|text| scalar(text) == **text).cloned());
    }
    found.extend(LONGER.iter().filter(|text| scalar(text) == **text).map(|text| (*text).to_owned()));
    found
}

/// As one list, as the writer would write it.
pub(crate) fn list(texts: &[String]) -> String {
    texts.iter().map(|text| format!("- {text}\n")).collect()
}

/// The same list as the spec of a Kubernetes object.
pub(crate) fn object(texts: &[String]) -> String {
    format!("apiVersion: example.com/v1\nkind: Short\nmetadata:\n  name: x\nspec:\n{}", list(texts))
}

#[test]
fn what_has_no_quotes_is_a_string() {
    let texts = unquoted(4);
    assert!(texts.len() > 50_000, "{}", texts.len());
    let text = list(&texts);
    let parsed = parse(&text);
    assert_eq!(parsed.problems, []);
    let expected = Value::from(texts);
    for dialect in [Dialect::Strict, Dialect::Kubernetes, Dialect::Kustomize] {
        let (read, problems) = parsed.documents[0].to_value(dialect);
        assert_eq!(problems, [], "{dialect:?}");
        assert!(read == expected, "{dialect:?}");
    }
}

#[test]
fn which_have_quotes() {
    let quoted: Vec<&str> = LONGER.iter().copied().filter(|text| scalar(text) != **text).collect();
    let expected = [
        "1.2.3_4",
        "00:11:22:33:44:55",
        "190:20:30",
        "190:20:30.15",
        "12:30:45",
        "12:30:45.5Z",
        "2020-01-01",
        "2020-1-1",
        "2020-01-01T00:00:00Z",
        "2020-01-01t00:00:00.5z",
        "2020-01-01 00:00:00 +1",
        "2020-01-01T00:00:00+05:30",
        "2020-01",
        "20200101T000000Z",
        "1,000",
        "1,000.5",
        "1_000",
        "1_000m",
        "1e400",
        "12e03",
        "12e0345",
        "0x1F",
        "0x1p-2",
        "0x1.8p3",
        "0o17",
        "0b101",
        "0b1 of 2",
        "1E",
        "018",
        "0_8",
        "08:00-17:00",
        ".5m",
        "..",
    ];
    // Some hold a comma, and so have quotes in brackets only.
    let commas = ["1.1.1.1:53,9.9.9.9:53", "3 of 4, or so"];
    let quoted: Vec<&str> = quoted.into_iter().filter(|text| !commas.contains(text)).collect();
    assert_eq!(quoted, expected);
}
