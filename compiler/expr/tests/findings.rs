//! What the compiler finds before anything is evaluated: the exact text it underlines, what it says, and what it advises.

use catalyst_expr::{Field, Problem, ProblemKind, Scope, Type, compile, condition};
use serde_json::json;

fn scope() -> Scope {
    let config = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "replicas": {"type": "integer", "default": 1},
            "ratio": {"type": "number", "default": 0.5},
            "ha": {"type": "boolean", "default": false},
            "tags": {"type": "array", "items": {"type": "string"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "postgres": {"type": "object", "properties": {
                "mode": {"type": "string", "enum": ["embedded", "external"], "default": "embedded"},
                "size": {"type": "string"},
            }},
            "cert-manager": {"type": "object", "properties": {"issuer": {"type": "string"}}},
            "port": {"x-kubernetes-int-or-string": true},
            "free": {},
        },
    });
    Scope::default()
        .with("config", Type::from_schema(&config))
        .with("region", Type::String)
        .with("application", Type::object([("name", Field::required(Type::String))]))
}

/// One line for each finding: kind, underlined text, message and help.
fn findings(text: &str) -> Vec<String> {
    show(text, compile(text, &scope(), None).err())
}

fn show(text: &str, problems: Option<Vec<Problem>>) -> Vec<String> {
    let one = |problem: Problem| {
        let kind = match problem.kind {
            ProblemKind::Syntax => "syntax",
            ProblemKind::Type => "type",
            ProblemKind::UndefinedVariable => "undefined",
            ProblemKind::Cost => "cost",
            ProblemKind::Evaluation => "evaluation",
        };
        let help = problem.help.map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{kind} <{}> {}{help}", &text[problem.span.range()], problem.message)
    };
    problems.unwrap_or_default().into_iter().map(one).collect()
}

#[track_caller]
fn finds(rows: &[(&str, &[&str])]) {
    for (text, expected) in rows {
        assert_eq!(findings(text), *expected, "{text}");
    }
}

#[test]
fn names_that_nobody_knows() {
    finds(&[
        ("cofnig.name", &["undefined <cofnig> there is no variable `cofnig` | did you mean `config`?"]),
        (
            "1 + nothing",
            &[
                "undefined <nothing> there is no variable `nothing` | there is: `application`, `config`, `region`",
            ],
        ),
        (
            "config.replcas > 1",
            &["undefined <replcas> `config` has no field `replcas` | did you mean `replicas`?"],
        ),
        (
            ".config.postgres.mod == 'x'",
            &["undefined <mod> `.config.postgres` has no field `mod` | did you mean `mode`?"],
        ),
        ("config['nmae']", &["undefined <'nmae'> `config` has no field `nmae` | did you mean `name`?"]),
        (
            "has(config.postgres.zone)",
            &["undefined <zone> `config.postgres` has no field `zone` | there is: `mode`, `size`"],
        ),
        (
            "config.?postgres.mod.orValue('x')",
            &["undefined <mod> `config.?postgres` has no field `mod` | did you mean `mode`?"],
        ),
        (
            "config.cert-manager.issuer",
            &[
                "undefined <cert> `config` has no field `cert` | a name with a dash is written `config['cert-manager']`",
                "undefined <manager> there is no variable `manager` | there is: `application`, `config`, `region`",
            ],
        ),
        ("{'a': 1}.b", &["undefined <b> `{'a': 1}` has no field `b` | there is: `a`"]),
        (
            ".Values.x",
            &[
                "undefined <.Values> there is no variable `Values` | this is a Helm template; text that the chart is to see is written `{{ \"{{ … }}\" }}`",
            ],
        ),
        ("size", &["undefined <size> there is no variable `size` | `size` is a function: `size(…)`"]),
        (
            "[1].map(x, y)",
            &["undefined <y> there is no variable `y` | there is: `x`, `application`, `config`, `region`"],
        ),
        (
            "[1].map(x, x) == x",
            &["undefined <x> there is no variable `x` | there is: `application`, `config`, `region`"],
        ),
        (
            "[1].map(x, .x)",
            &["undefined <.x> there is no variable `x` | there is: `x`, `application`, `config`, `region`"],
        ),
        // Two mistakes, two findings; nothing follows from the first.
        (
            "cofnig.a + regoin",
            &[
                "undefined <cofnig> there is no variable `cofnig` | did you mean `config`?",
                "undefined <regoin> there is no variable `regoin` | did you mean `region`?",
            ],
        ),
        ("config.free.anything.goes && config.labels.anything == ''", &[]),
    ]);
}

#[test]
fn operators_take_what_they_take() {
    finds(&[
        (
            "1 + 'a'",
            &[
                "type <1 + 'a'> `+` does not take an int and a string | make text of the other side: `string(x)`",
            ],
        ),
        (
            "config.name + '-' + config.replicas",
            &[
                "type <config.name + '-' + config.replicas> `+` does not take a string and an int | make text of the other side: `string(x)`",
            ],
        ),
        (
            "config.replicas * 1.5",
            &[
                "type <config.replicas * 1.5> `*` does not take an int and a double | convert one side: `double(x)` or `int(x)`",
            ],
        ),
        ("1.5 % 2.0", &["type <1.5 % 2.0> `%` does not take a double and a double"]),
        ("true - 1", &["type <true - 1> `-` does not take a bool and an int"]),
        ("[1] + 1", &["type <[1] + 1> `+` does not take a list and an int"]),
        ("config < 1", &["type <config < 1> `<` does not take an object and an int"]),
        ("-config.name", &["type <config.name> `-` wants a number, but this is string"]),
        (
            "!config.replicas",
            &["type <config.replicas> `!` wants bool, but this is int | write `config.replicas > 0`"],
        ),
        (
            "config.ha && config.tags",
            &[
                "type <config.tags> a condition wants bool, but this is list(string) | write `config.tags.size() > 0`",
            ],
        ),
        (
            "config.name || true",
            &["type <config.name> a condition wants bool, but this is string | write `bool(config.name)`"],
        ),
        (
            "(config.name) ? 1 : 2",
            &["type <(config.name)> a condition wants bool, but this is string | write `bool(config.name)`"],
        ),
        ("'x' in config.name", &["type <'x' in config.name> `in` does not take a string and a string"]),
        ("1 in config.tags", &["type <1 in config.tags> `in` does not take an int and a list"]),
        ("1 in config.labels", &["type <1 in config.labels> `in` does not take an int and a map"]),
        ("config.tags['a']", &["type <'a'> `config.tags` is a list, which has no index of type string"]),
        ("config.labels[0]", &["type <0> `config.labels` is a map, which has no index of type int"]),
        ("config.name[0]", &["type <0> `config.name` is a string, which has no index of type int"]),
        ("config.name.first", &["type <first> `config.name` is a string, which has no fields"]),
        (
            "config.replicas.all(x, true)",
            &["type <config.replicas> a macro visits a list or a map, but `config.replicas` is an int"],
        ),
        (
            "config.tags.filter(x, x)",
            &["type <x> a condition wants bool, but this is string | write `bool(x)`"],
        ),
        (
            "config.tags.map(x, x + 1)",
            &[
                "type <x + 1> `+` does not take a string and an int | make text of the other side: `string(x)`",
            ],
        ),
        ("{1: 2}", &["type <1> a key wants string, but this is int | write `'1'`"]),
        ("{'a': 1, 'a': 2}", &["type <'a'> the key 'a' is written twice"]),
        (
            "[?1]",
            &[
                "type <1> `?` wants an optional value, but this is int | an optional value comes from `config.?field`",
            ],
        ),
        (
            "config.?name",
            &["type <config.?name> `config.?name` may be absent | say what to take instead: `.orValue(x)`"],
        ),
        (
            "[config.?name]",
            &[
                "type <[config.?name]> `[config.?name]` may be absent | say what to take instead: `.orValue(x)`",
            ],
        ),
        // What may be right is left to evaluation.
        ("config.port + 1", &[]),
        ("config.port + 'x'", &[]),
        ("config.free == config.free + 'x'", &[]),
        ("[1, 'a'][0] + 1", &[]),
        ("(config.ha ? 1 : 'a') == 'a'", &[]),
    ]);
}

#[test]
fn comparisons_that_cannot_be_meant() {
    finds(&[
        (
            "config.postgres.mode == 'embeded'",
            &["type <'embeded'> `config.postgres.mode` is never 'embeded' | did you mean 'embedded'?"],
        ),
        (
            "'none' != config.postgres.mode",
            &["type <'none'> `config.postgres.mode` is never 'none' | it is one of: 'embedded', 'external'"],
        ),
        (
            "config.postgres.mode in ['embedded', 'other']",
            &[
                "type <'other'> `config.postgres.mode` is never 'other' | it is one of: 'embedded', 'external'",
            ],
        ),
        ("config.replicas == '3'", &["type <config.replicas == '3'> this is never true: int is not string"]),
        ("config.name != 1", &["type <config.name != 1> this is always true: string is not int"]),
        (
            "config.name == null",
            &[
                "type <config.name == null> this is never true: string is not null | whether it is set is written `has(config.name)`",
            ],
        ),
        (
            "config.tags == [1]",
            &["type <config.tags == [1]> this is never true: list(string) is not list(int)"],
        ),
        ("config.replicas == 1.0", &[]),
        ("config.tags == []", &[]),
        ("config.labels == {'a': 'b'}", &[]),
        ("config.port == '80' || config.port == 80", &[]),
        (
            "config.port == true",
            &["type <config.port == true> this is never true: int or string is not bool"],
        ),
    ]);
}

#[test]
fn functions_take_what_they_take() {
    finds(&[
        ("lowercase('a')", &["undefined <lowercase> unknown function `lowercase`"]),
        (
            "'a'.lowerAscci()",
            &["undefined <lowerAscci> unknown function `lowerAscci` | did you mean `lowerAscii`?"],
        ),
        ("[1].exist(x, x > 1)", &["undefined <exist> unknown function `exist` | did you mean `exists`?"]),
        (
            "lowerAscii('a')",
            &["type <lowerAscii> `lowerAscii` is not called this way | it is called as `x.lowerAscii(…)`"],
        ),
        (
            "config.replicas.string()",
            &["type <string> `string` is not called this way | it is called as `string(x)`"],
        ),
        (
            "quantity('1Gi')",
            &[
                "undefined <quantity> unknown function `quantity` | this extension of Kubernetes is not part of Blueprint expressions",
            ],
        ),
        (
            "timestamp('x')",
            &[
                "undefined <timestamp> unknown function `timestamp` | the result of a build never depends on the time",
            ],
        ),
        ("max(1, 2)", &["type <max> `max` is not called this way | it is called as `x.max(…)`"]),
        (
            "size(config.replicas)",
            &["type <config.replicas> `size` takes a string or a list or a map, but this is int"],
        ),
        ("config.name.contains(1)", &["type <1> `contains` takes a string, but this is int"]),
        (
            "config.replicas.contains('a')",
            &["type <config.replicas> `contains` takes a string, but this is int"],
        ),
        ("config.name.contains()", &["type <config.name.contains()> `contains` takes 1 argument, not 0"]),
        (
            "'a'.substring(1, 2, 3)",
            &["type <'a'.substring(1, 2, 3)> `substring` takes 1 or 2 arguments, not 3"],
        ),
        ("'a'.indexOf(1)", &["type <'a'.indexOf(1)> `indexOf` does not take a string and an int"]),
        ("[1].join(',')", &["type <[1]> `join` takes a list of strings, but this is list(int)"]),
        (
            "config.tags.sum()",
            &["type <config.tags> `sum` takes a list of numbers, but this is list(string)"],
        ),
        (
            "[[1]].max()",
            &["type <[[1]]> `max` takes a list of numbers, strings or bools, but this is list(list(int))"],
        ),
        (
            "config.name.orValue('a')",
            &["type <config.name> `orValue` takes an optional value, but this is string"],
        ),
        (
            "config.name.matches('(')",
            &["type <'('> this is not a regular expression: found open group without closing ')'"],
        ),
        ("bool(1)", &["type <1> `bool` takes a bool or a string, but this is int"]),
    ]);
}

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
        ("config.tags.split", "?"),
    ] {
        if expected != "?" {
            assert_eq!(ty(text), expected, "{text}");
        }
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
                &["type <'huge'> this place is never 'huge' | it is one of: 'small', 'large'"],
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
fn text_that_is_no_expression() {
    finds(&[
        ("", &["syntax <> the expression is empty"]),
        ("  ", &["syntax <> the expression is empty"]),
        ("1 +", &["syntax <> expected an expression, found the end of the expression"]),
        ("(1", &["syntax <> expected `)`, found the end of the expression"]),
        ("1 2", &["syntax <2> expected an operator or the end of the expression, found a number"]),
        ("config name", &["syntax <name> expected an operator or the end of the expression, found `name`"]),
        (
            "config.ha and true",
            &[
                "syntax <and> expected an operator or the end of the expression, found `and` | `and` is written `&&`",
            ],
        ),
        (
            "config.ha or true",
            &[
                "syntax <or> expected an operator or the end of the expression, found `or` | `or` is written `||`",
            ],
        ),
        ("a = 1", &["syntax <=> unexpected character `=` | equality is written `==`"]),
        ("a & b", &["syntax <&> unexpected character `&` | `and` is written `&&`"]),
        (
            ".config.x | quote",
            &[
                "syntax <|> unexpected character `|` | expressions have no pipes; call a function instead, as in `config.name.lowerAscii()`",
            ],
        ),
        ("$x", &["syntax <$> unexpected character `$` | a variable is named without `$`"]),
        ("é", &["syntax <é> unexpected character `é`"]),
        (
            "'abc",
            &[
                "syntax <'abc> the string is not closed | a string over several lines is written in three quotes",
            ],
        ),
        (
            "'a\nb'",
            &[
                "syntax <'a> the string is not closed | a string over several lines is written in three quotes",
            ],
        ),
        ("'''abc", &["syntax <'''abc> the string is not closed"]),
        (
            "'a\\qb'",
            &[
                "syntax <\\q> this escape sequence does not exist | a backslash is written `\\\\`, or the whole string raw: `r'\\d+'`",
            ],
        ),
        (
            "'\\xZZ'",
            &[
                "syntax <\\x> this escape sequence does not exist | a backslash is written `\\\\`, or the whole string raw: `r'\\d+'`",
            ],
        ),
        (
            "'\\ud800'",
            &[
                "syntax <\\ud800> this escape sequence does not exist | a backslash is written `\\\\`, or the whole string raw: `r'\\d+'`",
            ],
        ),
        ("b'abc'", &["syntax <b'> bytes are not supported | write a string, without the `b`"]),
        ("1abc", &["syntax <1abc> this is neither a number nor a name"]),
        ("1.5x", &["syntax <1.5x> this is neither a number nor a name"]),
        ("0x", &["syntax <0x> this is neither a number nor a name"]),
        (
            "9223372036854775808",
            &["syntax <9223372036854775808> the number does not fit into a signed 64-bit integer"],
        ),
        (
            "-9223372036854775809",
            &["syntax <-9223372036854775809> the number does not fit into a signed 64-bit integer"],
        ),
        ("99999999999999999999", &["syntax <99999999999999999999> the number does not fit into 64 bits"]),
        ("1e999", &["syntax <1e999> the number is too large"]),
        ("a ? b", &["syntax <> expected `:`, found the end of the expression"]),
        ("[1, 2", &["syntax <> expected `]`, found the end of the expression"]),
        ("{'a' 1}", &["syntax <1> expected `:`, found a number"]),
        ("config.", &["syntax <> expected a field name, found the end of the expression"]),
        (
            "config.in",
            &["syntax <in> expected a field name, found `in` | this key is written as an index: `['in']`"],
        ),
        (
            "config.true",
            &[
                "syntax <true> expected a field name, found `true` | this key is written as an index: `['true']`",
            ],
        ),
        (
            "config.`a",
            &[
                "syntax <`a> a name in backticks is not closed, or holds an illegal character | any key can be written as an index: `config['key']`",
            ],
        ),
        (
            "`a-b`",
            &[
                "syntax <`a-b`> expected an expression, found `a-b` | a name in backticks stands after a dot: config.`a-b`",
            ],
        ),
        ("for", &["syntax <for> `for` is a reserved word and cannot name a variable"]),
        ("namespace.name", &["syntax <namespace> `namespace` is a reserved word and cannot name a variable"]),
        (
            "Type{a: 1}",
            &["syntax <Type> there are no messages: `Type{` begins none | a map is written `{'key': value}`"],
        ),
        (". config. ", &["syntax <> expected a field name, found the end of the expression"]),
        (".'a'", &["syntax <'a'> expected a name, found a string"]),
        (
            "has(config)",
            &[
                "syntax <has(config)> `has` takes one field, as in `has(config.name)` | whether a key is there is written `'key' in config`",
            ],
        ),
        (
            "has(config['name'])",
            &[
                "syntax <has(config['name'])> `has` takes one field, as in `has(config.name)` | whether a key is there is written `'key' in config`",
            ],
        ),
        (
            "has()",
            &[
                "syntax <has()> `has` takes one field, as in `has(config.name)` | whether a key is there is written `'key' in config`",
            ],
        ),
        (
            "[1].map(x)",
            &["syntax <map> `map` takes a variable and an expression | as in `list.map(x, x + 1)`"],
        ),
        (
            "[1].all(1, true)",
            &["syntax <1> the first argument of `all` names its variable | as in `list.all(x, x > 1)`"],
        ),
        (
            "[1].all(x, true, true)",
            &["syntax <all> `all` takes a variable and an expression | as in `list.all(x, x > 1)`"],
        ),
        ("a ? b ? 1 : 2 : 3", &["syntax <?> expected `:`, found `?`"]),
    ]);
}

/// The config of these tests may lack `tags`, `labels`, `postgres.size`, `cert-manager`, `port` and `free`.
#[test]
fn reads_that_may_fail() {
    let warned = |text: &str| {
        let expression = compile(text, &scope(), None).unwrap();
        expression.warnings().iter().map(|problem| text[problem.span.range()].to_owned()).collect::<Vec<_>>()
    };
    for (text, expected) in [
        ("config.name + config.postgres.mode", &[][..]),
        ("config.postgres.size", &["size"]),
        ("config['cert-manager'].issuer", &["'cert-manager'", "issuer"]),
        ("config.tags.size() + config.labels.size()", &["tags", "labels"]),
        ("config.labels.team + config.free.x", &["labels", "free"]),
        ("has(config.postgres.size)", &[]),
        ("has(config.`cert-manager`.issuer)", &["`cert-manager`"]),
        ("has(config.postgres.size) ? config.postgres.size : '1Gi'", &[]),
        ("has(config.postgres.size) ? '1Gi' : config.postgres.size", &["size"]),
        ("!has(config.postgres.size) ? '1Gi' : config.postgres.size", &[]),
        ("'size' in config.postgres ? config.postgres.size : '1Gi'", &[]),
        ("config.postgres.?size.hasValue() ? config.postgres.size : '1Gi'", &[]),
        ("config.postgres.?size.orValue('1Gi')", &[]),
        ("config.?labels.team.orValue('x')", &[]),
        ("has(config.tags) && config.tags.size() > 0", &[]),
        ("config.tags.size() > 0 && has(config.tags)", &[]),
        ("has(config.tags) && (config.ha || config.tags.size() > 0)", &[]),
        ("has(config.tags) || config.tags.size() > 0", &["tags"]),
        ("!has(config.tags) || config.tags.size() > 0", &[]),
        ("has(config.tags) && config.ha ? config.tags[0] : ''", &[]),
        ("has(config.tags) || config.ha ? config.tags[0] : ''", &["tags"]),
        ("has(config.`cert-manager`) && has(config.`cert-manager`.issuer)", &[]),
        ("has(config.`cert-manager`.issuer) && true", &["`cert-manager`"]),
        ("[1].map(x, config.tags[0])", &["tags"]),
        ("[1].map(x, has(config.tags), config.tags[0])", &[]),
        ("has(config.tags) ? [1].map(x, config.tags[0]) : []", &[]),
        ("[{'tags': 1}].map(config, config.tags)", &[]),
        ("[{'tags': 1}].map(config, .config.tags)", &["tags"]),
        ("config.tags + config.tags", &["tags", "tags"]),
    ] {
        assert_eq!(warned(text), expected, "{text}");
    }
    let expression = compile("config['cert-manager']", &scope(), None).unwrap();
    let [problem] = expression.warnings() else { panic!("one warning") };
    assert_eq!(problem.message, "`config['cert-manager']` may be absent");
    assert_eq!(
        problem.help.as_deref(),
        Some(
            "where it may be absent, write `'cert-manager' in config ? … : …` or `config[?'cert-manager'].orValue(…)`"
        )
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
