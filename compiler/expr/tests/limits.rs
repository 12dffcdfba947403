//! Every limit, one below and one above.

use std::collections::BTreeMap;

use catalyst_expr::{Problem, ProblemKind, Scope, Type, compile, limits, template};
use serde_json::{Value, json};

fn scope() -> Scope {
    Scope::default().with("text", Type::String).with("list", Type::list(Type::Int)).with("any", Type::Dyn)
}

fn check(text: &str) -> Result<(), ProblemKind> {
    compile(text, &scope(), None).map(|_| ()).map_err(|problems| problems[0].kind)
}

fn value(text: &str, variables: &[(&str, Value)]) -> Result<Value, Problem> {
    let variables: BTreeMap<String, Value> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    compile(text, &scope(), None).expect("an expression").evaluate(&variables)
}

fn kind(result: Result<Value, Problem>) -> Option<ProblemKind> {
    result.err().map(|problem| problem.kind)
}

const COST: Result<(), ProblemKind> = Err(ProblemKind::Cost);

#[test]
fn length_of_an_expression() {
    let long = |length: usize| format!("'{}'", "x".repeat(length - 2));
    assert_eq!(check(&long(limits::TEXT)), Ok(()));
    assert_eq!(check(&long(limits::TEXT + 1)), COST);
    // In a template, each expression counts for itself, and the text around it does not count.
    let around = "y".repeat(2 * limits::TEXT);
    let count = |text: String| template(&text, &scope()).map(|_| ()).map_err(|problems| problems[0].kind);
    assert_eq!(
        count(format!("{around}{{{{{}}}}}{{{{{}}}}}", long(limits::TEXT), long(limits::TEXT))),
        Ok(())
    );
    assert_eq!(count(format!("{around}{{{{{}}}}}", long(limits::TEXT + 1))), COST);
}

#[test]
fn nesting() {
    let deep =
        |open: &str, close: &str, levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
    let signs = |levels: usize| format!("{}true", "!".repeat(levels));
    let sum = |terms: usize| vec!["1"; terms].join(" + ");
    let fields = |levels: usize| format!("any{}", ".x".repeat(levels));
    let conditional = |levels: usize| format!("{}1", "true ? 1 : ".repeat(levels));
    assert_eq!(check(&deep("(", ")", limits::NESTING)), Ok(()));
    assert_eq!(check(&deep("(", ")", limits::NESTING + 1)), COST);
    // The tree of the others is one higher than their levels: the leaf counts.
    assert_eq!(check(&deep("[", "]", limits::NESTING - 1)), Ok(()));
    assert_eq!(check(&deep("[", "]", limits::NESTING)), COST);
    assert_eq!(check(&signs(limits::NESTING - 1)), Ok(()));
    assert_eq!(check(&signs(limits::NESTING)), COST);
    assert_eq!(check(&sum(limits::NESTING)), Ok(()));
    assert_eq!(check(&sum(limits::NESTING + 1)), COST);
    assert_eq!(check(&fields(limits::NESTING - 1)), Ok(()));
    assert_eq!(check(&fields(limits::NESTING)), COST);
    assert_eq!(check(&conditional(limits::NESTING - 1)), Ok(()));
    assert_eq!(check(&conditional(limits::NESTING)), COST);
    // Chains of `||` and `&&` are one level.
    assert_eq!(check(&vec!["true"; 500].join("||")), Ok(()));
    assert_eq!(check(&vec!["true"; 500].join("&&")), Ok(()));
    // Far beyond the limit nothing overflows.
    for text in [
        deep("(", "", 4000),
        deep("[", "", 4000),
        signs(4000),
        conditional(300),
        fields(2000),
        "{1:".repeat(1300),
    ] {
        assert_eq!(check(&text), COST, "{text:.20}");
    }
}

/// The call, the two operands, and the bytes.
#[test]
fn cost_of_text() {
    let product = |bytes: usize| value("text + ''", &[("text", json!("x".repeat(bytes)))]);
    // Three nodes, and one for exporting the result.
    assert_eq!(kind(product(limits::COST - 4)), None);
    assert_eq!(kind(product(limits::COST - 3)), Some(ProblemKind::Cost));
}

#[test]
fn cost_of_rounds() {
    let all = |elements: usize| value("list.all(x, true)", &[("list", json!(vec![0; elements]))]);
    // Macro, list and export, then one for each element and one for each round.
    assert_eq!(kind(all((limits::COST - 4) / 2)), None);
    assert_eq!(kind(all((limits::COST - 4) / 2 + 1)), Some(ProblemKind::Cost));
}

/// A cost problem is never absorbed: otherwise `||` would go on spending.
#[test]
fn cost_is_not_absorbed() {
    let list = json!(vec![1; 1000]);
    let expensive = "list.exists(x, list.exists(y, list.exists(z, z == 2)))";
    for text in [
        expensive.to_owned(),
        format!("{expensive} || true"),
        format!("!({expensive}) && false"),
        format!("[1, 2].exists(i, {expensive})"),
        format!("[1, 2].all(i, {expensive})"),
    ] {
        let problem = value(&text, &[("list", list.clone())]).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Cost, "{text}");
        assert_eq!(problem.help.as_deref(), Some("compute less: shorter lists, fewer macros inside macros"));
    }
}

#[test]
fn size_of_a_result() {
    // What is passed through costs nothing but must still fit.
    let text = |bytes: usize| value("text", &[("text", json!("x".repeat(bytes)))]);
    assert_eq!(kind(text(limits::RESULT - 2)), None);
    assert_eq!(kind(text(limits::RESULT - 1)), Some(ProblemKind::Cost));
    let object = |bytes: usize| value("any", &[("any", json!({"a": ["x".repeat(bytes), 12]}))]);
    let around = r#"{"a":["",12]}"#.len();
    assert_eq!(kind(object(limits::RESULT - around)), None);
    assert_eq!(kind(object(limits::RESULT - around + 1)), Some(ProblemKind::Cost));
    let built = |bytes: usize| value("{'a': [text, 12]}", &[("text", json!("x".repeat(bytes)))]);
    assert_eq!(kind(built(limits::RESULT - around)), None);
    assert_eq!(kind(built(limits::RESULT - around + 1)), Some(ProblemKind::Cost));
}

#[test]
fn size_of_a_template() {
    let scalar = |bytes: usize| {
        let template =
            template(&format!("{}{{{{ text }}}}", "y".repeat(bytes - 3)), &scope()).unwrap().unwrap();
        template.evaluate(&[("text".to_owned(), json!("xxx"))].into()).err().map(|problem| problem.kind)
    };
    assert_eq!(scalar(limits::RESULT - 2), None);
    assert_eq!(scalar(limits::RESULT - 1), Some(ProblemKind::Cost));
}

/// Text that doubles, lists that double, and values that share their parts: all end at the limit, and quickly.
#[test]
fn explosions() {
    let double = |start: &str, body: &str, rounds: usize| {
        format!("{start}{}", format!(".map(x, {body})").repeat(rounds))
    };
    for text in [
        double("['xxxxxxxx']", "x + x + x + x", 20),
        double("[[1]]", "x + x + x + x", 20),
        double("[1]", "[x, x, x, x, x, x, x, x]", 40),
        double("[any]", "[x, x, x, x, x, x, x, x]", 10),
        double("[any]", "{'a': x, 'b': x, 'c': x}", 20),
        "list.map(x, list.map(y, list.map(z, 1)))".to_owned(),
        "list.map(x, any).distinct()".to_owned(),
        "list.all(x, any == any)".to_owned(),
        "list.all(x, !text.matches('(a|a)*b'))".to_owned(),
        "list.all(x, !text.contains('ab'))".to_owned(),
        "list.all(x, text.size() > 0 && text == text)".to_owned(),
        "text.replace('', text)".to_owned(),
        "list.map(x, text).join(text)".to_owned(),
        "list.map(x, text).sort() == list.map(x, text).sort()".to_owned(),
    ] {
        let any: BTreeMap<String, Value> =
            (0..1000).map(|i| (i.to_string(), json!("x".repeat(100)))).collect();
        let result = value(
            &text,
            &[("list", json!(vec![1; 1000])), ("text", json!("a".repeat(50_000))), ("any", json!(any))],
        );
        assert_eq!(kind(result), Some(ProblemKind::Cost), "{text}");
    }
}

#[test]
fn patterns_have_a_limit() {
    assert!(compile("text.matches('a{10}')", &scope(), None).is_ok());
    let problem = compile("text.matches('(((a{100}){100}){100})')", &scope(), None).unwrap_err().remove(0);
    assert_eq!(problem.kind, ProblemKind::Type);
    assert!(problem.message.starts_with("this is not a regular expression"), "{}", problem.message);
}

/// Values nested as deep as a reader would ever let through.
#[test]
fn deep_values() {
    let mut any = json!(1);
    for _ in 0..200 {
        any = json!([any]);
    }
    assert_eq!(value("any == any", &[("any", any.clone())]), Ok(json!(true)));
    for _ in 0..100 {
        any = json!([any]);
    }
    assert_eq!(kind(value("any == any", &[("any", any.clone())])), Some(ProblemKind::Cost));
    assert_eq!(value("any", &[("any", any.clone())]), Ok(any));
}
