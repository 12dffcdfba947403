//! Text that is no expression.

use super::finds;

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
