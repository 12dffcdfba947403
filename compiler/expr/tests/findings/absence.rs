//! Reads that may fail.

use catalyst_expr::compile;

use super::scope;

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
    let help =
        |text: &str| compile(text, &scope(), None).unwrap().warnings()[0].help.clone().unwrap_or_default();
    assert_eq!(
        help("config.`cert-manager`"),
        "where it may be absent, write `has(config.`cert-manager`) ? … : …` or `config.?`cert-manager`.orValue(…)`"
    );
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
