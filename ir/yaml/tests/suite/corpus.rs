//! Strings that some reader of YAML takes for something else, and a generator of values that hold them.

use proptest::prelude::*;
use serde_json::{Map, Number, Value};

/// About three thousand strings: every kind that has ever been misread.
pub(crate) fn hostile_strings() -> Vec<String> {
    let mut found = Vec::new();
    words(&mut found);
    numbers(&mut found);
    characters(&mut found);
    lines(&mut found);
    for len in [199, 200, 201, 1000, 1023, 1024, 1025] {
        found.push("a".repeat(len));
        found.push("a b".repeat(len / 3));
        found.push("é\"".repeat(len / 4));
    }
    found.sort();
    found.dedup();
    found
}

fn words(found: &mut Vec<String>) {
    let words = "y n yes no on off true false null nil none nan inf infinity undefined ~ e3 E3 e+3 e-3 e1_0 = << NaN \
                 Null .inf .nan -.inf +.inf 0x 0b 0o _ __ - -- --- ... ? : , [ ] { } [] {} ! !! & * | > @ ` ' \" % # \
                 key: :key a:b a: b c #c c#d &a *a !t %YAML ${a} $$ https://a.b/c?d=e&f={g} */5 1.2.3 v1.2.3 ^1 >=1 <2 ~1.2 \
                 a,b a;b (a) a=b a|b a\\b \\ \\n \\x41 /a/b.c _a user@host A+B -a a- .a a. a.. ";
    for word in words.split_whitespace() {
        let mix = |(at, c): (usize, char)| {
            if at % 2 == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
        };
        let mixed: String = word.chars().enumerate().map(mix).collect();
        for word in [word.to_owned(), word.to_uppercase(), word.to_lowercase(), mixed] {
            for (before, after) in
                [("", ""), (" ", ""), ("", " "), ("", ":"), ("", ": x"), ("x ", ""), ("", " #x"), ("\t", "")]
            {
                found.push(format!("{before}{word}{after}"));
            }
        }
    }
    found.push(String::new());
}

fn numbers(found: &mut Vec<String>) {
    found.extend(scalar_texts());
}

/// Texts that stand unquoted and that some reader gives a type.
pub(crate) fn scalar_texts() -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let signs = ["", "-", "+", "--"];
    let prefixes = ["", "0", "00", "0x", "0X", "0o", "0O", "0b", "0B", ".", "0.", "1."];
    let digits = [
        "",
        "0",
        "1",
        "7",
        "8",
        "10",
        "17",
        "19",
        "ff",
        "1F",
        "101",
        "1_000",
        "_1",
        "1_",
        "1__0",
        "12345678901234567890",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "100000000000000000000",
        "-1",
        "+1",
        "1.5",
        "1_0.5",
        "5.",
        "e3",
        "1e3",
        "1E3",
        "1e+3",
        "1e-7",
        "1e21",
        "1e400",
        "1e-400",
        "1e",
        "1e+",
        "5_0",
        "5e1_0",
        "1.2.3",
        "1e3.5",
        "777777777777777777777777",
        "ffffffffffffffffffff",
    ];
    for sign in signs {
        for prefix in prefixes {
            for digits in digits {
                found.push(format!("{sign}{prefix}{digits}"));
            }
        }
    }
    let times = [
        "2020-01-01",
        "2020-1-1",
        "2020-02-30",
        "2020-02-29",
        "2019-02-29",
        "1900-02-29",
        "2000-02-29",
        "0000-01-01",
        "2020-13-01",
        "2020-00-10",
        "2020-01-00",
        "20200-01-01",
        "202-01-01",
        "2020-01-01T00:00:00Z",
        "2020-01-01t00:00:00Z",
        "2020-01-01T1:2:3Z",
        "2020-01-01T01:02:03.000Z",
        "2020-01-01T01:02:03.5Z",
        "2020-01-01T01:02:03.123456789012Z",
        "2020-01-01T01:02:03,5Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T23:59:60Z",
        "2020-01-01T01:02:03+00:00",
        "2020-01-01T01:02:03-05:30",
        "2020-01-01T01:02:03+23:59",
        "2020-01-01T01:02:03-5",
        "2020-01-01T01:02:03",
        "2020-01-01 01:02:03",
        "2020-01-01 1:2:3.50",
        "2020-01-01 01:02:03Z",
        "2020-01-01 01:02:03 +1",
        "2020-01-01T01:02Z",
        "2020-01-01T01:02:03.Z",
        "2020-01-01T",
        "2020-01-01 ",
        "12:30:45",
        "1:2",
        "190:20:30.15",
        "1:60",
        "01:02:03",
        "-1:30",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10 -5",
    ];
    found.extend(times.map(str::to_owned));
    for word in "y n yes no on off true false null ~ .inf -.inf +.inf .nan nil none inf nan = << e3 .e3 . .. +. -. _ 0_ x1".split(' ') {
        let title: String = word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
        let odd: String = word.chars().take(1).chain(word.chars().skip(1).flat_map(char::to_uppercase)).collect();
        found.extend([word.to_owned(), word.to_uppercase(), title, odd]);
    }
    found.extend(
        ["NaN", ".NaN", "Infinity", "0x_1", "0_x1", "+0x1F", "-0o17", "08", "09.5", "1_e3", "_1e3"]
            .map(str::to_owned),
    );
    found.sort();
    found.dedup();
    found
}

fn characters(found: &mut Vec<String>) {
    let special = "\u{7f}\u{80}\u{85}\u{9f}\u{a0}\u{a1}\u{ad}\u{1fff}\u{2000}\u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{206f}\u{2070}\
                   \u{2fff}\u{3000}\u{d7fe}\u{d7ff}\u{e000}\u{f8ff}\u{feff}\u{fffd}\u{fffe}\u{ffff}\u{10000}\u{1f600}\u{10ffff}éЖ漢";
    for c in (0..0x7f).map(char::from).chain(special.chars()) {
        for (before, after) in [
            ("", ""),
            ("a", "b"),
            ("", "b"),
            ("a", ""),
            ("a ", " b"),
            ("", " b"),
            ("a\n", "\nb"),
            ("a", "\n"),
        ] {
            found.push(format!("{before}{c}{after}"));
        }
        found.push(format!("{c}{c}"));
    }
}

fn lines(found: &mut Vec<String>) {
    let lines = [
        "", "a", " a", "a ", "\ta", "a\t", "#c", "a #c", "- x", "---", "...", "%Y", "k: v", "'", "\"", " ",
        "\r", "é", "\u{85}",
    ];
    for first in lines {
        for second in lines {
            found.push(format!("{first}\n{second}"));
            found.push(format!("{first}\n{second}\n"));
            found.push(format!("a\n{first}\n\n{second}"));
            found.push(format!("{first}\r\n{second}"));
        }
        found.push(format!("{first}\n\n"));
        found.push(format!("{first}\n\n\n"));
        found.push(format!("\n\n{first}"));
    }
}

/// Any string, with a liking for hostile ones.
pub(crate) fn string() -> impl Strategy<Value = String> {
    let hostile = hostile_strings();
    prop_oneof![
        3 => proptest::sample::select(hostile),
        2 => "[a-z][a-zA-Z0-9 _./:@-]{0,20}",
        1 => "[ \\ta-c#:,'\"|>\\n\\r\\[\\]{}&*!?%-]{0,12}",
        1 => ".{0,10}",
        1 => proptest::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ]
}

/// Any value with a few levels.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    // Made once: the recursion below asks for it again and again.
    let string = string().boxed();
    let float = any::<f64>().prop_filter_map("finite", Number::from_f64).prop_map(Value::Number);
    let leaf = prop_oneof![
        4 => string.clone().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => (-1000i32..1000, 0u32..6).prop_map(|(n, d)| Value::from(f64::from(n) / f64::from(10u32.pow(d)))),
        1 => float,
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((string.clone(), inner), 0..5)
                .prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

/// Lines that look like YAML and sometimes are.
pub(crate) fn lines_of_yaml() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(LINE, 1..8)
}

const LINE: &str = "( {0,6})(- |[a-c]: |[a-c]:|\\? |)(['\"]?[a-c#, ]{0,5}['\"]?|\\[[a-c, ]*\\]|\\{[a-c:, ]*\\}|[|>][+-]?|#.*|---)";
