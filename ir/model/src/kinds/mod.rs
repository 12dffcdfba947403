//! The specs of all kinds. The doc comment of a field is its description in schemas, CRDs and the reference.

mod application;
mod blueprint;
mod chart_tests;
mod environment;
mod kit;
mod organization;
mod policy;
mod project;
mod sovereign;

pub use application::*;
pub use blueprint::*;
pub use chart_tests::*;
pub use environment::*;
pub use kit::*;
pub use organization::*;
pub use policy::*;
pub use project::*;
pub use sovereign::*;

/// `propertyNames` of a mapping whose keys are of a type: what the type's own schema says of a text.
fn keys<K: schemars::JsonSchema>() -> serde_json::Value {
    let mut settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    K::json_schema(&mut settings.into_generator()).to_value()
}

/// `propertyNames` of a mapping whose keys are words of the user's own.
fn words_of(title: &str) -> serde_json::Value {
    serde_json::json!({ "type": "string", "title": title, "pattern": "^[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?$", "maxLength": 63 })
}

/// Derives and attributes that all specs share: camel case, no unknown fields.
macro_rules! spec {
    ($($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* })*) => {
        $(
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            $(#[$meta])*
            pub struct $name { $($body)* }
        )*
    };
}
pub(crate) use spec;

/// Derives of an enumeration of words, written in kebab case.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident),* $(,)? })*) => {
        $(
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
            #[serde(rename_all = "kebab-case")]
            #[schemars(inline)]
            $(#[$meta])*
            pub enum $name { $($(#[$vmeta])* $variant),* }

            impl $name {
                /// All of them, in the order of declaration.
                pub const ALL: &'static [$name] = &[$($name::$variant),*];

                /// The word as it is written.
                pub fn as_str(self) -> &'static str {
                    const WORDS: &[&str] = &[$(stringify!($variant)),*];
                    static KEBAB: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
                    &KEBAB.get_or_init(|| WORDS.iter().map(|word| crate::kinds::kebab(word)).collect())[self as usize]
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }
        )*
    };
}
pub(crate) use words;

/// `ActiveHotstandby` as `active-hotstandby`.
fn kebab(word: &str) -> String {
    let mut out = String::new();
    for (at, c) in word.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
