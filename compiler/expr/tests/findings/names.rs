//! Names that nobody knows.

use super::finds;

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
