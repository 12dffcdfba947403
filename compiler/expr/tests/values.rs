//! What expressions give: one row for each operator, function and corner, and the problems of evaluation.

use std::collections::BTreeMap;

use catalyst_expr::{ProblemKind, Scope, Type, compile};
use serde_json::{Value, json};

fn variables() -> BTreeMap<String, Value> {
    let config = json!({
        "name": "shop", "replicas": 3, "ratio": 2, "half": 0.5, "on": true, "nothing": null,
        "tags": ["b", "a"], "ports": [80, 443], "labels": {"team": "x", "a-b": "y"},
        "postgres": {"mode": "embedded"}, "big": 18_446_744_073_709_551_615_u64, "whole": 4.0,
        "users": [{"name": "ann", "age": 30}, {"name": "bob"}],
    });
    [("config".to_owned(), config), ("region".to_owned(), json!("fsn1"))].into()
}

/// Everything dynamic: what these tables ask is what evaluation does, not what the checker finds.
fn scope() -> Scope {
    Scope::default().with("config", Type::Dyn).with("region", Type::String)
}

fn value(text: &str) -> Result<Value, String> {
    let expression =
        compile(text, &scope(), None).map_err(|problems| format!("{}: {problems:?}", "not compiled"))?;
    expression.evaluate(&variables()).map_err(|problem| problem.message)
}

#[track_caller]
fn gives(rows: &[(&str, Value)]) {
    for (text, expected) in rows {
        assert_eq!(value(text).as_ref(), Ok(expected), "{text}");
    }
}

#[test]
fn literals() {
    gives(&[
        ("null", json!(null)),
        ("true", json!(true)),
        ("false", json!(false)),
        ("42", json!(42)),
        ("42u", json!(42)),
        ("0x2A", json!(42)),
        ("-0x2a", json!(-42)),
        ("9223372036854775807", json!(i64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("1.5", json!(1.5)),
        (".5", json!(0.5)),
        ("1e3", json!(1000)),
        ("1.5e-2", json!(0.015)),
        ("2.0", json!(2)),
        ("'a'", json!("a")),
        ("\"a\"", json!("a")),
        ("'it\\'s'", json!("it's")),
        ("\"it's\"", json!("it's")),
        ("''", json!("")),
        ("'''a'b\nc'''", json!("a'b\nc")),
        ("\"\"\"a\"b\"\"\"", json!("a\"b")),
        ("r'\\d'", json!("\\d")),
        ("R\"\\n\"", json!("\\n")),
        ("r'''\\'''", json!("\\")),
        ("'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\`'", json!("\u{7}\u{8}\u{c}\n\r\t\u{b}\\?`")),
        ("'\\x41\\101\\u00e9\\U0001F600'", json!("AAé😀")),
        ("'{{'", json!("{{")),
        ("[]", json!([])),
        ("[1, 'a', [true],]", json!([1, "a", [true]])),
        ("{}", json!({})),
        ("{'a': 1, \"b\": {'c': []},}", json!({"a": 1, "b": {"c": []}})),
        ("{'a' + 'b': 1}", json!({"ab": 1})),
        ("1 // one\n + 2", json!(3)),
    ]);
}

#[test]
fn arithmetic() {
    gives(&[
        ("1 + 2 * 3", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("7 - 2 - 1", json!(4)),
        ("7 / 2", json!(3)),
        ("-7 / 2", json!(-3)),
        ("7 % 3", json!(1)),
        ("-7 % 3", json!(-1)),
        ("7 % -3", json!(1)),
        ("2.0 * 1.5", json!(3)),
        ("1.0 / 4.0", json!(0.25)),
        ("1.0 - 0.5", json!(0.5)),
        ("0.1 + 0.2", json!(0.1 + 0.2)),
        ("-(1 + 2)", json!(-3)),
        ("--1", json!(1)),
        ("- 1", json!(-1)),
        ("1 - -1", json!(2)),
        ("1-1", json!(0)),
        ("'a' + 'b'", json!("ab")),
        ("[1] + [2, 3]", json!([1, 2, 3])),
        ("[] + []", json!([])),
    ]);
}

#[test]
fn comparisons() {
    gives(&[
        ("1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", json!(true)),
        ("1 == 1 && 1 != 2", json!(true)),
        ("1 == 1.0 && 1.0 == 1", json!(true)),
        ("1 < 1.5 && 1.5 < 2", json!(true)),
        ("9007199254740993 == 9007199254740992.0", json!(false)),
        ("9007199254740993 > 9007199254740992.0", json!(true)),
        ("9223372036854775807 < 9223372036854775808.0", json!(true)),
        ("-9223372036854775808 == -9223372036854775808.0", json!(true)),
        ("1 < 1e300 && -1 > -1e300", json!(true)),
        ("double('NaN') == double('NaN')", json!(false)),
        ("double('NaN') != double('NaN')", json!(true)),
        ("'a' < 'b' && 'B' < 'a'", json!(true)),
        ("false < true", json!(true)),
        ("[1, 2] == [1.0, 2]", json!(true)),
        ("[1] == [1, 2]", json!(false)),
        ("{'a': 1, 'b': 2} == {'b': 2.0, 'a': 1}", json!(true)),
        ("{'a': 1} == {'b': 1}", json!(false)),
        ("null == null", json!(true)),
        ("dyn(1) == 'a'", json!(false)),
        ("dyn(null) != 1", json!(true)),
        ("1 == 1 == true", json!(true)),
        ("2 in [1, 2]", json!(true)),
        ("2 in [1.0, 2.0]", json!(true)),
        ("3 in [1, 2]", json!(false)),
        ("'a' in {'a': null}", json!(true)),
        ("'b' in {'a': null}", json!(false)),
        ("'name' in config", json!(true)),
        ("!('x' in config.tags)", json!(true)),
    ]);
}

#[test]
fn logic_absorbs_what_does_not_matter() {
    gives(&[
        ("true && false", json!(false)),
        ("true || false && false", json!(true)),
        ("(true || false) && false", json!(false)),
        ("!true || !!true", json!(true)),
        ("false && 1 / 0 > 0", json!(false)),
        ("1 / 0 > 0 && false", json!(false)),
        ("true || 1 / 0 > 0", json!(true)),
        ("1 / 0 > 0 || true", json!(true)),
        ("config.name && false", json!(false)),
        ("true && config.absent.deep == 1 && false", json!(false)),
        ("true ? 1 : 1 / 0", json!(1)),
        ("false ? 1 / 0 : 2", json!(2)),
        ("false ? 1 : true ? 2 : 3", json!(2)),
        ("[1, 0].exists(x, 1 / x == 1)", json!(true)),
        ("[0, 1].exists(x, 1 / x == 1)", json!(true)),
        ("[0, 1].all(x, 1 / x == 2)", json!(false)),
    ]);
    assert_eq!(value("true && 1 / 0 > 0"), Err("division by zero".to_owned()));
    assert_eq!(value("1 / 0 > 0 || false"), Err("division by zero".to_owned()));
    assert_eq!(value("[0, 1].all(x, 1 / x == 1)"), Err("division by zero".to_owned()));
    assert_eq!(value("[0, 1].exists(x, 1 / x == 2)"), Err("division by zero".to_owned()));
    assert_eq!(value("[1, 0].exists_one(x, 1 / x == 1)"), Err("division by zero".to_owned()));
}

#[test]
fn fields_and_indexes() {
    gives(&[
        ("config.name", json!("shop")),
        (".config.name", json!("shop")),
        ("config['name']", json!("shop")),
        ("config.labels['a-b']", json!("y")),
        ("config.labels.`a-b`", json!("y")),
        ("config.postgres", json!({"mode": "embedded"})),
        ("config.tags[0]", json!("b")),
        ("config.tags[1.0]", json!("a")),
        ("config.users[1].name", json!("bob")),
        ("{'a': [1, 2]}.a[1]", json!(2)),
        ("[[1]][0][0]", json!(1)),
        ("has(config.name)", json!(true)),
        ("has(config.absent)", json!(false)),
        ("has(config.nothing)", json!(true)),
        ("has(config.postgres.size)", json!(false)),
        ("config.nothing", json!(null)),
        ("{'namespace': 1}.namespace", json!(1)),
    ]);
    for (text, message) in [
        ("config.absent", "`config.absent` is not set"),
        ("config.absent.deep", "`config.absent` is not set"),
        ("has(config.absent.deep)", "`config.absent` is not set"),
        ("config['absent']", "there is no key 'absent'"),
        ("config.tags[2]", "there is no element 2 in a list of 2"),
        ("config.tags[-1]", "there is no element -1 in a list of 2"),
        ("config.tags[0.5]", "`[]` does not take a list and a double"),
        ("config.name.first", "a string has no fields"),
        ("config.big", "18446744073709551615 does not fit into a signed 64-bit integer"),
    ] {
        assert_eq!(value(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn optional_values() {
    gives(&[
        ("config.?name.orValue('x')", json!("shop")),
        ("config.?absent.orValue('x')", json!("x")),
        ("config.?absent.?deep.orValue('x')", json!("x")),
        ("config.?absent.deep.orValue('x')", json!("x")),
        ("config.?postgres.mode.orValue('x')", json!("embedded")),
        ("config.?postgres.size.orValue(1)", json!(1)),
        ("config.?tags[0].orValue('x')", json!("b")),
        ("config.?tags[7].orValue('x')", json!("x")),
        ("config[?'absent'].orValue('x')", json!("x")),
        ("config.tags[?0].orValue('x')", json!("b")),
        ("config.tags[?2].orValue('x')", json!("x")),
        ("config.?absent.hasValue()", json!(false)),
        ("config.?name.hasValue()", json!(true)),
        ("config.?name.value()", json!("shop")),
        ("config.?absent.or(config.?name).value()", json!("shop")),
        ("config.?name.or(optional.none()).value()", json!("shop")),
        ("optional.of(1).orValue(2)", json!(1)),
        ("optional.none().orValue(2)", json!(2)),
        ("optional.none() == optional.none()", json!(true)),
        ("config.?name == optional.of('shop')", json!(true)),
        ("has(config.?absent.deep)", json!(false)),
        ("has(config.?postgres.mode)", json!(true)),
        ("[?config.?name, ?config.?absent]", json!(["shop"])),
        ("{?'a': config.?name, ?'b': config.?absent, 'c': 1}", json!({"a": "shop", "c": 1})),
    ]);
    assert_eq!(value("config.?absent.value()"), Err("the optional value is absent".to_owned()));
    assert_eq!(value("[config.?name][0]").unwrap_err().split(':').next(), Some("not compiled"));
}

#[test]
fn strings() {
    gives(&[
        ("size('aé😀')", json!(3)),
        ("'abc'.size()", json!(3)),
        ("'abc'.contains('bc') && !'abc'.contains('x')", json!(true)),
        ("'abc'.startsWith('ab') && 'abc'.endsWith('bc')", json!(true)),
        ("'abc'.matches('^a.c$')", json!(true)),
        ("'xabcx'.matches('abc')", json!(true)),
        ("matches('a1', r'\\d')", json!(true)),
        ("'٣'.matches(r'\\d')", json!(false)),
        ("'ÀbC'.lowerAscii()", json!("Àbc")),
        ("'àbC'.upperAscii()", json!("àBC")),
        ("' a\\n'.trim()", json!("a")),
        ("'aaa'.replace('a', 'b')", json!("bbb")),
        ("'aaa'.replace('a', 'b', 2)", json!("bba")),
        ("'aaa'.replace('a', 'b', 0)", json!("aaa")),
        ("'aaa'.replace('a', 'b', -1)", json!("bbb")),
        ("'ab'.replace('', '-')", json!("-a-b-")),
        ("'a,b,,c'.split(',')", json!(["a", "b", "", "c"])),
        ("'a,b,c'.split(',', 2)", json!(["a", "b,c"])),
        ("'a,b,c'.split(',', 1)", json!(["a,b,c"])),
        ("'a,b,c'.split(',', 0)", json!([])),
        ("'a,b,c'.split(',', -1)", json!(["a", "b", "c"])),
        ("'aé'.split('')", json!(["a", "é"])),
        ("'abc'.split('', 2)", json!(["a", "bc"])),
        ("''.split(',')", json!([""])),
        ("['a', 'b'].join()", json!("ab")),
        ("['a', 'b'].join('-')", json!("a-b")),
        ("[].join('-')", json!("")),
        ("'héllo'.substring(1)", json!("éllo")),
        ("'héllo'.substring(1, 3)", json!("él")),
        ("'abc'.substring(3)", json!("")),
        ("'aé'.charAt(1)", json!("é")),
        ("'aé'.charAt(2)", json!("")),
        ("'héllo'.indexOf('l')", json!(2)),
        ("'héllo'.lastIndexOf('l')", json!(3)),
        ("'abc'.indexOf('x')", json!(-1)),
    ]);
    let outside = Err("the range lies outside of a text of 3 characters".to_owned());
    assert_eq!(value("'abc'.substring(4)"), outside);
    assert_eq!(value("'abc'.substring(-1)"), outside);
    assert_eq!(value("'abc'.substring(2, 1)"), outside);
    assert_eq!(value("'abc'.substring(0, 4)"), outside);
    assert_eq!(value("'abc'.charAt(4)"), Err("there is no character 4".to_owned()));
    assert!(value("'a'.matches(config.name + '(')").unwrap_err().contains("is not a regular expression"));
}

#[test]
fn conversions() {
    gives(&[
        ("int('-5')", json!(-5)),
        ("int(2.9)", json!(2)),
        ("int(-2.9)", json!(-2)),
        ("int(7)", json!(7)),
        ("uint('5')", json!(5)),
        ("double('1e3')", json!(1000)),
        ("double(3) / 2.0", json!(1.5)),
        ("string(true)", json!("true")),
        ("string(12)", json!("12")),
        ("string(1.0)", json!("1")),
        ("string(0.00001)", json!("0.00001")),
        ("string('a')", json!("a")),
        ("bool('true') && bool('1') && !bool('False')", json!(true)),
        ("bool(false)", json!(false)),
    ]);
    for (text, message) in [
        ("int('x')", "'x' is not a signed 64-bit integer"),
        ("int(1e19)", "10000000000000000000 is not a signed 64-bit integer"),
        ("int(double('NaN'))", "NaN is not a signed 64-bit integer"),
        ("uint(-1)", "-1 is negative"),
        ("double('x')", "'x' is not a number"),
        ("bool('yes')", "'yes' is neither true nor false"),
        ("1.0 / 0.0", "inf cannot be written in YAML or JSON"),
    ] {
        assert_eq!(value(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn lists() {
    gives(&[
        ("size([1, 2])", json!(2)),
        ("{'a': 1}.size()", json!(1)),
        ("config.ports.max()", json!(443)),
        ("[3, 1.5, 2].min()", json!(1.5)),
        ("['b', 'a'].min()", json!("a")),
        ("config.ports.sum()", json!(523)),
        ("[1, 0.5].sum()", json!(1.5)),
        ("[].sum()", json!(0)),
        ("[1, 2, 2].isSorted()", json!(true)),
        ("config.tags.isSorted()", json!(false)),
        ("[].isSorted()", json!(true)),
        ("config.tags.sort()", json!(["a", "b"])),
        ("[2, 1.5, 1].sort()", json!([1, 1.5, 2])),
        ("[1, 2, 1.0, 2].distinct()", json!([1, 2])),
        ("[1, 2].reverse()", json!([2, 1])),
        ("['a', 'b', 'a'].indexOf('a')", json!(0)),
        ("['a', 'b', 'a'].lastIndexOf('a')", json!(2)),
        ("['a'].indexOf('x')", json!(-1)),
        ("[1, 2, 3].filter(x, x > 1)", json!([2, 3])),
        ("[1, 2, 3].map(x, x * 2)", json!([2, 4, 6])),
        ("[1, 2, 3].map(x, x > 1, x * 2)", json!([4, 6])),
        ("[1, 2, 3].all(x, x > 0) && [].all(x, false)", json!(true)),
        ("[1, 2, 3].exists(x, x == 2) && ![].exists(x, true)", json!(true)),
        ("[1, 2, 3].exists_one(x, x > 2)", json!(true)),
        ("[1, 2, 3].existsOne(x, x > 1)", json!(false)),
        ("config.labels.map(k, k + '=' + config.labels[k])", json!(["a-b=y", "team=x"])),
        ("{'b': 1, 'a': 2}.filter(k, true)", json!(["a", "b"])),
        ("[1, 2].map(x, [x].map(x, x + 1))", json!([[2], [3]])),
        ("[1, 2].map(x, [10].map(y, x + y))", json!([[11], [12]])),
        ("[1].map(region, .region + string(region))", json!(["fsn11"])),
        ("config.users.filter(u, has(u.age)).map(u, u.name)", json!(["ann"])),
        ("config.users.map(u, u.?age.orValue(0))", json!([30, 0])),
    ]);
    for (text, message) in [
        ("[].min()", "`min` of an empty list"),
        ("[].max()", "`max` of an empty list"),
        ("[1, 'a'].sort()", "`sort` does not take an int and a string"),
        ("[9223372036854775807, 1].sum()", "the sum does not fit into a signed 64-bit integer"),
        ("[1, 2].map(x, x / 0)", "division by zero"),
        ("config.name.map(x, x)", "expected a list or a map, found a string"),
        ("config.name + 1", "`+` does not take a string and an int"),
        ("!config.name", "`!` does not take a string"),
        ("-config.name", "`-` does not take a string"),
        ("config.name ? 1 : 2", "expected a bool, found a string"),
        ("1 < double('NaN')", "`<` does not take an int and NaN"),
        ("[1.0, double('NaN')].sort()", "`sort` does not take a double and NaN"),
        ("[double('NaN')].max()", "`max` does not take NaN and NaN"),
        ("config.name < 1", "`<` does not take a string and an int"),
        ("1 in config.name", "`in` does not take an int and a string"),
        ("{config.name: 1, 'shop': 2}", "the key 'shop' is written twice"),
        ("{config.replicas: 1}", "a key is a string, not an int"),
    ] {
        assert_eq!(value(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn integers_do_not_wrap() {
    for text in [
        "9223372036854775807 + 1",
        "-9223372036854775808 - 1",
        "9223372036854775807 * 2",
        "-9223372036854775808 / -1",
        "-9223372036854775808 % -1",
        "-(-9223372036854775808)",
    ] {
        assert!(value(text).unwrap_err().ends_with("does not fit into a signed 64-bit integer"), "{text}");
    }
    assert_eq!(value("1 / 0"), Err("division by zero".to_owned()));
    assert_eq!(value("1 % 0"), Err("remainder of a division by zero".to_owned()));
}

/// YAML does not tell 2 from 2.0; the schema does.
#[test]
fn numbers_follow_the_schema() {
    let schema = json!({"properties": {
        "ratio": {"type": "number", "default": 1}, "whole": {"type": "integer", "default": 1},
        "ratios": {"type": "array", "items": {"type": "number"}, "default": []},
    }});
    let scope = Scope::default().with("config", Type::from_schema(&schema));
    let config = json!({"ratio": 3, "whole": 4.0, "ratios": [1, 2.5]});
    let variables = [("config".to_owned(), config)].into();
    for (text, expected) in [
        ("config.ratio * 1.5", json!(4.5)),
        ("config.ratio / 2.0", json!(1.5)),
        ("config.whole + 1", json!(5)),
        ("config.whole / 3", json!(1)),
        ("config.ratios.map(x, x * 2.0)", json!([2, 5])),
        ("config.?ratio.orValue(1.0) * 0.5", json!(1.5)),
        ("[config.ratio, 0.5].sum() + 0.25", json!(3.75)),
    ] {
        assert_eq!(
            compile(text, &scope, None).unwrap().evaluate(&variables).as_ref(),
            Ok(&expected),
            "{text}"
        );
    }
}

#[test]
fn problems_of_evaluation_say_where() {
    let text = "config.name == 'x' || config.postgres.size > 1";
    let problem = compile(text, &scope(), None).unwrap().evaluate(&variables()).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Evaluation);
    assert_eq!(&text[problem.span.range()], "size");
    assert_eq!(problem.message, "`config.postgres.size` is not set");
    assert_eq!(
        problem.help.as_deref(),
        Some(
            "where it may be absent, write `has(config.postgres.size) ? … : …` or `config.postgres.?size.orValue(…)`"
        )
    );

    let expression = compile("config.name", &scope(), Some(&Type::Bool)).unwrap();
    let problem = expression.evaluate(&variables()).unwrap_err();
    assert_eq!(problem.message, "this place wants bool, but the value is a string");

    let missing = compile("region", &scope(), None).unwrap().evaluate(&BTreeMap::new()).unwrap_err();
    assert_eq!(missing.message, "`region` is not set");
}

#[test]
fn references_are_paths() {
    let references = |text: &str| {
        let paths = compile(text, &scope(), None).unwrap().references();
        paths.iter().map(|path| path.join("/")).collect::<Vec<_>>()
    };
    assert_eq!(references(".config.postgres.mode == 'embedded'"), ["config/postgres/mode"]);
    assert_eq!(references("config.b + config.a + config.b"), ["config/a", "config/b"]);
    assert_eq!(references("config['a-b'].c[0].d"), ["config/a-b/c"]);
    assert_eq!(
        references("has(config.a) ? config.?b.c.orValue(1) : region"),
        ["config/a", "config/b/c", "region"]
    );
    assert_eq!(references("config.list.map(x, x.a + config.c)"), ["config/c", "config/list"]);
    assert_eq!(references("[1].map(config, config + .config.a)"), ["config/a"]);
    assert_eq!(references("config.labels[region]"), ["config/labels", "region"]);
    assert_eq!(references("config.name.size()"), ["config/name"]);
    assert_eq!(references("optional.of(config).value()"), ["config"]);
    assert_eq!(references("1 + 2"), Vec::<String>::new());
}

/// Compiled once, evaluated by many threads.
#[test]
fn compiled_forms_are_shared() {
    fn shared<T: Send + Sync + Clone + Eq + std::fmt::Debug>() {}
    shared::<catalyst_expr::Expression>();
    shared::<catalyst_expr::Template>();
    shared::<Scope>();
    shared::<catalyst_expr::Problem>();
}

#[test]
fn canonical_text() {
    let text = |text: &str| compile(text, &scope(), None).unwrap().to_string();
    assert_eq!(text("((config.on))&&( 1+2 )*3==9"), "config.on && (1 + 2) * 3 == 9");
    assert_eq!(text("\"it's\"  + '\\n'"), "'it\\'s' + '\\n'");
    assert_eq!(text("config.labels.`a-b`"), "config.labels.`a-b`");
    assert_eq!(text("-(1)"), "-(1)");
    assert_eq!(text("(true?1:2)==1?3:4"), "(true ? 1 : 2) == 1 ? 3 : 4");
}
