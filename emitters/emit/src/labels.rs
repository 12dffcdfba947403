//! The labels of one object, in the fixed order of the vocabulary.

use catalyst_model::labels::{self, ALL};
use serde_json::{Map, Value};

/// A set of labels of the vocabulary. Whatever the order in which they are set, they are written in the order of
/// [`labels::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    values: [Option<String>; ALL.len()],
}

impl Labels {
    /// No labels.
    pub fn none() -> Self {
        Labels::default()
    }

    /// The labels of an object that Flux reconciles.
    pub fn flux() -> Self {
        Labels::none().with(labels::MANAGED_BY, "flux").with(labels::APP_MANAGED_BY, "flux")
    }

    /// Adds a label. A key outside of the vocabulary, and a value that Kubernetes would refuse, is left out: one such label would make
    /// the API server refuse the whole object. A value that a substitution makes legal later, `${NAME}`, is taken as it is.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let variable = value.starts_with("${") && value.ends_with('}');
        let place = ALL.iter().position(|known| *known == key);
        if let Some(at) = place.filter(|_| variable || labels::check_value(&value).is_ok()) {
            self.values[at] = Some(value);
        }
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// As they stand in an object.
    pub fn to_map(&self) -> Map<String, Value> {
        let pairs = ALL.iter().zip(&self.values);
        pairs.filter_map(|(key, value)| Some(((*key).to_owned(), Value::from(value.as_deref()?)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_the_vocabulary_and_illegal_values_stay_out() {
        let set = Labels::flux()
            .with(labels::REGION, "fsn")
            .with(labels::PROVIDER, "hetzner")
            .with(labels::SOVEREIGN, "x".repeat(64))
            .with(labels::BLUEPRINT_VERSION, "1.0.0+k3s")
            .with("other.example/key", "x");
        let keys: Vec<_> = set.to_map().keys().cloned().collect();
        assert_eq!(keys, [labels::PROVIDER, labels::REGION, labels::MANAGED_BY, labels::APP_MANAGED_BY]);
        assert_eq!(Labels::none().with(labels::SOVEREIGN, "${SOVEREIGN_FQDN}").to_map().len(), 1);
    }
}
