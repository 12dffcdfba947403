//! The expression language of Blueprints: CEL, typed and cost-bounded
