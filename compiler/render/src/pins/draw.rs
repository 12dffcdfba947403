//! What is pinned of a release: the values of one of two renders, wherever they differ.
//!
//! All values come from one render, since they hang together: a certificate and the bundle that vouches for it, a value and its checksum. What is
//! pinned already stays as it is.

use super::leak::{is_private_key, is_secret_value, share};
use super::sealed::{Unsealed, frame, unsealed};
use super::{ObjectPins, ReleasePins, fits};
use crate::pairs::{Drawn, ObjectKey, draws};
use catalyst_helm::Object;
use catalyst_source::{KeyPath, TreePath};
use std::collections::BTreeMap;
use std::fmt;

/// Something that is drawn and cannot be pinned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unpinnable {
    /// The file that makes the object.
    pub file: TreePath,
    /// The object, as it is known.
    pub object: String,
    /// The place in it, if it is about one.
    pub path: Option<KeyPath>,
    /// Why.
    pub why: Why,
}

/// Why something cannot be pinned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It has another name each time, and the file makes several of its kind.
    Name,
    /// Several objects have its name.
    Twice,
    /// So much of it is drawn that no place in it stays.
    Shape,
    /// What stands around the value that is pinned is no longer what the chart says.
    Changed,
    /// It shares something drawn with this object, which is pinned already.
    Together(String),
    /// It shows what is drawn into this Secret.
    Shows(String),
    /// It is a private key, and no Secret.
    PrivateKey,
    /// It is a Secret, and somebody has to be named who can read it.
    Recipients,
    /// It is a Secret, and it could not be encrypted.
    Sops(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Name => f.write_str("it has another name each time, and its file makes several of its kind"),
            Why::Twice => f.write_str("several objects have this name"),
            Why::Shape => f.write_str("so much of it is drawn that no place in it stays"),
            Why::Changed => f.write_str("what stands around the pinned value has changed"),
            Why::Together(with) => {
                write!(f, "it shares what is drawn with `{with}`, which is pinned already")
            }
            Why::Shows(secret) => write!(f, "it shows what is drawn into `{secret}` in clear"),
            Why::PrivateKey => f.write_str("it is a private key, and stands in no Secret"),
            Why::Recipients => f.write_str("its values are drawn, and nobody is named to encrypt them for"),
            Why::Sops(why) => write!(f, "its values cannot be encrypted: {why}"),
        }
    }
}

/// What is pinned of a release.
#[derive(Clone, Default)]
pub struct Pinning {
    /// By object; not whole while something stands against it or is to be encrypted.
    pub objects: BTreeMap<ObjectKey, ObjectPins>,
    /// Secrets that are to be encrypted.
    pub unsealed: Vec<Unsealed>,
    /// What cannot be pinned.
    pub against: Vec<Unpinnable>,
}

/// The pins of a release from two renders of it: what is pinned already where it is drawn still, and the values of the first render for what is
/// new.
pub fn pin(old: Option<&ReleasePins>, first: &[Object], second: &[Object]) -> Pinning {
    let mut pinning = Pinning::default();
    let found = draws(first, second);
    let against = |object: &Object, key: String, path: Option<KeyPath>, why: Why| Unpinnable {
        file: object.file.clone(),
        object: key,
        path,
        why,
    };
    for object in &found.strays {
        pinning.against.push(against(object, object.to_string(), None, Why::Name));
    }
    let (secret, plain): (Vec<&Drawn<'_>>, Vec<&Drawn<'_>>) =
        found.places.iter().partition(|it| is_secret_value(it));
    let (mut kept, mut new): (Vec<&Drawn<'_>>, Vec<&Drawn<'_>>) = (Vec::new(), Vec::new());
    for it in &plain {
        let known = old.and_then(|old| old.objects.get(&it.key)?.places.get(&it.path));
        let shown = || secret.iter().find(|secret| share(secret, it, false)).map(|it| it.key.to_string());
        let why = match known {
            _ if it.key.find(first).is_none() => Some(Why::Twice),
            _ if KeyPath::parse(&it.path.to_string()).as_ref() != Some(&it.path) || it.path.is_root() => {
                Some(Why::Shape)
            }
            _ if is_private_key(it) => Some(Why::PrivateKey),
            Some(kept) if !fits(kept, it.first, it.second) => Some(Why::Changed),
            _ => shown().map(Why::Shows),
        };
        if let Some(why) = why {
            pinning.against.push(against(it.object, it.key.to_string(), Some(it.path.clone()), why));
            continue;
        }
        if known.is_some() {
            kept.push(it)
        } else {
            new.push(it)
        }
        let value = known.unwrap_or(it.first).clone();
        pinning.objects.entry(it.key.clone()).or_default().places.insert(it.path.clone(), value);
    }
    for (at, it) in secret.iter().enumerate() {
        let is_known = secret[..at].iter().any(|before| before.key == it.key);
        let sealed = old.and_then(|old| old.objects.get(&it.key)?.sealed.as_ref());
        let pair =
            it.key.find(first).zip(it.key.find(second)).map(|(a, b)| (&first[a].value, &second[b].value));
        let why = match (pair, sealed) {
            (None, _) => Some(Why::Twice),
            (Some((a, b)), Some(sealed)) => {
                kept.push(it);
                let fits = frame(a, b) == (sealed.drawn.clone(), sealed.beside.clone());
                pinning.objects.entry(it.key.clone()).or_default().sealed = Some(sealed.clone());
                (!fits).then_some(Why::Changed)
            }
            (Some((a, b)), None) => {
                new.push(it);
                let secret = unsealed(it.key.clone(), &it.object.file, a, b);
                let is_whole = secret.is_some();
                pinning.unsealed.extend(secret.filter(|_| !is_known));
                (!is_whole).then_some(Why::Shape)
            }
        };
        let why = why.filter(|_| !is_known);
        pinning.against.extend(why.map(|why| against(it.object, it.key.to_string(), None, why)));
    }
    for it in new {
        if let Some(with) = kept.iter().find(|kept| share(kept, it, true)) {
            let why = Why::Together(with.key.to_string());
            pinning.against.push(against(it.object, it.key.to_string(), Some(it.path.clone()), why));
        }
    }
    pinning.against.sort();
    pinning.against.dedup();
    pinning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;
    use serde_json::json;

    fn web(drawn: &str, host: &str) -> Object {
        object("ConfigMap/web", json!({ "data": { "a": format!("host {host} key {drawn}"), "b": drawn } }))
    }

    fn shown(pinning: &Pinning) -> Vec<String> {
        let pinned = pinning.objects.iter().flat_map(|(key, object)| {
            object.places.iter().map(move |(path, value)| format!("{key} {path}: {value}"))
        });
        let against = pinning.against.iter().map(|it| {
            let path = it.path.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("not {} {path}: {:?}", it.object, it.why)
        });
        let seal = pinning.unsealed.iter().map(|it| format!("seal {}", it.key));
        pinned.chain(seal).chain(against).collect()
    }

    #[test]
    fn all_values_come_from_one_render_and_stay() {
        let pinning = pin(None, &[web("one", "h")], &[web("two", "h")]);
        assert_eq!(
            shown(&pinning),
            ["ConfigMap/web data.a: \"host h key one\"", "ConfigMap/web data.b: \"one\""]
        );
        let old = ReleasePins { objects: pinning.objects, ..ReleasePins::default() };
        let (mut first, second) = (web("three", "h"), web("four", "h"));
        let again = pin(Some(&old), &[first.clone()], std::slice::from_ref(&second));
        assert_eq!(again.objects, old.objects);
        // What the chart gives now needs no pin.
        first.value["data"]["b"] = json!("four");
        let less = pin(Some(&old), &[first], &[second]);
        assert_eq!(less.objects.values().map(|it| it.places.len()).sum::<usize>(), 1);
        assert_eq!(
            shown(&pin(Some(&old), &[web("three", "i")], &[web("four", "i")])),
            ["ConfigMap/web data.b: \"one\"", "not ConfigMap/web data.a: Changed"]
        );
    }

    #[test]
    fn what_cannot_be_pinned_is_said() {
        let job = |name: &str| object(&format!("Job.batch/{name}"), json!({}));
        let of = |drawn: &str| {
            [job("a"), job(drawn), object("A/a", json!({})), object("A/a", json!({ "x": drawn }))]
        };
        assert_eq!(
            shown(&pin(None, &of("1"), &of("2"))),
            ["not A/a x: Twice", "not Job.batch/1 : Name", "not Job.batch/2 : Name"]
        );
        let (one, two) = (object("A/a", json!({ "x": 1 })), object("A/a", json!({ "y": 1 })));
        assert_eq!(shown(&pin(None, &[one], &[two])), ["not A/a : Shape"]);
        let key = |it: &str| {
            object(
                "A/a",
                json!({ "x": format!("-----BEGIN PRIVATE KEY-----\n{it}\n-----END PRIVATE KEY-----") }),
            )
        };
        assert_eq!(shown(&pin(None, &[key("one")], &[key("two")])), ["not A/a x: PrivateKey"]);
    }

    #[test]
    fn secrets_are_encrypted_and_shown_nowhere() {
        let of = |drawn: &str, shown: &str| {
            [
                object(
                    "ConfigMap/web",
                    json!({ "data": { "url": format!("x://{shown}@y"), "id": format!("id-{drawn}") } }),
                ),
                object(
                    "Secret/web",
                    json!({ "stringData": { "password": format!("p4ss{drawn}"), "user": "u" } }),
                ),
            ]
        };
        let shows = pin(None, &of("one", "p4ssone"), &of("two", "p4sstwo"));
        assert_eq!(
            shown(&shows)[1..],
            ["seal Secret/web", "not ConfigMap/web data.url: Shows(\"Secret/web\")"]
        );
        let fine = pin(None, &of("one", ""), &of("two", ""));
        assert_eq!(shown(&fine), ["ConfigMap/web data.id: \"id-one\"", "seal Secret/web"]);
        assert!(fine.unsealed[0].manifest().contains("p4ssone"));
    }

    #[test]
    fn what_hangs_together_is_drawn_together() {
        let of = |drawn: &str, with: bool| {
            let mut all = vec![object("ConfigMap/a", json!({ "x": drawn }))];
            all.extend(with.then(|| object("ConfigMap/b", json!({ "x": format!("see {drawn}") }))));
            all
        };
        let old = pin(None, &of("first1", false), &of("second2", false)).objects;
        let old = ReleasePins { objects: old, ..ReleasePins::default() };
        let more = pin(Some(&old), &of("third3", true), &of("fourth4", true));
        assert_eq!(
            shown(&more),
            [
                "ConfigMap/a x: \"first1\"",
                "ConfigMap/b x: \"see third3\"",
                "not ConfigMap/b x: Together(\"ConfigMap/a\")",
            ]
        );
    }
}
