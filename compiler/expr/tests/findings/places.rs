//! The types of expressions, and what a place wants them to be.

use catalyst_expr::{Field, Type, compile, condition};

use super::{scope, show};

#[test]
fn types_of_expressions() {
    let ty = |text: &str| compile(text, &scope(), None).unwrap().ty().to_string();
    for (text, expected) in [
        ("config.name", "string"),
        ("config.postgres", "object"),
        ("config.postgres.mode", "one of 'embedded', 'external'"),
        ("config.postgres.mode + 'x'", "string"),
        ("config.tags", "list(string)"),
        ("config.tags + ['x']", "list(string)"),
        ("config.tags.map(x, size(x))", "list(int)"),
        ("config.tags.filter(x, x != '')", "list(string)"),
        ("config.labels.map(k, config.labels[k])", "list(string)"),
        ("config.?postgres.size.orValue('1Gi')", "string"),
        ("config.?replicas.orValue('x')", "int or string"),
        ("config.replicas + 1", "int"),
        ("config.replicas > 1", "bool"),
        ("config.ratio * 2.0", "double"),
        ("config.port", "int or string"),
        ("config.port + 1", "int"),
        ("config.free + 1", "int"),
        ("config.free", "dyn"),
        ("config.ha ? 1 : 'a'", "int or string"),
        ("config.ha ? 'a' : config.postgres.mode", "string"),
        ("config.ha ? config.name : null", "null or string"),
        ("[1, 2.0]", "list(int or double)"),
        ("[1, 2.0].max()", "int or double"),
        ("[]", "list(dyn)"),
        ("{'a': 1}", "object"),
        ("{'a': 1}.a", "int"),
        ("{config.name: 1}", "map(string, int)"),
    ] {
        assert_eq!(ty(text), expected, "{text}");
    }
}

#[test]
fn what_a_place_wants() {
    let rows = |wanted: Type, rows: &[(&str, &[&str])]| {
        for (text, expected) in rows {
            assert_eq!(show(text, compile(text, &scope(), Some(&wanted)).err()), *expected, "{text}");
        }
    };
    rows(
        Type::Int,
        &[
            ("config.replicas", &[]),
            ("config.port", &[]),
            ("config.free", &[]),
            (
                "config.name",
                &["type <config.name> this place wants int, but this is string | write `int(config.name)`"],
            ),
            ("config.ha ? 1 : 'many'", &["type <'many'> this place wants int, but this is string"]),
            (
                "config.?replicas",
                &[
                    "type <config.?replicas> this place wants int, but this is optional(int) | say what to take when it is absent: `config.?replicas.orValue(…)`",
                ],
            ),
        ],
    );
    rows(Type::Double, &[("config.replicas", &[]), ("1", &[])]);
    rows(
        Type::Enum(vec!["small".to_owned(), "large".to_owned()]),
        &[
            ("'small'", &[]),
            ("config.name", &[]),
            ("'smal'", &["type <'smal'> this place is never 'smal' | did you mean 'small'?"]),
            (
                "config.ha ? 'large' : 'huge'",
                &["type <'huge'> this place is never 'huge' | it is one of 'small', 'large'"],
            ),
            (
                "config.postgres.mode",
                &[
                    "type <config.postgres.mode> this place wants one of 'small', 'large', but this is one of 'embedded', 'external'",
                ],
            ),
        ],
    );
    rows(
        Type::list(Type::String),
        &[
            ("config.tags", &[]),
            ("['a', string(1)]", &[]),
            ("[]", &[]),
            ("['a', 1]", &["type <1> this place wants string, but this is int | write `'1'`"]),
            ("config.name", &["type <config.name> this place wants list(string), but this is string"]),
        ],
    );
    let object =
        Type::object([("host", Field::required(Type::String)), ("port", Field::optional(Type::Int))]);
    rows(
        object,
        &[
            ("{'host': config.name}", &[]),
            ("{'host': config.name, 'port': 1}", &[]),
            (
                "{'host': 5, 'port': '1'}",
                &[
                    "type <5> this key wants string, but this is int | write `'5'`",
                    "type <'1'> this key wants int, but this is string | write `1`",
                ],
            ),
            ("{'host': config.name, 'port': 'x'}", &["type <'x'> this key wants int, but this is string"]),
            ("{'port': 1}", &["type <{'port': 1}> the key 'host' is missing"]),
            (
                "{'host': 'a', 'prot': 1}",
                &["undefined <'prot'> there is no key 'prot' here | did you mean `port`?"],
            ),
        ],
    );
}

#[test]
fn conditions_are_bools() {
    let finds = |text: &str| show(text, condition(text, &scope()).err());
    for text in [
        "config.ha",
        "{{ config.ha }}",
        "  {{config.ha}}\n",
        "{{ .config.postgres.mode == 'embedded' }}",
        ".config.postgres.mode == 'embedded'",
        "{{ {'a': {'b': true}}.a.b }}",
        "{'a': {'b': true}}.a.b",
        "config.free",
    ] {
        assert_eq!(finds(text), [""; 0], "{text}");
    }
    assert_eq!(
        finds("{{ config.replicas }}"),
        ["type <config.replicas> this place wants bool, but this is int | write `config.replicas > 0`"]
    );
    assert_eq!(
        finds("{{ config.ha }} && {{ config.ha }}"),
        [
            "syntax < && {{ config.ha }}> a condition is one expression | write `&&` and `||` inside the braces, or leave the braces out"
        ]
    );
    assert_eq!(finds("é {{ config.ha"), ["syntax <é> unexpected character `é`"]);
    assert_eq!(finds("{{ config.ha"), ["syntax <{{> the expression has no closing `}}`"]);
    assert_eq!(finds("{{ }}"), ["syntax <}}> the expression is empty"]);
    assert_eq!(finds(" "), ["syntax <> the expression is empty"]);
}
