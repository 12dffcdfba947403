//! Pins put into a render.

use super::sealed::{Sealed, frame};
use super::{ReleasePins, at};
use crate::pairs::ObjectKey;
use crate::pins::fits;
use catalyst_helm::Object;
use catalyst_source::{KeyPath, Step};
use serde_json::Value;

/// Why a pin is no longer good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// The release has no such object.
    NoObject,
    /// The object has no such place.
    NoPlace,
    /// Both renders have the same there: the chart draws it no more.
    NotDrawn,
    /// What stands around the drawn value is no longer what the chart says.
    Changed,
}

/// Pins that are no longer good, by object and place; the whole object where there is no place.
pub type Misfits = Vec<(ObjectKey, Option<KeyPath>, Misfit)>;

/// Puts what is pinned into a render, and into the one that it is compared with, at places where the two differ. Whatever they still
/// differ in afterwards is not pinned.
pub fn replay(pins: &ReleasePins, first: &mut [Object], second: &mut [Object]) -> Misfits {
    let mut misfits = Misfits::new();
    // Names are places too, so objects are found before anything changes.
    let found: Vec<_> = pins.objects.keys().map(|key| key.find(first).zip(key.find(second))).collect();
    for ((key, object), found) in pins.objects.iter().zip(found) {
        let Some((here, there)) = found else {
            misfits.push((key.clone(), None, Misfit::NoObject));
            continue;
        };
        if let Some(sealed) = &object.sealed {
            let misfit = seal_misfit(sealed, &first[here].value, &second[there].value);
            misfits.extend(misfit.map(|it| (key.clone(), None, it)));
            if misfit != Some(Misfit::NotDrawn) {
                sealed.put(&mut first[here].value);
                sealed.put(&mut second[there].value);
            }
        }
        for (path, value) in &object.places {
            let misfit = misfit(path, value, &first[here].value, &second[there].value);
            if let Some(misfit) = misfit {
                misfits.push((key.clone(), Some(path.clone()), misfit));
            }
            // What has changed is put in all the same: it is reported once, as that.
            if matches!(misfit, None | Some(Misfit::Changed)) {
                put(&mut first[here].value, path, value);
                put(&mut second[there].value, path, value);
            }
        }
    }
    misfits
}

fn seal_misfit(sealed: &Sealed, first: &Value, second: &Value) -> Option<Misfit> {
    let (drawn, beside) = frame(first, second);
    match drawn.is_empty() {
        true => Some(Misfit::NotDrawn),
        false => (drawn != sealed.drawn || beside != sealed.beside).then_some(Misfit::Changed),
    }
}

fn misfit(path: &KeyPath, value: &Value, first: &Value, second: &Value) -> Option<Misfit> {
    match at(first, path).zip(at(second, path)) {
        None => Some(Misfit::NoPlace),
        Some((first, second)) if first == second && first != value => Some(Misfit::NotDrawn),
        Some((first, second)) => (!fits(value, first, second)).then_some(Misfit::Changed),
    }
}

/// Puts a value at a path that is there.
fn put(root: &mut Value, path: &KeyPath, value: &Value) {
    let node = path.steps().iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get_mut(key.as_ref()),
        Step::Index(at) => node.get_mut(*at as usize),
    });
    if let Some(node) = node {
        *node = value.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::draws;
    use crate::testing::object;
    use proptest::prelude::*;
    use serde_json::json;

    fn pinned(first: &[Object], second: &[Object]) -> ReleasePins {
        let mut pins = ReleasePins::default();
        for it in draws(first, second).places {
            pins.objects.entry(it.key).or_default().places.insert(it.path, it.first.clone());
        }
        pins
    }

    fn web(drawn: &str, host: &str) -> Vec<Object> {
        vec![
            object(
                "ConfigMap/web",
                json!({ "data": { "a": format!("host {host} key {drawn}"), "b": drawn } }),
            ),
            object(&format!("Job.batch/web-{drawn}"), json!({ "spec": { "x": drawn } })),
        ]
    }

    #[test]
    fn later_renders_give_what_was_drawn() {
        let pins = pinned(&web("1", "h"), &web("2", "h"));
        let (mut first, mut second) = (web("3", "h"), web("4", "h"));
        assert_eq!(replay(&pins, &mut first, &mut second), []);
        assert_eq!((&first, &second), (&web("1", "h"), &web("1", "h")));
    }

    #[test]
    fn pins_that_are_no_longer_good_are_said() {
        let pins = pinned(&web("1", "h"), &web("2", "h"));
        let why = |mut first: Vec<Object>, mut second: Vec<Object>| {
            let misfits = replay(&pins, &mut first, &mut second);
            let shown = misfits.iter().map(|(key, path, why)| {
                format!("{key} {} {why:?}", path.as_ref().map(ToString::to_string).unwrap_or_default())
            });
            (shown.collect::<Vec<_>>(), first)
        };
        let (said, first) = why(web("3", "other"), web("4", "other"));
        assert_eq!(said, ["ConfigMap/web data.a Changed"]);
        assert_eq!(first, web("1", "h"));
        let mut given = (web("3", "h"), web("4", "h"));
        given.0[0].value["data"]["b"] = json!("given");
        given.1[0].value["data"]["b"] = json!("given");
        let (said, first) = why(given.0, given.1);
        assert_eq!(said, ["ConfigMap/web data.b NotDrawn"]);
        // What intent gives stays.
        assert_eq!(first[0].value["data"]["b"], "given");
        let (mut one, mut two) = (web("3", "h"), web("4", "h"));
        for it in [&mut one, &mut two] {
            it.pop();
            it[0].value["data"].as_object_mut().unwrap().remove("b");
        }
        let (said, _) = why(one, two);
        assert_eq!(said, ["ConfigMap/web data.b NoPlace", "Job.batch of templates/a.yaml  NoObject"]);
    }

    proptest! {
        /// Whatever two renders differ in, pins of one of them make two more equal to it, as long as only drawn values differ.
        #[test]
        fn pins_make_renders_equal(drawn in proptest::collection::vec("[a-z]{8}", 4)) {
            let pins = pinned(&web(&drawn[0], "h"), &web(&drawn[1], "h"));
            let (mut first, mut second) = (web(&drawn[2], "h"), web(&drawn[3], "h"));
            replay(&pins, &mut first, &mut second);
            prop_assert!(draws(&first, &second).is_empty());
            prop_assert_eq!(first, web(&drawn[0], "h"));
        }
    }
}
