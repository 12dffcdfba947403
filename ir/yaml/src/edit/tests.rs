use serde_json::json;

use super::*;

fn edited(text: &str, path: &str, change: Change) -> String {
    apply(text, &[(0, KeyPath::parse(path).unwrap(), change)]).unwrap()
}

fn set(text: &str, path: &str, value: Value) -> String {
    edited(text, path, Change::SetValue(value))
}

fn insert(text: &str, path: &str, key: &str, value: Value) -> String {
    edited(text, path, Change::Insert { key: key.to_owned(), value })
}

fn remove(text: &str, path: &str) -> String {
    edited(text, path, Change::Remove)
}

#[test]
fn sets() {
    let text = "# top\na: 1 # one\nb:   'x'\nc: # see\n  # the first\n  d: 2 # two\n  e: [1, 2,3]\nl:\n- p\n- q # Q\n- r: 1\n  s: 2\nt: | # text\n  old\n\nn:\n";
    assert_eq!(set(text, "a", json!("yes")), text.replace("a: 1", "a: \"yes\""));
    assert_eq!(set(text, "b", json!(true)), text.replace("b:   'x'", "b: true"));
    assert_eq!(
        set(text, "c", json!(null)),
        text.replace(
            "c: # see\n  # the first\n  d: 2 # two\n  e: [1, 2,3]\n",
            "c: null # see\n  # the first\n"
        )
    );
    assert_eq!(set(text, "c.e[1]", json!({"x": "a,b"})), text.replace("[1, 2,3]", "[1, {x: \"a,b\"},3]"));
    assert_eq!(
        set(text, "l[1]", json!({"x": 1, "z": [2]})),
        text.replace("- q # Q\n", "- # Q\n  x: 1\n  z:\n    - 2\n")
    );
    assert_eq!(set(text, "l[0]", json!({"x": 1, "z": 2})), text.replace("- p\n", "- x: 1\n  z: 2\n"));
    assert_eq!(set(text, "l[2]", json!("z")), text.replace("- r: 1\n  s: 2\n", "- z\n"));
    assert_eq!(set(text, "t", json!("new\ntext\n")), text.replace("  old\n", "  new\n  text\n"));
    assert_eq!(set(text, "t", json!({"u": 1})), text.replace("t: | # text\n  old\n", "t: # text\n  u: 1\n"));
    assert_eq!(set(text, "n", json!(["v"])), text.replace("n:\n", "n:\n  - v\n"));
    assert_eq!(set(text, "n", json!("v\nw\n")), text.replace("n:\n", "n: |\n  v\n  w\n"));
    assert_eq!(set("a: {}", "a", json!({"b": 1})), "a:\n  b: 1");
    assert_eq!(set("a: {}", "", json!({"b": 1})), "b: 1\n");
    assert_eq!(set("{a: {b, c: , \"d\":}}", "a.b", json!(1)), "{a: {b: 1, c: , \"d\":}}");
}

#[test]
fn inserts() {
    assert_eq!(insert("a: 1\n# end\n", "", "b", json!([1])), "a: 1\nb:\n  - 1\n# end\n");
    assert_eq!(insert("a: 1", "", "b", json!(2)), "a: 1\nb: 2");
    assert_eq!(insert("a: {} # c\nz: 1\n", "a", "b", json!(2)), "a: # c\n  b: 2\nz: 1\n");
    assert_eq!(insert("a:\nz: 1\n", "a", "b", json!(2)), "a:\n  b: 2\nz: 1\n");
    assert_eq!(insert("a: {x: 1}\n", "a", "b", json!({"c": []})), "a: {x: 1, b: {c: []}}\n");
    assert_eq!(
        insert("x:\n- a: 1 # c\n  b:\n    c: 2\n    # deep\n- d\n", "x[0]", "k", json!("v")),
        "x:\n- a: 1 # c\n  b:\n    c: 2\n    # deep\n  k: v\n- d\n"
    );
    assert_eq!(insert("x:\n- a\n", "x", "", json!({"p": 1, "q": 2})), "x:\n- a\n- p: 1\n  q: 2\n");
    assert_eq!(
        insert("m:\n    x: 1\n", "m.labels", "app", json!("y")),
        "m:\n    x: 1\n    labels:\n      app: \"y\"\n"
    );
    assert_eq!(insert("m: |+\n  x\n\n", "", "k", json!(1)), "m: |+\n  x\n\nk: 1\n");
    assert_eq!(insert("m: | # c\n  x", "", "k", json!(1)), "m: |- # c\n  x\nk: 1\n");
    assert_eq!(insert("a: 1\r\nb: 2\r\n", "", "c", json!("x\ny")), "a: 1\r\nb: 2\r\nc: |-\r\n  x\r\n  y\r\n");
}

#[test]
fn removes() {
    let text = "# top\na: 1 # one\nb:\n  # sub\n  c: 2\nl:\n  - x: 1\n    y: 2\n  - - p\n    - q\n  - z # Z\nf: {a: 1, b: 2, c: 3}\n";
    assert_eq!(remove(text, "a"), text.replace("a: 1 # one\n", ""));
    assert_eq!(remove(text, "b.c"), text.replace("b:\n  # sub\n  c: 2\n", "b: {}\n  # sub\n"));
    assert_eq!(remove(text, "l[0].x"), text.replace("- x: 1\n    y", "- y"));
    assert_eq!(remove(text, "l[0].y"), text.replace("    y: 2\n", ""));
    assert_eq!(remove(text, "l[1][0]"), text.replace("- - p\n    - q", "- - q"));
    assert_eq!(remove(text, "l[1]"), text.replace("  - - p\n    - q\n", ""));
    assert_eq!(remove(text, "l[2]"), text.replace("  - z # Z\n", ""));
    assert_eq!(remove(text, "f.a"), text.replace("a: 1, b", "b"));
    assert_eq!(remove(text, "f.c"), text.replace("2, c: 3", "2"));
}

#[test]
fn several_at_once_by_the_paths_of_the_text() {
    let path = |text| KeyPath::parse(text).unwrap();
    let edits = [
        (0, path("l[0]"), Change::Remove),
        (0, path("l[2]"), Change::SetValue(json!("C"))),
        (0, path("m"), Change::RenameKey("map".into())),
        (0, path("m"), Change::Insert { key: "x".into(), value: json!(1) }),
        (0, path("m"), Change::Insert { key: "y".into(), value: json!(2) }),
        (1, path("k"), Change::RenameKey("on".into())),
    ];
    assert_eq!(
        apply("l: [a, b, c]\nm: {}\n---\nk: v\n", &edits),
        Ok("l: [b, C]\nmap:\n  x: 1\n  \"y\": 2\n---\n\"on\": v\n".to_owned())
    );
}

#[test]
fn refuses() {
    let refused = |text: &str, path: &str, change| {
        apply(text, &[(0, KeyPath::parse(path).unwrap(), change)]).unwrap_err()
    };
    assert_eq!(refused("a: 1", "b", Change::Remove), "cannot change `b`: there is no such entry");
    assert_eq!(
        refused("a: 1\nb: 2", "b", Change::RenameKey("a".into())),
        "cannot change `b`: there is an entry `a` already"
    );
    assert_eq!(refused("a: [", "a", Change::Remove), "the text cannot be read: a `[` is not closed");
    // The alias would change with it.
    assert!(refused("a: &x 1\nb: *x\n", "a", Change::SetValue(json!(2))).contains("cannot be edited"));
    assert!(refused("a: &x {k: 1}\nb: *x\n", "b.k", Change::SetValue(json!(2))).contains("cannot be edited"));
}
