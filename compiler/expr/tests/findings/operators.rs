//! Operators and functions that do not take what they are given.

use super::finds;

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
        (
            "config.replicas + 1 && true",
            &[
                "type <config.replicas + 1> a condition wants bool, but this is int | write `(config.replicas + 1) > 0`",
            ],
        ),
        (
            "(config.name + 'a very long text' + 'and another very long text').first",
            &[
                "type <first> `config.name + 'a very long text' + 'and another very long te…` is a string, which has no fields",
            ],
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
            &["type <'none'> `config.postgres.mode` is never 'none' | it is one of 'embedded', 'external'"],
        ),
        (
            "config.postgres.mode in ['embedded', 'other']",
            &["type <'other'> `config.postgres.mode` is never 'other' | it is one of 'embedded', 'external'"],
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
