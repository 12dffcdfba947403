//! What a case of a chart expects, in checked form: what its file may say in one [`Expectation`] has one meaning here.

use crate::Expectation;
use catalyst_source::KeyPath;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// One thing that must hold of a render.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// Exactly these kinds, with how many objects there are of each.
    Kinds(BTreeMap<KindPattern, u32>),
    /// An object of each of these.
    Includes(Vec<KindPattern>),
    /// No object of any of these.
    Lacks(Vec<KindPattern>),
    /// A field of an object.
    Field {
        /// The object.
        object: ObjectPattern,
        /// The way to the field.
        path: KeyPath,
        /// What holds of it.
        test: FieldTest,
    },
    /// The render fails with a message that names this.
    Fails(String),
    /// There are images, and all stand below this.
    ImagesBelow(String),
    /// The objects are those of another case.
    SameAs(String),
}

/// What holds of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldTest {
    /// It has this value.
    Equals(Value),
    /// It is a text or a list that holds this.
    Contains(Value),
    /// It is there.
    Exists,
    /// It is not there.
    Absent,
}

/// Kinds of object: one kind, of one group or of any; or all kinds of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindPattern {
    /// The kind; `None` is any.
    kind: Option<String>,
    /// The group; `None` is any.
    group: Option<String>,
}

/// One object: `Kind/name` or `Kind.group/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPattern {
    /// Its kind.
    pub kind: KindPattern,
    /// Its name.
    pub name: String,
}

impl KindPattern {
    /// Whether a kind of a group is one of these.
    pub fn matches(&self, kind: &str, group: &str) -> bool {
        self.kind.as_deref().is_none_or(|it| it == kind) && self.group.as_deref().is_none_or(|it| it == group)
    }

    /// Whether it names a group. Of two patterns that match an object, the one that does is meant.
    pub fn has_group(&self) -> bool {
        self.group.is_some()
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_deref().unwrap_or("*"))?;
        self.group.as_deref().map_or(Ok(()), |group| write!(f, ".{group}"))
    }
}

impl FromStr for KindPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, group) = text.split_once('.').map_or((text, None), |(kind, group)| (kind, Some(group)));
        let is_kind = kind.starts_with(|c: char| c.is_ascii_uppercase())
            && kind.chars().all(|c| c.is_ascii_alphanumeric());
        let of_group = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
        let is_group = group.is_none_or(|group| !group.is_empty() && group.chars().all(of_group));
        if !(is_kind || kind == "*" && group.is_some()) || !is_group {
            return Err(format!("`{text}` is no kind of object: write `Kind`, `Kind.group` or `*.group`"));
        }
        let kind = (kind != "*").then(|| kind.to_owned());
        Ok(KindPattern { kind, group: group.map(str::to_owned) })
    }
}

impl fmt::Display for ObjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl FromStr for ObjectPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once('/').unwrap_or((text, ""));
        let kind = kind.parse::<KindPattern>().ok().filter(|it| it.kind.is_some() && !name.is_empty());
        let kind =
            kind.ok_or_else(|| format!("`{text}` is no object: write `Kind/name` or `Kind.group/name`"))?;
        Ok(ObjectPattern { kind, name: name.to_owned() })
    }
}

/// Why an [`Expectation`] means nothing: the key at fault, when it is one, and what is wrong.
pub type ExpectFault = (Option<&'static str>, String);

impl Expectation {
    /// Its meaning.
    pub fn read(&self) -> Result<Expect, ExpectFault> {
        let Expectation {
            kinds,
            includes,
            lacks,
            object,
            path,
            equals,
            contains,
            exists,
            absent,
            fails,
            images_below,
            same_as,
        } = self;
        let given = [
            ("kinds", kinds.is_some()),
            ("includes", includes.is_some()),
            ("lacks", lacks.is_some()),
            ("object", object.is_some()),
            ("fails", fails.is_some()),
            ("imagesBelow", images_below.is_some()),
            ("sameAs", same_as.is_some()),
        ];
        let names: Vec<&'static str> =
            given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        let [name] = names.as_slice() else {
            let all = given.map(|(name, _)| format!("`{name}`")).join(", ");
            return Err(match names.last() {
                None => (None, format!("it expects nothing: write one of {all}")),
                Some(second) => {
                    (Some(second), format!("it has {} keys of {all}: write one an item", names.len()))
                }
            });
        };
        let tests = [
            ("path", path.is_some()),
            ("equals", equals.is_some()),
            ("contains", contains.is_some()),
            ("exists", exists.is_some()),
            ("absent", absent.is_some()),
        ];
        if *name != "object"
            && let Some((key, _)) = tests.iter().find(|(_, given)| *given)
        {
            return Err((Some(key), format!("`{key}` belongs to an `object`, not to `{name}`")));
        }
        let patterns = |texts: &[String]| -> Result<Vec<KindPattern>, ExpectFault> {
            let parsed = texts.iter().map(|text| text.parse()).collect::<Result<Vec<_>, String>>();
            match parsed {
                Ok(patterns) if patterns.is_empty() => Err((Some(name), "the list is empty".to_owned())),
                Ok(patterns) => Ok(patterns),
                Err(why) => Err((Some(name), why)),
            }
        };
        if let Some(kinds) = kinds {
            let read = |(text, count): (&String, &u32)| match (text.parse(), count) {
                (Ok(_), 0) => Err((Some("kinds"), format!("0 of `{text}` is what is not listed"))),
                (Ok(kind), count) => Ok((kind, *count)),
                (Err(why), _) => Err((Some("kinds"), why)),
            };
            return Ok(Expect::Kinds(kinds.iter().map(read).collect::<Result<_, ExpectFault>>()?));
        }
        if let Some(texts) = includes {
            return Ok(Expect::Includes(patterns(texts)?));
        }
        if let Some(texts) = lacks {
            return Ok(Expect::Lacks(patterns(texts)?));
        }
        if let Some(object) = object {
            return self.field(object);
        }
        let text = fails.as_ref().or(images_below.as_ref()).or(same_as.as_ref()).cloned().unwrap_or_default();
        if text.trim().is_empty() {
            return Err((Some(name), format!("`{name}` is empty")));
        }
        Ok(match *name {
            "fails" => Expect::Fails(text),
            "imagesBelow" => Expect::ImagesBelow(text.trim_end_matches('/').to_owned()),
            _ => Expect::SameAs(text),
        })
    }

    fn field(&self, object: &str) -> Result<Expect, ExpectFault> {
        let object = object.parse().map_err(|why| (Some("object"), why))?;
        let Some(path) = &self.path else {
            return Err((Some("object"), "an `object` has a `path` beside it".to_owned()));
        };
        let path = KeyPath::parse(path).filter(|it| !it.is_root());
        let path =
            path.ok_or_else(|| (Some("path"), "it is no path such as `spec.ports[0].name`".to_owned()))?;
        let not_true = |key: &'static str| (Some(key), format!("`{key}` is `true` or not there"));
        if self.exists == Some(false) {
            return Err(not_true("exists"));
        }
        if self.absent == Some(false) {
            return Err(not_true("absent"));
        }
        let tests = [
            self.equals.clone().map(FieldTest::Equals),
            self.contains.clone().map(FieldTest::Contains),
            self.exists.map(|_| FieldTest::Exists),
            self.absent.map(|_| FieldTest::Absent),
        ];
        let mut tests = tests.into_iter().flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Expect::Field { object, path, test }),
            _ => Err((
                Some("object"),
                "an `object` has one of `equals`, `contains`, `exists` and `absent` beside it".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Expect, ExpectFault> {
        serde_json::from_value::<Expectation>(value).unwrap().read()
    }

    #[test]
    fn patterns_are_kinds_as_kubectl_writes_them() {
        let matches = |pattern: &str, kind: &str, group: &str| {
            pattern.parse::<KindPattern>().unwrap().matches(kind, group)
        };
        assert!(matches("Service", "Service", "") && matches("Service", "Service", "serving.knative.dev"));
        assert!(!matches("Service.serving.knative.dev", "Service", ""));
        assert!(matches("*.monitoring.coreos.com", "PodMonitor", "monitoring.coreos.com"));
        assert!(!matches("*.monitoring.coreos.com", "PodMonitor", "coreos.com"));
        for wrong in ["", "*", "service", "Service/x", "Service.", "A b", "*.Group"] {
            assert!(wrong.parse::<KindPattern>().is_err(), "{wrong}");
        }
        for wrong in ["Service", "Service/", "*.apps/x", "/x"] {
            assert!(wrong.parse::<ObjectPattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_form_has_a_meaning() {
        for right in [
            json!({ "kinds": {} }),
            json!({ "kinds": { "Deployment": 1, "Service.serving.knative.dev": 2 } }),
            json!({ "includes": ["Deployment"] }),
            json!({ "lacks": ["*.monitoring.coreos.com"] }),
            json!({ "object": "Deployment/x", "path": "spec.replicas", "equals": 0 }),
            json!({ "object": "ConfigMap/x", "path": "data[\"a.b\"]", "contains": "x" }),
            json!({ "object": "Deployment/x", "path": "spec", "exists": true }),
            json!({ "object": "Deployment/x", "path": "status", "absent": true }),
            json!({ "fails": "image.tag" }),
            json!({ "sameAs": "default" }),
        ] {
            assert!(read(right.clone()).is_ok(), "{right}: {:?}", read(right.clone()));
        }
        let below = Expect::ImagesBelow("harbor.t01.omani.works".into());
        assert_eq!(read(json!({ "imagesBelow": "harbor.t01.omani.works/" })), Ok(below));
    }

    #[test]
    fn what_means_nothing_or_two_things_is_refused_at_its_key() {
        for (wrong, key) in [
            (json!({}), None),
            (json!({ "kinds": {}, "fails": "x" }), Some("fails")),
            (json!({ "fails": "x", "equals": 1 }), Some("equals")),
            (json!({ "fails": " " }), Some("fails")),
            (json!({ "kinds": { "deployment": 1 } }), Some("kinds")),
            (json!({ "kinds": { "Deployment": 0 } }), Some("kinds")),
            (json!({ "lacks": [] }), Some("lacks")),
            (json!({ "object": "Deployment/x", "equals": 1 }), Some("object")),
            (json!({ "object": "Deployment/x", "path": "a..b", "equals": 1 }), Some("path")),
            (json!({ "object": "Deployment/x", "path": "a" }), Some("object")),
            (json!({ "object": "Deployment/x", "path": "a", "exists": true, "equals": 1 }), Some("object")),
            (json!({ "object": "Deployment/x", "path": "a", "absent": false }), Some("absent")),
        ] {
            assert_eq!(read(wrong.clone()).unwrap_err().0, key, "{wrong}");
        }
    }
}
