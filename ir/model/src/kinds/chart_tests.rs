//! What a file in `chart/tests` says: cases, each with values and what must hold of the objects that the chart makes of them.

use super::{Values, spec, words};
use serde_json::Value;
use std::collections::BTreeMap;

spec! {
    /// Cases of a Blueprint's chart. All files in `chart/tests` of a Blueprint are one suite.
    pub struct ChartTests {
        /// The cases.
        #[schemars(length(min = 1))]
        pub cases: Vec<ChartCase>,
    }

    /// One render of the chart, and what must hold of it.
    pub struct ChartCase {
        /// Name of the case, unique in the Blueprint.
        #[schemars(length(min = 1, max = 120))]
        pub name: String,
        /// Values over those of the chart's `values.yaml`.
        #[serde(default)]
        pub values: Values,
        /// APIs that the cluster serves beyond those of Kubernetes itself, as `group/version` or `group/version/Kind`.
        #[serde(default)]
        pub api_versions: Vec<String>,
        /// Kubernetes minor version, as in `1.31`; that of the project's target unless given.
        #[serde(default)]
        #[schemars(regex(pattern = r"^1\.[0-9]{1,3}$"))]
        pub kube_version: Option<String>,
        /// Which part of the chart is rendered.
        #[serde(default = "own")]
        pub scope: CaseScope,
        /// What must hold, in order.
        #[schemars(length(min = 1))]
        pub expect: Vec<Expectation>,
    }

    /// One thing that must hold. It has one of `kinds`, `includes`, `lacks`, `object`, `fails`, `imagesBelow` and `sameAs`; an `object` has a
    /// `path` and one of `equals`, `contains`, `exists` and `absent` beside it.
    #[derive(Default)]
    pub struct Expectation {
        /// Exactly these kinds of object and no others, with how many there are. A kind is `Kind`, or `Kind.group` as kubectl writes it.
        #[serde(default)]
        #[schemars(extend("propertyNames" = kind_name()))]
        pub kinds: Option<BTreeMap<String, u32>>,
        /// Kinds of which there is an object. `*.group` is any kind of the group.
        #[serde(default)]
        pub includes: Option<Vec<String>>,
        /// Kinds of which there is no object. `*.group` is any kind of the group.
        #[serde(default)]
        pub lacks: Option<Vec<String>>,
        /// An object, as `Kind/name` or `Kind.group/name`.
        #[serde(default)]
        pub object: Option<String>,
        /// The way to a field of the object, as in `spec.template.spec.containers[0].image`. A key with a dot stands in `["…"]`.
        #[serde(default)]
        pub path: Option<String>,
        /// The field has this value.
        #[serde(default)]
        pub equals: Option<Value>,
        /// The field is a text that holds this one, or a list that holds this item.
        #[serde(default)]
        pub contains: Option<Value>,
        /// The field is there.
        #[serde(default)]
        pub exists: Option<bool>,
        /// The field is not there.
        #[serde(default)]
        pub absent: Option<bool>,
        /// The render fails, and its message names this.
        #[serde(default)]
        pub fails: Option<String>,
        /// There are images, and each of every pod stands below this registry or path.
        #[serde(default)]
        pub images_below: Option<String>,
        /// The objects are those of this other case.
        #[serde(default)]
        pub same_as: Option<String>,
    }
}

words! {
    /// Which part of a chart is rendered.
    pub enum CaseScope {
        /// Its own templates: the upstream charts are taken away. Needs nothing from outside.
        Own,
        /// All of it, upstream charts included. Needs them vendored.
        Full,
    }
}

fn own() -> CaseScope {
    CaseScope::Own
}

/// What a key of `kinds` looks like.
fn kind_name() -> Value {
    serde_json::json!({
        "type": "string",
        "title": "kind of object",
        "pattern": "^[A-Z][A-Za-z0-9]*([.][a-z0-9.-]+)?$",
        "maxLength": 253,
    })
}
