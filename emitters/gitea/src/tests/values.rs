//! The layers of a branch merge back to the values that were decided. No program is asked: the files are merged as Flux does.

use super::*;
use proptest::prelude::*;

/// As Flux merges the entries of `valuesFrom`: maps key by key, everything else replaced, null kept.
pub(super) fn merge_maps(into: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (into.get_mut(key), value) {
            (Some(Value::Object(into)), Value::Object(over)) => merge_maps(into, over),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

pub(super) fn parsed(text: &str) -> Map<String, Value> {
    let parsed = catalyst_yaml::parse(text);
    assert!(parsed.problems.is_empty(), "{text}\n{:?}", parsed.problems);
    let (value, problems) = parsed.documents[0].to_value(catalyst_yaml::Dialect::Kubernetes);
    assert!(problems.is_empty(), "{text}\n{problems:?}");
    map(value)
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1000i64..1000).prop_map(Value::from),
        prop_oneof![
            "[a-z]{0,3}",
            Just("yes".to_owned()),
            Just("1e3".to_owned()),
            "[ -~]{0,8}",
            Just("a\nb\n".to_owned())
        ]
        .prop_map(Value::from),
    ]
}

/// Few keys, so that layers meet often.
fn tree() -> impl Strategy<Value = Map<String, Value>> {
    let any = leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[abcd]", any, 0..5).prop_map(|map| map.into_iter().collect())
}

/// An Environment whose values are anything, and a region that differs from it in anything.
pub(super) fn random() -> impl Strategy<Value = (EnvironmentPlan, Map<String, Value>)> {
    (tree(), tree(), tree()).prop_map(|(base, wanted, there)| {
        let mut it = environment("prod", "main");
        it.base = base;
        it.values = Arc::new(Layered { layers: Vec::new(), merged: wanted.clone() });
        // Where the region lacks a key, the difference holds null, and so must what it is compared with.
        let overlay = diff_values(&wanted, &there);
        let mut expected = wanted;
        merge_maps(&mut expected, &overlay);
        it.placements.push(placement("hel", "prod", Role::Active, Value::Object(overlay)));
        (it, expected)
    })
}

proptest! {
    #[test]
    fn layers_merge_back((environment, there) in random()) {
        let wanted = environment.values.merged.clone();
        let differs = !environment.placements[1].overlay.is_empty();
        let files = texts(&plan(vec![environment]));
        let file = |path: &str| parsed(&files[&format!("acme/shop/main/{path}")]);
        let mut merged = file("values.yaml");
        merge_maps(&mut merged, &file("overlays/prod/values.yaml"));
        prop_assert_eq!(&merged, &wanted);
        if differs {
            merge_maps(&mut merged, &file("overlays/prod/hel/values.yaml"));
        }
        prop_assert_eq!(merged, there);
    }
}
