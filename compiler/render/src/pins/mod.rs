//! What was drawn once and is used in every render since: pins.
//!
//! A chart that draws passwords, keys or names gives something else each time. A pin keeps what one render gave at one place, and [`replay`] puts
//! it there in every later render. Which places are drawn is seen by rendering twice, so a value that the chart no longer draws is never
//! covered by a pin: intent that gives the value wins.
//!
//! Values of Secrets are kept as ciphertext only, and what is drawn into a Secret and stands elsewhere in clear is not pinned at all.

mod draw;
mod file;
mod frame;
mod leak;
mod replay;
mod sealed;
mod text;

pub use draw::{Pinning, Unpinnable, Why, pin};
pub use file::{read_pins, write_pins};
pub use frame::fits;
pub use replay::{Misfit, Misfits, replay};
pub use sealed::{Sealed, Unsealed};

use crate::pairs::ObjectKey;
use catalyst_source::KeyPath;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that is pinned in a project, by release.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pins {
    /// By the name of the release in the fleet.
    pub releases: BTreeMap<String, ReleasePins>,
}

/// What is pinned of one release.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleasePins {
    /// The Blueprint that it installs.
    pub blueprint: String,
    /// Digest of the chart that the last values were drawn from, upstream charts included.
    pub chart: String,
    /// What is kept of its objects.
    pub objects: BTreeMap<ObjectKey, ObjectPins>,
}

/// What is pinned of one object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ObjectPins {
    /// Values by place.
    pub places: BTreeMap<KeyPath, Value>,
    /// The values of a Secret, encrypted.
    pub sealed: Option<Sealed>,
}

/// The value at a path.
pub(crate) fn at<'v>(value: &'v Value, path: &KeyPath) -> Option<&'v Value> {
    use catalyst_source::Step;
    path.steps().iter().try_fold(value, |node, step| match step {
        Step::Key(key) => node.get(key.as_ref()),
        Step::Index(at) => node.get(*at as usize),
    })
}
