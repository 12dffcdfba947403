//! Programs that nobody here wrote read what the writer writes, and say how unquoted scalars are read. A program that is missing is
//! reported loudly; where the environment says `CATALYST_REFEREES=require` it is a failure.
#![expect(clippy::disallowed_methods, reason = "the referees are other programs")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use catalyst_yaml::{Dialect, parse, write};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::differential::ours;
use crate::{corpus, short};

/// Runs a program on an input; `None` when there is no such program.
fn run(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return missing(program) };
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // A program that writes while it reads would otherwise wait for us as we wait for it.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the program runs");
    let _ = writer.join().expect("writing does not panic");
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("No module named") {
        return missing(&format!("{program} {}", errors.trim().rsplit('\n').next().unwrap_or_default()));
    }
    assert!(output.status.success(), "{program}: {errors}");
    Some(String::from_utf8(output.stdout).expect("it writes UTF-8"))
}

fn missing(what: &str) -> Option<String> {
    // Not by the macro: the harness would keep it from those who look at a green run.
    let _ = writeln!(std::io::stderr(), "REFEREE MISSING: {what}");
    let required = std::env::var("CATALYST_REFEREES").is_ok_and(|value| value == "require");
    assert!(!required, "REFEREE MISSING: {what}");
    None
}

/// Reads a stream of YAML documents and prints one list of their values as JSON.
const PYTHON: &str = "\
import sys, json, yaml
text = sys.stdin.buffer.read().decode('utf-8')
json.dump(list(yaml.load_all(text, Loader=yaml.SafeLoader)), sys.stdout)
";

/// Reads a list of texts and prints the scalars of each as nested lists, null where it is no YAML.
const PYTHON_TEXTS: &str = "\
import sys, json, yaml
def texts(node):
    if node is None: return ''
    if isinstance(node, yaml.ScalarNode): return '' if node.value == '~' or not node.value.strip('\\n') else node.value
    if isinstance(node, yaml.SequenceNode): return [texts(item) for item in node.value]
    return [texts(part) for entry in node.value for part in entry]
def read(text):
    try: return [texts(node) for node in yaml.compose_all(text, Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader))]
    except Exception: return None
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
";

#[test]
fn libyaml_reads_texts_as_we_do() {
    let mut runner = TestRunner::deterministic();
    let strategy = corpus::lines_of_yaml();
    let texts: Vec<String> =
        std::iter::repeat_with(|| strategy.new_tree(&mut runner).expect("it makes lines").current())
            .take(20_000)
            .map(|lines| lines.join("\n") + "\n")
            .collect();
    let Some(output) = run("python3", &["-c", PYTHON_TEXTS], &json!(texts).to_string()) else { return };
    let theirs: Vec<Value> = serde_json::from_str(&output).expect("it prints JSON");
    let mut wrong = Vec::new();
    let mut both = 0;
    for (text, theirs) in texts.iter().zip(theirs) {
        let parsed = parse(text);
        if !parsed.problems.is_empty() || theirs.is_null() {
            continue;
        }
        both += 1;
        let ours: Value = parsed.documents.iter().map(|document| ours(document.root())).collect();
        if ours != theirs {
            wrong.push(format!("{text:?}: we read {ours}, they read {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {both}\n{}", wrong.len(), wrong.join("\n"));
    assert!(both > 2000, "{both}");
}

/// The whole corpus, each string in several places of one object.
fn strings_object() -> Value {
    let places = corpus::hostile_strings().into_iter().enumerate().map(|(at, string)| {
        let value = json!({ "s": string, "l": [string, [string]], "m": { string.clone(): string, "z": {} } });
        (format!("k{at}"), value)
    });
    json!({
        "apiVersion": "example.com/v1", "kind": "Corpus", "metadata": {"name": "x"}, "spec": Map::from_iter(places),
        "numbers": [0, -1, 1.5, 1e21, 1.25e-9, 123456789.125, -1e-300, i64::MAX, i64::MIN, true, false, null, [], {}],
    })
}

#[test]
fn pyyaml_reads_what_we_write() {
    let value = strings_object();
    let Some(output) = run("python3", &["-c", PYTHON], &write(&value)) else { return };
    let read: Vec<Value> = serde_json::from_str(&output).expect("it prints JSON");
    same(&read[0], &value);
}

#[test]
fn pyyaml_reads_one_document_for_each_string() {
    let values: Vec<Value> = corpus::hostile_strings().into_iter().map(Value::String).collect();
    let Some(output) = run("python3", &["-c", PYTHON], &catalyst_yaml::write_documents(&values)) else {
        return;
    };
    let read: Vec<Value> = serde_json::from_str(&output).expect("it prints JSON");
    assert_eq!(read.len(), values.len());
    for (read, value) in read.iter().zip(&values) {
        same(read, value);
    }
}

/// Reads a YAML list with libyaml and prints it as JSON.
const PYTHON_LIST: &str = "\
import sys, json, yaml
json.dump(yaml.load(sys.stdin.buffer, Loader=getattr(yaml, 'CSafeLoader', yaml.SafeLoader)), sys.stdout, default=str)
";

#[test]
fn pyyaml_takes_what_has_no_quotes_for_strings() {
    let texts = short::unquoted(4);
    let Some(output) = run("python3", &["-c", PYTHON_LIST], &short::list(&texts)) else { return };
    let read: Vec<Value> = serde_json::from_str(&output).expect("it prints JSON");
    all_strings(&read, &texts);
}

#[test]
fn kubectl_takes_what_has_no_quotes_for_strings() {
    let texts = short::unquoted(4);
    let Some(read) = kubectl(&short::object(&texts)) else { return };
    all_strings(read["spec"].as_array().expect("it is a list"), &texts);
}

#[test]
fn kustomize_takes_what_has_no_quotes_for_strings() {
    let texts = short::unquoted(3);
    let Some(read) = kustomize("short", &short::object(&texts)) else { return };
    all_strings(read["spec"].as_array().expect("it is a list"), &texts);
}

fn all_strings(read: &[Value], texts: &[String]) {
    assert_eq!(read.len(), texts.len());
    let wrong: Vec<_> = read.iter().zip(texts).filter(|(read, text)| read.as_str() != Some(text)).collect();
    assert!(wrong.is_empty(), "{} of {}: {:?}", wrong.len(), texts.len(), &wrong[..wrong.len().min(20)]);
}

#[test]
fn kubectl_reads_what_we_write() {
    let value = strings_object();
    let Some(mut read) = kubectl(&write(&value)) else { return };
    read["metadata"] = value["metadata"].clone();
    same(&read, &value);
}

/// How the API machinery reads an object.
fn kubectl(text: &str) -> Option<Value> {
    let output = run("kubectl", &["annotate", "--local", "-f", "-", "a=b", "-o", "json"], text)?;
    Some(serde_json::from_str(&output).expect("it prints JSON"))
}

/// Texts that are one plain scalar and that every reader has some value for.
fn unquoted() -> Vec<String> {
    let mut texts = corpus::scalar_texts();
    texts.retain(|text| {
        let parsed = parse(&format!("k: {text}\n"));
        let [document] = &*parsed.documents else { return false };
        let node = document.root().get("k");
        let plain = node.is_some_and(|node| node.text() == Some(text) && node.tag().is_none());
        let finite =
            [Dialect::Kubernetes, Dialect::Kustomize].iter().all(|d| document.to_value(*d).1.is_empty());
        parsed.problems.is_empty() && plain && finite && !text.starts_with(['"', '\''])
    });
    assert!(texts.len() > 1000, "{}", texts.len());
    texts
}

fn unquoted_object(texts: &[String]) -> String {
    let mut object = "apiVersion: example.com/v1\nkind: Corpus\nmetadata:\n  name: x\nspec:\n".to_owned();
    for (at, text) in texts.iter().enumerate() {
        object.push_str(&format!("  k{at}: {text}\n"));
    }
    object
}

fn compare(texts: &[String], object: &str, dialect: Dialect, read: &Value) {
    let ours = parse(object).documents[0].to_value(dialect).0;
    let mut wrong = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let key = format!("k{at}");
        let (ours, theirs) = (&ours["spec"][&key], &read["spec"][&key]);
        if !equal(ours, theirs) {
            wrong.push(format!("{text:?}: we read {ours}, they read {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{dialect:?}\n{}", wrong.join("\n"));
}

#[test]
fn kubectl_reads_unquoted_scalars_as_we_say() {
    let texts = unquoted();
    let object = unquoted_object(&texts);
    let Some(read) = kubectl(&object) else { return };
    compare(&texts, &object, Dialect::Kubernetes, &read);
}

#[test]
fn kustomize_reads_unquoted_scalars_as_we_say() {
    let texts = unquoted();
    let object = unquoted_object(&texts);
    // What Kustomize prints is read by the API machinery, which takes integers beyond 63 bits for floats.
    let Some(read) = kustomize("scalars", &object) else { return };
    compare(&texts, &object, Dialect::Kustomize, &read);
}

/// What Kustomize makes of an object, as the API machinery reads it.
fn kustomize(name: &str, object: &str) -> Option<Value> {
    let folder = std::env::temp_dir().join(format!("catalyst-yaml-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    std::fs::write(folder.join("object.yaml"), object).expect("a temporary file");
    std::fs::write(folder.join("kustomization.yaml"), "resources: [object.yaml]\n")
        .expect("a temporary file");
    let built = run("kubectl", &["kustomize", &folder.to_string_lossy()], "");
    std::fs::remove_dir_all(&folder).expect("it was made above");
    built.and_then(|built| kubectl(&built))
}

/// Equal up to the difference between 1 and 1.0, which JSON does not keep, between an integer beyond 63 bits and its float, and in the last
/// digit, which serde_json gets wrong when it reads JSON.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (Some(x), Some(y)) = (a.as_f64(), b.as_f64()) else { return a == b };
            a == b || !(a.is_i64() && b.is_i64()) && (x - y).abs() <= x.abs() * 4.0 * f64::EPSILON
        }
        _ => a == b,
    }
}

fn same(read: &Value, written: &Value) {
    match (read, written) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<std::collections::BTreeSet<_>>(), b.keys().collect(), "{written}");
            for (key, a) in a {
                same(a, &b[key]);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{written}");
            for (a, b) in a.iter().zip(b) {
                same(a, b);
            }
        }
        _ => assert!(equal(read, written), "they read {read:?}, we wrote {written:?} as {}", write(written)),
    }
}
