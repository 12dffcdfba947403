//! The expression language of Blueprints: CEL inside `{{ }}`, typed at compile time against schemas, and cost-bounded.
//!
//! A Blueprint says how config becomes chart values, and under which condition it needs another Blueprint. Both are written in CEL, the
//! expression language of Kubernetes. Three promises hold for every expression here:
//!
//! - **typed**: names, fields and operators are checked against JSON Schemas before anything is evaluated ([`Type`], [`Scope`]);
//! - **located**: every finding carries the bytes of the text that caused it ([`Problem`]);
//! - **bounded**: text, nesting, evaluation and result have limits ([`limits`]), so that no input can make a build hang or die.
//!
//! ```
//! use catalyst_expr::{Scope, Type, condition};
//! use serde_json::json;
//!
//! let schema = json!({"properties": {"mode": {"enum": ["embedded", "external"], "default": "embedded"}}});
//! let scope = Scope::default().with("config", Type::from_schema(&schema));
//! let when = condition("{{ .config.mode == 'embedded' }}", &scope).unwrap();
//! let variables = [("config".to_owned(), json!({"mode": "external"}))].into();
//! assert_eq!(when.evaluate(&variables), Ok(json!(false)));
//!
//! let problems = condition("{{ .config.mode == 'embeded' }}", &scope).unwrap_err();
//! assert_eq!(problems[0].help.as_deref(), Some("did you mean 'embedded'?"));
//! ```

mod absence;
mod ast;
mod check;
mod equal;
mod evaluate;
mod export;
mod expression;
mod functions;
mod lexer;
pub mod limits;
mod literal;
mod methods;
mod operators;
mod parser;
mod print;
mod problem;
mod references;
mod schema;
mod template;
mod types;
mod value;

pub use expression::{Expression, Scope, compile};
pub use problem::{Problem, ProblemKind};
pub use template::{Template, condition, template};
pub use types::{Field, Type};
