//! The limits that bound an expression. They are far above what a Blueprint needs, and low enough that a build never notices.

/// The longest text of one expression, in bytes.
pub const TEXT: usize = 4096;

/// How deep an expression may nest, in parentheses and in its tree. Chains of `&&` and of `||` count as one level.
pub const NESTING: usize = 64;

/// What one evaluation may cost: one for each node visited and each element or byte produced.
pub const COST: usize = 100_000;

/// The largest result, in bytes of JSON (without escapes).
pub const RESULT: usize = 1 << 20;
