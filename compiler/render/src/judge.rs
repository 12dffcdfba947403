//! Whether a render holds what a case expects of it, and what stands against it.

use crate::difference::{Difference, difference};
use crate::images::images;
use catalyst_helm::{Object, RenderError, Rendered};
use catalyst_model::{Expect, FieldTest, KindPattern, ObjectPattern};
use catalyst_source::{KeyPath, Step};
use serde_json::Value;
use std::collections::BTreeMap;

/// What came of rendering a case.
pub type Render = Result<Rendered, RenderError>;

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Miss {
    /// What is wrong, in one sentence.
    pub message: String,
    /// The object that is at fault, when it is one.
    pub object: Option<Box<Object>>,
}

impl Miss {
    fn new(message: impl Into<String>) -> Miss {
        Miss { message: message.into(), object: None }
    }

    fn of(object: &Object, message: impl Into<String>) -> Miss {
        Miss { message: message.into(), object: Some(Box::new(object.clone())) }
    }
}

/// Most names that are listed in a message.
const SHOWN: usize = 6;

/// Holds a render against one expectation. `other` gives the render of another case.
pub fn judge<'r>(
    expect: &Expect,
    render: &'r Render,
    other: &dyn Fn(&str) -> Option<&'r Render>,
) -> Result<(), Miss> {
    let rendered = match (expect, render) {
        (Expect::Fails(text), Err(error)) => return failed(text, error),
        (Expect::Fails(_), Ok(rendered)) => {
            let count = rendered.objects.len();
            return Err(Miss::new(format!("the render does not fail: it gives {count} objects")));
        }
        (_, Err(error)) => return Err(Miss::new(format!("the render fails: {error}"))),
        (_, Ok(rendered)) => rendered,
    };
    match expect {
        Expect::Kinds(kinds) => exactly(kinds, rendered),
        Expect::Includes(kinds) => kinds.iter().try_for_each(|kind| match of(rendered, kind).next() {
            Some(_) => Ok(()),
            None => Err(Miss::new(format!("there is no `{kind}`; there are {}", counted(rendered)))),
        }),
        Expect::Lacks(kinds) => kinds.iter().try_for_each(|kind| match of(rendered, kind).next() {
            Some(object) => Err(Miss::of(object, format!("there is `{object}`"))),
            None => Ok(()),
        }),
        Expect::Field { object, path, test } => field(rendered, object, path, test),
        Expect::ImagesBelow(prefix) => below(rendered, prefix),
        Expect::SameAs(name) => same(rendered, name, other(name)),
        Expect::Fails(_) => Ok(()),
    }
}

fn failed(text: &str, error: &RenderError) -> Result<(), Miss> {
    let says = match error {
        RenderError::Chart(fault) => fault.text.clone(),
        other => return Err(Miss::new(format!("the render ends for another reason: {other}"))),
    };
    match says.contains(text) {
        true => Ok(()),
        false => Err(Miss::new(format!("the render fails, and does not name `{text}`: {error}"))),
    }
}

fn of<'r>(rendered: &'r Rendered, kind: &KindPattern) -> impl Iterator<Item = &'r Object> {
    rendered.objects.iter().filter(move |it| kind.matches(it.kind(), it.group()))
}

fn exactly(kinds: &BTreeMap<KindPattern, u32>, rendered: &Rendered) -> Result<(), Miss> {
    let mut counts: BTreeMap<&KindPattern, u32> = BTreeMap::new();
    for object in &rendered.objects {
        let matching = || kinds.keys().filter(|kind| kind.matches(object.kind(), object.group()));
        match matching().find(|kind| kind.has_group()).or_else(|| matching().next()) {
            Some(kind) => *counts.entry(kind).or_default() += 1,
            None => return Err(Miss::of(object, format!("`{object}` is none of the kinds that are listed"))),
        }
    }
    for (kind, wanted) in kinds {
        let count = counts.get(kind).copied().unwrap_or_default();
        if count != *wanted {
            let names: Vec<String> = of(rendered, kind).map(ToString::to_string).collect();
            let names = if names.is_empty() { String::new() } else { format!(": {}", list(&names)) };
            return Err(Miss::new(format!("{count} of `{kind}`, not {wanted}{names}")));
        }
    }
    Ok(())
}

fn field(rendered: &Rendered, pattern: &ObjectPattern, path: &KeyPath, test: &FieldTest) -> Result<(), Miss> {
    let found: Vec<&Object> = of(rendered, &pattern.kind).filter(|it| it.name() == pattern.name).collect();
    let [object] = found.as_slice() else {
        return Err(match found.first() {
            Some(first) => {
                Miss::of(first, format!("{} objects are `{pattern}`: name the group", found.len()))
            }
            None => {
                let names: Vec<String> = of(rendered, &pattern.kind).map(ToString::to_string).collect();
                let there = if names.is_empty() { counted(rendered) } else { list(&names) };
                Miss::new(format!("there is no `{pattern}`; there are {there}"))
            }
        });
    };
    let value = at(&object.value, path);
    let miss = |message: String| Err(Miss::of(object, message));
    match (test, value) {
        (FieldTest::Exists, Some(_)) | (FieldTest::Absent, None) => Ok(()),
        (FieldTest::Absent, Some(value)) => miss(format!("`{path}` is {}", shown(value))),
        (_, None) => miss(format!("`{path}` is not there")),
        (FieldTest::Equals(wanted), Some(value)) if equal(wanted, value) => Ok(()),
        (FieldTest::Equals(wanted), Some(value)) => {
            miss(format!("`{path}` is {}, not {}", shown(value), shown(wanted)))
        }
        (FieldTest::Contains(wanted), Some(value)) => match (value, wanted) {
            (Value::String(text), Value::String(part)) if text.contains(part.as_str()) => Ok(()),
            (Value::Array(items), wanted) if items.iter().any(|item| equal(wanted, item)) => Ok(()),
            _ => miss(format!("`{path}` is {}, which does not hold {}", shown(value), shown(wanted))),
        },
    }
}

fn below(rendered: &Rendered, prefix: &str) -> Result<(), Miss> {
    let mut count = 0;
    for object in &rendered.objects {
        for (path, image) in images(object) {
            count += 1;
            if !image.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')) {
                return Err(Miss::of(
                    object,
                    format!("image `{image}` of `{object}` is not below `{prefix}` (`{path}`)"),
                ));
            }
        }
    }
    if count == 0 { Err(Miss::new("no object has an image")) } else { Ok(()) }
}

fn same(rendered: &Rendered, name: &str, other: Option<&Render>) -> Result<(), Miss> {
    let other = match other {
        Some(Ok(other)) => other,
        Some(Err(error)) => return Err(Miss::new(format!("case `{name}` does not render: {error}"))),
        None => return Err(Miss::new(format!("case `{name}` was not rendered"))),
    };
    match difference(rendered, other) {
        None => Ok(()),
        Some(Difference::OnlyFirst(object)) => {
            Err(Miss::of(object, format!("`{object}` is not in case `{name}`")))
        }
        Some(Difference::OnlySecond(object)) => {
            Err(Miss::of(object, format!("`{object}` of case `{name}` is missing")))
        }
        Some(Difference::Field { object, path, first, second }) => {
            let show = |value: Option<&Value>| value.map_or("not there".to_owned(), shown);
            let message =
                format!("`{path}` of `{object}` is {}, and {} in case `{name}`", show(first), show(second));
            Err(Miss::of(object, message))
        }
    }
}

fn at<'v>(value: &'v Value, path: &KeyPath) -> Option<&'v Value> {
    path.steps().iter().try_fold(value, |node, step| match step {
        Step::Key(key) => node.get(key.as_ref()),
        Step::Index(index) => node.get(*index as usize),
    })
}

/// Values as an API server sees them: 1 and 1.0 are one number.
fn equal(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

/// A value in a message, cut when it is long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("`{}...`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// The kinds of all objects, each with how many there are.
fn counted(rendered: &Rendered) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rendered.objects.iter().for_each(|it| *counts.entry(it.kind()).or_default() += 1);
    let counts: Vec<String> = counts.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if counts.is_empty() { "no objects".to_owned() } else { list(&counts) }
}

fn list(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { text } else { format!("{text} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{object, rendered};
    use catalyst_helm::ChartFault;
    use catalyst_model::Expectation;
    use proptest::prelude::*;
    use serde_json::json;

    fn pod(image: &str) -> Value {
        json!({ "spec": { "replicas": 2, "template": { "spec": { "containers": [{ "name": "web", "image": image }] } } } })
    }

    fn web() -> Render {
        Ok(rendered([
            object("Service/web", json!({ "spec": { "ports": [{ "port": 80 }] } })),
            object("Service.serving.knative.dev/web", json!({})),
            object("Deployment.apps/web", pod("harbor.t01.omani.works/docker.io/web:1")),
        ]))
    }

    fn says(expect: Value, render: &Render) -> String {
        let expect = serde_json::from_value::<Expectation>(expect).unwrap().read().unwrap();
        let (same, failing) = (web(), Err(RenderError::from(ChartFault::new("no"))));
        let (same, failing): (&Render, &Render) = (&same, &failing);
        let other = |name: &str| match name {
            "same" => Some(same),
            "failing" => Some(failing),
            _ => None,
        };
        // The others live as long as this call only, so the render does too.
        match judge(&expect, &render.clone(), &|name| other(name)) {
            Ok(()) => "holds".to_owned(),
            Err(miss) => miss.message,
        }
    }

    #[test]
    fn kinds_are_exact() {
        assert_eq!(says(json!({ "kinds": { "Service": 2, "Deployment": 1 } }), &web()), "holds");
        assert_eq!(
            says(
                json!({ "kinds": { "Service": 1, "Service.serving.knative.dev": 1, "Deployment": 1 } }),
                &web()
            ),
            "holds"
        );
        assert_eq!(
            says(json!({ "kinds": { "Service": 2 } }), &web()),
            "`Deployment.apps/web` is none of the kinds that are listed"
        );
        assert_eq!(
            says(json!({ "kinds": { "Service": 1, "Deployment": 1 } }), &web()),
            "2 of `Service`, not 1: Service/web, Service.serving.knative.dev/web"
        );
        assert_eq!(says(json!({ "kinds": {} }), &Ok(Rendered::default())), "holds");
        assert_eq!(says(json!({ "kinds": { "Job": 1 } }), &Ok(Rendered::default())), "0 of `Job`, not 1");
    }

    #[test]
    fn kinds_are_there_or_not() {
        assert_eq!(says(json!({ "includes": ["Deployment.apps"] }), &web()), "holds");
        assert_eq!(
            says(json!({ "includes": ["Job"] }), &web()),
            "there is no `Job`; there are 1 Deployment, 2 Service"
        );
        assert_eq!(says(json!({ "lacks": ["*.monitoring.coreos.com", "Job"] }), &web()), "holds");
        assert_eq!(
            says(json!({ "lacks": ["*.serving.knative.dev"] }), &web()),
            "there is `Service.serving.knative.dev/web`"
        );
    }

    #[test]
    fn fields_are_looked_up() {
        let field = |mut test: Value| {
            test["object"] = json!("Deployment/web");
            says(test, &web())
        };
        assert_eq!(field(json!({ "path": "spec.replicas", "equals": 2.0 })), "holds");
        assert_eq!(
            field(json!({ "path": "spec.replicas", "equals": "2" })),
            "`spec.replicas` is `2`, not `\"2\"`"
        );
        assert_eq!(
            field(json!({ "path": "spec.template.spec.containers[0].image", "contains": "web:1" })),
            "holds"
        );
        assert_eq!(
            field(json!({ "path": "spec.template.spec.containers[1]", "exists": true })),
            "`spec.template.spec.containers[1]` is not there"
        );
        assert_eq!(field(json!({ "path": "spec.replicas", "absent": true })), "`spec.replicas` is `2`");
        assert_eq!(
            says(json!({ "object": "Deployment/x", "path": "a", "exists": true }), &web()),
            "there is no `Deployment/x`; there are Deployment.apps/web"
        );
        assert_eq!(
            says(json!({ "object": "Service/web", "path": "a", "exists": true }), &web()),
            "2 objects are `Service/web`: name the group"
        );
    }

    #[test]
    fn images_stand_below_a_prefix_and_there_are_some() {
        assert_eq!(says(json!({ "imagesBelow": "harbor.t01.omani.works" }), &web()), "holds");
        assert!(says(json!({ "imagesBelow": "harbor.t01.omani.work" }), &web()).contains("is not below"));
        assert_eq!(says(json!({ "imagesBelow": "x" }), &Ok(Rendered::default())), "no object has an image");
    }

    #[test]
    fn a_failure_names_what_it_is_about() {
        let fails = Err(RenderError::from(ChartFault::new("image.tag is required")));
        assert_eq!(says(json!({ "fails": "image.tag" }), &fails), "holds");
        assert_eq!(
            says(json!({ "fails": "host" }), &fails),
            "the render fails, and does not name `host`: image.tag is required"
        );
        assert_eq!(says(json!({ "fails": "host" }), &web()), "the render does not fail: it gives 3 objects");
        assert_eq!(says(json!({ "kinds": {} }), &fails), "the render fails: image.tag is required");
        let slow = Err(RenderError::TooLarge(5));
        assert!(says(json!({ "fails": "gives" }), &slow).starts_with("the render ends for another reason"));
    }

    #[test]
    fn another_case_is_compared_object_by_object() {
        assert_eq!(says(json!({ "sameAs": "same" }), &web()), "holds");
        let mut changed = web().unwrap();
        changed.objects[2].value["spec"]["replicas"] = json!(3);
        assert_eq!(
            says(json!({ "sameAs": "same" }), &Ok(changed)),
            "`spec.replicas` of `Deployment.apps/web` is `3`, and `2` in case `same`"
        );
        assert_eq!(says(json!({ "sameAs": "failing" }), &web()), "case `failing` does not render: no");
        assert_eq!(says(json!({ "sameAs": "none" }), &web()), "case `none` was not rendered");
    }

    proptest! {
        /// Counting the kinds of a render and expecting those counts always holds; one more or less never does.
        #[test]
        fn counts_hold_exactly(kinds in proptest::collection::vec("[AB](\\.[xy])?", 0..8), off in any::<bool>()) {
            let objects = kinds.iter().enumerate().map(|(at, kind)| object(&format!("{kind}/n{at}"), json!({})));
            let render: Render = Ok(rendered(objects));
            let mut counts: BTreeMap<KindPattern, u32> = BTreeMap::new();
            for object in &render.as_ref().unwrap().objects {
                let group = if object.group().is_empty() { String::new() } else { format!(".{}", object.group()) };
                // The core group cannot be named, so all groups of a kind without one are counted together.
                let has_bare = kinds.iter().any(|kind| kind == object.kind());
                let name = if has_bare { object.kind().to_owned() } else { format!("{}{group}", object.kind()) };
                *counts.entry(name.parse().unwrap()).or_default() += 1;
            }
            prop_assert_eq!(judge(&Expect::Kinds(counts.clone()), &render, &|_| None), Ok(()));
            if let Some(count) = counts.values_mut().next() {
                *count = if off { *count + 1 } else { count.saturating_sub(1) };
                prop_assert!(judge(&Expect::Kinds(counts), &render, &|_| None).is_err());
            }
        }
    }
}
